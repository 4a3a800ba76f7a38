//! Sessions of roles: one revoked at a word of its owner and given back by an undo; the whole role only with a second
//! voice; and a role that AWS keeps to itself, which people are told how to deal with.
//! Never here: what a revoked session may still do; the remedies' own tests ask the emulator about each.

use super::hands::{has, says};
use super::house::{House, SECURITY};
use super::report::{ACCOUNT, Report};
use crate::emulator::{Emulator, TestRole};
use sim::fault::Fault;
use vouch::case::remedy::Remedy;

const RULE: &str = r#"
[[rule]]
name = "story"
types = ["*"]
stance = "ask"
ask = "owner"
deadline = "10m"
reminders = []
offer = ["cut", "revoke-role-sessions", "quarantine-role", "deactivate-key", "advise"]
no_answer = "escalate"
escalate_to = []
voices = 1
"#;

/// A session `stolen` of this role did it.
pub(super) fn report(house: &House, role: &TestRole) -> Report {
    house.report().credential(&serde_json::json!({
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "principalId": format!("{}:stolen", role.id),
        "userName": role.name,
        "userType": "AssumedRole",
    }))
}

pub(super) async fn begun(name: &str, tables: &str) -> (House, TestRole) {
    let role = Emulator::shared().create_role(&format!("story-{name}")).await;
    let owner = format!("[owners.principals]\n\"arn:aws:iam::*:role/{}\" = \"U0ALICE\"\n{tables}", role.name);
    let house = House::build(name).rule(RULE).owner(None).tables(&owner).start().await;
    let remedies = [Remedy::RevokeSession, Remedy::RevokeRoleSessions, Remedy::QuarantineRole];
    let actions: Vec<&str> = remedies.iter().flat_map(|remedy| remedy.actions()).copied().collect();
    house.account.allow_own(&actions).await;
    (house, role)
}

#[tokio::test(flavor = "multi_thread")]
async fn not_me_revokes_the_one_session_and_undo_gives_it_back() {
    let (mut house, role) = begun("role", "").await;
    let stolen = Emulator::shared().assume(&role, "stolen").await.credentials;
    let neighbour = Emulator::shared().assume(&role, "neighbour").await.credentials;
    house.finding(&report(&house, &role)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    assert!(!says(&prompt, "deactivate-key"), "what does not fit a role is not offered");
    // The write got through, its answer did not, and the process died waiting for it.
    house.front.fault("PutRolePolicy", Fault::Hang { stored: true }, 1);
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.front.wait_request("PutRolePolicy", 1, super::house::PATIENCE).await.expect("it is written");
    house.kill();
    house.start_again().await;
    let case = house.closed("contained").await;
    assert_eq!(case["remedies"][0]["name"], "revoke-session");
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/stolen", role.name);
    assert_eq!(case["principal"]["arn"], arn);
    assert_eq!(house.front.requests("PutRolePolicy").len(), 1, "written once");
    let aws = Emulator::shared();
    assert_eq!(aws.work_as(stolen.clone()).await, Err("AccessDenied".to_owned()));
    assert_eq!(aws.work_as(neighbour).await, Ok(()));

    let card = house.card_with("vouch.undo").await;
    // The statement cuts whole seconds, rounded up.
    let written = aws.role_policy(&role.name, "VouchRevoke").await.expect("the policy is there");
    let written: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
    let cut = written.pointer("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime");
    let cut: jiff::Timestamp = cut.and_then(|at| at.as_str()?.parse().ok()).expect("it cuts at a moment");
    let revives = cut + jiff::SignedDuration::from_hours(12);
    let shown = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let seconds = [revives, revives - jiff::SignedDuration::from_secs(1)];
    assert!(seconds.iter().any(|at| says(&card, &shown(*at))), "the dialog says until when it works again");
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    house.becomes("without undo", &card, |m| !has(m, "vouch.undo")).await;
    assert_eq!(aws.work_as(stolen).await, Ok(()));
    assert_eq!(aws.role_policy(&role.name, "VouchRevoke").await, None);
    house.chain_holds().await;
}

/// Everybody on the role is hit, so the one who answers is not enough; the same where only quarantine is allowed.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_role_waits_for_a_second_voice() {
    for (name, tables, remedy, done) in [
        ("role-wide", "", "revoke-role-sessions", "revoke-role-sessions"),
        ("role-strict", "[aws]\nprofile = \"strict\"\n", "cut", "quarantine-role"),
    ] {
        let (house, role) = begun(name, tables).await;
        house.finding(&report(&house, &role)).await;
        let prompt = house.prompt_for("U0ALICE").await;
        house.send(House::picking(&prompt, "U0ALICE", "vouch.not_mine", remedy)).await;
        house.case_in("awaiting_approval").await;
        let aws = Emulator::shared();
        assert_eq!(aws.role_policy(&role.name, "VouchRevoke").await, None);
        let card = house.card_with("vouch.approve").await;
        house.click(&card, "U0RESP1", "vouch.approve").await;
        let case = house.closed("contained").await;
        assert_eq!(case["remedies"][0]["name"], done);
        let session = aws.assume(&role, "next").await.credentials;
        let quarantined = done == "quarantine-role";
        assert_eq!(aws.attached_to_role(&role.name).await.len(), usize::from(quarantined));
        if quarantined {
            assert_eq!(aws.work_as(session).await, Err("AccessDenied".to_owned()));
            assert_eq!(aws.role_policy(&role.name, "VouchRevoke").await, None, "no inline policy in strict");
        }
        // Taking it back is as wide.
        let card = house.card_with("vouch.undo").await;
        house.click(&card, "U0RESP1", "vouch.undo").await;
        let card = house.card_with("vouch.approve").await;
        house.click(&card, "U0RESP2", "vouch.approve").await;
        house.closed("undone").await;
        assert!(aws.attached_to_role(&role.name).await.is_empty());
        assert_eq!(aws.role_policy(&role.name, "VouchRevoke").await, None);
        house.chain_holds().await;
    }
}

/// Its name tells nothing; only IAM knows that the role lies where AWS keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_identity_center_is_never_written_to_and_the_steps_are_told() {
    let path = "/aws-reserved/sso.amazonaws.com/";
    let role = Emulator::shared().create_role_at("story-sso", path).await;
    let owner = format!("[owners.principals]\n\"arn:aws:iam::*:role/{}\" = \"U0ALICE\"\n", role.name);
    let house = House::build("sso").rule(RULE).owner(None).tables(&owner).start().await;
    house.account.allow_own(&["iam:GetRole", "iam:PutRolePolicy", "iam:GetRolePolicy"]).await;
    house.finding(&report(&house, &role)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let option = if says(&prompt, "revoke-role-sessions") { "cut" } else { "advise" };
    house.send(House::picking(&prompt, "U0ALICE", "vouch.not_mine", option)).await;
    house.case_in("stuck").await;
    house.told(SECURITY, "IAM Identity Center").await;
    assert!(house.front.requests("PutRolePolicy").is_empty());
    house.chain_holds().await;
}
