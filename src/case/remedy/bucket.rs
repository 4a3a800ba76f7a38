//! What stands on a bucket, as values: enough of it to put it back exactly.
//! Never here: the calls that read and write it.

use serde::{Deserialize, Serialize};

/// The four settings of S3 Block Public Access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBlock {
    pub block_acls: bool,
    pub ignore_acls: bool,
    pub block_policy: bool,
    pub restrict: bool,
}

impl AccessBlock {
    pub const ALL: Self = Self { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };
}

/// A bucket's access control list. Grants in order, so that two lists can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl {
    /// Canonical id.
    pub owner: String,
    pub grants: Vec<Grant>,
}

impl Acl {
    pub fn new(owner: String, mut grants: Vec<Grant>) -> Self {
        grants.sort();
        grants.dedup();
        Self { owner, grants }
    }

    /// Nobody but the owner is granted anything, and the owner everything.
    pub fn private(owner: &str) -> Self {
        let all = Grant { to: Grantee::Id(owner.to_owned()), permission: "FULL_CONTROL".to_owned() };
        Self { owner: owner.to_owned(), grants: vec![all] }
    }

    pub fn is_private(&self) -> bool {
        self.grants.iter().all(|grant| grant.to == Grantee::Id(self.owner.clone()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    pub to: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// An account, by canonical id.
    Id(String),
    /// A group, by URI: everybody, everybody with an AWS account, log delivery.
    Group(String),
    Email(String),
}

impl Grantee {
    /// Everybody, or everybody who has any AWS account (S3 User Guide, predefined groups).
    pub fn is_public(&self) -> bool {
        match self {
            Self::Group(uri) => uri.ends_with("/AllUsers") || uri.ends_with("/AuthenticatedUsers"),
            Self::Id(_) | Self::Email(_) => false,
        }
    }
}

/// How the ACL stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AclBefore {
    /// Object Ownership is "bucket owner enforced": ACLs mean nothing and cannot be written.
    Disabled,
    /// Public grants are ignored, and S3 does not tell the ignored ones: it could not be put back, and it need not
    /// be changed.
    Hidden,
    Read(Acl),
}

/// One rule of a CORS configuration, complete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    pub id: Option<String>,
    pub methods: Vec<String>,
    pub origins: Vec<String>,
    pub headers: Vec<String>,
    pub exposed: Vec<String>,
    pub max_age: Option<i32>,
}
