//! What we looked up about the principal before anybody was asked.
//! Never here: how it was looked up, or what follows from it.

mod bucket;

pub use bucket::{AclFact, BucketEvidence, BucketFact, PolicyFact};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Read-only facts about an IAM user. Empty when the look-ups failed or took too long (20 s).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
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
    pub console_password: Option<bool>,
    pub mfa_devices: Option<u32>,
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
