//! Boards and stories: what is published is shown, what is wished for is heard.

use serde_json::{Value, json};
use sim::slack::{Choose, Slack};

use crate::app::{App, call, fetch, send};

async fn post(slack: &Slack, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_sim/{path}", slack.url());
    let answer = send(&url, "", "application/json", body.to_string()).await.unwrap();
    (answer.status.as_u16(), answer.body)
}

async fn get(slack: &Slack, path: &str) -> Value {
    serde_json::from_str(&fetch(&format!("{}/_sim/{path}", slack.url())).await.2).unwrap()
}

#[tokio::test]
async fn what_is_published_is_shown_and_what_is_not_named_stays() {
    let slack = Slack::start().await.unwrap();
    assert_eq!(post(&slack, "stage", json!({"board": {"title": "one"}})).await.0, 200);
    assert_eq!(post(&slack, "stage", json!({"scene": {"title": "two"}})).await.0, 200);
    assert_eq!(post(&slack, "stage", json!({"curtain": 1})).await.0, 422);
    let expected = json!({"board": {"title": "one"}, "scene": {"title": "two"}});
    assert_eq!(get(&slack, "stage").await, expected);
    assert_eq!(get(&slack, "state").await["stage"], expected);
}

#[tokio::test]
async fn a_wish_for_a_story_is_heard_once_and_an_unknown_one_refused() {
    let slack = Slack::start().await.unwrap();
    post(&slack, "stage", json!({"stories": [{"id": "storm"}]})).await;
    assert_eq!(post(&slack, "plays", json!({"story": "calm"})).await.0, 404);
    // The waiting begins before the wish.
    let (heard, wish) =
        tokio::join!(get(&slack, "plays?after=0"), post(&slack, "plays", json!({"story": "storm"})));
    assert_eq!(wish.0, 200);
    assert_eq!(heard, json!([{"n": 1, "story": "storm"}]));
    assert_eq!(get(&slack, "plays?after=1&timeout_ms=1").await, json!([]));
}

#[tokio::test]
async fn the_page_sees_menus_as_they_were_left() {
    let slack = Slack::start().await.unwrap();
    let mut app = App::connect(&slack).await;
    let option = |id: &str| json!({"text": {"type": "plain_text", "text": id}, "value": id});
    let group =
        json!({"label": {"type": "plain_text", "text": "all"}, "options": [option("one"), option("two")]});
    let blocks = json!([{"type": "actions", "elements": [
        {"type": "static_select", "action_id": "menu", "option_groups": [group]},
        {"type": "overflow", "action_id": "more", "options": [option("three")]},
    ]}]);
    let posted =
        call(&slack, "chat.postMessage", json!({"channel": "U0ALICE", "text": "x", "blocks": blocks})).await;
    let choose = |action: &str, option: &str| Choose {
        user: "U0ALICE".into(),
        channel: posted["channel"].as_str().unwrap().into(),
        ts: posted["ts"].as_str().unwrap().into(),
        action_id: action.into(),
        option: option.into(),
    };
    let (chosen, _) = tokio::join!(slack.choose(choose("menu", "two")), app.ack(None));
    assert!(chosen.unwrap().acked);
    let (chosen, told) = tokio::join!(slack.choose(choose("more", "three")), app.ack(None));
    assert!(chosen.unwrap().acked);
    assert_eq!(told["payload"]["actions"][0]["selected_option"]["value"], "three");
    let picks = get(&slack, "state").await["picks"].clone();
    assert_eq!(picks.as_array().unwrap().len(), 1, "{picks}");
    assert_eq!((&picks[0]["action_id"], &picks[0]["value"]), (&json!("menu"), &json!("two")));
}
