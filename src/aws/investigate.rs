//! What can be read about who acted, and about instances and buckets, before anybody is asked.
//! Never here: writes, or conclusions about the case. What cannot be read is a gap, said in a sentence.

pub mod bucket;
mod document;
#[cfg(feature = "ec2")]
pub mod instance;
mod look;
mod past;
mod policies;
mod role;
mod root;
mod usage;
mod user;

use super::dossier::{Dossier, Dossiers};
use crate::case::evidence::{BucketEvidence, Evidence, InstanceEvidence};
use crate::case::finding::Finding;
use crate::case::principal::PrincipalKind;
use crate::ports::{Fault, Investigator};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use look::Look;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What the look-ups need in the account looked into, to be kept beside the calls: `iam-policy` prints it, `check`
/// tests it.
pub const ACTIONS: [&str; 25] = [
    "cloudtrail:LookupEvents",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountSummary",
    "iam:GetGroupPolicy",
    "iam:GetLoginProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:GetServiceLastAccessedDetails",
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAccessKeys",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupPolicies",
    "iam:ListGroupsForUser",
    "iam:ListMFADevices",
    "iam:ListRolePolicies",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates",
    "iam:ListUserPolicies",
];

/// What looking at an instance needs besides.
#[cfg(feature = "ec2")]
pub const INSTANCES: &[&str] = &instance::ACTIONS;
#[cfg(not(feature = "ec2"))]
pub const INSTANCES: &[&str] = &[];

/// All look-ups together (interface.md, retries: reads).
const TOGETHER: Duration = Duration::from_secs(20);

/// Reads with the evidence role.
pub struct Investigate {
    dossiers: Arc<Dossiers>,
}

impl Investigate {
    pub fn new(dossiers: Arc<Dossiers>) -> Self {
        Self { dossiers }
    }
}

#[async_trait]
impl Investigator for Investigate {
    async fn evidence(&self, finding: &Finding) -> Result<Evidence, Fault> {
        let until = Instant::now() + TOGETHER;
        let dossier = self.dossiers.of(finding);
        // In boxes: what runs side by side in them is deep.
        let who: BoxFuture<'_, Evidence> = Box::pin(principal(&dossier, until));
        let host: BoxFuture<'_, Looked<Option<Box<InstanceEvidence>>>> =
            Box::pin(self.of_instance(finding, until));
        let stores: BoxFuture<'_, Looked<Vec<BucketEvidence>>> =
            Box::pin(bucket::look(self.dossiers.clients(), finding, until));
        let (mut found, (instance, of_instance), (buckets, of_buckets)) = tokio::join!(who, host, stores);
        (found.instance, found.buckets) = (instance, buckets);
        found.gaps.extend(of_instance.into_iter().chain(of_buckets));
        Ok(found)
    }
}

/// What was found, and what could not be read.
type Looked<T> = (T, Vec<String>);

impl Investigate {
    #[cfg(feature = "ec2")]
    async fn of_instance(&self, finding: &Finding, until: Instant) -> Looked<Option<Box<InstanceEvidence>>> {
        instance::look(self.dossiers.clients(), finding, until).await
    }

    #[cfg(not(feature = "ec2"))]
    #[expect(clippy::unused_async, reason = "with EC2 it waits")]
    async fn of_instance(&self, finding: &Finding, _until: Instant) -> Looked<Option<Box<InstanceEvidence>>> {
        let missing = finding.instance().map(|id| format!("{id} was not looked at: built without EC2"));
        (None, missing.into_iter().collect())
    }
}

/// Who acted.
async fn principal(dossier: &Dossier, until: Instant) -> Evidence {
    let principal = &dossier.finding().principal;
    if principal.kind == PrincipalKind::None && dossier.finding().instance().is_some() {
        return Evidence::default();
    }
    let named = principal.has_callable_name();
    let user = principal.kind == PrincipalKind::IamUser;
    let federated = principal.kind == PrincipalKind::FederatedUser;
    let root = principal.kind == PrincipalKind::Root;
    if !(federated || root || (named && (user || principal.is_role()))) {
        let kind = principal.kind.as_str();
        return gap(format!("nothing can be looked up about a principal of kind {kind}"));
    }
    let iam = match timeout_at(until, dossier.iam()).await {
        Ok(Ok(iam)) => iam,
        Ok(Err(fault)) => return gap(fault.to_string()),
        Err(_) => {
            let account = dossier.account();
            return gap(format!("account {account}: no credentials to look things up with within 20 s"));
        }
    };
    let look = Look { dossier, iam, name: &principal.name, until };
    // In boxes too, for the same reason.
    let looked: BoxFuture<'_, Evidence> = if user {
        Box::pin(user::look(&look))
    } else if root {
        Box::pin(root::look(&look))
    } else if federated {
        Box::pin(past::look(&look))
    } else {
        Box::pin(role::look(&look))
    };
    looked.await
}

fn gap(sentence: String) -> Evidence {
    Evidence { gaps: vec![sentence], ..Evidence::default() }
}
