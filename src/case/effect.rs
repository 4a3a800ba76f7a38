//! Everything a case can want from the world, as values. Each is safe to run twice.
//! Never here: running them; that is `engine/worker`.

use super::finding::{Facts, Finding, GroupKey};
use super::guard::{Guard, Mode};
use super::ledger::Pattern;
use super::message::{Message, Urgency};
use super::owner::PersonId;
use super::principal::AccountId;
use super::prompt::Posted;
use super::remedy::{Act, Prior, Remedy, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Counts up within a case and never repeats: names an effect, its message and its buttons for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct EffectNo(pub u64);

/// One numbered wish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    pub no: EffectNo,
    pub want: Want,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "kebab-case")]
pub enum Want {
    /// Fetch the finding again from GuardDuty and compare.
    Confirm {
        finding: Box<Finding>,
    },
    FindOwner {
        finding: Box<Finding>,
        ask: super::playbook::Ask,
    },
    Investigate {
        finding: Box<Finding>,
    },
    /// Ask the ledger. Answered inside the same commit.
    Reserve {
        request: Request,
    },
    Post {
        to: Destination,
        message: Box<Message>,
    },
    Update {
        at: Posted,
        message: Box<Message>,
    },
    /// Seen only by `to`, only if they are there. Never retried.
    Whisper {
        at: Posted,
        to: PersonId,
        message: Box<Message>,
    },
    /// Never retried, skips pacing; useless after `not_after`.
    OpenView {
        trigger: String,
        not_after: Timestamp,
        /// Who clicked: the dialog speaks their language.
        #[serde(default)]
        to: Option<PersonId>,
        message: Box<Message>,
    },
    /// Read what stands there, compare unique ids.
    Prepare {
        target: Target,
        acts: Vec<Remedy>,
    },
    Apply {
        target: Target,
        remedy: Remedy,
        prior: Prior,
        cut_off: Timestamp,
        index: usize,
    },
    Verify {
        target: Target,
        acts: Vec<Act>,
        cut_off: Timestamp,
        pass: usize,
    },
    Undo {
        target: Target,
        acts: Vec<Act>,
        cut_off: Timestamp,
        /// An earlier undo of the same acts failed after it may have put back some.
        #[serde(default)]
        begun: bool,
    },
    Archive {
        findings: Vec<(String, String)>,
        useful: bool,
        comment: String,
    },
    /// Tell whoever is on call, over the second route.
    Page {
        alarm: super::alarm::Alarm,
    },
    /// Withdraw an effect that has not run yet.
    Cancel {
        no: EffectNo,
    },
}

impl Want {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Confirm { .. } => "confirm",
            Self::FindOwner { .. } => "find-owner",
            Self::Investigate { .. } => "investigate",
            Self::Reserve { .. } => "reserve",
            Self::Post { .. } => "post",
            Self::Update { .. } => "update",
            Self::Whisper { .. } => "whisper",
            Self::OpenView { .. } => "open-view",
            Self::Prepare { .. } => "prepare",
            Self::Apply { .. } => "apply",
            Self::Verify { .. } => "verify",
            Self::Undo { .. } => "undo",
            Self::Archive { .. } => "archive",
            Self::Page { .. } => "page",
            Self::Cancel { .. } => "cancel",
        }
    }

    /// Its place among what waits for the same door.
    pub fn urgency(&self) -> Urgency {
        match self {
            Self::Post { message, .. } => message.urgency(),
            Self::Update { .. } => Urgency::Repaint,
            Self::Page { .. } => Urgency::Escalation,
            Self::Confirm { .. }
            | Self::FindOwner { .. }
            | Self::Investigate { .. }
            | Self::Reserve { .. }
            | Self::Whisper { .. }
            | Self::OpenView { .. }
            | Self::Prepare { .. }
            | Self::Apply { .. }
            | Self::Verify { .. }
            | Self::Undo { .. }
            | Self::Archive { .. }
            | Self::Cancel { .. } => Urgency::Prompt,
        }
    }

    /// Whether it becomes a message of its own, which waits for its turn.
    pub fn posts(&self) -> bool {
        matches!(self, Self::Post { .. })
    }

    /// What it says to people, if it says anything.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Post { message, .. }
            | Self::Update { message, .. }
            | Self::Whisper { message, .. }
            | Self::OpenView { message, .. } => Some(message),
            Self::Confirm { .. }
            | Self::FindOwner { .. }
            | Self::Investigate { .. }
            | Self::Reserve { .. }
            | Self::Prepare { .. }
            | Self::Apply { .. }
            | Self::Verify { .. }
            | Self::Undo { .. }
            | Self::Archive { .. }
            | Self::Page { .. }
            | Self::Cancel { .. } => None,
        }
    }

    /// Whether it changes anything in AWS, GuardDuty included: gated by mode once more when it runs.
    pub fn writes(&self) -> bool {
        match self {
            Self::Apply { .. } | Self::Undo { .. } | Self::Archive { .. } => true,
            Self::Confirm { .. }
            | Self::FindOwner { .. }
            | Self::Investigate { .. }
            | Self::Reserve { .. }
            | Self::Post { .. }
            | Self::Update { .. }
            | Self::Whisper { .. }
            | Self::OpenView { .. }
            | Self::Prepare { .. }
            | Self::Verify { .. }
            | Self::Page { .. }
            | Self::Cancel { .. } => false,
        }
    }

    /// Whether the guard as it stands now still lets it run: a restart with stricter settings must bite.
    pub fn allowed_by(&self, guard: &Guard) -> Result<(), String> {
        let entered = |account: &AccountId| {
            let allowed = guard.allows_account(account);
            if allowed { Ok(()) } else { Err(format!("account {account} is not allowed now")) }
        };
        let target = match self {
            Self::Apply { target, .. } | Self::Undo { target, .. } => Some(target),
            Self::Archive { .. } => None,
            // No call into an account that is not allowed, not even one that reads.
            Self::Confirm { finding } | Self::FindOwner { finding, .. } | Self::Investigate { finding } => {
                entered(&finding.account)?;
                return entered(finding.home());
            }
            Self::Prepare { target, .. } | Self::Verify { target, .. } => return entered(&target.account),
            Self::Post { message, .. } if message.is_direct() && guard.mode == Mode::Observe => {
                return Err("mode is observe now: nobody gets direct messages".to_owned());
            }
            Self::Reserve { .. }
            | Self::Post { .. }
            | Self::Update { .. }
            | Self::Whisper { .. }
            | Self::OpenView { .. }
            | Self::Page { .. }
            | Self::Cancel { .. } => return Ok(()),
        };
        if guard.mode != Mode::Enforce {
            return Err(format!("mode is {} now", guard.mode.as_str()));
        }
        let Some(target) = target else { return Ok(()) };
        entered(&target.account)?;
        match guard.protects(target.kind, &target.ids()) {
            Some(pattern) => Err(format!("{} is protected by {pattern}", target.arn())),
            None => Ok(()),
        }
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub enum Destination {
    Person {
        person: PersonId,
    },
    Channel,
    /// A reply below a message of ours.
    Thread {
        parent: Posted,
        /// Whose language is spoken there; `None` for the channel's.
        #[serde(default)]
        reader: Option<PersonId>,
    },
}

/// What a case asks the ledger for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Request {
    /// May this person be asked now?
    Prompt { person: PersonId },
    /// May this plan be carried out now? `approved`: a responder said so, which passes an open breaker.
    Plan { target: Target, arns: Vec<String>, approved: bool },
    /// May this plan be taken back now? Does not count.
    Undo { target: Target },
    /// Has somebody vouched for all of this lately, where a rule keeps that quiet for a time?
    Quiet { key: GroupKey, facts: Facts },
    /// Somebody vouched: the like of it is quiet until the pattern ends.
    Vouch { pattern: Box<Pattern> },
    /// Something of this principal is not what its owner did: nothing about it is quiet any more.
    Deny { key: GroupKey, by: String },
}
