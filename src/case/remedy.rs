//! Remedies, their IAM actions, bundles, plans, receipts and undo, as values.
//! Never here: AWS calls; `aws/remedies` carries plans out and hands back receipts.

use super::finding::Finding;
use super::guard::Profile;
use super::owner::PersonId;
use super::principal::{AccessKeyId, AccountId, KeyKind, Partition, PrincipalKind, Region};
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

    /// Wide-blast remedies wait for a second voice, whatever the rule (interface.md, second voice).
    pub fn is_wide(self) -> bool {
        [Self::RevokeRoleSessions, Self::QuarantineRole, Self::BlockAccountPublicAccess, Self::StopInstance]
            .contains(&self)
    }

    /// Whether the code that carries it out exists in this version.
    pub fn is_built(self) -> bool {
        [
            Self::DeactivateKey,
            Self::DeactivateAllKeys,
            Self::CutSessions,
            Self::DisableConsole,
            Self::QuarantineUser,
            Self::Advise,
            Self::Cut,
            Self::Contain,
        ]
        .contains(&self)
    }

    /// The IAM actions it needs in the account it acts in: what `iam-policy` prints and `check` tests.
    /// Empty for bundles (their parts declare), guidance, and what is not built yet.
    pub fn actions(self) -> &'static [&'static str] {
        if self == Self::DeactivateKey || self == Self::DeactivateAllKeys {
            &["iam:GetUser", "iam:ListAccessKeys", "iam:UpdateAccessKey"]
        } else if self == Self::CutSessions {
            &["iam:GetUser", "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"]
        } else if self == Self::DisableConsole {
            &["iam:GetUser", "iam:GetLoginProfile", "iam:DeleteLoginProfile"]
        } else if self == Self::QuarantineUser {
            &["iam:GetUser", "iam:ListAttachedUserPolicies", "iam:AttachUserPolicy", "iam:DetachUserPolicy"]
        } else {
            &[]
        }
    }

    /// Of these actions, those that IAM lets us hold to the one quarantine policy, by the condition key
    /// `iam:PolicyARN` (Service Authorization Reference, IAM). They are never allowed without it.
    pub const PINNED: [&str; 2] = ["iam:AttachUserPolicy", "iam:DetachUserPolicy"];
}

/// What stands behind a name for this principal: bundles opened, in the order they are carried out.
/// Empty means the remedy does not fit this principal (interface.md, bundles).
pub fn parts(remedy: Remedy, finding: &Finding, profile: Profile) -> Vec<Remedy> {
    let p = &finding.principal;
    let user = p.kind == PrincipalKind::IamUser;
    let long_term = user && p.access_key.as_ref().is_some_and(|k| k.kind() == KeyKind::LongTerm);
    let surgical = profile == Profile::Surgical;
    if remedy == Remedy::Cut {
        return match (user, long_term, surgical) {
            (true, true, true) => vec![Remedy::DeactivateKey, Remedy::CutSessions],
            (true, false, true) => vec![Remedy::CutSessions],
            (true, true, false) => vec![Remedy::DeactivateKey, Remedy::QuarantineUser],
            (true, false, false) => vec![Remedy::QuarantineUser],
            (false, _, true) if p.is_role() => vec![Remedy::RevokeSession],
            (false, _, false) if p.is_role() => vec![Remedy::QuarantineRole],
            (false, _, _) => vec![],
        };
    }
    if remedy == Remedy::Contain {
        return match (user, surgical) {
            (true, true) => vec![Remedy::DeactivateAllKeys, Remedy::CutSessions, Remedy::QuarantineUser],
            (true, false) => vec![Remedy::DeactivateAllKeys, Remedy::QuarantineUser],
            (false, true) if p.is_role() => vec![Remedy::RevokeSession],
            (false, false) if p.is_role() => vec![Remedy::QuarantineRole],
            (false, _) => vec![],
        };
    }
    let fits = match remedy {
        Remedy::DeactivateKey => long_term,
        Remedy::CutSessions => user && surgical,
        Remedy::DeactivateAllKeys | Remedy::DisableConsole | Remedy::QuarantineUser => user,
        Remedy::Advise => true,
        Remedy::RevokeSession
        | Remedy::RevokeRoleSessions
        | Remedy::QuarantineRole
        | Remedy::SnapshotInstance
        | Remedy::IsolateInstance
        | Remedy::DetachInstanceProfile
        | Remedy::RequireImdsv2
        | Remedy::StopInstance
        | Remedy::BlockBucketPublicAccess
        | Remedy::BlockAccountPublicAccess
        | Remedy::DenyPrincipalOnBucket
        | Remedy::MakeAclPrivate
        | Remedy::RemoveCors => false,
        Remedy::Cut | Remedy::Contain => false,
    };
    if fits { vec![remedy] } else { vec![] }
}

/// Whom a plan acts on: taken from confirmed findings only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub partition: Partition,
    pub account: AccountId,
    pub region: Region,
    pub kind: PrincipalKind,
    pub user: String,
    /// As the finding gives it; compared with what IAM says before any write.
    pub unique_id: Option<String>,
    /// Every long-term key that confirmed findings of this case named.
    pub keys: Vec<AccessKeyId>,
}

impl Target {
    pub fn arn(&self) -> String {
        format!("arn:{}:iam::{}:user/{}", self.partition.as_str(), self.account, self.user)
    }
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
    /// The responder whose approval lets it pass an open breaker, however long it waits for GuardDuty's word.
    #[serde(default)]
    pub approved_by: Option<PersonId>,
}

/// One remedy of a plan and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub remedy: Remedy,
    pub state: ActState,
    pub prior: Option<Prior>,
    pub receipt: Option<Receipt>,
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
