//! Socket Mode: tickets, hello, lost acknowledgements, redelivery, and the ways a socket dies.

use std::time::Duration;

use serde_json::json;
use sim::slack::{Click, Message, Slack, SocketAct};
use tokio_tungstenite::connect_async;

use crate::app::{App, SOON, prompt, socket_url};

async fn world() -> (Slack, Message) {
    let slack = Slack::start().await.unwrap();
    prompt(&slack).await;
    let message = slack.messages("U0ALICE").remove(0);
    (slack, message)
}

#[tokio::test]
async fn tickets_work_once() {
    let slack = Slack::start().await.unwrap();
    let url = socket_url(&slack).await;
    let first = connect_async(&url).await;
    assert!(first.is_ok());
    assert!(connect_async(&url).await.is_err());
    slack.switch(|switches| switches.refuse_sockets = true);
    assert!(connect_async(socket_url(&slack).await).await.is_err());
}

#[tokio::test]
async fn hello_tells_app_and_count() {
    let slack = Slack::start().await.unwrap();
    let first = App::connect(&slack).await;
    assert_eq!(first.hello["connection_info"]["app_id"], "A0VOUCH");
    assert_eq!(first.hello["debug_info"]["approximate_connection_time"], 18_060);
    let second = App::connect(&slack).await;
    assert_eq!(second.hello["num_connections"], 2);
    drop(first);
    slack.wait_sockets(1, SOON).await.unwrap();
}

#[tokio::test]
async fn without_an_acknowledgement_the_user_sees_an_error() {
    let (slack, message) = world().await;
    let no_socket = slack.click(Click::on(&message, "U0ALICE", "yes")).await.unwrap();
    assert_eq!(no_socket.error.as_deref(), Some("no socket is connected"));
    slack.switch(|switches| switches.ack_within_ms = 50);
    let mut app = App::connect(&slack).await;
    let (late, _) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), app.next());
    assert!(!late.unwrap().acked);
    assert_eq!(slack.peek(|state| state.unacked()), 0);
}

#[tokio::test]
async fn a_lost_acknowledgement_is_redelivered_if_switched_on() {
    let (slack, message) = world().await;
    slack.switch(|switches| {
        switches.redeliver = true;
        switches.lose_acks = 1;
    });
    let mut app = App::connect(&slack).await;
    let comes_back = async {
        let first = app.ack(None).await;
        assert_eq!(app.next().await, None);
        let mut app = App::connect(&slack).await;
        (first, app.ack(None).await, app)
    };
    let (clicked, (first, second, _app)) =
        tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), comes_back);
    assert!(clicked.unwrap().acked);
    assert_eq!(first["envelope_id"], second["envelope_id"]);
    assert_eq!(second["retry_attempt"], 1);
}

#[tokio::test]
async fn envelopes_can_come_twice() {
    let (slack, message) = world().await;
    slack.switch(|switches| switches.duplicate_envelopes = 1);
    let mut app = App::connect(&slack).await;
    let both = async { (app.ack(None).await, app.ack(None).await) };
    let (_, (one, two)) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), both);
    assert_eq!(one, two);
}

#[tokio::test]
async fn slack_says_goodbye_in_several_ways() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    slack.socket(SocketAct::Warning, None);
    assert_eq!(app.next().await.unwrap()["reason"], "warning");
    slack.socket(SocketAct::LinkDisabled, None);
    assert_eq!(app.next().await.unwrap()["reason"], "link_disabled");
    assert_eq!(app.next().await, None);
    slack.wait_sockets(0, SOON).await.unwrap();
}

#[tokio::test]
async fn a_half_open_socket_is_deaf_but_counted() {
    let (slack, message) = world().await;
    slack.switch(|switches| switches.ack_within_ms = 50);
    let mut app = App::connect(&slack).await;
    slack.socket(SocketAct::HalfOpen, None);
    let clicked = slack.click(Click::on(&message, "U0ALICE", "yes")).await.unwrap();
    assert_eq!(clicked.error.as_deref(), Some("no acknowledgement in time"));
    assert!(tokio::time::timeout(Duration::from_millis(50), app.next()).await.is_err());
    assert_eq!(slack.peek(|state| state.connected()), 1);
    slack.socket(SocketAct::Drop, None);
    assert_eq!(app.next().await, None);
}

#[tokio::test]
async fn long_frames_end_the_socket() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    app.say(json!({"envelope_id": "x".repeat(20_480)})).await;
    assert_eq!(app.next().await, None);
    slack.wait_sockets(0, SOON).await.unwrap();
}

#[tokio::test]
async fn the_eleventh_socket_is_one_too_many() {
    let slack = Slack::start().await.unwrap();
    let mut apps = Vec::new();
    for _ in 0..10 {
        apps.push(App::connect(&slack).await);
    }
    let eleventh = App::connect(&slack).await;
    assert_eq!(eleventh.hello["reason"], "too_many_websockets");
}
