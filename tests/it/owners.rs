//! Owners and evidence against the emulators and the stubs.
//! Never here: remedies.

mod evidence;
mod permits;
mod sso;
mod trail;

use crate::emulator::{ACCOUNT, By, Calls, Emulator, Fixed, TestUser, allow, plain};
use jiff::{SignedDuration, Timestamp};
use sim::aws::{Aws, Front};
use sim::fault::Fault;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use vouch::aws::clients::Clients;
use vouch::aws::dossier::Dossiers;
use vouch::aws::investigate::{self, Investigate};
use vouch::aws::owners::{self, Owners};
use vouch::case::evidence::Evidence;
use vouch::case::finding::{Finding, Resource};
use vouch::case::owner::{Confidence, Handle, Lead, PersonId, Source};
use vouch::case::playbook::Ask;
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind};
use vouch::config;
use vouch::ports::{Investigator, OwnerDirectory};

/// Where the findings are.
const REGION: &str = "eu-central-1";
/// What a search has.
const SEARCH: Duration = Duration::from_secs(20);

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn slack(id: &str) -> Handle {
    Handle::Slack(person(id))
}

fn email(address: &str) -> Handle {
    Handle::Email(address.to_owned())
}

/// About a user, seen at this time.
fn finding(user: &TestUser, seen: Timestamp) -> Finding {
    let bare = crate::findings::bare("UnauthorizedAccess:IAMUser/MaliciousIPCaller", ACCOUNT, REGION);
    let principal = Principal {
        kind: PrincipalKind::IamUser,
        partition: Partition::Commercial,
        account: Some(account()),
        name: user.name.clone(),
        session: None,
        unique_id: Some(user.id.clone()),
        access_key: None,
    };
    let id = format!("finding-{}", user.name);
    Finding { id, updated_at: seen, first_seen: Some(seen), principal, ..bare }
}

/// A key of a session, of the shape that AWS gives them.
fn session_key(tail: &str) -> AccessKeyId {
    AccessKeyId::parse(&format!("ASIA{:X>16}", tail.to_uppercase())).unwrap()
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

/// The emulator behind a front that counts, the stubs beside it, and somebody who may do what is declared and no more.
struct Scene {
    front: Front,
    stubs: Aws,
    calls: Calls,
    hub: TestUser,
    /// The last moment before anything happened.
    then: Timestamp,
}

impl Scene {
    async fn new(test: &str) -> Self {
        let then = sim::rt::now();
        let emulator = tokio::task::spawn_blocking(|| Emulator::shared().url()).await.unwrap();
        let upstream = emulator.trim_start_matches("http://").parse().unwrap();
        let stubs = Aws::start().await.unwrap();
        let front = Front::start(upstream, Some(stubs.address())).await.unwrap();
        let aws = Emulator::shared();
        let hub = aws.create_user(&format!("{test}-hub")).await;
        let sources = Source::ALL.into_iter().flat_map(owners::actions);
        let actions: Vec<&str> = investigate::ACTIONS.iter().chain(sources).copied().collect();
        aws.put_policy(&hub.name, "Vouch", &allow(&actions)).await;
        Self { front, stubs, calls: Calls::default(), hub, then }
    }

    /// A week and a day later: long enough for a tag to have stood.
    fn later(&self) -> Timestamp {
        self.then + SignedDuration::from_hours(8 * 24)
    }

    fn dossiers(&self, aws: &config::Aws, now: Timestamp) -> Arc<Dossiers> {
        let sdk = Emulator::shared().sdk_as(self.hub.credentials());
        let sdk = sdk.into_builder().endpoint_url(self.front.url()).build();
        let clients = Clients::with_sdk(sdk, aws, Arc::new(Fixed(now))).unwrap();
        Arc::new(Dossiers::new(Arc::new(clients.observed_by(self.calls.observer(By::Evidence)))))
    }

    /// Everything as it is an hour after `finding`.
    fn owners(&self, settings: config::Owners, finding: &Finding) -> Owners {
        Owners::new(self.dossiers(&plain(), finding.updated_at + SignedDuration::from_hours(1)), settings)
    }

    async fn leads(&self, settings: config::Owners, finding: &Finding) -> (Vec<Lead>, Vec<String>) {
        self.owners(settings, finding).leads(finding, Ask::Owner, SEARCH).await.unwrap()
    }

    async fn evidence(&self, finding: &Finding) -> Evidence {
        let now = finding.updated_at + SignedDuration::from_hours(1);
        Investigate::new(self.dossiers(&plain(), now)).evidence(finding).await.unwrap()
    }
}

fn shown(leads: &[Lead]) -> Vec<(Handle, Source, Confidence)> {
    leads.iter().map(|l| (l.handle.clone(), l.source, l.confidence)).collect()
}

async fn tag(user: &TestUser, key: &str, value: &str) {
    let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap();
    Emulator::shared().iam().tag_user().user_name(&user.name).tags(tag).send().await.unwrap();
}

/// A role that anybody may be said to have assumed; gives its unique id.
async fn role(name: &str, path: &str) -> String {
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }],
    });
    let iam = Emulator::shared().iam();
    let made = iam.create_role().role_name(name).path(path).assume_role_policy_document(trust.to_string());
    made.send().await.unwrap().role.unwrap().role_id
}

/// About a session of a role.
async fn session(role_name: &str, path: &str, session: &str, seen: Timestamp) -> Finding {
    let id = role(role_name, path).await;
    let somebody = TestUser { name: role_name.to_owned(), id, key: String::new(), secret: String::new() };
    let mut finding = finding(&somebody, seen);
    finding.principal.kind = PrincipalKind::RoleSession;
    finding.principal.session = Some(session.to_owned());
    finding
}

#[tokio::test]
async fn sources_are_asked_in_the_configured_order() {
    let s = Scene::new("owned").await;
    let user = Emulator::shared().create_user_at("owned", "/ops/").await;
    tag(&user, "SlackUserID", "U0TAGGED").await;
    tag(&user, "Email", "Al@Example.com").await;
    let mut wanted = settings();
    wanted.principals = vec![
        (format!("arn:aws:iam::{ACCOUNT}:user/*"), person("U0EVERY")),
        (format!("arn:aws:iam::{ACCOUNT}:user/ops/*"), person("U0OPS")),
    ];
    wanted.accounts.insert(account(), person("U0ACCOUNT"));
    let finding = finding(&user, s.then);
    let (leads, _) = s.leads(wanted.clone(), &finding).await;
    assert_eq!(
        shown(&leads),
        [
            (slack("U0OPS"), Source::Static, Confidence::High),
            (email("al@example.com"), Source::Tags, Confidence::Low),
            (slack("U0TAGGED"), Source::Tags, Confidence::Low),
            (slack("U0ACCOUNT"), Source::Account, Confidence::Medium),
        ]
    );
    let made = s.calls.made();
    assert_eq!(made.iter().filter(|call| *call == "iam:GetUser").count(), 1, "{made:?}");
    wanted.sources = vec![Source::Account, Source::Tags];
    let two = s.owners(wanted, &finding);
    let (leads, _) = two.leads(&finding, Ask::Owner, SEARCH).await.unwrap();
    assert_eq!(leads.first().map(|l| l.source), Some(Source::Account));
    assert_eq!(two.leads(&finding, Ask::Security, SEARCH).await.unwrap().0, []);
}

#[tokio::test]
async fn what_could_not_be_asked_is_said() {
    let s = Scene::new("owned-none").await;
    let user = Emulator::shared().create_user("owned-by-nobody").await;
    let (leads, notes) = s.leads(settings(), &finding(&user, s.then)).await;
    assert_eq!((leads, notes), (vec![], Vec::<String>::new()));
    let gone = TestUser { name: "owned-gone".into(), ..user };
    let mut wanted = settings();
    wanted.principals = vec![(format!("arn:aws:iam::{ACCOUNT}:user/owned-*"), person("U0EVERY"))];
    let (leads, notes) = s.leads(wanted, &finding(&gone, s.then)).await;
    assert_eq!(leads.len(), 1);
    assert!(notes.iter().any(|n| n.contains("iam:GetUser in account 000000000000")), "{notes:?}");
    assert!(notes.iter().any(|n| n.contains("iam:ListUserTags")), "{notes:?}");
}

/// One look-up after the other, none of them long enough to be given up: together longer than a search may take.
#[tokio::test]
async fn a_source_that_takes_too_long_loses_nobody_whom_another_names() {
    let s = Scene::new("owned-slow").await;
    let user = Emulator::shared().create_user("owned-slowly").await;
    let mut wanted = settings();
    wanted.principals = vec![(format!("arn:aws:iam::{ACCOUNT}:user/owned-*"), person("U0EVERY"))];
    s.front.fault("GetUser", Fault::Slow { millis: 9000 }, 9);
    s.stubs.fault("LookupEvents", Fault::Hang { stored: false }, 99);
    let (leads, notes) = s.leads(wanted, &finding(&user, s.then)).await;
    assert_eq!(shown(&leads), [(slack("U0EVERY"), Source::Static, Confidence::High)]);
    for said in ["patterns with a path could not be matched: it took too long", "creator: it took too long"] {
        assert!(notes.iter().any(|note| note == said), "{said}: {notes:?}");
    }
}

/// What was read about a forged body says nothing about the genuine one of the same id and version.
#[tokio::test]
async fn what_was_read_for_a_forged_body_is_read_anew() {
    let s = Scene::new("owned-forged").await;
    let user = Emulator::shared().create_user("owned-genuine").await;
    tag(&user, "SlackUserId", "U0GENUINE").await;
    let genuine = finding(&user, s.then);
    let mut forged = genuine.clone();
    forged.principal.name = "owned-nobody".into();
    let mut wanted = settings();
    wanted.sources = vec![Source::Tags];
    let owners = s.owners(wanted, &genuine);
    assert_eq!(owners.leads(&forged, Ask::Owner, SEARCH).await.unwrap().0, []);
    let (leads, _) = owners.leads(&genuine, Ask::Owner, SEARCH).await.unwrap();
    assert_eq!(leads[0].handle, slack("U0GENUINE"));
}

/// A search that is made again has what the first one left.
#[tokio::test]
async fn with_little_time_left_whoever_is_known_is_named() {
    let s = Scene::new("owned-late").await;
    let user = Emulator::shared().create_user("owned-lately").await;
    let mut wanted = settings();
    wanted.principals = vec![(format!("arn:aws:iam::{ACCOUNT}:user/owned-*"), person("U0EVERY"))];
    s.stubs.fault("LookupEvents", Fault::Hang { stored: false }, 99);
    let finding = finding(&user, s.then);
    let (owners, left) = (s.owners(wanted, &finding), Duration::from_secs(5));
    let found = tokio::time::timeout(left, owners.leads(&finding, Ask::Owner, left)).await;
    let (leads, _) = found.expect("in time").unwrap();
    assert_eq!(shown(&leads), [(slack("U0EVERY"), Source::Static, Confidence::High)]);
}

#[tokio::test]
async fn resources_and_sessions_are_matched_by_their_own_arns() {
    let s = Scene::new("owned-arns").await;
    let user = Emulator::shared().create_user("owned-else").await;
    let mut wanted = settings();
    wanted.sources = vec![Source::Static];
    wanted.principals = vec![
        ("arn:aws:s3:::logs*".into(), person("U0BUCKET")),
        (format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/*"), person("U0DEPLOY")),
    ];
    let mut bucket = finding(&user, s.then);
    let owners = s.owners(wanted, &bucket);
    bucket.resource =
        Some(Resource::Bucket { name: "logs".into(), arn: "arn:aws:s3:::logs".into(), all: vec![] });
    let (leads, _) = owners.leads(&bucket, Ask::BucketOwner, SEARCH).await.unwrap();
    assert_eq!(leads[0].handle, slack("U0BUCKET"));
    assert_eq!(owners.leads(&bucket, Ask::Owner, SEARCH).await.unwrap().0, []);
    let mut session = finding(&user, s.then);
    session.id = "another".into();
    session.principal.kind = PrincipalKind::RoleSession;
    (session.principal.name, session.principal.session) = ("deploy".into(), Some("ci-42".into()));
    let (leads, _) = owners.leads(&session, Ask::Owner, SEARCH).await.unwrap();
    assert_eq!(leads[0].handle, slack("U0DEPLOY"));
}
