//! A service that pages people, as far as its events endpoint goes (PagerDuty, Events API v2): takes events, refuses
//! what it would refuse, keeps a record.
//!
//! Who is paged, and how, is not its affair.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::fault::{Book, Fault, Planned};
use crate::record::{Recorder, Request};
use crate::watched::Watched;
use crate::{rt, wire};

/// What faults and the record call the one endpoint.
pub const ENQUEUE: &str = "enqueue";

#[derive(Default)]
struct State {
    faults: Book,
    requests: Recorder,
}

/// A running service. Clones share it; it ends with the runtime.
#[derive(Clone)]
pub struct Pager {
    inner: Arc<Inner>,
}

struct Inner {
    state: Watched<State>,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Pager {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let inner = Inner { state: Watched::new(State::default()), address, stop: stop.clone() };
        let pager = Self { inner: Arc::new(inner) };
        let routes = Router::new().route("/v2/enqueue", post(enqueue)).with_state(pager.clone());
        wire::serve(listener, routes, stop);
        Ok(pager)
    }

    /// `http://127.0.0.1:PORT/v2/enqueue`
    pub fn url(&self) -> String {
        format!("http://{}/v2/enqueue", self.inner.address)
    }

    /// Nobody listens any more.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// The next so many events fail like this.
    pub fn fault(&self, fault: Fault, times: u32) {
        let planned =
            Planned { on: ENQUEUE.to_owned(), fault, times: Some(times), skip: 0, saying: String::new() };
        self.inner.state.change(|state| state.faults.plan(planned));
    }

    /// No event fails any more.
    pub fn recover(&self) {
        self.inner.state.change(|state| state.faults.clear(None));
    }

    /// Every request so far, the refused ones too.
    pub fn requests(&self) -> Vec<Request> {
        self.inner.state.peek(|state| state.requests.of(ENQUEUE))
    }

    /// The events that were taken, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.inner.state.peek(taken)
    }

    /// Waits until so many events were taken.
    pub async fn taken(&self, count: usize, timeout: Duration) -> Option<Vec<Value>> {
        let enough = |state: &State| Some(taken(state)).filter(|events| events.len() >= count);
        self.inner.state.wait_for(timeout, enough).await
    }
}

fn taken(state: &State) -> Vec<Value> {
    let ok = state.requests.all().filter(|request| request.outcome == "ok");
    ok.map(|request| request.body["event"].clone()).collect()
}

async fn enqueue(Shared(pager): Shared<Pager>, address: Uri, body: Bytes) -> Response {
    let at = rt::now();
    let event: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let fault = pager.inner.state.change(|state| state.faults.take(ENQUEUE, || event.to_string()));
    let wrong = wrong(&event);
    let outcome = match (&fault, &wrong) {
        (Some(fault), _) => fault.label(),
        (None, Some(wrong)) => format!("error {wrong}"),
        (None, None) => "ok".to_owned(),
    };
    let key = event["dedup_key"].clone();
    let recorded = json!({"query": address.query(), "event": event});
    pager.inner.state.change(|state| state.requests.add(at, ENQUEUE, recorded, outcome, Value::Null));
    match (fault, wrong) {
        (Some(Fault::Throttle { retry_after }), _) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", retry_after.to_string())]).into_response()
        }
        (Some(Fault::Status { status, .. }), _) => {
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        (Some(Fault::Hang { .. } | Fault::Slow { .. }), _) => std::future::pending().await,
        (Some(Fault::Reset { .. }), _) => wire::broken(),
        (Some(Fault::Error { code }), _) => (StatusCode::BAD_REQUEST, code).into_response(),
        (None, Some(wrong)) => (StatusCode::BAD_REQUEST, wrong).into_response(),
        (None, None) => {
            let answer = json!({"status": "success", "message": "Event processed", "dedup_key": key});
            (StatusCode::ACCEPTED, axum::Json(answer)).into_response()
        }
    }
}

/// What the Events API v2 would refuse.
fn wrong(event: &Value) -> Option<&'static str> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let key = text("/dedup_key");
    if key.is_empty() || key.len() > 255 {
        return Some("dedup_key");
    }
    match text("/event_action") {
        "resolve" | "acknowledge" => None,
        "trigger" => {
            let summary = text("/payload/summary");
            let severities = ["critical", "error", "warning", "info"];
            if summary.is_empty() || summary.chars().count() > 1024 {
                Some("payload.summary")
            } else if text("/payload/source").is_empty() {
                Some("payload.source")
            } else if !severities.contains(&text("/payload/severity")) {
                Some("payload.severity")
            } else {
                None
            }
        }
        _ => Some("event_action"),
    }
}
