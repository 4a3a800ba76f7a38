//! The loop: take, step, commit, hand out effects.
//! Never here: SDK types, Slack types, or decisions about a case.

pub mod backfill;
mod group;
mod inputs;
mod intake;
mod jump;
pub mod live;
mod meter;
mod pace;
mod reserve;
mod rooms;
mod taking;
mod work;
mod worker;

pub use live::Live;
pub use work::Ports;

use crate::case::CaseId;
use crate::case::entry::Head;
use crate::case::event::Answer;
use crate::case::state::Stage;
use crate::inbox::{Inbox, Incoming, Lanes};
use crate::metrics::Metrics;
use crate::ports::{
    Batch, CaseStore, Clock, Committed, Errand, Fault, Page, Query, Subject, WriteError, commit, outbox,
};
use crate::trace;
use group::Group;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
pub use worker::Worker;

/// How many inputs share one write and one flush.
const GROUP: usize = 64;

/// Findings wait in the queue while this many effects are under way, or so many messages wait to be posted: Slack takes
/// one a second in a channel, and whoever can write to the queue could keep everything else waiting otherwise.
const BACKLOG: usize = 4096;
const MESSAGES: usize = 4 * BACKLOG;

/// The clock is looked at this often at least, so that a jump is noticed.
const NAP: Duration = Duration::from_millis(250);

/// How often a group that could not be saved is stepped again before its senders are told so.
const SAVE_TRIES: u32 = 4;

/// What the rest of the house may know about the engine.
#[derive(Debug, Default)]
pub struct EngineHealth {
    store_failing: AtomicBool,
    backlog: AtomicUsize,
    messages: AtomicUsize,
}

impl EngineHealth {
    /// The last write failed and none has worked since.
    pub fn store_failing(&self) -> bool {
        self.store_failing.load(Ordering::Relaxed)
    }

    fn is_busy(&self) -> bool {
        self.backlog.load(Ordering::Relaxed) >= BACKLOG || self.messages.load(Ordering::Relaxed) >= MESSAGES
    }

    fn begun(&self, posts: bool) {
        self.counter(posts).fetch_add(1, Ordering::Relaxed);
    }

    fn ended(&self, posts: bool) {
        self.counter(posts).fetch_sub(1, Ordering::Relaxed);
    }

    fn counter(&self, posts: bool) -> &AtomicUsize {
        if posts { &self.messages } else { &self.backlog }
    }
}

/// The single writer of cases.
pub struct Engine {
    store: Arc<dyn CaseStore>,
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    health: Arc<EngineHealth>,
    lanes: Lanes,
    errands: mpsc::UnboundedSender<worker::Job>,
    head: Head,
    watch: jump::Watch,
    /// The clock was set by so much, and the audit does not say so yet.
    jumped: Option<SignedDuration>,
    wakes: BTreeSet<(Timestamp, CaseId)>,
    wake_of: BTreeMap<CaseId, Timestamp>,
    stages: BTreeMap<Stage, i64>,
}

impl Engine {
    /// Reads where the last life ended: the head of the audit, who must be woken when, and what was not finished.
    /// Index rows only; cases are read when something happens to them.
    pub async fn start(
        ports: Ports,
        live: Arc<Live>,
        metrics: Arc<Metrics>,
        (inbox, lanes): (Inbox, Lanes),
    ) -> Result<(Self, Worker), Fault> {
        let (errands, jobs) = mpsc::unbounded_channel();
        let health = Arc::new(EngineHealth::default());
        let mut engine = Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            live: live.clone(),
            metrics: metrics.clone(),
            health: health.clone(),
            lanes,
            errands,
            head: Head::default(),
            watch: jump::Watch::default(),
            jumped: None,
            wakes: BTreeSet::new(),
            wake_of: BTreeMap::new(),
            stages: BTreeMap::new(),
        };
        if let Page::Head(head) = engine.store.page(Query::Head).await? {
            engine.head = head;
        }
        if let Page::Wakes(wakes) = engine.store.page(Query::Wakes).await? {
            engine.wake_of = wakes.iter().map(|(at, id)| (id.clone(), *at)).collect();
            engine.wakes = wakes.into_iter().collect();
        }
        if let Page::Counts(counts) = engine.store.page(Query::Counts).await? {
            engine.stages =
                counts.into_iter().map(|(stage, n)| (stage, i64::try_from(n).unwrap_or(0))).collect();
        }
        for errand in outbox(engine.store.as_ref()).await? {
            // Sent from an earlier life: it may have got through already.
            engine.hand_out(errand, true);
        }
        let worker = Worker::new(jobs, ports, live, metrics, inbox, health);
        Ok((engine, worker))
    }

    pub fn health(&self) -> Arc<EngineHealth> {
        self.health.clone()
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Runs until told to stop or every sender is gone. What was taken is committed before it returns.
    pub async fn run(mut self, stop: CancellationToken) {
        self.show_stages();
        loop {
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                incoming = self.take() => incoming,
            };
            let group = self.group_of(first);
            if let Some(by) = self.watch.look(self.clock.now(), Instant::now()) {
                tracing::warn!(seconds = by.as_secs(), "the clock was set; deadlines are counted by it");
                self.jumped = Some(by);
            }
            self.save(group).await;
        }
        tracing::info!(seq = self.head.seq, hash = %self.head.hash, "audit chain ends here");
    }

    /// Steps the group and saves it as one. A group that cannot be saved is stepped again from what is saved;
    /// after some tries its senders hear nothing, so they do not acknowledge.
    async fn save(&mut self, incoming: Vec<Incoming>) {
        let mut due = self.due();
        let (mut left_out, mut tried) = (vec![], 0);
        if incoming.is_empty() && due.is_empty() && self.jumped.is_none() {
            return;
        }
        while tried < SAVE_TRIES {
            match self.try_save(&incoming, &left_out, &due).await {
                Ok((answers, outcome)) => {
                    self.health.store_failing.store(false, Ordering::Relaxed);
                    for (incoming, answer) in incoming.into_iter().zip(answers) {
                        let Some(answer) = answer else { continue };
                        // A sender that went away does not need its receipt.
                        let _gone = incoming.receipt.send(answer);
                    }
                    self.committed(outcome);
                    return;
                }
                Err(Failed { error: WriteError::Conflict(what), .. }) => {
                    tracing::warn!(what, tried, "changed by another writer; stepping again");
                    tried += 1;
                    self.read_head().await;
                }
                Err(Failed {
                    error: WriteError::Fault(Fault::Never { cause, .. }),
                    culprit: Some(culprit),
                }) => {
                    // What cannot be read takes nobody else of its group down with it.
                    tracing::error!(?culprit, %cause, "left out: what it is about cannot be read");
                    match culprit {
                        Culprit::Input(index) => left_out.push(index),
                        Culprit::Due(id) => {
                            self.wake_of.remove(&id).map(|at| self.wakes.remove(&(at, id.clone())));
                            due.retain(|other| *other != id);
                        }
                    }
                }
                Err(Failed { error: WriteError::Fault(fault), .. }) => {
                    tried += 1;
                    self.health.store_failing.store(true, Ordering::Relaxed);
                    tracing::error!(%fault, tried, "the store refused a write; nothing is acknowledged");
                    tokio::time::sleep(Duration::from_millis(50 << tried)).await;
                }
            }
        }
    }

    /// The chain as it is saved: ours may have been built on a line that never stood.
    async fn read_head(&mut self) {
        match self.store.page(Query::Head).await {
            Ok(Page::Head(head)) => self.head = head,
            Ok(_) => {}
            Err(fault) => tracing::error!(%fault, "the end of the audit chain cannot be read"),
        }
    }

    fn due(&self) -> Vec<CaseId> {
        let now = self.clock.now();
        self.wakes.iter().take_while(|(at, _)| *at <= now).take(GROUP).map(|(_, id)| id.clone()).collect()
    }

    async fn try_save(
        &mut self,
        incoming: &[Incoming],
        left_out: &[usize],
        due: &[CaseId],
    ) -> Result<(Vec<Option<Answer>>, Saved), Failed> {
        let at = self.clock.now();
        let mut group = Group::new(self.store.clone(), self.live.clone(), at);
        if let Some(by) = self.jumped {
            group.clock_jumped(by);
        }
        let mut answers = Vec::with_capacity(incoming.len());
        for (index, one) in incoming.iter().enumerate() {
            if left_out.contains(&index) {
                answers.push(None);
                continue;
            }
            let answer = group.take(&one.input).await.map_err(|e| Failed::by(Culprit::Input(index), e))?;
            if let Some(case) = group.touched.take() {
                one.spans.iter().for_each(|span| trace::belongs(span, &case));
            }
            answers.push(Some(answer));
        }
        let mut wakes = vec![];
        for id in due {
            let by = |e: WriteError| Failed::by(Culprit::Due(id.clone()), e);
            group.wake(id).await.map_err(by)?;
            // The index may know a time that the case does not: what stands in the case counts.
            let case = group.case(id).await.map_err(|fault| by(fault.into()))?;
            wakes.push((id.clone(), case.and_then(|c| c.wakes_at())));
        }
        let mut head = self.head.clone();
        let mut done = group.done();
        done.batch.lines =
            std::mem::take(&mut done.entries).into_iter().map(|e| e.seal(&mut head, at)).collect();
        if done.is_empty() {
            return Ok((
                answers,
                Saved { errands: vec![], cancelled: vec![], moved: vec![], wakes, head, tally: done.tally },
            ));
        }
        let batch = std::mem::take(&mut done.batch);
        let moved = moved(&batch, &done.before);
        let cancelled = done.cancelled;
        let errands = commit(self.store.as_ref(), batch).await.map_err(Failed::all)?;
        Ok((answers, Saved { errands, cancelled, moved, wakes, head, tally: done.tally }))
    }

    fn committed(&mut self, saved: Saved) {
        self.head = saved.head;
        self.jumped = None;
        for (id, wake) in saved.wakes {
            self.wakes_at(id, wake);
        }
        for (id, stages, wake) in saved.moved {
            self.wakes_at(id, wake);
            let (before, after) = stages;
            if let Some(before) = before {
                *self.stages.entry(before).or_default() -= 1;
            }
            *self.stages.entry(after).or_default() += 1;
        }
        for (subject, no) in saved.cancelled {
            let _stopping = self.errands.send(worker::Job::Cancel(subject, no));
        }
        for errand in saved.errands {
            self.hand_out(errand, false);
        }
        self.show_stages();
        saved.tally.show(&self.metrics);
    }

    fn wakes_at(&mut self, id: CaseId, wake: Option<Timestamp>) {
        if let Some(old) = self.wake_of.remove(&id) {
            self.wakes.remove(&(old, id.clone()));
        }
        if let Some(at) = wake {
            self.wakes.insert((at, id.clone()));
            self.wake_of.insert(id, at);
        }
    }

    fn hand_out(&self, errand: Committed<Errand>, again: bool) {
        self.health.begun(errand.get().effect.want.posts());
        // The worker ends before the engine only when the daemon stops; the errand is saved and runs next time.
        let _stopping = self.errands.send(worker::Job::Run { errand: Box::new(errand), again });
    }

    fn show_stages(&self) {
        for stage in Stage::ALL {
            if stage != Stage::Closed {
                self.metrics.cases_open(stage, self.stages.get(&stage).copied().unwrap_or(0));
            }
        }
    }
}

/// A case that was written: its stage before and after, and when it wakes.
type Moved = (CaseId, (Option<Stage>, Stage), Option<Timestamp>);

/// Why a group was not saved, and which part of it could not even be stepped.
struct Failed {
    culprit: Option<Culprit>,
    error: WriteError,
}

#[derive(Debug)]
enum Culprit {
    /// By its place in the group.
    Input(usize),
    Due(CaseId),
}

impl Failed {
    fn by(culprit: Culprit, error: WriteError) -> Self {
        Self { culprit: Some(culprit), error }
    }

    fn all(error: WriteError) -> Self {
        Self { culprit: None, error }
    }
}

/// What a saved group leads to.
struct Saved {
    errands: Vec<Committed<Errand>>,
    cancelled: Vec<(Subject, crate::case::effect::EffectNo)>,
    moved: Vec<Moved>,
    /// When each case that was due wakes next.
    wakes: Vec<(CaseId, Option<Timestamp>)>,
    head: Head,
    tally: group::Tally,
}

fn moved(batch: &Batch, before: &BTreeMap<CaseId, Stage>) -> Vec<Moved> {
    let moved =
        |c: &crate::case::state::Case| (c.id.clone(), (before.get(&c.id).copied(), c.stage), c.wakes_at());
    batch.cases.iter().map(|(_, case)| moved(case)).collect()
}
