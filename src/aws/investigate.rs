//! What can be read about an IAM user before anybody is asked.
//! Never here: writes, or conclusions. What cannot be read is a gap, said in a sentence.

pub mod bucket;

use super::call::Failed;
use super::clients::{Clients, Iam};
use crate::case::evidence::{Evidence, KeyFact};
use crate::case::finding::Finding;
use crate::case::principal::PrincipalKind;
use crate::ports::{Fault, Investigator};
use async_trait::async_trait;
use aws_sdk_iam::types::{AttachedPolicy, StatusType};
use futures_util::future::join_all;
use jiff::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What the look-ups need in the account looked at.
pub const ACTIONS: [&str; 9] = [
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:GetAccessKeyLastUsed",
    "iam:ListAttachedUserPolicies",
    "iam:ListUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListAttachedGroupPolicies",
    "iam:ListMFADevices",
    "iam:GetLoginProfile",
];

/// All look-ups together (interface.md, retries: reads).
const TOGETHER: Duration = Duration::from_secs(20);

/// How many keys and groups are looked into. IAM allows two keys and ten groups a user.
const MOST: usize = 10;

/// Reads with the evidence role.
pub struct Investigate {
    clients: Arc<Clients>,
}

impl Investigate {
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Investigator for Investigate {
    async fn evidence(&self, finding: &Finding) -> Result<Evidence, Fault> {
        let until = Instant::now() + TOGETHER;
        let buckets = Box::pin(bucket::look(&self.clients, finding, until));
        let (evidence, (buckets, gaps)) = tokio::join!(self.of_principal(finding, until), buckets);
        let mut evidence = evidence?;
        evidence.buckets = buckets;
        evidence.gaps.extend(gaps);
        Ok(evidence)
    }
}

impl Investigate {
    async fn of_principal(&self, finding: &Finding, until: Instant) -> Result<Evidence, Fault> {
        let principal = &finding.principal;
        if principal.kind != PrincipalKind::IamUser || !principal.has_callable_name() {
            let kind = principal.kind.as_str();
            return Ok(gap(format!("nothing is looked up about principals of kind {kind} in this version")));
        }
        let account = principal.account.as_ref().unwrap_or(&finding.account);
        let iam = self.clients.evidence(account, finding.partition, &finding.id);
        match timeout_at(until, iam).await {
            Ok(Ok(iam)) => Ok(look(&Look { iam, user: &principal.name, until }).await),
            Ok(Err(fault)) => Ok(gap(fault.to_string())),
            Err(_) => {
                Ok(gap(format!("account {account}: no credentials to look things up with within 20 s")))
            }
        }
    }
}

fn gap(sentence: String) -> Evidence {
    Evidence { gaps: vec![sentence], ..Evidence::default() }
}

struct Look<'a> {
    iam: Iam,
    user: &'a str,
    until: Instant,
}

impl Look<'_> {
    /// The answer, or `None` and a gap.
    async fn read<T>(
        &self,
        operation: &'static str,
        sent: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, String> {
        match timeout_at(self.until, sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failed)) => Err(failed.fault.to_string()),
            Err(_) => Err(format!("iam:{operation} for user {} took too long", self.user)),
        }
    }
}

async fn look(look: &Look<'_>) -> Evidence {
    let mut e = Evidence::default();
    let (user, keys, attached, inline, groups, mfa, console) = tokio::join!(
        user(look),
        keys(look),
        attached(look),
        inline(look),
        groups(look),
        mfa(look),
        console_password(look)
    );
    if let Some((arn, id, created)) = keep(user, &mut e.gaps) {
        (e.arn, e.unique_id, e.created_at) = (Some(arn), Some(id), created);
    }
    if let Some((keys, gaps)) = keep(keys, &mut e.gaps) {
        e.keys = keys;
        e.gaps.extend(gaps);
    }
    let attached = keep(attached, &mut e.gaps).unwrap_or_default();
    e.admin = attached.iter().any(is_admin);
    e.policies = attached.into_iter().filter_map(|policy| policy.policy_name).collect();
    e.policies.extend(keep(inline, &mut e.gaps).unwrap_or_default());
    if let Some((groups, admin, gaps)) = keep(groups, &mut e.gaps) {
        (e.groups, e.admin) = (groups, e.admin || admin);
        e.gaps.extend(gaps);
    }
    e.mfa_devices = keep(mfa, &mut e.gaps);
    e.console_password = keep(console, &mut e.gaps);
    e
}

fn keep<T>(read: Result<T, String>, gaps: &mut Vec<String>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}

async fn user(look: &Look<'_>) -> Result<(String, String, Option<Timestamp>), String> {
    let sent = look.iam.client.get_user().user_name(look.user).send();
    let answer = look.read("GetUser", look.iam.place.call("iam", "GetUser", sent)).await?;
    let user = answer.user.ok_or_else(|| format!("iam:GetUser answered without a user {}", look.user))?;
    Ok((user.arn, user.user_id, moment(user.create_date.secs())))
}

async fn keys(look: &Look<'_>) -> Result<(Vec<KeyFact>, Vec<String>), String> {
    let sent = look.iam.client.list_access_keys().user_name(look.user).send();
    let answer = look.read("ListAccessKeys", look.iam.place.call("iam", "ListAccessKeys", sent)).await?;
    let listed = answer
        .access_key_metadata
        .into_iter()
        .take(MOST)
        .filter_map(|key| Some((key.access_key_id?, key.status == Some(StatusType::Active))));
    let facts = join_all(listed.map(|(id, active)| key_fact(look, id, active))).await;
    let (facts, gaps): (Vec<_>, Vec<_>) = facts.into_iter().unzip();
    Ok((facts, gaps.into_iter().flatten().collect()))
}

async fn key_fact(look: &Look<'_>, id: String, active: bool) -> (KeyFact, Option<String>) {
    let call = look.iam.client.get_access_key_last_used().access_key_id(&id);
    let sent = look.iam.place.call("iam", "GetAccessKeyLastUsed", call.send());
    let (used, gap) = match look.read("GetAccessKeyLastUsed", sent).await {
        Ok(answer) => (answer.access_key_last_used, None),
        Err(gap) => (None, Some(gap)),
    };
    let last_used = used.as_ref().and_then(|u| u.last_used_date.as_ref()).and_then(|at| moment(at.secs()));
    // IAM answers `N/A` for a key that was never used (IAM API reference, AccessKeyLastUsed).
    let last_service = used.map(|u| u.service_name).filter(|s| last_used.is_some() && s != "N/A");
    (KeyFact { id, active, last_used, last_service }, gap)
}

async fn attached(look: &Look<'_>) -> Result<Vec<AttachedPolicy>, String> {
    let sent = look.iam.client.list_attached_user_policies().user_name(look.user).send();
    let sent = look.iam.place.call("iam", "ListAttachedUserPolicies", sent);
    Ok(look.read("ListAttachedUserPolicies", sent).await?.attached_policies.unwrap_or_default())
}

async fn inline(look: &Look<'_>) -> Result<Vec<String>, String> {
    let sent = look.iam.client.list_user_policies().user_name(look.user).send();
    Ok(look
        .read("ListUserPolicies", look.iam.place.call("iam", "ListUserPolicies", sent))
        .await?
        .policy_names)
}

/// Names of the groups, and whether one of them makes an administrator.
async fn groups(look: &Look<'_>) -> Result<(Vec<String>, bool, Vec<String>), String> {
    let sent = look.iam.client.list_groups_for_user().user_name(look.user).send();
    let answer =
        look.read("ListGroupsForUser", look.iam.place.call("iam", "ListGroupsForUser", sent)).await?;
    let names: Vec<String> = answer.groups.into_iter().map(|g| g.group_name).take(MOST).collect();
    let policies = join_all(names.iter().map(|group| async move {
        let sent = look.iam.client.list_attached_group_policies().group_name(group).send();
        let sent = look.iam.place.call("iam", "ListAttachedGroupPolicies", sent);
        look.read("ListAttachedGroupPolicies", sent).await
    }));
    let (mut admin, mut gaps) = (false, vec![]);
    for answer in policies.await {
        match answer {
            Ok(answer) => admin |= answer.attached_policies.unwrap_or_default().iter().any(is_admin),
            Err(gap) => gaps.push(gap),
        }
    }
    Ok((names, admin, gaps))
}

async fn mfa(look: &Look<'_>) -> Result<u32, String> {
    let sent = look.iam.client.list_mfa_devices().user_name(look.user).send();
    let answer = look.read("ListMFADevices", look.iam.place.call("iam", "ListMFADevices", sent)).await?;
    Ok(u32::try_from(answer.mfa_devices.len()).unwrap_or(u32::MAX))
}

async fn console_password(look: &Look<'_>) -> Result<bool, String> {
    let sent = look.iam.client.get_login_profile().user_name(look.user).send();
    let call = async {
        match look.iam.place.call("iam", "GetLoginProfile", sent).await {
            Ok(_) => Ok(true),
            Err(failed) if failed.is_missing() => Ok(false),
            Err(failed) => Err(failed),
        }
    };
    look.read("GetLoginProfile", call).await
}

/// The managed policy that AWS itself calls administrator, in every partition.
fn is_admin(policy: &AttachedPolicy) -> bool {
    let arn = policy.policy_arn.as_deref().unwrap_or_default();
    arn.starts_with("arn:aws") && arn.ends_with(":iam::aws:policy/AdministratorAccess")
}

fn moment(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}
