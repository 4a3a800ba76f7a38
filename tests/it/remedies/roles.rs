//! With roles configured: assumed for our own account too, with the external id, held to one user.
//! Never here: what the remedies do.

use super::*;
use vouch::case::principal::{AccountId, Partition};
use vouch::config;

fn with_role(external_id: &str) -> config::Aws {
    config::Aws {
        respond_role: "arn:{partition}:iam::{account}:role/vouch/vouch-respond".to_owned(),
        external_id: external_id.to_owned(),
        ..plain()
    }
}

#[tokio::test]
async fn the_role_is_assumed_with_the_external_id_or_not_at_all() {
    let s = Scene::new("roles").await;
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            "Condition": { "StringEquals": { "sts:ExternalId": "a-secret-handshake" } },
        }],
    });
    let iam = s.aws.iam();
    let call = iam.create_role().role_name("vouch-respond").path("/vouch/");
    call.assume_role_policy_document(trust.to_string()).send().await.unwrap();
    let actions: Vec<&str> = EVERY.iter().flat_map(|r| r.actions()).copied().collect();
    let call = iam.put_role_policy().role_name("vouch-respond").policy_name("Respond");
    call.policy_document(allow(&actions)).send().await.unwrap();
    // The hub itself may do nothing but assume.
    s.aws.put_policy(&s.hub.name, "Vouch", &allow(&["sts:AssumeRole", "sts:SetSourceIdentity"])).await;

    let remedies = |id: &str| {
        Remedies::new(Arc::new(s.aws.clients(s.hub.credentials(), &with_role(id), s.cut_off)), QUARANTINE)
    };
    let fault = remedies("wrong").prepare(&s.case, &s.target(), &BOTH).await.unwrap_err();
    assert!(fault.to_string().starts_with("sts:AssumeRole in account 000000000000, eu-central-1"), "{fault}");
    let fault = s.remedies.prepare(&s.case, &s.target(), &BOTH).await.unwrap_err();
    assert!(fault.to_string().contains("iam:GetUser"), "{fault}");
    let right = remedies("a-secret-handshake");
    let prior = right.prepare(&s.case, &s.target(), &BOTH).await.unwrap().priors.remove(0);
    right.apply(&s.case, &s.target(), Remedy::DeactivateKey, &prior, s.cut_off).await.unwrap();
    assert_eq!(s.aws.call_as(s.key()).await, Err("InvalidClientTokenId".to_owned()));
    // Every part of the largest bundle, through a session of its own policy.
    let priors = right.prepare(&s.case, &s.target(), &CONTAIN).await.unwrap().priors;
    for (remedy, prior) in CONTAIN.into_iter().zip(&priors) {
        right.apply(&s.case, &s.target(), remedy, prior, s.cut_off).await.unwrap();
    }
    assert!(s.aws.is_quarantined(&s.user.name).await);
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
        let clients = s.aws.clients(s.hub.credentials(), &aws, s.cut_off).observed_by(s.calls.observer());
        let fault =
            Remedies::new(Arc::new(clients), QUARANTINE).prepare(&s.case, &target, &BOTH).await.unwrap_err();
        assert!(matches!(fault, Fault::Never { .. }), "{fault}");
    }
    assert_eq!(s.calls.writes(), 0);
}
