//! The facts of a question in short lines: what, when, from where, with what, in which account.
//! Never here: layout. Every line is cleaned, but not escaped: `plain_text` needs no more.

use super::codes;
use super::kit::Choice;
use crate::case::message::{ActView, FactsView, Offer};
use crate::case::remedy::ActState;
use crate::slack::escape::{entities, plain_to};
use crate::slack::texts::{Words, both, utc};

/// Short values inside a line are cut here.
const PART: usize = 120;

/// New things about an identity that are named.
const UNUSUAL: usize = 5;

/// A name inside the question: the heading has room for little more.
const NAME: usize = 64;

/// What came of a remedy is longer: it may name what is left to do.
const NOTE: usize = 300;

pub(super) struct FactLines {
    pub(super) what: String,
    /// The same without a full ARN: lock screens show the top-level text (facts/slack.md 4.3).
    pub(super) what_brief: String,
    /// Escaped, in the reader's zone and UTC.
    pub(super) when: String,
    pub(super) when_utc: String,
    pub(super) from: String,
    pub(super) with: String,
    pub(super) account: String,
}

pub(super) fn lines(w: &dyn Words, facts: &FactsView) -> FactLines {
    let when_utc = utc(facts.last_seen);
    let mut when = both(facts.last_seen);
    if facts.count > 1 || facts.findings > 1 {
        when = format!("{when}, {}", w.times(facts.count, facts.findings));
        if let Some(first) = facts.first_seen {
            when = format!("{when}, {}", w.since(&utc(first)));
        }
    }
    FactLines {
        what: what(w, facts),
        what_brief: what_of(w, facts, facts.resource.as_deref().map(name_of)),
        when,
        when_utc,
        from: from(w, facts),
        with: with(w, facts),
        account: account(facts),
    }
}

/// What is asked, for `plain_text`.
pub(super) fn question(w: &dyn Words, facts: &FactsView) -> String {
    let about = facts.about.as_ref().map(|about| about.shown(|name| plain_to(name, NAME)));
    w.question(facts.question, about.as_ref())
}

/// The whole question, escaped, for the top-level text.
pub(super) fn whole_question(w: &dyn Words, facts: &FactsView, lines: &FactLines) -> String {
    let about = facts.about.as_ref().map(|about| about.shown(|name| entities(&plain_to(name, NAME))));
    let told = w.facts(
        &entities(&lines.what_brief),
        &lines.when_utc,
        &entities(&lines.from),
        &entities(&lines.with),
        &entities(&lines.account),
    );
    format!("{} {told}", w.question(facts.question, about.as_ref()))
}

pub(super) fn what(w: &dyn Words, facts: &FactsView) -> String {
    what_of(w, facts, facts.resource.as_deref())
}

/// The name at the end of an ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn what_of(w: &dyn Words, facts: &FactsView, resource: Option<&str>) -> String {
    let resource = part(&resource.map(str::to_owned));
    match part(&facts.api) {
        Some(api) => w.call(
            &api,
            part(&facts.service).as_deref(),
            resource.as_deref(),
            part(&facts.error_code).as_deref(),
        ),
        None => w.call(&plain_to(&facts.title, 256), None, resource.as_deref(), None),
    }
}

/// The address first: it is what people compare.
pub(super) fn from(w: &dyn Words, facts: &FactsView) -> String {
    let line = address(w, facts);
    match part(&facts.user_agent) {
        // Ours are the only quotes of this kind: a client cannot end its own name and go on in our words.
        Some(agent) => format!("{line}, {}", w.with_client(&agent.replace(['“', '”'], "'"))),
        None => line,
    }
}

pub(super) fn address(w: &dyn Words, facts: &FactsView) -> String {
    let mut about: Vec<String> = part(&facts.place).into_iter().chain(part(&facts.network_owner)).collect();
    if facts.known_network {
        about.push(w.known_network().to_owned());
    }
    let source = part(&facts.source).unwrap_or_else(|| w.unknown_source().to_owned());
    if about.is_empty() { source } else { format!("{source} ({})", about.join(", ")) }
}

fn part(text: &Option<String>) -> Option<String> {
    text.as_deref().filter(|text| !text.is_empty()).map(|text| plain_to(text, PART))
}

pub(super) fn with(w: &dyn Words, facts: &FactsView) -> String {
    let principal = plain_to(&facts.principal, PART);
    match &facts.key_last4 {
        Some(last4) => format!("{principal}, {}", w.key(&plain_to(last4, 8))),
        None => principal,
    }
}

/// Escaped; empty where nothing is new.
pub(super) fn unusual(w: &dyn Words, facts: &FactsView) -> String {
    let values: Vec<String> = facts.unusual.iter().map(|one| one.value.clone()).collect();
    if values.is_empty() { String::new() } else { w.unusual(&codes(w, &values, UNUSUAL)) }
}

fn account(facts: &FactsView) -> String {
    let account = plain_to(&facts.account, 20);
    let regions: Vec<String> = facts.regions.iter().take(4).map(|region| plain_to(region, 24)).collect();
    if regions.is_empty() { account } else { format!("{account} ({})", regions.join(", ")) }
}

/// What an offer breaks: the bundle's parts, if it has any.
pub(super) fn breaks(w: &dyn Words, offer: &Offer) -> String {
    if offer.parts.is_empty() {
        return w.breaks(offer.remedy).to_owned();
    }
    let mut texts: Vec<&str> = vec![];
    for part in &offer.parts {
        let text = w.breaks(*part);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    w.clauses(&texts)
}

/// The offers as lines of a menu, and all that they break as lines below it.
pub(super) fn menu(w: &dyn Words, offers: &[Offer]) -> (Vec<Choice>, Vec<String>) {
    let choice = |offer: &Offer| Choice {
        remedy: offer.remedy,
        name: w.remedy(offer.remedy),
        breaks: w.breaks(match offer.parts.as_slice() {
            [only] => *only,
            _ => offer.remedy,
        }),
    };
    let line = |offer: &Offer| format!("• {}: {}", w.remedy(offer.remedy), breaks(w, offer));
    (offers.iter().map(choice).collect(), offers.iter().map(line).collect())
}

/// One line for each thing done.
pub(super) fn acts(w: &dyn Words, acts: &[ActView]) -> Vec<String> {
    acts.iter()
        .map(|act| {
            let mut line = format!("• {}: {}", w.remedy(act.remedy), w.act_state(act.state));
            // The time is that of the write; beside "undone" it would read as the time of the undo.
            if let Some(at) = act.at.filter(|_| act.state != ActState::Undone) {
                line += &format!(", {}", both(at));
            }
            if !act.note.is_empty() {
                line += &format!(" ({})", entities(&plain_to(&act.note, NOTE)));
            }
            line
        })
        .collect()
}
