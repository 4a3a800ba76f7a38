//! Everybody is spoken to in the language of their Slack locale, in every message, form and reminder.

use super::hands::says;
use super::house::{House, SECURITY};
use serde_json::json;
use sim::slack::Submit;

const CALM: &str = r#"
[[rule]]
name = "calm"
types = ["*"]
stance = "ask"
ask = "owner"
deadline = "10m"
reminders = ["2s"]
offer = ["cut", "deactivate-key"]
no_answer = "cut"
escalate_to = []
voices = 1
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_japanese_owner_is_spoken_to_in_japanese_and_the_channel_in_english() {
    let japanese = |slack: &sim::slack::Slack| {
        slack.change(|state| {
            let people = state.workspace.persons.iter_mut();
            people.filter(|p| p.id == "U0ALICE").for_each(|p| p.locale = "ja-JP".to_owned());
        });
    };
    let mut house = House::build("japanese").rule(CALM).start_held(|slack, _| japanese(slack)).await;
    house.wait_ready().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    assert!(says(&prompt, "これはあなたの操作ですか") && says(&prompt, "自分ではない"));
    assert!(says(&house.card_with("vouch.contain").await, "Waiting for an answer"));
    house.note_for("U0ALICE", "リマインド").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    assert_eq!(view.view["title"]["text"], "自分の操作です");
    // The form says in Japanese too what it lacks.
    let kept = house
        .hand_in(Submit::of(&view, [("vouch.facts", json!(["call"])), ("vouch.reason", json!(" "))]))
        .await;
    assert!(kept.ack.to_string().contains("何をしていたか"), "{kept:?}");
    house.submit(&view, &["call", "time", "source"], "デプロイ作業").await;
    house.closed("vouched").await;
    house.note_for("U0ALICE", "この件は決着しました").await;
    assert!(says(&house.settled(&prompt).await, "回答"));
    house.told(SECURITY, "answered: It was me").await;
}
