//! Containing a user: everything off, everything back, and a password that nobody can give back.

use super::faults::always;
use super::hands::{has, says};
use super::house::{House, PATIENCE, SECURITY};
use sim::fault::Fault;

const OFFER: &str = r#"offer = ["contain", "disable-console", "deactivate-all-keys", "quarantine-user"]"#;

async fn asked(name: &str) -> (House, sim::slack::Message) {
    let house = House::build(name).with(OFFER).start().await;
    house.account.give_password().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    (house, prompt)
}

async fn undo(house: &House) {
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    house.becomes("without undo", &card, |m| !has(m, "vouch.undo")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_the_user_stops_and_comes_back() {
    let (house, prompt) = asked("contain").await;
    let session = house.account.session().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    let names: Vec<_> = case["remedies"].as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(names, ["deactivate-all-keys", "cut-sessions", "quarantine-user"]);
    house.account.use_key().await.expect_err("the key is refused");
    house.account.use_session(&session).await.expect_err("the session is refused");
    assert!(house.account.is_quarantined().await && house.account.has_password().await);
    undo(&house).await;
    house.account.use_key().await.expect("the key works again");
    house.account.use_session(&session).await.expect("the session works again");
    assert!(!house.account.is_quarantined().await);
    let writes = house.writes();
    assert_eq!(writes[..3], ["UpdateAccessKey Inactive", "PutUserPolicy", "AttachUserPolicy"]);
    assert_eq!(writes[3..], ["DetachUserPolicy", "DeleteUserPolicy", "UpdateAccessKey Active"], "in reverse");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_was_refused_half_way_is_finished_by_the_next() {
    let (house, prompt) = asked("undo-half").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    let denied = Fault::Error { code: "AccessDenied".to_owned() };
    house.front.plan(always("DeleteUserPolicy", denied));
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.case_in("stuck").await;
    assert!(!house.account.is_quarantined().await, "the first part is back");
    house.account.use_key().await.expect_err("the last one is not");
    house.front.clear_faults(None);
    undo(&house).await;
    house.account.use_key().await.expect("the key works again");
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_says_that_a_password_is_gone_for_good() {
    let (house, prompt) = asked("console").await;
    house.send(House::picking(&prompt, "U0ALICE", "vouch.not_mine", "disable-console")).await;
    house.closed("contained").await;
    assert!(!house.account.has_password().await);
    undo(&house).await;
    assert!(!house.account.has_password().await);
    let sentence = format!("the console password of user {} cannot be restored", house.account.accused.user);
    let told = |m: &sim::slack::Message| m.thread_ts.is_some() && says(m, &sentence);
    house.message("what could not be restored", SECURITY, told).await;
    let line = house.audited("undone", |line| line["kind"] == "undone").await;
    assert_eq!(line["data"]["not_restored"], serde_json::json!([sentence]));
    assert_eq!(house.writes(), ["DeleteLoginProfile"]);
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_a_statement_quarantine_is_proposed() {
    let house = House::build("no-room").with(r#"offer = ["cut", "advise"]"#).start().await;
    house.account.fill_inline().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.case_in("awaiting_approval").await;
    house.told(SECURITY, "have no room left").await;
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive"], "the key went all the same");
    let card = house.card_with("vouch.approve").await;
    house.click(&card, "U0RESP1", "vouch.approve").await;
    house.closed("contained").await;
    assert!(house.account.is_quarantined().await);
    house.chain_holds().await;
}

/// The write got through, its answer did not, and the process died waiting for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_a_write_and_its_receipt_writes_nothing_twice() {
    for (remedy, write, back) in [
        ("deactivate-all-keys", "UpdateAccessKey", Some("UpdateAccessKey")),
        ("quarantine-user", "AttachUserPolicy", Some("DetachUserPolicy")),
        ("disable-console", "DeleteLoginProfile", None),
    ] {
        let (mut house, prompt) = asked(&format!("crash-{remedy}")).await;
        house.front.fault(write, Fault::Hang { stored: true }, 1);
        house.send(House::picking(&prompt, "U0ALICE", "vouch.not_mine", remedy)).await;
        house.front.wait_request(write, 1, PATIENCE).await.expect("it is written");
        house.kill();
        house.start_again().await;
        house.closed("contained").await;
        assert_eq!(house.front.requests(write).len(), 1, "{remedy}");
        undo(&house).await;
        let restored = house.front.requests(back.unwrap_or(write)).len();
        assert_eq!(restored, if back == Some(write) { 2 } else { 1 }, "{remedy}");
        house.account.use_key().await.expect("the key works");
        assert!(!house.account.is_quarantined().await);
        house.chain_holds().await;
    }
}
