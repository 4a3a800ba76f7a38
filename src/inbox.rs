//! Events on their way in, in four lanes, each with a receipt given when it is committed.
//! Never here: what an event means. Lanes are bounded, so that the queue and not memory holds a flood.

use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::entry::EntryKind;
use crate::case::event::{Answer, Outcome};
use crate::case::finding::{Finding, Form};
use crate::case::ledger::LedgerEvent;
use crate::case::owner::PersonId;
use crate::case::prompt::{Posted, Reply};
use crate::ports::Subject;
use tokio::sync::{mpsc, oneshot};
use tracing::Span;

/// What can arrive.
#[derive(Debug)]
pub enum Input {
    Finding(Box<Finding>),
    /// A body that could not be read, to be recorded once (bounded) before it is dropped.
    Unreadable {
        message_id: String,
        form: Option<Form>,
        why: String,
    },
    /// An authentic click or submission. `dedupe` names it across redeliveries.
    Reply {
        case: CaseId,
        reply: Reply,
        dedupe: String,
    },
    /// A responder's click on the control card or the breaker's card.
    Switch {
        event: LedgerEvent,
        dedupe: String,
    },
    /// A click that did not pass the door: forged, foreign, or by somebody who may not press it.
    Refusal {
        case: Option<CaseId>,
        by: Option<PersonId>,
        /// Where the click was made, if it was a message of ours: they can be told there that it did not count.
        place: Option<Posted>,
        reason: RefusalReason,
        dedupe: String,
    },
    Done {
        subject: Subject,
        no: EffectNo,
        result: Outcome,
    },
    /// An effect that waits for Slack has been tried in vain, and is still being tried.
    Held {
        subject: Subject,
        no: EffectNo,
    },
    Woke(CaseId),
    Ledger(LedgerEvent),
    /// The daemon's own start and stop.
    Log(EntryKind),
}

impl Input {
    /// For traces.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Finding(_) => "finding",
            Self::Unreadable { .. } => "unreadable",
            Self::Reply { .. } => "reply",
            Self::Switch { .. } => "switch",
            Self::Refusal { .. } => "refusal",
            Self::Done { .. } => "done",
            Self::Held { .. } => "held",
            Self::Woke(_) => "woke",
            Self::Ledger(_) => "ledger",
            Self::Log(_) => "log",
        }
    }
}

/// Label of `replies_refused_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    Forged,
    ForeignTeam,
    ForeignApp,
    NotYours,
    Stale,
    AlreadyAnswered,
    NotNow,
    UnknownCase,
    WrongPlace,
    /// The very same was sent before, and decided then.
    Repeated,
    /// Of the HTTP transport: not signed with a secret of ours, or not signed at all.
    BadSignature,
    /// Signed too long ago, or in the future.
    StaleRequest,
    Oversized,
    /// Signed, and not what an interaction looks like.
    Unreadable,
}

impl RefusalReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::ForeignTeam => "foreign-team",
            Self::ForeignApp => "foreign-app",
            Self::NotYours => "not-yours",
            Self::Stale => "stale",
            Self::AlreadyAnswered => "already-answered",
            Self::NotNow => "not-now",
            Self::UnknownCase => "unknown-case",
            Self::WrongPlace => "wrong-place",
            Self::Repeated => "repeated",
            Self::BadSignature => "bad-signature",
            Self::StaleRequest => "stale-request",
            Self::Oversized => "oversized",
            Self::Unreadable => "unreadable",
        }
    }
}

/// An input and the way to tell its sender when it is safe.
#[derive(Debug)]
pub struct Incoming {
    pub input: Input,
    /// Dropped without an answer when the input could not be committed: the sender must not acknowledge.
    pub receipt: oneshot::Sender<Answer>,
    /// The wait for it to be decided and saved, and the sender's span around it: put into the trace of a case once
    /// that is known.
    pub spans: [Span; 2],
}

/// The senders' side.
#[derive(Debug, Clone)]
pub struct Inbox {
    clicks: mpsc::Sender<Incoming>,
    receipts: mpsc::Sender<Incoming>,
    timers: mpsc::Sender<Incoming>,
    findings: mpsc::Sender<Incoming>,
}

/// The engine's side. Earlier lanes first.
#[derive(Debug)]
pub struct Lanes {
    pub clicks: mpsc::Receiver<Incoming>,
    pub receipts: mpsc::Receiver<Incoming>,
    pub timers: mpsc::Receiver<Incoming>,
    pub findings: mpsc::Receiver<Incoming>,
}

/// The daemon is stopping, or the input could not be committed: do not acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not committed")]
pub struct NotCommitted;

/// How many inputs wait in each lane.
const LANE: usize = 256;

/// Makes both sides.
pub fn inbox() -> (Inbox, Lanes) {
    let (clicks, clicks_out) = mpsc::channel(LANE);
    let (receipts, receipts_out) = mpsc::channel(LANE);
    let (timers, timers_out) = mpsc::channel(LANE);
    let (findings, findings_out) = mpsc::channel(LANE);
    (
        Inbox { clicks, receipts, timers, findings },
        Lanes { clicks: clicks_out, receipts: receipts_out, timers: timers_out, findings: findings_out },
    )
}

impl Inbox {
    /// Hands the input over and waits until it is committed. Waits while the lane is full.
    pub async fn send(&self, input: Input) -> Result<Answer, NotCommitted> {
        self.send_within(Span::none(), input).await
    }

    /// The same, for a sender whose span was not entered yet.
    pub async fn send_within(&self, span: Span, input: Input) -> Result<Answer, NotCommitted> {
        let step = tracing::debug_span!("step", input = input.as_str());
        let lane = match &input {
            Input::Reply { .. } | Input::Switch { .. } | Input::Refusal { .. } => &self.clicks,
            Input::Done { .. } | Input::Held { .. } => &self.receipts,
            Input::Woke(_) | Input::Ledger(_) | Input::Log(_) => &self.timers,
            Input::Finding(_) | Input::Unreadable { .. } => &self.findings,
        };
        let (receipt, committed) = oneshot::channel();
        lane.send(Incoming { input, receipt, spans: [step, span] }).await.map_err(|_| NotCommitted)?;
        committed.await.map_err(|_| NotCommitted)
    }
}
