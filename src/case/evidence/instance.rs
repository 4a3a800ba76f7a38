//! What we looked up about an EC2 instance: what runs where, who can reach it, what it may do, and who sends it work.
//! Never here: how it was looked up. Tags and names are untrusted.

use crate::case::finding::{Finding, Resource};
use crate::case::principal::PrincipalKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Read-only facts about one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceEvidence {
    pub id: String,
    /// Such as `running`.
    pub state: String,
    pub kind: Option<String>,
    pub image: Option<String>,
    pub launched_at: Option<Timestamp>,
    pub spot: bool,
    pub public_addresses: Vec<String>,
    pub interfaces: Vec<InterfaceFact>,
    /// What its security groups let in from everywhere, such as `tcp 22`.
    pub open_ports: Vec<String>,
    pub role: Option<RoleFact>,
    /// Volumes by device, and whether each goes when the instance does.
    pub volumes: Vec<(String, bool)>,
    /// It has disks that a stop or an end wipes: not all of it can be snapshotted.
    pub instance_store: bool,
    pub termination_protected: Option<bool>,
    /// Whether its metadata service insists on tokens.
    pub imdsv2: Option<bool>,
    pub scaling: Option<ScalingFact>,
    /// Names of the target groups that send it traffic.
    pub target_groups: Vec<String>,
    pub tags: Vec<(String, String)>,
}

/// A network interface attached to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceFact {
    pub id: String,
    pub vpc: String,
    pub groups: Vec<String>,
    /// AWS made it for a service; we cannot change it.
    pub managed: bool,
}

/// The role that its profile gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleFact {
    pub name: String,
    pub arn: String,
    /// `AROA…`.
    pub unique_id: String,
}

/// The Auto Scaling group that keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingFact {
    pub group: String,
    /// Such as `InService`.
    pub state: String,
}

impl InstanceEvidence {
    /// Whether acting on this instance is what the finding calls for: it names the instance, or a session of the very
    /// role that the instance has. The session's name alone proves nothing: whoever may assume a role can choose it.
    pub fn is_meant(&self, finding: &Finding) -> bool {
        let p = &finding.principal;
        match &finding.resource {
            Some(Resource::Instance { id, .. }) => *id == self.id,
            Some(Resource::Bucket { .. } | Resource::Other { .. }) | None => {
                p.kind == PrincipalKind::InstanceRole
                    && p.session.as_deref() == Some(self.id.as_str())
                    && self.role.as_ref().is_some_and(|role| {
                        role.name == p.name && p.unique_id.as_ref().is_none_or(|id| *id == role.unique_id)
                    })
            }
        }
    }
}

impl Finding {
    /// The instance to look at: named, or after which a session of an instance's role is called (facts/aws.md 2.4).
    pub fn instance(&self) -> Option<&str> {
        match &self.resource {
            Some(Resource::Instance { id, .. }) => Some(id),
            Some(Resource::Bucket { .. } | Resource::Other { .. }) | None => {
                let session = self.principal.session.as_deref();
                session.filter(|_| self.principal.kind == PrincipalKind::InstanceRole)
            }
        }
    }
}
