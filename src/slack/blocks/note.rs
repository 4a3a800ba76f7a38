//! Lines below a prompt or a card.
//! Never here: words.

use super::facts;
use super::guide::guide_url;
use super::kit::{Kit, SECTION};
use super::{card, codes, few, mention, who};
use crate::case::message::{CallReason, FactsView, Note, StoryLine};
use crate::case::owner::PersonId;
use crate::slack::escape::{code, entities, plain_to};
use crate::slack::texts::{StoryText, Words, both, date};

/// People who are mentioned by name in a call.
const CALLED: usize = 12;

/// Gives the top-level text, which says the same.
pub(super) fn note(w: &dyn Words, kit: &mut Kit, note: &Note) -> String {
    let text = words(w, note);
    kit.section(&text, SECTION);
    text
}

fn words(w: &dyn Words, note: &Note) -> String {
    match note {
        Note::Reminder { deadline } => w.reminder(deadline.map(date).as_deref()),
        Note::Ended { closing, acts, by, key_last4 } => {
            let mut lines = vec![w.over(*closing, &who(w, by))];
            if !acts.is_empty() {
                lines.push(w.what_was_done().to_owned());
                lines.extend(few(w, facts::acts(w, acts), 6));
            }
            let last4 = key_last4.as_deref().map(|k| entities(&plain_to(k, 8)));
            let next = w.next(*closing, last4.as_deref());
            lines.extend((!next.is_empty()).then_some(next));
            lines.join("\n")
        }
        Note::Waits => w.waits().to_owned(),
        Note::Story { lines } => {
            let lines = few(w, lines.iter().map(|line| story(w, line)).collect(), 12);
            lines.join("\n")
        }
        Note::Guide { finding_type } => {
            let label = entities(&plain_to(finding_type, 120)).replace('|', "/");
            w.guide(&format!("<{}|{label}>", guide_url(finding_type)))
        }
        Note::Sharing { buckets, partition, signed_hours } => {
            let one = |bucket| super::bucket::sharing(w, bucket, *partition, *signed_hours);
            buckets.iter().take(2).map(one).collect::<Vec<_>>().join("\n\n")
        }
        Note::Advice { facts } => advice(w, facts),
        Note::Call { why, responders } => call(w, why, responders),
        Note::AfterContainment { facts, contained_at } => {
            let (what, from) = (facts::what(w, facts), facts::from(w, facts));
            w.after_containment(&entities(&what), &entities(&from), &both(*contained_at))
        }
        Note::UndoRefused { changed } => w.undo_refused(&codes(w, changed, 8)),
        Note::NotRestored { notes } => w.not_restored(&codes(w, notes, 8)),
        Note::ArchiveFailed { cause } => w.archive_failed(&code(cause)),
        Note::LateAnswer { by, not_mine } => w.late(&mention(by), *not_mine),
        Note::Rejected { by } => w.rejected(&mention(by)),
        Note::StillWaiting { stage, since } => w.still_waiting(w.stage(*stage), &both(*since)),
    }
}

fn story(w: &dyn Words, line: &StoryLine) -> String {
    let text = match line {
        StoryLine::Asked { person, why } => {
            StoryText::Asked { person: mention(person), why: why.as_ref().map(|why| card::because(w, why)) }
        }
        StoryLine::Changed { facts } => StoryText::Changed {
            what: entities(&facts::what(w, facts)),
            from: entities(&facts::address(w, facts)),
        },
        StoryLine::Answered { by, verdict } => {
            StoryText::Answered { by: mention(by), verdict: w.verdict(*verdict) }
        }
        StoryLine::Overdue => StoryText::Overdue,
        StoryLine::Taken { by } => StoryText::Taken { by: mention(by) },
        StoryLine::Closed { closing, by } => StoryText::Closed { how: w.closing(*closing), by: who(w, by) },
        StoryLine::Act { act } => return facts::acts(w, std::slice::from_ref(act)).concat(),
    };
    format!("• {}", w.story(&text))
}

fn advice(w: &dyn Words, view: &FactsView) -> String {
    let lines = facts::lines(w, view);
    let steps = match &view.resource {
        Some(resource) => w.advice_other(&code(resource)),
        None => w.advice_credentials(&entities(&lines.account)),
    };
    let steps = steps.iter().map(|step| format!("• {step}"));
    let facts = format!("{} · {} · {}", entities(&lines.what), entities(&lines.with), entities(&lines.from));
    let all: Vec<String> = [w.advice_heading().to_owned(), facts].into_iter().chain(steps).collect();
    all.join("\n")
}

fn call(w: &dyn Words, why: &CallReason, responders: &[PersonId]) -> String {
    let text = match why {
        CallReason::Unsure { by } => w.call_unsure(&mention(by)),
        CallReason::NobodyFound => w.call_nobody_found().to_owned(),
        CallReason::NobodyLeft => w.call_nobody_left().to_owned(),
        CallReason::CouldNotAsk { person, cause } => w.call_could_not_ask(&mention(person), &code(cause)),
        CallReason::TooManyPrompts { person } => w.call_too_many(&mention(person)),
        CallReason::NoAnswer => w.call_no_answer().to_owned(),
        CallReason::NeedsApproval { kind } => w.call_approval(w.proposal(*kind)),
        CallReason::Refuted { why } => w.call_refuted(&code(why)),
        CallReason::Stuck { reason } => card::stuck(w, reason),
        CallReason::AccountNotAllowed => w.call_not_allowed().to_owned(),
        CallReason::Disagreement => w.call_disagreement().to_owned(),
    };
    let called: Vec<String> = responders.iter().map(mention).collect();
    if called.is_empty() { text } else { format!("{}: {text}", few(w, called, CALLED).join(" ")) }
}
