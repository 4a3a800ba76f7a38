//! The Slack look-alike: Web API, Socket Mode, interactivity, a control API and a page, on one address.
//!
//! This file holds the handle that tests keep. What a method does, what a block may hold and how a click becomes
//! an envelope live in the files beside it, never here.

mod api;
mod blocks;
mod control;
mod deliver;
mod hands;
mod interact;
mod limits;
mod payload;
mod socket;
mod state;
mod workspace;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::hands::TimedOut;
pub use self::interact::{Choose, Click, Forged, Refusal, Submit};
pub use self::socket::SocketAct;
pub use self::state::{Interaction, Message, OpenView, Revision, State, Switches};
pub use self::workspace::{Channel, Person, Workspace};
use crate::rt;

/// A running Slack look-alike. Clones share it; it ends with [`Slack::stop`] or with the runtime.
#[derive(Clone)]
pub struct Slack {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Slack {
    /// Starts on a free port of 127.0.0.1 with the default workspace.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), Workspace::default()).await
    }

    /// Starts on this address with this workspace.
    pub async fn start_at(address: SocketAddr, workspace: Workspace) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let inner = Inner {
            state: Mutex::new(State::new(workspace)),
            changed: watch::Sender::new(0),
            address: listener.local_addr()?,
            stop: CancellationToken::new(),
        };
        let slack = Self { inner: Arc::new(inner) };
        let routes = Router::new()
            .route("/api/{method}", any(api::call))
            .route("/link", get(socket::connect))
            .route("/webhook/{name}", post(control::webhook))
            .merge(control::routes())
            .with_state(slack.clone());
        let stop = slack.inner.stop.clone();
        rt::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, routes).into_future() => drop(served),
                () = stop.cancelled() => {}
            }
        });
        Ok(slack)
    }

    /// Stops listening and drops every socket.
    pub fn stop(&self) {
        self.inner.stop.cancel();
        self.socket(SocketAct::Drop, None);
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// What belongs into `slack.api_url`: `http://127.0.0.1:PORT/api/`.
    pub fn api_url(&self) -> String {
        format!("http://{}/api/", self.inner.address)
    }

    /// Looks at the state.
    pub fn peek<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&rt::lock(&self.inner.state))
    }

    /// Changes the state directly and wakes whoever waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut rt::lock(&self.inner.state));
        self.inner.changed.send_modify(|version| *version += 1);
        result
    }

    /// Waits until `pick` finds something in the state. Looks again at each change, never on a timer.
    pub async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut pick: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, TimedOut> {
        let mut changed = self.inner.changed.subscribe();
        let found = tokio::time::timeout(timeout, async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = self.peek(&mut pick) {
                    return Some(found);
                }
                if changed.changed().await.is_err() {
                    return None;
                }
            }
        })
        .await;
        found.ok().flatten().ok_or_else(|| TimedOut::new(timeout, self))
    }
}
