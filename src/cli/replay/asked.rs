//! Who would be asked, as far as the configuration alone can tell: patterns and accounts, else responders.
//! Never here: sources that need a network; their answers are only known when it happens.

use super::for_responders;
use crate::case::finding::Finding;
use crate::case::guard::matches;
use crate::case::owner::{PersonId, Source};
use crate::case::playbook::{Ask, Rule};
use crate::config::Settings;

/// Slack user ids, or `["security"]`.
pub(super) fn by(settings: &Settings, finding: &Finding, rule: &Rule) -> Vec<String> {
    let allowed = settings.aws.accounts.is_empty() || settings.aws.accounts.contains(&finding.account);
    let nobody = for_responders(finding, rule) || !allowed || is_ours(settings, finding);
    let asked = || {
        owner(settings, finding, rule.ask)
            .or_else(|| rule.ask.beside(finding).and_then(|ask| owner(settings, finding, ask)))
    };
    let person = if nobody { None } else { asked() };
    vec![person.map_or("security".to_owned(), PersonId::to_string)]
}

/// One of the roles that we take ourselves: whoever would be asked could be whom it is about.
fn is_ours(settings: &Settings, finding: &Finding) -> bool {
    // A finding tells no path.
    finding.principal.is_role() && settings.aws.own_roles().contains(&finding.principal.name)
}

fn owner<'a>(settings: &'a Settings, finding: &Finding, ask: Ask) -> Option<&'a PersonId> {
    let arns: Vec<String> = match ask {
        Ask::Security => return None,
        Ask::Owner => finding.principal.iam_arn().into_iter().chain(finding.principal.arn()).collect(),
        Ask::BucketOwner | Ask::InstanceOwner => {
            finding.resource.as_ref().and_then(|r| r.arn()).map(str::to_owned).into_iter().collect()
        }
    };
    let by_source = |source: &Source| match source {
        // The patterns stand in order: the longest literal prefix first.
        Source::Static => {
            let fits = |pattern: &str| arns.iter().any(|arn| matches(pattern, arn));
            settings.owners.principals.iter().find(|(pattern, _)| fits(pattern)).map(|(_, person)| person)
        }
        Source::Account => settings.owners.accounts.get(&finding.account),
        Source::Sso | Source::Trail | Source::Tags | Source::Creator => None,
    };
    settings.owners.sources.iter().find_map(by_source)
}
