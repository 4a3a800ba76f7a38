//! The engine over a real store and a world that answers from a table: what one group, one lane or one bad row
//! must not do to the others.
//! Never here: what a case decides; `laws` has that.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on stops at the line that says why"
)]

mod bodies;
mod outside;

use jiff::SignedDuration;
use outside::{Outside, Plan, RULE, arrives, finding};
use std::time::Duration;
use vouch::case::effect::EffectNo;
use vouch::case::entry::EntryKind;
use vouch::case::event::Answer;
use vouch::case::ledger::LedgerEvent;
use vouch::case::message::{Message, Note};
use vouch::case::owner::Confidence;
use vouch::case::prompt::{Choice, Posted, Reply, Surface, Ticks};
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
async fn an_address_that_came_to_be_somebody_elses_names_nobody_for_sure() {
    let rule = format!("[group]\nwindow = \"1s\"\n{RULE}");
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    let confidence = async |n: u32| {
        outside.takes(finding("alice", n)).await;
        outside.until("the owner is asked", |o| o.asked().len() as u32 == n).await;
        let case = outside.case_in(Stage::Asking).await;
        let reply =
            Choice::Facts { ticks: Ticks { call: true, time: true, source: true }, reason: "me".into() };
        let prompt = case.prompts.last().expect("a question").clone();
        let _ = outside.clicks(&case, prompt.person.as_str(), prompt.effect, reply).await;
        let alone = outside.the_case().await.closing == Some(Closing::Vouched);
        if !alone {
            let card = case.card.expect("a card");
            let why = Choice::DismissReason { reason: "a drill".into() };
            let _ = outside.clicks(&outside.the_case().await, "U0RESP01", card, why).await;
        }
        outside.case_in(Stage::Closed).await;
        (case.owner().expect("an owner").confidence, alone)
    };
    outside.address_of("alice", "U0ALICE1");
    assert_eq!(
        confidence(1).await,
        (Confidence::High, true),
        "known by this address since it was first looked up"
    );
    // Somebody gave themselves the address.
    outside.clock.forward(SignedDuration::from_hours(24));
    outside.address_of("alice", "U0MALLORY");
    assert_eq!(confidence(2).await, (Confidence::Low, false));
    let told = |m: &Message| format!("{m:?}").contains("Moved");
    outside.until("responders are told", |o| o.said().iter().any(told)).await;
    // It has stood for a week.
    outside.clock.forward(SignedDuration::from_hours(8 * 24));
    assert_eq!(confidence(3).await, (Confidence::High, true));
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

/// Otherwise a single throttled call would leave the responders with a case whose owner is known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_for_the_owner_that_was_throttled_is_tried_again() {
    let outside = Outside::start(Plan { owners_throttled: 2, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    assert_eq!(outside.looked_up(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_cannot_be_looked_up_is_given_up_after_three_searches() {
    let outside = Outside::start(Plan { owners_throttled: usize::MAX, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    let told = |o: &Outside| o.said().iter().any(|m| format!("{m:?}").contains("NobodyFound"));
    outside.until("responders are told", told).await;
    assert_eq!((outside.looked_up(), outside.asked().len()), (3, 0));
}

/// Deadlines are counted by the clock, so whoever reads the audit, the log or the metrics has to know that it was set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_is_in_the_audit() {
    let outside = Outside::start(Plan::default()).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    let mut told = vec![];
    for minutes in [30, -60] {
        outside.clock.forward(SignedDuration::from_mins(minutes));
        for _ in 0..400 {
            told = outside.audited(EntryKind::ClockJumped).await;
            if told.len() == if minutes > 0 { 1 } else { 2 } {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
    let seconds: Vec<i64> = told.iter().map(|data| data["seconds"].as_i64().unwrap() / 60).collect();
    assert!([29, 30].contains(&seconds[0]) && [-60, -59].contains(&seconds[1]), "{seconds:?}");
    // What was saved is told a moment later.
    let counted = "vouch_audit_total{kind=\"clock-jumped\"} 2";
    outside.until("it is counted", |o| o.metrics.encode().lines().any(|line| line == counted)).await;
    // What is counted is logged in the same breath, unless it is calm (`stories::signals` reads the log).
    assert!(!EntryKind::ClockJumped.is_calm());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_cases_at_once_are_one_live_message() {
    let rule = RULE.replace(r#"ask = "owner""#, r#"ask = "security""#);
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    for n in 0..15 {
        outside.takes(finding(&format!("user{n}"), n)).await;
    }
    let calls = |o: &Outside| {
        let called = |m: &Message| {
            let Message::Note(note) = m else { return None };
            if let Note::Call { responders, .. } = note.as_ref() { Some(responders.len()) } else { None }
        };
        o.said().iter().filter_map(called).collect::<Vec<_>>()
    };
    outside.until("all are called about", |o| calls(o).len() == 15).await;
    assert_eq!(calls(&outside).iter().filter(|named| **named > 0).count(), 10, "by name for the first ten");
    let crowds = outside.said().iter().filter(|m| matches!(m, Message::Crowd(_))).count();
    assert_eq!(crowds, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_is_asked_so_often_an_hour_and_told_once_that_more_waits() {
    let rule = RULE.replace(r#"deadline = "15m""#, r#"deadline = "4h""#);
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    for n in 0..6 {
        let mut f = finding("alice", n);
        f.principal.unique_id = Some(format!("AIDA{n}"));
        outside.takes(f).await;
        outside.until("looked up", |o| o.looked_up() == n as usize + 1).await;
        if n < 3 {
            outside.until("asked", |o| o.asked().len() == n as usize + 1).await;
        }
    }
    let too_many =
        |o: &Outside| o.said().iter().filter(|m| format!("{m:?}").contains("TooManyPrompts")).count();
    outside.until("responders are told of each", |o| too_many(o) == 3).await;
    assert_eq!(outside.asked().len(), 3);
    let held = |o: &Outside| o.said().iter().filter(|m| format!("{m:?}").contains("HeldBack")).count();
    outside.until("the person is told once", |o| held(o) == 1).await;
    outside.clock.forward(SignedDuration::from_mins(61));
    outside.until("asked after all", |o| o.asked().len() == 6).await;
    assert_eq!(held(&outside), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_vouched_for_is_quiet_until_a_responder_wants_to_be_asked() {
    let rule = RULE.replace("voices = 1", "voices = 1\nquiet_for = \"24h\"");
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    let case = outside.case_in(Stage::Asking).await;
    let prompt = case.prompts[0].effect;
    for _ in 0..200 {
        if outside.the_case().await.posted.contains_key(&prompt) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let case = outside.the_case().await;
    let ticks = Ticks { call: true, time: true, source: true };
    let mine = Choice::Facts { ticks, reason: "the nightly audit".into() };
    assert_eq!(outside.clicks(&case, "U0ALICE0", prompt, mine).await, Answer::Accepted);
    assert_eq!(outside.case_in(Stage::Closed).await.closing, Some(Closing::Vouched));

    outside.clock.forward(SignedDuration::from_hours(2));
    outside.takes(finding("alice", 2)).await;
    for _ in 0..200 {
        if outside.cases().await.iter().all(|c| c.stage == Stage::Closed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let closings: Vec<_> = outside.cases().await.iter().map(|c| c.closing).collect();
    assert!(closings.contains(&Some(Closing::Recorded)), "{closings:?}");
    assert_eq!(outside.asked().len(), 1, "nobody is asked about the same again");

    let event = LedgerEvent::Revoke { by: outside::person("U0RESP01"), pattern: 1 };
    let revoked = outside.inbox.send(Input::Switch { event, dedupe: "revoke".into() }).await;
    assert_eq!(revoked, Ok(Answer::Accepted));
    outside.clock.forward(SignedDuration::from_hours(2));
    outside.takes(finding("alice", 3)).await;
    outside.until("asked again", |o| o.asked().len() == 2).await;
}
