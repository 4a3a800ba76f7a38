//! How many refusals of a kind go into the audit: anybody can send what is refused, and the audit is kept for ever.
//! Never here: what is done with the others.

use crate::inbox::RefusalReason;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Of each reason, so that a flood of one does not hide another.
const PER_MINUTE: u32 = 10;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Ration(Mutex<HashMap<RefusalReason, Window>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    left: u32,
}

impl Ration {
    /// How many are left after this one in its minute; `None` if it is one too many.
    pub(super) fn take(&self, reason: RefusalReason, now: Timestamp) -> Option<u32> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(reason).or_insert(Window { since: now, left: PER_MINUTE });
        // A clock that was set back begins a new minute too.
        if now.duration_since(window.since).abs() >= MINUTE {
            *window = Window { since: now, left: PER_MINUTE };
        }
        window.left = window.left.checked_sub(1)?;
        Some(window.left)
    }
}
