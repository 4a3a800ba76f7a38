//! How well Slack can be reached, shared with whoever tells the operator.
//! Never here: thresholds; when a state is bad enough is `admin`'s to say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Which credential was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// `xoxb-`
    Bot,
    /// `xapp-`, or Socket Mode itself.
    App,
}

/// Shared and cheap to clone.
#[derive(Debug, Clone)]
pub struct SlackHealth(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    refused: BTreeMap<Credential, String>,
    sockets: usize,
    none_since: Option<Instant>,
    reached: bool,
    connections: Option<u64>,
}

impl Default for SlackHealth {
    fn default() -> Self {
        let state = State {
            refused: BTreeMap::new(),
            sockets: 0,
            none_since: Some(Instant::now()),
            reached: false,
            connections: None,
        };
        Self(Arc::new(Mutex::new(state)))
    }
}

impl SlackHealth {
    /// Which credentials Slack refused last, each with Slack's code.
    pub fn refused(&self) -> Vec<(Credential, String)> {
        self.state().refused.iter().map(|(which, code)| (*which, code.clone())).collect()
    }

    /// How many sockets stand.
    pub fn sockets(&self) -> usize {
        self.state().sockets
    }

    /// Since when there is no socket; `None` while there is one.
    pub fn no_socket_since(&self) -> Option<Instant> {
        self.state().none_since
    }

    /// The bot's token was accepted once in this life.
    pub fn reached(&self) -> bool {
        self.state().reached
    }

    /// How many sockets the whole app had, ours among them, when Slack last said so.
    pub fn connections(&self) -> Option<u64> {
        self.state().connections
    }

    pub(super) fn told_connections(&self, count: Option<u64>) {
        let mut state = self.state();
        state.connections = count.or(state.connections);
    }

    /// Counts a socket until the guard is dropped.
    pub(super) fn connected(&self) -> Connected {
        let mut state = self.state();
        state.sockets += 1;
        state.none_since = None;
        Connected(self.clone())
    }

    pub(super) fn refuse(&self, which: Credential, code: &str) {
        self.state().refused.insert(which, code.to_owned());
    }

    pub(super) fn accept(&self, which: Credential) {
        let mut state = self.state();
        state.refused.remove(&which);
        state.reached |= which == Credential::Bot;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that stands.
#[derive(Debug)]
pub(super) struct Connected(SlackHealth);

impl Drop for Connected {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.sockets = state.sockets.saturating_sub(1);
        if state.sockets == 0 {
            state.none_since = Some(Instant::now());
        }
    }
}
