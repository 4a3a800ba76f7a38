//! The commands and policies behind the advice. Whoever copies one runs it with their own rights, so a value goes in only
//! if it has a strict shape, whether it comes from a finding, from CloudTrail or from the settings; else a word in
//! capitals stands there to be replaced.
//! Never here: which of them a case gets.

use super::{Advised, Blank, Known};
use crate::case::CaseId;
use crate::case::evidence::{ChainEnd, Evidence};
use crate::case::finding::Finding;
use crate::case::principal::{Partition, callable};
use crate::case::remedy::sid;
use serde_json::{Value, json};

/// What of a case goes into commands.
pub(super) struct Values {
    sid: String,
    partition: &'static str,
    region: String,
    /// Of whoever acted.
    account: String,
    name: String,
    session: String,
    key: String,
    arn: String,
    bucket: String,
    instance: String,
    permission_set: String,
    /// Somebody else's account; never our own, which a policy would lock out.
    foreign: String,
    issuer: Issuer,
    /// The ARN of the policy that denies everything.
    quarantine: String,
    store: String,
    /// The option that names Identity Center's Region, with a space in front; empty if it is not known.
    store_region: String,
}

/// Who made a federated session, as CloudTrail tells it.
enum Issuer {
    User(String),
    /// No policy binds it.
    Root,
    Unknown,
}

impl Values {
    pub(super) fn of(case: &CaseId, finding: &Finding, evidence: Option<&Evidence>, known: &Known) -> Self {
        let p = &finding.principal;
        let account = p.account.as_ref().unwrap_or(&finding.account).to_string();
        let name = named(&p.name, Blank::Name);
        let partition = finding.partition.as_str();
        let key = p.access_key.as_ref().map_or(Blank::Key.word(), |key| key.as_str());
        let noun = if p.is_role() { "role" } else { "user" };
        let arn = evidence.and_then(|e| e.arn.as_deref());
        let found = arn.filter(|arn| is_arn(arn)).map(str::to_owned);
        let region = Some(known.identity_store_region.as_str()).filter(|region| is_name(region));
        Self {
            sid: sid(case),
            partition,
            region: finding.region.to_string(),
            arn: found.unwrap_or_else(|| format!("arn:{partition}:iam::{account}:{noun}/{name}")),
            permission_set: permission_set(&name).unwrap_or("PERMISSION_SET").to_owned(),
            session: named(p.session.as_deref().unwrap_or_default(), Blank::UserName),
            key: key.to_owned(),
            instance: named(super::instance(finding).unwrap_or_default(), Blank::Instance),
            bucket: named(super::bucket(finding).unwrap_or_default(), Blank::Bucket),
            foreign: p
                .account
                .as_ref()
                .filter(|account| **account != finding.account)
                .map_or(Blank::TheirAccount.word().to_owned(), ToString::to_string),
            issuer: issuer(evidence, &format!("arn:{partition}:iam::{account}:user/")),
            quarantine: quarantine(known, finding.partition, &account),
            store: named(&known.identity_store, Blank::IdentityStore),
            store_region: region.map(|region| format!(" --region {region}")).unwrap_or_default(),
            account,
            name,
        }
    }

    pub(super) fn command(&self, what: Advised) -> Option<String> {
        let Self { account, region, key, name, session, arn, bucket, instance, partition, .. } = self;
        let (store, at_store) = (&self.store, &self.store_region);
        Some(match what {
            Advised::TraceKey | Advised::FederatedIssuer => format!(
                "aws cloudtrail lookup-events --region {region} --lookup-attributes \
                 AttributeKey=ResourceName,AttributeValue={key}"
            ),
            Advised::LookUpCalls if key != Blank::Key.word() => format!(
                "aws cloudtrail lookup-events --region {region} --lookup-attributes \
                 AttributeKey=AccessKeyId,AttributeValue={key}"
            ),
            Advised::ServiceLook => format!("aws iam get-role --role-name {name}"),
            Advised::CheckPermissions => {
                format!("aws iam generate-service-last-accessed-details --granularity ACTION_LEVEL --arn {arn}")
            }
            Advised::RotateKey => format!("aws iam create-access-key --user-name {name}"),
            Advised::ChangePassword => format!("aws iam delete-login-profile --user-name {name}"),
            Advised::SsoUserId => format!(
                "aws identitystore get-user-id{at_store} --identity-store-id {store} --alternate-identifier \
                 '{{\"UniqueAttribute\":{{\"AttributePath\":\"userName\",\"AttributeValue\":\"{session}\"}}}}'"
            ),
            Advised::SsoPolicy => self.policy(&json!({
                "StringEquals": { "identitystore:UserId": Blank::UserId.word() },
            })),
            Advised::SsoPermissionSet => format!(
                "aws sso-admin put-inline-policy-to-permission-set{at_store} --instance-arn {1} --permission-set-arn \
                 {2}{0} --inline-policy file://deny.json && aws sso-admin provision-permission-set{at_store} \
                 --instance-arn {1} --permission-set-arn {2}{0} --target-type ALL_PROVISIONED_ACCOUNTS",
                self.permission_set,
                Blank::InstanceArn.word(),
                Blank::PermissionSet.word(),
            ),
            Advised::RootContact => format!(
                "aws account get-alternate-contact --alternate-contact-type SECURITY --account-id {account}"
            ),
            Advised::RootDeny => self.policy(&json!({
                "ArnLike": { "aws:PrincipalArn": format!("arn:{partition}:iam::{account}:root") },
            })),
            Advised::RootAudit => self.assume_root("IAMAuditRootUserCredentials"),
            Advised::RootDelete => self.assume_root("IAMDeleteRootUserCredentials"),
            Advised::FederatedDeny => {
                let issuer = match &self.issuer {
                    Issuer::User(name) => name.as_str(),
                    Issuer::Root => return None,
                    Issuer::Unknown => Blank::Issuer.word(),
                };
                format!("aws iam attach-user-policy --user-name {issuer} --policy-arn {}", self.quarantine)
            }
            Advised::AccountDeny => json!({
                "Sid": self.sid,
                "Effect": "Deny",
                "Principal": { "AWS": format!("arn:{partition}:iam::{}:root", self.foreign) },
                "Action": "s3:*",
                "Resource": [format!("arn:{partition}:s3:::{bucket}"), format!("arn:{partition}:s3:::{bucket}/*")],
            })
            .to_string(),
            Advised::AnonymousBlock => format!(
                "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration \
                 BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
            ),
            Advised::RoleTrust => format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument"),
            Advised::InstanceScan => format!(
                "aws guardduty start-malware-scan --region {region} --resource-arn \
                 arn:{partition}:ec2:{region}:{account}:instance/{instance}"
            ),
            Advised::InstancePorts => format!(
                "aws ec2 describe-instances --region {region} --instance-ids {instance} --query \
                 Reservations[].Instances[].SecurityGroups[].GroupId"
            ),
            Advised::LookUpCalls
            | Advised::AskUser
            | Advised::AccountArticle
            | Advised::SsoNewSessions
            | Advised::SsoKeep
            | Advised::ServiceNoRevoke
            | Advised::RootNotByChat
            | Advised::RootManagement
            | Advised::Support
            | Advised::AccountOwner
            | Advised::AnonymousOwner
            | Advised::SequenceEach
            | Advised::WorkloadRecycle
            | Advised::InstanceRebuild
            | Advised::InstanceConnections
            | Advised::InstanceTerminate
            | Advised::InstanceReading
            | Advised::Community
            | Advised::Suppress
            | Advised::Kubernetes
            | Advised::Database
            | Advised::Function
            | Advised::Container
            | Advised::Runtime
            | Advised::Malware
            | Advised::UnknownType => return None,
        })
    }

    /// A whole policy that denies everything under a condition.
    fn policy(&self, condition: &Value) -> String {
        let deny = json!({
            "Sid": self.sid, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition,
        });
        json!({ "Version": "2012-10-17", "Statement": [deny] }).to_string()
    }

    /// Works at a regional STS endpoint only, for 15 minutes at most (STS API reference, AssumeRoot).
    fn assume_root(&self, task: &str) -> String {
        format!(
            "aws sts assume-root --region {} --target-principal {} --task-policy-arn \
             arn=arn:{}:iam::aws:policy/root-task/{task}",
            self.region, self.account, self.partition
        )
    }
}

/// A federated session has one hop: only a user's own key, or root's, can call for it (STS API reference,
/// `GetFederationToken`). `users`: how the ARN of a user of the session's own account begins.
fn issuer(evidence: Option<&Evidence>, users: &str) -> Issuer {
    let Some(chain) = evidence.and_then(|e| e.chain.as_ref()) else { return Issuer::Unknown };
    if chain.hops.len() != 1 || chain.hops.iter().any(|hop| hop.event != "GetFederationToken") {
        return Issuer::Unknown;
    }
    match &chain.end {
        ChainEnd::User { arn } => {
            let name = arn.strip_prefix(users).and_then(|path| path.rsplit('/').next());
            name.filter(|name| is_name(name)).map_or(Issuer::Unknown, |name| Issuer::User(name.to_owned()))
        }
        ChainEnd::Root { .. } => Issuer::Root,
        ChainEnd::Provider { .. }
        | ChainEnd::Service { .. }
        | ChainEnd::Elsewhere { .. }
        | ChainEnd::NotFound { .. }
        | ChainEnd::TooLong
        | ChainEnd::Unclear { .. } => Issuer::Unknown,
    }
}

fn quarantine(known: &Known, partition: Partition, account: &str) -> String {
    let arn = partition.fill(&known.quarantine_policy, account);
    if is_arn(&arn) { arn } else { Blank::Quarantine.word().to_owned() }
}

fn named(text: &str, otherwise: Blank) -> String {
    (if is_name(text) { text } else { otherwise.word() }).to_owned()
}

/// What may stand in a shell word and in JSON as it is: the characters of names in IAM, STS and S3.
fn is_name(text: &str) -> bool {
    callable(text) && !text.starts_with('-')
}

fn is_arn(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-:/".contains(&b);
    text.starts_with("arn:") && text.bytes().all(allowed)
}

/// `AWSReservedSSO_NAME_HASH`.
fn permission_set(role: &str) -> Option<&str> {
    role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_shell_would_read_gets_into_a_command() {
        for text in ["", "a b", "$(id)", "`id`", "a;b", "-rf", "a'b", "a\"b", "a\nb", &"x".repeat(65)] {
            assert_eq!(named(text, Blank::Name), "NAME", "{text:?}");
        }
        assert_eq!(named("ana.m+1@example.com", Blank::Name), "ana.m+1@example.com");
        assert!(!is_arn("arn:aws:iam::1:role/x;id") && is_arn("arn:aws:iam::1:role/p/x"));
    }

    #[test]
    fn a_permission_set_is_named_within_its_role() {
        assert_eq!(permission_set("AWSReservedSSO_Power_User_0123abcd"), Some("Power_User"));
        assert_eq!(permission_set("deploy"), None);
    }
}
