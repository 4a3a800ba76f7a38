//! Runs committed effects: in order within a case's lane, many cases at once; retries; hands results to the inbox.
//! Never here: what an effect does (`work`), how long it is tried (`pace`), or what its result means (`case`).

use super::EngineHealth;
use super::live::Live;
use super::pace::{Patience, patience, pause};
use super::rooms::{Lane, Rooms};
use super::work::Ports;
use crate::case::effect::{EffectNo, Want};
use crate::case::event::{Failure, Outcome};
use crate::case::message::{Message, Urgency};
use crate::case::prompt::Posted;
use crate::inbox::{Inbox, Input};
use crate::metrics::Metrics;
use crate::ports::{Committed, Errand, Fault, Subject};
use crate::trace;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// What Slack did not take for so long is reported to its case: somebody may have to be told another way.
const HELD_AFTER: Duration = Duration::from_secs(10);
/// So long a pause means the same at once: the token is refused, or the workspace is full.
const LONG_PAUSE: Duration = Duration::from_secs(60);

/// How long effects under way may take to end when the daemon stops.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What the engine hands over.
pub(super) enum Job {
    Run { errand: Box<Committed<Errand>>, again: bool },
    Cancel(Subject, EffectNo),
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
    running: FuturesUnordered<BoxFuture<'static, (Lane, Subject, EffectNo, bool)>>,
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
                // First what is new, so that all of it stands in its room: behind a flood of look-ups that are always
                // ready for more, a question would be taken up last.
                job = self.jobs.recv() => match job {
                    Some(Job::Run { errand, again }) => self.queue(*errand, again),
                    Some(Job::Cancel(subject, no)) => self.withdraw(&subject, no),
                    None => break,
                },
                Some((lane, subject, no, posts)) = self.running.next(), if !self.running.is_empty() => {
                    self.withdrawn.remove(&(subject, no));
                    self.rooms.done(&lane);
                    self.health.ended(posts);
                    self.free(lane);
                }
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
        let (lane, urgency) = (Lane::of(errand.get()), errand.get().effect.want.urgency());
        let queue = self.waiting.entry(lane.clone()).or_insert_with(|| {
            // A new entry means nobody is at this lane.
            self.rooms.ready(lane.clone(), urgency);
            VecDeque::new()
        });
        queue.push_back(Task { errand, again, withdrawn });
        self.rooms.came_to(&lane, urgency);
    }

    /// A withdrawn effect is no longer retried; one that is in the middle of a try comes to its end.
    fn withdraw(&mut self, subject: &Subject, no: EffectNo) {
        if let Some(token) = self.withdrawn.get(&(subject.clone(), no)) {
            token.cancel();
        }
    }

    fn start(&mut self, lane: Lane) {
        let Some(task) = self.waiting.get_mut(&lane).and_then(first) else {
            self.waiting.remove(&lane);
            self.rooms.done(&lane);
            return;
        };
        let repainted = self.is_repainted(&lane, task.errand.get());
        let (ports, live) = (self.ports.clone(), self.live.clone());
        let (inbox, metrics) = (self.inbox.clone(), self.metrics.clone());
        let span = span(task.errand.get());
        let run = async move {
            let errand = task.errand.get();
            let done = if repainted {
                Some(Outcome::Ok { request_ids: vec![] })
            } else {
                attempt(&ports, &live, &inbox, &task).await
            };
            let (subject, no) = (errand.subject.clone(), errand.effect.no);
            if let Some(result) = done {
                super::meter::effect(&metrics, &errand.effect.want, &result);
                report(&inbox, subject.clone(), no, result).await;
            }
            (lane, subject, no, errand.effect.want.posts())
        };
        self.running.push(Box::pin(run.instrument(span)));
    }

    fn free(&mut self, lane: Lane) {
        let urgency = |task: &Task| task.errand.get().effect.want.urgency();
        match self.waiting.get(&lane).and_then(|queue| queue.iter().map(urgency).min()) {
            Some(urgency) => self.rooms.ready(lane, urgency),
            None => {
                self.waiting.remove(&lane);
            }
        }
    }

    /// Whether a newer view of the same message waits behind this one.
    fn is_repainted(&self, lane: &Lane, errand: &Errand) -> bool {
        let Some(at) = painted(errand) else { return false };
        self.waiting.get(lane).is_some_and(|queue| queue.iter().any(|t| painted(t.errand.get()) == Some(at)))
    }
}

/// The next of a lane: lines come in the order in which they were wanted; a message that stands is put right before
/// further lines are posted, each of which may have to wait for its turn. Somebody who must act now does not wait
/// for that.
fn first(queue: &mut VecDeque<Task>) -> Option<Task> {
    let next = queue.front()?.errand.get();
    let line = painted(next).is_none() && next.effect.want.urgency() < Urgency::Repaint;
    let edit = queue.iter().position(|task| painted(task.errand.get()).is_some()).filter(|_| !line);
    queue.remove(edit.unwrap_or(0))
}

/// Every line of the log below it says which case it is about.
fn span(errand: &Errand) -> Span {
    let (want, no) = (errand.effect.want.as_str(), errand.effect.no.0);
    match &errand.subject {
        Subject::Ledger => tracing::info_span!("effect", want, no),
        Subject::Case(case) => {
            let span = tracing::info_span!("effect", %case, want, no);
            trace::belongs(&span, case);
            span
        }
    }
}

fn painted(errand: &Errand) -> Option<&Posted> {
    if let Want::Update { at, .. } = &errand.effect.want { Some(at) } else { None }
}

/// Tries until it works, will never work, patience ends, or the case withdraws it (`None`).
async fn attempt(ports: &Ports, live: &Live, inbox: &Inbox, task: &Task) -> Option<Outcome> {
    let (errand, withdrawn) = (task.errand.get(), &task.withdrawn);
    let (mut again, mut told) = (task.again, false);
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
            Fault::Never { cause, gone: true, .. } => return Some(failed(errand, cause, Failure::Gone)),
            Fault::Never { cause, full: true, .. } => return Some(failed(errand, cause, Failure::Full)),
            Fault::Never { cause, .. } => return Some(failed(errand, cause, Failure::Refused)),
            Fault::Later { after, cause } => (after, cause),
        };
        let wait = pause(tried, after);
        let over = match patience(want) {
            Patience::Settled => false,
            Patience::Tries(tries) => tried >= tries,
            Patience::For(time) => began.elapsed() + wait > time,
        };
        if over {
            return Some(failed(errand, cause, Failure::Refused));
        }
        tracing::warn!(subject = ?errand.subject, want = want.as_str(), tried, %cause, "will try again");
        if !told && waits_for_slack(want) && (began.elapsed() >= HELD_AFTER || wait >= LONG_PAUSE) {
            let input = Input::Held { subject: errand.subject.clone(), no: errand.effect.no };
            told = inbox.send(input).await.is_ok();
        }
        tokio::select! {
            () = withdrawn.cancelled() => return None,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn waits_for_slack(want: &Want) -> bool {
    match want {
        Want::Post { .. } | Want::Update { .. } | Want::FindOwner { .. } => true,
        Want::Confirm { .. }
        | Want::Investigate { .. }
        | Want::Reserve { .. }
        | Want::Whisper { .. }
        | Want::OpenView { .. }
        | Want::Prepare { .. }
        | Want::Apply { .. }
        | Want::Verify { .. }
        | Want::Undo { .. }
        | Want::Archive { .. }
        | Want::Page { .. }
        | Want::Cancel { .. } => false,
    }
}

fn failed(errand: &Errand, cause: String, kind: Failure) -> Outcome {
    let want = &errand.effect.want;
    let what = want.message().map_or(want.as_str(), Message::as_str);
    tracing::error!(subject = ?errand.subject, want = want.as_str(), what, %cause, "failed for good");
    Outcome::Failed { cause, kind }
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
