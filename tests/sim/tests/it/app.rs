//! A small app for the tests: calls the Web API and holds one socket.
//!
//! No retries and no reconnects, so that a test sees what really happened.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::{SinkExt, StreamExt};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sim::slack::Slack;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) const SOON: Duration = Duration::from_secs(5);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) async fn send(
    url: &str,
    token: &str,
    content_type: &str,
    body: String,
) -> Result<Answer, hyper_util::client::legacy::Error> {
    let request = Request::post(url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", content_type)
        .body(Body::from(body))
        .unwrap();
    let answer = Client::builder(TokioExecutor::new()).build_http::<Body>().request(request).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
    Ok(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

/// Fetches an address; gives the answer without its body, and the body as text.
pub(crate) async fn fetch(url: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(url).body(Body::empty()).unwrap();
    let answer = Client::builder(TokioExecutor::new()).build_http::<Body>().request(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

/// A call with a JSON body and the bot token; gives the answer's body.
pub(crate) async fn call(slack: &Slack, method: &str, args: Value) -> Value {
    let url = format!("{}{method}", slack.api_url());
    send(&url, "xoxb-sim", "application/json; charset=utf-8", args.to_string()).await.unwrap().body
}

/// A call with a form body.
pub(crate) async fn form(slack: &Slack, method: &str, args: &str) -> Value {
    let url = format!("{}{method}", slack.api_url());
    send(&url, "xoxb-sim", "application/x-www-form-urlencoded", args.to_owned()).await.unwrap().body
}

/// A prompt with three buttons and a menu, posted to Alice.
pub(crate) async fn prompt(slack: &Slack) -> Value {
    let button = |id: &str| json!({"type": "button", "action_id": id, "value": format!("v-{id}"), "text": {"type": "plain_text", "text": id}});
    let option = |id: &str| json!({"text": {"type": "plain_text", "text": id, "emoji": true}, "value": id});
    let menu = json!({"type": "static_select", "action_id": "menu", "options": [option("one"), option("two")], "initial_option": option("one")});
    let blocks = json!([
        {"type": "section", "text": {"type": "mrkdwn", "text": "Was this you?"}},
        {"type": "actions", "block_id": "row", "elements": [menu, button("yes"), button("no")]},
    ]);
    let metadata = json!({"event_type": "vouch_prompt", "event_payload": {"delivery": "d1"}});
    let args = json!({"channel": "U0ALICE", "text": "Was this you?", "blocks": blocks, "metadata": metadata});
    let answer = call(slack, "chat.postMessage", args).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer
}

/// One connected socket that has read its hello.
pub(crate) struct App {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) hello: Value,
}

pub(crate) async fn socket_url(slack: &Slack) -> String {
    let url = format!("{}apps.connections.open", slack.api_url());
    let answer = send(&url, "xapp-sim", "application/x-www-form-urlencoded", String::new()).await.unwrap();
    answer.body["url"].as_str().unwrap().to_owned()
}

impl App {
    pub(crate) async fn connect(slack: &Slack) -> Self {
        let (socket, _) = connect_async(socket_url(slack).await).await.unwrap();
        let mut app = Self { socket, hello: Value::Null };
        app.hello = app.next().await.unwrap();
        app
    }

    /// The next JSON frame; `None` when the socket is gone.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let frame = tokio::time::timeout(SOON, self.socket.next()).await.unwrap()?;
            match frame.ok()? {
                Frame::Text(text) => return serde_json::from_str(&text).ok(),
                Frame::Close(_) => return None,
                Frame::Ping(_) | Frame::Pong(_) | Frame::Binary(_) | Frame::Frame(_) => {}
            }
        }
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.socket.send(Frame::Text(frame.to_string().into())).await.unwrap();
    }

    /// Reads one envelope and acknowledges it.
    pub(crate) async fn ack(&mut self, payload: Option<Value>) -> Value {
        let envelope = self.next().await.unwrap();
        let mut ack = json!({"envelope_id": envelope["envelope_id"]});
        if let Some(payload) = payload {
            ack["payload"] = payload;
        }
        self.say(ack).await;
        envelope
    }
}
