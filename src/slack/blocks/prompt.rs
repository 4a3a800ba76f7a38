//! The question: something a tired person understands in five seconds, and answers with one tap.
//! Never here: words.

use super::facts::{self, FactLines};
use super::kit::{Field, Kit, SECTION};
use super::{few, instance, mention};
use crate::case::guard::Mode;
use crate::case::message::{PromptEnd, PromptView};
use crate::slack::escape::{entities, plain_to};
use crate::slack::texts::{PromptWords, Words, date};

/// Gives the top-level text.
pub(super) fn prompt(w: &dyn Words, kit: &mut Kit, view: &PromptView) -> String {
    let lines = facts::lines(w, &view.facts);
    kit.header(&heading(w, view));
    if view.changed && view.open {
        kit.section(w.changed(), 1000);
    }
    fields(w, kit, &lines);
    kit.context(&facts::unusual(w, &view.facts));
    if !view.done.is_empty() {
        let done = few(w, facts::acts(w, &view.done), 5);
        kit.section(&format!("{}\n{}", w.already_done(), done.join("\n")), 1500);
    }
    let end = view.end.as_ref().map(|end| ended(w, view, end));
    if let Some(end) = &end {
        kit.section(end, 1000);
    }
    if view.open {
        ask(w, kit, view);
    }
    kit.context(&small_print(w, view));
    text(w, view, &lines, end.as_deref())
}

/// The five facts, in the order in which people check them.
pub(super) fn fields(w: &dyn Words, kit: &mut Kit, lines: &FactLines) {
    let labels = w.labels();
    kit.fields(&[
        Field::Plain(labels.what, &lines.what),
        Field::Mrkdwn(labels.when, &lines.when),
        Field::Plain(labels.from, &lines.from),
        Field::Plain(labels.with, &lines.with),
        Field::Plain(labels.account, &lines.account),
    ]);
}

fn heading(w: &dyn Words, view: &PromptView) -> String {
    let question = facts::question(w, &view.facts);
    if view.facts.sample { format!("{}: {question}", w.sample()) } else { question }
}

fn ask(w: &dyn Words, kit: &mut Kit, view: &PromptView) {
    let dry = view.mode != Mode::Enforce;
    let deed = view.facts.question.is_deed();
    if !deed {
        kit.section(w.meaning(), SECTION);
    }
    let (choices, breaks) = facts::menu(w, &view.offers);
    kit.menu(w.if_not_you(deed, dry), w.pick_remedy(), &choices);
    if !breaks.is_empty() {
        let mut breaks = few(w, breaks, 8);
        breaks.extend(instance::costs(w, &view.offers, view.facts.instance.as_deref()));
        kit.context(&format!("{}\n{}", w.breaks_heading(dry), breaks.join("\n")));
    }
    let buttons = PromptWords::buttons(w);
    // One tap, no confirmation, for the answer that matters most; never a green "it was me".
    kit.actions(vec![
        kit.danger("vouch.not_mine", &buttons.not_mine),
        kit.button("vouch.unsure", &buttons.unsure),
        kit.button("vouch.mine", &buttons.mine),
        kit.button("vouch.not_my_credential", &buttons.not_my_credential),
    ]);
    kit.context(w.mode(view.mode));
}

fn ended(w: &dyn Words, view: &PromptView, end: &PromptEnd) -> String {
    let mut line = match &end.answered {
        Some(answered) => w.answered(answered.verdict, &mention(&answered.by), &date(answered.at)),
        None => w.ended(end.state).to_owned(),
    };
    if let Some(closing) = end.closing {
        line += &format!(" · {}", w.closing(closing));
    }
    format!("{line} · {}", w.case(view.case.as_str()))
}

fn small_print(w: &dyn Words, view: &PromptView) -> String {
    let mut parts = vec![];
    if view.end.is_none() {
        parts.push(w.case(view.case.as_str()));
    }
    parts.push(match &view.why {
        Some(why) => {
            let detail = format!("`{}`", entities(&plain_to(&why.detail, 120)));
            w.why_owner(why.source, why.confidence, &detail)
        }
        None => w.why_escalated().to_owned(),
    });
    parts.push(w.logged().to_owned());
    if let Some(deadline) = view.deadline.filter(|_| view.open) {
        parts.push(w.answer_by(&date(deadline)));
    }
    parts.join(" · ")
}

fn text(w: &dyn Words, view: &PromptView, lines: &FactLines, end: Option<&str>) -> String {
    let mut text = facts::whole_question(w, &view.facts, lines);
    if view.facts.sample {
        text = format!("{}: {text}", w.sample());
    }
    if view.changed && view.open {
        text = format!("{} {text}", w.changed());
    }
    if let Some(end) = end {
        text = format!("{text} {end}");
    }
    if view.open && !view.facts.question.is_deed() {
        text = format!("{text} {}", w.meaning());
    }
    if view.open {
        text = format!("{text} {} {}", w.how_to_answer(), w.mode(view.mode));
    }
    text.trim_end().to_owned()
}
