//! The engine over a real store and a world that answers from a table: what one group, one lane or one bad row
//! must not do to the others.
//! Never here: what a case decides; `laws` has that.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on stops at the line that says why"
)]

mod outside;

use jiff::SignedDuration;
use outside::{Outside, Plan, RULE, arrives, finding};
use std::time::Duration;
use vouch::case::effect::EffectNo;
use vouch::case::event::Answer;
use vouch::case::prompt::{Choice, Posted, Reply, Surface};
use vouch::case::state::{Closing, Stage};
use vouch::inbox::Input;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_step_may_ask_two_people() {
    // Evidence takes for ever, so the deadline passes while the owner is known and nobody was asked yet.
    let rule = RULE.replace("escalate_to = []", r#"escalate_to = ["U0BOSS00"]"#);
    let outside = Outside::start(Plan { rule, evidence_hangs: true, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is known", |o| o.looked_up() == 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    outside.clock.forward(SignedDuration::from_mins(16));
    outside.until("both are asked", |o| o.asked().len() == 2).await;
    let mut asked = outside.asked();
    asked.sort();
    assert_eq!(asked, ["U0ALICE0", "U0BOSS00"]);
    let case = outside.the_case().await;
    assert_eq!(case.prompts.len(), 2, "{:?}", case.prompts);
    assert_ne!(case.prompts[0].effect, case.prompts[1].effect);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_wait_for_slack_keep_no_key_alive() {
    let rule = RULE.replace(r#"stance = "ask""#, r#"stance = "contain""#);
    let outside = Outside::start(Plan { rule, slack_away: true, ..Plan::default() }).await;
    for n in 0..100 {
        outside.takes(finding(&format!("user{n}"), n)).await;
    }
    outside.until("all are contained", |o| o.applied() == 200).await;
    assert!(outside.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_hours_later_does_not_contain_what_was_released() {
    let rule = RULE.replace(r#"stance = "ask""#, r#"stance = "contain""#);
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    outside.case_in(Stage::Verifying).await;
    outside.clock.forward(SignedDuration::from_secs(11));
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    let case = outside.case_in(Stage::Asking).await;
    let card = case.card.expect("a card");
    let reply = Reply {
        by: outside::person("U0RESP01"),
        is_responder: true,
        surface: Surface { effect: card, revision: 0 },
        place: outside.place(&case, card),
        trigger: None,
        choice: Choice::Undo,
    };
    let input = Input::Reply { case: case.id.clone(), reply, dedupe: "undo".into() };
    assert_eq!(outside.inbox.send(input).await, Ok(Answer::Accepted));
    let case = outside.case_in(Stage::Closed).await;
    assert_eq!(case.closing, Some(Closing::Undone));
    // GuardDuty updates findings every six hours.
    outside.clock.forward(SignedDuration::from_hours(6));
    let mut update = finding("alice", 1);
    update.updated_at = outside.clock.time();
    outside.takes(update).await;
    outside.until("the owner is asked again", |o| o.asked().len() == 2).await;
    assert_eq!(outside.applied(), 2, "not contained again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_read_holds_up_nobody() {
    let outside = Outside::start(Plan::default()).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    let case = outside.case_in(Stage::Asking).await;
    outside.spoil(&case.id);
    // It is due, and somebody has something to say about it.
    outside.clock.forward(SignedDuration::from_hours(1));
    let take = |n: u32| {
        let (inbox, id) = (outside.inbox.clone(), case.id.clone());
        let reply = Reply {
            by: outside::person("U0RESP01"),
            is_responder: true,
            surface: Surface { effect: EffectNo(0), revision: 0 },
            place: Posted { channel: "C1".into(), ts: "1.0".into() },
            trigger: None,
            choice: Choice::Take,
        };
        async move { inbox.send(Input::Reply { case: id, reply, dedupe: format!("click{n}") }).await }
    };
    let bad = take(1);
    let good = arrives(&outside.inbox, finding("bob", 2));
    let (bad, good) = tokio::join!(bad, tokio::time::timeout(Duration::from_secs(5), good));
    assert!(bad.is_err(), "not acknowledged");
    assert_eq!(good.expect("the others go on"), Ok(Answer::Accepted));
    outside.until("the other owner is asked", |o| o.asked().len() == 2).await;
}
