//! One line of audit, and the hash that chains it to the line before (O-3).
//! Never here: storage or export.

use super::CaseId;
use super::owner::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;

/// The one chain of a deployment with an embedded store.
pub const MAIN_CHAIN: &str = "main";

/// `prev` of the first line.
pub const NO_PREV: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Something worth remembering, before it has a place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub case: Option<CaseId>,
    pub kind: EntryKind,
    pub actor: Actor,
    /// An object; ids, decisions and writes, no message texts.
    pub data: Value,
}

/// `kind` of an audit line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    CaseOpened,
    FindingJoined,
    FindingConfirmed,
    FindingRefuted,
    OwnerFound,
    Asked,
    AskFailed,
    Delivered,
    Reminded,
    Escalated,
    ReplyAccepted,
    ReplyRefused,
    FactsChanged,
    Proposed,
    Approved,
    Rejected,
    /// Nobody approved or rejected in time.
    Lapsed,
    Decided,
    Granted,
    Refused,
    Intent,
    Wrote,
    WriteFailed,
    Verified,
    EffectGone,
    Undone,
    UndoRefused,
    Archived,
    ArchiveFailed,
    Stuck,
    Taken,
    /// Of the second route: saved, delivered, or failed.
    Paged,
    CaseClosed,
    CaseReopened,
    BreakerOpened,
    BreakerReset,
    WritesStopped,
    WritesResumed,
    PatternKept,
    PatternRevoked,
    /// Nobody was asked, since somebody had vouched for the very same lately.
    Quieted,
    Unreadable,
    /// The clock of the host was set: deadlines are counted by it.
    ClockJumped,
    Started,
    Stopped,
}

impl EntryKind {
    pub const ALL: [Self; 45] = [
        Self::CaseOpened,
        Self::FindingJoined,
        Self::FindingConfirmed,
        Self::FindingRefuted,
        Self::OwnerFound,
        Self::Asked,
        Self::AskFailed,
        Self::Delivered,
        Self::Reminded,
        Self::Escalated,
        Self::ReplyAccepted,
        Self::ReplyRefused,
        Self::FactsChanged,
        Self::Proposed,
        Self::Approved,
        Self::Rejected,
        Self::Lapsed,
        Self::Decided,
        Self::Granted,
        Self::Refused,
        Self::Intent,
        Self::Wrote,
        Self::WriteFailed,
        Self::Verified,
        Self::EffectGone,
        Self::Undone,
        Self::UndoRefused,
        Self::Archived,
        Self::ArchiveFailed,
        Self::Stuck,
        Self::Taken,
        Self::Paged,
        Self::CaseClosed,
        Self::CaseReopened,
        Self::BreakerOpened,
        Self::BreakerReset,
        Self::WritesStopped,
        Self::WritesResumed,
        Self::PatternKept,
        Self::PatternRevoked,
        Self::Quieted,
        Self::Unreadable,
        Self::ClockJumped,
        Self::Started,
        Self::Stopped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CaseOpened => "case-opened",
            Self::FindingJoined => "finding-joined",
            Self::FindingConfirmed => "finding-confirmed",
            Self::FindingRefuted => "finding-refuted",
            Self::OwnerFound => "owner-found",
            Self::Asked => "asked",
            Self::AskFailed => "ask-failed",
            Self::Delivered => "delivered",
            Self::Reminded => "reminded",
            Self::Escalated => "escalated",
            Self::ReplyAccepted => "reply-accepted",
            Self::ReplyRefused => "reply-refused",
            Self::FactsChanged => "facts-changed",
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Lapsed => "lapsed",
            Self::Decided => "decided",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Intent => "intent",
            Self::Wrote => "wrote",
            Self::WriteFailed => "write-failed",
            Self::Verified => "verified",
            Self::EffectGone => "effect-gone",
            Self::Undone => "undone",
            Self::UndoRefused => "undo-refused",
            Self::Archived => "archived",
            Self::ArchiveFailed => "archive-failed",
            Self::Stuck => "stuck",
            Self::Taken => "taken",
            Self::Paged => "paged",
            Self::CaseClosed => "case-closed",
            Self::CaseReopened => "case-reopened",
            Self::BreakerOpened => "breaker-opened",
            Self::BreakerReset => "breaker-reset",
            Self::WritesStopped => "writes-stopped",
            Self::WritesResumed => "writes-resumed",
            Self::PatternKept => "pattern-kept",
            Self::PatternRevoked => "pattern-revoked",
            Self::Quieted => "quieted",
            Self::Unreadable => "unreadable",
            Self::ClockJumped => "clock-jumped",
            Self::Started => "started",
            Self::Stopped => "stopped",
        }
    }

    /// What happens to every case, and what happens often: nobody looks for it in a log.
    pub fn is_calm(self) -> bool {
        [
            Self::FindingJoined,
            Self::FindingConfirmed,
            Self::OwnerFound,
            Self::Asked,
            Self::Delivered,
            Self::Granted,
            Self::Intent,
            Self::Verified,
            Self::Archived,
        ]
        .contains(&self)
    }
}

/// Who made it happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Slack(PersonId),
    GuardDuty,
    Rule(String),
    System,
}

impl Actor {
    /// `slack:U…` or `rule:NAME` as an actor.
    pub fn of(by: &str) -> Self {
        if let Some(person) = by.strip_prefix("slack:").and_then(PersonId::parse) {
            Self::Slack(person)
        } else if let Some(rule) = by.strip_prefix("rule:") {
            Self::Rule(rule.to_owned())
        } else {
            Self::System
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slack(person) => write!(f, "slack:{person}"),
            Self::GuardDuty => f.write_str("guardduty"),
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// An entry in its place. The nine fields of the outside interface, exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub chain: String,
    /// Counts from 1 within its chain.
    pub seq: u64,
    pub at: Timestamp,
    pub case: Option<String>,
    pub kind: String,
    pub actor: String,
    pub data: Value,
    pub prev: String,
    pub hash: String,
}

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: u64,
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: NO_PREV.to_owned() }
    }
}

impl Entry {
    /// Gives the entry its place after `head`, which moves on.
    pub fn seal(self, head: &mut Head, at: Timestamp) -> Line {
        let mut line = Line {
            chain: MAIN_CHAIN.to_owned(),
            seq: head.seq + 1,
            at,
            case: self.case.map(|c| c.as_str().to_owned()),
            kind: self.kind.as_str().to_owned(),
            actor: self.actor.to_string(),
            data: self.data,
            prev: head.hash.clone(),
            hash: String::new(),
        };
        line.hash = line.digest();
        *head = Head { seq: line.seq, hash: line.hash.clone() };
        line
    }
}

impl Line {
    /// SHA-256, in lower-case hex, over the line without `hash` in canonical JSON (RFC 8785).
    pub fn digest(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.remove("hash");
        }
        // A tree of JSON values always has a canonical form; an empty text would only break the chain visibly.
        let text = serde_json_canonicalizer::to_string(&value).unwrap_or_default();
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_it_is_stored() {
        for kind in EntryKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
