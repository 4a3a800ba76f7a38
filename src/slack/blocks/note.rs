//! Lines below a prompt or a card.
//! Never here: words.

use super::facts;
use super::guide::guide_url;
use super::kit::{Kit, SECTION};
use super::{bucket, card, codes, few, instance, mention, who};
use crate::case::guidance::{Blank, Step};
use crate::case::message::{CallReason, FactsView, Note, StoryLine};
use crate::case::owner::PersonId;
use crate::case::remedy::Family;
use crate::slack::escape::{code, entities, plain_to};
use crate::slack::texts::{StoryText, Words, both, date};

/// People who are mentioned by name in a call.
const CALLED: usize = 12;

/// Gives the top-level text, which says the same.
pub(super) fn note(w: &dyn Words, kit: &mut Kit, note: &Note) -> String {
    let parts = parts(w, note);
    for part in &parts {
        kit.section(part, SECTION);
    }
    parts.join("\n")
}

/// Steps with commands to copy make a long message: each has a section of its own.
fn parts(w: &dyn Words, note: &Note) -> Vec<String> {
    let Note::Advice { facts, steps } = note else { return vec![words(w, note)] };
    if steps.is_empty() {
        return vec![advice(w, facts)];
    }
    let head = format!("{}\n{}", w.advice_heading(), sentence(w, facts));
    let step = |step: &Step| {
        let links: String = step.links.iter().map(|link| format!(" <{}>", entities(link))).collect();
        let command = step.command.as_ref().map(|command| format!("\n```{}```", entities(command)));
        let blank = |blank: &Blank| format!("\n`{}`: {}", blank.word(), w.blank(*blank));
        let blanks: String = step.blanks.iter().map(blank).collect();
        format!("• {}{links}{}{blanks}", w.advised(step.what), command.unwrap_or_default())
    };
    let seen = facts.instance.as_deref();
    // What is said of any instance is said better with what was seen of this one.
    let steps = steps.iter().filter(|step| seen.is_none() || !step.what.is_of_instance()).map(step);
    let own = seen.map(|seen| instance::advice(w, facts, seen)).unwrap_or_default();
    let own = own.into_iter().map(|line| format!("• {line}"));
    std::iter::once(head).chain(steps).chain(own).collect()
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
            // Of bundles the first part is what it is about: an instance comes before its role.
            let of = acts.iter().find_map(|act| act.remedy.family()).unwrap_or(Family::User);
            let next = w.next(*closing, of, last4.as_deref());
            lines.extend((!next.is_empty()).then_some(next));
            lines.join("\n")
        }
        Note::Waits => w.waits().to_owned(),
        Note::Story { lines } => {
            let lines = few(w, lines.iter().map(|line| story(w, line)).collect(), 12);
            lines.join("\n")
        }
        Note::HeldBack { until } => w.held_back(&date(*until)),
        Note::Guide { finding_type } => {
            let label = entities(&plain_to(finding_type, 120)).replace('|', "/");
            w.guide(&format!("<{}|{label}>", guide_url(finding_type)))
        }
        Note::Sharing { buckets, partition, signed_hours } => {
            let one = |of| bucket::sharing(w, of, *partition, *signed_hours);
            buckets.iter().take(2).map(one).collect::<Vec<_>>().join("\n\n")
        }
        Note::Advice { facts, .. } => advice(w, facts),
        Note::Call { why, responders } => call(w, why, responders),
        Note::AfterContainment { facts, contained_at } => {
            let (what, from) = (facts::what(w, facts), facts::from(w, facts));
            w.after_containment(&entities(&what), &entities(&from), &both(*contained_at))
        }
        Note::UndoRefused { changed } => w.undo_refused(&codes(w, changed, 8)),
        Note::NotRestored { notes } => w.not_restored(&codes(w, notes, 8)),
        Note::ArchiveFailed { cause } => w.archive_failed(&code(cause)),
        Note::LateAnswer { by, not_mine } => w.late(&mention(by), *not_mine),
        Note::Rejected { by, open } => w.rejected(&mention(by), *open),
        Note::Quiet { by, case, until } => w.quiet(&mention(by), &w.case(case.as_str()), &date(*until)),
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

/// For a resource that nobody was named beside.
fn advice(w: &dyn Words, view: &FactsView) -> String {
    let steps = match &view.instance {
        Some(seen) => instance::advice(w, view, seen),
        None => w.advice_other(&code(view.resource.as_deref().unwrap_or("-"))),
    };
    let steps = steps.iter().map(|step| format!("• {step}"));
    let head = [w.advice_heading().to_owned(), sentence(w, view)];
    head.into_iter().chain(steps).collect::<Vec<_>>().join("\n")
}

fn sentence(w: &dyn Words, view: &FactsView) -> String {
    let lines = facts::lines(w, view);
    format!("{} · {} · {}", entities(&lines.what), entities(&lines.with), entities(&lines.from))
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
        CallReason::SecurityOnly => w.call_security_only().to_owned(),
        CallReason::Ahead => w.call_ahead().to_owned(),
        CallReason::Moved { person } => w.call_moved(&mention(person)),
    };
    let called: Vec<String> = responders.iter().map(mention).collect();
    if called.is_empty() { text } else { format!("{}: {text}", few(w, called, CALLED).join(" ")) }
}
