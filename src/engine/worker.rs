//! Runs committed effects: in order within a case's lane, many cases at once; retries; hands results to the inbox.
//! Never here: what an effect does (`work`), how long it is tried (`pace`), or what its result means (`case`).

use super::live::Live;
use super::pace::{Patience, patience, pause};
use super::work::Ports;
use super::{EngineHealth, work};
use crate::case::effect::{EffectNo, Want};
use crate::case::event::{Failure, Outcome};
use crate::case::prompt::Posted;
use crate::inbox::{Inbox, Input};
use crate::metrics::Metrics;
use crate::ports::{Committed, Errand, Fault, Subject};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many effects of one side run at once. Slack and AWS limits are far below what this allows. Each side has
/// its own: messages that wait for Slack to come back must not keep a key from being switched off.
const AT_ONCE: usize = 64;

/// How long effects under way may take to end when the daemon stops.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What the engine hands over.
pub(super) enum Job {
    Run { errand: Box<Committed<Errand>>, again: bool },
    Cancel(Subject, EffectNo),
}

/// Effects of one lane run one after the other: the messages of a case in order, its AWS writes in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Lane {
    Messages(Subject),
    Writes(Subject),
    /// Look-ups and dialogs depend on nothing before them.
    Alone(Side, Subject, EffectNo),
}

/// Whose answers an effect waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    /// Tried until Slack answers, however long that takes.
    Slack,
    /// So are look-ups of people, but they are not to wait behind messages.
    People,
    Aws,
    /// Tried once, and worth nothing seconds later.
    Now,
}

impl Side {
    const ALL: [Self; 4] = [Self::Now, Self::Aws, Self::People, Self::Slack];
}

impl Lane {
    fn side(&self) -> Side {
        match self {
            Self::Messages(_) => Side::Slack,
            Self::Writes(_) => Side::Aws,
            Self::Alone(side, ..) => *side,
        }
    }
}

/// Lanes with work and nobody at it, and how many of this side have somebody.
#[derive(Default)]
struct Floor {
    ready: VecDeque<Lane>,
    busy: usize,
}

struct Task {
    errand: Committed<Errand>,
    again: bool,
    withdrawn: CancellationToken,
}

pub struct Worker {
    jobs: mpsc::UnboundedReceiver<Job>,
    ports: Arc<Ports>,
    live: Arc<Live>,
    metrics: Arc<Metrics>,
    inbox: Inbox,
    health: Arc<EngineHealth>,
    waiting: HashMap<Lane, VecDeque<Task>>,
    floors: HashMap<Side, Floor>,
    withdrawn: HashMap<(Subject, EffectNo), CancellationToken>,
    running: FuturesUnordered<BoxFuture<'static, (Lane, Subject, EffectNo)>>,
}

impl Worker {
    pub(super) fn new(
        jobs: mpsc::UnboundedReceiver<Job>,
        ports: Ports,
        live: Arc<Live>,
        metrics: Arc<Metrics>,
        inbox: Inbox,
        health: Arc<EngineHealth>,
    ) -> Self {
        Self {
            jobs,
            ports: Arc::new(ports),
            live,
            metrics,
            inbox,
            health,
            waiting: HashMap::new(),
            floors: HashMap::new(),
            withdrawn: HashMap::new(),
            running: FuturesUnordered::new(),
        }
    }

    /// Runs until told to stop; what is under way then gets a moment to come to its end. The rest is saved and
    /// runs at the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            for side in Side::ALL {
                while let Some(lane) = self.next_of(side) {
                    self.start(lane);
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some((lane, subject, no)) = self.running.next(), if !self.running.is_empty() => {
                    self.withdrawn.remove(&(subject, no));
                    self.health.backlog.fetch_sub(1, Ordering::Relaxed);
                    self.free(lane);
                }
                job = self.jobs.recv() => match job {
                    Some(Job::Run { errand, again }) => self.queue(*errand, again),
                    Some(Job::Cancel(subject, no)) => self.withdraw(&subject, no),
                    None => break,
                },
            }
        }
        let last = async { while self.running.next().await.is_some() {} };
        if tokio::time::timeout(LAST_CALL, last).await.is_err() {
            tracing::info!("effects under way were cut short; they run again at the next start");
        }
    }

    fn queue(&mut self, errand: Committed<Errand>, again: bool) {
        let withdrawn = CancellationToken::new();
        let (subject, no) = (errand.get().subject.clone(), errand.get().effect.no);
        self.withdrawn.insert((subject, no), withdrawn.clone());
        let lane = lane(errand.get());
        let floor = self.floors.entry(lane.side()).or_default();
        let queue = self.waiting.entry(lane.clone()).or_insert_with(|| {
            // A new entry means nobody is at this lane.
            floor.ready.push_back(lane);
            VecDeque::new()
        });
        queue.push_back(Task { errand, again, withdrawn });
    }

    fn next_of(&mut self, side: Side) -> Option<Lane> {
        let floor = self.floors.get_mut(&side).filter(|floor| floor.busy < AT_ONCE)?;
        floor.ready.pop_front()
    }

    /// A withdrawn effect is no longer retried; one that is in the middle of a try comes to its end.
    fn withdraw(&mut self, subject: &Subject, no: EffectNo) {
        if let Some(token) = self.withdrawn.get(&(subject.clone(), no)) {
            token.cancel();
        }
    }

    fn start(&mut self, lane: Lane) {
        let Some(task) = self.waiting.get_mut(&lane).and_then(VecDeque::pop_front) else {
            self.waiting.remove(&lane);
            return;
        };
        self.floors.entry(lane.side()).or_default().busy += 1;
        let repainted = self.is_repainted(&lane, task.errand.get());
        let (ports, live) = (self.ports.clone(), self.live.clone());
        let (inbox, metrics) = (self.inbox.clone(), self.metrics.clone());
        self.running.push(Box::pin(async move {
            let errand = task.errand.get();
            let done = if repainted {
                Some(Outcome::Ok { request_ids: vec![] })
            } else {
                attempt(&ports, &live, errand, task.again, &task.withdrawn).await
            };
            let (subject, no) = (errand.subject.clone(), errand.effect.no);
            if let Some(result) = done {
                super::meter::effect(&metrics, &errand.effect.want, &result);
                report(&inbox, subject.clone(), no, result).await;
            }
            (lane, subject, no)
        }));
    }

    fn free(&mut self, lane: Lane) {
        let floor = self.floors.entry(lane.side()).or_default();
        floor.busy = floor.busy.saturating_sub(1);
        if self.waiting.get(&lane).is_some_and(|queue| !queue.is_empty()) {
            floor.ready.push_back(lane);
        } else {
            self.waiting.remove(&lane);
        }
    }

    /// Whether a newer view of the same message waits behind this one.
    fn is_repainted(&self, lane: &Lane, errand: &Errand) -> bool {
        let Some(at) = painted(errand) else { return false };
        self.waiting.get(lane).is_some_and(|queue| queue.iter().any(|t| painted(t.errand.get()) == Some(at)))
    }
}

fn painted(errand: &Errand) -> Option<&Posted> {
    if let Want::Update { at, .. } = &errand.effect.want { Some(at) } else { None }
}

fn lane(errand: &Errand) -> Lane {
    let subject = errand.subject.clone();
    match &errand.effect.want {
        Want::Post { .. } | Want::Update { .. } => Lane::Messages(subject),
        Want::Prepare { .. } | Want::Apply { .. } | Want::Verify { .. } | Want::Undo { .. } => {
            Lane::Writes(subject)
        }
        Want::Archive { .. } => Lane::Writes(subject),
        Want::FindOwner { .. } => Lane::Alone(Side::People, subject, errand.effect.no),
        Want::Confirm { .. } | Want::Investigate { .. } => Lane::Alone(Side::Aws, subject, errand.effect.no),
        Want::Whisper { .. } | Want::OpenView { .. } | Want::Reserve { .. } | Want::Cancel { .. } => {
            Lane::Alone(Side::Now, subject, errand.effect.no)
        }
    }
}

/// Tries until it works, will never work, patience ends, or the case withdraws it (`None`).
async fn attempt(
    ports: &Ports,
    live: &Live,
    errand: &Errand,
    mut again: bool,
    withdrawn: &CancellationToken,
) -> Option<Outcome> {
    let began = Instant::now();
    let want = &errand.effect.want;
    let mut tried = 0;
    loop {
        if withdrawn.is_cancelled() {
            return None;
        }
        let fault = match ports.run(errand, live, again).await {
            Ok(outcome) => return Some(outcome),
            Err(fault) => fault,
        };
        tried += 1;
        again = true;
        let (after, cause) = match fault {
            Fault::Never { cause, gone } => return Some(failed(errand, cause, gone)),
            Fault::Later { after, cause } => (after, cause),
        };
        let wait = pause(tried, after);
        let over = match patience(want) {
            Patience::Settled => false,
            Patience::Tries(tries) => tried >= tries,
            Patience::For(time) => began.elapsed() + wait > time,
        };
        if over {
            return Some(failed(errand, cause, false));
        }
        tracing::warn!(subject = ?errand.subject, want = want.as_str(), tried, %cause, "will try again");
        tokio::select! {
            () = withdrawn.cancelled() => return None,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn failed(errand: &Errand, cause: String, gone: bool) -> Outcome {
    let want = &errand.effect.want;
    let what = match want {
        Want::Post { message, .. } | Want::Update { message, .. } | Want::Whisper { message, .. } => {
            work::message_name(message)
        }
        Want::OpenView { message, .. } => work::message_name(message),
        Want::Confirm { .. }
        | Want::FindOwner { .. }
        | Want::Investigate { .. }
        | Want::Reserve { .. }
        | Want::Prepare { .. }
        | Want::Apply { .. }
        | Want::Verify { .. }
        | Want::Undo { .. }
        | Want::Archive { .. }
        | Want::Cancel { .. } => want.as_str(),
    };
    tracing::error!(subject = ?errand.subject, want = want.as_str(), what, %cause, "failed for good");
    Outcome::Failed { cause, kind: if gone { Failure::Gone } else { Failure::Refused } }
}

/// A result is told until it is saved: the effect would run again otherwise.
async fn report(inbox: &Inbox, subject: Subject, no: EffectNo, result: Outcome) {
    loop {
        let input = Input::Done { subject: subject.clone(), no, result: result.clone() };
        if inbox.send(input).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
