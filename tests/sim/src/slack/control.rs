//! The control API under `/_sim/`: everything the handle can do, for those outside the process.
//!
//! Only translates JSON to calls of the handle; no behaviour of Slack's lives here.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Choose, Click, Message, Person, Refusal, Slack, SocketAct, State, Submit, Switches};
use crate::fault::Planned;

pub(super) fn routes() -> Router<Slack> {
    Router::new()
        .route("/_sim/events", get(events))
        .route("/_sim/state", get(all))
        .route("/_sim/people", get(people).post(put_person))
        .route("/_sim/channels", get(channels))
        .route("/_sim/messages", get(messages))
        .route("/_sim/say", post(say))
        .route("/_sim/delete", post(delete))
        .route("/_sim/click", post(click))
        .route("/_sim/choose", post(choose))
        .route("/_sim/views", get(views))
        .route("/_sim/submit", post(submit))
        .route("/_sim/close", post(close))
        .route("/_sim/interactions", get(interactions))
        .route("/_sim/requests", get(requests).delete(forget_requests))
        .route("/_sim/faults", get(faults).post(plan).delete(clear))
        .route("/_sim/switches", get(switches).post(switch))
        .route("/_sim/sockets", get(sockets).post(socket))
        .route("/_sim/frame", post(frame))
        .route("/_sim/payload", post(payload))
        .route("/_sim/wait", get(wait))
        .route("/_sim/webhooks", get(webhooks))
}

/// An address that takes any JSON, for the route beside Slack.
pub(super) async fn webhook(
    Shared(slack): Shared<Slack>,
    Path(name): Path<String>,
    body: String,
) -> &'static str {
    let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    slack.change(|state| state.webhooks.push((name, body)));
    "ok"
}

async fn webhooks(Shared(slack): Shared<Slack>) -> Json<Value> {
    let shown = |(name, body): &(String, Value)| json!({ "name": name, "body": body });
    Json(slack.peek(|state| state.webhooks.iter().map(shown).collect()))
}

/// One event per change, with the number of the change; the page then asks for the state.
async fn events(Shared(slack): Shared<Slack>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changed = slack.inner.state.subscribe();
    changed.mark_changed();
    Sse::new(stream::unfold(changed, |mut changed| async {
        changed.changed().await.ok()?;
        let version = *changed.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), changed))
    }))
}

/// What the page draws. Older states of messages are left out: they grow with every update.
async fn all(Shared(slack): Shared<Slack>) -> Json<Value> {
    let current = |message: &Message| json!(Message { revisions: Vec::new(), ..message.clone() });
    Json(slack.peek(|state| {
        let shown: Vec<_> = state.messages.iter().filter(|message| !message.deleted).map(current).collect();
        let picks = state.picks.iter().map(|((user, channel, ts, action_id), value)| {
            json!({ "user": user, "channel": channel, "ts": ts, "action_id": action_id, "value": value })
        });
        json!({
            "team": state.workspace.team_id,
            "team_name": state.workspace.team_name,
            "bot": { "id": state.workspace.bot_user, "name": state.workspace.bot_name },
            "people": state.workspace.persons,
            "channels": state.workspace.channels,
            "messages": shown,
            "picks": picks.collect::<Vec<_>>(),
            "views": state.views,
            "sockets": state.connected(),
            "unacked": state.unacked(),
            "last": state.interactions.last(),
            "stage": state.stage.shown(),
        })
    }))
}

async fn people(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| json!(state.workspace.persons)))
}

async fn put_person(Shared(slack): Shared<Slack>, Json(person): Json<Person>) -> Json<Value> {
    slack.put_person(person);
    Json(json!({ "ok": true }))
}

async fn channels(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| json!(state.workspace.channels)))
}

#[derive(Deserialize)]
struct Where {
    /// `C…`, `D…`, or `U…` for the direct messages with a person.
    channel: Option<String>,
    user: Option<String>,
    method: Option<String>,
}

async fn messages(Shared(slack): Shared<Slack>, Query(asked): Query<Where>) -> Json<Value> {
    Json(match asked.channel {
        Some(channel) => json!(slack.messages(&channel)),
        None => slack.peek(|state| json!(state.messages)),
    })
}

#[derive(Deserialize)]
struct Said {
    user: String,
    channel: String,
    text: String,
    thread_ts: Option<String>,
}

async fn say(Shared(slack): Shared<Slack>, Json(said): Json<Said>) -> Json<Value> {
    let ts = slack.say(&said.user, &said.channel, &said.text, said.thread_ts.as_deref());
    Json(json!({ "ok": true, "ts": ts }))
}

#[derive(Deserialize)]
struct Place {
    channel: String,
    ts: String,
}

async fn delete(Shared(slack): Shared<Slack>, Json(place): Json<Place>) -> Json<Value> {
    slack.delete(&place.channel, &place.ts);
    Json(json!({ "ok": true }))
}

/// 200 with the interaction, whether acknowledged or not; 409 if a person could not have done it.
fn done(result: Result<impl serde::Serialize, Refusal>) -> Response {
    match result {
        Ok(interaction) => Json(json!(interaction)).into_response(),
        Err(refusal) => {
            let fields = match &refusal {
                Refusal::Incomplete(fields) => json!(fields),
                Refusal::NoSuchMessage | Refusal::NoSuchAction(_) | Refusal::NoSuchView => Value::Null,
            };
            let body = json!({ "refused": refusal.to_string(), "fields": fields });
            (StatusCode::CONFLICT, Json(body)).into_response()
        }
    }
}

async fn click(Shared(slack): Shared<Slack>, Json(click): Json<Click>) -> Response {
    done(slack.click(click).await)
}

async fn choose(Shared(slack): Shared<Slack>, Json(choose): Json<Choose>) -> Response {
    done(slack.choose(choose).await)
}

async fn views(Shared(slack): Shared<Slack>, Query(asked): Query<Where>) -> Json<Value> {
    Json(match asked.user {
        Some(user) => json!(slack.views(&user)),
        None => slack.peek(|state| json!(state.views)),
    })
}

async fn submit(Shared(slack): Shared<Slack>, Json(submit): Json<Submit>) -> Response {
    done(slack.submit(submit).await)
}

#[derive(Deserialize)]
struct Closed {
    user: String,
    view_id: String,
}

async fn close(Shared(slack): Shared<Slack>, Json(closed): Json<Closed>) -> Response {
    done(slack.close_view(&closed.user, &closed.view_id).await)
}

async fn interactions(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| json!(state.interactions)))
}

async fn requests(Shared(slack): Shared<Slack>, Query(asked): Query<Where>) -> Json<Value> {
    Json(match asked.method {
        Some(method) => json!(slack.requests(&method)),
        None => json!(slack.all_requests()),
    })
}

async fn forget_requests(Shared(slack): Shared<Slack>) -> Json<Value> {
    slack.change(|state| state.requests.clear());
    Json(json!({ "ok": true }))
}

async fn faults(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| json!(state.faults.planned())))
}

async fn plan(Shared(slack): Shared<Slack>, Json(planned): Json<Planned>) -> Json<Value> {
    slack.plan(planned);
    Json(json!({ "ok": true }))
}

async fn clear(Shared(slack): Shared<Slack>, Query(asked): Query<Where>) -> Json<Value> {
    slack.clear_faults(asked.method.as_deref());
    Json(json!({ "ok": true }))
}

async fn switches(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| json!(state.switches)))
}

/// Changes the switches named; the others stay.
async fn switch(Shared(slack): Shared<Slack>, Json(wanted): Json<Map<String, Value>>) -> Response {
    let changed = slack.change(|state| {
        let mut all = json!(state.switches);
        if let Some(all) = all.as_object_mut() {
            all.extend(wanted);
        }
        serde_json::from_value::<Switches>(all).map(|switches| state.switches = switches)
    });
    match changed {
        Ok(()) => switches(Shared(slack)).await.into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn sockets(Shared(slack): Shared<Slack>) -> Json<Value> {
    let shown = |state: &State| json!({ "connected": state.connected(), "hellos": state.hellos, "unacked": state.unacked(), "acks": state.acks });
    Json(slack.peek(shown))
}

#[derive(Deserialize)]
struct Act {
    act: SocketAct,
    which: Option<usize>,
}

async fn socket(Shared(slack): Shared<Slack>, Json(wanted): Json<Act>) -> Json<Value> {
    slack.socket(wanted.act, wanted.which);
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Text {
    text: String,
    which: Option<usize>,
}

async fn frame(Shared(slack): Shared<Slack>, Json(wanted): Json<Text>) -> Json<Value> {
    slack.frame(&wanted.text, wanted.which);
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Payload {
    user: String,
    payload: Value,
}

async fn payload(Shared(slack): Shared<Slack>, Json(wanted): Json<Payload>) -> Json<Value> {
    Json(json!(slack.deliver(&wanted.user, wanted.payload).await))
}

/// What to wait for: a message in a place, so many sockets, a modal, or a call of a method.
#[derive(Deserialize)]
struct Wait {
    timeout_ms: Option<u64>,
    /// A message here (`C…`, `D…` or `U…`) …
    channel: Option<String>,
    /// … whose text or blocks contain this …
    contains: Option<String>,
    /// … with a button or menu of this action id …
    action: Option<String>,
    /// … newer than this.
    after: Option<String>,
    /// At least so many sockets.
    sockets: Option<usize>,
    /// A modal on this person's screen.
    view: Option<String>,
    /// At least `count` calls of this method.
    method: Option<String>,
    count: Option<usize>,
}

impl Wait {
    fn fits(&self, message: &Message) -> bool {
        let blocks = json!(message.blocks).to_string();
        let has = |wanted: &str| message.text.contains(wanted) || blocks.contains(wanted);
        !message.deleted
            && self.contains.as_deref().is_none_or(has)
            && self.after.as_ref().is_none_or(|after| message.ts > *after)
            && self
                .action
                .as_deref()
                .is_none_or(|id| super::payload::find_action(&message.blocks, id).is_some())
    }

    fn pick(&self, state: &State) -> Option<Value> {
        if let Some(channel) = &self.channel {
            return state
                .messages_in(channel)
                .find(|message| self.fits(message))
                .map(|message| json!(message));
        }
        if let Some(user) = &self.view {
            return state.views.iter().rev().find(|open| open.user == *user).map(|open| json!(open));
        }
        if let Some(method) = &self.method {
            let calls = state.requests.of(method);
            return calls.get(self.count.unwrap_or(1).checked_sub(1)?).map(|call| json!(call));
        }
        (state.connected() >= self.sockets.unwrap_or(1)).then(|| json!({ "connected": state.connected() }))
    }
}

async fn wait(Shared(slack): Shared<Slack>, Query(wait): Query<Wait>) -> Response {
    let timeout = Duration::from_millis(wait.timeout_ms.unwrap_or(10_000));
    match slack.wait_for(timeout, |state| wait.pick(state)).await {
        Ok(found) => Json(found).into_response(),
        Err(error) => (StatusCode::REQUEST_TIMEOUT, error.to_string()).into_response(),
    }
}
