//! The arguments of a call, whatever their encoding was: query, form or JSON.
//!
//! In a form, structured arguments are JSON in a string; here they look the same as in a JSON body.

use serde_json::{Map, Value, json};

use super::Refused;
use crate::wire;

/// Arguments by name.
#[derive(Default)]
pub(crate) struct Args {
    values: Map<String, Value>,
    note: Option<&'static str>,
}

/// Arguments that hold structure and come as JSON text in a form.
const STRUCTURED: [&str; 5] = ["blocks", "metadata", "view", "attachments", "message"];

impl Args {
    pub(crate) fn from_form(encoded: &str) -> Self {
        let mut args = Self::default();
        args.add_form(encoded.as_bytes());
        args
    }

    pub(crate) fn add_form(&mut self, body: &[u8]) {
        for (key, value) in wire::pairs(body) {
            self.values.insert(key, Value::String(value));
        }
        self.unpack();
    }

    pub(crate) fn add_json(&mut self, body: &[u8]) {
        match serde_json::from_slice::<Map<String, Value>>(body) {
            Ok(values) => self.values.extend(values),
            Err(_) => self.note = Some("invalid_json"),
        }
        self.unpack();
    }

    fn unpack(&mut self) {
        for key in STRUCTURED {
            let parsed = self.text(key).and_then(|text| serde_json::from_str(text).ok());
            if let Some(parsed) = parsed {
                self.values.insert(key.to_owned(), parsed);
            }
        }
    }

    pub(crate) fn note(&mut self, note: &'static str) {
        self.note = Some(note);
    }

    /// What the record keeps: the arguments without a token.
    pub(crate) fn recorded(&self) -> Value {
        let mut values = self.values.clone();
        if values.contains_key("token") {
            values.insert("token".into(), json!("(redacted)"));
        }
        if let Some(note) = self.note {
            values.insert("_note".into(), json!(note));
        }
        Value::Object(values)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        match self.get(key) {
            Some(value) => value.as_bool().unwrap_or(value == "true" || value == "1" || value == 1),
            None => false,
        }
    }

    pub(crate) fn number(&self, key: &str) -> Option<usize> {
        let value = self.get(key)?;
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
        usize::try_from(number).ok()
    }

    /// A text that must be there.
    pub(crate) fn need(&self, key: &str) -> Result<&str, Refused> {
        if self.note == Some("invalid_json") {
            return Err(Refused::new("invalid_json"));
        }
        self.text(key).ok_or_else(|| {
            Refused::new("invalid_arguments").because(&[format!("[ERROR] missing required field: {key}")])
        })
    }
}
