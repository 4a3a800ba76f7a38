//! Vouched patterns: what somebody said was theirs is not asked about again for a bounded time, where the rule says so.
//! Never here: which rule that is, or what becomes of a case that is quiet.

use super::super::CaseId;
use super::super::entry::{Actor, Entry, EntryKind};
use super::super::finding::{Facts, GroupKey};
use super::super::owner::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many are kept; the one that ends soonest gives way.
const MOST: usize = 100;

/// Who, by which calls, from which networks and countries, vouched by whom, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Counts up for ever: names the pattern on the control card.
    pub no: u64,
    pub key: GroupKey,
    /// As people are shown it. Untrusted.
    pub principal: String,
    pub facts: Facts,
    pub by: PersonId,
    pub case: CaseId,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// All that are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patterns {
    pub kept: Vec<Pattern>,
    pub next: u64,
}

impl Patterns {
    /// The pattern that covers all of this, if one does.
    pub fn covering(&self, key: &GroupKey, facts: &Facts, at: Timestamp) -> Option<&Pattern> {
        self.kept.iter().find(|p| p.key == *key && p.until > at && p.facts.covers(facts))
    }

    pub(super) fn keep(&mut self, pattern: Pattern, at: Timestamp) -> Vec<Entry> {
        self.kept.retain(|p| p.until > at && !(p.key == pattern.key && pattern.facts.covers(&p.facts)));
        if self.kept.len() >= MOST {
            let soonest = self.kept.iter().enumerate().min_by_key(|(_, p)| p.until).map(|(i, _)| i);
            soonest.map(|i| self.kept.remove(i));
        }
        self.next += 1;
        let pattern = Pattern { no: self.next, ..pattern };
        let data = json!({"pattern": pattern.no, "facts": pattern.facts, "until": pattern.until});
        let entry = entry(EntryKind::PatternKept, Actor::Slack(pattern.by.clone()), &pattern.case, data);
        self.kept.push(pattern);
        vec![entry]
    }

    /// Somebody said that something of this principal was not theirs: nothing about it is quiet any more.
    pub(super) fn deny(&mut self, key: &GroupKey, actor: &Actor) -> Vec<Entry> {
        let (gone, kept) = std::mem::take(&mut self.kept).into_iter().partition(|p| p.key == *key);
        self.kept = kept;
        gone_entries(gone, actor)
    }

    pub(super) fn revoke(&mut self, no: u64, by: &PersonId) -> Vec<Entry> {
        let (gone, kept) = std::mem::take(&mut self.kept).into_iter().partition(|p| p.no == no);
        self.kept = kept;
        gone_entries(gone, &Actor::Slack(by.clone()))
    }

    pub(super) fn expire(&mut self, at: Timestamp) {
        self.kept.retain(|p| p.until > at);
    }
}

fn gone_entries(gone: Vec<Pattern>, actor: &Actor) -> Vec<Entry> {
    let one = |p: Pattern| entry(EntryKind::PatternRevoked, actor.clone(), &p.case, json!({"pattern": p.no}));
    gone.into_iter().map(one).collect()
}

fn entry(kind: EntryKind, actor: Actor, case: &CaseId, data: serde_json::Value) -> Entry {
    Entry { case: Some(case.clone()), kind, actor, data }
}
