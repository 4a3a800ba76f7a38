//! A server's state behind a lock, with a bell that rings at each change, so that waiting needs no polling.
//!
//! Knows nothing of what the state is.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;

use crate::rt;

pub(crate) struct Watched<S> {
    state: Mutex<S>,
    changed: watch::Sender<u64>,
}

impl<S> Watched<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    pub(crate) fn peek<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&rt::lock(&self.state))
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = change(&mut rt::lock(&self.state));
        self.changed.send_modify(|version| *version += 1);
        result
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks at once and then after each change; `None` when the time is over.
    pub(crate) async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut pick: impl FnMut(&S) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.subscribe();
        let found = tokio::time::timeout(timeout, async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = self.peek(&mut pick) {
                    return Some(found);
                }
                changed.changed().await.ok()?;
            }
        });
        found.await.ok().flatten()
    }
}
