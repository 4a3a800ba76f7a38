//! Rules as data: stance, who is asked, deadlines, defaults; and the choice of the rule for a finding.
//! Never here: parsing (config) or carrying out (step).

use super::finding::{Finding, Resource, network};
use super::guard::matches;
use super::owner::PersonId;
use super::principal::PrincipalKind;
use super::remedy::Remedy;
use ipnet::IpNet;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The rule that governs one case, complete. Frozen when the case opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    pub stance: Stance,
    pub ask: Ask,
    pub deadline: SignedDuration,
    /// After first delivery.
    pub reminders: Vec<SignedDuration>,
    /// Never empty; the first is preselected.
    pub offer: Vec<Remedy>,
    pub no_answer: NoAnswer,
    pub escalate_to: Vec<PersonId>,
    /// 1 or 2.
    pub voices: u8,
    /// How long what somebody vouched for is not asked about again; `None`: it is.
    #[serde(default)]
    pub quiet_for: Option<SignedDuration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    Ask,
    /// Act first, then ask.
    Contain,
    /// Tell responders, ask no owner.
    Notify,
}

impl Stance {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Contain => "contain",
            Self::Notify => "notify",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    Owner,
    Security,
    BucketOwner,
    InstanceOwner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoAnswer {
    Escalate,
    Record,
    #[serde(untagged)]
    Run(Remedy),
}

impl NoAnswer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Record => "record",
            Self::Run(remedy) => remedy.as_str(),
        }
    }
}

/// A condition of a rule; all of a rule's must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    CallSucceeded,
    CallFailed,
    Tor,
    Actor,
    Target,
    Affiliated,
    Unaffiliated,
    KnownNetwork,
    UnknownNetwork,
    InstanceCredentials,
}

/// One `[[rule]]` as written: what is unset falls through to the next match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSpec {
    pub name: String,
    /// Finding type patterns; empty matches every type.
    pub types: Vec<String>,
    pub accounts: Vec<String>,
    pub principals: Vec<String>,
    /// In tenths, so that the spec can be compared.
    pub min_severity_tenths: u32,
    pub when: Vec<When>,
    pub stance: Option<Stance>,
    pub ask: Option<Ask>,
    pub deadline: Option<SignedDuration>,
    pub reminders: Option<Vec<SignedDuration>>,
    pub offer: Option<Vec<Remedy>>,
    pub no_answer: Option<NoAnswer>,
    pub escalate_to: Option<Vec<PersonId>>,
    pub voices: Option<u8>,
    pub quiet_for: Option<SignedDuration>,
}

/// The operator's rules over the built-in ones. Data: equal inputs give equal rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Playbook {
    pub rules: Vec<RuleSpec>,
    pub built_in: Vec<RuleSpec>,
}

impl Playbook {
    /// First match of the operator's rules wins; what it leaves unset comes from the first built-in match,
    /// and what that leaves unset from the safe default (tell responders, write nothing).
    pub fn decide(&self, finding: &Finding, known: &[IpNet]) -> Rule {
        let first = |specs: &[RuleSpec]| specs.iter().find(|s| s.applies(finding, known)).cloned();
        let base = first(&self.built_in).unwrap_or_default();
        let rule = match first(&self.rules) {
            Some(over) => over.over(base).complete(),
            None => base.complete(),
        };
        Rule { ask: rule.ask.of(finding), ..rule }
    }
}

impl Ask {
    /// Nobody answers for what has no owner: root's owner may be the thief and is asked by other ways (facts/aws.md
    /// 2.5), an attack has several actors, and behind an anonymous call there is nobody at all, but the bucket has
    /// somebody.
    fn of(self, finding: &Finding) -> Self {
        match (self, finding.principal.kind) {
            (Self::Owner, PrincipalKind::Root | PrincipalKind::Actors) => Self::Security,
            (Self::Owner, PrincipalKind::Anonymous | PrincipalKind::Account) => match &finding.resource {
                Some(Resource::Bucket { .. }) => Self::BucketOwner,
                Some(Resource::Instance { .. } | Resource::Other { .. }) | None => Self::Security,
            },
            (Self::Owner | Self::Security | Self::BucketOwner | Self::InstanceOwner, _) => self,
        }
    }

    /// Who is asked next if nobody of these can answer: access to a bucket concerns whoever called and whoever owns
    /// it (mission S-1, S-3).
    pub fn beside(self, finding: &Finding) -> Option<Self> {
        let bucket = match &finding.resource {
            Some(Resource::Bucket { .. }) => true,
            Some(Resource::Instance { .. } | Resource::Other { .. }) | None => false,
        };
        match self {
            Self::Owner if bucket => Some(Self::BucketOwner),
            Self::BucketOwner if Self::Owner.of(finding) == Self::Owner => Some(Self::Owner),
            Self::Owner | Self::BucketOwner | Self::InstanceOwner | Self::Security => None,
        }
    }
}

impl RuleSpec {
    /// Whether this rule is about the finding.
    pub fn applies(&self, finding: &Finding, known: &[IpNet]) -> bool {
        let any = |patterns: &[String], texts: &[String]| {
            patterns.is_empty() || patterns.iter().any(|p| texts.iter().any(|t| matches(p, t)))
        };
        let arns: Vec<String> =
            finding.principal.iam_arn().into_iter().chain(finding.principal.arn()).collect();
        any(&self.types, std::slice::from_ref(&finding.kind))
            && any(&self.accounts, &[finding.account.as_str().to_owned()])
            && any(&self.principals, &arns)
            && finding.severity * 10.0 >= f64::from(self.min_severity_tenths)
            && self.when.iter().all(|w| w.holds(finding, known))
    }

    fn over(self, base: Self) -> Self {
        Self {
            stance: self.stance.or(base.stance),
            ask: self.ask.or(base.ask),
            deadline: self.deadline.or(base.deadline),
            reminders: self.reminders.or(base.reminders),
            offer: self.offer.or(base.offer),
            no_answer: self.no_answer.or(base.no_answer),
            escalate_to: self.escalate_to.or(base.escalate_to),
            voices: self.voices.or(base.voices),
            quiet_for: self.quiet_for.or(base.quiet_for),
            ..self
        }
    }

    fn complete(self) -> Rule {
        Rule {
            name: if self.name.is_empty() { "unknown type".to_owned() } else { self.name },
            stance: self.stance.unwrap_or(Stance::Notify),
            ask: self.ask.unwrap_or(Ask::Security),
            deadline: self.deadline.unwrap_or(SignedDuration::from_mins(30)),
            reminders: self.reminders.unwrap_or_default(),
            offer: self.offer.filter(|o| !o.is_empty()).unwrap_or_else(|| vec![Remedy::Advise]),
            no_answer: self.no_answer.unwrap_or(NoAnswer::Escalate),
            escalate_to: self.escalate_to.unwrap_or_default(),
            voices: self.voices.unwrap_or(1),
            quiet_for: self.quiet_for,
        }
    }
}

impl When {
    fn holds(self, finding: &Finding, known: &[IpNet]) -> bool {
        let a = &finding.activity;
        let is_known = a.ip.is_some_and(|ip| known.iter().any(|n| n.to_string() == network(ip, known)));
        match self {
            Self::CallSucceeded => a.api.is_some() && a.error_code.is_none(),
            Self::CallFailed => a.error_code.is_some(),
            Self::Tor => finding.kind.contains("Tor"),
            Self::Actor => a.role.as_deref() == Some("ACTOR"),
            Self::Target => a.role.as_deref() == Some("TARGET"),
            Self::Affiliated => a.affiliated == Some(true),
            Self::Unaffiliated => a.affiliated == Some(false),
            Self::KnownNetwork => is_known,
            Self::UnknownNetwork => !is_known,
            Self::InstanceCredentials => finding.principal.kind == PrincipalKind::InstanceRole,
        }
    }
}
