//! What settings imply before anything runs: which remedies write, which sources and remedies are not there.
//! Never here: printing.

use crate::aws::{investigate, owners};
use crate::case::owner::Source;
use crate::case::playbook::{NoAnswer, RuleSpec};
use crate::case::remedy::{Remedy, possible};
use crate::config::Settings;
use std::collections::BTreeSet;

/// What is read in an account: about the accused and what they touched, and by the owner sources in use.
pub(super) fn reads(s: &Settings) -> BTreeSet<&'static str> {
    let sources = s.owners.sources.iter().filter(|source| uses(s, **source));
    let owners = sources.flat_map(|source| owners::actions(*source));
    investigate::ACTIONS
        .iter()
        .chain(investigate::INSTANCES)
        .chain(&investigate::bucket::ACTIONS)
        .chain(owners)
        .copied()
        .collect()
}

/// Remedies that some rule may carry out and that are built: bundles opened, guidance left out.
pub(super) fn writes(s: &Settings) -> BTreeSet<Remedy> {
    let all = s.playbook.rules.iter().chain(&s.playbook.built_in).flat_map(named);
    all.flat_map(|remedy| possible(remedy, s.aws.profile))
        .filter(|remedy| remedy.is_built() && *remedy != Remedy::Advise)
        .collect()
}

/// Rules of the operator that name remedies which are not built: rule and remedies.
pub(super) fn not_built(s: &Settings) -> Vec<(String, Vec<Remedy>)> {
    let missing = |rule: &RuleSpec| -> Vec<Remedy> {
        let parts = named(rule).into_iter().filter(|remedy| {
            // Without parts it is left out by the profile, which is a choice and no lack.
            let parts = possible(*remedy, s.aws.profile);
            !parts.is_empty() && parts.iter().all(|part| !part.is_built())
        });
        parts.collect()
    };
    let rules = s.playbook.rules.iter().chain(&s.playbook.built_in);
    rules.map(|rule| (rule.name.clone(), missing(rule))).filter(|(_, missing)| !missing.is_empty()).collect()
}

/// Configured sources that will be skipped, and why.
pub(super) fn skipped_sources(s: &Settings) -> Vec<(Source, &'static str)> {
    let why = |source: Source| {
        if source == Source::Sso && s.owners.identity_store_id.is_empty() {
            Some("owners.identity_store_id is empty")
        } else if source == Source::Static && s.owners.principals.is_empty() {
            Some("owners.principals is empty")
        } else if source == Source::Account && s.owners.accounts.is_empty() {
            Some("owners.accounts is empty")
        } else if source == Source::Tags && s.owners.tag_keys.is_empty() {
            Some("owners.tag_keys is empty")
        } else {
            None
        }
    };
    s.owners.sources.iter().filter_map(|source| Some((*source, why(*source)?))).collect()
}

/// Whether the source is there and has something to say.
pub(super) fn uses(s: &Settings, source: Source) -> bool {
    s.owners.sources.contains(&source) && !skipped_sources(s).iter().any(|(skipped, _)| *skipped == source)
}

fn named(rule: &RuleSpec) -> BTreeSet<Remedy> {
    let silent = match rule.no_answer {
        Some(NoAnswer::Run(remedy)) => Some(remedy),
        Some(NoAnswer::Escalate | NoAnswer::Record) | None => None,
    };
    rule.offer.iter().flatten().copied().chain(silent).collect()
}
