//! Rate limits: one post a second per channel with a small burst, and a tier per method. Off unless switched on.
//!
//! Only counts. The HTTP 429 is made by the API, and which tier a method has stands in the table of methods.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Posts that may come at once into one channel.
const POST_BURST: f64 = 3.0;

/// A token bucket per (method) and per (channel) for posts.
#[derive(Default)]
pub(crate) struct Limits {
    buckets: HashMap<String, (f64, Instant)>,
}

impl Limits {
    /// Takes one call of a method with `per_minute` calls; else gives the seconds to wait.
    pub(crate) fn call(&mut self, method: &str, per_minute: u32) -> Result<(), u64> {
        self.take(method.to_owned(), f64::from(per_minute), f64::from(per_minute) / 60.0)
    }

    /// Takes one post into a channel.
    pub(crate) fn post(&mut self, channel: &str) -> Result<(), u64> {
        self.take(format!("post {channel}"), POST_BURST, 1.0)
    }

    fn take(&mut self, key: String, burst: f64, per_second: f64) -> Result<(), u64> {
        let now = Instant::now();
        let (level, at) = self.buckets.entry(key).or_insert((burst, now));
        let grown = now.saturating_duration_since(*at).as_secs_f64() * per_second;
        *level = (*level + grown).min(burst);
        *at = now;
        if *level >= 1.0 {
            *level -= 1.0;
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - *level) / per_second);
        Err(wait.as_secs().max(1))
    }
}
