//! Which remedies are built, and the IAM actions each needs where it acts.
//! Never here: which calls use them; `aws/remedies` is held to this list by tests.

use super::Remedy;

impl Remedy {
    /// Whether the code that carries it out exists in this version.
    pub fn is_built(self) -> bool {
        [
            Self::DeactivateKey,
            Self::DeactivateAllKeys,
            Self::CutSessions,
            Self::DisableConsole,
            Self::QuarantineUser,
            Self::BlockBucketPublicAccess,
            Self::BlockAccountPublicAccess,
            Self::DenyPrincipalOnBucket,
            Self::MakeAclPrivate,
            Self::RemoveCors,
            Self::Advise,
            Self::Cut,
            Self::Contain,
        ]
        .contains(&self)
    }

    /// The IAM actions it needs in the account it acts in: what `iam-policy` prints and `check` tests.
    /// Empty for bundles (their parts declare), guidance, and what is not built yet.
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::DeactivateKey | Self::DeactivateAllKeys => {
                &["iam:GetUser", "iam:ListAccessKeys", "iam:UpdateAccessKey"]
            }
            Self::CutSessions => {
                &["iam:GetUser", "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"]
            }
            Self::DisableConsole => &["iam:GetUser", "iam:GetLoginProfile", "iam:DeleteLoginProfile"],
            Self::QuarantineUser => &[
                "iam:GetUser",
                "iam:ListAttachedUserPolicies",
                "iam:AttachUserPolicy",
                "iam:DetachUserPolicy",
            ],
            // A call that deletes a setting needs the permission to write it (Service Authorization Reference, S3).
            Self::BlockBucketPublicAccess => {
                &["s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"]
            }
            Self::BlockAccountPublicAccess => {
                &["s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"]
            }
            Self::DenyPrincipalOnBucket => &[
                "iam:GetRole",
                "iam:GetUser",
                "s3:DeleteBucketPolicy",
                "s3:GetBucketPolicy",
                "s3:PutBucketPolicy",
            ],
            Self::MakeAclPrivate => &[
                "s3:GetAccountPublicAccessBlock",
                "s3:GetBucketAcl",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketPublicAccessBlock",
                "s3:PutBucketAcl",
            ],
            Self::RemoveCors => &["s3:GetBucketCORS", "s3:PutBucketCORS"],
            Self::RevokeSession
            | Self::RevokeRoleSessions
            | Self::QuarantineRole
            | Self::SnapshotInstance
            | Self::IsolateInstance
            | Self::DetachInstanceProfile
            | Self::RequireImdsv2
            | Self::StopInstance
            | Self::Advise
            | Self::Cut
            | Self::Contain => &[],
        }
    }

    /// Of these actions, those that IAM lets us hold to the one quarantine policy, by the condition key
    /// `iam:PolicyARN` (Service Authorization Reference, IAM). They are never allowed without it.
    pub const PINNED: [&str; 2] = ["iam:AttachUserPolicy", "iam:DetachUserPolicy"];
}
