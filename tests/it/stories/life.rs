//! The life of the process: how it stops, refuses to start, and waits for a world that is away.

use super::daemon::{LOOK, write};
use super::hands::has;
use super::house::{House, PATIENCE};
use sim::fault::{Fault, Planned};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_time_and_the_story_goes_on() {
    let mut house = House::build("stop").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let began = Instant::now();
    house.daemon.terminate();
    let status = house.daemon.wait_end(PATIENCE).await;
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{}", house.recipe.log_tail());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    house.start_again().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1);
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_although_slack_hangs() {
    let mut house = House::build("stop-hung").start().await;
    house.slack.plan(Planned {
        on: "chat.postMessage".into(),
        fault: Fault::Hang { stored: false },
        times: None,
        skip: 0,
        saying: String::new(),
    });
    house.finding(&house.report()).await;
    house.case_in("asking").await;
    let began = Instant::now();
    house.daemon.terminate();
    let status = house.daemon.wait_end(PATIENCE).await;
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{}", house.recipe.log_tail());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    house.slack.clear_faults(None);
    house.start_again().await;
    house.prompt_for("U0ALICE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_store_is_refused() {
    let house = House::build("second").start().await;
    let other = house.dir.path().join("other.toml");
    let (admin, http) = (super::daemon::free_address(), super::daemon::free_address());
    write(&other, &format!("[admin]\nlisten = \"{admin}\"\n[http]\nlisten = \"{http}\"\n"));
    let output = house.recipe.command(&["--config", &other.display().to_string(), "run"]);
    let output = wait_output(output).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("store"), "{said}");
    assert!(house.daemon.get("/readyz").await.is_some_and(|(status, _)| status == 200), "the first goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_is_refused_with_78() {
    let house = House::build("bad-config").start().await;
    let bad = house.dir.path().join("bad.toml");
    write(&bad, "mode = \"maybe\"\n[queue]\nwait = \"3 fortnights\"\n[slack]\nchanel = \"C0\"\n");
    let output = wait_output(house.recipe.command(&["--config", &bad.display().to_string(), "run"])).await;
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    for key in ["mode", "queue.wait", "chanel"] {
        assert!(said.lines().any(|line| line.contains("bad.toml:") && line.contains(key)), "{key}: {said}");
    }
}

async fn wait_output(mut command: std::process::Command) -> std::process::Output {
    let waited = tokio::task::spawn_blocking(move || command.output().expect("vouch runs"));
    tokio::time::timeout(PATIENCE, waited).await.expect("it ends by itself").expect("it was waited for")
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_away_at_start_is_waited_for() {
    let mut house = House::build("slack-away").slack_away().start_anyhow().await;
    let until = Instant::now() + PATIENCE;
    let reasons = loop {
        match house.daemon.get("/readyz").await {
            Some((503, body)) => break body,
            found if Instant::now() > until => {
                house.fail(&format!("it should listen, and not be ready: {found:?}"))
            }
            Some(_) | None => sleep(LOOK).await,
        }
    };
    let reasons: serde_json::Value = serde_json::from_str(&reasons).expect("the reasons are JSON");
    assert!(
        reasons.to_string().to_lowercase().contains("slack") || reasons.to_string().contains("socket"),
        "{reasons}"
    );
    house.finding(&house.report()).await;
    assert!(house.daemon.ended().is_none(), "it stays up");
    house.slack.switch(|switches| switches.refuse_sockets = false);
    house.slack.clear_faults(None);
    house.wait_ready().await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "asked once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_acknowledgement_is_not_a_second_answer() {
    let house = House::build("lost-ack").over_sockets().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.slack.switch(|switches| {
        switches.lose_acks = 1;
        switches.redeliver = true;
        switches.ack_within_ms = 1_000;
    });
    let lost = house.slack.click(sim::slack::Click::on(&prompt, "U0ALICE", "vouch.not_mine")).await;
    assert!(lost.is_ok(), "{lost:?}");
    house.closed("contained").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    assert!(!has(&house.settled(&prompt).await, "vouch.not_mine"));
    let accepted = house.audit().await.iter().filter(|line| line["kind"] == "reply-accepted").count();
    assert_eq!(accepted, 1);
}
