//! The people that the configuration names: whether Slack still knows them as people who can be asked.
//! Never here: asking them anything (`prompt`).

use super::{Check, Verdict, check};
use crate::case::owner::PersonId;
use crate::config::Settings;
use crate::ports::{Clock, Fault, People, Profile, Unfit};
use crate::slack::client::Client;
use crate::slack::people::SlackPeople;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Slack lets us look at about a hundred a minute, and nobody waits for more.
const MOST: usize = 100;

/// After so many failures in a row the rest would fail too.
const GIVE_UP: usize = 3;

/// Responders must be able to act; of owners it is said who cannot.
pub(super) async fn all(s: &Settings, client: Arc<Client>, clock: Arc<dyn Clock>) -> Vec<Check> {
    let people = SlackPeople::new(client, clock);
    let responders: BTreeSet<&PersonId> = s.slack.responders.iter().collect();
    let mut checks = group(&people, "responders", Verdict::Fail, "slack.responders", &responders).await;
    let escalated = s.playbook.rules.iter().filter_map(|rule| rule.escalate_to.as_ref()).flatten();
    let owners = s.owners.principals.iter().map(|(_, person)| person);
    let owners = owners.chain(s.owners.emails.values()).chain(s.owners.accounts.values()).chain(escalated);
    let owners: BTreeSet<&PersonId> = owners.filter(|person| !responders.contains(person)).collect();
    checks.extend(group(&people, "owners", Verdict::Warn, "[owners] and the rules", &owners).await);
    checks
}

async fn group(
    people: &SlackPeople,
    name: &'static str,
    gone: Verdict,
    place: &str,
    ids: &BTreeSet<&PersonId>,
) -> Vec<Check> {
    let (mut checks, mut fine, mut failures) = (vec![], 0, 0);
    for id in ids.iter().take(MOST) {
        match people.profile(id).await {
            Ok(profile) => match fault(profile.as_ref()) {
                None => fine += 1,
                Some((why, outright)) => {
                    let verdict = if outright { gone } else { Verdict::Warn };
                    checks.push(check(verdict, name, format!("{id} {why}; name somebody else in {place}")));
                }
            },
            Err(error) => {
                failures += 1;
                checks.push(unseen(name, id, &error));
                if failures == GIVE_UP {
                    checks.push(check(Verdict::Warn, name, "the others were not looked at"));
                    break;
                }
            }
        }
    }
    if ids.len() > MOST {
        let text = format!("only the first {MOST} of {} were looked at", ids.len());
        checks.push(check(Verdict::Warn, name, text));
    }
    if fine > 0 {
        checks.insert(0, check(Verdict::Ok, name, format!("{fine} can be asked")));
    }
    checks
}

fn unseen(name: &'static str, id: &PersonId, fault: &Fault) -> Check {
    check(Verdict::Warn, name, format!("{id} cannot be looked at: {fault}; grant users:read"))
}

/// Why this person cannot be asked, and whether that is certain. `None`: they can.
pub(super) fn fault(profile: Option<&Profile>) -> Option<(&'static str, bool)> {
    let Some(profile) = profile else { return Some(("is nobody in this workspace", true)) };
    Some(match profile.unfit? {
        Unfit::Deactivated => ("is deactivated", true),
        Unfit::Bot => ("is a bot", true),
        Unfit::Outsider => ("belongs to another organisation", true),
        Unfit::Guest => ("is a guest", false),
    })
}
