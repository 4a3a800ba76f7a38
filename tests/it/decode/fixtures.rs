//! Bodies of our own making, one per form and per kind of principal, and what must come out of each.
//! Never here: documents from elsewhere.

use super::{bad, nothing, one};
use std::net::IpAddr;
use vouch::aws::decode::{Decoded, NotFinding, decode};
use vouch::case::finding::{Activity, BucketNote, Finding, Form, Resource};
use vouch::case::principal::{KeyKind, Partition, PrincipalKind};

const ACCOUNT: &str = "444455556666";
const INSTANCE: &str = "i-0abc1234def567890";

pub(super) fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/it/fixtures/findings/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

pub(super) fn names() -> Vec<String> {
    let folder = format!("{}/tests/it/fixtures/findings", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("the fixtures are there");
    let mut names: Vec<String> = files.filter_map(|f| f.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names.iter().map(|name| name.trim_end_matches(".json").to_owned()).collect()
}

fn several(name: &str) -> Vec<Finding> {
    let answer = decode(&read(name));
    let Decoded::Findings { findings, problems } = answer else { panic!("{name}: {answer:?}") };
    assert!(problems.is_empty(), "{name}: {problems:?}");
    findings
}

/// The finding that half of the fixtures hold in different wrappings.
fn assert_is_marias(finding: &Finding, form: Form) {
    assert_eq!(finding.form, form);
    assert_eq!(finding.kind, "UnauthorizedAccess:IAMUser/MaliciousIPCaller");
    assert_eq!(finding.account.as_str(), ACCOUNT);
    assert_eq!(finding.region.as_str(), "eu-central-1");
    assert_eq!(finding.partition, Partition::Commercial);
    assert!((finding.severity - 5.0).abs() < 1e-9);
    assert_eq!(finding.updated_at, "2026-05-04T10:12:00.123Z".parse().unwrap());
    assert_eq!(finding.first_seen, "2026-05-04T10:00:00Z".parse().ok());
    assert_eq!(finding.last_seen, "2026-05-04T10:07:30Z".parse().ok());
    assert_eq!(finding.count, 3);
    assert!(!finding.sample && !finding.archived);
    let p = &finding.principal;
    assert_eq!((p.kind, p.name.as_str()), (PrincipalKind::IamUser, "maria"));
    assert_eq!(p.unique_id.as_deref(), Some("AIDAEXAMPLEMARIA00001"));
    assert_eq!(p.session, None);
    assert_eq!(p.access_key.as_ref().map(|k| (k.kind(), k.last4())), Some((KeyKind::LongTerm, "ARIA")));
    assert_eq!(p.arn().as_deref(), Some("arn:aws:iam::444455556666:user/maria"));
    assert_eq!(finding.resource, None);
    assert_eq!(finding.activity, marias_activity());
}

fn marias_activity() -> Activity {
    let text = |s: &str| Some(s.to_owned());
    Activity {
        api: text("ListUsers"),
        service: text("iam.amazonaws.com"),
        user_agent: text("aws-cli/2.31.0"),
        ip: "203.0.113.77".parse().ok(),
        city: text("Utrecht"),
        country: text("Netherlands"),
        asn: text("64500"),
        asn_org: text("Example Transit"),
        role: text("TARGET"),
        ..Activity::default()
    }
}

#[test]
fn one_finding_reads_alike_in_every_wrapping() {
    let wrapped = [
        ("eventbridge-iam-user", Form::Eventbridge),
        ("eventbridge-pascal", Form::Eventbridge),
        ("raw-camel", Form::RawCamel),
        ("raw-pascal", Form::RawPascal),
        ("sns-eventbridge", Form::Sns),
        ("sns-raw", Form::Sns),
        ("sns-double-encoded", Form::Sns),
        ("sns-in-text", Form::Sns),
        ("lambda-sqs-records", Form::Eventbridge),
    ];
    for (name, form) in wrapped {
        assert_is_marias(&one(&read(name)), form);
    }
}

#[test]
fn a_body_may_hold_several() {
    for (name, forms) in [
        ("get-findings", [Form::RawPascal, Form::RawPascal]),
        ("bare-list", [Form::RawCamel, Form::RawPascal]),
        ("lambda-sns-records", [Form::Sns, Form::Sns]),
    ] {
        let found = several(name);
        assert_eq!(found.len(), 2, "{name}");
        assert_is_marias(&found[0], forms[0]);
        assert_eq!((found[1].form, found[1].principal.kind), (forms[1], PrincipalKind::Root), "{name}");
    }
}

#[test]
fn what_is_readable_is_returned_beside_a_sentence_about_the_rest() {
    let Decoded::Findings { findings, problems } = decode(&read("get-findings-one-broken")) else {
        panic!("one of the two can be read");
    };
    assert_is_marias(&findings[0], Form::RawPascal);
    assert_eq!(findings.len(), 1);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("accountId is missing"), "{problems:?}");
}

/// Fixture, kind, name, session, unique id, key's kind, ARN shown.
type Expected = (
    &'static str,
    PrincipalKind,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    Option<KeyKind>,
    Option<&'static str>,
);

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_kind_of_principal_is_told_apart() {
    use KeyKind::{LongTerm, Session};
    use PrincipalKind as P;
    let user = Some("arn:aws:iam::444455556666:user/maria");
    let maria = Some("AIDAEXAMPLEMARIA00001");
    let deploy = Some("arn:aws:sts::444455556666:assumed-role/Deploy/release-4711");
    let sso =
        "arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/maria@example.com";
    let rows: [Expected; 17] = [
        ("eventbridge-iam-user", P::IamUser, "maria", None, maria, Some(LongTerm), user),
        ("eventbridge-iam-user-session", P::IamUser, "maria", None, maria, Some(Session), user),
        (
            "eventbridge-role-session",
            P::RoleSession,
            "Deploy",
            Some("release-4711"),
            Some("AROAEXAMPLEDEPLOY0001"),
            Some(Session),
            deploy,
        ),
        (
            // By its name alone; the path, which a finding does not tell, makes it Identity Center's.
            "eventbridge-sso-user",
            P::RoleSession,
            "AWSReservedSSO_Admin_0123456789abcdef",
            Some("maria@example.com"),
            Some("AROAEXAMPLESSO0000001"),
            Some(Session),
            Some(sso),
        ),
        (
            "eventbridge-instance-role",
            P::InstanceRole,
            "WebServer",
            Some(INSTANCE),
            Some("AROAEXAMPLEWEB0000001"),
            Some(Session),
            Some("arn:aws:sts::444455556666:assumed-role/WebServer/i-0abc1234def567890"),
        ),
        (
            "eventbridge-workload-role",
            P::WorkloadRole,
            "ThumbnailFunction",
            Some("thumbnails"),
            Some("AROAEXAMPLELAMBDA0001"),
            Some(Session),
            Some("arn:aws:sts::444455556666:assumed-role/ThumbnailFunction/thumbnails"),
        ),
        (
            "eventbridge-service-linked-role",
            P::RoleSession,
            "AWSServiceRoleForRDS",
            Some("rds"),
            Some("AROAEXAMPLESLR0000001"),
            Some(Session),
            Some("arn:aws:sts::444455556666:assumed-role/AWSServiceRoleForRDS/rds"),
        ),
        (
            "eventbridge-root",
            P::Root,
            "Root",
            None,
            Some(ACCOUNT),
            Some(Session),
            Some("arn:aws:iam::444455556666:root"),
        ),
        (
            "eventbridge-federated-user",
            P::FederatedUser,
            "batch",
            Some("batch-run"),
            Some(ACCOUNT),
            Some(Session),
            Some("arn:aws:iam::444455556666:user/batch"),
        ),
        ("eventbridge-anonymous-bucket", P::Anonymous, "ANONYMOUS_PRINCIPAL", None, None, None, None),
        (
            "eventbridge-foreign-account",
            P::Account,
            "",
            None,
            Some("777788889999"),
            None,
            Some("arn:aws:iam::777788889999:root"),
        ),
        ("eventbridge-aws-service", P::Service, "", None, None, None, None),
        ("eventbridge-attack-sequence", P::Actors, "maria, peter", None, None, None, None),
        ("eventbridge-attack-sequence-one-actor", P::Actors, "maria", None, maria, Some(LongTerm), None),
        ("no-user-type", P::IamUser, "maria", None, maria, Some(LongTerm), user),
        ("unknown-user-type", P::Unknown, "maria", None, maria, Some(LongTerm), None),
        (
            "contradiction",
            P::Unknown,
            "Deploy",
            Some("release-4711"),
            Some("AROAEXAMPLEDEPLOY0001"),
            Some(LongTerm),
            None,
        ),
    ];
    for (name, kind, who, session, unique, key, arn) in rows {
        let finding = one(&read(name));
        let p = finding.principal;
        assert_eq!((p.kind, p.name.as_str()), (kind, who), "{name}");
        assert_eq!(p.session.as_deref(), session, "{name}");
        assert_eq!(p.unique_id.as_deref(), unique, "{name}");
        assert_eq!(p.access_key.as_ref().map(|k| k.kind()), key, "{name}");
        assert_eq!(p.arn().as_deref(), arn, "{name}");
    }
}

#[test]
fn nobody_is_named_by_findings_about_things() {
    for name in ["eventbridge-attack-sequence-no-actor", "eventbridge-port-probe", "eventbridge-dns"] {
        assert_eq!(one(&read(name)).principal.kind, PrincipalKind::None, "{name}");
    }
    // Kubernetes users and database logins are no IAM principals.
    for name in ["eventbridge-kubernetes", "eventbridge-rds"] {
        assert_eq!(one(&read(name)).principal.kind, PrincipalKind::None, "{name}");
    }
}

#[test]
fn resources_are_read_by_presence() {
    let arn = |name: &str| one(&read(name)).resource.and_then(|r| r.arn().map(str::to_owned));
    let instance = Some(format!("arn:aws:ec2:eu-central-1:{ACCOUNT}:instance/{INSTANCE}"));
    assert_eq!(arn("eventbridge-port-probe"), instance);
    assert_eq!(arn("eventbridge-instance-role"), instance, "an AccessKey finding with instance details");
    assert_eq!(
        arn("eventbridge-network-china"),
        Some(format!("arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:instance/{INSTANCE}"))
    );
    assert_eq!(
        one(&read("eventbridge-anonymous-bucket")).resource,
        Some(Resource::Bucket {
            name: "reports-example".to_owned(),
            arn: "arn:aws:s3:::reports-example".to_owned(),
            all: ["reports-example", "second-example"]
                .map(|name| BucketNote {
                    name: name.to_owned(),
                    arn: format!("arn:aws:s3:::{name}"),
                    side: Some("DESTINATION".to_owned()),
                    permission: (name == "reports-example").then(|| "PUBLIC".to_owned()),
                })
                .to_vec(),
        })
    );
    assert_eq!(
        one(&read("eventbridge-kubernetes")).resource,
        Some(Resource::Other {
            kind: "EKSCluster".to_owned(),
            arn: Some(format!("arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/shop"))
        })
    );
    assert_eq!(arn("eventbridge-rds"), Some(format!("arn:aws:rds:eu-central-1:{ACCOUNT}:db:orders")));
    let cluster = Some(format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:cluster/shop"));
    assert_eq!(arn("eventbridge-runtime"), cluster, "resourceType says which of two is meant");
    let sequences = ["eventbridge-attack-sequence", "eventbridge-attack-sequence-one-actor"].map(arn);
    assert_ne!(sequences[0], sequences[1], "two sequences never pass for one");
}

#[test]
fn activity_comes_from_whichever_action_there_is() {
    let of = |name: &str| one(&read(name)).activity;
    let ip = |text: &str| text.parse::<IpAddr>().ok();
    assert_eq!(of("eventbridge-iam-user-session").error_code.as_deref(), Some("AccessDenied"));
    let probe = of("eventbridge-port-probe");
    assert_eq!((probe.ip, probe.country.as_deref()), (ip("2001:db8:77::9"), Some("NL")));
    assert_eq!(probe.asn.as_deref(), Some("64500"), "a number is text too");
    let dns = of("eventbridge-dns");
    assert_eq!(dns.domain.as_deref(), Some("drop.example.net."));
    assert_eq!((dns.ip, dns.role.as_deref()), (None, Some("ACTOR")));
    let kubernetes = of("eventbridge-kubernetes");
    assert_eq!(kubernetes.api.as_deref(), Some("list secrets"));
    assert_eq!((kubernetes.ip, kubernetes.error_code.as_deref()), (ip("203.0.113.77"), Some("403")));
    let caller = of("eventbridge-service-linked-role");
    assert_eq!((caller.ip, caller.domain.as_deref()), (None, Some("rds.amazonaws.com")));
    let remote = of("eventbridge-instance-role-retired-name");
    assert_eq!((remote.remote_account.as_deref(), remote.affiliated), (Some("777788889999"), Some(false)));
    assert_eq!(of("eventbridge-foreign-account").affiliated, Some(true), "a flag may be text");
    let sequence = of("eventbridge-attack-sequence");
    assert_eq!((sequence.ip, sequence.city.as_deref()), (ip("203.0.113.77"), Some("Utrecht")));
    assert_eq!(
        of("eventbridge-runtime"),
        Activity { role: Some("TARGET".to_owned()), ..Activity::default() }
    );
}

#[test]
fn retired_names_are_todays() {
    let finding = one(&read("eventbridge-instance-role-retired-name"));
    assert_eq!(finding.kind, "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS");
}

#[test]
fn security_hub_findings_read_like_guardduty_ones() {
    let two = several("asff-eventbridge-two");
    let role = &two[0];
    assert_eq!((role.form, role.id.as_str()), (Form::Asff, "a".repeat(32).as_str()));
    assert_eq!(role.kind, "CredentialAccess:IAMUser/AnomalousBehavior");
    assert_eq!(role.principal.kind, PrincipalKind::RoleSession);
    assert_eq!(role.principal.session.as_deref(), Some("release-4711"));
    assert_eq!(role.count, 3);
    assert_eq!(role.last_seen, "2026-05-04T10:07:30Z".parse().ok());
    assert_eq!(role.activity, Activity { user_agent: None, ..marias_activity() });
    let old = &two[1];
    assert_eq!(old.kind, "Recon:IAMUser/TorIPCaller");
    assert_eq!(old.region.as_str(), "eu-central-1", "from the ARN");
    assert_eq!((old.principal.kind, old.principal.name.as_str()), (PrincipalKind::IamUser, "maria"));
    assert_eq!(old.activity, role.activity, "both spellings of the product fields");
    assert_eq!(one(&read("asff-alone")), *role);
    assert_eq!(one(&read("asff-2019")), *old);
    let console = one(&read("asff-custom-action"));
    assert_eq!(console.principal.access_key, None);
    assert_eq!(console.principal.kind, PrincipalKind::Unknown, "a name alone may be a user or a role");
    let scan = one(&read("asff-instance-and-bucket"));
    assert_eq!(scan.kind, "Recon:EC2/Portscan");
    assert!(scan.archived && scan.is_high());
    assert_eq!(scan.activity.ip, "203.0.113.77".parse().ok());
    assert!(matches!(scan.resource, Some(Resource::Instance { ref id, .. }) if id == INSTANCE));
}

#[test]
fn samples_are_known_by_flag_or_by_ids_that_only_aws_fills_in() {
    for name in ["sample-flag", "sample-flag-in-text", "sample-ids-only", "asff-sample", "asff-sample-2019"] {
        assert!(one(&read(name)).sample, "{name}");
    }
    assert!(!one(&read("sample-name-chosen-by-attacker")).sample, "a user name can be chosen");
}

#[test]
fn what_is_no_finding_is_named() {
    assert_eq!(nothing(&read("notice-runtime-healthy")), NotFinding::GuardDutyNotice);
    assert_eq!(nothing(&read("notice-cloudtrail")), NotFinding::CloudTrailEvent);
    assert_eq!(nothing(&read("notice-ocsf")), NotFinding::Ocsf);
    assert_eq!(nothing(&read("security-hub-control")), NotFinding::SecurityHubOther);
    assert_eq!(nothing(&read("sns-words")), NotFinding::Other);
    for body in ["null", "7", "[]", "{}", "\"hello\"", r#"{"Records":[{"s3":{}}]}"#, r#"{"Findings":[]}"#] {
        assert_eq!(nothing(body.as_bytes()), NotFinding::Other, "{body}");
    }
}

#[test]
fn what_claims_to_be_a_finding_and_is_none_is_bad() {
    let full: serde_json::Value = serde_json::from_slice(&read("raw-camel")).unwrap();
    for field in ["type", "id", "accountId", "region"] {
        for blank in [None, Some(serde_json::Value::Null), Some("".into())] {
            let mut copy = full.clone();
            match blank {
                Some(blank) => copy[field] = blank,
                None => drop(copy.as_object_mut().unwrap().remove(field)),
            }
            let why = bad(&serde_json::to_vec(&copy).unwrap());
            assert!(why.contains(field), "{why}");
            let envelope = serde_json::json!({ "detail-type": "GuardDuty Finding", "detail": copy });
            assert!(bad(&serde_json::to_vec(&envelope).unwrap()).contains(field));
        }
    }
    for (field, wrong) in [("accountId", "1234567891234"), ("region", "region"), ("partition", "aws-moon")] {
        let mut copy = full.clone();
        copy[field] = wrong.into();
        let why = bad(&serde_json::to_vec(&copy).unwrap());
        assert!(why.contains(field) && why.contains(wrong), "{why}");
    }
    assert!(bad(b"").contains("not JSON"));
    assert!(bad(b"{\"detail-type\":").contains("not JSON"));
    assert!(bad(b"\xff\xfe{}").contains("not UTF-8"));
    assert!(bad(&read("sns-broken-message")).contains("not JSON"));
    assert!(bad(&read("sns-four-layers")).contains("three layers"));
}

#[test]
fn four_fields_are_enough() {
    let finding = one(&read("minimal"));
    assert_eq!((finding.kind.as_str(), finding.id.as_str()), ("Test:IAMUser/Minimal", "abcd1234"));
    assert_eq!(finding.updated_at, jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(finding.principal.kind, PrincipalKind::None);
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let mut body: serde_json::Value = serde_json::from_slice(&read("raw-camel")).unwrap();
    let long = "ü".repeat(300_000);
    body["title"] = long.clone().into();
    body["description"] = long.clone().into();
    body["service"]["action"]["awsApiCallAction"]["userAgent"] = long.clone().into();
    body["resource"]["accessKeyDetails"]["userName"] = long.into();
    let finding = one(&serde_json::to_vec(&body).unwrap());
    assert_eq!(finding.title.chars().count(), 1_024);
    assert_eq!(finding.description.chars().count(), 4_096);
    assert!(serde_json::to_vec(&finding).unwrap().len() < 20_000);
    assert!(!finding.principal.has_callable_name());
}
