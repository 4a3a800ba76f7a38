//! Whether the playbook covers what may come, and whether each of the operator's rules can be reached.
//! Never here: what makes a rule valid (`config`), or what a finding leads to (`case/playbook`).

use super::{Check, Verdict, check};
use crate::case::guard::matches;
use crate::case::playbook::RuleSpec;
use crate::config::Settings;

pub(super) fn coverage(s: &Settings) -> Vec<Check> {
    let book = &s.playbook;
    let mut checks = vec![];
    let rest = book.built_in.iter().find(|rule| rule.types.is_empty() || takes_all(rule));
    let entries = book.built_in.len();
    checks.push(match rest {
        Some(rest) => {
            let text = format!("{entries} built-in entries; what none of them names is {:?}", rest.name);
            check(Verdict::Ok, "playbook", text)
        }
        None => check(Verdict::Warn, "playbook", "types that no entry names are told to responders only"),
    });
    for (n, rule) in book.rules.iter().enumerate() {
        if let Some(before) = book.rules[..n].iter().find(|before| hides(before, rule)) {
            let text = format!(
                "rule {:?} is never reached: {:?} before it takes all of it; put it first",
                rule.name, before.name
            );
            checks.push(check(Verdict::Warn, "playbook", text));
        }
        for unknown in rule.types.iter().filter(|pattern| !is_known(&book.built_in, pattern)) {
            let text = format!(
                "rule {:?} names {unknown}, which no built-in entry knows; is it spelt as GuardDuty spells it?",
                rule.name
            );
            checks.push(check(Verdict::Warn, "playbook", text));
        }
    }
    checks
}

fn takes_all(rule: &RuleSpec) -> bool {
    rule.types.iter().any(|pattern| pattern == "*")
}

/// Everything that is for the later rule is for the earlier one.
fn hides(before: &RuleSpec, rule: &RuleSpec) -> bool {
    let types = before.types.is_empty()
        || !rule.types.is_empty()
            && rule.types.iter().all(|one| before.types.iter().any(|pattern| matches(pattern, one)))
        || takes_all(before);
    let same = |before: &[String], rule: &[String]| before.is_empty() || before == rule;
    types
        && same(&before.accounts, &rule.accounts)
        && same(&before.principals, &rule.principals)
        && before.min_severity_tenths <= rule.min_severity_tenths
        && before.when.iter().all(|when| rule.when.contains(when))
}

/// It may be a pattern itself, and then meets what it is a pattern of.
fn is_known(built_in: &[RuleSpec], pattern: &str) -> bool {
    let named = built_in.iter().flat_map(|rule| &rule.types).filter(|known| *known != "*");
    // `*:S3/*` says nothing about the part before the colon, where most slips happen.
    let purpose = |of: &str| of.split(':').next().unwrap_or_default().to_owned();
    let wanted = purpose(pattern);
    let met = |known: &String| matches(known, pattern) || matches(pattern, known);
    pattern == "*" || named.clone().any(met) && named.clone().any(|known| matches(&wanted, &purpose(known)))
}
