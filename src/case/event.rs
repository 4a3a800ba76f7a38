//! Everything that can happen to a case.
//! Never here: where events come from, or what they change.

use super::effect::EffectNo;
use super::evidence::Evidence;
use super::finding::Finding;
use super::guard::Mode;
use super::ledger::Pattern;
use super::owner::{Candidate, PersonId};
use super::playbook::Rule;
use super::prompt::{Posted, Reply};
use super::remedy::{Prior, Receipt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A further version, or a further finding, of the same group; with the rule it would open under now.
    Joined {
        finding: Box<Finding>,
        rule: Box<Rule>,
    },
    Replied(Reply),
    /// The clock reached `wakes_at`.
    Woke,
    /// An effect came back.
    Done {
        no: EffectNo,
        result: Outcome,
    },
    /// An effect that waits for Slack has been tried in vain, and is still being tried.
    Held {
        no: EffectNo,
    },
    /// The ledger's answer to `Reserve`.
    Granted {
        no: EffectNo,
        mode: Mode,
    },
    Refused {
        no: EffectNo,
        why: Refusal,
    },
    /// Also the ledger's: somebody vouched for the very same lately.
    Quiet {
        no: EffectNo,
        pattern: Box<Pattern>,
    },
}

/// How an effect ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Confirmed(Confirmation),
    Owners {
        candidates: Vec<Candidate>,
        notes: Vec<String>,
    },
    Evidence(Box<Evidence>),
    /// A message stands there.
    Posted(Posted),
    /// Updated, whispered, opened, archived, cancelled.
    Ok {
        request_ids: Vec<String>,
    },
    /// For each act of the plan, in order: what stands there, or why it cannot be done.
    Prepared {
        priors: Vec<Result<Prior, String>>,
    },
    Applied(Receipt),
    Verified {
        lost: Vec<String>,
    },
    /// `notes`: what cannot be put back, a sentence each.
    Undone {
        request_ids: Vec<String>,
        notes: Vec<String>,
    },
    /// What stands there is not what we wrote; nothing was touched.
    UndoRefused {
        changed: Vec<String>,
    },
    /// It will not work; `gone` tells that the person or message is not there any more.
    Failed {
        cause: String,
        kind: Failure,
    },
}

impl Outcome {
    /// Why it failed for good; `None` for everything else that can come back.
    pub fn failure(&self) -> Option<&str> {
        if let Self::Failed { cause, .. } = self { Some(cause) } else { None }
    }
}

/// Which kind of *never* it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The recipient or the message is gone; go to the next route.
    Gone,
    /// Refused by the other side or given up after the allowed tries.
    Refused,
    /// Our own guard forbids it now.
    Guarded,
    /// There is no room for what would be written; something that needs none may do instead.
    Full,
}

/// GuardDuty's own word on a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Confirmation {
    /// It agrees. `theirs`: GuardDuty's own copy, which counts for more than the body that arrived.
    Good { theirs: Option<Box<Finding>> },
    /// GuardDuty does not know it, or it differs in principal or resource. `theirs`: what GuardDuty has under its id.
    Refuted {
        why: String,
        #[serde(default)]
        theirs: Option<Box<Finding>>,
    },
}

/// Why the ledger said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Refusal {
    BreakerOpen {
        limit: String,
    },
    WritesStopped {
        by: String,
    },
    Protected {
        pattern: String,
    },
    AccountNotAllowed,
    TooManyPrompts {
        until: Timestamp,
    },
    NobodyAsked,
    /// Nobody vouched for all of this lately.
    NotQuiet,
}

/// What the sender of the event is told. Stored with the de-duplication row, so a redelivery hears the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    Accepted,
    /// A modal keeps open and shows these.
    FieldErrors {
        facts: bool,
        reason: bool,
    },
    NotYours,
    FactsChanged,
    AlreadyAnswered,
    /// The button does not fit the stage (undo window over, nothing to approve, own proposal …).
    NotNow {
        why: NotNow,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotNow {
    Settled,
    NothingToUndo,
    UndoWindowOver,
    NothingToApprove,
    OwnVoice,
    WritesStopped,
    Busy,
}

/// Who answered what, kept for the messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub by: PersonId,
    pub at: Timestamp,
    pub verdict: super::prompt::Verdict,
    /// Untrusted; empty unless a reason was asked for.
    pub reason: String,
}
