//! Many cases at once: one live message instead of a call by name for every one of them.
//! Never here: the cases.

use super::Slot;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// More cases than this within a minute are a crowd.
pub const CROWD: usize = 10;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// A crowd is over when no case opened for so long; the next one gets a message of its own.
const OVER: SignedDuration = SignedDuration::from_mins(10);

/// How many cases opened lately, and the crowd under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// In the last minute, oldest first.
    pub opened: Vec<Timestamp>,
    pub now: Option<Gathering>,
    pub slot: Slot,
}

/// A crowd: since when, how many cases, and when the last one opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    pub since: Timestamp,
    pub cases: u64,
    pub last: Timestamp,
}

impl Crowd {
    /// Counts a case that opens, and tells whether it opens in a crowd.
    pub(super) fn count(&mut self, at: Timestamp) -> bool {
        self.opened.retain(|when| *when > at - MINUTE);
        self.opened.push(at);
        if let Some(now) = self.now.as_mut().filter(|now| now.last > at - OVER) {
            now.cases += 1;
            now.last = at;
            return true;
        }
        self.now = None;
        if self.opened.len() <= CROWD {
            return false;
        }
        let since = self.opened.first().copied().unwrap_or(at);
        self.now = Some(Gathering { since, cases: self.opened.len() as u64, last: at });
        self.slot = Slot::default();
        true
    }
}
