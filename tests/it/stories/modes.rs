//! How far the daemon goes: dry-run and observe write nothing; samples, strangers and unknown findings neither.

use super::hands::{elements, has, is, says};
use super::house::{House, SECURITY};

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_says_what_it_would_do() {
    let house = House::build("dry").mode("dry-run").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("recorded").await;
    assert_eq!(case["remedies"][0]["state"], "dry-run");
    assert!(house.writes().is_empty() && house.archivals().is_empty());
    house.account.use_key().await.expect("the key works on");
    house.settled(&prompt).await;
    house.queue_empty().await;
    house.reads_as("dry_run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_vouches_without_archiving() {
    let house = House::build("dry-mine").mode("dry-run").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "mine").await;
    house.closed("vouched").await;
    house.note_for("U0ALICE", "").await;
    assert!(house.writes().is_empty() && house.archivals().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn observe_asks_nobody() {
    let house = House::build("observe").mode("observe").start().await;
    house.finding(&house.report()).await;
    house.closed("recorded").await;
    let card = house.card().await;
    let card = house.becomes("done", &card, |m| says(m, "U0ALICE")).await;
    assert!(elements(&card).is_empty(), "no buttons");
    assert!(house.slack.messages("U0ALICE").is_empty(), "no direct messages");
    assert!(house.writes().is_empty() && house.archivals().is_empty());
    house.reads_as("observe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_marked_and_left_alone() {
    let house = House::build("sample").start().await;
    house.finding(&house.report().sample().severity(8.0)).await;
    house.closed("recorded").await;
    let card = house.card().await;
    assert!(says(&card, "ample"), "{}", card.text);
    house.queue_empty().await;
    assert!(house.slack.messages("U0ALICE").is_empty());
    assert!(house.writes().is_empty() && house.archivals().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_guardduty_does_not_know_is_for_responders() {
    let house = House::build("unknown").start().await;
    let report = house.report();
    house.send_raw(&report.body(super::report::Wrap::EventBridge)).await;
    house.case_in("stuck").await;
    house.told(SECURITY, "<@U0RESP1>").await;
    house.queue_empty().await;
    assert!(house.slack.messages("U0ALICE").is_empty(), "nobody is asked");
    // Not even a responder's word makes a write of it.
    let card = house.card().await;
    if has(&card, "vouch.contain") {
        house.click(&card, "U0RESP1", "vouch.contain").await;
        house.case_in("stuck").await;
    }
    assert!(house.writes().is_empty() && house.archivals().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_differs_from_guarddutys_own_is_for_responders() {
    let house = House::build("differs").start().await;
    let report = house.report();
    house.known(&report);
    let forged =
        report.body(super::report::Wrap::EventBridge).replace(&house.account.accused.user, "somebody-else");
    house.send_raw(&forged).await;
    // GuardDuty's own is what she is asked about; about the forged one nobody is.
    let prompt = house.prompt_for("U0ALICE").await;
    house.audited("a stuck case", |line| line["kind"] == "stuck").await;
    let cases = house.cases().await;
    let stages: Vec<(&str, &str)> = cases
        .iter()
        .map(|case| (case["principal"]["arn"].as_str().unwrap(), case["stage"].as_str().unwrap()))
        .map(|(arn, stage)| (arn.rsplit('/').next().unwrap(), stage))
        .collect();
    let accused = house.account.accused.user.as_str();
    assert_eq!(stages.len(), 2, "{stages:?}");
    assert!(stages.contains(&("somebody-else", "stuck")), "{stages:?}");
    assert!(stages.contains(&(accused, "asking")), "{stages:?}");
    assert!(house.writes().is_empty());
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_get_findings_asks_but_writes_nothing_until_confirmed() {
    let house = House::build("denied").start().await;
    let denied = sim::fault::Fault::Error { code: "AccessDeniedException".into() };
    house.guardduty.plan(sim::fault::Planned {
        on: "GetFindings".into(),
        fault: denied,
        times: None,
        skip: 0,
        saying: String::new(),
    });
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.case_in("stuck").await;
    assert!(house.writes().is_empty(), "no write before GuardDuty confirmed it");
    house.account.use_key().await.expect("the key works on");
    house.told(SECURITY, "<@U0RESP1>").await;
    house.guardduty.clear_faults(None);
    // It asks again every minute.
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    while house.cases().await[0]["outcome"] != "contained" {
        if tokio::time::Instant::now() > until {
            house.fail("the case does not go on once GuardDuty answers");
        }
        tokio::time::sleep(super::daemon::LOOK * 10).await;
    }
    house.account.use_key().await.expect_err("the key is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_allowed_is_left_alone() {
    let house = House::build("elsewhere").accounts("111122223333").start().await;
    house.finding(&house.report()).await;
    house.case_in("stuck").await;
    house.told(SECURITY, "<@U0RESP1>").await;
    assert!(house.slack.messages("U0ALICE").is_empty());
    let calls: Vec<String> = house.front.all_requests().into_iter().map(|r| r.method).collect();
    let into_account =
        |call: &String| call.contains("User") || call.contains("Key") || call.contains("findings/get");
    assert!(!calls.iter().any(into_account), "no call into that account: {calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_created_user_is_another_user() {
    let house = House::build("re-created").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.account.re_create_user().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.case_in("stuck").await;
    assert!(house.writes().is_empty(), "{:?}", house.writes());
    assert!(house.account.revocation().await.is_none());
    assert!(house.slack.messages(SECURITY).iter().any(|m| is(m, "vouch_card")));
}
