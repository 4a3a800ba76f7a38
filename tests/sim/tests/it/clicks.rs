//! Buttons, menus and modals, from the press to the answer on the screen.

use serde_json::{Value, json};
use sim::slack::{Choose, Click, Message, Refusal, Slack, Submit};

use crate::app::{App, SOON, call, prompt};

async fn world() -> (Slack, App, Message) {
    let slack = Slack::start().await.unwrap();
    let app = App::connect(&slack).await;
    prompt(&slack).await;
    let message = slack.messages("U0ALICE").remove(0);
    (slack, app, message)
}

#[tokio::test]
async fn a_click_carries_everything_and_is_acknowledged() {
    let (slack, mut app, message) = world().await;
    let click = Click::on(&message, "U0ALICE", "yes");
    let (interaction, envelope) = tokio::join!(slack.click(click), app.ack(None));
    let interaction = interaction.unwrap();
    assert!(interaction.acked);
    let payload = &envelope["payload"];
    assert_eq!(payload, &interaction.payload);
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["user"]["team_id"], "T0VOUCH");
    assert_eq!(payload["team"]["id"], "T0VOUCH");
    assert_eq!(payload["api_app_id"], "A0VOUCH");
    assert_eq!(payload["container"]["channel_id"], "D0ALICE");
    assert_eq!(payload["message"]["bot_id"], "B0VOUCH");
    assert_eq!(payload["actions"][0]["value"], "v-yes");
    assert_eq!(payload["actions"][0]["block_id"], "row");
    assert_eq!(payload["state"]["values"]["row"]["menu"]["selected_option"]["value"], "one");
}

#[tokio::test]
async fn a_choice_is_remembered_and_goes_with_the_next_click() {
    let (slack, mut app, message) = world().await;
    let choose = Choose {
        user: "U0ALICE".into(),
        channel: message.channel.clone(),
        ts: message.ts.clone(),
        action_id: "menu".into(),
        option: "two".into(),
    };
    let (chosen, envelope) = tokio::join!(slack.choose(choose), app.ack(None));
    assert!(chosen.unwrap().acked);
    assert_eq!(envelope["payload"]["actions"][0]["selected_option"]["value"], "two");
    let (_, envelope) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "no")), app.ack(None));
    assert_eq!(envelope["payload"]["state"]["values"]["row"]["menu"]["selected_option"]["value"], "two");
}

#[tokio::test]
async fn others_cannot_see_a_direct_message_unless_they_cheat() {
    let (slack, mut app, message) = world().await;
    let click = Click::on(&message, "U0BOB", "yes");
    assert_eq!(slack.click(click.clone()).await.unwrap_err(), Refusal::NoSuchMessage);
    let mut forged = Click { raw: true, value: Some("forged".into()), ..click };
    forged.forged.team_id = Some("T0EVIL".into());
    let (_, envelope) = tokio::join!(slack.click(forged), app.ack(None));
    assert_eq!(envelope["payload"]["user"]["id"], "U0BOB");
    assert_eq!(envelope["payload"]["team"]["id"], "T0EVIL");
    assert_eq!(envelope["payload"]["actions"][0]["value"], "forged");
}

#[tokio::test]
async fn copies_share_the_time_of_the_action() {
    let (slack, mut app, message) = world().await;
    let click = Click { copies: 2, ..Click::on(&message, "U0ALICE", "yes") };
    let both = async { (app.ack(None).await, app.ack(None).await) };
    let (_, (one, two)) = tokio::join!(slack.click(click), both);
    assert_ne!(one["envelope_id"], two["envelope_id"]);
    assert_eq!(one["payload"]["actions"][0]["action_ts"], two["payload"]["actions"][0]["action_ts"]);
}

#[tokio::test]
async fn an_older_revision_can_be_pressed() {
    let (slack, mut app, message) = world().await;
    let button = json!({"type": "button", "action_id": "yes", "value": "new", "text": {"type": "plain_text", "text": "y"}});
    let blocks = json!([{"type": "actions", "elements": [button]}]);
    let update = json!({"channel": message.channel, "ts": message.ts, "text": "x", "blocks": blocks});
    assert_eq!(call(&slack, "chat.update", update).await["ok"], true);
    let stale = Click { revision: Some(0), ..Click::on(&message, "U0ALICE", "yes") };
    let (_, envelope) = tokio::join!(slack.click(stale), app.ack(None));
    assert_eq!(envelope["payload"]["actions"][0]["value"], "v-yes");
}

fn modal() -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    json!({
        "type": "modal", "callback_id": "why", "private_metadata": "case-1",
        "title": plain("Why?"), "submit": plain("Send"),
        "blocks": [
            {"type": "input", "block_id": "facts", "optional": true, "label": plain("Facts"), "element":
                {"type": "checkboxes", "action_id": "facts", "options": [{"text": plain("Time"), "value": "time"}]}},
            {"type": "input", "block_id": "reason", "label": plain("Reason"), "element":
                {"type": "plain_text_input", "action_id": "reason", "max_length": 100}},
        ],
    })
}

#[tokio::test]
async fn triggers_open_one_modal_and_errors_keep_it_open() {
    let (slack, mut app, message) = world().await;
    let (_, envelope) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), app.ack(None));
    let open = json!({"trigger_id": envelope["payload"]["trigger_id"], "view": modal()});
    assert_eq!(call(&slack, "views.open", open.clone()).await["ok"], true);
    assert_eq!(call(&slack, "views.open", open).await["error"], "exchanged_trigger_id");

    let view = slack.wait_view("U0ALICE", SOON).await.unwrap();
    let empty = slack.submit(Submit::of(&view, [])).await.unwrap_err();
    assert!(matches!(empty, Refusal::Incomplete(fields) if fields.contains_key("reason")));

    let values = [("reason", json!("I did")), ("facts", json!(["time"]))];
    let errors = json!({"response_action": "errors", "errors": {"facts": "Tick all"}});
    let (submitted, envelope) =
        tokio::join!(slack.submit(Submit::of(&view, values.clone())), app.ack(Some(errors)));
    assert_eq!(submitted.unwrap().errors()["facts"], "Tick all");
    let sent = &envelope["payload"]["view"];
    assert_eq!(sent["private_metadata"], "case-1");
    assert_eq!(sent["state"]["values"]["reason"]["reason"]["value"], "I did");
    assert_eq!(sent["state"]["values"]["facts"]["facts"]["selected_options"][0]["value"], "time");
    assert_eq!(slack.views("U0ALICE").len(), 1);

    let (submitted, _) = tokio::join!(slack.submit(Submit::of(&view, values)), app.ack(None));
    assert!(submitted.unwrap().acked);
    assert!(slack.views("U0ALICE").is_empty());
}

#[tokio::test]
async fn triggers_expire_and_hashes_guard_updates() {
    let (slack, mut app, message) = world().await;
    slack.switch(|switches| switches.trigger_life_ms = 0);
    let (_, envelope) = tokio::join!(slack.click(Click::on(&message, "U0ALICE", "yes")), app.ack(None));
    let open = json!({"trigger_id": envelope["payload"]["trigger_id"], "view": modal()});
    assert_eq!(call(&slack, "views.open", open.clone()).await["error"], "expired_trigger_id");
    slack.switch(|switches| switches.trigger_life_ms = 3000);
    let opened = call(&slack, "views.open", open).await;
    let stale = json!({"view_id": opened["view"]["id"], "hash": "old", "view": modal()});
    assert_eq!(call(&slack, "views.update", stale).await["error"], "hash_conflict");
    let fresh = json!({"view_id": opened["view"]["id"], "hash": opened["view"]["hash"], "view": modal()});
    assert_eq!(call(&slack, "views.update", fresh).await["ok"], true);
}
