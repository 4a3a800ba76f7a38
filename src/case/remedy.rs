//! Remedies, their IAM actions, bundles, plans, receipts and undo, as values.
//! Never here: AWS calls; `aws/remedies` carries plans out and hands back receipts.

mod actions;
mod bucket;
mod parts;
mod saved;
mod target;

pub use actions::action_of;
pub use bucket::{AccessBlock, Acl, AclBefore, CorsRule, Grant, Grantee};
pub use parts::{parts, parts_knowing, possible};
pub use saved::{Interface, Isolation, Power, Protection, Registration};
pub use target::Target;

use super::owner::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every name an operator or a menu can use, bundles included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    DeactivateKey,
    DeactivateAllKeys,
    CutSessions,
    DisableConsole,
    QuarantineUser,
    RevokeSession,
    RevokeRoleSessions,
    QuarantineRole,
    SnapshotInstance,
    IsolateInstance,
    DetachInstanceProfile,
    RequireImdsv2,
    StopInstance,
    BlockBucketPublicAccess,
    BlockAccountPublicAccess,
    DenyPrincipalOnBucket,
    MakeAclPrivate,
    RemoveCors,
    Advise,
    Cut,
    Contain,
}

impl Remedy {
    pub const ALL: [Self; 21] = [
        Self::DeactivateKey,
        Self::DeactivateAllKeys,
        Self::CutSessions,
        Self::DisableConsole,
        Self::QuarantineUser,
        Self::RevokeSession,
        Self::RevokeRoleSessions,
        Self::QuarantineRole,
        Self::SnapshotInstance,
        Self::IsolateInstance,
        Self::DetachInstanceProfile,
        Self::RequireImdsv2,
        Self::StopInstance,
        Self::BlockBucketPublicAccess,
        Self::BlockAccountPublicAccess,
        Self::DenyPrincipalOnBucket,
        Self::MakeAclPrivate,
        Self::RemoveCors,
        Self::Advise,
        Self::Cut,
        Self::Contain,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeactivateKey => "deactivate-key",
            Self::DeactivateAllKeys => "deactivate-all-keys",
            Self::CutSessions => "cut-sessions",
            Self::DisableConsole => "disable-console",
            Self::QuarantineUser => "quarantine-user",
            Self::RevokeSession => "revoke-session",
            Self::RevokeRoleSessions => "revoke-role-sessions",
            Self::QuarantineRole => "quarantine-role",
            Self::SnapshotInstance => "snapshot-instance",
            Self::IsolateInstance => "isolate-instance",
            Self::DetachInstanceProfile => "detach-instance-profile",
            Self::RequireImdsv2 => "require-imdsv2",
            Self::StopInstance => "stop-instance",
            Self::BlockBucketPublicAccess => "block-bucket-public-access",
            Self::BlockAccountPublicAccess => "block-account-public-access",
            Self::DenyPrincipalOnBucket => "deny-principal-on-bucket",
            Self::MakeAclPrivate => "make-acl-private",
            Self::RemoveCors => "remove-cors",
            Self::Advise => "advise",
            Self::Cut => "cut",
            Self::Contain => "contain",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// What it changes; `None` for bundles, whose parts say it, and for guidance.
    pub fn family(self) -> Option<Family> {
        match self {
            Self::DeactivateKey
            | Self::DeactivateAllKeys
            | Self::CutSessions
            | Self::DisableConsole
            | Self::QuarantineUser => Some(Family::User),
            Self::RevokeSession | Self::RevokeRoleSessions | Self::QuarantineRole => Some(Family::Role),
            Self::SnapshotInstance
            | Self::IsolateInstance
            | Self::DetachInstanceProfile
            | Self::RequireImdsv2
            | Self::StopInstance => Some(Family::Instance),
            Self::BlockBucketPublicAccess
            | Self::BlockAccountPublicAccess
            | Self::DenyPrincipalOnBucket
            | Self::MakeAclPrivate
            | Self::RemoveCors => Some(Family::Bucket),
            Self::Advise | Self::Cut | Self::Contain => None,
        }
    }

    /// For each key, each bucket, or the many things around an instance.
    fn is_many_writes(self) -> bool {
        [Some(Family::Instance), Some(Family::Bucket)].contains(&self.family())
            || [Self::DeactivateKey, Self::DeactivateAllKeys].contains(&self)
    }

    /// Wide-blast remedies wait for a second voice, whatever the rule (interface.md, second voice).
    pub fn is_wide(self) -> bool {
        [Self::RevokeRoleSessions, Self::QuarantineRole, Self::BlockAccountPublicAccess, Self::StopInstance]
            .contains(&self)
    }
}

/// What a remedy changes: one IAM user, one role, one instance, or S3 (a bucket, or the account's settings for all).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    User,
    Role,
    Instance,
    Bucket,
}

impl Family {
    pub const ALL: [Self; 4] = [Self::User, Self::Role, Self::Instance, Self::Bucket];
}

/// Remedies in order, decided once. A plan never changes after it was made; a new decision is a new plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The name that was chosen, for people.
    pub chosen: Remedy,
    pub target: Target,
    /// Sessions issued before this moment lose everything. Fixed here and never moved by a redelivery.
    pub cut_off: Timestamp,
    pub acts: Vec<Act>,
    /// Who wanted it: `slack:U…` or `rule:NAME`.
    pub by: String,
    /// The responder's approval that lets it pass an open breaker.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// An undo of it was begun and failed: what it has put back already is no foreign change.
    #[serde(default)]
    pub undo_begun: bool,
}

/// A second voice, for one plan and the facts of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: PersonId,
    pub at: Timestamp,
    /// Of what was approved; a plan that has become another needs another approval.
    pub digest: String,
}

/// One remedy of a plan and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub remedy: Remedy,
    pub state: ActState,
    pub prior: Option<Prior>,
    pub receipt: Option<Receipt>,
}

impl Act {
    /// Whether anything of it may stand in AWS and be taken back: what is made of many writes can fail half-way.
    pub fn may_stand(&self) -> bool {
        let begun = self.state == ActState::Failed && self.prior.is_some();
        [ActState::Applied, ActState::Verified].contains(&self.state)
            || (begun && self.remedy.is_many_writes())
    }
}

/// `remedies[].state` of the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActState {
    Planned,
    Applied,
    Verified,
    Failed,
    Undone,
    DryRun,
}

/// What stood there before we wrote: made durable before the write, so that a crash cannot lose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Prior {
    /// Whether each key was active.
    Keys {
        active: BTreeMap<String, bool>,
    },
    /// The inline policy `VouchRevoke` as it was, or `None`.
    Inline {
        document: Option<String>,
    },
    /// Whether the quarantine policy was attached already. Its ARN is kept: the setting may change meanwhile.
    Quarantine {
        policy: String,
        attached: bool,
    },
    /// The console password's profile, or `None`. IAM never tells the password itself.
    Console {
        profile: Option<LoginProfile>,
    },
    /// The instance's volumes.
    Snapshots {
        volumes: Vec<String>,
    },
    Isolation(Box<Isolation>),
    /// The instance profile that was associated, and the roles in it; passing them is what an undo needs.
    InstanceProfile {
        arn: Option<String>,
        roles: Vec<String>,
    },
    /// Whether the metadata service asked for tokens: `optional` or `required`.
    Metadata {
        tokens: String,
    },
    Power(Power),
    /// Block Public Access of each bucket; `None` where it has no setting of its own.
    PublicAccess {
        buckets: BTreeMap<String, Option<AccessBlock>>,
    },
    /// The same of the whole account.
    AccountPublicAccess {
        block: Option<AccessBlock>,
    },
    /// The policy of each bucket, to the letter.
    BucketPolicy {
        buckets: BTreeMap<String, Option<String>>,
    },
    Acl {
        buckets: BTreeMap<String, AclBefore>,
    },
    Cors {
        buckets: BTreeMap<String, Option<Vec<CorsRule>>>,
    },
    Nothing,
}

/// What IAM tells of a console password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfile {
    pub created: Option<Timestamp>,
    pub reset_required: bool,
}

/// Proof of a remedy: what was written and AWS's own request ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub applied_at: Timestamp,
    /// One per write; empty when the state was already as wanted.
    pub request_ids: Vec<String>,
    /// A sentence for people, such as "key …ABCD was already inactive". May be empty.
    pub note: String,
}

/// The statement id that marks what belongs to a case in a policy we write.
pub fn sid(case: &super::CaseId) -> String {
    format!("Vouch{}", case.as_str())
}
