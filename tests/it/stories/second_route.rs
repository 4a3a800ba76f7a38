//! Slack is away when the time to answer ends: whoever is on call is told another way, also after a power cut.

use super::house::House;
use sim::fault::{Fault, Planned};
use sim::pager::Pager;
use std::time::Duration;

const SHORT: &str = r#"
[[rule]]
name = "short"
types = ["*"]
stance = "ask"
ask = "owner"
deadline = "3s"
reminders = []
offer = ["cut", "deactivate-key"]
no_answer = "escalate"
escalate_to = []
voices = 1
"#;

/// Slack's retries grow to a minute; the pager's too.
const LONG: Duration = Duration::from_secs(90);

fn refuse(house: &House, code: &str) {
    house.slack.plan(Planned {
        on: "*".to_owned(),
        fault: Fault::Error { code: code.to_owned() },
        times: None,
        skip: 0,
        saying: String::new(),
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_at_the_deadline_pages_across_a_power_cut() {
    let pager = Pager::start().await.expect("the paging service starts");
    let url = format!("{}?routing_key=R0SECRET", pager.url());
    let mut house = House::build("revoked").rule(SHORT).second_route(url).start().await;
    house.finding(&house.report()).await;
    house.prompt_for("U0ALICE").await;
    refuse(&house, "token_revoked");
    // The other side is busy at first, and then the power goes.
    pager.fault(Fault::Status { status: 503, stored: false }, 1000);
    let case = house.case_in("stuck").await;
    house.audited("saved", |line| line["kind"] == "paged" && line["data"]["state"] == "saved").await;
    house.kill();
    pager.recover();
    house.daemon = house.recipe.start();
    let Some(events) = pager.taken(1, LONG).await else { house.fail("nobody was paged") };
    let (trigger, payload) = (&events[0], &events[0]["payload"]);
    assert_eq!((&trigger["event_action"], &trigger["dedup_key"]), (&"trigger".into(), &case["id"]));
    assert_eq!(trigger["routing_key"], "R0SECRET");
    assert!(payload["summary"].as_str().is_some_and(|s| s.contains("ListBuckets")), "{payload}");
    house.audited("delivered", |line| line["kind"] == "paged" && line["data"]["state"] == "delivered").await;
    let (_, metrics) = house.daemon.get("/metrics").await.expect("metrics are served");
    assert!(metrics.contains("vouch_pages_total{action=\"trigger\",result=\"delivered\"} 1"), "{metrics}");
    let log = std::fs::read_to_string(&house.recipe.log).expect("the log can be read");
    assert!(!log.contains("R0SECRET"), "the key is in the log");
    // Slack is back; a responder decides, and the alarm ends under the same key.
    house.slack.clear_faults(None);
    house.start_again().await;
    let card = house.card_with("vouch.contain").await;
    house.click(&card, "U0RESP1", "vouch.contain").await;
    house.closed("contained").await;
    let Some(events) = pager.taken(2, LONG).await else { house.fail("the alarm was not ended") };
    let last = events.last().expect("an event");
    assert_eq!((&last["event_action"], &last["dedup_key"]), (&"resolve".into(), &case["id"]));
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_paged_while_slack_works() {
    let pager = Pager::start().await.expect("the paging service starts");
    let house = House::build("unpaged").rule(SHORT).second_route(pager.url()).start().await;
    house.finding(&house.report()).await;
    house.case_in("stuck").await;
    let card = house.card_with("vouch.contain").await;
    house.click(&card, "U0RESP1", "vouch.contain").await;
    house.closed("contained").await;
    assert_eq!(pager.requests().len(), 0);
}
