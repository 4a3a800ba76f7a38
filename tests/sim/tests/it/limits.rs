//! Blocks and metadata that Slack would refuse, refused over the wire.

use serde_json::{Value, json};
use sim::slack::Slack;

use crate::app::call;

async fn post(slack: &Slack, blocks: Value) -> Value {
    call(slack, "chat.postMessage", json!({"channel": "C0SECURITY", "text": "x", "blocks": blocks})).await
}

#[tokio::test]
async fn bad_blocks_are_refused_with_pointers() {
    let slack = Slack::start().await.unwrap();
    let long = json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(3001)}});
    let answer = post(&slack, json!([{"type": "divider"}, long])).await;
    assert_eq!(answer["error"], "invalid_blocks");
    let said = answer["response_metadata"]["messages"][0].as_str().unwrap();
    assert!(said.ends_with("[json-pointer:/blocks/1/text/text]"), "{said}");
    assert_eq!(post(&slack, json!("nonsense")).await["error"], "invalid_blocks_format");
    assert!(slack.messages("C0SECURITY").is_empty());
}

#[tokio::test]
async fn metadata_has_a_shape() {
    let slack = Slack::start().await.unwrap();
    let post = async |metadata: Value| {
        let args = json!({"channel": "C0SECURITY", "text": "x", "metadata": metadata});
        call(&slack, "chat.postMessage", args).await["error"].clone()
    };
    assert_eq!(post(json!({"event_type": "vouch_card"})).await, "invalid_metadata_format");
    assert_eq!(
        post(json!({"event_type": "Vouch Card", "event_payload": {}})).await,
        "invalid_metadata_format"
    );
    let nested = json!({"event_type": "vouch_card", "event_payload": {"a": {"b": 1}}});
    assert_eq!(post(nested).await, "invalid_metadata_schema");
    let large = json!({"event_type": "vouch_card", "event_payload": {"a": "x".repeat(9000)}});
    assert_eq!(post(large).await, "metadata_too_large");
    assert_eq!(
        post(json!({"event_type": "vouch_card", "event_payload": {"delivery": "d"}})).await,
        Value::Null
    );
}

#[tokio::test]
async fn blocks_can_be_validated_without_posting() {
    let slack = Slack::start().await.unwrap();
    let good = call(&slack, "blocks.validate", json!({"blocks": [{"type": "divider"}]})).await;
    assert_eq!(good["ok"], true);
    let bad = call(&slack, "blocks.validate", json!({"blocks": [{"type": "sparkles"}]})).await;
    assert_eq!(bad["error"], "invalid_blocks");
}
