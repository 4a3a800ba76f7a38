//! What somebody can do who holds one thing of ours: the key, a tag, a session's name, the owner's Slack session,
//! a guest's account, the queue. Each fails, or is stopped at a guard that the audit names.
//! Never here: forged payloads; see `refusals`.

use super::hands::has;
use super::house::{House, SECURITY};
use super::report::{Report, Wrap};
use serde_json::{Value, json};
use sim::slack::{Click, Person};

/// They have an administrator's key and undo what was done to the stolen one.
#[tokio::test(flavor = "multi_thread")]
async fn the_holder_of_a_key_who_switches_it_on_again_is_noticed() {
    let house = House::build("foe-key").verify_after(r#"["1s", "4s"]"#).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.account.set_key(true).await;
    let line = house.audited("a lost effect", |line| line["kind"] == "effect-gone").await;
    assert!(line["data"].to_string().contains("active again"), "{line}");
    house.case_in("stuck").await;
    house.told(SECURITY, "active again").await;
    house.chain_holds().await;
}

/// They are told nothing by the daemon's reading: the tag they wrote names them, and a tag alone never decides.
#[tokio::test(flavor = "multi_thread")]
async fn the_writer_of_the_owners_tag_cannot_close_the_case() {
    let house = House::build("foe-tags").owner(None).start().await;
    house
        .slack
        .put_person(Person { email: "mallory@example.com".into(), ..Person::new("U0MALLORY", "mallory") });
    house.account.tag("owner", "mallory@example.com").await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0MALLORY").await;
    let view = house.open(&prompt, "U0MALLORY", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "that was me, honestly").await;
    let case = house.case_in("awaiting_approval").await;
    assert_eq!(case["owner"]["confidence"], "low", "{case}");
    let line = house.audited("a proposal", |line| line["kind"] == "proposed").await;
    assert_eq!(line["actor"], "slack:U0MALLORY", "{line}");
    assert!(house.archivals().is_empty(), "nothing is archived on their word");
}

/// The session is named after an honest person: the name routes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_chooser_of_a_sessions_name_asks_nobody_they_name() {
    let house = House::build("foe-session")
        .owner(None)
        .with(r#"offer = ["advise"]"#)
        .with(r#"no_answer = "escalate""#);
    let house = house.start().await;
    let session = house.report().session("AROAFOEFOEFOEFOEFOE00", "deployer", "alice@example.com");
    house.finding(&session).await;
    let line = house.audited("the owners found", |line| line["kind"] == "owner-found").await;
    assert_eq!(line["data"]["candidates"], json!([]), "{line}");
    house.told(SECURITY, "<@U0RESP1>").await;
    assert_eq!(house.case_in("asking").await["owner"], Value::Null);
    assert!(house.prompts("U0ALICE").is_empty());
}

/// They sit at the owner's Slack: at high severity one voice closes nothing, and what a rule contained first stays.
#[tokio::test(flavor = "multi_thread")]
async fn the_owners_slack_session_alone_neither_closes_nor_releases() {
    let house = House::build("foe-slack").with(r#"stance = "contain""#).start().await;
    house.finding(&house.report().severity(8.0)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.account.use_key().await.expect_err("it was contained first");
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    house.submit(&view, &["call", "time", "source"], "all mine").await;
    house.case_in("awaiting_approval").await;
    house.audited("a proposal", |line| line["kind"] == "proposed" && line["data"]["what"] == "release").await;
    house.account.use_key().await.expect_err("it stays contained until a responder says so");
    assert!(house.archivals().is_empty());
    // The person asked is no responder, so their own approval is no second voice.
    let card = house.card_with("vouch.approve").await;
    house.send(Click { raw: true, ..Click::on(&card, "U0ALICE", "vouch.approve") }).await;
    house
        .audited("a refusal", |line| line["kind"] == "reply-refused" && line["actor"] == "slack:U0ALICE")
        .await;
    house.account.use_key().await.expect_err("and still");
}

/// A guest reads the channel and presses everything there is.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_in_the_channel_moves_nothing() {
    let house = House::build("foe-guest").start().await;
    house.slack.put_person(Person { is_restricted: true, ..Person::new("U0GUEST", "guest") });
    house.finding(&house.report()).await;
    house.prompt_for("U0ALICE").await;
    let card = house.card_with("vouch.contain").await;
    let control = house.card_with("vouch.stop_writes").await;
    for (message, button) in [
        (&card, "vouch.contain"),
        (&card, "vouch.dismiss"),
        (&card, "vouch.take"),
        (&control, "vouch.stop_writes"),
    ] {
        house.send(Click { raw: true, ..Click::on(message, "U0GUEST", button) }).await;
    }
    let refused = |audit: &[Value]| {
        let by = |line: &&Value| line["kind"] == "reply-refused" && line["actor"] == "slack:U0GUEST";
        audit.iter().filter(by).count()
    };
    while refused(&house.audit().await) < 4 {
        tokio::time::sleep(super::daemon::LOOK).await;
    }
    let case = house.case_in("asking").await;
    assert_eq!(case["verdict"], Value::Null, "{case}");
    assert!(house.writes().is_empty() && house.archivals().is_empty());
    assert!(has(&house.now(&control), "vouch.stop_writes"), "writes go on");
    house.slack.views("U0GUEST").is_empty().then_some(()).expect("no modal opens for a guest");
}

/// They may send to the queue: what GuardDuty does not know, or says differently, leads to no question and no write.
#[tokio::test(flavor = "multi_thread")]
async fn the_sender_to_the_queue_turns_the_daemon_against_nobody() {
    let house = House::build("foe-queue").with(r#"stance = "contain""#).start().await;
    // About a user who did nothing, contained first if it were believed.
    house.send_raw(&house.report().severity(9.0).body(Wrap::EventBridge)).await;
    let case = house.case_in("stuck").await;
    assert_eq!(case["outcome"], Value::Null, "{case}");
    house.audited("a refutation", |line| line["kind"] == "finding-refuted").await;
    // A finding that GuardDuty knows, with somebody else's name in it.
    let honest = house.account.another().await;
    let known = Report::about(&honest);
    house.known(&known);
    house.send_raw(&house.report().called(known.id()).body(Wrap::EventBridge)).await;
    let refuted =
        async || house.audit().await.iter().filter(|line| line["kind"] == "finding-refuted").count();
    while refuted().await < 2 {
        tokio::time::sleep(super::daemon::LOOK).await;
    }
    assert!(house.writes().is_empty(), "{:?}", house.writes());
    assert!(house.prompts("U0ALICE").is_empty());
    house.account.use_key().await.expect("the key works");
}
