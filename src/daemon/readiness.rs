//! Whether we are ready, and the reasons when not (interface.md, not ready).
//! Never here: serving the answer; `admin` does.

use crate::admin::Reason;
use crate::aws::queue::QueueHealth;
use crate::engine::EngineHealth;
use crate::ports::Clock;
use crate::slack::health::SlackHealth;
use crate::store::SledStore;
use jiff::SignedDuration;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;

/// A socket or the queue may be away this long before we say so.
const GRACE: Duration = Duration::from_secs(60);

/// Everything readiness looks at. Parts that do not stand yet are reasons themselves.
pub struct Readiness {
    pub store: Arc<SledStore>,
    pub slack: SlackHealth,
    pub queue: OnceLock<watch::Receiver<QueueHealth>>,
    pub engine: OnceLock<Arc<EngineHealth>>,
    /// Slack was reached once in this life.
    pub met_slack: AtomicBool,
    pub stopping: AtomicBool,
    pub clock: Arc<dyn Clock>,
    /// By the transport. Without them Slack comes to us, and only our own calls show whether it is there.
    pub has_sockets: bool,
}

impl Readiness {
    /// Sentences for the operator; empty means ready.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = vec![];
        let mut say = |part, reason: String| reasons.push(Reason { part, reason });
        if self.stopping.load(Ordering::Relaxed) {
            say("daemon", "stopping".to_owned());
        }
        match self.engine.get() {
            None => say("aws", "our own AWS identity is not known yet".to_owned()),
            Some(engine) if engine.store_failing() => say("store", "the last write failed".to_owned()),
            Some(_) => {}
        }
        if let Err(why) = self.store.healthy() {
            say("store", why);
        }
        for (_, code) in self.slack.refused() {
            say("slack", format!("the token is refused: {code}"));
        }
        if let Some(why) = if self.has_sockets { self.no_socket() } else { self.no_slack() } {
            say("slack", why);
        }
        if let Some(why) = self.no_queue() {
            say("queue", why);
        }
        reasons
    }

    fn no_socket(&self) -> Option<String> {
        if self.slack.sockets() > 0 {
            self.met_slack.store(true, Ordering::Relaxed);
        }
        let since = self.slack.no_socket_since()?;
        if !self.met_slack.load(Ordering::Relaxed) {
            return Some("no socket yet".to_owned());
        }
        (since.elapsed() >= GRACE).then(|| "no socket for 60 s or longer".to_owned())
    }

    fn no_slack(&self) -> Option<String> {
        (!self.slack.reached()).then(|| "not reached yet".to_owned())
    }

    fn no_queue(&self) -> Option<String> {
        let health = self.queue.get()?.borrow().clone();
        let why = health.why.map(|why| format!(": {why}")).unwrap_or_default();
        let Some(last_ok) = health.last_ok else { return Some(format!("not reached yet{why}")) };
        let away = self.clock.now().duration_since(last_ok);
        // A long poll alone takes 20 s, so an answer a minute old is no answer.
        (away > SignedDuration::from_secs(60)).then(|| format!("not reached for 60 s or longer{why}"))
    }
}
