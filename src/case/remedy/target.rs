//! What a plan acts on: the identity and the resources that confirmed findings name.
//! Never here: what a message shows; that is the finding's.

use super::{Family, Remedy};
use crate::case::evidence::InstanceEvidence;
use crate::case::finding::{Finding, Resource};
use crate::case::principal::{AccessKeyId, AccountId, KeyKind, Partition, PrincipalKind, Region};
use serde::{Deserialize, Serialize};

/// Taken from confirmed findings only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub partition: Partition,
    pub account: AccountId,
    /// Where the resources lie; IAM has no Regions.
    pub region: Region,
    pub kind: PrincipalKind,
    /// User name, or the role's name for sessions; empty when the finding names nobody.
    #[serde(alias = "user")]
    pub name: String,
    /// The session's name, for sessions of roles.
    #[serde(default)]
    pub session: Option<String>,
    /// As the finding gives it; compared with what IAM says before any write.
    pub unique_id: Option<String>,
    /// Every long-term key that confirmed findings of this case named.
    pub keys: Vec<AccessKeyId>,
    /// Instance id.
    #[serde(default)]
    pub instance: Option<String>,
    /// Bucket names.
    #[serde(default)]
    pub buckets: Vec<String>,
}

impl Target {
    pub fn of(finding: &Finding) -> Self {
        let p = &finding.principal;
        let long_term = p.access_key.iter().filter(|k| k.kind() == KeyKind::LongTerm);
        // Where nothing is changed about who acted, the finding's account is the one the resource lies in.
        let named = p.account.as_ref().filter(|_| p.kind == PrincipalKind::IamUser || p.is_role());
        let instance = match &finding.resource {
            Some(Resource::Instance { id, .. }) => Some(id.clone()),
            Some(Resource::Bucket { .. } | Resource::Other { .. }) | None => None,
        };
        let buckets = finding.resource.as_ref().map(Resource::buckets).unwrap_or_default();
        Self {
            partition: finding.partition,
            account: named.unwrap_or(&finding.account).clone(),
            region: finding.region.clone(),
            kind: p.kind,
            name: p.name.clone(),
            session: p.session.clone(),
            unique_id: p.unique_id.clone(),
            keys: long_term.cloned().collect(),
            instance,
            buckets: buckets.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Without the identity, where these remedies leave it alone: a bucket that root opened can be closed, though
    /// nothing can be done to root.
    pub fn for_acts(self, acts: &[Remedy]) -> Self {
        let identity = |remedy: &Remedy| match remedy.family() {
            Some(Family::User | Family::Role) => true,
            Some(Family::Bucket) => *remedy == Remedy::DenyPrincipalOnBucket,
            Some(Family::Instance) | None => false,
        };
        if acts.iter().any(identity) {
            return self;
        }
        let (kind, keys) = (PrincipalKind::None, vec![]);
        Self { kind, name: String::new(), session: None, unique_id: None, keys, ..self }
    }

    /// Adds what a further confirmed finding of the same case names.
    pub fn absorb(&mut self, fresh: Self) {
        for key in fresh.keys {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        for bucket in fresh.buckets {
            if !self.buckets.contains(&bucket) {
                self.buckets.push(bucket);
            }
        }
        self.unique_id = self.unique_id.take().or(fresh.unique_id);
        // Resources lie in a Region, and the first finding may have come without any.
        if self.instance.is_none() && self.buckets.is_empty() && fresh.instance.is_some() {
            self.region = fresh.region;
        }
        self.instance = self.instance.take().or(fresh.instance);
    }

    /// What was looked up about the instance completes what the finding says: the role it acts with, where nobody is
    /// named; the instance itself, where only a session of its role is.
    pub fn learn(&mut self, known: &InstanceEvidence, finding: &Finding) {
        if !known.is_meant(finding) || self.instance.as_ref().is_some_and(|id| *id != known.id) {
            return;
        }
        self.instance = Some(known.id.clone());
        if let Some(role) = known.role.as_ref().filter(|_| self.kind == PrincipalKind::None) {
            self.kind = PrincipalKind::InstanceRole;
            self.name = role.name.clone();
            self.session = Some(known.id.clone());
            self.unique_id = Some(role.unique_id.clone());
        }
    }

    /// The first of `arns`: what a plan is named after.
    pub fn arn(&self) -> String {
        self.arns().into_iter().next().unwrap_or_default()
    }

    /// What protection is asked about: a name may be given anew, a unique id never is.
    pub fn ids(&self) -> Vec<String> {
        self.arns().into_iter().chain(self.unique_id.clone()).collect()
    }

    /// Everything it names, the identity first.
    pub fn arns(&self) -> Vec<String> {
        let (partition, account, region) = (self.partition.as_str(), &self.account, &self.region);
        let identity = (!self.name.is_empty()).then(|| {
            let kind = if self.kind.is_role() { "role" } else { "user" };
            format!("arn:{partition}:iam::{account}:{kind}/{}", self.name)
        });
        let instance =
            self.instance.iter().map(|id| format!("arn:{partition}:ec2:{region}:{account}:instance/{id}"));
        let buckets = self.buckets.iter().map(|name| format!("arn:{partition}:s3:::{name}"));
        identity.into_iter().chain(instance).chain(buckets).collect()
    }
}
