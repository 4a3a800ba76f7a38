//! The dialogs: the three facts with a reason, and the reason for a dismissal.
//! Never here: words, or what the answers mean.

use super::facts;
use super::kit::{Kit, SECTION};
use super::plain_text;
use super::prompt;
use crate::case::CaseId;
use crate::case::message::MineModal;
use crate::slack::texts::{Lang, ModalWords, Words, utc};
use serde_json::{Value, json};

/// Field errors are keyed by these.
pub const FACTS_BLOCK: &str = "vouch.facts";
pub const REASON_BLOCK: &str = "vouch.reason";

/// Texts of a box (facts/slack.md 4.1).
const OPTION: usize = 75;
/// A reason may be this long.
const REASON: usize = 1000;

pub(super) fn mine(w: &dyn Words, lang: Lang, mut kit: Kit, view: &MineModal) -> Value {
    let words = w.modal();
    let boxes = w.boxes(view.facts.question.is_deed());
    let lines = facts::lines(w, &view.facts);
    if view.facts.sample {
        kit.section(w.sample(), SECTION);
    }
    kit.section(boxes.intro, SECTION);
    prompt::fields(w, &mut kit, &lines);
    let time = match view.facts.first_seen.filter(|_| view.facts.count > 1) {
        Some(first) => {
            format!("{}, {}", w.times(view.facts.count, view.facts.findings), w.since(&utc(first)))
        }
        None => String::new(),
    };
    kit.push(json!({
        "type": "input",
        "block_id": FACTS_BLOCK,
        "label": plain_text(boxes.heading, 150),
        "optional": false,
        "element": {
            "type": "checkboxes",
            "action_id": "vouch.facts",
            "options": [
                option("call", boxes.call, &lines.what, ""),
                option("time", boxes.time, &lines.when_utc, &time),
                option("source", boxes.source, &facts::address(w, &view.facts), ""),
            ],
        },
    }));
    reason(&mut kit, boxes.reason, words.reason_hint);
    // Last, so that it is read just before Send.
    let breaks = facts::breaks(w, &view.remedy);
    kit.section(&w.empty_box(w.remedy(view.remedy.remedy), &breaks, view.mode), SECTION);
    kit.context(&w.case(view.case.as_str()));
    view_of(lang, kit, "vouch.mine", &words, (words.title, words.submit))
}

/// A box whose label repeats the fact; what does not fit into the label, or belongs to it, stands below.
fn option(value: &str, label: &str, fact: &str, more: &str) -> Value {
    let text = format!("{label}: {fact}");
    let cut = text.encode_utf16().count() > OPTION;
    let mut option = json!({"text": plain_text(&text, OPTION), "value": value});
    if cut || !more.is_empty() {
        option["description"] = plain_text(if cut { fact } else { more }, OPTION);
    }
    option
}

pub(super) fn dismiss(w: &dyn Words, lang: Lang, mut kit: Kit, case: &CaseId) -> Value {
    let words = w.modal();
    kit.section(words.dismiss_intro, SECTION);
    reason(&mut kit, words.dismiss_reason, words.reason_hint);
    kit.context(&w.case(case.as_str()));
    view_of(lang, kit, "vouch.dismiss", &words, (words.dismiss_title, words.dismiss_submit))
}

fn reason(kit: &mut Kit, label: &str, hint: &str) {
    kit.push(json!({
        "type": "input",
        "block_id": REASON_BLOCK,
        "label": plain_text(label, 150),
        "hint": plain_text(hint, 150),
        "optional": false,
        "element": {
            "type": "plain_text_input",
            "action_id": "vouch.reason",
            "multiline": true,
            "min_length": 1,
            "max_length": REASON,
        },
    }));
}

fn view_of(lang: Lang, kit: Kit, callback: &str, words: &ModalWords, names: (&str, &str)) -> Value {
    json!({
        "type": "modal",
        "callback_id": callback,
        "title": plain_text(names.0, 24),
        "submit": plain_text(names.1, 24),
        "close": plain_text(words.close, 24),
        // The language goes along, so that errors come in the same one.
        "private_metadata": format!("{} {}", kit.token, lang.as_str()),
        "blocks": kit.blocks(),
    })
}
