//! What was looked up about who acted, in English.
//! Never here: layout.

use super::En;
use crate::case::evidence::OtherKind;
use crate::slack::texts::{ChainEndText, EvidenceWords};

impl EvidenceWords for En {
    fn writes_iam(&self) -> &'static str {
        "*Can change IAM*, and so give itself more rights"
    }

    fn made_lately(&self, when: &str) -> String {
        format!("*Made {when}*, less than 7 days before this")
    }

    fn boundary(&self, policy: &str) -> String {
        format!("Permissions boundary: {policy}")
    }

    fn trusts(&self, listed: &str) -> String {
        format!("May be assumed by: {listed}")
    }

    fn services(&self, listed: &str) -> String {
        format!("Services used lately: {listed}")
    }

    fn other_fact(&self, kind: OtherKind, name: &str, active: bool) -> String {
        let kind = match kind {
            OtherKind::ServiceSpecific => "password for one service",
            OtherKind::SshKey => "SSH key",
            OtherKind::SigningCertificate => "signing certificate",
        };
        let state = if active { "active" } else { "inactive" };
        format!("{kind} {name} : {state}")
    }

    fn root_fact(&self, keys: bool, mfa: bool) -> String {
        let keys = if keys { "*The root user has access keys*" } else { "The root user has no access keys" };
        let mfa = if mfa { "has MFA" } else { "*has no MFA*" };
        format!("{keys} · {mfa}")
    }

    fn hop(&self, event: &str, by: &str, when: &str) -> String {
        format!("Session from {event} by {by} , {when}")
    }

    fn chain_end(&self, end: &ChainEndText) -> String {
        match end {
            ChainEndText::Provider { subject, provider } => {
                format!("The identity provider {provider} vouched for {subject}")
            }
            ChainEndText::Elsewhere(account) => {
                format!("The caller is in account {account} , which vouch may not look into")
            }
            ChainEndText::NotFound { yet: true } => {
                "CloudTrail does not show yet who started the session; it lags by minutes".to_owned()
            }
            ChainEndText::NotFound { yet: false } => {
                "CloudTrail does not show who started the session".to_owned()
            }
            ChainEndText::TooLong => "The chain of roles behind it is longer than vouch follows".to_owned(),
            ChainEndText::Unclear(what) => format!("Who started the session cannot be followed: {what}"),
        }
    }

    fn made(&self) -> &'static str {
        "*Since then this credential did*"
    }

    fn made_one(&self, event: &str, what: Option<&str>, when: &str) -> String {
        match what {
            Some(what) => format!("{event} {what} , {when}"),
            None => format!("{event} , {when}"),
        }
    }

    fn unusual(&self, listed: &str) -> String {
        format!("Unusual for this identity: {listed}")
    }
}
