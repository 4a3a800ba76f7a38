//! What a case holds: the unit that is saved. Plain data and the questions one may ask of it.
//! Never here: changes; only `step` changes a case.

mod waiting;

pub use waiting::{Held, Proposal, ProposalKind, Reach};

use super::CaseId;
use super::effect::EffectNo;
use super::event::Answered;
use super::evidence::Evidence;
use super::finding::{Facts, Finding, GroupKey};
use super::guard::{Mode, Profile};
use super::guidance::Known;
use super::message::Note;
use super::owner::{Candidate, PersonId};
use super::playbook::Rule;
use super::principal::{Principal, PrincipalKind};
use super::prompt::{Posted, Prompt, Verdict};
use super::remedy::{Plan, Target};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The rule that governs a case and the settings it opened with. Frozen at opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub rule: Rule,
    pub mode: Mode,
    pub profile: Profile,
    pub account_allowed: bool,
    pub known_networks: Vec<IpNet>,
    /// Read-back passes, counted from the last write.
    pub verify_after: Vec<SignedDuration>,
    pub undo_window: SignedDuration,
    /// How long after closing a like finding joins silently.
    pub group_window: SignedDuration,
    /// Called by mention when a human must act.
    pub responders: Vec<PersonId>,
    /// A responder took back what was done about an earlier version of this finding: no update contains it again.
    #[serde(default)]
    pub released: bool,
    /// It opened among many: responders are called in the one message about all of them, not by name for each.
    #[serde(default)]
    pub crowd: bool,
    /// Our own identity, if the finding is about us: nobody is asked, and nothing is done.
    #[serde(default)]
    pub own: Option<String>,
    /// What the settings know that guidance needs.
    #[serde(default)]
    pub known: Known,
}

/// `stage` of the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Tracing,
    Asking,
    AwaitingApproval,
    Remedying,
    Verifying,
    Stuck,
    Closed,
}

impl Stage {
    pub const ALL: [Self; 7] = [
        Self::Tracing,
        Self::Asking,
        Self::AwaitingApproval,
        Self::Remedying,
        Self::Verifying,
        Self::Stuck,
        Self::Closed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tracing => "tracing",
            Self::Asking => "asking",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Remedying => "remedying",
            Self::Verifying => "verifying",
            Self::Stuck => "stuck",
            Self::Closed => "closed",
        }
    }
}

/// `outcome` of the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    Vouched,
    Contained,
    Dismissed,
    Recorded,
    Undone,
}

impl Closing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vouched => "vouched",
            Self::Contained => "contained",
            Self::Dismissed => "dismissed",
            Self::Recorded => "recorded",
            Self::Undone => "undone",
        }
    }
}

/// What GuardDuty itself said about the findings of this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    Pending,
    Good,
    Refuted {
        why: String,
    },
    /// Denied or throttled; asked again every minute while a plan waits for it.
    Unavailable {
        why: String,
    },
}

/// Why a human must act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stuck", rename_all = "kebab-case")]
pub enum StuckReason {
    /// Nobody answered and the rule says to escalate.
    NoAnswer,
    /// Guidance was given; the work is done by hand.
    Advice,
    NotConfirmed {
        why: String,
    },
    Refuted {
        why: String,
    },
    Protected {
        pattern: String,
    },
    AccountNotAllowed,
    WriteFailed {
        failed: Vec<String>,
        done: Vec<String>,
    },
    EffectGone {
        lost: Vec<String>,
    },
    UndoFailed {
        failed: String,
    },
    Rejected {
        by: PersonId,
    },
    /// The chosen remedy does not fit this principal, or is not built in this version.
    NotPossible {
        remedy: String,
    },
    /// Nobody approved or rejected in time.
    Lapsed,
}

/// One finding of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub region: String,
    pub count: u64,
    pub updated_at: Timestamp,
}

/// What an effect under way is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Pending {
    /// `update`: a later finding that waits to be confirmed before it counts, with the rule it would open under.
    Confirm {
        update: Option<Box<Finding>>,
        #[serde(default)]
        rule: Option<Box<Rule>>,
    },
    Owner,
    Evidence,
    AskReserve {
        person: PersonId,
        role: super::prompt::PromptRole,
    },
    AskPost,
    Card,
    /// A message that stands is painted anew.
    Paint {
        message: EffectNo,
    },
    /// `approver`: the responder whose approval started the plan; told if writes are stopped.
    PlanReserve {
        approver: Option<PersonId>,
    },
    Prepare,
    Apply {
        index: usize,
    },
    Verify {
        pass: usize,
    },
    /// Whether somebody vouched for the very same lately.
    Quiet,
    UndoReserve {
        by: PersonId,
        release: bool,
    },
    Undo {
        by: PersonId,
        release: bool,
    },
    Archive,
    /// The line that says that the time is over: shows whether responders can be reached.
    Told,
    Page,
}

/// How many findings a case row keeps; the rest are rows of their own.
pub const FINDINGS_KEPT: usize = 20;

/// How many further ones it remembers by name, so that they can be archived with the rest.
pub const FINDINGS_NAMED: usize = 480;

/// One investigation. Small: findings beyond the last 20 are rows of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub key: GroupKey,
    pub terms: Terms,
    pub stage: Stage,
    pub closing: Option<Closing>,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// The newest finding: what the question is about.
    pub finding: Finding,
    pub seen: Vec<Seen>,
    pub total: u64,
    /// `(Region, id)` of findings that are no longer among `seen`.
    #[serde(default)]
    pub older: Vec<(String, String)>,
    /// What the messages, or the vouching, have named.
    pub facts: Facts,
    /// Counts changes of the facts; older revisions' buttons decide nothing.
    pub revision: u32,
    /// Counts what was put before responders: a press on an older card approves nothing newer.
    #[serde(default)]
    pub proposals: u32,
    /// The digest of what was put before them last: the very same put again is nothing newer.
    #[serde(default)]
    pub proposed: String,
    pub standing: Standing,
    /// The newest finding claims more than GuardDuty's own copy: nobody vouches for it alone.
    #[serde(default)]
    pub ahead: bool,
    /// The finding that the case rests on, while `finding` is a later one that GuardDuty has not confirmed.
    #[serde(default)]
    pub basis: Option<Box<Finding>>,
    /// Built from confirmed findings only; `None` before the first was confirmed.
    pub target: Option<Target>,
    pub candidates: Vec<Candidate>,
    pub next_candidate: usize,
    pub next_escalation: usize,
    pub owner_known: bool,
    pub evidence: Option<Evidence>,
    pub prompts: Vec<Prompt>,
    /// Questions up to this effect were about what was settled before: history, never asked or answered again.
    #[serde(default)]
    pub asked_anew: EffectNo,
    pub card: Option<EffectNo>,
    /// Messages that changed while their post, or an edit of them, was under way.
    pub dirty: BTreeSet<EffectNo>,
    /// Notes that wait for the card to stand.
    pub waiting_notes: Vec<Note>,
    /// Where our messages stand.
    pub posted: BTreeMap<EffectNo, Posted>,
    /// The last word of a person, final or not.
    pub verdict: Option<Verdict>,
    /// The final answer.
    pub answered: Option<Answered>,
    /// Why a responder dismissed it, or wants to. Untrusted.
    #[serde(default)]
    pub dismissal: Option<String>,
    pub proposal: Option<Proposal>,
    /// The plan under way or done last, after it the earlier ones, newest last.
    pub plans: Vec<Plan>,
    pub deadline: Option<Timestamp>,
    pub first_delivery: Option<Timestamp>,
    pub reminders_sent: usize,
    /// Questions that wait until the person may be asked again.
    #[serde(default)]
    pub held: Vec<Held>,
    /// Next read-back pass.
    pub verify_pass: usize,
    pub contained_at: Option<Timestamp>,
    pub stuck: Option<StuckReason>,
    /// When to remind responders, or to retry.
    pub nudge_at: Option<Timestamp>,
    pub nudges: u32,
    pub taken_by: Option<PersonId>,
    /// Contain first, still to be done.
    pub contain_due: bool,
    /// Findings in a row that said something GuardDuty does not bear out.
    #[serde(default)]
    pub unproven: u8,
    /// A remedy of the plan under way found no room for what it writes.
    #[serde(default)]
    pub no_room: bool,
    /// The undo button lives.
    pub undo_open: bool,
    /// Where an undo that is refused returns to.
    pub resume: Option<(Stage, Option<Closing>)>,
    /// A responder took containment back: updates never contain again.
    pub released: bool,
    /// The rule's no-answer remedy, or contain-first, acted without a person's word.
    pub acted_unasked: bool,
    #[serde(default)]
    pub reach: Reach,
    pub pending: BTreeMap<EffectNo, Pending>,
    pub next_effect: u64,
}

impl Case {
    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// Whether it is about this very principal: a name may have been given to another one since.
    pub fn is_about(&self, principal: &Principal) -> bool {
        let known = self.target.as_ref().and_then(|t| t.unique_id.as_ref());
        let known = known.or(self.finding.principal.unique_id.as_ref());
        known.is_none() || principal.unique_id.is_none() || known == principal.unique_id.as_ref()
    }

    /// The plan that is under way or was done last.
    pub fn plan(&self) -> Option<&Plan> {
        self.plans.last()
    }

    /// What GuardDuty is asked about when the case itself waits for its word.
    pub fn in_question(&self) -> &Finding {
        self.basis.as_deref().unwrap_or(&self.finding)
    }

    /// What kind of principal it is. Of a role only AWS can tell, by its path; its name can be imitated.
    pub fn kind(&self) -> PrincipalKind {
        let said = self.finding.principal.kind;
        let found = self.evidence.as_ref().and_then(|evidence| evidence.kind);
        found.filter(|found| found.is_role() && said.is_role()).unwrap_or(said)
    }

    /// The questions of this round: after a reopening the same people may be asked again.
    pub fn questions(&self) -> impl Iterator<Item = &Prompt> {
        self.prompts.iter().filter(|p| p.effect > self.asked_anew)
    }

    /// Who answers for it: the candidate asked last, else the first.
    pub fn owner(&self) -> Option<&Candidate> {
        self.candidates.get(self.next_candidate.saturating_sub(1)).or(self.candidates.first())
    }
}
