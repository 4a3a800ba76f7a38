//! What we looked up about the principal before anybody was asked.
//! Never here: how it was looked up, or what follows from it.

mod bucket;
mod instance;

pub use bucket::{AclFact, BucketEvidence, BucketFact, BucketView, PolicyFact};
pub use instance::{InstanceEvidence, InterfaceFact, RoleFact, ScalingFact};

use super::principal::{AccountId, PrincipalKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Read-only facts about who acted, and about an instance. Empty where the look-ups failed or took too long (20 s);
/// `gaps` says which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the principal is by what only AWS can tell: the path of a role, the event that issued a session.
    /// `None`: the finding's word stands.
    #[serde(default)]
    pub kind: Option<PrincipalKind>,
    /// The true ARN with its path, when the principal was found.
    pub arn: Option<String>,
    /// The unique id that IAM gives the principal now.
    pub unique_id: Option<String>,
    pub created_at: Option<Timestamp>,
    pub keys: Vec<KeyFact>,
    /// Names of attached and inline policies. Untrusted.
    pub policies: Vec<String>,
    pub groups: Vec<String>,
    pub admin: bool,
    /// May change users, roles or policies, and so give itself whatever it lacks.
    #[serde(default)]
    pub writes_iam: bool,
    /// The ARN of the permissions boundary.
    #[serde(default)]
    pub boundary: Option<String>,
    /// Whom a role's trust policy lets in: ARNs, accounts, services. Untrusted.
    #[serde(default)]
    pub trusts: Vec<String>,
    /// Services used lately, the newest first.
    #[serde(default)]
    pub services: Vec<ServiceUse>,
    pub console_password: Option<bool>,
    pub mfa_devices: Option<u32>,
    /// Credentials of a user beside access keys and the password.
    #[serde(default)]
    pub others: Vec<OtherCredential>,
    /// Of the account's root only.
    #[serde(default)]
    pub root: Option<RootFact>,
    /// How a session key came to be.
    #[serde(default)]
    pub chain: Option<Chain>,
    /// What the credential made or gave away since it was first seen, the newest first.
    #[serde(default)]
    pub made: Vec<Made>,
    /// The instance that the finding is about, or whose role's session it names.
    #[serde(default)]
    pub instance: Option<Box<InstanceEvidence>>,
    /// The buckets of the finding.
    #[serde(default)]
    pub buckets: Vec<BucketEvidence>,
    /// What could not be read, a sentence each.
    pub gaps: Vec<String>,
}

/// One access key of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFact {
    pub id: String,
    pub active: bool,
    pub last_used: Option<Timestamp>,
    /// Service it was last used with, such as `s3`.
    pub last_service: Option<String>,
}

/// The root user's own credentials, as the account's summary counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFact {
    pub keys: bool,
    pub mfa: bool,
}

/// A service that the principal tried to use, allowed or not (IAM, service last accessed).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceUse {
    /// Such as `s3`.
    pub service: String,
    pub last: Timestamp,
}

/// What else lets somebody in as this user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCredential {
    pub kind: OtherKind,
    /// AWS's id of it, or the service it is for.
    pub name: String,
    pub active: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherKind {
    /// For one service, such as CodeCommit or Bedrock.
    ServiceSpecific,
    SshKey,
    SigningCertificate,
}

/// From the key in question back to who began, a hop for each credential that issued the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub hops: Vec<Hop>,
    pub end: ChainEnd,
}

/// One event in which a session was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    pub at: Timestamp,
    /// Such as `AssumeRole`.
    pub event: String,
    /// Who called it: an ARN, else CloudTrail's own words. Untrusted where it holds a session name.
    pub by: String,
    /// The access key it was called with.
    pub key: Option<String>,
    /// As it stood before this call, or was set by an identity provider in it.
    pub source_identity: Option<String>,
}

/// Where following a chain ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum ChainEnd {
    User {
        arn: String,
    },
    Root {
        account: Option<AccountId>,
    },
    /// An identity provider vouched for this subject.
    Provider {
        provider: String,
        subject: String,
    },
    /// A service of AWS, such as `ec2.amazonaws.com`, for a workload.
    Service {
        name: String,
    },
    /// The session was issued to an account that we may not look into.
    Elsewhere {
        account: String,
    },
    /// `yet`: CloudTrail lags by minutes, and the activity is that fresh.
    NotFound {
        yet: bool,
    },
    /// Longer than we follow.
    TooLong,
    /// An issuing event that names nobody we can follow.
    Unclear {
        what: String,
    },
}

/// Something that outlives the credential, or lets somebody else in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub at: Timestamp,
    /// Such as `CreateUser`.
    pub event: String,
    /// What it was done to, as CloudTrail names it. Untrusted.
    pub what: String,
}

/// Evidence cut down to what helps to decide in ten seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// When the principal was made, if that was shortly before the activity.
    #[serde(default)]
    pub made_lately: Option<Timestamp>,
    pub admin: bool,
    pub keys: Vec<KeyFact>,
    pub policies: Vec<String>,
    pub console_password: Option<bool>,
    pub mfa_devices: Option<u32>,
    /// May change users, roles or policies.
    #[serde(default)]
    pub writes_iam: bool,
    #[serde(default)]
    pub boundary: Option<String>,
    #[serde(default)]
    pub trusts: Vec<String>,
    #[serde(default)]
    pub services: Vec<ServiceUse>,
    #[serde(default)]
    pub others: Vec<OtherCredential>,
    #[serde(default)]
    pub root: Option<RootFact>,
    /// How the session came to be.
    #[serde(default)]
    pub chain: Option<Chain>,
    /// What the credential made since it was first seen.
    #[serde(default)]
    pub made: Vec<Made>,
    #[serde(default)]
    pub buckets: Vec<BucketView>,
    pub gaps: Vec<String>,
}
