//! Which remedies are built, and the IAM actions each needs where it acts.
//! Never here: which calls use them; `aws/remedies` is held to this list by tests.

use super::Remedy;

/// Calls whose permission has another name (Service Authorization Reference; facts/aws.md 2.8).
const OTHERWISE: [(&str, &str, &str); 10] = [
    ("s3", "HeadBucket", "s3:ListBucket"),
    ("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3", "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3", "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3", "GetBucketCors", "s3:GetBucketCORS"),
    ("s3", "PutBucketCors", "s3:PutBucketCORS"),
    ("s3", "DeleteBucketCors", "s3:PutBucketCORS"),
    ("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
    ("s3control", "PutPublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
    ("s3control", "DeletePublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
];

/// The IAM action that a call needs: mostly its own name.
pub fn action_of(service: &str, operation: &str) -> String {
    let named = |(s, o, _): &&(&str, &str, &str)| *s == service && *o == operation;
    if let Some((_, _, action)) = OTHERWISE.iter().find(named) {
        return (*action).to_owned();
    }
    let prefix = match service {
        "s3control" => "s3",
        "elbv2" | "elb" => "elasticloadbalancing",
        _ => service,
    };
    format!("{prefix}:{operation}")
}

impl Remedy {
    /// Whether the code that carries it out exists in this version.
    pub fn is_built(self) -> bool {
        // Instances come with the SDK crate that may be left out of a build.
        let family = self.family();
        if family == Some(super::Family::Instance) {
            return cfg!(feature = "ec2");
        }
        [
            Self::DeactivateKey,
            Self::DeactivateAllKeys,
            Self::CutSessions,
            Self::DisableConsole,
            Self::QuarantineUser,
            Self::RevokeSession,
            Self::RevokeRoleSessions,
            Self::QuarantineRole,
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
    #[expect(clippy::too_many_lines, reason = "one remedy an arm, nothing else")]
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
            Self::RevokeSession | Self::RevokeRoleSessions => {
                &["iam:GetRole", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
            }
            Self::QuarantineRole => &[
                "iam:GetRole",
                "iam:ListAttachedRolePolicies",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
            ],
            Self::SnapshotInstance => {
                &["ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:CreateSnapshots", "ec2:CreateTags"]
            }
            Self::IsolateInstance => &[
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceAttribute",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "ec2:ModifyInstanceAttribute",
                "autoscaling:EnterStandby",
                "autoscaling:ExitStandby",
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:RegisterTargets",
                "ec2:CreateSecurityGroup",
                "ec2:CreateTags",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:ModifyNetworkInterfaceAttribute",
            ],
            Self::DetachInstanceProfile => &[
                "ec2:DescribeInstances",
                "ec2:DescribeIamInstanceProfileAssociations",
                "iam:GetInstanceProfile",
                "ec2:DisassociateIamInstanceProfile",
                "ec2:AssociateIamInstanceProfile",
                "iam:PassRole",
            ],
            Self::RequireImdsv2 => &["ec2:DescribeInstances", "ec2:ModifyInstanceMetadataOptions"],
            Self::StopInstance => &[
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceAttribute",
                "ec2:ModifyInstanceAttribute",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:EnterStandby",
                "autoscaling:ExitStandby",
                "ec2:StopInstances",
                "ec2:StartInstances",
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
            Self::Advise | Self::Cut | Self::Contain => &[],
        }
    }

    /// Of these actions, those that IAM lets us hold to the one quarantine policy, by the condition key
    /// `iam:PolicyARN` (Service Authorization Reference, IAM). They are never allowed without it.
    pub const PINNED: [&str; 4] =
        ["iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"];
}
