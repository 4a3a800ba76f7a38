//! What is read about users, roles and others before anybody is asked, and with which calls.
//! Never here: whom it leads to.

use super::*;
use sim::fault::Fault;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use vouch::case::evidence::{ChainEnd, OtherKind};

const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A user with everything that can be looked at.
pub(super) async fn rich(s: &Scene, name: &str) -> TestUser {
    let aws = Emulator::shared();
    let user = aws.create_user_at(name, "/ops/").await;
    let iam = aws.iam();
    let group = format!("{name}-admins");
    iam.create_group().group_name(&group).send().await.unwrap();
    iam.attach_group_policy().group_name(&group).policy_arn(ADMIN).send().await.unwrap();
    let put =
        iam.put_group_policy().group_name(&group).policy_name("Read").policy_document(allow(&["s3:Get*"]));
    put.send().await.unwrap();
    iam.add_user_to_group().group_name(&group).user_name(name).send().await.unwrap();
    let call = iam.create_policy().policy_name(format!("{name}-keys"));
    let made = call.policy_document(allow(&["iam:CreateAccessKey"])).send().await.unwrap();
    aws.attach(name, made.policy.unwrap().arn.as_deref().unwrap()).await;
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.put_user_permissions_boundary().user_name(name).permissions_boundary(boundary).send().await.unwrap();
    aws.give_password(name, false).await;
    s.stubs.put_extra(name, "ListSSHPublicKeys", "APKASSH", "Inactive");
    s.stubs.put_extra(name, "ListServiceSpecificCredentials", "codecommit.amazonaws.com", "Active");
    s.stubs.put_extra(name, "ListSigningCertificates", "CERT", "Active");
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/ops/{name}");
    s.stubs.put_service(&arn, "ec2", None);
    s.stubs.put_service(&arn, "s3", Some(s.then));
    s.stubs.put_service(&arn, "sts", Some(s.then + SignedDuration::from_mins(1)));
    user
}

#[tokio::test]
async fn evidence_of_a_user() {
    let s = Scene::new("seen").await;
    let user = rich(&s, "seen").await;
    let e = s.evidence(&finding(&user, s.then)).await;
    assert_eq!(e.gaps, Vec::<String>::new());
    assert_eq!(e.arn, Some(format!("arn:aws:iam::{ACCOUNT}:user/ops/seen")));
    assert_eq!((e.unique_id, e.kind), (Some(user.id.clone()), None));
    assert!(e.created_at.is_some() && e.admin && e.writes_iam);
    assert_eq!(e.boundary.as_deref(), Some("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_eq!((e.keys.len(), e.keys[0].active, &e.keys[0].id), (1, true, &user.key));
    assert_eq!(
        (e.policies, e.groups),
        (vec!["seen-keys".into(), "Work".into()], vec!["seen-admins".to_owned()])
    );
    assert_eq!((e.console_password, e.mfa_devices), (Some(true), Some(0)));
    let services: Vec<&str> = e.services.iter().map(|s| s.service.as_str()).collect();
    assert_eq!(services, ["sts", "s3"]);
    let others: Vec<_> = e.others.iter().map(|o| (o.kind, o.name.as_str(), o.active)).collect();
    assert_eq!(
        others,
        [
            (OtherKind::ServiceSpecific, "codecommit.amazonaws.com", true),
            (OtherKind::SshKey, "APKASSH", false),
            (OtherKind::SigningCertificate, "CERT", true),
        ]
    );
    let gone = TestUser { name: "seen-never".into(), ..user };
    let e = s.evidence(&finding(&gone, s.then)).await;
    assert!(e.gaps.iter().any(|gap| gap.contains("iam:GetUser")), "{:?}", e.gaps);
}

#[tokio::test]
async fn who_can_change_iam_is_no_administrator_yet() {
    let s = Scene::new("raising").await;
    let user = Emulator::shared().create_user("raising").await;
    let e = s.evidence(&finding(&user, s.then)).await;
    assert_eq!((e.admin, e.writes_iam), (false, false));
    Emulator::shared().put_policy(&user.name, "Raise", &allow(&["iam:Put*"])).await;
    let mut again = finding(&user, s.then);
    again.updated_at += SignedDuration::from_secs(1);
    let e = s.evidence(&again).await;
    assert_eq!((e.admin, e.writes_iam), (false, true));
}

#[tokio::test]
async fn evidence_of_a_role_tells_what_it_really_is() {
    let s = Scene::new("role-seen").await;
    let iam = Emulator::shared().iam();
    let mut finding = session("role-seen", "/", "i-0abc1234def567890", s.then).await;
    finding.principal.kind = PrincipalKind::InstanceRole;
    finding.principal.access_key = Some(session_key("roleseen"));
    let put = iam.put_role_policy().role_name("role-seen").policy_name("All").policy_document(allow(&["*"]));
    put.send().await.unwrap();
    let e = s.evidence(&finding).await;
    assert_eq!((e.admin, e.kind), (true, Some(PrincipalKind::InstanceRole)));
    assert_eq!((e.policies, e.trusts), (vec!["All".to_owned()], vec!["ec2.amazonaws.com".to_owned()]));
    assert_eq!(e.chain.unwrap().end, ChainEnd::NotFound { yet: false });
    // A person called their session after an instance.
    let record = serde_json::json!({
        "eventName": "AssumeRole", "eventTime": s.then, "awsRegion": REGION, "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/mallory"), "accountId": ACCOUNT},
        "responseElements": {"credentials": {"accessKeyId": session_key("roleseen").as_str()}},
    });
    s.stubs.put_event(REGION, record);
    finding.updated_at += SignedDuration::from_secs(1);
    let e = s.evidence(&finding).await;
    assert_eq!(e.kind, Some(PrincipalKind::RoleSession));
    assert_eq!(e.chain.unwrap().hops[0].by, format!("arn:aws:iam::{ACCOUNT}:user/mallory"));
    let linked = session("AWSServiceRoleForSeen", "/aws-service-role/x.amazonaws.com/", "x", s.then).await;
    assert_eq!(s.evidence(&linked).await.kind, Some(PrincipalKind::ServiceLinkedRole));
    let named = session("AWSServiceRoleForFake", "/", "x", s.then).await;
    assert_eq!(s.evidence(&named).await.kind, Some(PrincipalKind::RoleSession));
}

#[tokio::test]
async fn what_the_credential_made_is_listed() {
    let s = Scene::new("made-by").await;
    let user = Emulator::shared().create_user("made-by").await;
    let mut finding = finding(&user, s.then);
    finding.principal.access_key = AccessKeyId::parse("AKIAMADEBYEXAMPLE001");
    let at = |minutes: i64| s.then + SignedDuration::from_mins(minutes);
    let event = |name: &str, minutes: i64, key: &str, id: &str| {
        serde_json::json!({
            "eventName": name, "eventTime": at(minutes), "recipientAccountId": ACCOUNT, "readOnly": name.starts_with("List"),
            "userIdentity": {"type": "IAMUser", "principalId": id, "accessKeyId": key},
            "requestParameters": {"userName": "backdoor"},
        })
    };
    let (ours, id) = ("AKIAMADEBYEXAMPLE001", user.id.as_str());
    s.stubs.put_event("us-east-1", event("CreateUser", 1, ours, id));
    s.stubs.put_event("us-east-1", event("CreateAccessKey", 2, ours, id));
    let mut refused = event("CreateLoginProfile", 3, ours, id);
    refused["errorCode"] = "AccessDenied".into();
    s.stubs.put_event("us-east-1", refused);
    s.stubs.put_event(REGION, event("ListUsers", 4, ours, id));
    s.stubs.put_event(REGION, event("RunInstances", 5, ours, id));
    s.stubs.put_event(REGION, event("CreateUser", -60, ours, id));
    s.stubs.put_event(REGION, event("CreateUser", 1, "AKIAOTHEROTHEROTHER1", id));
    s.stubs.put_event(REGION, event("CreateUser", 1, ours, "AIDAOTHER"));
    let e = s.evidence(&finding).await;
    let made: Vec<_> = e.made.iter().map(|m| (m.event.as_str(), m.what.as_str())).collect();
    assert_eq!(
        made,
        [("RunInstances", "backdoor"), ("CreateAccessKey", "backdoor"), ("CreateUser", "backdoor")]
    );
    assert_eq!(e.gaps, Vec::<String>::new());
}

#[tokio::test]
async fn root_has_no_permissions_to_read_but_credentials_to_count() {
    let s = Scene::new("root-seen").await;
    let user = Emulator::shared().create_user("root-seen").await;
    let mut finding = finding(&user, s.then);
    finding.principal.kind = PrincipalKind::Root;
    let e = s.evidence(&finding).await;
    assert_eq!(e.root.map(|root| (root.keys, root.mfa)), Some((false, false)));
    finding.id = "nobody".into();
    finding.principal.kind = PrincipalKind::Anonymous;
    let e = s.evidence(&finding).await;
    assert_eq!(e.gaps, ["nothing can be looked up about a principal of kind anonymous"]);
}

/// A bucket and an instance, both with a tag that names somebody, and whose owner is asked for.
async fn things(s: &Scene, user: &TestUser) -> Vec<(Finding, Ask)> {
    let bucket = "declared-tagged";
    let s3 = aws_sdk_s3::config::Builder::from(&Emulator::shared().sdk()).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(s3);
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into());
    let made = s3.create_bucket().bucket(bucket).create_bucket_configuration(place.build()).send().await;
    made.unwrap();
    let tag = aws_sdk_s3::types::Tag::builder().key("owner").value("U0TAGGED").build().unwrap();
    let tags = aws_sdk_s3::types::Tagging::builder().tag_set(tag).build().unwrap();
    s3.put_bucket_tagging().bucket(bucket).tagging(tags).send().await.unwrap();
    let about = |id: &str, resource: Resource| {
        let finding = finding(user, s.later());
        Finding {
            id: id.to_owned(),
            resource: Some(resource),
            principal: Principal::nobody(Partition::Commercial),
            ..finding
        }
    };
    let arn = format!("arn:aws:s3:::{bucket}");
    let mut all = vec![(
        about("tagged-bucket", Resource::Bucket { name: bucket.to_owned(), arn, all: vec![] }),
        Ask::BucketOwner,
    )];
    #[cfg(feature = "ec2")]
    {
        let moto = tokio::task::spawn_blocking(crate::moto::Moto::shared).await.unwrap();
        s.front.route("ec2", moto.url().trim_start_matches("http://").parse().unwrap());
        let world = crate::remedies::instances::world::World::four_interfaces(moto).await;
        let tag = aws_sdk_ec2::types::Tag::builder().key("SlackUserId").value("U0TAGGED").build();
        world.ec2.create_tags().resources(&world.id).tags(tag).send().await.unwrap();
        let arn = format!("arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{}", world.id);
        let resource = Resource::Instance { id: world.id, arn };
        all.push((about("tagged-instance", resource), Ask::InstanceOwner));
    }
    all
}

/// The list that `iam-policy` prints and `check` tests is what is called, and nothing else.
#[tokio::test]
async fn the_calls_made_are_the_calls_declared() {
    let s = Scene::new("declared").await;
    let user = rich(&s, "declared").await;
    assert_eq!(s.evidence(&finding(&user, s.then)).await.gaps, Vec::<String>::new());
    let role = session("declared-role", "/", "x", s.then).await;
    let iam = Emulator::shared().iam();
    let put =
        iam.put_role_policy().role_name("declared-role").policy_name("A").policy_document(allow(&["s3:*"]));
    put.send().await.unwrap();
    assert_eq!(s.evidence(&role).await.gaps, Vec::<String>::new());
    let mut root = finding(&user, s.then);
    (root.id, root.principal.kind) = ("root".into(), PrincipalKind::Root);
    s.evidence(&root).await;
    // Nobody needs leave to ask who they are.
    let needed = |calls: Vec<String>| -> BTreeSet<String> {
        calls.into_iter().filter(|call| call != "sts:GetCallerIdentity").collect()
    };
    let made = needed(s.calls.made());
    let declared: BTreeSet<String> = investigate::ACTIONS.iter().map(|a| (*a).to_owned()).collect();
    assert_eq!(made, declared);

    let s = Scene::new("declared-owners").await;
    let things = things(&s, &user).await;
    for source in Source::ALL {
        let before = s.calls.made().len();
        let mut wanted = settings();
        wanted.sources = vec![source];
        wanted.principals = vec![("arn:aws:iam::*:user/nobody".into(), person("U0NOBODY"))];
        tag(&user, "owner", "U0TAGGED").await;
        let mut asked = finding(&user, s.later());
        asked.principal.access_key = Some(session_key("declared"));
        s.leads(wanted.clone(), &asked).await;
        let role = session(&format!("declared-{}", source.as_str()), "/", "x", s.later()).await;
        let tag = aws_sdk_iam::types::Tag::builder().key("owner").value("U0TAGGED").build().unwrap();
        iam.tag_role().role_name(&role.principal.name).tags(tag).send().await.unwrap();
        wanted.identity_store_id = "d-1234567890".into();
        s.leads(wanted.clone(), &role).await;
        for (finding, ask) in &things {
            let (leads, _) = s.owners(wanted.clone(), finding).leads(finding, *ask, SEARCH).await.unwrap();
            let tagged = leads.iter().filter(|l| l.handle == slack("U0TAGGED")).map(|l| l.confidence);
            let low = (source == Source::Tags).then_some(Confidence::Low);
            assert_eq!(tagged.collect::<Vec<_>>(), Vec::from_iter(low), "{ask:?} by {}", source.as_str());
        }
        let mut made = needed(s.calls.made().split_off(before));
        // S3 tells a bucket's Region to whoever asks, with its refusal too.
        made.remove("s3:HeadBucket");
        let declared: BTreeSet<String> = owners::actions(source).iter().map(|a| (*a).to_owned()).collect();
        assert_eq!(made, declared, "{}", source.as_str());
    }
}

/// Whichever call is the slow one, the others do not wait for it one after the other, and none is made twice.
#[tokio::test]
async fn look_ups_run_side_by_side_and_once() {
    // Long beside what a busy machine adds to all the others.
    const SLOW: Duration = Duration::from_secs(6);
    let s = Scene::new("parallel").await;
    let user = rich(&s, "parallel").await;
    let slow = ["GetUser", "GetPolicyVersion", "ListSSHPublicKeys"];
    for (n, operation) in slow.into_iter().enumerate() {
        let mut finding = finding(&user, s.then);
        finding.id = format!("parallel-{n}");
        s.front.fault(operation, Fault::Slow { millis: SLOW.as_millis().try_into().unwrap() }, 1);
        let (before, began) = (s.calls.made().len(), Instant::now());
        assert_eq!(s.evidence(&finding).await.gaps, Vec::<String>::new());
        let took = began.elapsed();
        assert!(took < SLOW.mul_f64(1.5), "{operation} slow: {took:?}");
        let made = s.calls.made().split_off(before);
        // One for each Region; the list of services is asked for until it is ready.
        let repeated = ["cloudtrail:LookupEvents", "iam:GetServiceLastAccessedDetails"];
        let mut once: Vec<_> = made.iter().filter(|call| !repeated.contains(&call.as_str())).collect();
        once.sort();
        let all = once.len();
        once.dedup();
        assert_eq!(all, once.len(), "{made:?}");
    }
}

#[tokio::test]
async fn what_is_denied_is_a_gap_and_the_rest_is_told() {
    let s = Scene::new("denied").await;
    let user = rich(&s, "denied").await;
    Emulator::shared()
        .put_policy(&s.hub.name, "Vouch", &allow(&["iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"]))
        .await;
    let e = s.evidence(&finding(&user, s.then)).await;
    assert_eq!(e.keys.len(), 1);
    for operation in ["iam:GetUser", "iam:ListGroupsForUser", "iam:GetLoginProfile"] {
        assert!(e.gaps.iter().any(|gap| gap.contains(operation)), "no {operation}: {:?}", e.gaps);
    }
    assert_eq!((e.admin, e.mfa_devices, e.console_password), (false, None, None));
}
