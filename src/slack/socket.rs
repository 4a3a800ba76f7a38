//! Socket Mode: a few sockets, each kept alive by one supervisor, whatever Slack or the network does to it.
//! Never here: what a payload means (`door`), or HTTP.

mod frame;
mod line;
mod open;
mod slot;

use self::slot::Slot;
use super::client::Client;
use super::door::Door;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Every time limit of facts/slack.md 3.3 and 3.5 in one place; tests make them short.
#[derive(Debug, Clone)]
pub struct Timing {
    /// For the address, the handshake and the hello, each.
    pub open: Duration,
    pub write: Duration,
    pub ping: Duration,
    /// Without any frame for this long the socket counts as dead.
    pub silence: Duration,
    pub backoff_min: Duration,
    pub backoff_max: Duration,
    /// A socket that lived this long makes the backoff start anew.
    pub healthy: Duration,
    /// After a refused token or a disabled link.
    pub reprobe: Duration,
    /// After `too_many_websockets`.
    pub too_many: Duration,
    /// Acknowledgements under way may still go out on a socket that is being replaced.
    pub drain: Duration,
    pub close: Duration,
    /// Between the first openings of neighbouring slots.
    pub stagger: Duration,
    /// At which share of its announced life a socket is replaced: the first slot earlier than the last.
    pub renew_from: f64,
    pub renew_to: f64,
}

impl Default for Timing {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            open: secs(10),
            write: secs(5),
            ping: secs(12),
            silence: secs(45),
            backoff_min: secs(1),
            backoff_max: secs(60),
            healthy: secs(60),
            reprobe: secs(300),
            too_many: secs(180),
            drain: secs(5),
            close: secs(1),
            stagger: secs(10),
            renew_from: 0.8,
            renew_to: 0.9,
        }
    }
}

/// All sockets of this process.
pub struct Sockets {
    client: Arc<Client>,
    door: Arc<Door>,
    timing: Timing,
    slots: u32,
}

impl Sockets {
    /// Two slots are enough to lose nothing while one is replaced; Slack allows ten for the whole app.
    pub fn new(client: Arc<Client>, door: Arc<Door>, timing: Timing, slots: u32) -> Self {
        Self { client, door, timing, slots: slots.clamp(1, 4) }
    }

    /// Until stopped; then waits for acknowledgements under way, and closes.
    pub async fn run(self, stop: CancellationToken) {
        let slots = (0..self.slots).map(|n| {
            let slot = Slot::new(self.client.clone(), self.door.clone(), self.timing.clone(), n);
            slot.run(stop.clone())
        });
        join_all(slots).await;
    }
}
