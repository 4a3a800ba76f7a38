//! Whom the statement in a bucket's policy keeps out, said so that it hits nobody else.
//! Never here: the policy around it.

use super::Buckets;
use crate::case::principal::{AccountId, PrincipalKind, callable};
use crate::case::remedy::Target;
use crate::ports::Fault;
use serde_json::{Value, json};

/// Denies everything on one bucket to one identity. Conditions and not `Principal`, because S3 refuses a policy that
/// names a principal it does not know, and because an ARN does not tell one session of a role from another.
pub(super) fn statement(target: &Target, sid: &str, bucket: &str) -> Result<Value, Fault> {
    let partition = target.partition.as_str();
    let (key, operator, value) = condition(target).ok_or_else(|| nobody(target))?;
    Ok(json!({
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [format!("arn:{partition}:s3:::{bucket}"), format!("arn:{partition}:s3:::{bucket}/*")],
        "Condition": { operator: { key: value } },
    }))
}

/// Key, operator and value; `None` for whoever has no name of their own, and for those whom AWS keeps to itself.
///
/// `aws:userid` is `AIDA…` for a user and their sessions, `AROA…:session` for one session of a role, and
/// `account:name` for a federated user (IAM User Guide, table of principal values).
fn condition(target: &Target) -> Option<(&'static str, &'static str, Value)> {
    let session = target.session.as_deref().filter(|name| callable(name));
    let unique = target.unique_id.as_deref().filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()));
    match target.kind {
        PrincipalKind::IamUser => Some(match unique {
            Some(id) => ("aws:userid", "StringEquals", json!(id)),
            None => ("aws:PrincipalArn", "ArnLike", arns(target, "user")?),
        }),
        PrincipalKind::RoleSession
        | PrincipalKind::InstanceRole
        | PrincipalKind::WorkloadRole
        | PrincipalKind::SsoUser => Some(match (unique, session) {
            (Some(id), Some(session)) => ("aws:userid", "StringEquals", json!(format!("{id}:{session}"))),
            (Some(id), None) => ("aws:userid", "StringLike", json!(format!("{id}:*"))),
            (None, _) => ("aws:PrincipalArn", "ArnLike", arns(target, "role")?),
        }),
        PrincipalKind::FederatedUser => {
            let id = format!("{}:{}", AccountId::parse(unique?)?, session?);
            Some(("aws:userid", "StringEquals", json!(id)))
        }
        PrincipalKind::Account => {
            let theirs = AccountId::parse(unique?).filter(|account| *account != target.account)?;
            Some(("aws:PrincipalAccount", "StringEquals", json!(theirs.as_str())))
        }
        PrincipalKind::ServiceLinkedRole
        | PrincipalKind::Root
        | PrincipalKind::Anonymous
        | PrincipalKind::Service
        | PrincipalKind::Actors
        | PrincipalKind::None
        | PrincipalKind::Unknown => None,
    }
}

/// A finding names no path, so any is meant: names are unique within an account.
fn arns(target: &Target, kind: &str) -> Option<Value> {
    let (partition, account, name) = (target.partition.as_str(), &target.account, &target.name);
    let iam = format!("arn:{partition}:iam::{account}:{kind}");
    callable(name).then(|| json!([format!("{iam}/{name}"), format!("{iam}/*/{name}")]))
}

/// What it does not reach, or reaches beside the one who was meant; said to people.
pub(super) fn reach(target: &Target) -> Option<String> {
    let (_, operator, _) = condition(target)?;
    if target.kind.is_role() && operator != "StringEquals" {
        return Some(format!(
            "every session of the role {} is kept out: the finding does not tell them apart",
            target.name
        ));
    }
    let chosen = [PrincipalKind::RoleSession, PrincipalKind::WorkloadRole].contains(&target.kind);
    let session = target.session.as_deref().filter(|_| chosen && target.unique_id.is_some())?;
    Some(format!(
        "only the session {session} is kept out: whoever can assume the role again can name the next one otherwise"
    ))
}

/// Kept out ourselves, we could not take our own statement out again. STS tells no path, so the name decides.
pub(super) fn refuse_ourselves(target: &Target, own: &str) -> Result<(), Fault> {
    let (account, name) = (&target.account, &target.name);
    let kind = if target.kind.is_role() { "role" } else { "user" };
    let here = own.contains(&format!(":{account}:{kind}/")) && own.rsplit('/').next() == Some(name.as_str());
    if here {
        let cause = format!("account {account}: {kind} {name} is who we are; nothing was written");
        return Err(Fault::never(cause));
    }
    Ok(())
}

fn nobody(target: &Target) -> Fault {
    let (account, kind) = (&target.account, target.kind.as_str());
    Fault::never(format!(
        "account {account}: a principal of kind {kind} cannot be kept out of a bucket by its policy; nothing was written"
    ))
}

impl Buckets<'_> {
    /// The true ARN of the user or role, because protection may rest on a path. None for others, whom IAM here does
    /// not know. Refused when the name belongs to somebody else now.
    pub(super) async fn principal(&self) -> Result<Option<String>, Fault> {
        let name = &self.target.name;
        if !callable(name) {
            return Ok(None);
        }
        let (arn, id) = if self.target.kind == PrincipalKind::IamUser {
            let sent = self.iam.client.get_user().user_name(name).send();
            let user = self.iam.place.call("iam", "GetUser", sent).await?.user;
            user.map(|user| (user.arn, user.user_id)).unwrap_or_default()
        } else if self.target.kind.is_role() {
            let sent = self.iam.client.get_role().role_name(name).send();
            let role = self.iam.place.call("iam", "GetRole", sent).await?.role;
            role.map(|role| (role.arn, role.role_id)).unwrap_or_default()
        } else {
            return Ok(None);
        };
        match &self.target.unique_id {
            Some(expected) if *expected != id => Err(Fault::never(format!(
                "account {}: {name} was re-created: the finding says {expected}, IAM says {id}; nothing was written",
                self.target.account
            ))),
            Some(_) | None => Ok(Some(arn).filter(|arn| !arn.is_empty())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::principal::{Partition, Region};

    fn target(kind: PrincipalKind, session: Option<&str>, id: Option<&str>) -> Target {
        Target {
            partition: Partition::China,
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("cn-north-1").unwrap(),
            kind,
            name: "deploy".to_owned(),
            session: session.map(str::to_owned),
            unique_id: id.map(str::to_owned),
            keys: vec![],
            instance: None,
            buckets: vec!["logs".to_owned()],
        }
    }

    fn who(kind: PrincipalKind, session: Option<&str>, id: Option<&str>) -> Option<Value> {
        let statement = statement(&target(kind, session, id), "VouchA", "logs").ok()?;
        assert_eq!(statement["Resource"], json!(["arn:aws-cn:s3:::logs", "arn:aws-cn:s3:::logs/*"]));
        Some(statement["Condition"].clone())
    }

    #[test]
    fn we_are_known_by_account_kind_and_name() {
        let (ours, id) =
            (target(PrincipalKind::RoleSession, Some("s"), None), "arn:aws-cn:iam::123456789012");
        assert!(refuse_ourselves(&ours, &format!("{id}:role/deploy")).is_err());
        assert!(refuse_ourselves(&ours, &format!("{id}:role/vouch/deploy")).is_err());
        assert!(refuse_ourselves(&ours, &format!("{id}:user/deploy")).is_ok());
        assert!(refuse_ourselves(&ours, "arn:aws-cn:iam::210987654321:role/deploy").is_ok());
    }

    #[test]
    fn each_kind_is_kept_out_by_what_is_its_own() {
        use PrincipalKind::{Account, FederatedUser, IamUser, InstanceRole, RoleSession, SsoUser};
        let equals = |key: &str, value: &str| Some(json!({ "StringEquals": { key: value } }));
        assert_eq!(who(IamUser, None, Some("AIDAEXAMPLE")), equals("aws:userid", "AIDAEXAMPLE"));
        assert_eq!(who(InstanceRole, Some("i-0abc"), Some("AROAX")), equals("aws:userid", "AROAX:i-0abc"));
        assert_eq!(
            who(SsoUser, Some("al@example.com"), Some("AROAX")),
            equals("aws:userid", "AROAX:al@example.com")
        );
        let all = Some(json!({ "StringLike": { "aws:userid": "AROAX:*" } }));
        assert_eq!(who(RoleSession, None, Some("AROAX")), all);
        // A name with a variable or a wildcard in it never gets into the policy.
        assert_eq!(who(RoleSession, Some("${aws:username}"), Some("AROAX")), all);
        let arns = ["arn:aws-cn:iam::123456789012:role/deploy", "arn:aws-cn:iam::123456789012:role/*/deploy"];
        assert_eq!(
            who(RoleSession, Some("s1"), None),
            Some(json!({ "ArnLike": { "aws:PrincipalArn": arns } }))
        );
        assert_eq!(
            who(FederatedUser, Some("bob"), Some("123456789012")),
            equals("aws:userid", "123456789012:bob")
        );
        assert_eq!(who(Account, None, Some("210987654321")), equals("aws:PrincipalAccount", "210987654321"));
    }

    #[test]
    fn whoever_else_is_kept_out_is_said() {
        let said = |kind, session, id| reach(&target(kind, session, id)).unwrap_or_default();
        let role = PrincipalKind::RoleSession;
        assert!(said(role, Some("s1"), Some("AROAX")).starts_with("only the session s1"));
        for (session, id) in [(None, Some("AROAX")), (Some("s1"), None), (Some("${a}"), Some("AROAX"))] {
            assert!(
                said(role, session, id).starts_with("every session of the role deploy"),
                "{session:?} {id:?}"
            );
        }
        assert_eq!(said(PrincipalKind::IamUser, None, Some("AIDAEXAMPLE")), "");
    }

    #[test]
    fn nobody_is_kept_out_who_would_be_everybody_or_aws_itself() {
        use PrincipalKind::{Account, Anonymous, Root, Service, ServiceLinkedRole};
        assert_eq!(who(Account, None, Some("123456789012")), None, "our own account");
        for kind in [Anonymous, Root, Service, ServiceLinkedRole] {
            assert_eq!(who(kind, None, Some("AROAX")), None, "{kind:?}");
        }
    }
}
