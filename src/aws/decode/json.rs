//! Tolerant reading: a missing key, a null and an empty text are the same; keys come in either case.
//! Never here: what a field means.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Characters kept of an ordinary text, so that a body of 1 MiB cannot bloat a case.
pub(super) const SHORT: usize = 1_024;
/// Characters kept of a description, and of all complaints about one body.
pub(super) const LONG: usize = 4_096;

/// Names that differ in more than the case of the first letter (facts/findings.md 2), of those we read.
const IRREGULAR: [(&str, &str); 1] = [("sourceIPs", "SourceIps")];

/// A place in a document that may not be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a>(Option<&'a Value>);

impl<'a> Node<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self(Some(value).filter(|v| !is_blank(v)))
    }

    pub(super) fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// The member by its camelCase name, or spelled with a capital.
    pub(super) fn get(self, key: &str) -> Self {
        Self(self.object().and_then(|map| member(map, key)))
    }

    /// Members of members, separated by dots.
    pub(super) fn at(self, path: &str) -> Self {
        path.split('.').fold(self, Self::get)
    }

    /// The elements of a list; anything else present counts as a list of one.
    pub(super) fn items(self) -> Vec<Self> {
        match (self.0, self.0.and_then(Value::as_array)) {
            (_, Some(list)) => list.iter().map(Self::new).filter(|n| n.is_there()).collect(),
            (Some(_), None) => vec![self],
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn first(self) -> Self {
        self.items().first().copied().unwrap_or(Self(None))
    }

    pub(super) fn is_there(self) -> bool {
        self.0.is_some()
    }

    pub(super) fn object(self) -> Option<&'a Map<String, Value>> {
        self.0.and_then(Value::as_object)
    }

    pub(super) fn str(self) -> Option<&'a str> {
        self.0.and_then(Value::as_str)
    }

    /// Text as it stands, or a number or flag spelled out; never more than `SHORT` characters.
    pub(super) fn text(self) -> Option<String> {
        self.text_of(SHORT)
    }

    pub(super) fn text_of(self, most: usize) -> Option<String> {
        let value = self.0?;
        let plain = value.as_str().map(|s| cap(s, most));
        plain.or_else(|| (value.is_number() || value.is_boolean()).then(|| value.to_string()))
    }

    /// A finite number, as such or as text.
    pub(super) fn number(self) -> Option<f64> {
        let value = self.0?;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        number.is_finite().then_some(number)
    }

    /// A flag, as such or as text.
    pub(super) fn flag(self) -> Option<bool> {
        let value = self.0?;
        value.as_bool().or_else(|| value.as_str()?.trim().to_ascii_lowercase().parse().ok())
    }

    /// A moment in any of the spellings of facts/findings.md 3.3.
    pub(super) fn time(self) -> Option<Timestamp> {
        match (self.str(), self.number()) {
            (Some(text), _) => parse_time(text),
            (None, Some(number)) => from_epoch(number),
            (None, None) => None,
        }
    }
}

/// The first `most` characters.
pub(super) fn cap(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

/// An untrusted text inside a sentence: quoted, escaped and short.
pub(super) fn quote(text: &str) -> String {
    format!("{:?}", cap(text, 64))
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|s| s.trim().is_empty())
}

fn member<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let there = |key: &str| map.get(key).filter(|v| !is_blank(v));
    there(key).or_else(|| there(&capitalised(key))).or_else(|| {
        let (_, other) = IRREGULAR.iter().find(|(camel, _)| *camel == key)?;
        there(other)
    })
}

fn capitalised(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return from_epoch(number);
    }
    let plain = text.strip_suffix("UTC").unwrap_or(text).trim_end();
    let without_zone = || TimeZone::UTC.to_timestamp(plain.parse::<DateTime>().ok()?).ok();
    text.parse().ok().or_else(without_zone)
}

/// Seconds, or milliseconds or microseconds when it is too large for seconds.
fn from_epoch(number: f64) -> Option<Timestamp> {
    let seconds = match number.abs() {
        size if size >= 1e14 => number / 1e6,
        size if size >= 1e11 => number / 1e3,
        _ => number,
    };
    // Finer than that a double does not tell; `as` saturates, and jiff refuses what no calendar has.
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}
