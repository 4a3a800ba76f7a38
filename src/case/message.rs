//! What a message says, as values: the view that a prompt, a card, a note or a modal gives of a case.
//! Never here: words, markup or languages; `slack/texts` and `slack/blocks` have those.

mod readers;

pub use self::readers::Urgency;

use super::CaseId;
use super::event::{Answer, Answered};
use super::evidence::BucketEvidence;
pub use super::evidence::{BucketView, EvidenceView};
use super::finding::Unusual;
use super::guard::Mode;
use super::owner::{Candidate, PersonId};
use super::principal::Partition;
use super::prompt::{PromptState, Surface};
use super::question::{About, Question};
use super::remedy::{ActState, Remedy};
use super::state::{Closing, ProposalKind, Stage, StuckReason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message, complete: rendering needs nothing else but the reader's language and zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
pub enum Message {
    /// The question, in the owner's direct messages.
    Prompt(Box<PromptView>),
    /// One per case in the security channel, edited in place.
    Card(Box<CardView>),
    /// A line below a prompt or a card.
    Note(Box<Note>),
    /// Behind *It was me*.
    MineModal(Box<MineModal>),
    /// Behind *Dismiss*.
    DismissModal { case: CaseId, surface: Surface },
    /// Posted once in the security channel: stop and resume writes.
    Control(ControlView),
    /// One live card while the breaker is open.
    Breaker(BreakerView),
    /// One live message while many cases open at once.
    Crowd(CrowdView),
    /// Whispered to somebody whose click did not count, and why.
    Refusal { answer: Answer },
}

/// The facts of the question: what, when, from where, with what. Every string is untrusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactsView {
    pub finding_type: String,
    pub title: String,
    pub severity: f64,
    pub sample: bool,
    pub api: Option<String>,
    pub service: Option<String>,
    pub error_code: Option<String>,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Timestamp,
    pub count: u64,
    /// How many findings this case holds.
    pub findings: u64,
    pub source: Option<String>,
    /// City and country, as GuardDuty guesses them.
    pub place: Option<String>,
    pub network_owner: Option<String>,
    /// The address lies in one of our own `known_networks`.
    pub known_network: bool,
    pub user_agent: Option<String>,
    pub principal: String,
    pub principal_arn: Option<String>,
    pub key_last4: Option<String>,
    pub account: String,
    pub regions: Vec<String>,
    pub resource: Option<String>,
    /// What was seen of the instance, if it is about one.
    #[serde(default)]
    pub instance: Option<Box<super::evidence::InstanceEvidence>>,
    /// What GuardDuty never saw of this identity before.
    #[serde(default)]
    pub unusual: Vec<Unusual>,
    #[serde(default)]
    pub question: Question,
    #[serde(default)]
    pub about: Option<About>,
}

/// A remedy in a menu, with its parts for *what this will break*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub remedy: Remedy,
    pub parts: Vec<Remedy>,
}

/// The question as one person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptView {
    pub case: CaseId,
    pub surface: Surface,
    pub person: PersonId,
    pub facts: FactsView,
    /// Why this person is asked; `None` for somebody the rule escalates to.
    pub why: Option<Candidate>,
    pub offers: Vec<Offer>,
    pub mode: Mode,
    pub deadline: Option<Timestamp>,
    /// No buttons when false.
    pub open: bool,
    /// The facts changed since an earlier revision of this message.
    pub changed: bool,
    /// Set once the question is answered or settled.
    pub end: Option<PromptEnd>,
    /// Already done before asking (contain first) or because nobody answered.
    pub done: Vec<ActView>,
}

/// How the question ended, for the person who was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptEnd {
    pub answered: Option<Answered>,
    /// This person's prompt, in the words of `prompts[].state`.
    pub state: PromptState,
    pub stage: Stage,
    pub closing: Option<Closing>,
}

/// One remedy and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActView {
    pub remedy: Remedy,
    pub state: ActState,
    pub at: Option<Timestamp>,
    pub note: String,
}

/// The case as responders see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardView {
    pub case: CaseId,
    pub surface: Surface,
    pub facts: FactsView,
    pub mode: Mode,
    pub stage: Stage,
    pub closing: Option<Closing>,
    pub rule: String,
    /// Short plain lines: keys, last use, admin or not. Values are untrusted.
    pub evidence: EvidenceView,
    pub asked: Vec<AskedView>,
    /// In observe mode: who would have been asked.
    pub would_ask: Vec<PersonId>,
    pub answered: Option<Answered>,
    /// Why it was dismissed, or is to be.
    #[serde(default)]
    pub dismissal: Option<String>,
    pub acts: Vec<ActView>,
    /// Seconds from opening to the last write.
    pub contained_after: Option<i64>,
    pub proposal: Option<ProposalView>,
    pub stuck: Option<StuckReason>,
    pub taken_by: Option<PersonId>,
    pub offers: Vec<Offer>,
    pub buttons: Vec<CardButton>,
    /// Until when sessions stolen before the cut would work again after an undo.
    pub revives_until: Option<Timestamp>,
    pub deadline: Option<Timestamp>,
    pub no_answer: super::playbook::NoAnswer,
}

/// A person on the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedView {
    pub person: PersonId,
    pub state: PromptState,
    pub why: Option<Candidate>,
    /// When the question reached them.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// What waits for a second voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposalView {
    pub kind: ProposalKind,
    /// `slack:U…` or `rule:NAME`.
    pub by: String,
    pub parts: Vec<Remedy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardButton {
    Contain,
    Dismiss,
    Done,
    Undo,
    Approve,
    Reject,
    Take,
}

/// A line below a prompt or a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// To the person, in the prompt's thread.
    Reminder {
        deadline: Option<Timestamp>,
    },
    /// To the person: how it ended, what was done, by whom, what to do next.
    Ended {
        closing: Closing,
        acts: Vec<ActView>,
        by: String,
        key_last4: Option<String>,
    },
    /// To the person: their answer needs a responder first.
    Waits,
    /// To responders: what happened to the case, in the order in which it did.
    Story {
        lines: Vec<StoryLine>,
    },
    /// To the person, once an hour: further questions are held back, and until when.
    HeldBack {
        until: Timestamp,
    },
    /// To responders: the AWS guide's link for this type.
    Guide {
        finding_type: String,
    },
    /// To responders: how these buckets can be shared without public access.
    Sharing {
        buckets: Vec<BucketEvidence>,
        partition: Partition,
        /// How long a pre-signed link of the credential in question lives at most.
        signed_hours: Option<u16>,
    },
    /// To responders: guidance with this case's values filled in.
    Advice {
        facts: Box<FactsView>,
        #[serde(default)]
        steps: Vec<super::guidance::Step>,
    },
    /// To responders: please act.
    Call {
        why: CallReason,
        responders: Vec<PersonId>,
    },
    AfterContainment {
        facts: Box<FactsView>,
        contained_at: Timestamp,
    },
    UndoRefused {
        changed: Vec<String>,
    },
    /// Undone, but for what cannot be put back.
    NotRestored {
        notes: Vec<String>,
    },
    ArchiveFailed {
        cause: String,
    },
    LateAnswer {
        by: PersonId,
        not_mine: bool,
    },
    /// `open`: somebody has to decide now; else everything stays as it was.
    Rejected {
        by: PersonId,
        #[serde(default = "decision_is_open")]
        open: bool,
    },
    /// Nobody was asked, and why.
    Quiet {
        by: PersonId,
        case: CaseId,
        until: Timestamp,
    },
    StillWaiting {
        stage: Stage,
        since: Timestamp,
    },
}

/// One thing that happened to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum StoryLine {
    /// The question reached this person.
    Asked {
        person: PersonId,
        why: Option<Candidate>,
    },
    /// The question was put anew, since these facts are new.
    Changed {
        facts: Box<FactsView>,
    },
    Answered {
        by: PersonId,
        verdict: super::prompt::Verdict,
    },
    /// The time to answer ended without an answer.
    Overdue,
    Taken {
        by: PersonId,
    },
    /// A remedy was carried out, checked, taken back, or failed.
    Act {
        act: ActView,
    },
    /// `by`: `slack:U…` or `rule:NAME`.
    Closed {
        closing: Closing,
        by: String,
    },
}

/// Why responders are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum CallReason {
    Unsure {
        by: PersonId,
    },
    NobodyFound,
    NobodyLeft,
    CouldNotAsk {
        person: PersonId,
        cause: String,
    },
    TooManyPrompts {
        person: PersonId,
    },
    NoAnswer,
    NeedsApproval {
        kind: ProposalKind,
    },
    Refuted {
        why: String,
    },
    Stuck {
        reason: StuckReason,
    },
    AccountNotAllowed,
    Disagreement,
    /// The rule asks no owner.
    SecurityOnly,
    /// What arrived claims to be newer than GuardDuty's own copy.
    Ahead,
    /// The address that named this person was somebody else's until lately.
    Moved {
        person: PersonId,
    },
}

/// The modal behind *It was me*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MineModal {
    pub case: CaseId,
    pub surface: Surface,
    pub facts: FactsView,
    /// What runs if a box stays empty.
    pub remedy: Offer,
    pub mode: Mode,
}

/// Stop and resume writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlView {
    pub mode: Mode,
    /// Who stopped, and when.
    pub stopped: Option<(PersonId, Timestamp)>,
    /// What is quiet since somebody vouched for it.
    #[serde(default)]
    pub patterns: Vec<super::ledger::Pattern>,
}

/// Many cases at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrowdView {
    pub since: Timestamp,
    pub cases: u64,
    pub last: Timestamp,
    /// Named in the message, when it is new.
    pub called: Vec<PersonId>,
}

/// The open breaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakerView {
    /// Which limit, such as `5 plans in 10 minutes`. `None` once reset.
    pub tripped: Option<(super::ledger::Limit, Timestamp)>,
    pub reset_by: Option<PersonId>,
}

/// Before notes told it, every rejection left something to decide.
fn decision_is_open() -> bool {
    true
}
