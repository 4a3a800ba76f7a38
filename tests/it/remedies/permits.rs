//! Each remedy with what `vouch iam-policy` prints, and with one action less; the same for assuming its role.
//! Never here: what the remedies do.

use super::bucket::permits as buckets;
use super::*;
use crate::permits::{Policy, Tried, UNASKED};
use futures_util::StreamExt;
use futures_util::stream::iter;
use std::collections::BTreeSet;
use vouch::config;

/// So many at once: the emulator answers one after the other.
const AT_ONCE: usize = 4;

/// From the first look to the undo; what went wrong, in sentences.
pub(super) async fn there_and_back(
    remedies: &Remedies,
    case: &CaseId,
    target: &Target,
    remedy: Remedy,
    at: Timestamp,
) -> Vec<String> {
    let all = async {
        let prior = saved(remedies.prepare(case, target, &[remedy]).await?).remove(0);
        let receipt = remedies.apply(case, target, remedy, &prior, at).await?;
        let acts = [act(remedy, prior, receipt)];
        let lost = remedies.verify(case, target, &acts, at).await?;
        Ok::<_, Fault>((lost, remedies.undo(case, target, &acts, at, false).await?))
    };
    match all.await {
        Ok((lost, Undone::Restored { notes: more, .. } | Undone::Refused { changed: more })) => {
            lost.into_iter().chain(more).collect()
        }
        Err(fault) => vec![fault.to_string()],
    }
}

async fn tried(remedy: Remedy, name: &str, policy: &str) -> Tried {
    let s = if ROLES.contains(&remedy) { Scene::of_role(name).await.0 } else { Scene::new(name).await };
    if remedy == Remedy::DisableConsole {
        s.aws.give_password(&s.user.name, false).await;
    }
    s.aws.put_policy(&s.hub.name, "Vouch", policy).await;
    let said = there_and_back(&s.remedies, &s.case, &s.target(), remedy, s.cut_off).await;
    Tried::of(&s.calls, said)
}

#[tokio::test]
async fn without_any_action_that_a_remedy_declares_it_fails() {
    let policy = Policy::printed("respond");
    let pairs = EVERY.into_iter().chain(ROLES).flat_map(|remedy| {
        let declared = remedy.actions().iter().map(|action| Some(*action));
        declared.chain([None]).map(move |action| (remedy, action))
    });
    let runs = iter(pairs.enumerate()).map(|(n, (remedy, action))| {
        let policy = &policy;
        async move {
            let name = format!("permit-{n}");
            match action {
                None => drop(tried(remedy, &name, &policy.text()).await.went_well()),
                Some(action) => tried(remedy, &name, &policy.without(action)).await.missed(action),
            }
        }
    });
    runs.buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// So that nothing is printed that no test takes away.
#[test]
fn every_permission_to_write_is_taken_away_somewhere() {
    let policy = Policy::printed("respond");
    let tried = EVERY.into_iter().chain(ROLES).chain(buckets::ALL.map(|scene| scene.remedy()));
    let tried: BTreeSet<&str> = tried.flat_map(|remedy| remedy.actions()).copied().chain(UNASKED).collect();
    for service in ["iam", "s3", "sts"] {
        for action in policy.actions(service) {
            assert!(tried.contains(action.as_str()), "nothing is tried without {action}");
        }
    }
}

/// What the hub may do in STS, and what its roles need to be assumed.
#[tokio::test]
async fn a_hub_that_may_not_assume_roles_does_nothing_in_them() {
    let s = Scene::new("permit-sts").await;
    let printed = Policy::printed("hub").actions("sts");
    let may: Vec<&str> = printed.iter().map(String::as_str).collect();
    // Whoever the account itself lets: named here, the hub would need no permission of its own.
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" }, "Action": may },
        ],
    });
    let iam = s.aws.iam();
    let made = iam.create_role().role_name("permit-sts").path("/vouch/");
    made.assume_role_policy_document(trust.to_string()).send().await.unwrap();
    let put = iam.put_role_policy().role_name("permit-sts").policy_name("Respond");
    put.policy_document(Policy::printed("respond").text()).send().await.unwrap();
    let respond_role = "arn:{partition}:iam::{account}:role/vouch/permit-sts".to_owned();
    let aws = config::Aws { respond_role, ..plain() };
    let prepare = async || {
        let clients = s.aws.clients(s.hub.credentials(), &aws, s.cut_off);
        Remedies::new(Arc::new(clients), QUARANTINE).prepare(&s.case, &s.target(), &BOTH).await
    };
    assert_eq!(may, ["sts:AssumeRole", "sts:SetSourceIdentity"]);
    s.aws.put_policy(&s.hub.name, "Vouch", &allow(&may)).await;
    prepare().await.unwrap();
    for action in may.iter().filter(|action| !UNASKED.contains(action)) {
        let others: Vec<&str> = may.iter().filter(|other| *other != action).copied().collect();
        s.aws.put_policy(&s.hub.name, "Vouch", &allow(&others)).await;
        let fault = prepare().await.unwrap_err().to_string();
        assert!(fault.starts_with("sts:AssumeRole in account"), "without {action}: {fault}");
    }
}
