//! Every remedy for roles, buckets and instances cut short: its write got through, the answer did not, and the process
//! died waiting for it. It is contained all the same, written once, and taken back exactly.
//! Never here: users (`containment`, and every seam of theirs in `crash`).

use super::bucket::{let_in, open_bucket, root};
use super::hands::has;
use super::house::{House, PATIENCE};
use super::report::Report;
use super::role;
use crate::emulator::{Emulator, TestRole};
use crate::moto::{ACCOUNT_SETTINGS, Moto};
use sim::aws::Front;
use sim::fault::Fault;
use sim::slack::Message;
use std::collections::BTreeSet;
use vouch::case::remedy::Remedy;

/// A remedy, the call that it dies in, and how often that call is made in all until it is taken back.
struct Cut<'a> {
    remedy: &'a str,
    write: &'a str,
    writes: usize,
}

/// Asked, answered, cut short, started again, and taken back by responders; where it is wide by two of them.
async fn cut_short(house: &mut House, front: &Front, prompt: &Message, person: &str, cut: &Cut<'_>) {
    let wide = Remedy::parse(cut.remedy).expect("a remedy").is_wide();
    front.fault(cut.write, Fault::Hang { stored: true }, 1);
    house.send(House::picking(prompt, person, "vouch.not_mine", cut.remedy)).await;
    if wide {
        let card = house.card_with("vouch.approve").await;
        house.click(&card, "U0RESP1", "vouch.approve").await;
    }
    if front.wait_request(cut.write, 1, PATIENCE).await.is_none() {
        let called: Vec<String> =
            front.all_requests().iter().map(|r| format!("{} {}", r.method, r.outcome)).collect();
        house.fail(&format!("{} for {} is not called: {called:#?}", cut.write, cut.remedy));
    }
    house.kill();
    house.start_again().await;
    let case = house.closed("contained").await;
    let names: Vec<&str> =
        case["remedies"].as_array().expect("a list").iter().filter_map(|r| r["name"].as_str()).collect();
    assert_eq!(names, [cut.remedy]);
    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    if wide {
        let card = house.card_with("vouch.approve").await;
        house.click(&card, "U0RESP2", "vouch.approve").await;
    }
    house.closed("undone").await;
    house.becomes("without undo", &card, |m| !has(m, "vouch.undo")).await;
    assert_eq!(front.requests(cut.write).len(), cut.writes, "{}: {}", cut.remedy, cut.write);
    house.chain_holds().await;
}

async fn inline_and_attached(role: &TestRole) -> (Option<String>, Vec<String>) {
    let aws = Emulator::shared();
    (aws.role_policy(&role.name, "VouchRevoke").await, aws.attached_to_role(&role.name).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_cut_off_in_mid_write_is_cut_off_once() {
    for (remedy, write) in
        [("revoke-role-sessions", "PutRolePolicy"), ("quarantine-role", "AttachRolePolicy")]
    {
        let (mut house, role) = role::begun(&format!("crash-{remedy}"), "").await;
        let before = inline_and_attached(&role).await;
        house.finding(&role::report(&house, &role)).await;
        let prompt = house.prompt_for("U0ALICE").await;
        let front = house.front.clone();
        cut_short(&mut house, &front, &prompt, "U0ALICE", &Cut { remedy, write, writes: 1 }).await;
        assert_eq!(inline_and_attached(&role).await, before);
    }
}

/// Everything of a bucket that a remedy may change, as S3 tells it.
async fn bucket_as_it_is(bucket: &str) -> [Option<String>; 4] {
    let s3 = root();
    let policy = s3.get_bucket_policy().bucket(bucket).send().await.ok().and_then(|got| got.policy);
    let block = s3.get_public_access_block().bucket(bucket).send().await.ok();
    let acl = s3.get_bucket_acl().bucket(bucket).send().await.ok();
    let cors = s3.get_bucket_cors().bucket(bucket).send().await.ok();
    [
        policy,
        block.map(|got| format!("{:?}", got.public_access_block_configuration)),
        acl.map(|got| {
            // In whatever order they come, and whatever names they show.
            let grants = got.grants.unwrap_or_default().into_iter();
            let told = grants.map(|g| (g.grantee.map(|to| (to.id, to.uri)), g.permission));
            told.map(|grant| format!("{grant:?}")).collect::<BTreeSet<_>>()
        })
        .map(|grants| format!("{grants:?}")),
        cors.map(|got| format!("{:?}", got.cors_rules)),
    ]
}

/// Open in every way there is.
async fn wide_open(name: &str) -> String {
    use aws_sdk_s3::types as s3;
    let bucket = open_bucket(name).await;
    let root = root();
    let rule = s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::ObjectWriter);
    let rule = rule.build().expect("a rule");
    let controls = s3::OwnershipControls::builder().rules(rule).build().expect("controls");
    let call = root.put_bucket_ownership_controls().bucket(&bucket).ownership_controls(controls);
    call.send().await.expect("ACLs are on");
    let call = root.put_bucket_acl().bucket(&bucket).acl(s3::BucketCannedAcl::PublicRead);
    call.send().await.expect("its ACL is public");
    let rule = s3::CorsRule::builder().allowed_origins("*").allowed_methods("GET").build().expect("a rule");
    let cors = s3::CorsConfiguration::builder().cors_rules(rule).build().expect("rules");
    let call = root.put_bucket_cors().bucket(&bucket).cors_configuration(cors);
    call.send().await.expect("browsers may read it");
    bucket
}

/// Of an IAM user who opened a bucket.
pub(super) fn opened(house: &House, bucket: &str) -> Report {
    let accused = &house.account.accused;
    house.report().kind("Policy:S3/BucketAnonymousAccessGranted").resource(serde_json::json!({
        "resourceType": "S3Bucket",
        "accessKeyDetails": {
            "userType": "IAMUser", "userName": accused.user, "accessKeyId": accused.key, "principalId": accused.unique_id
        },
        "s3BucketDetails": [{ "name": bucket, "arn": format!("arn:aws:s3:::{bucket}"), "type": "Destination" }],
    }))
}

async fn asked_of_the_bucket(
    name: &str,
    bucket: &str,
    remedy: &str,
    s3control: Option<&Front>,
) -> (House, Message) {
    let tables = format!("[owners.principals]\n\"arn:aws:s3:::{bucket}\" = \"U0BOB\"");
    let plan = House::build(name).owner(None).tables(&tables).with(r#"ask = "bucket-owner""#);
    let mut plan = plan.with(&format!("offer = [\"advise\", \"{remedy}\"]"));
    if let Some(front) = s3control {
        plan = plan.env("AWS_ENDPOINT_URL_S3_CONTROL", &front.url());
    }
    let house = plan.start().await;
    let_in(&house, bucket, &[Remedy::parse(remedy).expect("a remedy")]).await;
    house.finding(&opened(&house, bucket)).await;
    let prompt = house.prompt_for("U0BOB").await;
    (house, prompt)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_was_closed_in_mid_write_is_closed_once() {
    for (remedy, verb, writes) in [
        ("block-bucket-public-access", "PUT", 1),
        ("deny-principal-on-bucket", "PUT", 2),
        ("make-acl-private", "PUT", 2),
        ("remove-cors", "DELETE", 1),
    ] {
        let bucket = wide_open(&format!("crash-{remedy}")).await;
        let before = bucket_as_it_is(&bucket).await;
        let (mut house, prompt) =
            asked_of_the_bucket(&format!("crash-{remedy}"), &bucket, remedy, None).await;
        let (front, write) = (house.front.clone(), format!("{verb} /{bucket}/"));
        cut_short(&mut house, &front, &prompt, "U0BOB", &Cut { remedy, write: &write, writes }).await;
        assert_eq!(bucket_as_it_is(&bucket).await, before, "{remedy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_closed_in_mid_write_is_closed_once() {
    let moto = tokio::task::spawn_blocking(Moto::shared).await.expect("moto starts");
    let _alone = ACCOUNT_SETTINGS.lock().await;
    let address = moto.url().trim_start_matches("http://").parse().expect("moto has an address");
    let front = Front::start(address, None).await.expect("a second front starts");
    let bucket = open_bucket("crash-account").await;
    let remedy = "block-account-public-access";
    let (mut house, prompt) = asked_of_the_bucket("crash-account", &bucket, remedy, Some(&front)).await;
    let write = "PUT /v20180820/configuration/publicAccessBlock";
    cut_short(&mut house, &front, &prompt, "U0BOB", &Cut { remedy, write, writes: 1 }).await;
    assert_eq!(front.requests("DELETE /v20180820/configuration/publicAccessBlock").len(), 1);
}

#[cfg(feature = "ec2")]
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_was_contained_in_mid_write_is_contained_once() {
    for (remedy, write, writes) in [
        ("snapshot-instance", "CreateSnapshots", 1),
        ("isolate-instance", "ModifyNetworkInterfaceAttribute", 4 + 4),
        ("detach-instance-profile", "DisassociateIamInstanceProfile", 1),
        ("require-imdsv2", "ModifyInstanceMetadataOptions", 2),
        ("stop-instance", "StopInstances", 1),
    ] {
        let offer = format!("offer = [\"advise\", \"{remedy}\"]");
        let (mut house, world) = super::instance::house(&format!("crash-{remedy}"), "enforce", &offer).await;
        let moto = Moto::shared().url().trim_start_matches("http://").parse().expect("an address");
        // The instance's role is where the instance is.
        house.front.route("iam", moto);
        world.give_role(&format!("story-{remedy}")).await;
        let before = world.state().await;
        house.finding(&Report::mining(&world.id)).await;
        let prompt = house.prompt_for("U0ALICE").await;
        let front = house.front.clone();
        cut_short(&mut house, &front, &prompt, "U0ALICE", &Cut { remedy, write, writes }).await;
        assert_eq!(world.state().await, before, "{remedy}");
        assert_eq!(front.requests("StartInstances").len(), usize::from(remedy == "stop-instance"));
    }
}
