//! With roles configured: assumed for our own account too, with the external id, held to one user.
//! Never here: what the remedies do.

use super::*;
use crate::emulator::Fixed;
use aws_sdk_iam::error::ProvideErrorMetadata;
use vouch::aws::clients::Clients;
use vouch::case::principal::{AccountId, Partition};
use vouch::config;

fn with_role(external_id: &str) -> config::Aws {
    config::Aws {
        respond_role: "arn:{partition}:iam::{account}:role/vouch/vouch-respond".to_owned(),
        external_id: external_id.to_owned(),
        ..plain()
    }
}

const ASSUME: [&str; 2] = ["sts:AssumeRole", "sts:SetSourceIdentity"];

/// `vouch-respond` in whichever account this is, for whoever of ours knows the external id; it may do nothing yet.
async fn make_role(iam: &aws_sdk_iam::Client) {
    make_role_named(iam, "vouch-respond").await;
}

async fn make_role_named(iam: &aws_sdk_iam::Client, name: &str) {
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
            "Action": ASSUME,
            "Condition": { "StringEquals": { "sts:ExternalId": "a-secret-handshake" } },
        }],
    });
    let call = iam.create_role().role_name(name).path("/vouch/");
    call.assume_role_policy_document(trust.to_string()).send().await.unwrap();
}

async fn permit(iam: &aws_sdk_iam::Client, remedies: &[Remedy]) {
    permit_named(iam, "vouch-respond", remedies).await;
}

async fn permit_named(iam: &aws_sdk_iam::Client, name: &str, remedies: &[Remedy]) {
    let actions: Vec<&str> = remedies.iter().flat_map(|r| r.actions()).copied().collect();
    let call = iam.put_role_policy().role_name(name).policy_name("Respond");
    call.policy_document(allow(&actions)).send().await.unwrap();
}

/// A role to be contained in another account, and its remedies by way of the role there.
#[tokio::test]
async fn another_account_is_acted_in_through_its_own_role_and_each_lack_is_said() {
    const OTHER: &str = "210987654321";
    let (s, _) = Scene::of_role("roles-other").await;
    s.aws.put_policy(&s.hub.name, "Vouch", &allow(&ASSUME)).await;
    let iam = s.aws.iam_of(OTHER);
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" }],
    });
    let call = iam.create_role().role_name("workload").path("/service/");
    let made = call.assume_role_policy_document(trust.to_string()).send().await.unwrap().role.unwrap();
    let account = AccountId::parse(OTHER).unwrap();
    let target = Target {
        account: account.clone(),
        name: "workload".to_owned(),
        unique_id: Some(made.role_id),
        ..s.target()
    };
    let remedies = |id: &str, accounts: Vec<AccountId>| {
        let aws = config::Aws { accounts, ..with_role(id) };
        let clients =
            s.aws.clients(s.hub.credentials(), &aws, s.cut_off).observed_by(s.calls.observer(By::Respond));
        Remedies::new(Arc::new(clients), QUARANTINE)
    };
    let told = async |remedies: &Remedies| {
        let fault = remedies.prepare(&s.case, &target, &ROLES[..1]).await.unwrap_err();
        assert!(matches!(fault, Fault::Never { gone: false, .. }), "{fault}");
        fault.to_string()
    };
    let listed = vec![account, AccountId::parse("000000000000").unwrap()];
    let unlisted = told(&remedies("a-secret-handshake", vec![])).await;
    assert!(
        unlisted.contains(OTHER) && unlisted.contains("not in aws.accounts; name it there"),
        "{unlisted}"
    );
    // Neither the role missing nor a wrong external id is told apart by STS.
    let missing = told(&remedies("a-secret-handshake", listed.clone())).await;
    make_role(&iam).await;
    let wrong = told(&remedies("wrong", listed.clone())).await;
    for said in [missing, wrong] {
        assert!(
            said.starts_with(&format!("sts:AssumeRole in account {OTHER}, eu-central-1 failed")),
            "{said}"
        );
        assert!(said.contains("role/vouch/vouch-respond does not exist") && said.contains("aws.external_id"));
    }
    let right = remedies("a-secret-handshake", listed);
    let denied = told(&right).await;
    assert!(denied.contains(&format!("iam:GetRole in account {OTHER}")), "{denied}");
    assert!(denied.contains("`vouch iam-policy` prints"), "{denied}");
    permit(&iam, &ROLES).await;
    // One session for everything that this remedy needs within a case.
    let before = s.calls.count("AssumeRole");
    let mut acts = vec![];
    let prior = saved(right.prepare(&s.case, &target, &ROLES[..1]).await.unwrap()).remove(0);
    let receipt = right.apply(&s.case, &target, ROLES[0], &prior, s.cut_off).await.unwrap();
    acts.push(act(ROLES[0], prior, receipt));
    assert!(right.verify(&s.case, &target, &acts, s.cut_off).await.unwrap().is_empty());
    assert!(iam.get_role_policy().role_name("workload").policy_name("VouchRevoke").send().await.is_ok());
    assert_eq!(restored(right.undo(&s.case, &target, &acts, s.cut_off, false).await), 1);
    assert_eq!(s.calls.count("AssumeRole"), before, "the one that was denied is kept");
    let other = CaseId::parse("c0ffee0000000002").unwrap();
    right.prepare(&other, &target, &ROLES[..1]).await.unwrap();
    assert_eq!(s.calls.count("AssumeRole"), before + 1, "its own for each case");
}

/// What the remedies of users and roles call, from the first look to the undo, is what they declare: neither more
/// nor less.
#[tokio::test]
async fn each_remedy_calls_what_it_declares() {
    for remedy in EVERY.into_iter().chain(ROLES) {
        let name = format!("declared-{}", remedy.as_str());
        let s = if ROLES.contains(&remedy) { Scene::of_role(&name).await.0 } else { Scene::new(&name).await };
        if remedy == Remedy::DisableConsole {
            s.aws.give_password(&s.user.name, false).await;
        }
        let acts = s.carry_out(&s.case, &s.target(), &[remedy]).await;
        assert!(s.verify(&acts).await.is_empty(), "{name}");
        s.undo(&acts, false).await.unwrap();
        let declared = remedy.actions().iter().map(|action| (*action).to_owned()).collect();
        assert_eq!(s.calls.actions(), declared, "{name}");
    }
}

#[tokio::test]
async fn the_role_is_assumed_with_the_external_id_or_not_at_all() {
    let s = Scene::new("roles").await;
    make_role(&s.aws.iam()).await;
    permit(&s.aws.iam(), &EVERY).await;
    // The hub itself may do nothing but assume.
    s.aws.put_policy(&s.hub.name, "Vouch", &allow(&ASSUME)).await;

    let remedies = |id: &str| {
        Remedies::new(Arc::new(s.aws.clients(s.hub.credentials(), &with_role(id), s.cut_off)), QUARANTINE)
    };
    let fault = remedies("wrong").prepare(&s.case, &s.target(), &BOTH).await.unwrap_err();
    assert!(fault.to_string().starts_with("sts:AssumeRole in account 000000000000, eu-central-1"), "{fault}");
    let fault = s.remedies.prepare(&s.case, &s.target(), &BOTH).await.unwrap_err();
    assert!(fault.to_string().contains("iam:GetUser"), "{fault}");
    let right = remedies("a-secret-handshake");
    let prior = saved(right.prepare(&s.case, &s.target(), &BOTH).await.unwrap()).remove(0);
    right.apply(&s.case, &s.target(), Remedy::DeactivateKey, &prior, s.cut_off).await.unwrap();
    assert_eq!(s.aws.call_as(s.key()).await, Err("InvalidClientTokenId".to_owned()));
    // Every part of the largest bundle, through a session of its own policy.
    let priors = saved(right.prepare(&s.case, &s.target(), &CONTAIN).await.unwrap());
    for (remedy, prior) in CONTAIN.into_iter().zip(&priors) {
        right.apply(&s.case, &s.target(), remedy, prior, s.cut_off).await.unwrap();
    }
    assert!(s.aws.is_quarantined(&s.user.name).await);
}

/// What STS is asked for, as it goes over the wire; and that what it gives is good for one user. The emulator enforces
/// session policies, as STS does.
#[tokio::test]
async fn a_session_is_short_bears_its_case_and_reaches_one_target_only() {
    let (s, bystander) =
        (Scene::new("roles-narrow").await, Emulator::shared().create_user("bystander").await);
    make_role_named(&s.aws.iam(), "vouch-narrow").await;
    permit_named(&s.aws.iam(), "vouch-narrow", &EVERY).await;
    s.aws.put_policy(&s.hub.name, "Vouch", &allow(&ASSUME)).await;
    let upstream = s.aws.url().trim_start_matches("http://").parse().unwrap();
    let front = sim::aws::Front::start(upstream, None).await.unwrap();
    let respond_role = "arn:{partition}:iam::{account}:role/vouch/vouch-narrow".to_owned();
    let aws = config::Aws { respond_role, ..with_role("a-secret-handshake") };
    let sdk = s.aws.sdk_as(s.hub.credentials()).into_builder().endpoint_url(front.url()).build();
    let clients = Arc::new(Clients::with_sdk(sdk, &aws, Arc::new(Fixed(s.cut_off))).unwrap());
    Remedies::new(clients.clone(), QUARANTINE).prepare(&s.case, &s.target(), &BOTH).await.unwrap();

    let asked = front.requests("AssumeRole");
    assert_eq!(asked.len(), 1, "one session: {asked:?}");
    let asked = &asked[0];
    for (name, value) in [
        ("RoleArn", "arn:aws:iam::000000000000:role/vouch/vouch-narrow"),
        ("ExternalId", "a-secret-handshake"),
        ("DurationSeconds", "900"),
        ("RoleSessionName", "vouch-c0ffee0000000001"),
        ("SourceIdentity", "vouch-c0ffee0000000001"),
    ] {
        assert_eq!(asked.body[name], value, "{name}: {}", asked.body);
    }
    let sent = asked.body["Policy"].as_str().expect("a session policy");
    let policy: serde_json::Value = serde_json::from_str(sent).unwrap();
    let whom = ["", "*/"].map(|path| format!("arn:aws:iam::000000000000:user/{path}{}", s.user.name));
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Resource"], serde_json::json!(whom), "{policy}");
    }

    // The very session again, in other hands: the role may do this to anybody, the session to one user.
    let session = clients.respond(&s.target().account, Partition::Commercial, &s.case, sent).await.unwrap();
    assert_eq!(front.requests("AssumeRole").len(), 1, "it is the same one");
    let set = async |user: &TestUser| {
        let call = session.client.update_access_key().user_name(&user.name).access_key_id(&user.key);
        let answer = call.status("Inactive".into()).send().await;
        answer.map(|_| ()).map_err(|error| error.code().unwrap_or("no code").to_owned())
    };
    assert_eq!(set(&bystander).await, Err("AccessDenied".to_owned()));
    assert_eq!(s.aws.keys(&bystander.name).await, [(bystander.key.clone(), true)]);
    assert_eq!(set(&s.user).await, Ok(()));
}

#[tokio::test]
async fn other_accounts_and_partitions_are_never_called() {
    let s = Scene::new("roles-elsewhere").await;
    let abroad = Target { account: AccountId::parse("210987654321").unwrap(), ..s.target() };
    let fault = s.remedies.prepare(&s.case, &abroad, &BOTH).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { .. }) && fault.to_string().contains("210987654321"), "{fault}");
    let listed = config::Aws { accounts: vec![abroad.account.clone()], ..plain() };
    for (aws, target) in [
        (listed.clone(), abroad.clone()),
        (listed, s.target()),
        (plain(), Target { partition: Partition::China, ..s.target() }),
    ] {
        let clients =
            s.aws.clients(s.hub.credentials(), &aws, s.cut_off).observed_by(s.calls.observer(By::Respond));
        let fault =
            Remedies::new(Arc::new(clients), QUARANTINE).prepare(&s.case, &target, &BOTH).await.unwrap_err();
        assert!(matches!(fault, Fault::Never { .. }), "{fault}");
    }
    assert_eq!(s.calls.writes(), 0);
}
