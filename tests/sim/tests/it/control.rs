//! The control API over HTTP, the page, and interactions sent to a request address instead of a socket.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use sim::slack::{Click, Slack};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::app::{App, SOON, prompt, send};

async fn control(slack: &Slack, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_sim/{path}", slack.url());
    let answer = send(&url, "", "application/json", body.to_string()).await.unwrap();
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn everything_can_be_done_over_http() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    let posted = prompt(&slack).await;
    let click =
        json!({"user": "U0ALICE", "channel": posted["channel"], "ts": posted["ts"], "action_id": "yes"});
    let ((status, done), _) = tokio::join!(control(&slack, "click", click.clone()), app.ack(None));
    assert_eq!((status, &done["acked"]), (200, &json!(true)));
    let other =
        json!({"user": "U0BOB", "channel": posted["channel"], "ts": posted["ts"], "action_id": "yes"});
    assert_eq!(control(&slack, "click", other).await.0, 409);
    let (_, switches) = control(&slack, "switches", json!({"null_team": true})).await;
    assert_eq!((&switches["null_team"], &switches["ack_within_ms"]), (&json!(true), &json!(3000)));
    assert_eq!(control(&slack, "switches", json!({"no_such": true})).await.0, 400);
    let (_, envelope) = tokio::join!(control(&slack, "click", click), app.ack(None));
    assert_eq!(envelope["payload"]["team"], Value::Null);
    let fault = json!({"on": "auth.test", "fault": {"kind": "status", "status": 503}, "times": 1});
    assert_eq!(control(&slack, "faults", fault).await.0, 200);
    control(&slack, "frame", json!({"text": "no JSON"})).await;
    assert_eq!(app.next().await, None);
}

#[tokio::test]
async fn answers_that_slack_would_not_take_are_errors_to_the_user() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    prompt(&slack).await;
    let message = slack.messages("U0ALICE").remove(0);
    let odd = Some(json!({"response_action": "clear"}));
    let (clicked, _) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), app.ack(odd));
    assert!(!clicked.unwrap().acked);
    let submission =
        json!({"type": "view_submission", "view": {"blocks": [{"type": "input", "block_id": "a"}]}});
    let wrong = Some(json!({"response_action": "errors", "errors": {"b": "?"}}));
    let (sent, _) = tokio::join!(slack.deliver("U0ALICE", submission), app.ack(wrong));
    assert_eq!(sent.error.as_deref(), Some("no input block b to show an error at"));
}

#[tokio::test]
async fn interactions_can_go_to_an_address() {
    let slack = Slack::start().await.unwrap();
    let (heard, mut hear) = mpsc::unbounded_channel();
    let take = async |State(heard): State<mpsc::UnboundedSender<_>>, headers: HeaderMap, body: String| {
        heard.send((headers, body)).unwrap();
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/slack/interactivity", listener.local_addr().unwrap());
    let routes = Router::new().route("/slack/interactivity", post(take)).with_state(heard);
    sim::rt::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    slack.switch(|switches| switches.request_url = Some(url));
    prompt(&slack).await;
    let message = slack.messages("U0ALICE").remove(0);
    assert!(slack.click(Click::on(&message, "U0ALICE", "yes")).await.unwrap().acked);
    let (headers, body) = hear.recv().await.unwrap();
    assert!(body.starts_with("payload=%7B%22"));
    assert!(headers["x-slack-signature"].to_str().unwrap().starts_with("v0="));
    assert!(headers.contains_key("x-slack-request-timestamp"));
}

#[tokio::test]
async fn stopping_ends_sockets_and_answers() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    slack.stop();
    assert_eq!(app.next().await, None);
    slack.wait_sockets(0, SOON).await.unwrap();
    assert!(send(&slack.url(), "", "text/plain", String::new()).await.is_err());
}
