//! The mapping and the comparison, on bodies built by hand.
//! Never here: calls.

use super::*;
use crate::case::finding::Activity;
use crate::case::principal::AccountId;

fn body(name: &str, key: &str) -> sdk::Finding {
    let details = sdk::AccessKeyDetails::builder()
        .access_key_id(key)
        .principal_id("AIDAEXAMPLE")
        .user_name(name)
        .user_type("IAMUser")
        .build();
    let remote = sdk::RemoteIpDetails::builder().ip_address_v4("198.51.100.7").build();
    let call = sdk::AwsApiCallAction::builder()
        .api("ListBuckets")
        .service_name("s3.amazonaws.com")
        .remote_ip_details(remote)
        .build();
    let service = sdk::Service::builder()
        .action(sdk::Action::builder().aws_api_call_action(call).build())
        .count(3)
        .event_last_seen("2026-11-20T10:00:00Z")
        .additional_info(sdk::ServiceAdditionalInfo::builder().value("{\"sample\":true}").build())
        .build();
    sdk::Finding::builder()
        .id("aa11")
        .arn("arn:aws:guardduty:eu-central-1:123456789012:detector/d/finding/aa11")
        .schema_version("2.0")
        .created_at("2026-11-20T09:00:00Z")
        .updated_at("2026-11-20T10:05:00.000Z")
        .account_id("123456789012")
        .region("eu-central-1")
        .severity(5.0)
        .r#type("UnauthorizedAccess:IAMUser/MaliciousIPCaller")
        .resource(sdk::Resource::builder().access_key_details(details).resource_type("AccessKey").build())
        .service(service)
        .build()
}

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

#[test]
fn a_body_becomes_a_finding() {
    let got = finding(&body("alice", KEY)).unwrap();
    assert_eq!(got.principal.kind, PrincipalKind::IamUser);
    assert_eq!(got.principal.iam_arn().as_deref(), Some("arn:aws:iam::123456789012:user/alice"));
    assert_eq!((got.count, got.sample, got.form), (3, true, Form::Backfill));
    assert_eq!(got.activity.ip, Some("198.51.100.7".parse().unwrap()));
    assert_eq!((got.activity.api.as_deref(), got.resource), (Some("ListBuckets"), None));
    let mut less = body("alice", KEY);
    less.region = None;
    assert_eq!(finding(&less), None);
}

/// The API has it as JSON in a text, and in lists of its own (facts/findings.md 4.11).
#[test]
fn what_is_unusual_comes_with_it() {
    let values = |body: &sdk::Finding| -> Vec<String> {
        finding(body).unwrap().activity.unusual.into_iter().map(|one| one.value).collect()
    };
    let mut body = body("alice", KEY);
    assert_eq!(values(&body), [""; 0]);
    let text = r#"{"unusualBehavior":{"unusualAPIsUserIdentityProfiling":"GetSecretValue"}}"#;
    let service = body.service.as_mut().unwrap();
    service.additional_info = Some(sdk::ServiceAdditionalInfo::builder().value(text).build());
    assert_eq!(values(&body), ["GetSecretValue"]);
    let service = body.service.as_mut().unwrap();
    service.additional_info = None;
    let seen = sdk::Observations::builder().text("curl/8").build();
    let object = sdk::AnomalyObject::builder().observations(seen).build();
    let kinds = [("userAgent".to_owned(), object)].into_iter().collect();
    let unusual = sdk::AnomalyUnusual::builder().behavior("userIdentity", kinds).build();
    let anomaly = sdk::Anomaly::builder().unusual(unusual).build();
    service.detection = Some(sdk::Detection::builder().anomaly(anomaly).build());
    assert_eq!(values(&body), ["curl/8"]);
}

#[test]
fn updates_of_what_was_done_are_no_difference() {
    let theirs = finding(&body("alice", KEY)).unwrap();
    let mut ours = theirs.clone();
    ours.activity = Activity::default();
    ours.updated_at = "2026-11-20T09:00:00Z".parse().unwrap();
    ours.severity = 8.0;
    ours.principal.unique_id = None;
    ours.principal.access_key = None;
    assert_eq!(difference(&ours, &theirs), None);
}

#[test]
fn each_claim_about_the_principal_must_hold() {
    let theirs = finding(&body("alice", KEY)).unwrap();
    let ours = theirs.clone();
    let with = |change: &dyn Fn(&mut Finding)| {
        let mut other = ours.clone();
        change(&mut other);
        difference(&other, &theirs).unwrap_or_default()
    };
    assert_eq!(
        with(&|f| f.principal.name = "bob".into()),
        "the user name is bob here and alice in GuardDuty"
    );
    assert!(with(&|f| f.principal.unique_id = Some("AIDAOTHER".into())).contains("principal id"));
    assert!(with(&|f| f.principal.session = Some("s".into())).contains("session name"));
    assert!(with(&|f| f.principal.kind = PrincipalKind::RoleSession).contains("kind"));
    assert!(with(&|f| f.kind = "Backdoor:EC2/Spambot".into()).contains("type"));
    assert!(with(&|f| f.account = AccountId::parse("210987654321").unwrap()).contains("account"));
    let other = finding(&body("alice", "AKIAOTHERKEYEXAMPLE0")).unwrap().principal.access_key;
    assert!(with(&|f| f.principal.access_key = other.clone()).contains("access key id"));
    let mut answer = body("alice", KEY);
    answer.resource = None;
    let bare = finding(&answer).unwrap();
    assert!(difference(&ours, &bare).unwrap().contains("kind"));
    assert_eq!(difference(&bare, &theirs), None);
}

#[test]
fn a_sample_stays_one_even_if_the_body_lost_the_flag() {
    let theirs = finding(&body("alice", KEY)).unwrap();
    let mut ours = theirs.clone();
    ours.sample = false;
    assert!(difference(&ours, &theirs).unwrap().contains("sample"));
    // The other way round nothing can be written anyway.
    assert_eq!(difference(&theirs, &ours), None);
}

#[test]
fn facts_of_the_same_version_must_hold() {
    let theirs = finding(&body("alice", KEY)).unwrap();
    let with = |change: &dyn Fn(&mut Finding)| {
        let mut other = theirs.clone();
        change(&mut other);
        difference(&other, &theirs)
    };
    assert!(with(&|f| f.activity.ip = Some("203.0.113.9".parse().unwrap())).unwrap().contains("address"));
    assert!(with(&|f| f.activity.api = Some("GetUser".into())).unwrap().contains("API"));
    assert!(with(&|f| f.severity = 2.0).unwrap().contains("severity"));
    assert_eq!(with(&|f| f.severity = 8.0), None);
    assert_eq!(with(&|f| f.activity = Activity::default()), None);
}

#[test]
fn a_later_session_of_the_same_principal_has_another_key() {
    let theirs = finding(&body("alice", "ASIAIOSFODNN7EXAMPLE")).unwrap();
    let mut ours = finding(&body("alice", "ASIAOTHERKEYEXAMPLE0")).unwrap();
    assert!(difference(&ours, &theirs).unwrap().contains("access key id"), "in the same version");
    ours.updated_at = "2026-11-20T09:00:00Z".parse().unwrap();
    assert_eq!(difference(&ours, &theirs), None);
    ours.principal.access_key = finding(&body("alice", KEY)).unwrap().principal.access_key;
    assert!(
        difference(&ours, &theirs).unwrap().contains("access key id"),
        "a key that could be switched off"
    );
}

#[test]
fn the_resource_must_be_the_same() {
    let mut answer = body("alice", KEY);
    let read = |answer: &sdk::Finding| finding(answer).unwrap();
    let mut ours = read(&answer);
    ours.resource =
        Some(Resource::Bucket { name: "logs".into(), arn: "arn:aws:s3:::logs".into(), all: vec![] });
    assert_eq!(
        difference(&ours, &read(&answer)).as_deref(),
        Some("the bucket is logs here and none in GuardDuty")
    );
    let bucket = sdk::S3BucketDetail::builder().name("logs").build();
    answer.resource.as_mut().unwrap().s3_bucket_details = Some(vec![bucket]);
    assert_eq!(difference(&ours, &read(&answer)), None);
    answer.resource.as_mut().unwrap().s3_bucket_details = None;
    let instance = sdk::InstanceDetails::builder().instance_id("i-0abc").build();
    answer.resource.as_mut().unwrap().instance_details = Some(instance);
    ours.resource = Some(Resource::Instance { id: "i-0def".into(), arn: String::new() });
    assert_eq!(
        difference(&ours, &read(&answer)).as_deref(),
        Some("the instance is i-0def here and i-0abc in GuardDuty")
    );
}
