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
use vouch::case::entry::EntryKind;
use vouch::case::event::Answer;
use vouch::case::finding::Finding;
use vouch::case::ledger::LedgerEvent;
use vouch::case::message::{Message, Note};
use vouch::case::owner::Confidence;
use vouch::case::principal::{Principal, PrincipalKind};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_version_from_the_future_hides_no_genuine_one() {
    let outside = Outside::start(Plan::default()).await;
    let first = finding("alice", 1);
    outside.guardduty_has(&first);
    outside.takes(first.clone()).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    let forged = Finding { updated_at: first.updated_at + SignedDuration::from_hours(240), ..first.clone() };
    outside.takes(forged).await;
    let ahead = |o: &Outside| o.said().iter().any(|m| format!("{m:?}").contains("Ahead"));
    outside.until("GuardDuty's copy is known to be older", ahead).await;
    let mut genuine = Finding { updated_at: first.updated_at + SignedDuration::from_hours(1), ..first };
    genuine.activity.ip = "203.0.113.66".parse().ok();
    outside.guardduty_has(&genuine);
    outside.takes(genuine).await;
    let mut case = outside.the_case().await;
    for _ in 0..200 {
        if case.revision == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        case = outside.the_case().await;
    }
    assert_eq!(case.facts_view().source.as_deref(), Some("203.0.113.66"));
    assert!(!case.ahead, "GuardDuty's own copy is what is asked about now");
}

/// Otherwise a single throttled call would leave the responders with a case whose owner is known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_for_the_owner_that_was_throttled_is_tried_again() {
    let outside = Outside::start(Plan { owners_throttled: true, ..Plan::default() }).await;
    outside.takes(finding("alice", 1)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    assert_eq!(outside.looked_up(), 2);
}

/// What a responder gave back stays so, whatever a body leaves out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_its_principal_does_not_contain_what_was_released() {
    let contain = RULE.replace("stance = \"ask\"", "stance = \"contain\"");
    let outside = Outside::start(Plan { rule: contain, ..Plan::default() }).await;
    let first = finding("alice", 1);
    outside.guardduty_has(&first);
    outside.takes(first.clone()).await;
    outside.until("it is contained", |o| o.applied() > 0).await;
    outside.case_in(Stage::Verifying).await;
    outside.clock.forward(SignedDuration::from_secs(11));
    let case = outside.case_in(Stage::Asking).await;
    let applied = outside.applied();
    let card = case.card.expect("a card");
    let undone = outside.clicks(&case, "U0RESP01", card, Choice::Undo).await;
    assert_eq!(undone, Answer::Accepted);
    outside.case_in(Stage::Closed).await;
    // So much later that it is a case of its own.
    outside.clock.forward(SignedDuration::from_hours(30));
    let later = Finding { updated_at: first.updated_at + SignedDuration::from_hours(30), ..first };
    outside.guardduty_has(&later);
    outside.takes(without_principal(&later)).await;
    outside
        .until("the owner is asked again", |o| {
            o.asked().iter().filter(|id| id.contains("ALICE")).count() == 2
        })
        .await;
    assert_eq!(outside.applied(), applied, "nothing is written again");
}

/// Deadlines are counted by the clock, so whoever reads the audit has to know that it was set.
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
}

fn without_principal(finding: &Finding) -> Finding {
    let known = finding.principal.clone();
    let nobody = Principal { kind: PrincipalKind::None, name: String::new(), access_key: None, ..known };
    Finding { principal: nobody, ..finding.clone() }
}

/// Whoever can write to the queue sends the finding's id first, without the principal: nobody would be asked, and the
/// genuine message would be a duplicate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_its_principal_does_not_hide_whose_finding_it_is() {
    let outside = Outside::start(Plan::default()).await;
    let genuine = finding("alice", 1);
    outside.guardduty_has(&genuine);
    outside.takes(without_principal(&genuine)).await;
    outside.until("the owner is asked", |o| o.asked().iter().any(|id| id.contains("ALICE"))).await;
    outside.takes(genuine).await;
    let cases = outside.cases().await;
    assert_eq!(cases.iter().filter(|c| c.finding.principal.name == "alice").count(), 1, "{}", cases.len());
}

/// What waited on the queue is older than what GuardDuty knows now, and another rule fits that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_is_that_of_what_guardduty_knows_now() {
    let grave = RULE.replace("\"test\"", "\"grave\"").replace("types =", "min_severity = 7.0\ntypes =");
    let grave = grave.replace("stance = \"ask\"", "stance = \"contain\"");
    let outside = Outside::start(Plan { rule: format!("{grave}{RULE}"), ..Plan::default() }).await;
    let first = finding("alice", 1);
    let later = first.updated_at + SignedDuration::from_hours(1);
    outside.guardduty_has(&Finding { severity: 8.0, updated_at: later, ..first.clone() });
    outside.takes(first).await;
    outside.until("it is contained", |o| o.applied() > 0).await;
    assert_eq!(outside.cases().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_marked_as_a_sample_stands_in_no_finding_s_way() {
    let outside = Outside::start(Plan::default()).await;
    let genuine = finding("alice", 1);
    let later = genuine.updated_at + SignedDuration::from_hours(240);
    outside.takes(Finding { sample: true, updated_at: later, ..genuine.clone() }).await;
    outside.takes(genuine).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_the_unique_id_joins_its_principal_and_no_other() {
    let outside = Outside::start(Plan::default()).await;
    let with = |n: u32, unique: Option<&str>| {
        let mut f = finding("alice", n);
        f.principal.unique_id = unique.map(str::to_owned);
        f
    };
    outside.takes(with(1, None)).await;
    outside.until("the owner is asked", |o| o.asked().len() == 1).await;
    outside.takes(with(2, Some("AIDAFIRST"))).await;
    outside.takes(with(3, None)).await;
    for _ in 0..200 {
        if outside.the_case().await.target.is_some_and(|t| t.unique_id.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(outside.cases().await.len(), 1, "one principal");
    // The name was given to somebody else since.
    outside.takes(with(4, Some("AIDASECOND"))).await;
    outside.until("the other one's owner is asked", |o| o.asked().len() == 2).await;
    assert_eq!(outside.cases().await.len(), 2);
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
