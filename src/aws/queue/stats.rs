//! What the intake tells about itself: how the queue is, and what came out of it.
//! Never here: the names of metrics.

use crate::aws::decode::NotFinding;
use crate::case::finding::Form;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// When the queue last answered, and what it said since if that was no answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueHealth {
    /// `None` until it answered once.
    pub last_ok: Option<Timestamp>,
    /// A sentence; `None` while all is well.
    pub why: Option<String>,
}

/// What became of a finding or a body. Label of `findings_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntakeOutcome {
    Committed,
    /// Left on the queue, because it could not be saved.
    NotCommitted,
    NotFinding(NotFinding),
    /// Counted at its first receive only.
    Bad,
    /// Bad, and written down because no dead-letter queue takes it.
    Recorded,
}

impl IntakeOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::NotCommitted => "not-committed",
            Self::NotFinding(what) => what.as_str(),
            Self::Bad => "bad",
            Self::Recorded => "recorded",
        }
    }
}

/// Counters since the start, and the age of the oldest message of the newest batch.
#[derive(Debug, Default)]
pub struct IntakeStats {
    counts: Mutex<HashMap<(Option<Form>, IntakeOutcome), u64>>,
    lag_ms: AtomicU64,
}

impl IntakeStats {
    /// Every combination seen so far.
    pub fn counts(&self) -> HashMap<(Option<Form>, IntakeOutcome), u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Zero when the queue was empty.
    pub fn lag(&self) -> Duration {
        Duration::from_millis(self.lag_ms.load(Ordering::Relaxed))
    }

    pub(super) fn count(&self, form: Option<Form>, outcome: IntakeOutcome) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((form, outcome)).or_default() += 1;
    }

    pub(super) fn set_lag(&self, lag: Duration) {
        let ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self.lag_ms.store(ms, Ordering::Relaxed);
    }
}
