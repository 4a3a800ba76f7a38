//! Slack's own bounds, kept before Slack has to: per method, per channel, and what it told us to wait. Among those who
//! wait for the same bound the more urgent goes first.
//! Never here: how urgent a call is; and whoever must not wait does not ask.

use super::method::Method;
use crate::case::message::Urgency;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Posts into one channel that may come at once; a card and the note below it.
const CHANNEL_BURST: u32 = 2;
/// Then one a second (facts/slack.md 1.4), and a little more, since calls do not arrive as evenly as they leave.
const CHANNEL_PERIOD: Duration = Duration::from_millis(1100);
/// Channels remembered before the idle ones are forgotten.
const CHANNELS: usize = 1000;

/// Shared by every caller: the limits are the app's.
pub(super) struct Pace {
    methods: HashMap<Method, DefaultDirectRateLimiter>,
    channels: DefaultKeyedRateLimiter<String>,
    blocked: Mutex<HashMap<Method, Instant>>,
    queues: Mutex<HashMap<Bound, [usize; 4]>>,
    /// Somebody came or went in one of the queues.
    moved: Notify,
    clock: DefaultClock,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Bound {
    Method(Method),
    Channel(String),
}

impl Pace {
    pub(super) fn new() -> Self {
        let methods = Method::ALL.into_iter().map(|method| {
            let (per_minute, burst) = method.quota();
            let quota = Quota::per_minute(positive(per_minute)).allow_burst(positive(burst));
            (method, RateLimiter::direct(quota))
        });
        let channel = Quota::with_period(CHANNEL_PERIOD).unwrap_or(Quota::per_second(positive(1)));
        let channel = channel.allow_burst(positive(CHANNEL_BURST));
        Self {
            methods: methods.collect(),
            channels: RateLimiter::keyed(channel),
            blocked: Mutex::default(),
            queues: Mutex::default(),
            moved: Notify::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Waits for this call's turn; `channel` for posts.
    pub(super) async fn turn(&self, method: Method, channel: Option<&str>, urgency: Urgency) {
        if let Some(channel) = channel {
            if self.channels.len() > CHANNELS {
                self.channels.retain_recent();
            }
            let key = channel.to_owned();
            let check = || self.channels.check_key(&key).map_err(|not_yet| self.until(&not_yet));
            self.bound(Bound::Channel(key.clone()), urgency, check).await;
        }
        let Some(limiter) = self.methods.get(&method) else { return };
        let check = || limiter.check().map_err(|not_yet| self.until(&not_yet));
        self.bound(Bound::Method(method), urgency, check).await;
    }

    fn until(&self, not_yet: &NotUntil<<DefaultClock as Clock>::Instant>) -> Duration {
        not_yet.wait_time_from(self.clock.now())
    }

    /// Waits until the bound lets this call pass and nobody more urgent waits for the same.
    async fn bound(&self, bound: Bound, urgency: Urgency, check: impl Fn() -> Result<(), Duration>) {
        let _place = Place::take(self, bound.clone(), urgency);
        loop {
            // Listening before looking: whoever moves in between is heard.
            let moved = self.moved.notified();
            tokio::pin!(moved);
            let _already = moved.as_mut().enable();
            if self.is_outranked(&bound, urgency) {
                moved.await;
                continue;
            }
            match check() {
                Ok(()) => return,
                Err(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = moved => {}
                    }
                }
            }
        }
    }

    fn is_outranked(&self, bound: &Bound, urgency: Urgency) -> bool {
        let queues = self.queues();
        queues.get(bound).is_some_and(|queue| queue.iter().take(urgency as usize).any(|waiting| *waiting > 0))
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Bound, [usize; 4]>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long Slack still wants no call of this method.
    pub(super) fn blocked(&self, method: Method) -> Option<Duration> {
        let until = *self.blocks().get(&method)?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Slack said to wait. Never shortens what it said before.
    pub(super) fn block(&self, method: Method, after: Duration) {
        let until = Instant::now() + after;
        let mut blocks = self.blocks();
        let known = blocks.entry(method).or_insert(until);
        *known = (*known).max(until);
    }

    fn blocks(&self) -> MutexGuard<'_, HashMap<Method, Instant>> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a queue, given back when the call goes out or nobody waits for it any more.
struct Place<'a> {
    pace: &'a Pace,
    bound: Bound,
    urgency: Urgency,
}

impl<'a> Place<'a> {
    fn take(pace: &'a Pace, bound: Bound, urgency: Urgency) -> Self {
        let place = Self { pace, bound, urgency };
        place.count(|waiting| waiting + 1);
        place
    }

    fn count(&self, change: impl Fn(usize) -> usize) {
        let mut queues = self.pace.queues();
        let queue = queues.entry(self.bound.clone()).or_default();
        if let Some(waiting) = queue.get_mut(self.urgency as usize) {
            *waiting = change(*waiting);
        }
        if *queue == [0; 4] {
            queues.remove(&self.bound);
        }
        drop(queues);
        self.pace.moved.notify_waiters();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.count(|waiting| waiting.saturating_sub(1));
    }
}

fn positive(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::mpsc;
    use tokio::task::JoinSet;

    #[tokio::test]
    async fn who_waits_for_a_channel_goes_by_urgency_and_not_by_when_they_came() {
        let pace = Arc::new(Pace::new());
        let turn = async |urgency| pace.turn(Method::ChatPostMessage, Some("C1"), urgency).await;
        for _ in 0..CHANNEL_BURST {
            turn(Urgency::Reminder).await;
        }
        let (went, mut order) = mpsc::unbounded_channel();
        let mut waiting = JoinSet::new();
        for urgency in Urgency::ALL.into_iter().rev() {
            let (queue, went) = (pace.clone(), went.clone());
            waiting.spawn(async move {
                queue.turn(Method::ChatPostMessage, Some("C1"), urgency).await;
                went.send(urgency)
            });
            // All of them stand in the queue before the channel takes the next.
            while pace.queues().get(&Bound::Channel("C1".to_owned())).is_none_or(|q| q[urgency as usize] == 0)
            {
                tokio::task::yield_now().await;
            }
        }
        let mut seen = vec![];
        for _ in Urgency::ALL {
            seen.push(order.recv().await.unwrap());
        }
        assert_eq!(seen, Urgency::ALL);
        waiting.join_all().await;
        assert!(pace.queues().is_empty(), "places are given back");
    }

    #[tokio::test]
    async fn another_channel_does_not_wait_for_the_urgent_of_this_one() {
        let pace = Pace::new();
        let place = Place::take(&pace, Bound::Channel("C1".to_owned()), Urgency::Escalation);
        let other = pace.turn(Method::ChatPostMessage, Some("C2"), Urgency::Reminder);
        tokio::time::timeout(Duration::from_secs(1), other).await.unwrap();
        let same = pace.turn(Method::ChatPostMessage, Some("C1"), Urgency::Reminder);
        tokio::pin!(same);
        assert!(tokio::time::timeout(Duration::from_millis(50), same.as_mut()).await.is_err());
        // Whoever gives up no longer holds anybody up.
        drop(place);
        tokio::time::timeout(Duration::from_secs(1), same).await.unwrap();
    }
}
