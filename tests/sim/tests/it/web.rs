//! The Web API: tokens, scopes, encodings, posting, updating, history, faults.

use serde_json::json;
use sim::fault::Fault;
use sim::slack::{Person, Slack};

use crate::app::{SOON, call, form, prompt, send};

#[tokio::test]
async fn auth_test_names_the_app_and_its_scopes() {
    let slack = Slack::start().await.unwrap();
    let url = format!("{}auth.test", slack.api_url());
    let answer = send(&url, "xoxb-sim", "application/json", "{}".into()).await.unwrap();
    assert_eq!(answer.body["team_id"], "T0VOUCH");
    assert_eq!(answer.body["app_id"], "A0VOUCH");
    assert!(answer.headers["x-oauth-scopes"].to_str().unwrap().contains("chat:write"));
}

#[tokio::test]
async fn tokens_and_scopes_are_demanded() {
    let slack = Slack::start().await.unwrap();
    let error = async |token: &str, method: &str| {
        let url = format!("{}{method}", slack.api_url());
        send(&url, token, "application/x-www-form-urlencoded", String::new()).await.unwrap().body
    };
    assert_eq!(error("xoxb-wrong", "auth.test").await["error"], "invalid_auth");
    assert_eq!(error("xoxb-sim", "apps.connections.open").await["error"], "not_allowed_token_type");
    assert_eq!(error("xapp-sim", "chat.postMessage").await["error"], "not_allowed_token_type");
    slack.change(|state| state.workspace.scopes.retain(|scope| scope != "im:write"));
    let answer = error("xoxb-sim", "conversations.open").await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "im:write");
    slack.switch(|switches| switches.revoked = true);
    assert_eq!(error("xoxb-sim", "auth.test").await["error"], "invalid_auth");
    assert_eq!(error("xapp-sim", "apps.connections.open").await["error"], "invalid_auth");
    assert_eq!(error("xoxb-sim", "chat.launch").await["error"], "unknown_method");
}

#[tokio::test]
async fn read_methods_ignore_json_bodies() {
    let slack = Slack::start().await.unwrap();
    let refused = call(&slack, "users.lookupByEmail", json!({"email": "alice@example.com"})).await;
    assert_eq!(refused["error"], "invalid_arguments");
    let found = form(&slack, "users.lookupByEmail", "email=alice%40example.com").await;
    assert_eq!(found["user"]["id"], "U0ALICE");
    let gone = form(&slack, "users.lookupByEmail", "email=gone%40example.com").await;
    assert_eq!(gone["error"], "users_not_found");
    let shown = form(&slack, "users.info", "user=U0GONE&include_locale=true").await;
    assert_eq!(shown["user"]["deleted"], true);
}

#[tokio::test]
async fn deactivated_people_take_posts_but_no_opening() {
    let slack = Slack::start().await.unwrap();
    let opened = call(&slack, "conversations.open", json!({"users": "U0GONE"})).await;
    assert_eq!(opened["error"], "user_disabled");
    let posted = call(&slack, "chat.postMessage", json!({"channel": "U0GONE", "text": "hello"})).await;
    assert_eq!(posted["channel"], "D0GONE");
    slack.put_person(Person { locale: "ja-JP".into(), ..Person::new("U0NEW", "new") });
    let shown = form(&slack, "users.info", "user=U0NEW&include_locale=true").await;
    assert_eq!(shown["user"]["locale"], "ja-JP");
}

#[tokio::test]
async fn updates_replace_text_and_blocks_and_keep_metadata() {
    let slack = Slack::start().await.unwrap();
    let posted = prompt(&slack).await;
    let (channel, ts) = (&posted["channel"], &posted["ts"]);
    assert_eq!(channel, "D0ALICE");
    let by_user = call(&slack, "chat.update", json!({"channel": "U0ALICE", "ts": ts, "text": "x"})).await;
    assert_eq!(by_user["error"], "channel_not_found");
    let long = json!({"channel": channel, "ts": ts, "text": "x".repeat(4001)});
    assert_eq!(call(&slack, "chat.update", long).await["error"], "msg_too_long");
    let updated =
        call(&slack, "chat.update", json!({"channel": channel, "ts": ts, "text": "Answered"})).await;
    assert_eq!(updated["ok"], true, "{updated}");
    let message = &slack.messages("U0ALICE")[0];
    assert!(message.blocks.is_empty());
    assert_eq!(message.edits, 1);
    assert_eq!(message.revisions[0].blocks.len(), 2);
    assert_eq!(message.metadata.as_ref().unwrap()["event_payload"]["delivery"], "d1");
    let human = slack.say("U0ALICE", "D0ALICE", "what is this?", None);
    let update = json!({"channel": channel, "ts": human, "text": "x"});
    assert_eq!(call(&slack, "chat.update", update).await["error"], "cant_update_message");
    slack.delete("D0ALICE", ts.as_str().unwrap());
    let update = json!({"channel": channel, "ts": ts, "text": "x"});
    assert_eq!(call(&slack, "chat.update", update).await["error"], "message_not_found");
}

#[tokio::test]
async fn history_pages_and_shows_metadata_on_request() {
    let slack = Slack::start().await.unwrap();
    prompt(&slack).await;
    let second = prompt(&slack).await;
    let page =
        form(&slack, "conversations.history", "channel=D0ALICE&limit=1&include_all_metadata=true").await;
    assert_eq!(page["messages"][0]["ts"], second["ts"]);
    assert_eq!(page["messages"][0]["metadata"]["event_payload"]["delivery"], "d1");
    assert_eq!(page["has_more"], true);
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap();
    let rest =
        form(&slack, "conversations.history", &format!("channel=D0ALICE&limit=1&cursor={cursor}")).await;
    assert_eq!(rest["messages"][0]["metadata"], json!({"event_type": "vouch_prompt"}));
    assert_eq!(rest["has_more"], false);
    let ts = second["ts"].as_str().unwrap();
    let newer = form(&slack, "conversations.history", &format!("channel=D0ALICE&oldest={ts}")).await;
    assert_eq!(newer["messages"], json!([]));
    let same =
        form(&slack, "conversations.history", &format!("channel=D0ALICE&oldest={ts}&inclusive=true")).await;
    assert_eq!(same["messages"].as_array().unwrap().len(), 1);
    let reply = json!({"channel": "D0ALICE", "thread_ts": ts, "text": "reminder"});
    assert_eq!(call(&slack, "chat.postMessage", reply).await["ok"], true);
    let thread = form(&slack, "conversations.replies", &format!("channel=D0ALICE&ts={ts}")).await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn faults_strike_before_or_after_storing() {
    let slack = Slack::start().await.unwrap();
    let url = format!("{}chat.postMessage", slack.api_url());
    let post = async || {
        let body = json!({"channel": "C0SECURITY", "text": "x"}).to_string();
        send(&url, "xoxb-sim", "application/json", body).await
    };
    slack.fault("chat.postMessage", Fault::Status { status: 500, stored: false }, 1);
    assert_eq!(post().await.unwrap().status, 500);
    assert_eq!(slack.messages("C0SECURITY").len(), 0);
    slack.fault("chat.postMessage", Fault::Status { status: 500, stored: true }, 1);
    assert_eq!(post().await.unwrap().status, 500);
    assert_eq!(slack.messages("C0SECURITY").len(), 1);
    slack.fault("chat.postMessage", Fault::Reset { stored: true }, 1);
    assert!(post().await.is_err());
    assert_eq!(slack.messages("C0SECURITY").len(), 2);
    slack.fault("*", Fault::Throttle { retry_after: 7 }, 1);
    let throttled = post().await.unwrap();
    assert_eq!((throttled.status.as_u16(), throttled.headers["retry-after"].to_str().unwrap()), (429, "7"));
    slack.fault("chat.postMessage", Fault::Error { code: "fatal_error".into() }, 1);
    assert_eq!(post().await.unwrap().body["error"], "fatal_error");
    assert_eq!(post().await.unwrap().body["ok"], true);
    let outcomes: Vec<_> = slack.requests("chat.postMessage").into_iter().map(|call| call.outcome).collect();
    let expected =
        ["http 500", "http 500 after storing", "reset after storing", "throttled", "error fatal_error", "ok"];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn a_hanging_call_may_have_been_stored() {
    let slack = Slack::start().await.unwrap();
    slack.fault("chat.postMessage", Fault::Hang { stored: true }, 1);
    tokio::select! {
        _ = call(&slack, "chat.postMessage", json!({"channel": "C0SECURITY", "text": "x"})) => panic!("answered"),
        found = slack.wait_message("C0SECURITY", SOON, |_| true) => assert_eq!(found.unwrap().text, "x"),
    }
}

#[tokio::test]
async fn rate_limits_when_switched_on() {
    let slack = Slack::start().await.unwrap();
    slack.switch(|switches| switches.rate_limits = true);
    let mut refused = 0;
    for _ in 0..5 {
        let answer = call(&slack, "chat.postMessage", json!({"channel": "C0SECURITY", "text": "x"})).await;
        refused += usize::from(answer["error"] == "ratelimited");
    }
    assert_eq!(refused, 2);
    let elsewhere = call(&slack, "chat.postMessage", json!({"channel": "U0BOB", "text": "x"})).await;
    assert_eq!(elsewhere["ok"], true);
}
