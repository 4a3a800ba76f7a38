//! One slot: always one socket, and for a moment two while one takes over from the other.
//! Never here: what happens on a socket. There is one place that opens, so two reconnects cannot race.

use super::Timing;
use super::line::{End, Line, Word};
use super::open::{OpenError, Opened, open};
use crate::slack::client::Client;
use crate::slack::door::Door;
use crate::slack::health::Credential;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

pub(super) struct Slot {
    client: Arc<Client>,
    door: Arc<Door>,
    timing: Timing,
    n: u32,
    /// Failures since a socket last lived long enough.
    failures: u32,
    generation: u64,
    /// The socket that counts; older ones only finish.
    current: Option<Current>,
    next_open: Option<Instant>,
}

struct Current {
    generation: u64,
    born: Instant,
    retire: CancellationToken,
}

type Opening = BoxFuture<'static, Result<Opened, OpenError>>;
type Lines = FuturesUnordered<BoxFuture<'static, ()>>;

impl Slot {
    pub(super) fn new(client: Arc<Client>, door: Arc<Door>, timing: Timing, n: u32) -> Self {
        let next_open = Some(Instant::now() + timing.stagger * n);
        Self { client, door, timing, n, failures: 0, generation: 0, current: None, next_open }
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        let (words, mut heard) = mpsc::unbounded_channel();
        let mut lines = Lines::new();
        let mut opening: Option<Opening> = None;
        loop {
            let idle = Instant::now() + Duration::from_secs(3600);
            let due = self.next_open.filter(|_| opening.is_none()).unwrap_or(idle);
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep_until(due) => {
                    if opening.is_none() && self.next_open.take_if(|at| *at <= Instant::now()).is_some() {
                        let (client, timing) = (self.client.clone(), self.timing.clone());
                        opening = Some(Box::pin(async move { open(&client, &timing).await }));
                    }
                }
                opened = async { match opening.as_mut() { Some(o) => o.await, None => std::future::pending().await } } => {
                    opening = None;
                    match opened {
                        Ok(opened) => lines.push(self.take_over(opened, words.clone())),
                        Err(error) => self.failed(&error),
                    }
                }
                Some(word) = heard.recv() => match word {
                    Word::Renew(generation) => self.renew(generation, opening.is_some()),
                    Word::Ended(generation, end, lived) => self.ended(generation, end, lived, opening.is_some()),
                },
                Some(()) = lines.next(), if !lines.is_empty() => {}
            }
        }
        if let Some(current) = self.current.take() {
            current.retire.cancel();
        }
        let all = async { while lines.next().await.is_some() {} };
        // First what is under way may be acknowledged, then what came last may be saved.
        let _ = tokio::time::timeout(self.timing.drain * 2, all).await;
    }

    /// The new socket counts from now on; the old one flushes its acknowledgements and closes.
    fn take_over(&mut self, opened: Opened, words: mpsc::UnboundedSender<Word>) -> BoxFuture<'static, ()> {
        self.generation += 1;
        let retire = CancellationToken::new();
        let next = Current { generation: self.generation, born: Instant::now(), retire: retire.clone() };
        if let Some(old) = self.current.replace(next) {
            self.forgive(old.born.elapsed());
            old.retire.cancel();
        }
        self.client.health().told_connections(opened.connections);
        tracing::info!(slot = self.n, generation = self.generation, "a socket to Slack stands");
        let line = Line {
            generation: self.generation,
            door: self.door.clone(),
            timing: self.timing.clone(),
            retire,
            words,
            renew_at: opened.life.map(|life| Instant::now() + self.renewal(life)),
            connected: Some(self.client.health().connected()),
        };
        Box::pin(line.run(opened))
    }

    /// Slots renew at different shares of the announced life, so that they do not do it together.
    fn renewal(&self, life: Duration) -> Duration {
        let (from, to) = (self.timing.renew_from, self.timing.renew_to);
        let share = if from < to { rand::random_range(from..to) } else { from };
        life.mul_f64(share.clamp(0.0, 1.0))
    }

    fn renew(&mut self, generation: u64, opening: bool) {
        if self.counts(generation) && !opening && self.next_open.is_none() {
            self.next_open = Some(Instant::now());
        }
    }

    fn counts(&self, generation: u64) -> bool {
        self.current.as_ref().is_some_and(|current| current.generation == generation)
    }

    /// A socket that lived long enough makes up for earlier failures; one that only just stood does not.
    fn forgive(&mut self, lived: Duration) {
        if lived >= self.timing.healthy {
            self.failures = 0;
        }
    }

    fn ended(&mut self, generation: u64, end: End, lived: Duration, opening: bool) {
        if !self.counts(generation) {
            return;
        }
        tracing::info!(slot = self.n, generation, ?end, lived_s = lived.as_secs(), "a socket to Slack ended");
        self.current = None;
        self.forgive(lived);
        let wait = match end {
            // Slack asked for it, and it is not a habit: at once, so that nothing is missed.
            End::Refresh if lived >= self.timing.healthy => Duration::ZERO,
            End::Retired | End::Refresh | End::Lost | End::Silent => self.backoff(),
            End::TooMany => jitter(self.timing.too_many),
            End::LinkDisabled => {
                self.client.health().refuse(Credential::App, "link_disabled");
                self.timing.reprobe
            }
        };
        if !opening {
            self.schedule(wait);
        }
    }

    fn failed(&mut self, error: &OpenError) {
        tracing::warn!(slot = self.n, ?error, "no socket to Slack");
        let wait = match error {
            OpenError::Refused(code) => {
                self.client.health().refuse(Credential::App, code);
                self.timing.reprobe
            }
            OpenError::Throttled(after) => *after + self.backoff(),
            OpenError::TooMany => jitter(self.timing.too_many),
            OpenError::Failed(_) => self.backoff(),
        };
        self.schedule(wait);
    }

    /// An opening that is due already stays due, unless there is a reason to wait longer.
    fn schedule(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.next_open = Some(self.next_open.map_or(at, |known| known.max(at)));
    }

    /// Full jitter: many clients that lost their sockets together must not come back together.
    fn backoff(&mut self) -> Duration {
        let most =
            self.timing.backoff_min.saturating_mul(1 << self.failures.min(10)).min(self.timing.backoff_max);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(rand::random_range(0.05..1.0))
    }
}

fn jitter(about: Duration) -> Duration {
    about.mul_f64(rand::random_range(0.75..1.25))
}
