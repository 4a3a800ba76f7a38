//! The case as responders see it: how it stands, the facts, the evidence, and what they can do.
//! Never here: words, or which buttons fit; the case says that.

use super::evidence;
use super::facts::{self, FactLines};
use super::kit::{Field, Kit, confirmed};
use super::{bucket, codes, few, instance, mention, who};
use crate::case::guard::Mode;
use crate::case::message::{AskedView, CardButton, CardView};
use crate::case::owner::Candidate;
use crate::case::playbook::NoAnswer;
use crate::case::remedy::Remedy;
use crate::case::state::{Stage, StuckReason};
use crate::slack::escape::{clean, code, entities, mrkdwn, plain_to};
use crate::slack::texts::{CardWords, NoAnswerText, StuckText, Words, both, date, utc};
use serde_json::Value;

/// People, acts and keys that are named before "and n more".
const FEW: usize = 6;

/// Gives the top-level text.
pub(super) fn card(w: &dyn Words, kit: &mut Kit, view: &CardView) -> String {
    let lines = facts::lines(w, &view.facts);
    kit.header(&heading(w, view));
    kit.section(&state(w, view), 1500);
    facts_of(w, kit, view, &lines);
    kit.context(&facts::unusual(w, &view.facts));
    kit.section(&people(w, view), 900);
    kit.section(&instance::seen(w, view.facts.instance.as_deref()), 700);
    kit.section(&evidence::standing(w, &view.evidence), 700);
    kit.section(&bucket::lines(w, &view.evidence.buckets), 900);
    kit.section(&evidence::story(w, &view.evidence), 700);
    kit.section(&acts(w, view), 900);
    buttons(w, kit, view);
    kit.context(&small_print(w, view));
    text(w, view, &lines)
}

fn heading(w: &dyn Words, view: &CardView) -> String {
    let severity = format!("{} {:.1}", w.severity(view.facts.severity), view.facts.severity);
    let title = plain_to(&view.facts.title, 110);
    if view.facts.sample {
        format!("{} · {severity} · {title}", w.sample())
    } else {
        format!("{severity} · {title}")
    }
}

/// The line that tells whether anything is to be done.
fn state(w: &dyn Words, view: &CardView) -> String {
    let mut lines = vec![format!("*{}*", stage(w, view))];
    if let Some(reason) = &view.stuck {
        lines.push(stuck(w, reason));
    }
    if let Some(proposal) = &view.proposal {
        let parts: Vec<&str> = proposal.parts.iter().map(|part| w.remedy(*part)).collect();
        lines.push(w.proposal_line(w.proposal(proposal.kind), &who(w, &proposal.by), &parts.join(", ")));
    }
    if let Some(by) = &view.taken_by {
        lines.push(w.taken(&mention(by)));
    }
    if !w.mode(view.mode).is_empty() {
        lines.push(w.mode(view.mode).to_owned());
    }
    lines.join("\n")
}

fn stage(w: &dyn Words, view: &CardView) -> String {
    let mut text = w.stage(view.stage).to_owned();
    if let Some(closing) = view.closing {
        text += &format!(": {}", w.closing(closing));
    }
    if let Some(deadline) = view.deadline.filter(|_| view.stage == Stage::Asking) {
        text += &format!(" {}", w.until(&date(deadline)));
    }
    if let Some(seconds) = view.contained_after {
        text += &format!(" · {}", w.contained_after(seconds));
    }
    text
}

/// Shared with the call for help, which says the same.
pub(super) fn stuck(w: &dyn Words, reason: &StuckReason) -> String {
    w.stuck(&match reason {
        StuckReason::NoAnswer => StuckText::NoAnswer,
        StuckReason::Advice => StuckText::Advice,
        StuckReason::NotConfirmed { why } => StuckText::NotConfirmed(code(why)),
        StuckReason::Refuted { why } => StuckText::Refuted(code(why)),
        StuckReason::Protected { pattern } => StuckText::Protected(code(pattern)),
        StuckReason::AccountNotAllowed => StuckText::AccountNotAllowed,
        StuckReason::WriteFailed { failed, done } => {
            StuckText::WriteFailed { failed: codes(w, failed, 4), done: codes(w, done, 4) }
        }
        StuckReason::EffectGone { lost } => StuckText::EffectGone(codes(w, lost, 4)),
        StuckReason::UndoFailed { failed } => StuckText::UndoFailed(code(failed)),
        StuckReason::Rejected { by } => StuckText::Rejected(mention(by)),
        StuckReason::NotPossible { remedy } => StuckText::NotPossible(
            Remedy::parse(remedy).map_or_else(|| code(remedy), |remedy| w.remedy(remedy).to_owned()),
        ),
        StuckReason::Lapsed => StuckText::Lapsed,
    })
}

fn facts_of(w: &dyn Words, kit: &mut Kit, view: &CardView, lines: &FactLines) {
    let labels = w.labels();
    let with = match &view.facts.principal_arn {
        Some(arn) => format!("{}\n{}", lines.with, plain_to(arn, 200)),
        None => lines.with.clone(),
    };
    kit.fields(&[
        Field::Plain(labels.what, &lines.what),
        Field::Mrkdwn(labels.when, &lines.when),
        Field::Plain(labels.from, &lines.from),
        Field::Plain(labels.with, &with),
        Field::Plain(labels.account, &lines.account),
        Field::Plain(labels.kind, &plain_to(&view.facts.finding_type, 120)),
    ]);
}

fn people(w: &dyn Words, view: &CardView) -> String {
    let mut lines = vec![];
    if view.mode == Mode::Observe {
        let mentions = view.would_ask.iter().map(mention).collect();
        lines.push(match view.would_ask.is_empty() {
            true => w.would_ask_nobody().to_owned(),
            false => w.would_ask(&few(w, mentions, FEW).join(", ")),
        });
        let offered = view.offers.iter().map(|offer| w.remedy(offer.remedy).to_owned()).collect();
        if !view.offers.is_empty() {
            lines.push(w.would_offer(&few(w, offered, FEW).join("; ")));
        }
    } else if view.asked.is_empty() {
        lines.push(w.nobody_asked().to_owned());
    } else {
        lines.push(w.asked().to_owned());
        lines.extend(few(w, view.asked.iter().map(|asked| asked_one(w, asked)).collect(), FEW));
    }
    if let Some(answered) = &view.answered {
        let verdict = w.verdict(answered.verdict);
        lines.push(w.said(verdict, &mention(&answered.by), &both(answered.at)));
        lines.extend(reason(w, &answered.reason));
    }
    lines.extend(view.dismissal.as_deref().and_then(|why| reason(w, why)));
    lines.join("\n")
}

fn reason(w: &dyn Words, text: &str) -> Option<String> {
    let text = clean(text, 400);
    (!text.is_empty()).then(|| w.reason(&format!("`{}`", entities(&text))))
}

fn asked_one(w: &dyn Words, asked: &AskedView) -> String {
    let why = asked.why.as_ref().map(|why| because(w, why));
    let at = asked.at.map(date);
    let state = w.prompt_state(asked.state);
    format!("• {}", w.asked_one(&mention(&asked.person), state, at.as_deref(), why.as_deref()))
}

/// Why it was this person, for others. Shared with the story in the thread.
pub(super) fn because(w: &dyn Words, why: &Candidate) -> String {
    let detail = entities(&plain_to(&why.detail, 60));
    format!("{}: `{detail}` · {}", w.source_of(why.source), w.confidence(why.confidence))
}

fn acts(w: &dyn Words, view: &CardView) -> String {
    if view.acts.is_empty() {
        return String::new();
    }
    format!("{}\n{}", w.acts(), few(w, facts::acts(w, &view.acts), FEW).join("\n"))
}

fn buttons(w: &dyn Words, kit: &mut Kit, view: &CardView) {
    // In observe mode nothing can be pressed, whatever the case holds.
    if view.mode == Mode::Observe || view.buttons.is_empty() {
        return;
    }
    if view.buttons.contains(&CardButton::Contain) {
        let (choices, breaks) = facts::menu(w, &view.offers);
        kit.menu(w.remedy_menu(), w.pick_remedy(), &choices);
        let mut breaks = few(w, breaks, FEW);
        breaks.extend(instance::costs(w, &view.offers, view.facts.instance.as_deref()));
        kit.context(&breaks.join("\n"));
    }
    let mut shown: Vec<CardButton> = vec![];
    for button in &view.buttons {
        if !shown.contains(button) {
            shown.push(*button);
        }
    }
    kit.actions(shown.into_iter().map(|button| one(w, kit, view, button)).collect());
}

fn one(w: &dyn Words, kit: &Kit, view: &CardView, button: CardButton) -> Value {
    let names = CardWords::buttons(w);
    match button {
        CardButton::Contain => kit.danger("vouch.contain", &names.contain),
        CardButton::Dismiss => kit.button("vouch.dismiss", &names.dismiss),
        CardButton::Done => kit.button("vouch.done", &names.done),
        CardButton::Undo => {
            let until = view.revives_until.map(utc);
            confirmed(kit.button("vouch.undo", &names.undo), &w.undo_confirm(until.as_deref()))
        }
        CardButton::Approve => kit.button("vouch.approve", &names.approve),
        CardButton::Reject => kit.button("vouch.reject", &names.reject),
        CardButton::Take => kit.button("vouch.take", &names.take),
    }
}

fn small_print(w: &dyn Words, view: &CardView) -> String {
    let mut parts = vec![w.case(view.case.as_str()), w.rule(&code(&view.rule))];
    // Once there is an answer, or nobody to wait for, silence decides nothing any more.
    if [Stage::Tracing, Stage::Asking].contains(&view.stage) || view.mode == Mode::Observe {
        parts.push(w.no_answer(&match view.no_answer {
            NoAnswer::Escalate => NoAnswerText::Escalate,
            NoAnswer::Record => NoAnswerText::Record,
            NoAnswer::Run(remedy) => NoAnswerText::Run(w.remedy(remedy)),
        }));
    }
    parts.join(" · ")
}

fn text(w: &dyn Words, view: &CardView, lines: &FactLines) -> String {
    let summary = w.summary(
        &stage(w, view),
        &entities(&lines.what_brief),
        &entities(&lines.with),
        &mrkdwn(&view.facts.account),
        w.severity(view.facts.severity),
    );
    let summary = format!("{summary} {}", w.case(view.case.as_str()));
    if view.facts.sample { format!("{}: {summary}", w.sample()) } else { summary }
}
