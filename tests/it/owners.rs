//! Owners and evidence against the emulator.
//! Never here: remedies.

use crate::emulator::{ACCOUNT, Emulator, TestUser, allow, plain};
use std::collections::BTreeMap;
use std::sync::Arc;
use vouch::aws::clients::Clients;
use vouch::aws::investigate::{self, Investigate};
use vouch::aws::owners::{self, Owners};
use vouch::case::finding::{Activity, Finding, Form, Resource};
use vouch::case::owner::{Confidence, Handle, PersonId, Source};
use vouch::case::playbook::Ask;
use vouch::case::principal::{AccountId, Partition, Principal, PrincipalKind, Region};
use vouch::config;
use vouch::ports::{Investigator, OwnerDirectory};

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn finding(user: &TestUser) -> Finding {
    Finding {
        id: "aa11".into(),
        kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".into(),
        account: account(),
        region: Region::parse("eu-central-1").unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: String::new(),
        description: String::new(),
        updated_at: "2026-11-20T10:00:00Z".parse().unwrap(),
        first_seen: None,
        last_seen: None,
        count: 1,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind: PrincipalKind::IamUser,
            partition: Partition::Commercial,
            account: Some(account()),
            name: user.name.clone(),
            session: None,
            unique_id: Some(user.id.clone()),
            access_key: None,
        },
        resource: None,
        activity: Activity::default(),
    }
}

fn settings() -> config::Owners {
    config::Owners {
        sources: Source::ALL.to_vec(),
        tag_keys: vec!["owner".into(), "email".into(), "SlackUserId".into()],
        principals: vec![],
        emails: BTreeMap::new(),
        accounts: BTreeMap::new(),
        identity_store_id: String::new(),
        identity_store_region: String::new(),
        identity_store_role: String::new(),
    }
}

/// As a user who may do what is declared and nothing else.
async fn clients(actions: &[&str], test: &str) -> Arc<Clients> {
    let aws = Emulator::shared();
    let hub = aws.create_user(&format!("{test}-hub")).await;
    aws.put_policy(&hub.name, "Vouch", &allow(actions)).await;
    Arc::new(aws.clients(hub.credentials(), &plain(), "2026-11-20T10:00:00Z".parse().unwrap()))
}

async fn owners(settings: config::Owners, test: &str) -> Owners {
    Owners::new(clients(&owners::ACTIONS, test).await, settings)
}

async fn tag(user: &TestUser, key: &str, value: &str) {
    let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap();
    Emulator::shared().iam().tag_user().user_name(&user.name).tags(tag).send().await.unwrap();
}

#[tokio::test]
async fn sources_are_asked_in_the_configured_order() {
    let user = Emulator::shared().create_user_at("owned", "/ops/").await;
    tag(&user, "SlackUserID", "U0TAGGED").await;
    tag(&user, "Email", "Al@Example.com").await;
    let mut wanted = settings();
    wanted.principals = vec![
        (format!("arn:aws:iam::{ACCOUNT}:user/*"), person("U0EVERY")),
        (format!("arn:aws:iam::{ACCOUNT}:user/ops/*"), person("U0OPS")),
    ];
    wanted.accounts.insert(account(), person("U0ACCOUNT"));
    let all = owners(wanted.clone(), "owned-all").await;
    let (leads, notes) = all.leads(&finding(&user), Ask::Owner).await.unwrap();
    let got: Vec<_> = leads.iter().map(|l| (l.handle.clone(), l.source, l.confidence)).collect();
    let slack = |id: &str| Handle::Slack(person(id));
    assert_eq!(
        got,
        [
            (slack("U0OPS"), Source::Static, Confidence::High),
            (Handle::Email("al@example.com".into()), Source::Tags, Confidence::Low),
            (slack("U0TAGGED"), Source::Tags, Confidence::Low),
            (slack("U0ACCOUNT"), Source::Account, Confidence::Medium),
        ]
    );
    assert_eq!(notes, Vec::<String>::new());
    wanted.sources = vec![Source::Account, Source::Tags];
    let two = owners(wanted, "owned-two").await;
    let (leads, _) = two.leads(&finding(&user), Ask::Owner).await.unwrap();
    assert_eq!(leads.first().map(|l| l.source), Some(Source::Account));
    assert_eq!(two.leads(&finding(&user), Ask::Security).await.unwrap().0, []);
}

#[tokio::test]
async fn what_could_not_be_asked_is_said() {
    let user = Emulator::shared().create_user("owned-by-nobody").await;
    let (leads, notes) =
        owners(settings(), "owned-none").await.leads(&finding(&user), Ask::Owner).await.unwrap();
    assert_eq!(
        (leads, notes),
        (vec![], vec!["not built in this version and skipped: sso, trail, creator".to_owned()])
    );
    let gone = TestUser { name: "owned-gone".into(), ..user };
    let mut wanted = settings();
    wanted.principals = vec![(format!("arn:aws:iam::{ACCOUNT}:user/owned-*"), person("U0EVERY"))];
    let (leads, notes) = owners(wanted, "owned-gone").await.leads(&finding(&gone), Ask::Owner).await.unwrap();
    assert_eq!(leads.len(), 1);
    assert!(notes.iter().any(|n| n.contains("iam:GetUser in account 000000000000")), "{notes:?}");
    assert!(notes.iter().any(|n| n.contains("iam:ListUserTags")), "{notes:?}");
}

#[tokio::test]
async fn resources_and_sessions_are_matched_by_their_own_arns() {
    let user = Emulator::shared().create_user("owned-else").await;
    let mut wanted = settings();
    wanted.sources = vec![Source::Static];
    wanted.principals = vec![
        ("arn:aws:s3:::logs*".into(), person("U0BUCKET")),
        (format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/*"), person("U0DEPLOY")),
    ];
    let owners = owners(wanted, "owned-arns").await;
    let mut bucket = finding(&user);
    bucket.resource =
        Some(Resource::Bucket { name: "logs".into(), arn: "arn:aws:s3:::logs".into(), all: vec![] });
    let (leads, _) = owners.leads(&bucket, Ask::BucketOwner).await.unwrap();
    assert_eq!(leads[0].handle, Handle::Slack(person("U0BUCKET")));
    assert_eq!(owners.leads(&bucket, Ask::Owner).await.unwrap().0, []);
    let mut session = finding(&user);
    session.principal.kind = PrincipalKind::RoleSession;
    (session.principal.name, session.principal.session) = ("deploy".into(), Some("ci-42".into()));
    let (leads, _) = owners.leads(&session, Ask::Owner).await.unwrap();
    assert_eq!(leads[0].handle, Handle::Slack(person("U0DEPLOY")));
}

#[tokio::test]
async fn evidence_of_a_user() {
    let aws = Emulator::shared();
    let user = aws.create_user_at("seen", "/ops/").await;
    let iam = aws.iam();
    iam.create_group().group_name("seen-admins").send().await.unwrap();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.attach_group_policy().group_name("seen-admins").policy_arn(admin).send().await.unwrap();
    iam.add_user_to_group().group_name("seen-admins").user_name(&user.name).send().await.unwrap();
    let investigate = Investigate::new(clients(&investigate::ACTIONS, "seen").await);
    let e = investigate.evidence(&finding(&user)).await.unwrap();
    assert_eq!(e.gaps, Vec::<String>::new());
    assert_eq!(e.arn, Some(format!("arn:aws:iam::{ACCOUNT}:user/ops/seen")));
    assert_eq!(e.unique_id, Some(user.id.clone()));
    assert!(e.created_at.is_some() && e.admin);
    assert_eq!((e.keys.len(), e.keys[0].active, &e.keys[0].id), (1, true, &user.key));
    assert_eq!((e.policies, e.groups), (vec!["Work".to_owned()], vec!["seen-admins".to_owned()]));
    assert_eq!((e.console_password, e.mfa_devices), (Some(false), Some(0)));
    let mut role = finding(&user);
    role.principal.kind = PrincipalKind::RoleSession;
    assert_eq!(investigate.evidence(&role).await.unwrap().gaps.len(), 1);
    let gone = TestUser { name: "seen-never".into(), ..user };
    let e = investigate.evidence(&finding(&gone)).await.unwrap();
    assert!(e.gaps.iter().any(|gap| gap.contains("iam:GetUser")), "{:?}", e.gaps);
}
