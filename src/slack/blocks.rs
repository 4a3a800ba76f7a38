//! A message as a value, made into what Slack shows: text and blocks, or the view of a dialog.
//! Never here: words (`texts`), sending, or which message is due.

mod bucket;
mod card;
mod evidence;
mod facts;
mod guide;
mod instance;
mod kit;
mod modal;
mod note;
mod prompt;
mod switch;
mod trial;

use self::kit::Kit;
use super::escape;
use super::texts::{Lang, Words};
use super::token::TokenKey;
use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::message::{FactsView, Message};
use crate::case::owner::PersonId;
use crate::case::prompt::Surface;
use crate::ports::Delivery;
use serde_json::{Value, json};

pub use self::guide::guide_url;
pub use self::modal::{FACTS_BLOCK, REASON_BLOCK};
pub use self::trial::{trial, trial_end};

/// Budget for the top-level text (facts/slack.md 1.3).
const TEXT: usize = 3000;

/// What goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered {
    Message(Content),
    /// For `views.open`.
    View(Value),
}

/// A message: the text says everything, since screen readers read nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub text: String,
    pub blocks: Vec<Value>,
    /// `event_type` of the metadata.
    pub event_type: &'static str,
    /// It has buttons or a menu, so that a text alone would be less than was meant.
    pub interactive: bool,
}

/// Total: every message has a face, whatever its values are.
pub fn render(delivery: &Delivery, key: &TokenKey, lang: Lang) -> Rendered {
    let token = key.token(&delivery.subject, delivery.surface);
    let w = lang.words();
    let ids = format!("v{}.{}", delivery.no.0, delivery.surface.revision);
    let mut kit = Kit::new(token, ids);
    let (text, event_type) = match &delivery.message {
        Message::MineModal(view) => return Rendered::View(modal::mine(w, lang, kit, view)),
        Message::DismissModal { case, .. } => return Rendered::View(modal::dismiss(w, lang, kit, case)),
        Message::Prompt(view) => (prompt::prompt(w, &mut kit, view), "vouch_prompt"),
        Message::Card(view) => (card::card(w, &mut kit, view), "vouch_card"),
        Message::Control(view) => {
            let token = |no| key.token(&delivery.subject, pattern_surface(no));
            let tokens: Vec<String> = view.patterns.iter().map(|p| token(p.no)).collect();
            (switch::control(w, &mut kit, view, &tokens), "vouch_card")
        }
        Message::Breaker(view) => (switch::breaker(w, &mut kit, view), "vouch_card"),
        Message::Crowd(view) => (switch::crowd(w, &mut kit, view), "vouch_note"),
        Message::Note(note) => (note::note(w, &mut kit, note), "vouch_note"),
        Message::Refusal { answer } => {
            kit.section(w.answer(answer), kit::SECTION);
            (w.answer(answer).to_owned(), "vouch_note")
        }
    };
    let interactive = kit.interactive();
    let text = escape::fit(&text, TEXT);
    Rendered::Message(Content { text, blocks: kit.blocks(), event_type, interactive })
}

/// The sentence for the second route, where nothing is markup.
pub fn page(lang: Lang, case: &CaseId, facts: &FactsView) -> String {
    let w = lang.words();
    let lines = facts::lines(w, facts);
    w.page(w.severity(facts.severity), &lines.what_brief, &lines.with, &lines.account, case.as_str())
}

/// What a pattern's button names: the pattern where others name a message, told apart by the revision.
pub(super) fn pattern_surface(no: u64) -> Surface {
    Surface { effect: EffectNo(no), revision: 1 }
}

fn mention(person: &PersonId) -> String {
    format!("<@{person}>")
}

/// `slack:U…` or `rule:NAME`, as people read it.
fn who(w: &dyn Words, by: &str) -> String {
    if let Some(person) = by.strip_prefix("slack:").and_then(PersonId::parse) {
        return mention(&person);
    }
    match by.strip_prefix("rule:") {
        Some(rule) => w.rule(&escape::code(rule)),
        None => escape::mrkdwn(by),
    }
}

/// The first few, and how many more there are.
fn few(w: &dyn Words, mut items: Vec<String>, most: usize) -> Vec<String> {
    let more = items.len().saturating_sub(most);
    if more > 0 {
        items.truncate(most);
        items.push(w.and_more(more));
    }
    items
}

/// Untrusted lines, each in a code span.
fn codes(w: &dyn Words, items: &[String], most: usize) -> String {
    let shown =
        items.iter().take(most).map(|item| format!("`{}`", escape::entities(&escape::plain_to(item, 120))));
    let mut shown: Vec<String> = shown.collect();
    shown.extend((items.len() > most).then(|| w.and_more(items.len() - most)));
    shown.join(", ")
}

fn plain_text(text: &str, limit: usize) -> Value {
    json!({"type": "plain_text", "text": escape::fit_plain(text, limit), "emoji": false})
}

fn mrkdwn(text: &str, limit: usize) -> Value {
    json!({"type": "mrkdwn", "text": escape::fit(text, limit), "verbatim": true})
}
