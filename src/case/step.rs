//! (case, event, now) -> (case, effects, entries, answer): the only place a case changes.
//! Never here: a clock, chance, I/O; and no words to people.

use super::CaseId;
use super::effect::Effect;
use super::entry::Entry;
use super::event::{Answer, Event};
use super::finding::Finding;
use super::state::{Case, Terms};
use jiff::Timestamp;

/// What one event leads to. Saved as a whole before anything of it happens.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub case: Case,
    pub effects: Vec<Effect>,
    pub entries: Vec<Entry>,
    pub answer: Answer,
}

impl Case {
    pub fn open(id: CaseId, finding: Finding, terms: Terms, at: Timestamp) -> Step {
        let _ = (id, finding, terms, at);
        unimplemented!()
    }
    pub fn step(self, event: Event, at: Timestamp) -> Step {
        let _ = (event, at);
        unimplemented!()
    }
    pub fn wakes_at(&self) -> Option<Timestamp> {
        None
    }
}
