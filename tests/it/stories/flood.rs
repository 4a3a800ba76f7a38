//! Ten thousand findings, whoever makes GuardDuty report them: few questions, Slack's limits kept, writes stopped by
//! the breaker, nothing lost.
//! Never here: how fast; `make bench` tells.

use super::hands::{has, is};
use super::house::{House, SECURITY};
use super::report::{Accused, Report, Wrap};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const FINDINGS: usize = 10_000;
const PRINCIPALS: usize = 50;
/// For a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_asks_little_and_loses_nothing() {
    let owners = "[owners.accounts]\n\"000000000000\" = \"U0ALICE\"";
    let house = House::build("flood").owner(None).tables(owners).start().await;
    house.slack.switch(|switches| switches.rate_limits = true);
    let accused = |n: usize| Accused {
        user: format!("flooded-{}", n % PRINCIPALS),
        unique_id: format!("AIDAFLOODED{:010}", n % PRINCIPALS),
        key: format!("AKIAFLOODED{:09}", n % PRINCIPALS),
    };
    let reports: Vec<Report> = (0..FINDINGS).map(|n| Report::about(&accused(n))).collect();
    reports.iter().for_each(|report| house.known(report));
    let bodies: Vec<String> = reports.iter().map(|report| report.body(Wrap::EventBridge)).collect();
    house.account.send_all(&bodies).await;

    let until = Instant::now() + LONGEST;
    loop {
        let opened = house.metric("vouch_findings_total", &["outcome=\"opened\""]).await;
        let joined = house.metric("vouch_findings_total", &["outcome=\"joined\""]).await;
        let taken = (opened + joined) as usize;
        if taken == FINDINGS {
            break;
        }
        if taken > FINDINGS || Instant::now() > until {
            house.fail(&format!("{taken} of {FINDINGS} findings were taken"));
        }
        sleep(Duration::from_secs(1)).await;
    }
    house.queue_empty().await;
    let cases = house.cases().await;
    assert_eq!(cases.len(), PRINCIPALS, "one case a principal");
    // Every question that is to come has come: nothing is on its way to Slack any more.
    let mut known = 0;
    let mut quiet = Instant::now();
    while quiet.elapsed() < Duration::from_secs(8) {
        let now = house.slack.all_requests().len();
        if now != known {
            (known, quiet) = (now, Instant::now());
        }
        assert!(Instant::now() < until, "Slack is called for ever");
        sleep(Duration::from_millis(200)).await;
    }
    let live = house
        .slack
        .messages("U0ALICE")
        .into_iter()
        .filter(|m| is(m, "vouch_prompt") && has(m, "vouch.not_mine"));
    let live = live.count();
    assert!((1..=PRINCIPALS).contains(&live), "{live} live questions");
    let refused: Vec<_> = house
        .slack
        .all_requests()
        .into_iter()
        .filter(|r| r.outcome.contains("throttled") || r.outcome.contains("ratelimited"))
        .collect();
    assert!(refused.is_empty(), "Slack had to say no: {refused:?}");
    house.chain_holds().await;
}

/// The same power against keys: a rule that acts first is stopped by the breaker, and people are asked instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_contain_first_opens_the_breaker() {
    let guard = "[guard]\nmax_writes_10m = 2\nmax_writes_day = 20\nmax_writes_account_hour = 20";
    let house = House::build("flood-keys").tables(guard).with(r#"stance = "contain""#).start().await;
    let mut all = vec![house.account.accused.clone()];
    for _ in 0..5 {
        all.push(house.account.another().await);
    }
    for accused in &all {
        house.finding(&Report::about(accused)).await;
    }
    house.audited("the breaker", |line| line["kind"] == "breaker-opened").await;
    house.card_with("vouch.reset_breaker").await;
    let proposals = async || {
        let audit = house.audit().await;
        audit.iter().filter(|l| l["kind"] == "proposed" && l["data"]["what"] == "plan").count()
    };
    while proposals().await < all.len() - 2 {
        sleep(super::daemon::LOOK).await;
    }
    let switched = house.writes().iter().filter(|write| write.starts_with("UpdateAccessKey")).count();
    assert_eq!(switched, 2, "two keys at most: {:?}", house.writes());
    assert!(
        house.slack.messages(SECURITY).iter().any(|m| has(m, "vouch.approve")),
        "people decide about the rest"
    );
}
