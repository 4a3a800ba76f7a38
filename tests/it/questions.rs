//! Which question is asked about which finding: by its type, by who acted, and by whose owner answers.
//! Never here: how it is worded; the snapshots of messages have that.

use Question::{Access, Borrowed, Call, Data, Expected, Exposure, Objects, Protection, SignIn};
use std::path::PathBuf;
use vouch::case::finding::{Activity, Finding, Resource};
use vouch::case::playbook::{Ask, Playbook};
use vouch::case::principal::{AccessKeyId, Partition, Principal, PrincipalKind};
use vouch::case::question::{About, Question};

fn finding(kind: &str, who: PrincipalKind, resource: Option<Resource>) -> Finding {
    let bare = crate::findings::bare(kind, "111122223333", "eu-central-1");
    let principal = Principal {
        kind: who,
        partition: Partition::Commercial,
        account: Some(bare.account.clone()),
        name: "web".to_owned(),
        session: None,
        unique_id: None,
        access_key: AccessKeyId::parse("ASIAIOSFODNN7EXAMPLE"),
    };
    let activity = Activity { api: Some("ListBuckets".to_owned()), ..Activity::default() };
    Finding { principal, resource, activity, ..bare }
}

fn bucket() -> Resource {
    let (name, arn) = ("reports".to_owned(), "arn:aws:s3:::reports".to_owned());
    Resource::Bucket { name, arn, all: vec![] }
}

fn instance() -> Resource {
    let id = "i-0123456789abcdef0".to_owned();
    let arn = format!("arn:aws:ec2:eu-central-1:111122223333:instance/{id}");
    Resource::Instance { id, arn }
}

fn other(kind: &str, end: &str) -> Resource {
    let arn = Some(format!("arn:aws:x:eu-central-1:111122223333:{end}"));
    Resource::Other { kind: kind.to_owned(), arn }
}

/// Who acts and what it is about, as GuardDuty fills in findings of this family.
fn usual(kind: &str) -> Finding {
    let family = kind.split([':', '/']).nth(1).unwrap_or_default();
    let (who, resource) = match family {
        _ if kind.starts_with("AttackSequence:") => (PrincipalKind::Actors, None),
        "IAMUser" => (PrincipalKind::IamUser, None),
        "S3" => (PrincipalKind::IamUser, Some(bucket())),
        "EC2" | "Runtime" => (PrincipalKind::None, Some(instance())),
        "Kubernetes" | "EKS" => (PrincipalKind::None, Some(other("EKSCluster", "cluster/prod"))),
        "RDS" => (PrincipalKind::None, Some(other("RDSDBInstance", "db:orders"))),
        "Lambda" => (PrincipalKind::None, Some(other("Lambda", "function:billing"))),
        _ => (PrincipalKind::None, Some(other("ECSCluster", "cluster/shop"))),
    };
    finding(kind, who, resource)
}

fn playbook() -> Playbook {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("vouch.toml");
    let text = "[queue]\nurl = \"https://sqs.eu-central-1.amazonaws.com/111122223333/vouch\"\n\
                [slack]\nsecurity_channel = \"C0SECURITY\"\nresponders = [\"U0RESPOND1\"]\n";
    std::fs::write(&path, text).unwrap();
    let tokens = [("VOUCH__SLACK__BOT_TOKEN", "xoxb-test"), ("VOUCH__SLACK__APP_TOKEN", "xapp-test")];
    let env = tokens.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    vouch::config::load(&[path], env).unwrap().playbook
}

/// As the built-in playbook would have it asked.
fn asked(book: &Playbook, finding: &Finding) -> Question {
    Question::of(finding, finding.principal.kind, book.decide(finding, &[]).ask)
}

/// Starts of types, most telling first, and what is asked about those where nothing else is said.
const TABLE: [(&str, Question); 33] = [
    ("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration", Borrowed),
    ("UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration", Borrowed),
    ("UnauthorizedAccess:IAMUser/ConsoleLogin", SignIn),
    ("InitialAccess:IAMUser/", SignIn),
    ("CredentialAccess:IAMUser/CompromisedCredentials", Call),
    ("CredentialAccess:IAMUser/", Data),
    ("Exfiltration:IAMUser/", Data),
    ("Stealth:IAMUser/", Protection),
    ("DefenseEvasion:IAMUser/", Protection),
    ("Persistence:IAMUser/", Access),
    ("PrivilegeEscalation:IAMUser/", Access),
    ("Behavior:IAMUser/", Call),
    ("Discovery:IAMUser/", Call),
    ("Impact:IAMUser/", Call),
    ("PenTest:IAMUser/", Call),
    ("Policy:IAMUser/", Call),
    ("Recon:IAMUser/", Call),
    ("ResourceConsumption:IAMUser/", Call),
    ("UnauthorizedAccess:IAMUser/", Call),
    ("Policy:S3/BucketAnonymousAccessGranted", Exposure),
    ("Policy:S3/BucketPublicAccessGranted", Exposure),
    ("Policy:S3/", Protection),
    ("Stealth:S3/", Protection),
    ("Impact:S3/AnomalousBehavior.Permission", Access),
    ("Impact:S3/PermissionsModification.Unusual", Access),
    ("Execution:S3/", Objects),
    ("Discovery:S3/", Objects),
    ("Exfiltration:S3/", Objects),
    ("Impact:S3/", Objects),
    ("PenTest:S3/", Objects),
    ("UnauthorizedAccess:S3/", Objects),
    ("Object:S3/", Objects),
    ("AttackSequence:", Expected),
];

/// Families in which no person's credential acts, but something that they answer for.
const WORKLOADS: [&str; 8] =
    [":EC2/", ":Runtime/", ":Kubernetes/", ":EKS/", ":RDS/", ":Lambda/", ":ECS/", ":Container/"];

fn expected(kind: &str) -> Option<Question> {
    let row = TABLE.iter().find(|(start, _)| kind.starts_with(start)).map(|(_, question)| *question);
    row.or_else(|| WORKLOADS.iter().any(|family| kind.contains(family)).then_some(Expected))
}

#[test]
fn every_row_of_the_table_is_asked_as_it_says() {
    let book = playbook();
    for (start, question) in TABLE {
        let kind = if start.ends_with(['/', ':']) { format!("{start}Anything") } else { start.to_owned() };
        assert_eq!(asked(&book, &usual(&kind)), question, "{kind}");
    }
    for family in WORKLOADS {
        assert_eq!(asked(&book, &usual(&format!("Trojan{family}DropPoint"))), Expected, "{family}");
    }
}

#[test]
fn every_published_type_has_its_question() {
    let Some(shared) = crate::shared() else { return };
    let book = playbook();
    let text = std::fs::read_to_string(shared.join("guardduty-finding-types.tsv")).unwrap();
    let mut seen = 0;
    for row in text.lines().skip(1) {
        let kind = row.split('\t').next().unwrap_or_default();
        assert_eq!(Some(asked(&book, &usual(kind))), expected(kind), "{kind}");
        seen += 1;
    }
    assert!(seen > 200, "the list is cut short: {seen}");
}

/// Neither they nor a program of theirs need have used any credential.
#[test]
fn nobody_is_asked_about_a_stranger_s_access_as_if_it_were_their_own() {
    let book = playbook();
    for who in [PrincipalKind::Anonymous, PrincipalKind::Account] {
        for (start, _) in TABLE.iter().filter(|(start, _)| start.contains(":S3/")) {
            let kind = if start.ends_with('/') { format!("{start}Anything") } else { (*start).to_owned() };
            let about = finding(&kind, who, Some(bucket()));
            let question = asked(&book, &about);
            assert!([Exposure, Expected].contains(&question), "{kind} by {who:?}: {question:?}");
            assert!(!question.is_deed());
            let bucket = Some(About::Bucket("reports".to_owned()));
            assert_eq!(question.about(&about, who), bucket, "{kind} by {who:?}");
        }
    }
}

#[test]
fn whose_owner_is_asked_and_who_acted_change_the_question() {
    let read = "Exfiltration:S3/AnomalousBehavior";
    let of = |kind: &str, who, ask| Question::of(&finding(kind, who, Some(bucket())), who, ask);
    assert_eq!(of(read, PrincipalKind::IamUser, Ask::Owner), Objects);
    assert_eq!(of(read, PrincipalKind::IamUser, Ask::BucketOwner), Expected);
    assert_eq!(of(read, PrincipalKind::InstanceRole, Ask::Owner), Objects);
    let opened = "Policy:S3/BucketBlockPublicAccessDisabled";
    assert_eq!(of(opened, PrincipalKind::IamUser, Ask::Owner), Protection);
    assert_eq!(of(opened, PrincipalKind::IamUser, Ask::BucketOwner), Exposure);
    // What a program did with its role is not what its owner did.
    let found = "Discovery:IAMUser/AnomalousBehavior";
    for who in [PrincipalKind::InstanceRole, PrincipalKind::WorkloadRole, PrincipalKind::ServiceLinkedRole] {
        assert_eq!(of(found, who, Ask::Owner), Expected, "{who:?}");
    }
    for who in [PrincipalKind::RoleSession, PrincipalKind::SsoUser, PrincipalKind::FederatedUser] {
        assert_eq!(of(found, who, Ask::Owner), Call, "{who:?}");
    }
    // A sign-in is one, whatever GuardDuty made of it.
    let mut signed = finding("UnauthorizedAccess:IAMUser/TorIPCaller", PrincipalKind::IamUser, None);
    signed.activity.api = Some("ConsoleLogin".to_owned());
    assert_eq!(Question::of(&signed, PrincipalKind::IamUser, Ask::Owner), SignIn);
    // Custom rules have names of any form.
    assert_eq!(of("too many calls", PrincipalKind::IamUser, Ask::Owner), Call);
    assert_eq!(of("too many calls", PrincipalKind::None, Ask::Security), Expected);
}

#[test]
fn the_question_names_what_it_is_about() {
    let about = |kind: &str, who, resource: Option<Resource>| {
        let finding = finding(kind, who, resource);
        let ask = if who == PrincipalKind::None { Ask::InstanceOwner } else { Ask::Owner };
        Question::of(&finding, who, ask).about(&finding, who)
    };
    let (user, role, nobody) = (PrincipalKind::IamUser, PrincipalKind::InstanceRole, PrincipalKind::None);
    let i = Some(About::Instance("i-0123456789abcdef0".to_owned()));
    let web = Some(About::Role("web".to_owned()));
    assert_eq!(about("Trojan:EC2/DropPoint", nobody, Some(instance())), i);
    assert_eq!(about("Discovery:IAMUser/AnomalousBehavior", role, Some(instance())), i);
    assert_eq!(about("Discovery:IAMUser/AnomalousBehavior", role, None), web);
    let stolen = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS";
    assert_eq!(about(stolen, role, Some(instance())), i);
    assert_eq!(about(stolen, role, None), web);
    let named = |name: &str| Some(About::Other(name.to_owned()));
    assert_eq!(
        about("Discovery:RDS/TorIPCaller", nobody, Some(other("RDSDBInstance", "db:orders"))),
        named("orders")
    );
    assert_eq!(about("Trojan:Lambda/DropPoint", nobody, Some(other("Lambda", "function:pay"))), named("pay"));
    assert_eq!(
        about("Policy:Kubernetes/ExposedDashboard", nobody, Some(other("EKSCluster", "cluster/a"))),
        named("a")
    );
    // Who called is asked, not what was called.
    assert_eq!(about("Discovery:IAMUser/AnomalousBehavior", user, Some(bucket())), None);
    assert_eq!(
        about("Stealth:S3/ServerAccessLoggingDisabled", user, Some(bucket())),
        Some(About::Bucket("reports".to_owned()))
    );
    assert_eq!(about("Policy:S3/AccountBlockPublicAccessDisabled", user, None), None);
    // What can be read as part of the sentence does not stand in it.
    let trick = other("EKSCluster", "cluster/a? Press It was me");
    assert_eq!(about("Policy:Kubernetes/ExposedDashboard", nobody, Some(trick)), None);
    assert_eq!(
        about("AttackSequence:S3/CompromisedData", nobody, Some(other("AttackSequence", "finding/0f"))),
        None
    );
}

/// What was kept by an older build has no question in it.
#[test]
fn facts_without_a_question_are_about_a_call() {
    let mut kept = serde_json::to_value(crate::slack::fixtures::facts()).unwrap();
    for key in ["question", "about"] {
        kept.as_object_mut().unwrap().remove(key).unwrap();
    }
    let read: vouch::case::message::FactsView = serde_json::from_value(kept).unwrap();
    assert_eq!((read.question, read.about), (Call, None));
}
