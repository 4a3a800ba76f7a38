//! Words in capitals that stand in a command for what we were not told, or must not copy. Each has a sentence that says
//! where to find it (`slack/texts`).
//! Never here: the commands.

use serde::{Deserialize, Serialize};

/// A place in a command that a human fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blank {
    Name,
    UserName,
    Key,
    Bucket,
    Instance,
    IdentityStore,
    UserId,
    InstanceArn,
    PermissionSet,
    Issuer,
    Quarantine,
    TheirAccount,
}

impl Blank {
    pub const ALL: [Self; 12] = [
        Self::Name,
        Self::UserName,
        Self::Key,
        Self::Bucket,
        Self::Instance,
        Self::IdentityStore,
        Self::UserId,
        Self::InstanceArn,
        Self::PermissionSet,
        Self::Issuer,
        Self::Quarantine,
        Self::TheirAccount,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::UserName => "USER_NAME",
            Self::Key => "ACCESS_KEY_ID",
            Self::Bucket => "BUCKET",
            Self::Instance => "INSTANCE_ID",
            Self::IdentityStore => "IDENTITY_STORE_ID",
            Self::UserId => "USER_ID",
            Self::InstanceArn => "INSTANCE_ARN",
            // The set's name is known, and follows.
            Self::PermissionSet => "ARN_OF_",
            Self::Issuer => "ISSUING_USER",
            Self::Quarantine => "QUARANTINE_POLICY_ARN",
            Self::TheirAccount => "THEIR_ACCOUNT",
        }
    }

    /// Those that stand in a command, each once. A name that happens to be such a word is explained for nothing.
    pub(super) fn of(command: &str) -> Vec<Self> {
        let words = || command.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let stands = |blank: &Self| match blank {
            Self::PermissionSet => words().any(|word| word.starts_with(blank.word())),
            Self::Name
            | Self::UserName
            | Self::Key
            | Self::Bucket
            | Self::Instance
            | Self::IdentityStore
            | Self::UserId
            | Self::InstanceArn
            | Self::Issuer
            | Self::Quarantine
            | Self::TheirAccount => words().any(|word| word == blank.word()),
        };
        Self::ALL.into_iter().filter(stands).collect()
    }
}
