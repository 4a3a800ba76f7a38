//! Where one voice is not enough: high severity, an owner known by a tag alone, the breaker, the switch.

use super::hands::has;
use super::house::{House, SECURITY};
use super::report::Report;

#[tokio::test(flavor = "multi_thread")]
async fn mine_at_high_severity_waits_for_a_responder() {
    let house = House::build("high").start().await;
    let report = house.report().severity(8.0);
    house.finding(&report).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "the migration").await;
    house.case_in("awaiting_approval").await;
    assert!(house.archivals().is_empty(), "nothing before the second voice");
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("vouched").await;
    house.audited("archived", |line| line["kind"] == "archived").await;
    assert_eq!(house.guardduty.archived(), [report.id()]);
    assert!(house.writes().is_empty());
    house.reads_as("approved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_voice_does_not_count() {
    // The owner is a responder too.
    let house = House::build("own-voice").owner(Some("U0RESP1")).start().await;
    house.finding(&house.report().severity(7.0)).await;
    let prompt = house.prompt_for("U0RESP1").await;
    let view = house.open(&prompt, "U0RESP1", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "me").await;
    house.case_in("awaiting_approval").await;
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.audited("a refusal", |line| line["kind"] == "reply-refused").await;
    assert_eq!(house.case_in("awaiting_approval").await["stage"], "awaiting_approval");
    house.whisper_to("U0RESP1").await;
    house.click(&house.now(&card), "U0RESP2", "vouch.approve").await;
    house.closed("vouched").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_mine_is_stuck_until_responders_decide() {
    let house = House::build("rejected").start().await;
    house.finding(&house.report().severity(8.5)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "surely me").await;
    let card = house.card_with("vouch.reject").await;
    house.click(&card, "U0RESP2", "vouch.reject").await;
    house.case_in("stuck").await;
    assert!(house.archivals().is_empty() && house.writes().is_empty());
    let card = house.card_with("vouch.contain").await;
    house.click(&card, "U0RESP1", "vouch.contain").await;
    house.closed("contained").await;
    house.account.use_key().await.expect_err("the key is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_alone_needs_a_responder() {
    let house = House::build("tagged").owner(None).start().await;
    house.account.tag("owner", "alice@example.com").await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let case = house.case_in("asking").await;
    assert_eq!((&case["owner"]["source"], &case["owner"]["confidence"]), (&"tags".into(), &"low".into()));
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "mine").await;
    house.case_in("awaiting_approval").await;
    assert!(house.archivals().is_empty());
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("vouched").await;
}

impl House {
    /// Whether `/metrics` says that the breaker is open, and whether the page does.
    async fn breaker_shown(&self) -> (bool, bool) {
        let page = self.daemon.get("/").await.map(|(_, text)| text).unwrap_or_default();
        (self.metric("vouch_breaker_open", &[]).await > 0.0, page.contains("The breaker is open"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_makes_proposals_of_plans() {
    let guard = "[guard]\nmax_writes_10m = 1\nmax_writes_day = 20\nmax_writes_account_hour = 20";
    let house = House::build("breaker").tables(guard).start().await;
    house.finding(&house.report()).await;
    let first = house.prompt_for("U0ALICE").await;
    house.click(&first, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.writes().len(), 2);

    // Another user is another case.
    let other = house.account.another().await;
    house.finding(&Report::about(&other)).await;
    let second =
        house.message("a second prompt", "U0ALICE", |m| m.ts > first.ts && has(m, "vouch.not_mine")).await;
    house.click(&second, "U0ALICE", "vouch.not_mine").await;
    house.case_in("awaiting_approval").await;
    assert_eq!(house.writes().len(), 2, "the breaker is open: {:?}", house.writes());
    let breaker = house.card_with("vouch.reset_breaker").await;
    assert_eq!(house.breaker_shown().await, (true, true), "in the metric and on the page");
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("contained").await;
    assert!(house.writes().len() > 2, "an approved plan runs");

    house.click(&breaker, "U0RESP2", "vouch.reset_breaker").await;
    house.audited("a reset", |line| line["kind"] == "breaker-reset").await;
    house.becomes("without its button", &breaker, |m| !has(m, "vouch.reset_breaker")).await;
    assert_eq!(house.breaker_shown().await, (false, false), "nowhere any more");
    let opened = house.audit().await.iter().filter(|line| line["kind"] == "breaker-opened").count();
    assert_eq!(opened, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_writes_wait_for_resume() {
    let mut house = House::build("stopped").start().await;
    let control = house.card_with("vouch.stop_writes").await;
    house.click(&control, "U0RESP1", "vouch.stop_writes").await;
    house.becomes("a resume switch", &control, |m| has(m, "vouch.resume_writes")).await;
    // It survives a restart.
    house.start_again().await;

    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.case_in("awaiting_approval").await;
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP2", "vouch.approve").await;
    house.whisper_to("U0RESP2").await;
    assert_eq!(house.case_in("awaiting_approval").await["outcome"], serde_json::Value::Null);
    assert!(house.writes().is_empty());

    house.click(&house.now(&control), "U0RESP1", "vouch.resume_writes").await;
    house.audited("resumed", |line| line["kind"] == "writes-resumed").await;
    house.becomes("a stop switch", &control, |m| has(m, "vouch.stop_writes")).await;
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP2", "vouch.approve").await;
    house.closed("contained").await;
    let controls = house.slack.messages(SECURITY);
    assert_eq!(controls.iter().filter(|m| has(m, "vouch.stop_writes")).count(), 1, "one control card");
    house.chain_holds().await;
}
