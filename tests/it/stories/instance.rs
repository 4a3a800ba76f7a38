//! A mining instance: its owner is asked, it is contained on their word, and released by a responder.
//! Never here: what each remedy does in detail.

use super::hands::says;
use super::house::House;
use super::report::{REGION, Report};
use crate::emulator::Emulator;
use crate::moto::Moto;
use crate::remedies::instances::world::World;
use vouch::case::remedy::Remedy;

const OFFER: &str = r#"offer = ["contain", "stop-instance"]"#;

/// EC2 and what stands around it is moto's; everything else stays with the emulator that enforces.
pub(super) async fn house(name: &str, mode: &'static str, offer: &str) -> (House, World) {
    let moto = tokio::task::spawn_blocking(Moto::shared).await.expect("moto starts");
    let world = World::four_interfaces_in(moto, REGION).await;
    let pattern = format!("[owners.principals]\n\"arn:aws:ec2:*:instance/{}\" = \"U0ALICE\"", world.id);
    let house = House::build(name)
        .mode(mode)
        .owner(None)
        .tables(&pattern)
        .with(r#"ask = "instance-owner""#)
        .with(offer)
        .start()
        .await;
    let address = moto.url().trim_start_matches("http://").parse().expect("moto has an address");
    for service in ["ec2", "autoscaling", "elasticloadbalancing"] {
        house.front.route(service, address);
    }
    (house, world)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mining_instance_is_contained_on_its_owners_word_and_released() {
    let (house, world) = house("mining", "enforce", OFFER).await;
    let before = world.state().await;
    house.finding(&Report::mining(&world.id)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    for said in [world.id.as_str(), "all 4 network interfaces are cut off", "DNS through the VPC"] {
        assert!(says(&prompt, said), "the prompt says {said:?}: {prompt:?}");
    }
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    let names: Vec<_> = case["remedies"].as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(names, ["snapshot-instance", "isolate-instance"]);
    let during = world.state().await;
    assert!(during.termination && during.groups.iter().all(|(eni, now)| *now != before.groups[eni]));
    assert!(during.groups.values().all(|groups| groups.len() == 1), "{during:?}");

    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    assert_eq!(world.state().await, before);
    let told = |m: &sim::slack::Message| m.thread_ts.is_some() && says(m, "kept as evidence");
    house.message("that the snapshots stay", super::house::SECURITY, told).await;
    house.chain_holds().await;
}

/// What it was handed may be elsewhere already: the instance is cut off first, and then the sessions of its role.
#[tokio::test(flavor = "multi_thread")]
async fn the_session_of_its_role_is_revoked_with_it_and_both_come_back() {
    let (house, world) = house("mining-role", "enforce", OFFER).await;
    let aws = Emulator::shared();
    let role = aws.create_role("story-mining-role").await;
    // The instance is one emulator's and its role the other's; the profile's name joins them.
    world.give_role(&role.name).await;
    let iam = aws.iam();
    iam.create_instance_profile().instance_profile_name(&role.name).send().await.expect("a profile is made");
    let held = iam.add_role_to_instance_profile().instance_profile_name(&role.name).role_name(&role.name);
    held.send().await.expect("it holds the role");
    house.account.allow_own(&[Remedy::RevokeSession.actions(), &["iam:GetInstanceProfile"]].concat()).await;
    let stolen = aws.assume(&role, &world.id).await.credentials;
    let neighbour = aws.assume(&role, "i-0fedcba9876543210").await.credentials;
    let before = world.state().await;

    house.finding(&Report::mining(&world.id)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    let names: Vec<_> = case["remedies"].as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(names, ["snapshot-instance", "isolate-instance", "revoke-session"]);
    assert_eq!(aws.work_as(stolen.clone()).await, Err("AccessDenied".to_owned()));
    assert_eq!(aws.work_as(neighbour).await, Ok(()));
    assert!(world.state().await.groups.values().all(|groups| groups.len() == 1));

    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    assert_eq!(aws.work_as(stolen).await, Ok(()));
    assert_eq!((world.state().await, aws.role_policy(&role.name, "VouchRevoke").await), (before, None));
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_dry_run_the_owner_is_asked_and_the_instance_left_alone() {
    let (house, world) = house("mining-dry", "dry-run", OFFER).await;
    let before = world.state().await;
    house.finding(&Report::mining(&world.id)).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("recorded").await;
    assert_eq!(world.state().await, before);
    assert!(world.snapshots(case["id"].as_str().unwrap()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_observe_nobody_is_asked_about_it() {
    let (house, world) = house("mining-seen", "observe", OFFER).await;
    let before = world.state().await;
    house.finding(&Report::mining(&world.id)).await;
    house.closed("recorded").await;
    assert!(house.prompts("U0ALICE").is_empty());
    assert_eq!(world.state().await, before);
}
