//! The seams: traits where the world begins.
//! Never here: SDK types, Slack types, decisions.

mod fault;

pub use fault::Fault;

use crate::case::CaseId;
use crate::case::alarm::Alarm;
use crate::case::effect::{Effect, EffectNo};
use crate::case::entry::{Head, Line};
use crate::case::event::{Answer, Confirmation};
use crate::case::evidence::Evidence;
use crate::case::finding::{Finding, GroupKey};
use crate::case::ledger::{PromptBudget, WriteBudget};
use crate::case::message::Message;
use crate::case::owner::{Address, Lead, PersonId};
use crate::case::playbook::Ask;
use crate::case::prompt::{Posted, Surface};
use crate::case::remedy::{Act, Prior, Receipt, Remedy, Target};
use crate::case::state::{Case, Stage};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Whose effect it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    Case(CaseId),
    Ledger,
}

/// An effect with its sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Errand {
    pub subject: Subject,
    /// When it was saved: reconciliation looks no further back.
    pub saved_at: Timestamp,
    pub effect: Effect,
}

/// Proof that something was saved before it is acted on. Only this file can make one.
#[derive(Debug, Clone)]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// One transaction: all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Each with the version it was read at; 0 for a new case.
    pub cases: Vec<(u64, Case)>,
    pub budget: Option<(u64, WriteBudget)>,
    pub people: Vec<(PersonId, PromptBudget)>,
    /// Whose an e-mail address is.
    pub addresses: Vec<(String, Address)>,
    pub effects: Vec<Errand>,
    /// Effects that are done or withdrawn.
    pub finished: Vec<(Subject, EffectNo)>,
    /// `group -> case`, written with the case so that two receivers cannot open twins.
    pub groups: Vec<(GroupKey, CaseId)>,
    pub findings: Vec<(FindingKey, FindingRow)>,
    /// Answers by de-duplication key.
    pub replies: Vec<(String, ReplyRow)>,
    pub lines: Vec<Line>,
}

/// Names a finding across deliveries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingKey(pub String);

impl FindingKey {
    pub fn of(finding: &Finding) -> Self {
        // A sample never stands in a real finding's way, whatever id it names.
        let sample = if finding.sample { "sample/" } else { "" };
        Self(format!("{sample}{}/{}/{}", finding.account, finding.region, finding.id))
    }
}

/// The newest version of a finding that was saved, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingRow {
    pub case: CaseId,
    /// The one that versions before belonged to, where it is another.
    #[serde(default)]
    pub before: Option<CaseId>,
    pub updated_at: Timestamp,
    pub finding: Finding,
    /// Up to which version nothing is news, once GuardDuty was asked.
    #[serde(default)]
    pub settled: Option<Timestamp>,
}

impl FindingRow {
    /// A version that nobody asked GuardDuty about yet.
    pub fn of(finding: &Finding, case: CaseId, known: Option<&Self>) -> Self {
        let before =
            known.and_then(|row| if row.case == case { row.before.clone() } else { Some(row.case.clone()) });
        Self { case, before, updated_at: finding.updated_at, finding: finding.clone(), settled: None }
    }

    /// Those that versions belonged to, the latest first.
    pub fn cases(&self) -> impl Iterator<Item = &CaseId> {
        std::iter::once(&self.case).chain(&self.before)
    }

    /// Whether this version says nothing that is not known.
    pub fn covers(&self, finding: &Finding) -> bool {
        finding.updated_at == self.updated_at || finding.updated_at <= self.settled.unwrap_or(self.updated_at)
    }
}

/// What the sender of a click was told, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRow {
    pub at: Timestamp,
    pub answer: Answer,
    /// The very same was sent again, and that is in the audit: once is enough.
    #[serde(default)]
    pub repeated: bool,
}

/// A row with the version to name when it is written again.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    pub version: u64,
    pub value: T,
}

/// What can be found by an exact key, without reading cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    Group(GroupKey),
    Finding(FindingKey),
    Reply(String),
    Person(PersonId),
    Address(String),
    Budget,
}

/// What a `Lookup` found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Group(CaseId),
    Finding(Box<FindingRow>),
    Reply(ReplyRow),
    Person(PromptBudget),
    Address(Address),
    Budget(Box<Stored<WriteBudget>>),
}

/// What can be read in order, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Effects not done yet, in the order they were saved. Used once, at start.
    Errands,
    /// `(when, case)` of every open or waking case, from the index. Used once, at start.
    Wakes,
    /// How many cases are in each stage but `closed`, from the index.
    Counts,
    /// Newest first, after the given case.
    Cases { stage: Option<bool>, limit: usize, after: Option<CaseId> },
    /// Audit lines with `seq` above the given one.
    Lines { after: u64, limit: usize },
    /// Where the chain ends.
    Head,
    /// Closed cases whose retention ended and reply rows older than the given moments, to be dropped by `forget`.
    Expired { closed_before: Timestamp, replies_before: Timestamp, limit: usize },
}

/// What a `Query` read.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    Errands(Vec<Errand>),
    Wakes(Vec<(Timestamp, CaseId)>),
    Counts(Vec<(Stage, u64)>),
    Cases(Vec<Case>),
    Lines(Vec<Line>),
    Head(Head),
    /// How many rows were dropped.
    Expired(usize),
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else wrote first: load and step again.
    #[error("{0} was changed by another writer")]
    Conflict(String),
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Cases, effects, audit and indexes, saved together.
#[async_trait]
pub trait CaseStore: Send + Sync {
    async fn load(&self, id: &CaseId) -> Result<Option<Stored<Case>>, Fault>;
    async fn lookup(&self, key: Lookup) -> Result<Option<Found>, Fault>;
    /// Returns only when the batch survives a power cut.
    async fn write(&self, batch: &Batch) -> Result<(), WriteError>;
    async fn page(&self, query: Query) -> Result<Page, Fault>;
}

/// Saves a batch, and only then lets its effects out.
pub async fn commit(store: &dyn CaseStore, mut batch: Batch) -> Result<Vec<Committed<Errand>>, WriteError> {
    store.write(&batch).await?;
    Ok(std::mem::take(&mut batch.effects).into_iter().map(Committed).collect())
}

/// The effects that an earlier life of the daemon saved and did not finish.
pub async fn outbox(store: &dyn CaseStore) -> Result<Vec<Committed<Errand>>, Fault> {
    match store.page(Query::Errands).await? {
        Page::Errands(errands) => Ok(errands.into_iter().map(Committed).collect()),
        Page::Wakes(_)
        | Page::Counts(_)
        | Page::Cases(_)
        | Page::Lines(_)
        | Page::Head(_)
        | Page::Expired(_) => Err(Fault::never("the store answered another question than the one asked")),
    }
}

/// Who may answer for a principal or a resource, in the configured order of sources.
#[async_trait]
pub trait OwnerDirectory: Send + Sync {
    /// Leads and, beside them, a sentence for each source that could not be asked.
    async fn leads(
        &self,
        finding: &Finding,
        ask: Ask,
        within: Duration,
    ) -> Result<(Vec<Lead>, Vec<String>), Fault>;
}

/// People as Slack knows them.
#[async_trait]
pub trait People: Send + Sync {
    /// `None` when there is nobody by that id.
    async fn profile(&self, person: &PersonId) -> Result<Option<Profile>, Fault>;
    /// `None` when nobody has that address.
    async fn by_email(&self, email: &str) -> Result<Option<PersonId>, Fault>;
}

/// What matters about a person before they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub person: PersonId,
    /// Why they cannot be asked: deactivated, a bot, a guest, from outside. `None`: they can.
    pub unfit: Option<Unfit>,
    /// Such as `ja-JP`; empty when Slack does not say.
    pub locale: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Deactivated,
    Bot,
    Guest,
    Outsider,
}

impl Unfit {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::Bot => "bot",
            Self::Guest => "guest",
            Self::Outsider => "outside the workspace",
        }
    }
}

/// Read-only look-ups about a principal.
#[async_trait]
pub trait Investigator: Send + Sync {
    /// Never longer than 20 s; what could not be read is a gap, not a fault.
    async fn evidence(&self, finding: &Finding) -> Result<Evidence, Fault>;
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub subject: Subject,
    pub no: EffectNo,
    /// Names the surface in buttons; for notes it is the note's own effect.
    pub surface: Surface,
    pub message: Message,
    /// Language of the reader, from their profile; empty for the channel.
    pub locale: String,
    /// When this effect was saved: reconciliation looks no further back.
    pub since: Timestamp,
    /// An earlier try may have got through: look before posting again.
    pub maybe_sent: bool,
}

/// Slack, as a place where messages stand.
#[async_trait]
pub trait Messenger: Send + Sync {
    async fn post(&self, to: &crate::case::effect::Destination, delivery: &Delivery)
    -> Result<Posted, Fault>;
    async fn update(&self, at: &Posted, delivery: &Delivery) -> Result<(), Fault>;
    /// Ephemeral; tried once.
    async fn whisper(&self, at: &Posted, to: &PersonId, delivery: &Delivery) -> Result<(), Fault>;
    /// Tried once, within the trigger's 3 s.
    async fn open_view(&self, trigger: &str, delivery: &Delivery) -> Result<(), Fault>;
}

/// Carries remedies out. Every call is safe to run twice.
#[async_trait]
pub trait Remediator: Send + Sync {
    /// Reads what stands there, one `Prior` per remedy; `Never` when unique ids differ or the user is gone.
    async fn prepare(&self, case: &CaseId, target: &Target, acts: &[Remedy]) -> Result<Prepared, Fault>;
    async fn apply(
        &self,
        case: &CaseId,
        target: &Target,
        act: Remedy,
        prior: &Prior,
        cut_off: Timestamp,
    ) -> Result<Receipt, Fault>;
    /// What is no longer as we wrote it, a sentence each; empty is good.
    async fn verify(
        &self,
        case: &CaseId,
        target: &Target,
        acts: &[Act],
        cut_off: Timestamp,
    ) -> Result<Vec<String>, Fault>;
    /// In reverse. Looks at everything first; if anything is not what we wrote, nothing is touched.
    /// `begun`: an earlier try of this very effect may have written before it was cut short, so what
    /// already stands as it did before counts as our own work. `false` the first time.
    async fn undo(
        &self,
        case: &CaseId,
        target: &Target,
        acts: &[Act],
        cut_off: Timestamp,
        begun: bool,
    ) -> Result<Undone, Fault>;
}

/// What stands there before a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// True ARNs of what will be changed. A finding does not tell a path, which protection may rest on.
    pub arns: Vec<String>,
    /// One for each remedy, in order, or why it cannot be done: an instance that is gone keeps nobody from cutting the
    /// sessions of its role.
    pub priors: Vec<Result<Prior, String>>,
}

/// How an undo ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// `notes`: what cannot be put back, a sentence each.
    Restored {
        request_ids: Vec<String>,
        notes: Vec<String>,
    },
    Refused {
        changed: Vec<String>,
    },
}

/// GuardDuty itself.
#[async_trait]
pub trait Detector: Send + Sync {
    async fn confirm(&self, finding: &Finding) -> Result<Confirmation, Fault>;
    /// `(Region, finding id)` pairs. Answers the AWS request ids.
    async fn archive(
        &self,
        findings: &[(String, String)],
        useful: bool,
        comment: &str,
    ) -> Result<Vec<String>, Fault>;
    /// Findings updated since then and not archived, to close a gap.
    async fn recent(&self, since: Timestamp) -> Result<Vec<Finding>, Fault>;
}

/// The second route: one call, so it needs no trait. At least once; the same case is the same alarm.
pub type Pager = Arc<dyn Fn(Alarm) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>> + Send + Sync>;

/// The one place where time is read.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}
