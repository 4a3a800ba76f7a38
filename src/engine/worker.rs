//! Runs committed effects: in order within a case's lane, many cases at once; retries; hands results to the inbox.
//! Never here: what an effect does (`work`), how long it is tried (`pace`), or what its result means (`case`).

use super::live::Live;
use super::pace::{Patience, patience, pause};
use super::work::Ports;
use super::{EngineHealth, work};
use crate::case::effect::{Destination, EffectNo, Want};
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

/// How many effects of each class run at once. Slack and AWS limits are far below what this allows.
const AT_ONCE: usize = 64;

/// Effects that wait for different things have room of their own: while Slack is away or slow, everything that needs
/// it waits here in the middle of its tries, and must not keep keys from being switched off or dialogs from opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Posts, edits, and owners looked up: tried until Slack takes them.
    People,
    Writes,
    /// What is tried for seconds only.
    Quick,
}

/// What waits and what runs in one class.
#[derive(Default)]
struct Room {
    /// Lanes with work and nobody at it.
    ready: VecDeque<Lane>,
    running: usize,
}

#[derive(Default)]
struct Rooms([Room; 3]);

impl Rooms {
    fn of(&mut self, lane: &Lane) -> &mut Room {
        let [people, writes, quick] = &mut self.0;
        match lane.class() {
            Class::People => people,
            Class::Writes => writes,
            Class::Quick => quick,
        }
    }

    /// The next lane that may begin.
    fn next(&mut self) -> Option<Lane> {
        self.0.iter_mut().filter(|room| room.running < AT_ONCE).find_map(|room| room.ready.pop_front())
    }
}

/// How long effects under way may take to end when the daemon stops.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What the engine hands over.
pub(super) enum Job {
    Run { errand: Box<Committed<Errand>>, again: bool },
    Cancel(Subject, EffectNo),
}

/// Effects of one lane run one after the other: the messages of a case at one place in order, its AWS writes in
/// order. A person who cannot be reached holds up nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Lane {
    Messages(Subject, String),
    Writes(Subject),
    Owner(Subject, EffectNo),
    /// Other look-ups, and dialogs, depend on nothing before them.
    Alone(Subject, EffectNo),
}

impl Lane {
    fn class(&self) -> Class {
        match self {
            Self::Messages(..) | Self::Owner(..) => Class::People,
            Self::Writes(_) => Class::Writes,
            Self::Alone(..) => Class::Quick,
        }
    }
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
    rooms: Rooms,
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
            rooms: Rooms::default(),
            withdrawn: HashMap::new(),
            running: FuturesUnordered::new(),
        }
    }

    /// Runs until told to stop; what is under way then gets a moment to come to its end. The rest is saved and
    /// runs at the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            while let Some(lane) = self.rooms.next() {
                self.start(lane);
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some((lane, subject, no)) = self.running.next(), if !self.running.is_empty() => {
                    self.withdrawn.remove(&(subject, no));
                    self.rooms.of(&lane).running -= 1;
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
        let queue = self.waiting.entry(lane.clone()).or_insert_with(|| {
            // A new entry means nobody is at this lane.
            self.rooms.of(&lane).ready.push_back(lane);
            VecDeque::new()
        });
        queue.push_back(Task { errand, again, withdrawn });
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
        self.rooms.of(&lane).running += 1;
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
        if self.waiting.get(&lane).is_some_and(|queue| !queue.is_empty()) {
            self.rooms.of(&lane).ready.push_back(lane);
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
        Want::Post { to, .. } => Lane::Messages(subject, place(to)),
        Want::Update { at, .. } => Lane::Messages(subject, at.channel.clone()),
        Want::Prepare { .. } | Want::Apply { .. } | Want::Verify { .. } | Want::Undo { .. } => {
            Lane::Writes(subject)
        }
        Want::Archive { .. } => Lane::Writes(subject),
        Want::FindOwner { .. } => Lane::Owner(subject, errand.effect.no),
        Want::Confirm { .. }
        | Want::Investigate { .. }
        | Want::Reserve { .. }
        | Want::Whisper { .. }
        | Want::OpenView { .. }
        | Want::Cancel { .. } => Lane::Alone(subject, errand.effect.no),
    }
}

fn place(to: &Destination) -> String {
    match to {
        Destination::Person { person } => person.to_string(),
        // Cards are posted to the one channel; what follows them names it by its id.
        Destination::Channel => String::new(),
        Destination::Thread { parent, .. } => parent.channel.clone(),
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
    let what = want.message().map_or(want.as_str(), work::message_name);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CaseId;

    #[test]
    fn what_waits_for_slack_holds_up_neither_writes_nor_dialogs() {
        let subject = Subject::Case(CaseId::parse("k3w7q2mz9a").unwrap());
        let mut rooms = Rooms::default();
        let put = |rooms: &mut Rooms, lane: Lane| rooms.of(&lane).ready.push_back(lane);
        for n in 0..=AT_ONCE {
            put(&mut rooms, Lane::Messages(subject.clone(), n.to_string()));
        }
        let mut begun = 0;
        while let Some(lane) = rooms.next() {
            rooms.of(&lane).running += 1;
            begun += 1;
        }
        assert_eq!(begun, AT_ONCE);
        put(&mut rooms, Lane::Owner(subject.clone(), EffectNo(1)));
        assert_eq!(rooms.next(), None);
        for lane in [Lane::Writes(subject.clone()), Lane::Alone(subject, EffectNo(2))] {
            put(&mut rooms, lane.clone());
            assert_eq!(rooms.next(), Some(lane));
        }
    }
}
