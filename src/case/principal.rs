//! Who acted and with what: the identity named by a finding and the kind of key it used.
//! Never here: how to reach a person, or what to do about the identity.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(String);

impl AccountId {
    /// `None` unless the text is exactly twelve digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Region name such as `eu-central-1`, checked by shape only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Region(String);

impl Region {
    /// `None` unless the text looks like `xx-word(-word)-n`; the first is `eusc` in the European Sovereign Cloud.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let lower = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase());
        let (number, words) = parts.split_last()?;
        let right = parts.len() >= 3
            && words.iter().all(lower)
            && (words[0].len() == 2 || words[0] == "eusc")
            && !number.is_empty()
            && number.len() <= 2
            && number.bytes().all(|b| b.is_ascii_digit());
        right.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that a Region belongs to, for bodies that do not name one.
    pub fn partition(&self) -> Partition {
        let of = |(start, _): &&(&str, Partition)| self.0.starts_with(start);
        REGIONS.iter().find(of).map_or(Partition::Commercial, |(_, partition)| *partition)
    }
}

/// How the Regions of the other partitions begin (partitions.json of the AWS SDKs).
const REGIONS: [(&str, Partition); 7] = [
    ("cn-", Partition::China),
    ("us-gov-", Partition::GovCloud),
    ("eusc-", Partition::Sovereign),
    ("us-iso-", Partition::Iso),
    ("us-isob-", Partition::IsoB),
    ("eu-isoe-", Partition::IsoE),
    ("us-isof-", Partition::IsoF),
];

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The AWS partition: the first field of every ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Partition {
    #[default]
    #[serde(rename = "aws")]
    Commercial,
    #[serde(rename = "aws-cn")]
    China,
    #[serde(rename = "aws-us-gov")]
    GovCloud,
    /// The European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    Sovereign,
    #[serde(rename = "aws-iso")]
    Iso,
    #[serde(rename = "aws-iso-b")]
    IsoB,
    #[serde(rename = "aws-iso-e")]
    IsoE,
    #[serde(rename = "aws-iso-f")]
    IsoF,
}

impl Partition {
    /// An ARN of a setting, with `{partition}` and `{account}` filled in.
    pub fn fill(self, template: &str, account: &str) -> String {
        template.replace("{partition}", self.as_str()).replace("{account}", account)
    }

    const ALL: [Self; 8] = [
        Self::Commercial,
        Self::China,
        Self::GovCloud,
        Self::Sovereign,
        Self::Iso,
        Self::IsoB,
        Self::IsoE,
        Self::IsoF,
    ];

    /// `None` for partitions we do not know.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
            Self::Sovereign => "aws-eusc",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
            Self::IsoE => "aws-iso-e",
            Self::IsoF => "aws-iso-f",
        }
    }
}

/// An access key id that has the shape AWS gives them; anything else stays text for display.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// `None` unless the text is `AKIA` or `ASIA` and then 16 or more capital letters and digits
    /// (facts: AWS ids are 20 characters today, the service model allows up to 128).
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = (20..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && (text.starts_with("AKIA") || text.starts_with("ASIA"));
        shaped.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the key is long-term or issued by STS, by its prefix (IAM User Guide, unique identifiers).
    pub fn kind(&self) -> KeyKind {
        if self.0.starts_with("AKIA") { KeyKind::LongTerm } else { KeyKind::Session }
    }

    /// The last four characters: enough for a person to recognise it, safe on a lock screen.
    pub fn last4(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

/// What an access key id is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// `AKIA`: lives until it is deactivated.
    LongTerm,
    /// `ASIA`: issued by STS, cannot be deactivated.
    Session,
}

/// The kinds of `principal.kind` in the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrincipalKind {
    IamUser,
    RoleSession,
    InstanceRole,
    WorkloadRole,
    SsoUser,
    ServiceLinkedRole,
    FederatedUser,
    Root,
    Account,
    Anonymous,
    Service,
    Actors,
    None,
    Unknown,
}

impl PrincipalKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IamUser => "iam-user",
            Self::RoleSession => "role-session",
            Self::InstanceRole => "instance-role",
            Self::WorkloadRole => "workload-role",
            Self::SsoUser => "sso-user",
            Self::ServiceLinkedRole => "service-linked-role",
            Self::FederatedUser => "federated-user",
            Self::Root => "root",
            Self::Account => "account",
            Self::Anonymous => "anonymous",
            Self::Service => "service",
            Self::Actors => "actors",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }

    /// A session of a role, of whatever kind.
    pub fn is_role(self) -> bool {
        match self {
            Self::RoleSession
            | Self::InstanceRole
            | Self::WorkloadRole
            | Self::SsoUser
            | Self::ServiceLinkedRole => true,
            Self::IamUser
            | Self::FederatedUser
            | Self::Root
            | Self::Account
            | Self::Anonymous
            | Self::Service
            | Self::Actors
            | Self::None
            | Self::Unknown => false,
        }
    }
}

/// The identity that acted, as the finding names it. Every string is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub kind: PrincipalKind,
    pub partition: Partition,
    pub account: Option<AccountId>,
    /// User name, or the role's name for sessions.
    pub name: String,
    /// The part of `principalId` after the colon, for sessions. Chosen by the caller: never route on it.
    pub session: Option<String>,
    /// `AIDA…`, `AROA…` or the account id for root: the part of `principalId` before the colon.
    pub unique_id: Option<String>,
    pub access_key: Option<AccessKeyId>,
}

impl Principal {
    /// A finding that names nobody.
    pub fn nobody(partition: Partition) -> Self {
        Self {
            kind: PrincipalKind::None,
            partition,
            account: None,
            name: String::new(),
            session: None,
            unique_id: None,
            access_key: None,
        }
    }

    /// The IAM ARN as far as the finding tells it (a path is not part of a finding), or `None` when there is none.
    pub fn iam_arn(&self) -> Option<String> {
        let (p, account) = (self.partition.as_str(), self.account.as_ref()?);
        match self.kind {
            PrincipalKind::IamUser | PrincipalKind::FederatedUser => {
                (!self.name.is_empty()).then(|| format!("arn:{p}:iam::{account}:user/{}", self.name))
            }
            PrincipalKind::RoleSession
            | PrincipalKind::InstanceRole
            | PrincipalKind::WorkloadRole
            | PrincipalKind::SsoUser
            | PrincipalKind::ServiceLinkedRole => {
                (!self.name.is_empty()).then(|| format!("arn:{p}:iam::{account}:role/{}", self.name))
            }
            PrincipalKind::Root | PrincipalKind::Account => Some(format!("arn:{p}:iam::{account}:root")),
            PrincipalKind::Anonymous
            | PrincipalKind::Service
            | PrincipalKind::Actors
            | PrincipalKind::None
            | PrincipalKind::Unknown => None,
        }
    }

    /// What people and `/v1/cases` are shown: the STS session ARN for sessions, else the IAM ARN.
    pub fn arn(&self) -> Option<String> {
        match (&self.session, &self.account, self.is_role()) {
            (Some(session), Some(account), true) => Some(format!(
                "arn:{}:sts::{account}:assumed-role/{}/{session}",
                self.partition.as_str(),
                self.name
            )),
            (_, _, _) => self.iam_arn(),
        }
    }

    pub fn is_role(&self) -> bool {
        self.kind.is_role()
    }

    /// A role whose policies may be changed: AWS keeps service-linked roles and those of Identity Center to itself
    /// (facts/aws.md 2.3, 2.6).
    pub fn is_changeable_role(&self) -> bool {
        [PrincipalKind::RoleSession, PrincipalKind::InstanceRole, PrincipalKind::WorkloadRole]
            .contains(&self.kind)
    }

    /// Whether its name may go into an IAM call.
    pub fn has_callable_name(&self) -> bool {
        callable(&self.name)
    }
}

/// Whether a text has only what IAM allows in the name of a user, a role or a session: `[\w+=,.@-]+`, at most 64 (IAM API
/// reference, `UserName`; STS API reference, `RoleSessionName`).
pub fn callable(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}
