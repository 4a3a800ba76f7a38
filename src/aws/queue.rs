//! Findings off the queue: received, decoded, handed over, and deleted once they are safe.
//! Never here: what a finding means. A message is never held while a person is waited for; the case is saved first.

mod stats;
mod wire;

pub use stats::{IntakeOutcome, IntakeStats, QueueHealth};

use crate::aws::call::CallObserver;
use crate::aws::decode::{Decoded, decode};
use crate::case::finding::{Finding, Form};
use crate::inbox::{Inbox, Input};
use crate::ports::{Clock, Fault};
use aws_sdk_sqs::types::Message;
use futures_util::future::join_all;
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use tracing::Span;
use wire::{Shape, Wire};

/// Takes from the queue until it is stopped.
pub struct Intake {
    wire: Wire,
    /// Long poll, in whole seconds from 1 to 20.
    wait: i32,
    receivers: usize,
    inbox: Inbox,
    clock: Arc<dyn Clock>,
    shape: watch::Sender<Shape>,
    health: watch::Sender<QueueHealth>,
    stats: Arc<IntakeStats>,
}

/// What is to become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Delete,
    /// It becomes visible again by itself.
    Leave,
}

const RECEIVERS: usize = 4;
/// A body that nobody can read and no dead-letter queue will take is recorded at this receive.
const RECORD_AT: u32 = 5;
/// How often the queue's attributes are read; sooner while they are not known.
const REFRESH: Duration = Duration::from_secs(300);
const REFRESH_UNKNOWN: Duration = Duration::from_secs(30);

/// How long a finding that cannot be saved is held before its message is left to come again, and how often it is
/// tried meanwhile. One finding that can never be saved must not hold a receiver for good.
const HOLD: Duration = Duration::from_secs(900);
const HOLD_MIN: Duration = Duration::from_millis(500);
const HOLD_MAX: Duration = Duration::from_secs(10);

impl Intake {
    /// The client must not retry by itself: errors are paced here, and shown in the health.
    pub fn new(
        client: aws_sdk_sqs::Client,
        url: String,
        wait: SignedDuration,
        inbox: Inbox,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            wire: Wire::new(client, url),
            wait: i32::try_from(wait.as_secs()).unwrap_or(20).clamp(1, 20),
            receivers: RECEIVERS,
            inbox,
            clock,
            shape: watch::Sender::new(Shape::default()),
            health: watch::Sender::new(QueueHealth::default()),
            stats: Arc::default(),
        }
    }

    /// How many batches are worked on at the same time; at least one.
    #[must_use]
    pub fn with_receivers(self, receivers: usize) -> Self {
        Self { receivers: receivers.max(1), ..self }
    }

    /// Counts every call from now on.
    #[must_use]
    pub fn observed_by(mut self, observer: CallObserver) -> Self {
        self.wire.observer = observer;
        self
    }

    /// For readiness.
    pub fn health(&self) -> watch::Receiver<QueueHealth> {
        self.health.subscribe()
    }

    /// For the metrics.
    pub fn stats(&self) -> Arc<IntakeStats> {
        Arc::clone(&self.stats)
    }

    /// Returns when it was stopped and every batch under way is done.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = self.learn() => {}
            () = stop.cancelled() => return,
        }
        let receivers = join_all((0..self.receivers).map(|_| self.receive_until(&stop)));
        tokio::join!(receivers, self.refresh_until(&stop));
    }

    async fn receive_until(&self, stop: &CancellationToken) {
        let mut failures = 0_u32;
        // The first poll, and the first after a failure, does not wait for a message: it is to tell at once
        // whether the queue can be read.
        let mut proven = false;
        while !stop.is_cancelled() {
            let wait = if proven { self.wait } else { 0 };
            let received = tokio::select! {
                received = self.wire.receive(wait) => received,
                // What was on its way becomes visible again.
                () = stop.cancelled() => return,
            };
            proven = received.is_ok();
            match received {
                Ok(messages) => {
                    failures = 0;
                    self.well();
                    self.measure(&messages);
                    self.batch(&messages, stop).await;
                }
                Err(fault) => {
                    failures = failures.saturating_add(1);
                    self.unwell(&fault);
                    tokio::select! {
                        () = sleep(pause(&fault, failures)) => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
        }
    }

    /// Works on all messages at once, keeps those under way invisible, and deletes those that are safe.
    async fn batch(&self, messages: &[Message], stop: &CancellationToken) {
        if messages.is_empty() {
            return;
        }
        let left: Vec<AtomicBool> = messages.iter().map(|_| AtomicBool::new(false)).collect();
        let work = join_all(messages.iter().zip(&left).map(|(message, left)| async move {
            let verdict = self.work(message, stop).await;
            left.store(verdict == Verdict::Leave, Ordering::Relaxed);
            verdict
        }));
        tokio::pin!(work);
        let visibility = self.shape.borrow().visibility;
        let mut beat = interval_at(Instant::now() + visibility / 2, visibility / 2);
        let verdicts = loop {
            tokio::select! {
                biased;
                verdicts = &mut work => break verdicts,
                _ = beat.tick() => {
                    let held = messages.iter().zip(&left).filter(|(_, left)| !left.load(Ordering::Relaxed));
                    let held: Vec<&Message> = held.map(|(message, _)| message).collect();
                    match self.wire.extend(&held, visibility).await {
                        Ok(()) => self.well(),
                        // The message comes twice then, which does no harm.
                        Err(fault) => tracing::warn!(%fault, "messages could not be kept from coming again"),
                    }
                }
            }
        };
        let done = messages.iter().zip(&verdicts).filter(|(_, v)| **v == Verdict::Delete);
        let done: Vec<&Message> = done.map(|(message, _)| message).collect();
        if let Err(fault) = self.wire.delete(&done).await {
            tracing::warn!(%fault, "messages could not be deleted and will come again");
        }
    }

    async fn work(&self, message: &Message, stop: &CancellationToken) -> Verdict {
        // Not entered: whose trace it belongs to is known once a case has taken the finding.
        let (id, receives) = (message.message_id(), wire::receives(message));
        let span = tracing::debug_span!("receive", message = id, receives);
        match decode(message.body().unwrap_or_default().as_bytes()) {
            Decoded::Findings { findings, problems } => {
                let mut form = None;
                tracing::debug!(parent: &span, findings = findings.len(), "decoded");
                for finding in findings {
                    form = Some(finding.form);
                    if !self.hand_over(&span, finding, stop).await {
                        return Verdict::Leave;
                    }
                    self.stats.count(form, IntakeOutcome::Committed);
                }
                if problems.is_empty() {
                    return Verdict::Delete;
                }
                self.unreadable(message, form, problems.join("; ")).await
            }
            Decoded::NotFinding { what } => {
                self.stats.count(None, IntakeOutcome::NotFinding(what));
                tracing::debug!(message = message.message_id(), what = what.as_str(), "no finding");
                Verdict::Delete
            }
            Decoded::Bad { why, form } => self.unreadable(message, form, why).await,
        }
    }

    /// Whether it was saved. While nothing can be saved, the message is held rather than left: left and received
    /// again and again, it would end in the dead-letter queue although nothing is wrong with it.
    async fn hand_over(&self, span: &Span, finding: Finding, stop: &CancellationToken) -> bool {
        let began = Instant::now();
        let mut wait = HOLD_MIN;
        loop {
            let input = Input::Finding(Box::new(finding.clone()));
            if self.inbox.send_within(span.clone(), input).await.is_ok() {
                return true;
            }
            self.stats.count(Some(finding.form), IntakeOutcome::NotCommitted);
            if began.elapsed() + wait > HOLD {
                return false;
            }
            tokio::select! {
                () = sleep(wait) => wait = (wait * 2).min(HOLD_MAX),
                () = stop.cancelled() => return false,
            }
        }
    }

    /// For the dead-letter queue if there is one; else recorded, once it had its chances.
    async fn unreadable(&self, message: &Message, form: Option<Form>, why: String) -> Verdict {
        let receives = wire::receives(message);
        let message_id = message.message_id().unwrap_or_default().to_owned();
        if receives <= 1 {
            self.stats.count(form, IntakeOutcome::Bad);
            tracing::warn!(message = message_id, why, "a body could not be read");
        }
        // As long as it is not known whether there is a dead-letter queue, nothing is thrown away.
        let no_way_out = self.shape.borrow().redrive == Some(false);
        if !no_way_out || receives < RECORD_AT {
            return Verdict::Leave;
        }
        match self.inbox.send(Input::Unreadable { message_id, form, why }).await {
            Ok(_) => {
                self.stats.count(form, IntakeOutcome::Recorded);
                Verdict::Delete
            }
            Err(_) => Verdict::Leave,
        }
    }

    async fn refresh_until(&self, stop: &CancellationToken) {
        loop {
            let known = self.shape.borrow().redrive.is_some();
            tokio::select! {
                () = sleep(if known { REFRESH } else { REFRESH_UNKNOWN }) => self.learn().await,
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reads the queue's timeout and whether it has a dead-letter queue; keeps what was known if that fails.
    async fn learn(&self) {
        match self.wire.shape().await {
            // No sign that messages can be received: that is another right, and another call.
            Ok(shape) => drop(self.shape.send_replace(shape)),
            Err(fault) => tracing::warn!(%fault, "the queue's attributes could not be read"),
        }
    }

    fn measure(&self, messages: &[Message]) {
        let now = self.clock.now().as_millisecond();
        let oldest = messages.iter().filter_map(wire::sent_at).min();
        let age = oldest.map_or(0, |sent| now.saturating_sub(sent).max(0));
        self.stats.set_lag(Duration::from_millis(age.unsigned_abs()));
    }

    fn well(&self) {
        let now = self.clock.now();
        self.health.send_modify(|health| *health = QueueHealth { last_ok: Some(now), why: None });
    }

    fn unwell(&self, fault: &Fault) {
        let why = Some(fault.to_string());
        let was_well = self.health.borrow().why.is_none();
        self.health.send_modify(|health| health.why = why);
        // Once for all receivers, until one of them is answered again.
        if was_well {
            tracing::warn!(%fault, "the queue cannot be read");
        }
    }
}

/// 1 s to 30 s, doubling; four times that when trying again will not help by itself. Up to half is chance, so that
/// receivers do not come back in step.
fn pause(fault: &Fault, failures: u32) -> Duration {
    let seconds = 1_u64 << failures.saturating_sub(1).min(5);
    let seconds = match fault {
        Fault::Later { .. } => seconds.min(30),
        Fault::Never { .. } => (seconds * 4).min(60),
    };
    Duration::from_secs(seconds).mul_f64(rand::random_range(0.5..=1.0))
}
