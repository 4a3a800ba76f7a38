//! Ten thousand findings, whoever makes GuardDuty report them: few questions, Slack's limits kept, writes stopped by
//! the breaker, nothing lost.
//! Never here: how fast; `make bench` tells.

use super::hands::{has, is};
use super::house::{House, PATIENCE};
use super::report::{Accused, Report, Wrap};
use serde_json::Value;
use sim::slack::Person;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const FINDINGS: usize = 10_000;
const PRINCIPALS: usize = 50;
const OWNERS: usize = 10;
/// For a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(600);

/// The big one takes a whole machine: the other waits for it.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Calls a minute that Slack documents, by method, and posts into one channel: one a second, and a short burst
/// (facts/slack.md 1.1 and 1.4).
const A_MINUTE: [(&str, usize); 5] = [
    ("chat.postMessage", 300),
    ("chat.update", 50),
    ("conversations.open", 50),
    ("users.info", 100),
    ("users.lookupByEmail", 50),
];
const POSTS_A_MINUTE: usize = 60;

fn accused(n: usize) -> Accused {
    Accused {
        user: format!("flooded-{}", n % PRINCIPALS),
        unique_id: format!("AIDAFLOODED{:010}", n % PRINCIPALS),
        key: format!("AKIAFLOODED{:09}", n % PRINCIPALS),
    }
}

/// The most that fell into any minute.
fn busiest_minute(times: &[jiff::Timestamp]) -> usize {
    let (mut window, mut most) = (VecDeque::new(), 0);
    for at in times {
        window.push_back(*at);
        while window
            .front()
            .is_some_and(|first| at.duration_since(*first) >= jiff::SignedDuration::from_secs(60))
        {
            window.pop_front();
        }
        most = most.max(window.len());
    }
    most
}

/// Every call that Slack got is within its limits, by its own count and by ours.
fn kept_within_limits(house: &House) {
    let mut by_bound: BTreeMap<(String, Option<String>), Vec<jiff::Timestamp>> = BTreeMap::new();
    house.slack.peek(|state| {
        for request in state.requests.all() {
            assert_ne!(request.outcome, "throttled", "Slack had to say no: {request:?}");
            by_bound.entry((request.method.clone(), None)).or_default().push(request.at);
            if request.method == "chat.postMessage" {
                let channel = request.body["channel"].as_str().map(str::to_owned);
                by_bound.entry((request.method.clone(), channel)).or_default().push(request.at);
            }
        }
    });
    for ((method, channel), times) in by_bound {
        let most = if channel.is_some() {
            POSTS_A_MINUTE
        } else {
            let Some((_, most)) = A_MINUTE.iter().find(|(name, _)| *name == method) else { continue };
            *most
        };
        let busiest = busiest_minute(&times);
        assert!(busiest <= most, "{method} {channel:?}: {busiest} in a minute");
    }
}

/// Which findings the audit names in lines of these kinds.
fn named(audit: &[Value], kinds: &[&str]) -> BTreeSet<String> {
    let of = |line: &&Value| line["kind"].as_str().is_some_and(|kind| kinds.contains(&kind));
    audit.iter().filter(of).filter_map(|line| line["data"]["finding"].as_str().map(str::to_owned)).collect()
}

/// Waits for a count in the metrics; nothing that is recorded meanwhile is kept twice in memory.
async fn until_metric(house: &House, name: &str, labels: &[&[&str]], count: usize) {
    let until = Instant::now() + LONGEST;
    loop {
        let mut now = 0.0;
        for labels in labels {
            now += house.metric(name, labels).await;
        }
        if now as usize == count {
            return;
        }
        if now as usize > count || Instant::now() > until {
            house.fail(&format!("{name} is {now}, not {count}"));
        }
        house.guardduty.change(|state| state.requests.clear());
        sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_asks_little_and_loses_nothing() {
    let _alone = ALONE.lock().await;
    let owners: Vec<String> = (0..OWNERS)
        .map(|n| format!("\"arn:aws:iam::000000000000:user/flooded-*{n}\" = \"U0OWNER{n}\""))
        .collect();
    let owners = format!("[owners.principals]\n{}", owners.join("\n"));
    let house = House::build("flood").owner(None).tables(&owners).start().await;
    (0..OWNERS)
        .for_each(|n| house.slack.put_person(Person::new(&format!("U0OWNER{n}"), &format!("owner{n}"))));
    house.slack.switch(|switches| switches.rate_limits = true);
    let mut ids = BTreeSet::new();
    for first in (0..FINDINGS).step_by(500) {
        let reports: Vec<Report> = (first..first + 500).map(|n| Report::about(&accused(n))).collect();
        reports.iter().for_each(|report| house.known(report));
        ids.extend(reports.iter().map(|report| report.id().to_owned()));
        let bodies: Vec<String> = reports.iter().map(|report| report.body(Wrap::EventBridge)).collect();
        house.account.send_all(&bodies).await;
    }

    let taken: [&[&str]; 2] = [&["outcome=\"opened\""], &["outcome=\"joined\""]];
    until_metric(&house, "vouch_findings_total", &taken, FINDINGS).await;
    until_metric(&house, "vouch_prompts_total", &[&["result=\"delivered\""]], PRINCIPALS).await;
    house.queue_empty().await;
    let live = || -> usize {
        let open = |m: &sim::slack::Message| is(m, "vouch_prompt") && has(m, "vouch.not_mine");
        (0..OWNERS)
            .map(|n| house.slack.messages(&format!("U0OWNER{n}")).iter().filter(|m| open(m)).count())
            .sum()
    };
    assert_eq!(live(), PRINCIPALS, "one question a principal");

    // Nothing is lost: each is in a case and in the audit, and GuardDuty was asked about each.
    let until = Instant::now() + PATIENCE;
    let audit = loop {
        let audit = house.audit().await;
        if named(&audit, &["finding-confirmed"]).len() == FINDINGS {
            break audit;
        }
        assert!(Instant::now() < until, "GuardDuty is asked about every finding");
        sleep(Duration::from_secs(2)).await;
    };
    assert_eq!(named(&audit, &["case-opened", "finding-joined"]), ids);
    let cases = house.cases().await;
    assert_eq!(cases.len(), PRINCIPALS, "one case a principal");
    let asked = |case: &Value| case["prompts"].as_array().map_or(0, Vec::len);
    assert!(cases.iter().all(|case| asked(case) == 1 && case["stage"] == "asking"), "and no more to come");
    assert!(audit.iter().all(|line| line["kind"] != "wrote"), "nobody said so");
    kept_within_limits(&house);
    house.chain_holds().await;
}

/// The same power against keys: a rule that acts first is stopped by the breaker, and people are asked instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_contain_first_opens_the_breaker() {
    let _alone = ALONE.lock().await;
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
    let switched = || house.writes().iter().filter(|write| write.starts_with("UpdateAccessKey")).count();
    let until = Instant::now() + LONGEST;
    while proposals().await < all.len() - 2 || switched() < 2 {
        if Instant::now() > until {
            house.fail("what the breaker stopped is not proposed");
        }
        sleep(super::daemon::LOOK).await;
    }
    // People decide about the rest.
    house.card_with("vouch.approve").await;
    assert_eq!(switched(), 2, "two keys at most: {:?}", house.writes());
}
