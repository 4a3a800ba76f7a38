//! Who answers for a credential, how we know, and how sure we are.
//! Never here: look-ups; they are done by `aws/owners` and handed over as values.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A Slack user id (`U…` or `W…`; the prefix carries no meaning).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(String);

impl PersonId {
    /// `None` unless it is `U` or `W` and then capital letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = (3..=32).contains(&text.len())
            && text.starts_with(['U', 'W'])
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        shaped.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where we learned of an owner, in the words of `owners.sources`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    Static,
    Sso,
    Trail,
    Tags,
    Creator,
    Account,
}

impl Source {
    pub const ALL: [Self; 6] =
        [Self::Static, Self::Sso, Self::Trail, Self::Tags, Self::Creator, Self::Account];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Sso => "sso",
            Self::Trail => "trail",
            Self::Tags => "tags",
            Self::Creator => "creator",
            Self::Account => "account",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Somebody wrote it down for us, rather than events or tags telling it.
    pub fn is_configured(self) -> bool {
        match self {
            Self::Static | Self::Sso | Self::Account => true,
            Self::Trail | Self::Tags | Self::Creator => false,
        }
    }

    /// By who could have forged it (facts/aws.md 3.1; interface.md, confidence).
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Static | Self::Sso => Confidence::High,
            Self::Trail | Self::Account => Confidence::Medium,
            Self::Creator | Self::Tags => Confidence::Low,
        }
    }
}

/// How hard the source is to forge. Low alone never closes a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    /// One step down: what is left when somebody the sources named says that it is not theirs.
    pub fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Somebody who may answer for the credential, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub person: PersonId,
    pub source: Source,
    pub confidence: Confidence,
    /// What the source said, such as the matching pattern or the tag. Untrusted.
    pub detail: String,
    /// The e-mail address that led to them, if Slack was asked whose it is.
    #[serde(default)]
    pub address: Option<String>,
    /// That address was somebody else's until lately.
    #[serde(default)]
    pub moved: bool,
}

/// How long who somebody is, or whose an address is, must have stood before it is believed (facts/aws.md 3.3, T5).
pub const STANDING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whose an e-mail address was when it was looked up last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub person: PersonId,
    /// When it became theirs, if it was seen to be somebody else's before.
    pub since: Option<Timestamp>,
}

/// How a source names a person, before Slack was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handle {
    Slack(PersonId),
    Email(String),
}

/// A candidate whose handle has not been resolved yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub handle: Handle,
    pub source: Source,
    pub confidence: Confidence,
    pub detail: String,
}
