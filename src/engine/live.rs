//! The settings that are read at each act: the stricter of then and now wins.
//! Never here: what a case froze when it opened.

use crate::case::finding::Finding;
use crate::case::guard::{BUILT_IN_PROTECTED, Guard};
use crate::case::guidance::Known;
use crate::case::playbook::Rule;
use crate::case::principal::AccountId;
use crate::case::state::Terms;
use crate::config::Settings;

/// What the engine needs of the settings, with our own identity filled in.
#[derive(Debug, Clone)]
pub struct Live {
    pub settings: Settings,
    pub guard: Guard,
}

impl Live {
    /// `own_account` and `own_arn` as STS tells them; `aws.accounts` empty means our own account only.
    pub fn new(settings: Settings, own_account: Option<AccountId>, own_arn: Option<String>) -> Self {
        let accounts = match (settings.aws.accounts.is_empty(), own_account) {
            (true, Some(own)) => vec![own],
            (true, None) => vec![],
            (false, _) => settings.aws.accounts.clone(),
        };
        let built_in = BUILT_IN_PROTECTED.iter().map(|p| (*p).to_owned());
        // The roles we take in other accounts are ours as well.
        let any = |template: &String| template.replace("{partition}", "*").replace("{account}", "*");
        let roles = [&settings.aws.evidence_role, &settings.aws.respond_role];
        let roles = roles.into_iter().filter(|role| !role.is_empty()).map(any);
        let guard = Guard {
            mode: settings.mode,
            profile: settings.aws.profile,
            accounts,
            protected: built_in.chain(settings.protected.iter().cloned()).chain(roles).collect(),
            own_arn,
            own_roles: settings.aws.own_roles(),
            limits: settings.limits,
        };
        Self { settings, guard }
    }

    pub fn rule(&self, finding: &Finding) -> Rule {
        self.settings.playbook.decide(finding, &self.settings.known_networks)
    }

    /// What a case opened now would be governed by.
    pub fn terms(&self, finding: &Finding) -> Terms {
        let arns: Vec<String> =
            finding.principal.iam_arn().into_iter().chain(finding.principal.arn()).collect();
        Terms {
            rule: self.rule(finding),
            mode: self.guard.mode,
            profile: self.guard.profile,
            account_allowed: self.guard.allows_account(finding.home())
                && self.guard.allows_account(&finding.account),
            known_networks: self.settings.known_networks.clone(),
            verify_after: self.settings.verify_after.clone(),
            undo_window: self.settings.undo_window,
            group_window: self.settings.group_window,
            responders: self.settings.slack.responders.clone(),
            released: false,
            crowd: false,
            own: self.guard.own(&arns),
            known: Known {
                quarantine_policy: self.settings.aws.quarantine_policy.clone(),
                identity_store: self.settings.owners.identity_store_id.clone(),
                identity_store_region: self.settings.owners.identity_store_region.clone(),
            },
        }
    }
}
