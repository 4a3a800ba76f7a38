//! The helpers that find one violation each: a text too long, a key unknown, a list too full.
//!
//! No knowledge of particular blocks or elements.

use serde_json::Value;

/// Which text objects are allowed at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `plain_text` or `mrkdwn`.
    Any,
    /// `plain_text` only.
    Plain,
}

/// Collects violations.
#[derive(Default)]
pub(super) struct Check {
    pub(super) problems: Vec<String>,
}

impl Check {
    pub(super) fn fail(&mut self, at: &str, why: &str) {
        self.problems.push(format!("[ERROR] {why} [json-pointer:{at}]"));
    }

    pub(super) fn only(&mut self, value: &Value, at: &str, known: &[&str]) {
        let Some(object) = value.as_object() else { return self.fail(at, "must be an object") };
        for key in object.keys() {
            if !known.contains(&key.as_str()) {
                self.fail(at, &format!("invalid additional property: {key}"));
            }
        }
    }

    pub(super) fn string(&mut self, value: &Value, at: &str, key: &str, max: usize, required: bool) {
        let at = format!("{at}/{key}");
        match value.get(key) {
            None if required => self.fail(&at, &format!("missing required field: {key}")),
            None => {}
            Some(found) => match found.as_str() {
                None => self.fail(&at, "must be a string"),
                Some("") if required => self.fail(&at, "must be more than 0 characters"),
                Some(text) => self.length(text, &at, max),
            },
        }
    }

    pub(super) fn text(
        &mut self,
        value: &Value,
        at: &str,
        key: &str,
        kind: Kind,
        max: usize,
        required: bool,
    ) {
        let at = format!("{at}/{key}");
        match value.get(key).filter(|found| !found.is_null()) {
            None if required => self.fail(&at, &format!("missing required field: {key}")),
            None => {}
            Some(text) => self.text_object(text, &at, kind, max),
        }
    }

    pub(super) fn text_object(&mut self, value: &Value, at: &str, kind: Kind, max: usize) {
        match (value["type"].as_str(), kind) {
            (Some("plain_text"), _) => self.only(value, at, &["type", "text", "emoji"]),
            (Some("mrkdwn"), Kind::Any) => self.only(value, at, &["type", "text", "verbatim"]),
            _ => self.fail(at, "must be a valid text object of an allowed type"),
        }
        self.string(value, at, "text", max, true);
    }

    pub(super) fn list<'a>(
        &mut self,
        value: &'a Value,
        at: &str,
        key: &str,
        min: usize,
        max: usize,
    ) -> &'a [Value] {
        let at = format!("{at}/{key}");
        let Some(list) = value.get(key).and_then(Value::as_array) else {
            self.fail(&at, &format!("missing required field: {key}"));
            return &[];
        };
        if list.len() < min {
            self.fail(&at, &format!("must contain at least {min} items"));
        }
        if list.len() > max {
            self.fail(&at, &format!("no more than {max} items allowed"));
        }
        list
    }

    fn length(&mut self, text: &str, at: &str, max: usize) {
        if text.encode_utf16().count() > max {
            self.fail(at, &format!("must be less than {} characters", max + 1));
        }
    }
}
