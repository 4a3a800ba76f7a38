//! Nobody answers: reminders, escalation, and what the rule says about silence.

use super::hands::{has, says};
use super::house::{House, SECURITY};
use serde_json::json;
use sim::slack::Submit;

const SILENT: &str = r#"
[[rule]]
name = "silence"
types = ["*"]
stance = "ask"
ask = "owner"
deadline = "12s"
reminders = ["1s"]
offer = ["cut", "deactivate-key"]
no_answer = "deactivate-key"
escalate_to = ["U0BOB"]
voices = 1
"#;

#[tokio::test(flavor = "multi_thread")]
async fn silence_reminds_escalates_and_then_acts() {
    let house = House::build("silence").rule(SILENT).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    // A reply in the prompt's thread, without buttons of its own.
    let reminder =
        house.message("a reminder", "U0ALICE", |m| m.thread_ts.as_deref() == Some(&prompt.ts)).await;
    assert!(super::hands::elements(&reminder).is_empty());
    let second = house.prompt_for("U0BOB").await;
    house.closed("contained").await;
    // Whatever this test was late for: up to the second question every edit of the first left its buttons there.
    let asked = house.slack.all_requests();
    let second_asked =
        asked.iter().position(|r| r.answer["ts"] == second.ts.as_str()).expect("it was posted");
    let edits = asked[..second_asked].iter().filter(|r| r.body["ts"] == prompt.ts.as_str());
    let blocks = edits.map(|edit| edit.body["blocks"].to_string());
    assert!(blocks.into_iter().all(|b| b.contains("vouch.not_mine")), "the first prompt stays answerable");
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive"]);
    house.account.use_key().await.expect_err("the key is refused");
    house.becomes("told of the end", &second, |m| m.edits > 0).await;
    house.told(SECURITY, "vouch.undo").await;
    let kinds: Vec<_> =
        house.audit().await.iter().map(|l| l["kind"].as_str().unwrap_or("").to_owned()).collect();
    // Nothing stands before what is missing.
    let at = |kind: &str| {
        let found = kinds.iter().position(|k| k == kind);
        found.unwrap_or_else(|| house.fail(&format!("{kind} is not in {kinds:?}")))
    };
    assert!(at("reminded") < at("escalated") && at("escalated") < at("wrote"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalated_person_can_answer() {
    let house = House::build("stand-in").rule(SILENT).start().await;
    house.finding(&house.report()).await;
    let second = house.prompt_for("U0BOB").await;
    house.click(&second, "U0BOB", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    assert_eq!(case["verdict"], "not-mine");
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_that_escalates_waits_for_responders() {
    let rule = SILENT.replace("no_answer = \"deactivate-key\"", "no_answer = \"escalate\"");
    let rule = rule.replace("[\"U0BOB\"]", "[]").replace("\"12s\"", "\"5s\"");
    let house = House::build("stuck").rule(&rule).start().await;
    house.finding(&house.report()).await;
    house.case_in("stuck").await;
    assert!(house.writes().is_empty());
    house.told(SECURITY, "<@U0RESP1>").await;
    let card = house.card_with("vouch.contain").await;
    house.send(House::picking(&card, "U0RESP1", "vouch.contain", "deactivate-key")).await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn responders_dismiss_what_nobody_answered() {
    let rule = SILENT.replace("no_answer = \"deactivate-key\"", "no_answer = \"escalate\"");
    let rule = rule.replace("[\"U0BOB\"]", "[]").replace("\"12s\"", "\"5s\"");
    let house = House::build("dismissed").rule(&rule).start().await;
    let report = house.report();
    house.finding(&report).await;
    house.case_in("stuck").await;
    let card = house.card_with("vouch.dismiss").await;
    let view = house.open(&card, "U0RESP2", "vouch.dismiss").await;
    house.hand_in(Submit::of(&view, [("vouch.reason", json!("a scan of ours"))])).await;
    house.closed("dismissed").await;
    house.audited("archived", |line| line["kind"] == "archived").await;
    assert_eq!(house.guardduty.archived(), [report.id()]);
    assert!(house.writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_mine_proposes_the_release() {
    let rule = SILENT.replace("[\"U0BOB\"]", "[]").replace("\"12s\"", "\"5s\"");
    let house = House::build("late").rule(&rule).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.closed("contained").await;
    let prompt = house.now(&prompt);
    if !has(&prompt, "vouch.mine") {
        house.fail("after silence the person can still say that it was them");
    }
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "I was on a train").await;
    house.case_in("awaiting_approval").await;
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("vouched").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "UpdateAccessKey Active"]);
    house.account.use_key().await.expect("the key works again");
    assert!(says(&house.card().await, "U0ALICE"));
}
