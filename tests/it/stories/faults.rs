//! What goes wrong around the daemon, one story each: nothing is lost, nobody is asked twice, deadlines stay
//! honest, and the log, the metrics and the readiness say what it is.
//! Never here: the wire's own faults; see `slack::wire` and `queue`.

use super::daemon::LOOK;
use super::hands::has;
use super::house::{House, PATIENCE, SECURITY};
use serde_json::Value;
use sim::fault::{Fault, Planned};
use sim::slack::{Click, SocketAct};
use std::process::Command;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Every call of this kind, until it is cleared.
pub(super) fn always(on: &str, fault: Fault) -> Planned {
    Planned { on: on.to_owned(), fault, times: None, skip: 0, saying: String::new() }
}

impl House {
    /// The sum of a metric's samples that carry these labels.
    pub(super) async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let Some((200, text)) = self.daemon.get("/metrics").await else {
            self.fail("/metrics does not answer")
        };
        let of = |line: &&str| {
            let rest = line.strip_prefix(name).unwrap_or_default();
            rest.starts_with(['{', ' ']) && labels.iter().all(|label| rest.contains(label))
        };
        text.lines().filter(of).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    async fn metric_moves(&self, name: &str, labels: &[&str], to: f64) {
        let until = Instant::now() + PATIENCE;
        while self.metric(name, labels).await < to {
            assert!(Instant::now() < until, "{name} {labels:?} stays below {to}");
            sleep(LOOK).await;
        }
    }

    /// So many sockets stand, by the metric. It follows every look at the readiness.
    async fn sockets(&self, wanted: u32) {
        let until = Instant::now() + PATIENCE + Duration::from_secs(15);
        loop {
            let _looked = self.daemon.get("/readyz").await;
            let stand = self.metric("vouch_sockets_connected", &[]).await;
            if stand == f64::from(wanted) {
                return;
            }
            if Instant::now() >= until {
                self.fail(&format!("{stand} sockets stand, and not {wanted}"));
            }
            sleep(LOOK).await;
        }
    }

    /// The log says this, once or more often.
    async fn logged(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let log = std::fs::read_to_string(&self.recipe.log).unwrap_or_default();
            if log.contains(words) {
                return;
            }
            if Instant::now() >= until {
                self.fail(&format!("the log does not say {words:?}"));
            }
            sleep(LOOK).await;
        }
    }

    /// Not ready, with a reason of this part that says this.
    async fn unready(&self, part: &str, words: &str, within: Duration) {
        let until = Instant::now() + within;
        loop {
            let told = self.daemon.get("/readyz").await;
            if let Some((503, body)) = &told {
                let told: Value = serde_json::from_str(body).expect("the reasons are JSON");
                let reasons = told["reasons"].as_array().cloned().unwrap_or_default();
                let fits =
                    |r: &Value| r["part"] == part && r["reason"].as_str().is_some_and(|s| s.contains(words));
                if reasons.iter().any(fits) {
                    return;
                }
            }
            if Instant::now() >= until {
                self.fail(&format!("{part} is not said to be away ({words}): {told:?}"));
            }
            sleep(LOOK).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_down_delays_and_loses_nothing() {
    let house = House::build("fault-slack-down").start().await;
    house.slack.plan(always("*", Fault::Status { status: 503, stored: false }));
    house.finding(&house.report()).await;
    house.logged("will try again").await;
    let unheard = |s: &sim::slack::State| s.requests.all().any(|r| r.outcome == "http 503").then_some(());
    house.slack.wait_for(PATIENCE, unheard).await.expect("Slack is tried");
    house.metric_moves("vouch_slack_requests_total", &["result=\"ambiguous\""], 1.0).await;
    house.slack.clear_faults(None);
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "asked once");
    house.queue_empty().await;
    house.chain_holds().await;
}

/// Silence is silence, whoever could not be reached: the deadline counts from the opening, and the rule acts.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_does_not_wait_for_slack() {
    let house = House::build("fault-deadline").with(r#"deadline = "3s""#).start().await;
    house.slack.plan(always("*", Fault::Status { status: 503, stored: false }));
    house.finding(&house.report()).await;
    house.closed("contained").await;
    house.account.use_key().await.expect_err("the key is refused");
    house.slack.clear_faults(None);
    let card = house.card_with("vouch.undo").await;
    assert!(super::hands::says(&card, &house.account.accused.user));
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_429_is_waited_out() {
    let house = House::build("fault-429").start().await;
    house.slack.fault("chat.postMessage", Fault::Throttle { retry_after: 1 }, 3);
    house.slack.fault("users.info", Fault::Throttle { retry_after: 1 }, 1);
    let began = Instant::now();
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    assert!(began.elapsed() > Duration::from_secs(1), "it waits as long as Slack says");
    house.metric_moves("vouch_slack_requests_total", &["result=\"throttled\""], 1.0).await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "asked once");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_that_may_have_got_through_are_not_repeated() {
    let house = House::build("fault-ambiguous").start().await;
    house.slack.fault("chat.postMessage", Fault::Reset { stored: true }, 3);
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.logged("will try again").await;
    let ambiguous = ["method=\"chat.postMessage\"", "result=\"ambiguous\""];
    house.metric_moves("vouch_slack_requests_total", &ambiguous, 2.0).await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "asked once");
    let cards = house.slack.messages(SECURITY).into_iter().filter(|m| super::hands::is(m, "vouch_card"));
    let ours = cards.filter(|m| super::hands::says(m, &house.account.accused.user)).count();
    assert_eq!(ours, 1, "one card");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_said_and_what_waits_goes_out_when_it_is_back() {
    let mut house = House::build("fault-revoked").start().await;
    house.slack.switch(|switches| switches.revoked = true);
    house.finding(&house.report()).await;
    house.unready("slack", "token is refused", PATIENCE).await;
    house.metric_moves("vouch_slack_requests_total", &["result=\"config\""], 1.0).await;
    assert!(house.prompts("U0ALICE").is_empty());
    house.slack.switch(|switches| switches.revoked = false);
    // A refused token is tried again once a minute.
    let asked = |m: &sim::slack::Message| super::hands::is(m, "vouch_prompt") && has(m, "vouch.not_mine");
    let asked = house.slack.wait_message("U0ALICE", Duration::from_secs(150), asked).await;
    let prompt = asked.expect("the question goes out");
    house.wait_ready().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "asked once");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_sockets_are_replaced_and_no_click_is_lost() {
    let house = House::build("fault-half-open").over_sockets().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.slack.switch(|switches| switches.redeliver = true);
    house.slack.socket(SocketAct::HalfOpen, None);
    let clicked = house.slack.click(Click::on(&prompt, "U0ALICE", "vouch.not_mine")).await;
    assert!(clicked.is_ok_and(|click| !click.acked), "nobody hears it");
    house.closed("contained").await;
    // The second socket took the click. The first still counts: nobody can tell yet that it is dead.
    house.sockets(2).await;
    let ended = "a socket to Slack ended";
    assert!(
        !std::fs::read_to_string(&house.recipe.log).unwrap_or_default().contains(ended),
        "too early to tell"
    );
    // No other may take its place until it was seen to be missed.
    house.slack.switch(|switches| switches.refuse_sockets = true);
    house.sockets(1).await;
    house.logged(ended).await;
    house.slack.switch(|switches| switches.refuse_sockets = false);
    house.sockets(2).await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"], "once");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sockets_for_a_minute_it_is_not_ready() {
    let mut house = House::build("fault-no-socket").over_sockets().start().await;
    house.slack.switch(|switches| switches.refuse_sockets = true);
    house.slack.socket(SocketAct::Drop, None);
    house.logged("no socket to Slack").await;
    house.unready("slack", "no socket for 60 s", Duration::from_secs(100)).await;
    assert_eq!(house.metric("vouch_sockets_connected", &[]).await, 0.0);
    // Findings go on being saved and asked about.
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.slack.switch(|switches| switches.refuse_sockets = false);
    house.wait_ready().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_denied_is_said_and_nothing_in_it_is_lost() {
    let mut house = House::build("fault-queue").start().await;
    house.front.plan(always("ReceiveMessage", Fault::Error { code: "AccessDenied".to_owned() }));
    house.logged("the queue cannot be read").await;
    house.metric_moves("vouch_aws_requests_total", &["ReceiveMessage", "result=\"denied\""], 1.0).await;
    house.unready("queue", "not reached for 60 s", Duration::from_secs(100)).await;
    // By now no poll from before is under way any more.
    house.finding(&house.report()).await;
    assert!(house.cases().await.is_empty());
    house.front.clear_faults(None);
    house.wait_ready().await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.queue_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_throttled_in_the_middle_of_a_plan_is_tried_again() {
    let house = House::build("fault-throttled").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.front.fault("PutUserPolicy", Fault::Throttle { retry_after: 1 }, 2);
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.metric_moves("vouch_aws_requests_total", &["PutUserPolicy", "result=\"later\""], 2.0).await;
    house.logged("will try again").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_denied_in_the_middle_of_a_plan_is_stuck_and_the_done_part_can_be_undone() {
    let house = House::build("fault-denied").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.front.plan(always("PutUserPolicy", Fault::Error { code: "AccessDenied".to_owned() }));
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.case_in("stuck").await;
    let states: Vec<_> =
        case["remedies"].as_array().into_iter().flatten().map(|r| r["state"].clone()).collect();
    assert_eq!(states, ["applied", "failed"], "{case}");
    house.logged("failed for good").await;
    house.metric_moves("vouch_remedies_total", &["cut-sessions", "failed"], 1.0).await;
    house.told(SECURITY, "PutUserPolicy").await;
    house.account.use_key().await.expect_err("the key is refused");
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    house.account.use_key().await.expect("the key works again");
    house.chain_holds().await;
}

/// A disk of its own that is full, and then is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let (slack, guardduty, front, account, recipe, dir) = House::build("fault-disk").furnish().await;
    let store = dir.path().join("store");
    std::fs::create_dir(&store).expect("a folder can be made");
    let Some(disk) = Disk::mount(&store) else {
        eprintln!("skipped: only root can mount a disk to fill");
        return;
    };
    let daemon = recipe.start();
    let mut house = House { slack, guardduty, front, account, recipe, daemon, dir };
    house.wait_ready().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    disk.fill();
    // Whatever is sent now cannot be saved, so it is not taken out of the queue, and clicks are not acknowledged.
    let other = house.account.another().await;
    house.finding(&super::report::Report::about(&other)).await;
    house.unready("store", "the last write failed", PATIENCE).await;
    house.unready("store", "cannot save", PATIENCE).await;
    house.logged("the store refused a write").await;
    assert_eq!(house.cases().await.len(), 1);
    let clicked = house.slack.click(Click::on(&prompt, "U0ALICE", "vouch.not_mine")).await;
    assert!(clicked.is_ok_and(|click| !click.acked), "nothing is acknowledged that was not saved");
    assert!(house.writes().is_empty(), "nothing is done that was not saved");
    disk.free();
    house.start_again().await;
    house.click(&house.now(&prompt), "U0ALICE", "vouch.not_mine").await;
    let until = Instant::now() + PATIENCE;
    loop {
        let cases = house.cases().await;
        if cases.len() == 2 && cases.iter().any(|case| case["outcome"] == "contained") {
            break;
        }
        assert!(Instant::now() < until, "one contained, one taken after all: {cases:#?}");
        sleep(LOOK).await;
    }
    assert!(!has(&house.settled(&prompt).await, "vouch.not_mine"));
    house.chain_holds().await;
    house.kill();
    drop(disk);
}

/// Memory that acts as a small disk.
struct Disk(std::path::PathBuf);

impl Disk {
    /// `None` without the right to mount.
    fn mount(at: &std::path::Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "vouch-test"]).arg(at).output();
        mounted.is_ok_and(|told| told.status.success()).then(|| Self(at.to_owned()))
    }

    fn fill(&self) {
        let filled =
            Command::new("dd").arg("if=/dev/zero").arg(format!("of={}", self.ballast().display())).output();
        assert!(filled.is_ok_and(|told| !told.status.success()), "it ends when the disk is full");
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast goes");
    }

    /// Beside the store's own files there is a folder for what does not belong to it.
    fn ballast(&self) -> std::path::PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The test is over either way.
        let _unmounted = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}
