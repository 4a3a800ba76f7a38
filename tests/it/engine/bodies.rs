//! What a body says less, else or more than GuardDuty knows: it decides neither whose case it is nor what is done.
//! Never here: rows, lanes and groups.

use super::outside::{Outside, Plan, RULE, finding};
use jiff::SignedDuration;
use std::time::Duration;
use vouch::case::event::Answer;
use vouch::case::finding::{Finding, Resource};
use vouch::case::principal::{Principal, PrincipalKind};
use vouch::case::prompt::Choice;
use vouch::case::state::{Closing, Stage};

fn contain_first() -> String {
    RULE.replace(r#"stance = "ask""#, r#"stance = "contain""#)
}

fn without_principal(finding: &Finding) -> Finding {
    let known = finding.principal.clone();
    let nobody = Principal { kind: PrincipalKind::None, name: String::new(), access_key: None, ..known };
    Finding { principal: nobody, ..finding.clone() }
}

/// Contained first, and given back by a responder. How many writes that took.
async fn contained_and_released(outside: &Outside, finding: Finding) -> usize {
    outside.takes(finding).await;
    outside.until("it is contained", |o| o.applied() > 0).await;
    outside.case_in(Stage::Verifying).await;
    outside.clock.forward(SignedDuration::from_secs(11));
    let case = outside.case_in(Stage::Asking).await;
    let card = case.card.expect("a card");
    assert_eq!(outside.clicks(&case, "U0RESP01", card, Choice::Undo).await, Answer::Accepted);
    let case = outside.case_in(Stage::Closed).await;
    assert_eq!(case.closing, Some(Closing::Undone));
    outside.applied()
}

fn asked(outside: &Outside, name: &str) -> usize {
    outside.asked().iter().filter(|id| id.contains(name)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_hours_later_does_not_contain_what_was_released() {
    let outside = Outside::start(Plan { rule: contain_first(), ..Plan::default() }).await;
    let applied = contained_and_released(&outside, finding("alice", 1)).await;
    // GuardDuty updates findings every six hours.
    outside.clock.forward(SignedDuration::from_hours(6));
    let mut update = finding("alice", 1);
    update.updated_at = outside.clock.time();
    outside.takes(update).await;
    outside.until("the owner is asked again", |o| asked(o, "ALICE") == 2).await;
    assert_eq!(outside.applied(), applied, "not contained again");
}

/// What a responder gave back stays so, whatever a body leaves out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_its_principal_does_not_contain_what_was_released() {
    let outside = Outside::start(Plan { rule: contain_first(), ..Plan::default() }).await;
    let first = finding("alice", 1);
    outside.guardduty_has(&first);
    let applied = contained_and_released(&outside, first.clone()).await;
    // So much later that it is a case of its own.
    outside.clock.forward(SignedDuration::from_hours(30));
    let later = Finding { updated_at: first.updated_at + SignedDuration::from_hours(30), ..first };
    outside.guardduty_has(&later);
    outside.takes(without_principal(&later)).await;
    outside.until("the owner is asked again", |o| asked(o, "ALICE") == 2).await;
    assert_eq!(outside.applied(), applied, "nothing is written again");
}

/// An instance was given back. A finding about a user of it names nobody at first, and so comes to the instance's case:
/// that the instance was released is no word about the user.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_released_for_one_is_contained_for_another() {
    let rule = contain_first().replace("\"cut\"", "\"contain\"");
    let outside = Outside::start(Plan { rule, ..Plan::default() }).await;
    let instance = Resource::Instance {
        id: "i-0123456789abcdef0".into(),
        arn: "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0".into(),
    };
    let on_it = |n: u32| Finding { resource: Some(instance.clone()), ..finding("alice", n) };
    let applied = contained_and_released(&outside, without_principal(&on_it(1))).await;
    outside.guardduty_has(&on_it(2));
    outside.takes(without_principal(&on_it(2))).await;
    outside.until("the user is contained", |o| o.applied() > applied).await;
    let cases = outside.cases().await;
    let hers = cases.iter().find(|c| c.finding.principal.name == "alice").expect("a case of her own");
    assert!(!hers.released);
}

/// Whoever can write to the queue takes a finding's id for a body about somebody else: the genuine message is a
/// duplicate then, so GuardDuty's own copy has to take its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_body_does_not_hide_the_finding_whose_id_it_took() {
    let outside = Outside::start(Plan::default()).await;
    let genuine = finding("alice", 1);
    outside.guardduty_has(&genuine);
    let forged = Finding { principal: finding("bob", 1).principal, ..genuine.clone() };
    outside.takes(forged).await;
    outside.takes(genuine).await;
    outside.until("the owner is asked", |o| asked(o, "ALICE") == 1).await;
    assert_eq!(asked(&outside, "BOB"), 0, "a forged body asks nobody");
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
    let grave = grave.replace(r#"stance = "ask""#, r#"stance = "contain""#);
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
