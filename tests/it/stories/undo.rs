//! Taking it back: exactly what was done, and only while it stands as we left it.

use super::hands::has;
use super::house::{House, SECURITY};

/// One pass sees the effect, and no later one may come between a foreign change and the undo.
async fn contained(name: &str) -> House {
    let house = House::build(name).verify_after(r#"["1s"]"#).start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_restores_what_stood_there() {
    let house = contained("undo").await;
    house.account.use_key().await.expect_err("the key is refused");
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    let case = house.closed("undone").await;
    assert_eq!(case["remedies"][0]["state"], "undone");
    house.account.use_key().await.expect("the key works again");
    assert!(house.account.revocation().await.is_none(), "our policy is gone");
    let writes = house.writes();
    assert_eq!(writes[..2], ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    assert_eq!(writes[2..], ["DeleteUserPolicy", "UpdateAccessKey Active"], "in reverse");
    house.becomes("without undo", &card, |m| !has(m, "vouch.undo")).await;
    house.chain_holds().await;
    house.reads_as("undo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_is_refused_after_somebody_elses_change() {
    let house = contained("foreign").await;
    // Root switched the key on again meanwhile.
    house.account.set_key(true).await;
    let card = house.card_with("vouch.undo").await;
    let before = house.writes();
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.audited("refused", |line| line["kind"] == "undo-refused").await;
    assert_eq!(house.writes(), before, "nothing is touched");
    assert!(house.account.revocation().await.is_some());
    assert_eq!(house.cases().await[0]["outcome"], "contained", "the outcome stays");
    house
        .message("what changed", SECURITY, |m| m.thread_ts.is_some() && super::hands::says(m, "ctive"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_inactive_before_stays_so() {
    let house = House::build("was-inactive").start().await;
    house.account.set_key(false).await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    assert!(!house.account.key_is_active().await, "we did not switch it off, so we do not switch it on");
    assert!(house.account.revocation().await.is_none());
}
