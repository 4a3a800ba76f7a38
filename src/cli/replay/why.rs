//! Why a rule decides about a finding: whose it is, and which of its conditions the finding meets.
//! Never here: deciding; the playbook does.

use crate::case::finding::Finding;
use crate::case::guard::matches;
use crate::case::playbook::RuleSpec;
use crate::config::{CONDITIONS, Settings};

pub(super) fn of(settings: &Settings, finding: &Finding) -> String {
    let (playbook, known) = (&settings.playbook, &settings.known_networks);
    let fits = |spec: &&RuleSpec| spec.applies(finding, known);
    let built_in = playbook.built_in.iter().find(fits);
    let own = playbook.rules.iter().enumerate().find(|(_, spec)| fits(spec));
    match (own, built_in) {
        (Some((index, spec)), base) => {
            let base = base.map(|base| format!("; what it leaves open: built-in {}", base.name));
            let (place, of) = (index + 1, playbook.rules.len());
            format!("your rule {place} of {of}: {}{}", conditions(spec, finding), base.unwrap_or_default())
        }
        (None, Some(base)) if playbook.rules.is_empty() => format!("built-in: {}", conditions(base, finding)),
        (None, Some(base)) => {
            format!("none of your own rules fits; built-in: {}", conditions(base, finding))
        }
        (None, None) => "no rule is about this type: responders are told, nothing is written".to_owned(),
    }
}

/// What the rule asks for, as this finding has it.
fn conditions(spec: &RuleSpec, finding: &Finding) -> String {
    let principal = finding.principal.iam_arn().into_iter().chain(finding.principal.arn());
    let principal: Vec<String> = principal.collect();
    let met = |name: &str, patterns: &[String], texts: &[&str]| {
        let pattern = patterns.iter().find(|pattern| texts.iter().any(|text| matches(pattern, text)));
        pattern.map(|pattern| format!("{name} {pattern}"))
    };
    let severity = f64::from(spec.min_severity_tenths) / 10.0;
    let all = [
        met("type", &spec.types, &[&finding.kind]),
        met("account", &spec.accounts, &[finding.account.as_str()]),
        met("principal", &spec.principals, &principal.iter().map(String::as_str).collect::<Vec<_>>()),
        (severity > 0.0).then(|| format!("severity {:.1}, at least {severity:.1}", finding.severity)),
    ];
    let when =
        CONDITIONS.iter().filter(|(_, when)| spec.when.contains(when)).map(|(name, _)| (*name).to_owned());
    let all: Vec<String> = all.into_iter().flatten().chain(when).collect();
    if all.is_empty() { "it takes every finding".to_owned() } else { all.join(", ") }
}
