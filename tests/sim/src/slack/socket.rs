//! Socket Mode's server side: single-use tickets, hello, pings, acknowledgements, and every way a socket can die.
//!
//! Which envelope goes to which socket is decided in `deliver`, never here.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::state::Socket;
use super::{Slack, State};

/// Connections one app may hold.
const MOST: usize = 10;
/// Frames from the app must be shorter.
const FRAME: usize = 20_480;
/// How long a lost acknowledgement is waited for before the socket drops.
const LOST_ACK: Duration = Duration::from_secs(2);

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Ordinary,
    /// The acknowledgement is read, thrown away, and the socket drops.
    LoseAck,
    /// The socket drops as soon as the envelope is written.
    Drop,
}

/// What a socket's task is told to do.
pub(crate) enum Order {
    Deliver(Value, Fate),
    Text(String),
    Act(SocketAct),
}

/// What Slack, or the network, does to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketAct {
    /// `disconnect` with reason `warning`; the socket stays.
    Warning,
    /// `disconnect` with reason `refresh_requested`, then a close.
    RefreshRequested,
    /// `disconnect` with reason `link_disabled`, then a close.
    LinkDisabled,
    /// `disconnect` with reason `too_many_websockets`, then a close.
    TooManyWebsockets,
    /// A close frame.
    Close,
    /// The connection breaks without a close frame.
    Drop,
    /// The connection stays, but nothing is read or written any more.
    HalfOpen,
}

#[derive(Deserialize)]
pub(crate) struct Ticket {
    #[serde(default)]
    ticket: String,
}

/// The address that `apps.connections.open` gave.
pub(crate) async fn connect(
    Shared(slack): Shared<Slack>,
    Query(Ticket { ticket }): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if slack.peek(|state| state.switches.refuse_sockets) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let known = slack.change(|state| {
        let at = state.tickets.iter().position(|known| *known == ticket);
        at.map(|at| state.tickets.swap_remove(at)).is_some()
    });
    if !known {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| serve(slack, socket))
}

impl Slack {
    /// Does this to one socket, or to all. The oldest socket is number 0.
    pub fn socket(&self, act: SocketAct, which: Option<usize>) {
        self.order(which, || Order::Act(act));
    }

    /// Sends any text frame to one socket, or to all: an unknown envelope, or no JSON at all.
    pub fn frame(&self, text: &str, which: Option<usize>) {
        self.order(which, || Order::Text(text.to_owned()));
    }

    fn order(&self, which: Option<usize>, order: impl Fn() -> Order) {
        self.change(|state| {
            for (n, socket) in state.sockets.iter().enumerate() {
                if which.is_none_or(|which| which == n) {
                    // A socket that ended meanwhile needs no order.
                    let _ = socket.orders.send(order());
                }
            }
        });
    }
}

async fn serve(slack: Slack, mut socket: WebSocket) {
    let (orders, mut inbox) = mpsc::unbounded_channel();
    let joined = slack.change(|state| {
        if state.sockets.len() >= MOST {
            return None;
        }
        let id = state.next();
        state.sockets.push(Socket { id, orders });
        Some((id, hello(state), state.switches.ping_every_ms, state.workspace.approximate_connection_time))
    });
    let Some((id, hello, ping_ms, life)) = joined else {
        let _ = act(&mut socket, SocketAct::TooManyWebsockets).await;
        return;
    };
    let mut line = Line { slack: slack.clone(), socket, id };
    if line.send(&hello).await {
        slack.change(|state| {
            state.hellos += 1;
            super::deliver::again(state, id);
        });
        line.run(&mut inbox, Duration::from_millis(ping_ms), Duration::from_secs(life)).await;
    }
    slack.change(|state| state.sockets.retain(|socket| socket.id != id));
}

fn hello(state: &State) -> Value {
    json!({
        "type": "hello",
        "num_connections": state.sockets.len(),
        "debug_info": {
            "host": "applink-sim",
            "build_number": 1,
            "approximate_connection_time": state.workspace.approximate_connection_time,
        },
        "connection_info": { "app_id": state.workspace.app_id },
    })
}

struct Line {
    slack: Slack,
    socket: WebSocket,
    id: u64,
}

impl Line {
    async fn send(&mut self, value: &Value) -> bool {
        self.socket.send(Frame::Text(value.to_string().into())).await.is_ok()
    }

    async fn run(&mut self, inbox: &mut mpsc::UnboundedReceiver<Order>, ping: Duration, life: Duration) {
        let mut pings = tokio::time::interval(ping);
        let end = tokio::time::sleep(life);
        tokio::pin!(end);
        loop {
            tokio::select! {
                order = inbox.recv() => {
                    let Some(order) = order else { return };
                    match order {
                        Order::Act(SocketAct::HalfOpen) => return half_open(inbox).await,
                        Order::Act(wanted) => if !act(&mut self.socket, wanted).await { return },
                        Order::Text(text) => if self.socket.send(Frame::Text(text.into())).await.is_err() { return },
                        Order::Deliver(envelope, fate) => if !self.deliver(&envelope, fate).await { return },
                    }
                }
                frame = self.socket.recv() => {
                    let Some(Ok(frame)) = frame else { return };
                    if !self.hear(frame).await { return }
                }
                _ = pings.tick() => {
                    let text = format!("Ping from applink-sim {}", self.id);
                    if self.socket.send(Frame::Ping(text.into())).await.is_err() { return }
                }
                () = &mut end => {
                    act(&mut self.socket, SocketAct::RefreshRequested).await;
                    return;
                }
            }
        }
    }

    /// Writes an envelope; says whether the socket lives on.
    async fn deliver(&mut self, envelope: &Value, fate: Fate) -> bool {
        if !self.send(envelope).await {
            return false;
        }
        match fate {
            Fate::Ordinary => true,
            Fate::Drop => false,
            Fate::LoseAck => {
                let wanted = envelope["envelope_id"].as_str().unwrap_or_default().to_owned();
                let lost = async {
                    while let Some(Ok(frame)) = self.socket.recv().await {
                        if frame.to_text().is_ok_and(|text| text.contains(&wanted)) {
                            return;
                        }
                    }
                };
                // Whether it came or not, the socket drops.
                let _ = tokio::time::timeout(LOST_ACK, lost).await;
                false
            }
        }
    }

    /// Takes a frame from the app; says whether the socket lives on.
    async fn hear(&mut self, frame: Frame) -> bool {
        match frame {
            Frame::Text(text) if text.len() < FRAME => {
                if let Ok(said) = serde_json::from_str::<Value>(&text) {
                    self.slack.change(|state| super::deliver::acked(state, &said));
                }
                true
            }
            Frame::Text(_) | Frame::Binary(_) => {
                let reason = format!("Max frame length of {FRAME} has been exceeded.").into();
                let _ = self.socket.send(Frame::Close(Some(CloseFrame { code: 1009, reason }))).await;
                false
            }
            Frame::Ping(_) | Frame::Pong(_) => true,
            Frame::Close(_) => {
                // Polling on sends the answering close frame.
                let _ = self.socket.recv().await;
                false
            }
        }
    }
}

/// Keeps the connection without touching it until it is dropped.
async fn half_open(inbox: &mut mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = inbox.recv().await {
        if matches!(order, Order::Act(SocketAct::Drop | SocketAct::Close)) {
            return;
        }
    }
}

/// Does it; says whether the socket lives on.
async fn act(socket: &mut WebSocket, act: SocketAct) -> bool {
    let reason = match act {
        SocketAct::Warning => "warning",
        SocketAct::RefreshRequested => "refresh_requested",
        SocketAct::LinkDisabled => "link_disabled",
        SocketAct::TooManyWebsockets => "too_many_websockets",
        SocketAct::Close => {
            let _ = socket.send(Frame::Close(None)).await;
            return false;
        }
        SocketAct::Drop | SocketAct::HalfOpen => return false,
    };
    let said = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "applink-sim" } });
    if socket.send(Frame::Text(said.to_string().into())).await.is_err() {
        return false;
    }
    if act == SocketAct::Warning {
        return true;
    }
    let _ = socket.send(Frame::Close(None)).await;
    false
}
