//! Signed interactivity: the one address that Slack calls when there are no sockets.
//! Never here: what a payload means (`door`), or what makes a request Slack's own (`signature`).

mod body;
mod ration;

use self::body::{Spoiled, form, whole};
use self::ration::Ration;
use super::ack::AckPayload;
use super::client::Client;
use super::door::Door;
use super::signature::verify;
use crate::inbox::{Inbox, Input, NotCommitted, RefusalReason};
use crate::ports::Clock;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The path below `http.public_url`.
pub const PATH: &str = "/slack/interactivity";

/// Slack waits 3 s; what is not saved by now is not acknowledged at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);
/// Bodies are small and come in one piece; whoever dawdles holds a place that others need.
const READ_WITHIN: Duration = Duration::from_secs(1);
/// A refusal is answered whether or not it could be recorded by then.
const RECORD_WITHIN: Duration = Duration::from_millis(500);
/// Bodies read at once. The rest waits, so that memory does not hold a flood.
const READERS: usize = 64;

/// Hears of every refusal that does not reach the audit; those that do are counted when they are saved.
pub type Refused = Arc<dyn Fn(RefusalReason) + Send + Sync>;

/// What the route works with.
pub struct Interactivity {
    pub door: Arc<Door>,
    /// For refusals; what passes goes through the door.
    pub inbox: Inbox,
    /// Every one is accepted; several while rotating.
    pub secrets: Vec<SecretString>,
    pub clock: Arc<dyn Clock>,
    pub refused: Refused,
    /// Once cancelled nothing more is taken.
    pub stop: CancellationToken,
}

/// `POST /slack/interactivity`; any other method is 405, any other path is not here.
pub fn router(interactivity: Interactivity) -> Router {
    let route = Route {
        inner: interactivity,
        readers: Semaphore::new(READERS),
        ration: Ration::default(),
        serial: AtomicU64::new(0),
    };
    Router::new().route(PATH, post(answer)).with_state(Arc::new(route))
}

/// Asks Slack who we are until it answers: a click then need not wait for it, and a refused token is known before
/// the first question. Ends when stopped.
pub async fn introduce(client: Arc<Client>, stop: CancellationToken) {
    let asking = async {
        let mut pause = Duration::from_secs(1);
        while let Err(error) = client.identity().await {
            tracing::warn!(code = error.code(), "Slack does not say who we are yet; asking again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    };
    let _stopped = stop.run_until_cancelled(asking).await;
    stop.cancelled().await;
}

struct Route {
    inner: Interactivity,
    readers: Semaphore,
    ration: Ration,
    serial: AtomicU64,
}

/// Why there is no acknowledgement.
enum No {
    /// Recorded and counted.
    Refused(RefusalReason, StatusCode),
    /// The sender did not get to its end.
    Dawdled,
    /// Not saved: the person sees an error and presses again.
    Later,
}

impl From<NotCommitted> for No {
    fn from(NotCommitted: NotCommitted) -> Self {
        Self::Later
    }
}

async fn answer(State(route): State<Arc<Route>>, request: Request) -> Response {
    if route.inner.stop.is_cancelled() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match timeout(ANSWER_WITHIN, route.take(request)).await.unwrap_or(Err(No::Later)) {
        Ok(AckPayload(None)) => StatusCode::OK.into_response(),
        Ok(AckPayload(Some(body))) => Json(body).into_response(),
        Err(No::Refused(reason, status)) => {
            route.record(reason).await;
            status.into_response()
        }
        Err(No::Dawdled) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(No::Later) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl Route {
    /// Signature before contents: nothing is understood of what a stranger wrote.
    async fn take(&self, request: Request) -> Result<AckPayload, No> {
        let (head, body) = request.into_parts();
        let bytes = {
            let _reader = self.readers.acquire().await.map_err(|_| No::Later)?;
            timeout(READ_WITHIN, whole(body)).await.unwrap_or(Err(Spoiled::Broken))
        };
        let bytes = bytes.map_err(|spoiled| match spoiled {
            Spoiled::Oversized => No::Refused(RefusalReason::Oversized, StatusCode::PAYLOAD_TOO_LARGE),
            Spoiled::Broken => No::Dawdled,
        })?;
        verify(&self.inner.secrets, &head.headers, &bytes, self.inner.clock.now())
            .map_err(|reason| No::Refused(reason, StatusCode::UNAUTHORIZED))?;
        let payload =
            form(head, bytes).await.map_err(|status| No::Refused(RefusalReason::Unreadable, status))?;
        Ok(self.inner.door.handle(&payload).await?)
    }

    /// A line in the audit while the ration lasts, so that a stranger cannot fill the disk; always counted.
    async fn record(&self, reason: RefusalReason) {
        let now = self.inner.clock.now();
        let Some(left) = self.ration.take(reason, now) else { return (self.inner.refused)(reason) };
        tracing::warn!(reason = reason.as_str(), "a request to the interactivity address was refused");
        if left == 0 {
            tracing::warn!(reason = reason.as_str(), "more of these in this minute are only counted");
        }
        // No two are the same: each is a line of its own.
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let dedupe = format!("http/{}/{}/{serial}", reason.as_str(), now.as_nanosecond());
        let input = Input::Refusal { case: None, by: None, place: None, reason, dedupe };
        match timeout(RECORD_WITHIN, self.inner.inbox.send(input)).await {
            Ok(Ok(_)) => {}
            Ok(Err(NotCommitted)) => (self.inner.refused)(reason),
            Err(_) => tracing::warn!(reason = reason.as_str(), "a refusal is not recorded yet"),
        }
    }
}
