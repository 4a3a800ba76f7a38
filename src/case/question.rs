//! What a person is asked: one kind of question for each thing that can have happened, chosen by what the finding
//! says and by whose owner answers.
//! Never here: words; they live in `slack/texts`.

use super::finding::{Finding, Resource};
use super::playbook::Ask;
use super::principal::{PrincipalKind, callable};
use serde::{Deserialize, Serialize};

/// *It was me* and *Not me* are an answer to each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// The credential made a call.
    #[default]
    Call,
    /// Somebody signed in, or opened a session.
    SignIn,
    /// Secrets were read, or data was copied.
    Data,
    /// Logging, or what protects something, was switched off or changed.
    Protection,
    /// Users, keys or rights were made or changed.
    Access,
    /// The credentials of a workload were used somewhere else.
    Borrowed,
    /// A bucket was opened to everybody.
    Exposure,
    /// Something was done in a bucket: asked of whoever called, and next of whoever owns the bucket.
    Objects,
    /// Something that they answer for does this, or is used like this by somebody else.
    Expected,
}

/// What the question names, so that a reader need not look for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", content = "name", rename_all = "kebab-case")]
pub enum About {
    Bucket(String),
    Instance(String),
    Role(String),
    Other(String),
}

impl Question {
    pub const ALL: [Self; 9] = [
        Self::Call,
        Self::SignIn,
        Self::Data,
        Self::Protection,
        Self::Access,
        Self::Borrowed,
        Self::Exposure,
        Self::Objects,
        Self::Expected,
    ];

    /// `kind`: who acted, as far as it is known by now; `ask`: whose owner is asked.
    pub fn of(finding: &Finding, kind: PrincipalKind, ask: Ask) -> Self {
        let Type { purpose, family, threat } = Type::of(&finding.kind);
        if threat.contains("CredentialExfiltration") {
            return Self::Borrowed;
        }
        if purpose == "Policy" && family == "S3" && (threat.ends_with("Granted") || ask == Ask::BucketOwner) {
            return Self::Exposure;
        }
        match ask {
            // Whoever owns a thing is seldom who did something to it.
            Ask::BucketOwner | Ask::InstanceOwner => Self::Expected,
            Ask::Owner | Ask::Security => Self::of_actor(finding, kind),
        }
    }

    fn of_actor(finding: &Finding, kind: PrincipalKind) -> Self {
        match kind {
            PrincipalKind::IamUser
            | PrincipalKind::RoleSession
            | PrincipalKind::SsoUser
            | PrincipalKind::FederatedUser
            | PrincipalKind::Root
            | PrincipalKind::Unknown => Self::of_deed(finding),
            // A program did it, not the person who answers for it.
            PrincipalKind::InstanceRole | PrincipalKind::WorkloadRole | PrincipalKind::ServiceLinkedRole => {
                if Type::of(&finding.kind).family == "S3" {
                    Self::Objects
                } else {
                    Self::Expected
                }
            }
            // Whoever did it cannot be asked.
            PrincipalKind::Anonymous
            | PrincipalKind::Account
            | PrincipalKind::Service
            | PrincipalKind::Actors
            | PrincipalKind::None => Self::Expected,
        }
    }

    /// What somebody is asked who may have done it themselves.
    fn of_deed(finding: &Finding) -> Self {
        let Type { purpose, family, threat } = Type::of(&finding.kind);
        let console = finding.activity.api.as_deref() == Some("ConsoleLogin");
        match (purpose, family) {
            _ if console || threat.starts_with("ConsoleLogin") => Self::SignIn,
            ("InitialAccess", _) => Self::SignIn,
            ("Stealth" | "DefenseEvasion", _) | ("Policy", "S3") => Self::Protection,
            ("Persistence" | "PrivilegeEscalation", _) => Self::Access,
            (_, "S3") if threat.contains("Permission") => Self::Access,
            (_, "S3") => Self::Objects,
            // The key is known to be public: whatever it was used for is in question.
            ("CredentialAccess", _) if threat == "CompromisedCredentials" => Self::Call,
            ("CredentialAccess" | "Exfiltration", _) => Self::Data,
            _ => Self::Call,
        }
    }

    /// It asks for something that the person did themselves. The others can be meant without that, so what the
    /// buttons mean has to be said.
    pub fn is_deed(self) -> bool {
        match self {
            Self::Call | Self::SignIn | Self::Data | Self::Protection | Self::Access => true,
            Self::Borrowed | Self::Exposure | Self::Objects | Self::Expected => false,
        }
    }

    /// What it names, if that has a name which can be shown.
    pub fn about(self, finding: &Finding, kind: PrincipalKind) -> Option<About> {
        let thing = finding.resource.as_ref().and_then(About::of);
        let role = || named(&finding.principal.name).filter(|_| kind.is_role()).map(About::Role);
        let is_bucket = thing.as_ref().is_some_and(|thing| thing.bucket().is_some());
        match self {
            // Who did it is asked, not what it was done to.
            Self::Call | Self::SignIn | Self::Data => None,
            Self::Protection | Self::Access | Self::Exposure | Self::Objects => thing.filter(|_| is_bucket),
            Self::Borrowed => thing.filter(|_| !is_bucket).or_else(role),
            Self::Expected => thing.or_else(role),
        }
    }
}

impl About {
    fn of(resource: &Resource) -> Option<Self> {
        match resource {
            Resource::Bucket { name, .. } => named(name).map(Self::Bucket),
            Resource::Instance { id, .. } => named(id).map(Self::Instance),
            // Its name is that of the finding.
            Resource::Other { kind, .. } if kind == "AttackSequence" => None,
            Resource::Other { arn, .. } => named(arn.as_deref()?.rsplit([':', '/']).next()?).map(Self::Other),
        }
    }

    /// Its name, if it is one.
    pub fn bucket(&self) -> Option<&str> {
        match self {
            Self::Bucket(name) => Some(name),
            Self::Instance(_) | Self::Role(_) | Self::Other(_) => None,
        }
    }

    /// The same with its name made fit to be shown.
    pub fn shown(&self, show: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Bucket(name) => Self::Bucket(show(name)),
            Self::Instance(name) => Self::Instance(show(name)),
            Self::Role(name) => Self::Role(show(name)),
            Self::Other(name) => Self::Other(show(name)),
        }
    }
}

/// `ThreatPurpose:ResourceTypeAffected/ThreatFamilyName…` (GuardDuty user guide, finding format).
struct Type<'a> {
    purpose: &'a str,
    family: &'a str,
    threat: &'a str,
}

impl<'a> Type<'a> {
    /// What is missing is empty: names of custom rules have no parts.
    fn of(kind: &'a str) -> Self {
        let (purpose, rest) = kind.split_once(':').unwrap_or((kind, ""));
        let (family, threat) = rest.split_once('/').unwrap_or((rest, ""));
        Self { purpose, family, threat }
    }
}

/// Whoever acted may have chosen the name: only what cannot be read as part of the sentence stands in it.
fn named(name: &str) -> Option<String> {
    callable(name).then(|| name.to_owned())
}
