//! What arrives: every form once, twice, together with others, broken, or not at all.

use super::hands::says;
use super::house::{House, PATIENCE, SECURITY};
use super::report::Wrap;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn every_form_reaches_the_owner() {
    for wrap in [Wrap::Sns, Wrap::Raw, Wrap::Pascal] {
        let house = House::build("form").start().await;
        let report = house.report();
        house.known(&report);
        house.send_raw(&report.body(wrap)).await;
        let prompt = house.prompt_for("U0ALICE").await;
        assert!(says(&prompt, "198.51.100.7"), "{wrap:?}: {}", prompt.text);
        house.queue_empty().await;
        house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
        house.closed("contained").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_and_redeliveries_are_one_case_and_one_prompt() {
    let house = House::build("twins").start().await;
    let report = house.report();
    house.known(&report);
    for wrap in [Wrap::EventBridge, Wrap::EventBridge, Wrap::Sns, Wrap::Raw] {
        house.send_raw(&report.body(wrap)).await;
    }
    let prompt = house.prompt_for("U0ALICE").await;
    house.queue_empty().await;
    // And once more after it was asked.
    house.send_raw(&report.body(Wrap::EventBridge)).await;
    house.queue_empty().await;
    assert_eq!(house.cases().await.len(), 1);
    assert_eq!(house.prompts("U0ALICE").len(), 1);
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_finding_of_the_same_principal_joins() {
    let house = House::build("grouped").start().await;
    let (first, second) = (house.report(), house.report().kind("Persistence:IAMUser/AnomalousBehavior"));
    house.finding(&first).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.finding(&second).await;
    let case =
        house.case_with("joined", |case| case["findings"].as_array().is_some_and(|f| f.len() == 2)).await;
    house.queue_empty().await;
    assert_eq!(house.cases().await.len(), 1);
    assert_eq!(house.prompts("U0ALICE").len(), 1);
    assert_eq!(case["stage"], "asking");
    let view = house.open(&house.now(&prompt), "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "both").await;
    house.closed("vouched").await;
    house.audited("archived", |line| line["kind"] == "archived").await;
    let mut both = [first.id().to_owned(), second.id().to_owned()];
    both.sort();
    assert_eq!(house.guardduty.archived(), both);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_go_to_the_dead_letter_queue_and_other_mail_is_acknowledged() {
    let house = House::build("bad").start().await;
    house.send_raw("not even JSON {").await;
    house
        .send_raw(
            r#"{"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {"type": "x"}}"#,
        )
        .await;
    house.send_raw(r#"{"hello": "world"}"#).await;
    let until = Instant::now() + PATIENCE;
    loop {
        let dead = house.account.queued(&house.account.dead_url).await;
        let live = house.account.queued(&house.account.queue_url).await;
        if (dead.0, live) == (2, (0, 0)) {
            break;
        }
        if Instant::now() > until {
            house.fail(&format!(
                "two bodies of three belong in the dead-letter queue: {dead:?}, left {live:?}"
            ));
        }
        sleep(super::daemon::LOOK * 10).await;
    }
    assert!(house.cases().await.is_empty());
    let metrics = house.daemon.get("/metrics").await.map(|(_, body)| body).unwrap_or_default();
    assert!(metrics.contains("vouch_findings_total"), "{metrics}");
    // The daemon goes on.
    house.finding(&house.report()).await;
    house.prompt_for("U0ALICE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gap_of_an_outage_is_closed() {
    let mut house = House::build("gap").start().await;
    house.daemon.terminate();
    assert!(house.daemon.wait_end(PATIENCE).await.is_some());
    // Nobody ever sends it: the queue lost it, or the rule was off.
    house.known(&house.report().again());
    house.start_again().await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.cases().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn something_new_after_vouching_reopens() {
    let house = House::build("reopened").start().await;
    let report = house.report();
    house.finding(&report).await;
    let first = house.prompt_for("U0ALICE").await;
    let view = house.open(&first, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "from the office").await;
    house.closed("vouched").await;
    house.settled(&first).await;
    house.finding(&report.again().from("203.0.113.9", "Brazil")).await;
    let second =
        house.message("a new question", "U0ALICE", |m| m.ts > first.ts && says(m, "203.0.113.9")).await;
    house.case_in("asking").await;
    assert_eq!(house.cases().await.len(), 1);
    house.click(&second, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert!(!house.slack.messages(SECURITY).is_empty());
}
