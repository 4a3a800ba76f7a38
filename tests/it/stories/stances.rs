//! Rules other than *ask the owner*: act first, tell responders only, two voices, principals that nobody touches.

use super::hands::{has, says};
use super::house::{House, SECURITY};
use sim::fault::{Fault, Planned};

#[tokio::test(flavor = "multi_thread")]
async fn contain_first_acts_and_then_asks() {
    let house = House::build("first").with("stance = \"contain\"").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"], "before anyone was asked");
    house.account.use_key().await.expect_err("the key is refused");
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "my laptop in a hotel").await;
    house.case_in("awaiting_approval").await;
    assert!(!house.account.key_is_active().await, "released by a responder only");
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("vouched").await;
    house.account.use_key().await.expect("the key works again");
    assert!(house.account.revocation().await.is_none());
    house.reads_as("contain_first").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contain_first_stands_when_it_was_not_me() {
    let house = House::build("first-kept").with("stance = \"contain\"").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"], "done once");
}

#[tokio::test(flavor = "multi_thread")]
async fn contain_first_waits_for_guarddutys_word() {
    let house = House::build("first-denied").with("stance = \"contain\"").start().await;
    house.guardduty.plan(Planned {
        on: "GetFindings".into(),
        fault: Fault::Error { code: "AccessDeniedException".into() },
        times: None,
        skip: 0,
        saying: String::new(),
    });
    house.finding(&house.report()).await;
    // Asked all the same, and responders are told.
    house.prompt_for("U0ALICE").await;
    house.told(SECURITY, "<@U0RESP1>").await;
    assert!(house.writes().is_empty());
    house.account.use_key().await.expect("the key works on");
}

#[tokio::test(flavor = "multi_thread")]
async fn notify_asks_nobody_and_advice_waits_for_done() {
    let house = House::build("advice").with("stance = \"notify\"").with("offer = [\"advise\"]");
    let house = house.with("no_answer = \"escalate\"").start().await;
    house.finding(&house.report()).await;
    house.case_in("stuck").await;
    let card = house.card_with("vouch.done").await;
    let user = house.account.accused.user.clone();
    house
        .message("advice with this case's values", SECURITY, |m| m.thread_ts.is_some() && says(m, &user))
        .await;
    assert!(house.slack.messages("U0ALICE").is_empty());
    house.click(&card, "U0RESP1", "vouch.take").await;
    let card = house.becomes("taken", &card, |m| says(m, "U0RESP1")).await;
    house.click(&card, "U0RESP1", "vouch.done").await;
    house.closed("contained").await;
    assert!(house.writes().is_empty());
    house.reads_as("advice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_voices_for_what_a_responder_wants() {
    let house = House::build("two").owner(None).with("voices = 2").start().await;
    house.finding(&house.report()).await;
    let card = house.card_with("vouch.contain").await;
    house.click(&card, "U0RESP1", "vouch.contain").await;
    house.case_in("awaiting_approval").await;
    assert!(house.writes().is_empty());
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.whisper_to("U0RESP1").await;
    house.case_in("awaiting_approval").await;
    house.click(&house.now(&card), "U0RESP2", "vouch.approve").await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_principals_are_left_alone() {
    let guard = "[guard]\nprotected = [\"arn:aws:iam::*:user/ci-protected-*\"]";
    let house = House::build("protected").tables(guard).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.case_in("stuck").await;
    house.told(SECURITY, "rotected").await;
    assert!(house.writes().is_empty());
    house.account.use_key().await.expect("the key works on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_is_stuck_and_says_so() {
    let house = House::build("refused").start().await;
    house.front.plan(Planned {
        on: "PutUserPolicy".into(),
        fault: Fault::Error { code: "AccessDenied".into() },
        times: None,
        skip: 0,
        saying: String::new(),
    });
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.case_in("stuck").await;
    assert_eq!(
        (&case["remedies"][0]["state"], &case["remedies"][1]["state"]),
        (&"applied".into(), &"failed".into())
    );
    house.account.use_key().await.expect_err("what could be done was done");
    // And it can be taken back.
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    house.account.use_key().await.expect("the key works again");
    house.becomes("without its button", &card, |m| !has(m, "vouch.undo")).await;
}
