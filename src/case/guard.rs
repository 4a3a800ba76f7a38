//! Guard rails that are settings: modes, profiles, protected principals.
//! Never here: counters and switches that change at run time; those are the ledger's.

use super::owner::PersonId;
use super::principal::{AccountId, PrincipalKind};
use serde::{Deserialize, Serialize};
use wildmatch::WildMatchPattern;

/// How far the daemon goes. Ordered from strictest to freest, so that `min` is the stricter of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Decide and record, ask nobody.
    Observe,
    /// Ask, but only say what a remedy would do.
    #[default]
    DryRun,
    /// Do it.
    Enforce,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::DryRun => "dry-run",
            Self::Enforce => "enforce",
        }
    }
}

/// Which IAM permissions the operator granted us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Attach-only quarantine: no inline policy is ever written.
    Strict,
    /// Inline cut-off and per-session revocation.
    #[default]
    Surgical,
}

/// The guard as it stands now. Read at each act; the stricter of then and now wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    pub mode: Mode,
    pub profile: Profile,
    /// Account ids it may act in.
    pub accounts: Vec<AccountId>,
    /// ARN patterns (`*`) never remediated, the built-in list included.
    pub protected: Vec<String>,
    /// Our own identity: ARN of user or role. A finding about it is never acted on.
    pub own_arn: Option<String>,
    /// Names of the roles we take in accounts: ours as well, wherever they are.
    pub own_roles: Vec<String>,
    pub limits: Limits,
}

/// Circuit breaker limits, in plans carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_10m: u32,
    pub per_day: u32,
    pub per_account_hour: u32,
}

/// Always protected, in every partition (facts/aws.md 4.1). A tag never grants protection: attackers write tags.
pub const BUILT_IN_PROTECTED: [&str; 7] = [
    "arn:*:iam::*:role/vouch/*",
    "arn:*:iam::*:role/aws-reserved/*",
    "arn:*:iam::*:role/aws-service-role/*",
    "arn:*:iam::*:role/break-glass/*",
    "arn:*:iam::*:user/break-glass/*",
    "arn:*:iam::*:role/OrganizationAccountAccessRole",
    "arn:*:iam::*:role/AWSControlTowerExecution",
];

impl Guard {
    /// The pattern that forbids acting on this principal, if any. `arns` are all the ARNs we know for it.
    pub fn protects(&self, kind: PrincipalKind, arns: &[String]) -> Option<String> {
        if let Some(own) = self.own(arns) {
            return Some(own);
        }
        if kind == PrincipalKind::Root {
            return Some("root".to_owned());
        }
        self.protected.iter().find(|pattern| arns.iter().any(|arn| matches(pattern, arn))).cloned()
    }

    /// Our own identity, if one of these names it: vouch may be the victim, or its writes look odd.
    pub fn own(&self, arns: &[String]) -> Option<String> {
        let own = self.own_arn.iter().find(|own| arns.iter().any(|arn| is_same(own, arn)));
        own.or_else(|| arns.iter().find(|arn| self.is_own_role(arn))).cloned()
    }

    fn is_own_role(&self, arn: &str) -> bool {
        role_of(arn).is_some_and(|(_, _, name)| self.own_roles.iter().any(|own| own == name))
    }

    pub fn allows_account(&self, account: &AccountId) -> bool {
        self.accounts.contains(account)
    }
}

/// Whether this person may act on a case that opened under other responders: the stricter of then and now. If
/// nobody of then is left, those of now count alone, so that no case is left without anybody.
pub fn may_respond(by: &PersonId, then: &[PersonId], now: &[PersonId]) -> bool {
    let left = then.iter().any(|person| now.contains(person));
    now.contains(by) && (!left || then.contains(by))
}

/// One identity under two names: the session of a role, another session of it, and the role itself, whose path
/// neither a session nor a finding tells.
fn is_same(own: &str, arn: &str) -> bool {
    own == arn || role_of(own).is_some_and(|role| role_of(arn) == Some(role))
}

/// Partition, account and name of the role behind an ARN of a role or of a session of one.
fn role_of(arn: &str) -> Option<(&str, &str, &str)> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = fields.as_slice() else { return None };
    let name = match *service {
        "sts" => resource.strip_prefix("assumed-role/")?.split('/').next(),
        "iam" => resource.strip_prefix("role/")?.rsplit('/').next(),
        _ => None,
    };
    Some((partition, account, name?))
}

/// ARN and finding-type patterns: `*` stands for any run of characters, slashes and colons included.
pub fn matches(pattern: &str, text: &str) -> bool {
    WildMatchPattern::<'*', '\0'>::new(pattern).matches(text)
}
