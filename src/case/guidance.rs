//! What only people can do about a case: which steps, in which order, with this case's own values in the commands.
//! Never here: sentences (`slack/texts`), or anything that is carried out.

mod blank;
mod commands;

pub use blank::Blank;

use super::CaseId;
use super::evidence::Evidence;
use super::finding::{Finding, Resource};
use super::principal::{KeyKind, PrincipalKind};
use commands::Values;
use serde::{Deserialize, Serialize};

/// One thing to do, and what to type for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub what: Advised,
    /// A command, or a policy. Holds nothing of a finding but what has a strict shape.
    pub command: Option<String>,
    /// What a human has to fill in before it can be used.
    #[serde(default)]
    pub blanks: Vec<Blank>,
    /// Pages to read, or to write to.
    #[serde(default)]
    pub links: Vec<String>,
}

impl Step {
    pub fn new(what: Advised, command: Option<String>) -> Self {
        let named = LINKS.iter().filter(|(of, _)| *of == what);
        let blanks = command.as_deref().map(Blank::of).unwrap_or_default();
        Self { what, command, blanks, links: named.map(|(_, link)| (*link).to_owned()).collect() }
    }
}

/// What only the settings tell. Empty where they do not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The ARN of the managed policy that denies everything, with `{partition}` and `{account}`.
    pub quarantine_policy: String,
    /// The id of Identity Center's directory, such as `d-1234567890`, and its Region.
    pub identity_store: String,
    pub identity_store_region: String,
}

/// The same in every language.
const LINKS: [(Advised, &str); 6] = [
    (Advised::AccountArticle, "https://repost.aws/knowledge-center/potential-account-compromise"),
    (Advised::Support, "https://console.aws.amazon.com/support"),
    (Advised::AccountOwner, "https://support.aws.amazon.com/#/contacts/report-abuse"),
    (Advised::InstanceReading, "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html"),
    (
        Advised::InstanceReading,
        "https://docs.aws.amazon.com/whitepapers/latest/aws-security-incident-response-guide/welcome.html",
    ),
    (Advised::Community, "https://repost.aws"),
];

/// Every piece of advice we give. Ids are rows of `mission.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advised {
    /// C-10, C-11
    AskUser,
    /// C-6, C-8
    TraceKey,
    /// C-8, C-13
    LookUpCalls,
    /// C-9
    CheckPermissions,
    /// C-5
    RotateKey,
    /// C-13
    ChangePassword,
    /// C-14
    AccountArticle,
    // Identity Center (facts/aws.md 2.6).
    SsoUserId,
    SsoPolicy,
    SsoPermissionSet,
    SsoNewSessions,
    SsoKeep,
    // Service-linked roles (2.3).
    ServiceNoRevoke,
    ServiceLook,
    // C-4, C-15: the root user (2.5).
    RootNotByChat,
    RootContact,
    RootDeny,
    RootAudit,
    RootDelete,
    RootManagement,
    Support,
    // Federated users (section 0).
    FederatedIssuer,
    FederatedDeny,
    // Other accounts, and nobody at all (S-3, S-10).
    AccountOwner,
    AccountDeny,
    AnonymousOwner,
    AnonymousBlock,
    // Attack sequences.
    SequenceEach,
    // Workloads' own credentials (2.4).
    WorkloadRecycle,
    RoleTrust,
    /// E-2
    InstanceScan,
    /// E-3
    InstanceRebuild,
    /// E-7
    InstanceConnections,
    /// E-8
    InstancePorts,
    /// E-9
    InstanceTerminate,
    /// E-10
    InstanceReading,
    /// E-11
    Community,
    /// E-13
    Suppress,
    // D-1
    Kubernetes,
    Database,
    Function,
    Container,
    Runtime,
    Malware,
    /// I-1
    UnknownType,
}

impl Advised {
    /// Said of any instance, and better with what was seen of this one; connections are in nothing that is seen.
    pub fn is_of_instance(self) -> bool {
        INSTANCE.contains(&self) && self != Self::InstanceConnections
    }

    pub const ALL: [Self; 45] = [
        Self::AskUser,
        Self::TraceKey,
        Self::LookUpCalls,
        Self::CheckPermissions,
        Self::RotateKey,
        Self::ChangePassword,
        Self::AccountArticle,
        Self::SsoUserId,
        Self::SsoPolicy,
        Self::SsoPermissionSet,
        Self::SsoNewSessions,
        Self::SsoKeep,
        Self::ServiceNoRevoke,
        Self::ServiceLook,
        Self::RootNotByChat,
        Self::RootContact,
        Self::RootDeny,
        Self::RootAudit,
        Self::RootDelete,
        Self::RootManagement,
        Self::Support,
        Self::FederatedIssuer,
        Self::FederatedDeny,
        Self::AccountOwner,
        Self::AccountDeny,
        Self::AnonymousOwner,
        Self::AnonymousBlock,
        Self::SequenceEach,
        Self::WorkloadRecycle,
        Self::RoleTrust,
        Self::InstanceScan,
        Self::InstanceRebuild,
        Self::InstanceConnections,
        Self::InstancePorts,
        Self::InstanceTerminate,
        Self::InstanceReading,
        Self::Community,
        Self::Suppress,
        Self::Kubernetes,
        Self::Database,
        Self::Function,
        Self::Container,
        Self::Runtime,
        Self::Malware,
        Self::UnknownType,
    ];
}

/// Families that nothing is written for (mission D-1), by a part of the type.
const FAMILIES: [(&str, Advised); 10] = [
    (":Runtime/", Advised::Runtime),
    (":Kubernetes/", Advised::Kubernetes),
    (":EKS/", Advised::Kubernetes),
    (":RDS/", Advised::Database),
    (":Lambda/", Advised::Function),
    (":ECS/", Advised::Container),
    (":Container/", Advised::Container),
    ("Object:S3/", Advised::Malware),
    ("MaliciousFile", Advised::Malware),
    ("SuspiciousFile", Advised::Malware),
];

/// The steps, most urgent first; empty where the resource's own advice says it all. `evidence` tells the principal's
/// true ARN and who issued its session, where they were looked up.
pub fn steps(case: &CaseId, finding: &Finding, evidence: Option<&Evidence>, known: &Known) -> Vec<Step> {
    let arn = evidence.and_then(|e| e.arn.as_deref());
    let kind = kind(finding.principal.kind, arn.unwrap_or_default());
    let values = Values::of(case, finding, evidence, known);
    let family = FAMILIES.iter().find(|(part, _)| finding.kind.contains(part)).map(|(_, advised)| *advised);
    let instance = if instance(finding).is_some() { INSTANCE.to_vec() } else { vec![] };
    let mut steps: Vec<Advised> = family.into_iter().chain(about(kind, finding)).chain(instance).collect();
    if steps.is_empty() && finding.resource.is_none() {
        steps.push(Advised::UnknownType);
    }
    steps.into_iter().map(|what| Step::new(what, values.command(what))).collect()
}

/// What the guide says of an instance that software cannot do, or should not do by itself.
const INSTANCE: [Advised; 9] = [
    Advised::InstanceScan,
    Advised::InstanceRebuild,
    Advised::InstanceConnections,
    Advised::InstancePorts,
    Advised::InstanceTerminate,
    Advised::InstanceReading,
    Advised::Community,
    Advised::Support,
    Advised::Suppress,
];

fn about(kind: PrincipalKind, finding: &Finding) -> Vec<Advised> {
    use Advised as A;
    let key = finding.principal.access_key.as_ref();
    let long_term = key.is_some_and(|key| key.kind() == KeyKind::LongTerm);
    match kind {
        PrincipalKind::IamUser if long_term => {
            vec![A::AskUser, A::LookUpCalls, A::CheckPermissions, A::RotateKey, A::AccountArticle]
        }
        PrincipalKind::IamUser => {
            vec![A::AskUser, A::TraceKey, A::LookUpCalls, A::ChangePassword, A::AccountArticle]
        }
        PrincipalKind::RoleSession => {
            vec![A::TraceKey, A::LookUpCalls, A::CheckPermissions, A::RoleTrust, A::AccountArticle]
        }
        PrincipalKind::InstanceRole | PrincipalKind::WorkloadRole => {
            vec![A::WorkloadRecycle, A::LookUpCalls, A::CheckPermissions, A::RoleTrust]
        }
        PrincipalKind::SsoUser => {
            vec![
                A::SsoUserId,
                A::SsoPolicy,
                A::SsoPermissionSet,
                A::SsoNewSessions,
                A::SsoKeep,
                A::LookUpCalls,
            ]
        }
        PrincipalKind::ServiceLinkedRole => vec![A::ServiceNoRevoke, A::ServiceLook, A::LookUpCalls],
        PrincipalKind::FederatedUser => {
            vec![A::FederatedIssuer, A::FederatedDeny, A::LookUpCalls, A::AccountArticle]
        }
        PrincipalKind::Root => vec![
            A::RootNotByChat,
            A::RootContact,
            A::RootDeny,
            A::RootAudit,
            A::RootDelete,
            A::RootManagement,
            A::Support,
            A::AccountArticle,
        ],
        PrincipalKind::Account => vec![A::AccountOwner, A::AccountDeny],
        PrincipalKind::Anonymous => vec![A::AnonymousOwner, A::AnonymousBlock],
        PrincipalKind::Actors => vec![A::SequenceEach, A::LookUpCalls, A::Support],
        PrincipalKind::Service | PrincipalKind::None | PrincipalKind::Unknown => vec![],
    }
}

/// By the role's true path where it was looked up: the name alone can be imitated, and can hide what the role is.
fn kind(kind: PrincipalKind, arn: &str) -> PrincipalKind {
    if !kind.is_role() || arn.is_empty() {
        kind
    } else if arn.contains(":role/aws-reserved/sso.amazonaws.com/") {
        PrincipalKind::SsoUser
    } else if arn.contains(":role/aws-service-role/") {
        PrincipalKind::ServiceLinkedRole
    } else if kind == PrincipalKind::SsoUser || kind == PrincipalKind::ServiceLinkedRole {
        PrincipalKind::RoleSession
    } else {
        kind
    }
}

/// The bucket that a finding is about.
fn bucket(finding: &Finding) -> Option<&str> {
    match &finding.resource {
        Some(Resource::Bucket { name, .. }) => Some(name),
        Some(Resource::Instance { .. } | Resource::Other { .. }) | None => None,
    }
}

/// The instance that a finding is about.
fn instance(finding: &Finding) -> Option<&str> {
    match &finding.resource {
        Some(Resource::Instance { id, .. }) => Some(id),
        Some(Resource::Bucket { .. } | Resource::Other { .. }) | None => None,
    }
}
