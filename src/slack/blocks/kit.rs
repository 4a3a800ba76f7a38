//! Block Kit, as much of it as we use, within its limits (facts/slack.md 4.1).
//! Never here: what a message says.

use super::{mrkdwn, plain_text};
use crate::case::remedy::Remedy;
use crate::slack::texts::{Button, Confirm};
use serde_json::{Value, json};

/// Text of a section; Slack allows 3,000.
pub(super) const SECTION: usize = 2700;
/// A field; Slack allows 2,000.
const FIELD: usize = 600;
/// An element of a context block; Slack allows 2,000.
pub(super) const CONTEXT: usize = 1800;
/// Text of all blocks of one message together: Slack refuses somewhat more than 13,000 (`msg_blocks_too_long`). What
/// comes first is said whole, what comes last is cut; menus and buttons come on top.
const WHOLE: usize = 9_200;
const HEADER: usize = 140;
const OPTION: usize = 75;
const BUTTON: usize = 75;

/// Less than this says nothing.
const LEAST: usize = 40;

/// A field of the facts: most are shown as they are, the time in the reader's zone.
pub(super) enum Field<'a> {
    /// Not interpreted by Slack.
    Plain(&'a str, &'a str),
    /// Escaped already.
    Mrkdwn(&'a str, &'a str),
}

/// A line of the remedy menu: what it is called, and below it what it breaks.
pub(super) struct Choice {
    pub(super) remedy: Remedy,
    pub(super) name: &'static str,
    pub(super) breaks: &'static str,
}

/// Collects the blocks of one message or view; gives each an id of its own.
pub(super) struct Kit {
    /// Value of every button, `private_metadata` of every view.
    pub(super) token: String,
    ids: String,
    blocks: Vec<Value>,
    /// UTF-16 units of text so far.
    said: usize,
}

impl Kit {
    pub(super) fn new(token: String, ids: String) -> Self {
        Self { token, ids, blocks: vec![], said: 0 }
    }

    pub(super) fn blocks(self) -> Vec<Value> {
        self.blocks
    }

    pub(super) fn interactive(&self) -> bool {
        self.blocks.iter().any(|block| block["type"] == "actions")
    }

    pub(super) fn push(&mut self, mut block: Value) {
        if block.get("block_id").is_none() {
            block["block_id"] = json!(format!("{}.{}", self.ids, self.blocks.len()));
        }
        self.said += units(&block);
        self.blocks.push(block);
    }

    /// How much of this text still has a place.
    fn room(&self, limit: usize) -> usize {
        limit.min(WHOLE.saturating_sub(self.said))
    }

    pub(super) fn header(&mut self, text: &str) {
        self.push(json!({"type": "header", "text": plain_text(text, HEADER)}));
    }

    /// Nothing for an empty text.
    pub(super) fn section(&mut self, text: &str, limit: usize) {
        let room = self.room(limit.min(SECTION));
        if !text.is_empty() && room > LEAST {
            self.push(json!({"type": "section", "text": mrkdwn(text, room)}));
        }
    }

    pub(super) fn fields(&mut self, fields: &[Field<'_>]) {
        let shown: Vec<Value> = fields
            .iter()
            .map(|field| match field {
                Field::Plain(label, value) => plain_text(&format!("{label}\n{value}"), FIELD),
                Field::Mrkdwn(label, value) => mrkdwn(&format!("{label}\n{value}"), FIELD),
            })
            .collect();
        self.push(json!({"type": "section", "fields": shown}));
    }

    /// One line of small print; nothing for an empty one.
    pub(super) fn context(&mut self, text: &str) {
        let room = self.room(CONTEXT);
        if !text.is_empty() && room > LEAST {
            self.push(json!({"type": "context", "elements": [mrkdwn(text, room)]}));
        }
    }

    /// The remedy menu; the first is chosen already. Nothing without remedies.
    pub(super) fn menu(&mut self, text: &str, placeholder: &str, remedies: &[Choice]) {
        let mut options: Vec<Value> = vec![];
        for Choice { remedy, name, breaks } in remedies {
            let value = remedy.as_str();
            if !options.iter().any(|known| known["value"] == value) {
                let (text, description) = (plain_text(name, OPTION), plain_text(breaks, OPTION));
                options.push(json!({"text": text, "value": value, "description": description}));
            }
        }
        let Some(first) = options.first().cloned() else { return };
        let menu = json!({
            "type": "static_select",
            "action_id": "vouch.remedy",
            "placeholder": plain_text(placeholder, 150),
            "options": options,
            "initial_option": first,
        });
        self.push(json!({"type": "section", "text": mrkdwn(text, self.room(SECTION).max(LEAST)), "accessory": menu}));
    }

    /// A row of buttons; nothing without any.
    pub(super) fn actions(&mut self, buttons: Vec<Value>) {
        if !buttons.is_empty() {
            self.push(json!({"type": "actions", "elements": buttons}));
        }
    }

    pub(super) fn button(&self, action: &str, button: &Button) -> Value {
        json!({
            "type": "button",
            "action_id": action,
            "text": plain_text(button.text, BUTTON),
            "value": self.token,
            "accessibility_label": button.label,
        })
    }

    pub(super) fn danger(&self, action: &str, button: &Button) -> Value {
        let mut button = self.button(action, button);
        button["style"] = json!("danger");
        button
    }
}

/// Asks before the button counts.
pub(super) fn confirmed(mut button: Value, ask: &Confirm) -> Value {
    button["confirm"] = json!({
        "title": plain_text(ask.title, 100),
        "text": plain_text(&ask.text, 300),
        "confirm": plain_text(ask.yes, 30),
        "deny": plain_text(ask.no, 30),
    });
    button
}

/// Text in a block, wherever it stands in it.
fn units(block: &Value) -> usize {
    match block {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) if key == "text" => text.encode_utf16().count(),
                Value::Object(_) | Value::Array(_) => units(value),
                Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            })
            .sum(),
        Value::Array(items) => items.iter().map(units).sum(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
