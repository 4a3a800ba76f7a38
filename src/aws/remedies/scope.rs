//! What a session may do at most: these remedies, to this user or role, with this one policy.
//! Never here: calls.

mod instance;

pub use instance::{circumstances, for_any, for_instance, is_ours, sample};

use crate::case::principal::callable;
use crate::case::remedy::{Prior, Remedy, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Characters of a session's policy at most (STS API reference, `Policy`).
const MOST: usize = 2048;

/// The buckets, the account's own settings, and a look at the one identity that is kept out. S3 keeps account
/// settings apart from every resource (Service Authorization Reference). More buckets than a session's policy can name:
/// any of this account then, and the calls still name each.
pub(super) fn for_buckets(target: &Target, acts: &[(Remedy, Option<&Prior>)]) -> String {
    let names = target.buckets.iter().filter(|name| bucket_name(name));
    let partition = target.partition.as_str();
    let buckets: Vec<String> = names.map(|name| format!("arn:{partition}:s3:::{name}")).collect();
    let exact = buckets_policy(target, acts, json!({ "Resource": buckets }));
    if exact.len() <= MOST {
        return exact;
    }
    let ours = json!({ "StringEquals": { "aws:ResourceAccount": target.account.as_str() } });
    let any = json!({ "Resource": format!("arn:{partition}:s3:::*"), "Condition": ours });
    buckets_policy(target, acts, any)
}

fn buckets_policy(target: &Target, acts: &[(Remedy, Option<&Prior>)], buckets: Value) -> String {
    let actions: BTreeSet<&str> = acts.iter().flat_map(|(act, _)| act.actions()).copied().collect();
    let of = |wanted: fn(&str) -> bool| actions.iter().copied().filter(|a| wanted(a)).collect::<Vec<_>>();
    let (partition, account) = (target.partition.as_str(), &target.account);
    let mut whom = vec![];
    if callable(&target.name) {
        for kind in ["user", "role"] {
            whom.push(format!("arn:{partition}:iam::{account}:{kind}/{}", target.name));
            whom.push(format!("arn:{partition}:iam::{account}:{kind}/*/{}", target.name));
        }
    }
    let rows = [
        (of(|a| a.starts_with("s3:") && !a.contains("Account")), buckets),
        (of(|a| a.starts_with("s3:") && a.contains("Account")), json!({ "Resource": "*" })),
        (of(|a| a.starts_with("iam:")), json!({ "Resource": whom })),
    ];
    let is_any = |place: &Value| place["Resource"].as_array().is_none_or(|list| !list.is_empty());
    let rows = rows.into_iter().filter(|(actions, place)| !actions.is_empty() && is_any(place));
    let statements: Vec<Value> = rows
        .map(|(actions, mut place)| {
            place["Effect"] = json!("Allow");
            place["Action"] = json!(actions);
            place
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// What S3 allows in a bucket's name, and so nothing that means more than itself in a policy.
fn bucket_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (3..=255).contains(&name.len()) && name.bytes().all(allowed)
}

/// A finding names no path, so every path is allowed: names are unique within an account, whatever their path.
/// `kind`: `user` or `role`.
///
/// `IfExists` takes nothing away: IAM gives `iam:PolicyARN` with every call that is pinned by it, and the role's
/// own policy (`vouch iam-policy respond`) insists on it.
pub(super) fn for_identity(
    target: &Target,
    kind: &str,
    acts: &[(Remedy, Option<&Prior>)],
    quarantine: &str,
) -> String {
    let actions: BTreeSet<&str> = acts.iter().flat_map(|(act, _)| act.actions()).copied().collect();
    let (pinned, plain): (BTreeSet<&str>, BTreeSet<&str>) =
        actions.into_iter().partition(|action| Remedy::PINNED.contains(action));
    let (partition, account, name) = (target.partition.as_str(), &target.account, &target.name);
    let whom = json!([
        format!("arn:{partition}:iam::{account}:{kind}/{name}"),
        format!("arn:{partition}:iam::{account}:{kind}/*/{name}"),
    ]);
    let mut statements = vec![json!({ "Effect": "Allow", "Action": plain, "Resource": whom })];
    if !pinned.is_empty() {
        let only = json!({ "ArnEqualsIfExists": { "iam:PolicyARN": pins(acts, quarantine) } });
        statements.push(json!({ "Effect": "Allow", "Action": pinned, "Resource": whom, "Condition": only }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The policies that may be attached and detached: what the saved states name, else what the setting names.
fn pins<'a>(acts: &[(Remedy, Option<&'a Prior>)], setting: &'a str) -> BTreeSet<&'a str> {
    let mut saved = BTreeSet::new();
    for (_, prior) in acts {
        if let Some(Prior::Quarantine { policy, .. }) = prior {
            saved.insert(policy.as_str());
        }
    }
    if saved.is_empty() { BTreeSet::from([setting]) } else { saved }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::principal::{AccountId, Partition, PrincipalKind, Region};
    use crate::case::remedy::Family;

    fn target() -> Target {
        Target {
            partition: Partition::GovCloud,
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("us-gov-west-1").unwrap(),
            kind: PrincipalKind::IamUser,
            name: "u".repeat(64),
            session: None,
            unique_id: None,
            keys: vec![],
            instance: None,
            buckets: vec![],
        }
    }

    /// With the longest path and name that IAM allows for a policy.
    fn longest() -> String {
        let (path, name) = ("p".repeat(510), "n".repeat(128));
        format!("arn:aws-us-gov:iam::123456789012:policy/{path}/{name}")
    }

    fn policy(acts: &[Remedy], quarantine: &str) -> String {
        let acts: Vec<_> = acts.iter().map(|act| (*act, None)).collect();
        for_identity(&target(), "user", &acts, quarantine)
    }

    #[test]
    fn it_names_one_user_and_only_declared_actions() {
        let policy = policy(&[Remedy::DeactivateKey, Remedy::CutSessions], &longest());
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(
            value["Statement"][0]["Action"],
            json!([
                "iam:DeleteUserPolicy",
                "iam:GetUser",
                "iam:GetUserPolicy",
                "iam:ListAccessKeys",
                "iam:PutUserPolicy",
                "iam:UpdateAccessKey"
            ])
        );
        assert_eq!(value["Statement"].as_array().unwrap().len(), 1);
        assert!(!policy.contains(":role/"));
    }

    #[test]
    fn buckets_are_named_and_nothing_else() {
        let name = |n: usize| format!("{n}{}", "b".repeat(62));
        let target = Target { buckets: (0..10).map(name).chain(["a*".to_owned()]).collect(), ..target() };
        let acts = [Remedy::BlockBucketPublicAccess, Remedy::RemoveCors].map(|act| (act, None));
        let policy = for_buckets(&target, &acts);
        assert!(!policy.contains('*') && !policy.contains("iam:"), "{policy}");
        let all = Remedy::ALL.into_iter().filter(|r| r.family() == Some(Family::Bucket));
        let all: Vec<_> = all.map(|act| (act, None)).collect();
        let policy = for_buckets(&target, &all);
        assert!(policy.len() <= MOST, "{}", policy.len());
        let many = Target { buckets: (0..40).map(|n| format!("{n:063}")).collect(), ..target };
        let policy = for_buckets(&many, &all);
        assert!(
            policy.len() <= MOST && policy.contains(r#""aws:ResourceAccount":"123456789012""#),
            "{policy}"
        );
    }

    #[test]
    fn every_remedy_for_users_at_once_fits_what_sts_takes() {
        let all =
            [Remedy::DeactivateAllKeys, Remedy::CutSessions, Remedy::QuarantineUser, Remedy::DisableConsole];
        let policy = policy(&all, &longest());
        assert!(policy.len() <= 2048, "{}", policy.len());
    }

    #[test]
    fn every_remedy_for_roles_at_once_fits_too_and_names_the_role() {
        let all = [Remedy::RevokeSession, Remedy::RevokeRoleSessions, Remedy::QuarantineRole];
        let acts = all.map(|act| (act, None));
        let policy = for_identity(&target(), "role", &acts, &longest());
        assert!(policy.len() <= 2048 && !policy.contains(":user/"), "{policy}");
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(value["Statement"][1]["Action"], json!(["iam:AttachRolePolicy", "iam:DetachRolePolicy"]));
    }

    #[test]
    fn attaching_is_held_to_the_one_policy() {
        let saved = Prior::Quarantine { policy: "arn:aws:iam::1:policy/old".to_owned(), attached: false };
        let acts = [(Remedy::QuarantineUser, Some(&saved))];
        assert_eq!(pins(&acts, "new"), BTreeSet::from(["arn:aws:iam::1:policy/old"]));
        let value: serde_json::Value =
            serde_json::from_str(&policy(&[Remedy::QuarantineUser], "new")).unwrap();
        assert_eq!(value["Statement"][0]["Action"], json!(["iam:GetUser", "iam:ListAttachedUserPolicies"]));
        assert_eq!(value["Statement"][1]["Action"], json!(["iam:AttachUserPolicy", "iam:DetachUserPolicy"]));
        assert_eq!(value["Statement"][1]["Condition"]["ArnEqualsIfExists"]["iam:PolicyARN"], json!(["new"]));
    }
}
