//! What an owner can answer, and what each answer leads to.

use super::hands::{has, says};
use super::house::{House, SECURITY};
use serde_json::json;
use sim::slack::{Click, Submit};

#[tokio::test(flavor = "multi_thread")]
async fn not_me_stops_the_key() {
    let house = House::build("not-me").start().await;
    let session = house.account.session().await;
    house.account.use_key().await.expect("the key works before");
    house.account.use_session(&session).await.expect("its session works before");

    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;

    let case = house.closed("contained").await;
    assert_eq!(house.account.use_key().await, Err("InvalidClientTokenId".to_owned()));
    house.account.use_session(&session).await.expect_err("the session is dead");
    assert_eq!(case["verdict"], "not-mine");
    assert_eq!(case["remedies"][0]["name"], "deactivate-key");
    assert_eq!(case["remedies"][0]["state"], "verified");
    assert_eq!(case["remedies"][1]["name"], "cut-sessions");
    assert!(case["remedies"][0]["contained_after"].is_number());
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    house.settled(&prompt).await;
    house.card_with("vouch.undo").await;
    house.queue_empty().await;
    house.chain_holds().await;
    house.reads_as("not_me").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_names_the_remedy() {
    let house = House::build("menu").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let chosen = house.choose(&prompt, "U0ALICE", "deactivate-key").await;
    assert!(chosen.acked, "{:?}", chosen.error);
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mine_is_archived_and_nothing_else() {
    let house = House::build("mine").start().await;
    let report = house.report();
    house.finding(&report).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    assert!(house.archivals().is_empty(), "opening the modal decides nothing");
    house.submit(&view, &["call", "time", "source"], "I listed the buckets for the audit").await;
    let case = house.closed("vouched").await;
    assert_eq!(case["verdict"], "mine");
    house.settled(&prompt).await;
    house.audited("archived", |line| line["kind"] == "archived").await;
    assert_eq!(house.guardduty.archived(), [report.id()]);
    let held = house.guardduty.finding(report.id()).expect("GuardDuty knows the finding");
    assert_eq!(held.feedback.expect("feedback was given").feedback, "NOT_USEFUL");
    assert!(house.writes().is_empty(), "{:?}", house.writes());
    house.account.use_key().await.expect("the key works on");
    house.reads_as("mine").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_ticks_are_as_not_me() {
    let house = House::build("partial").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.choose(&prompt, "U0ALICE", "deactivate-key").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time"], "but I was not there").await;
    let case = house.closed("contained").await;
    assert_eq!(case["verdict"], "partial");
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive"], "the remedy that the menu showed");
    house.account.use_key().await.expect_err("the key is refused");
    house.reads_as("partial").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tick_and_no_reason_decide_nothing() {
    let house = House::build("empty").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    for (facts, reason) in
        [(json!([]), "it was me"), (json!(["call", "time", "source"]), "   "), (json!([]), "")]
    {
        let values = [("vouch.facts", facts), ("vouch.reason", json!(reason))];
        // Slack's own client would hold these back; another may not.
        let answer = house.hand_in(Submit { raw: true, ..Submit::of(&view, values) }).await;
        assert_eq!(answer.ack["response_action"], "errors", "{answer:?}");
        assert!(!answer.errors().is_empty());
    }
    let case = house.case_in("asking").await;
    assert!(case["verdict"].is_null() && house.writes().is_empty() && house.archivals().is_empty());
    assert!(has(&house.now(&prompt), "vouch.not_mine"), "the question stands");
    house.submit(&view, &["call", "time", "source"], "the nightly audit").await;
    house.closed("vouched").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_sure_calls_responders_and_keeps_the_buttons() {
    let house = House::build("unsure").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.unsure").await;
    house.told(SECURITY, "<@U0RESP1>").await;
    let case = house.case_with("unsure", |case| case["verdict"] == "unsure").await;
    assert_eq!(case["stage"], "asking");
    assert!(has(&house.now(&prompt), "vouch.not_mine"));
    house.reads_as("unsure").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_my_credential_goes_to_the_next_and_then_to_responders() {
    let owners = "[owners.accounts]\n\"000000000000\" = \"U0BOB\"";
    let house = House::build("passed-on").tables(owners).start().await;
    house.finding(&house.report()).await;
    let first = house.prompt_for("U0ALICE").await;
    house.click(&first, "U0ALICE", "vouch.not_my_credential").await;
    let second = house.prompt_for("U0BOB").await;
    house.settled(&first).await;
    house.click(&second, "U0BOB", "vouch.not_my_credential").await;
    house.told(SECURITY, "<@U0RESP1>").await;
    let case = house.case_in("asking").await;
    assert!(case["verdict"].is_null());
    let card = house.card_with("vouch.contain").await;
    house.click(&card, "U0RESP1", "vouch.contain").await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    house.reads_as("passed_on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_owner_is_passed_over() {
    let owners = "[owners.accounts]\n\"000000000000\" = \"U0BOB\"";
    let house = House::build("gone").owner(Some("U0GONE")).tables(owners).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0BOB").await;
    assert!(house.prompts("U0GONE").is_empty());
    house.click(&prompt, "U0BOB", "vouch.not_mine").await;
    house.closed("contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_found_means_responders() {
    let house = House::build("nobody").owner(None).start().await;
    house.finding(&house.report()).await;
    house.told(SECURITY, "<@U0RESP1>").await;
    let card = house.card_with("vouch.dismiss").await;
    let view = house.open(&card, "U0RESP1", "vouch.dismiss").await;
    let values = [("vouch.reason", json!("our own scanner"))];
    house.hand_in(Submit::of(&view, values)).await;
    house.closed("dismissed").await;
    house.audited("archived", |line| line["kind"] == "archived").await;
    assert!(house.writes().is_empty());
    house.reads_as("nobody").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_click_again_changes_nothing() {
    let house = House::build("replay").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let twice = Click { copies: 3, ..Click::on(&prompt, "U0ALICE", "vouch.not_mine") };
    house.send(twice).await;
    house.closed("contained").await;
    let late = Click { raw: true, revision: Some(0), ..Click::on(&prompt, "U0ALICE", "vouch.not_mine") };
    house.send(late).await;
    house.audited("a refusal", |line| line["kind"] == "reply-refused").await;
    let accepted = house.audit().await.iter().filter(|line| line["kind"] == "reply-accepted").count();
    assert_eq!(accepted, 1);
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    let whisper = house.whisper_to("U0ALICE").await;
    assert!(!says(&whisper, "error"), "{}", whisper.text);
    house.chain_holds().await;
}
