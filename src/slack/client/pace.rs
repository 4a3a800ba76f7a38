//! Slack's own bounds, kept before Slack has to: per method, per channel, and what it told us to wait.
//! Never here: which call is more important; whoever must not wait does not ask.

use super::method::Method;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
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
    clock: DefaultClock,
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
            clock: DefaultClock::default(),
        }
    }

    /// Waits for this call's turn; `channel` for posts.
    pub(super) async fn turn(&self, method: Method, channel: Option<&str>) {
        if let Some(channel) = channel {
            self.channel_turn(channel).await;
        }
        let Some(limiter) = self.methods.get(&method) else { return };
        while let Err(not_yet) = limiter.check() {
            tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }

    async fn channel_turn(&self, channel: &str) {
        if self.channels.len() > CHANNELS {
            self.channels.retain_recent();
        }
        let key = channel.to_owned();
        while let Err(not_yet) = self.channels.check_key(&key) {
            tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
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

fn positive(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}
