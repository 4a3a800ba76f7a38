//! The sources `trail` and `creator`, and what makes a tag trusted: by what the CloudTrail stub holds.
//! Never here: evidence.

use super::*;
use serde_json::{Value, json};

const IAM: &str = "us-east-1";

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

/// An event at a time, by somebody.
fn event(name: &str, at: Timestamp, who: Value, request: Value) -> Value {
    json!({
        "eventID": format!("{name}-{at}"), "eventName": name, "eventTime": at, "readOnly": false,
        "eventSource": "iam.amazonaws.com", "awsRegion": IAM, "recipientAccountId": ACCOUNT,
        "userIdentity": who, "requestParameters": request, "responseElements": null,
    })
}

/// `key` was issued by this call.
fn issued(name: &str, at: Timestamp, who: Value, key: &AccessKeyId) -> Value {
    let mut event = event(name, at, who, json!({"roleSessionName": "mallory@example.com"}));
    event["responseElements"] = json!({"credentials": {"accessKeyId": key.as_str()}});
    event
}

fn user(name: &str, key: &str) -> Value {
    json!({"type": "IAMUser", "arn": arn(&format!("user/{name}")), "accountId": ACCOUNT, "userName": name,
           "principalId": format!("AIDA{}", name.to_uppercase()), "accessKeyId": key})
}

/// A session of a role, called by an address that its caller made up.
fn assumed(role: &str, key: &AccessKeyId) -> Value {
    json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/mallory@example.com"),
           "principalId": format!("AROA{}:mallory@example.com", role.to_uppercase()), "accountId": ACCOUNT,
           "accessKeyId": key.as_str(),
           "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn(&format!("role/{role}")), "userName": role}}})
}

fn only(source: Source) -> config::Owners {
    let mut wanted = settings();
    wanted.sources = vec![source];
    wanted.principals = vec![(arn("user/alice"), person("U0ALICE"))];
    wanted
}

/// A finding about a session of `Deploy`, made with this key.
async fn deploy(s: &Scene, test: &str, key: &AccessKeyId) -> Finding {
    let mut finding = session(&format!("Deploy-{test}"), "/", "mallory@example.com", s.then).await;
    finding.principal.access_key = Some(key.clone());
    finding
}

#[tokio::test]
async fn a_session_is_traced_to_the_user_who_began() {
    let s = Scene::new("traced").await;
    let (first, last) = (session_key("traced1"), session_key("traced2"));
    // In the Region of the finding, and in the one for IAM's and global calls.
    s.stubs.put_event(REGION, issued("AssumeRole", s.then, assumed("Hop", &first), &last));
    s.stubs.put_event(IAM, issued("AssumeRole", s.then, user("alice", "AKIAALICEALICEALICE1"), &first));
    let finding = deploy(&s, "traced", &last).await;
    let (leads, notes) = s.leads(only(Source::Trail), &finding).await;
    assert_eq!(shown(&leads), [(slack("U0ALICE"), Source::Trail, Confidence::Medium)]);
    assert_eq!(notes, Vec::<String>::new());
    // Nobody is asked for having been named in a session.
    let mut nobody = only(Source::Trail);
    nobody.principals.clear();
    let (leads, notes) = s.leads(nobody, &finding).await;
    assert_eq!(leads, []);
    assert!(notes[0].contains("user/alice"), "{notes:?}");
}

#[tokio::test]
async fn identity_providers_name_their_people() {
    let s = Scene::new("provider").await;
    for (n, kind, name, event) in [
        (1, "SAMLUser", "carol@example.com", "AssumeRoleWithSAML"),
        (2, "WebIdentityUser", "dave@example.com", "AssumeRoleWithWebIdentity"),
        (3, "WebIdentityUser", "repo:corp/site:ref:refs/heads/main", "AssumeRoleWithWebIdentity"),
    ] {
        let key = session_key(&format!("provider{n}"));
        let who = json!({"type": kind, "principalId": format!("x:{name}"), "userName": name, "identityProvider": "idp"});
        s.stubs.put_event(REGION, issued(event, s.then, who, &key));
        let finding = deploy(&s, &format!("provider{n}"), &key).await;
        let (leads, notes) = s.leads(only(Source::Trail), &finding).await;
        if n == 3 {
            assert_eq!(leads, []);
            assert!(notes[0].contains("names no address"), "{notes:?}");
        } else {
            assert_eq!(shown(&leads), [(email(name), Source::Trail, Confidence::Medium)]);
        }
    }
}

#[tokio::test]
async fn a_source_identity_counts_by_who_set_it() {
    let s = Scene::new("identity").await;
    // The provider set it.
    let key = session_key("identity1");
    let who =
        json!({"type": "SAMLUser", "principalId": "x:y", "userName": "opaque", "identityProvider": "idp"});
    let mut record = issued("AssumeRoleWithSAML", s.then, who, &key);
    record["responseElements"]["sourceIdentity"] = json!("erin@example.com");
    s.stubs.put_event(REGION, record);
    let (leads, _) = s.leads(only(Source::Trail), &deploy(&s, "identity1", &key).await).await;
    assert_eq!(shown(&leads), [(email("erin@example.com"), Source::Trail, Confidence::Medium)]);
    // It was there before the chain was lost sight of.
    let key = session_key("identity2");
    let mut record = issued("AssumeRole", s.then, assumed("Hop", &session_key("identity3")), &key);
    record["userIdentity"]["sessionContext"]["sourceIdentity"] = json!("erin@example.com");
    s.stubs.put_event(REGION, record);
    let (leads, notes) = s.leads(only(Source::Trail), &deploy(&s, "identity2", &key).await).await;
    assert_eq!(shown(&leads), [(email("erin@example.com"), Source::Trail, Confidence::Low)]);
    assert!(notes[0].contains("CloudTrail has no event"), "{notes:?}");
    // A user set it, who can be seen: it is that user who answers.
    let key = session_key("identity4");
    let mut record = issued("AssumeRole", s.then, user("alice", "AKIAALICEALICEALICE1"), &key);
    record["requestParameters"]["sourceIdentity"] = json!("victim@example.com");
    s.stubs.put_event(REGION, record);
    let (leads, _) = s.leads(only(Source::Trail), &deploy(&s, "identity4", &key).await).await;
    assert_eq!(shown(&leads), [(slack("U0ALICE"), Source::Trail, Confidence::Medium)]);
}

#[tokio::test]
async fn not_found_yet_is_told_from_not_found() {
    let s = Scene::new("unfound").await;
    let key = session_key("unfound");
    let finding = deploy(&s, "unfound", &key).await;
    for (minutes, said) in [(5, "yet; it lags by minutes"), (60, "CloudTrail has no event that issued")] {
        let now = s.then + SignedDuration::from_mins(minutes);
        let owners = Owners::new(s.dossiers(&plain(), now), only(Source::Trail));
        let (leads, notes) = owners.leads(&finding, Ask::Owner, SEARCH).await.unwrap();
        assert_eq!(leads, []);
        assert!(notes[0].contains(said), "{notes:?}");
    }
}

#[tokio::test]
async fn chains_end_after_five_hops_and_loops_at_once() {
    let s = Scene::new("chains").await;
    let keys: Vec<AccessKeyId> = (0..7).map(|n| session_key(&format!("chains{n}"))).collect();
    for pair in keys.windows(2) {
        s.stubs.put_event(REGION, issued("AssumeRole", s.then, assumed("Hop", &pair[1]), &pair[0]));
    }
    let (leads, notes) = s.leads(only(Source::Trail), &deploy(&s, "chains", &keys[0]).await).await;
    assert_eq!(leads, []);
    assert!(notes[0].contains("longer chain"), "{notes:?}");
    let (one, two) = (session_key("loop1"), session_key("loop2"));
    s.stubs.put_event(REGION, issued("AssumeRole", s.then, assumed("Hop", &two), &one));
    s.stubs.put_event(REGION, issued("AssumeRole", s.then, assumed("Hop", &one), &two));
    let (_, notes) = s.leads(only(Source::Trail), &deploy(&s, "loop", &one).await).await;
    assert!(notes[0].contains("leads back to itself"), "{notes:?}");
}

#[tokio::test]
async fn a_caller_from_elsewhere_is_looked_for_only_where_we_may() {
    let s = Scene::new("abroad").await;
    let theirs = "111122223333";
    let key = session_key("abroad");
    let stranger = json!({"type": "AWSAccount", "principalId": "AIDAALICE", "accountId": theirs});
    s.stubs.put_event(REGION, issued("AssumeRole", s.then, stranger, &key));
    let mut there = issued("AssumeRole", s.then, user("alice", "AKIAALICEALICEALICE1"), &key);
    there["recipientAccountId"] = json!(theirs);
    there["userIdentity"]["accountId"] = json!(theirs);
    there["userIdentity"]["arn"] = json!(format!("arn:aws:iam::{theirs}:user/alice"));
    s.stubs.put_event(REGION, there);
    let finding = deploy(&s, "abroad", &key).await;
    let mut wanted = only(Source::Trail);
    wanted.principals = vec![(format!("arn:aws:iam::{theirs}:user/alice"), person("U0ALICE"))];

    // Our own account alone: the stub tells whose trail by the role that was assumed, so one is needed here too.
    let aws = Emulator::shared();
    let may = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    aws.put_policy(&s.hub.name, "Vouch", &allow(&may)).await;
    let mut all: Vec<&str> = investigate::ACTIONS.to_vec();
    all.extend(owners::actions(Source::Trail));
    for account in [ACCOUNT, theirs] {
        let root = aws_sdk_iam::config::Credentials::new(account, "test", None, None, "root");
        let iam = aws_sdk_iam::Client::new(&aws.sdk_as(root));
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": may}]});
        let made =
            iam.create_role().role_name("abroad-evidence").assume_role_policy_document(trust.to_string());
        made.send().await.unwrap();
        let put = iam.put_role_policy().role_name("abroad-evidence").policy_name("Evidence");
        put.policy_document(allow(&all)).send().await.unwrap();
    }
    let role = "arn:{partition}:iam::{account}:role/abroad-evidence".to_owned();
    let now = s.then + SignedDuration::from_hours(1);
    for (accounts, found) in [(vec![ACCOUNT], false), (vec![ACCOUNT, theirs], true)] {
        let accounts = accounts.into_iter().map(|id| AccountId::parse(id).unwrap()).collect();
        let aws = config::Aws { accounts, evidence_role: role.clone(), ..plain() };
        let owners = Owners::new(s.dossiers(&aws, now), wanted.clone());
        let (leads, notes) = owners.leads(&finding, Ask::Owner, SEARCH).await.unwrap();
        if found {
            assert_eq!(shown(&leads), [(slack("U0ALICE"), Source::Trail, Confidence::Medium)], "{notes:?}");
        } else {
            assert_eq!(leads, []);
            assert!(notes[0].contains("account 111122223333, which is not in aws.accounts"), "{notes:?}");
        }
    }
}

#[tokio::test]
async fn a_tag_is_trusted_if_nobody_touched_it_for_a_week() {
    let s = Scene::new("standing").await;
    let aws = Emulator::shared();
    let tagged = async |name: &str| {
        let user = aws.create_user(name).await;
        tag(&user, "Owner", "U0TAGGED").await;
        user
    };
    let (still, touched, other) =
        (tagged("standing-still").await, tagged("standing-touched").await, tagged("standing-other").await);
    let (wanted, seen) = (only(Source::Tags), s.later() + SignedDuration::from_hours(24));
    let mallory = || user("mallory", "AKIAMALLORYMALLORY12");
    let change = |who: &TestUser, key: &str, at| {
        event("TagUser", at, mallory(), json!({"userName": who.name, "tags": [{"key": key, "value": "x"}]}))
    };
    let recent = seen - SignedDuration::from_hours(48);
    s.stubs.put_event(IAM, change(&touched, "owner", recent));
    s.stubs.put_event(IAM, change(&other, "cost-centre", recent));
    let before = s.then + SignedDuration::from_hours(24);
    s.stubs.put_event(IAM, change(&still, "owner", before));
    for (user, confidence) in
        [(&still, Confidence::Medium), (&touched, Confidence::Low), (&other, Confidence::Medium)]
    {
        let (leads, notes) = s.leads(wanted.clone(), &finding(user, seen)).await;
        assert_eq!(shown(&leads), [(slack("U0TAGGED"), Source::Tags, confidence)], "{}", user.name);
        assert_eq!(notes.iter().any(|n| n.contains("mallory")), confidence == Confidence::Low, "{notes:?}");
    }
    // Whoever is younger than a week, or about whom CloudTrail will not speak, is not trusted.
    let (leads, notes) =
        s.leads(wanted.clone(), &finding(&still, s.then + SignedDuration::from_hours(1))).await;
    assert_eq!(leads[0].confidence, Confidence::Low);
    assert!(notes[0].contains("less than 7 days"), "{notes:?}");
    s.stubs.fault("LookupEvents", sim::fault::Fault::Error { code: "AccessDeniedException".into() }, 9);
    let (leads, notes) = s.leads(wanted, &finding(&other, seen)).await;
    assert_eq!(leads[0].confidence, Confidence::Low);
    assert!(notes[0].contains("cloudtrail:LookupEvents in account 000000000000, us-east-1"), "{notes:?}");
}

#[tokio::test]
async fn makers_are_asked_unless_they_are_the_accused_or_came_late() {
    let s = Scene::new("made").await;
    let aws = Emulator::shared();
    let wanted = only(Source::Creator);
    let at = sim::rt::now();
    let seen = s.later();
    let mut made = vec![];
    for (n, maker, created) in [
        (0, "alice", at),
        // The accused made its own key; somebody made one after it began; a stranger.
        (1, "made-1", at),
        (2, "alice", seen + SignedDuration::from_mins(1)),
        (3, "stranger", at),
    ] {
        let user_made = aws.create_user(&format!("made-{n}")).await;
        let mut finding = finding(&user_made, seen);
        finding.principal.access_key = AccessKeyId::parse(&format!("AKIAMADEMADEMADEMA{n:02}"));
        let key = finding.principal.access_key.clone().unwrap();
        let mut record = event(
            "CreateAccessKey",
            created,
            user(maker, "AKIAALICEALICEALICE1"),
            json!({"userName": user_made.name}),
        );
        record["responseElements"] = json!({"accessKey": {"accessKeyId": key.as_str()}});
        s.stubs.put_event(IAM, record);
        made.push(s.leads(wanted.clone(), &finding).await);
    }
    assert_eq!(shown(&made[0].0), [(slack("U0ALICE"), Source::Creator, Confidence::Low)]);
    for (n, why) in [(1, "by the accused"), (2, "after the activity began"), (3, "has nobody")] {
        assert_eq!(made[n].0, [], "{n}");
        assert!(made[n].1.iter().any(|note| note.contains(why)), "{:?}", made[n].1);
    }
}

#[tokio::test]
async fn whoever_launched_the_instance_or_made_the_bucket_is_found_through_their_session() {
    let s = Scene::new("launched").await;
    let seen = s.later();
    let key = session_key("launched");
    s.stubs.put_event(REGION, issued("AssumeRole", s.then, user("alice", "AKIAALICEALICEALICE1"), &key));
    let mut launch = event("RunInstances", s.then, assumed("Ops", &key), json!({}));
    launch["responseElements"] = json!({"instancesSet": {"items": [{"instanceId": "i-0abc1234def567890"}]}});
    s.stubs.put_event(REGION, launch);
    s.stubs.put_event(
        REGION,
        event("CreateBucket", s.then, user("alice", "AKIA"), json!({"bucketName": "ledger"})),
    );
    s.stubs.put_event(
        REGION,
        event("CreateBucket", s.then, user("bob", "AKIA"), json!({"bucketName": "other"})),
    );
    let somebody = Emulator::shared().create_user("launched-somebody").await;
    let mut finding = finding(&somebody, seen);
    let owners = s.owners(only(Source::Creator), &finding);
    finding.resource =
        Some(Resource::Instance { id: "i-0abc1234def567890".into(), arn: "arn:aws:ec2:::instance/x".into() });
    let (leads, _) = owners.leads(&finding, Ask::InstanceOwner, SEARCH).await.unwrap();
    assert_eq!(shown(&leads), [(slack("U0ALICE"), Source::Creator, Confidence::Low)]);
    finding.id = "bucket".into();
    finding.resource =
        Some(Resource::Bucket { name: "ledger".into(), arn: "arn:aws:s3:::ledger".into(), all: vec![] });
    let (leads, _) = owners.leads(&finding, Ask::BucketOwner, SEARCH).await.unwrap();
    assert_eq!(shown(&leads), [(slack("U0ALICE"), Source::Creator, Confidence::Low)]);
}

#[tokio::test]
async fn look_ups_keep_to_two_a_second_whoever_asks() {
    let s = Scene::new("paced").await;
    s.stubs.limit_lookups(2);
    let mut findings = vec![];
    for n in 0..4 {
        let key = session_key(&format!("paced{n}"));
        s.stubs.put_event(REGION, issued("AssumeRole", s.then, user("alice", "AKIAALICEALICEALICE1"), &key));
        findings.push(deploy(&s, &format!("paced{n}"), &key).await);
    }
    let owners = s.owners(only(Source::Trail), &findings[0]);
    let asked = findings.iter().map(|finding| owners.leads(finding, Ask::Owner, SEARCH));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.unwrap().0.len(), 1);
    }
    // All at once, four fifths of them would have been refused, and more often than a page is asked for again.
    assert!(s.stubs.requests("LookupEvents").len() >= 8);
}

/// A flood of findings must not make every question wait for CloudTrail.
#[tokio::test]
async fn what_would_come_too_late_is_not_waited_for() {
    let s = Scene::new("flood").await;
    let mut findings = vec![];
    let first = deploy(&s, "flood", &session_key("flood0")).await;
    for n in 0..60 {
        let mut finding = first.clone();
        finding.id = format!("flood-{n}");
        finding.principal.access_key = Some(session_key(&format!("flood{n}")));
        findings.push(finding);
    }
    let owners = s.owners(only(Source::Trail), &first);
    let began = std::time::Instant::now();
    let asked =
        futures_util::future::join_all(findings.iter().map(|f| owners.leads(f, Ask::Owner, SEARCH))).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    let late = |note: &String| note.contains("too many look-ups wait for their turn");
    let late = asked.into_iter().filter(|answer| answer.as_ref().unwrap().1.iter().any(late)).count();
    assert!((30..60).contains(&late), "{late} of 60");
}
