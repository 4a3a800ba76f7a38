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
mod page;
mod payload;
mod socket;
mod stage;
mod state;
mod workspace;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::hands::TimedOut;
pub use self::interact::{Choose, Click, Forged, Refusal, Submit};
pub use self::socket::SocketAct;
pub use self::state::{Interaction, Message, OpenView, Revision, State, Switches};
pub use self::workspace::{Channel, Person, Workspace};
use crate::watched::Watched;
use crate::wire;

/// A running Slack look-alike. Clones share it; it ends with [`Slack::stop`] or with the runtime.
#[derive(Clone)]
pub struct Slack {
    inner: Arc<Inner>,
}

struct Inner {
    state: Watched<State>,
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
            state: Watched::new(State::new(workspace)),
            address: listener.local_addr()?,
            stop: CancellationToken::new(),
        };
        let slack = Self { inner: Arc::new(inner) };
        let routes = Router::new()
            .route("/api/{method}", any(api::call))
            .route("/link", get(socket::connect))
            .route("/webhook/{name}", post(control::webhook))
            .merge(control::routes())
            .merge(page::routes())
            .merge(stage::routes())
            .with_state(slack.clone());
        wire::serve(listener, routes, slack.inner.stop.clone());
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
        self.inner.state.peek(look)
    }

    /// Changes the state directly and wakes whoever waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        self.inner.state.change(change)
    }

    /// Waits until `pick` finds something in the state. Looks again at each change, never on a timer.
    pub async fn wait_for<T>(
        &self,
        timeout: Duration,
        pick: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, TimedOut> {
        let found = self.inner.state.wait_for(timeout, pick).await;
        found.ok_or_else(|| TimedOut::new(timeout, self))
    }
}
