//! Reads merged values by key and kind, and gathers every problem with its place.
//! Never here: which keys there are, or what they mean.

use super::keys::variable;
use super::layers::DEFAULTS_NAME;
use super::problem::{Problem, Wrong, shown, wrong};
use super::shape;
use ::config::{Map, Value, ValueKind};
use jiff::SignedDuration;

/// A table of values and the problems found in it so far.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    root: &'a Map<String, Value>,
    /// In front of every key in messages, such as `rule[2].`; empty at the top.
    prefix: String,
    /// Where a missing key is reported; `None`: at its environment variable.
    home: Option<String>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(root: &'a Map<String, Value>, prefix: &str, home: Option<String>) -> Self {
        Self { root, prefix: prefix.to_owned(), home, problems: vec![] }
    }

    /// The value at a dotted path.
    pub(super) fn at(&self, key: &str) -> Option<&'a Value> {
        let (mut map, mut rest) = (self.root, key);
        while let Some((section, inner)) = rest.split_once('.') {
            let ValueKind::Table(table) = &map.get(section)?.kind else { return None };
            (map, rest) = (table, inner);
        }
        map.get(rest)
    }

    /// A text through `shape`. `None` when it is not set or wrong; only the latter is a problem.
    pub(super) fn one<T>(&mut self, key: &str, shape: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let value = self.at(key)?;
        let read = as_text(value).and_then(shape);
        self.keep(key, value, read)
    }

    /// The same, and not being set is a problem too.
    pub(super) fn required<T>(&mut self, key: &str, shape: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        if self.at(key).is_none() {
            self.missing(key, "it is required", &format!("set {key} in a file, or {}", variable(key)));
            return None;
        }
        self.one(key, shape)
    }

    /// A list, each item through `shape`; wrong items are reported one by one.
    pub(super) fn list<T>(&mut self, key: &str, shape: impl Fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let value = self.at(key)?;
        let ValueKind::Array(items) = &value.kind else {
            let problem = Err(mismatch(value, "a list", "write [\"…\", \"…\"]"));
            return self.keep(key, value, problem);
        };
        let read = |item: &'a Value| (item, as_text(item).and_then(&shape));
        let read: Vec<_> = items.iter().map(read).collect();
        let kept: Vec<Option<T>> = read.into_iter().map(|(item, r)| self.keep(key, item, r)).collect();
        kept.into_iter().collect()
    }

    /// A table of texts, keys and values through their shapes, in the order of the keys.
    pub(super) fn pairs<K, V>(
        &mut self,
        key: &str,
        left: impl Fn(&str) -> Result<K, Wrong>,
        right: impl Fn(&str) -> Result<V, Wrong>,
    ) -> Option<Vec<(K, V)>> {
        let value = self.at(key)?;
        let ValueKind::Table(map) = &value.kind else {
            let problem =
                Err(mismatch(value, "a table", &format!("write [{key}] and \"…\" = \"…\" below it")));
            return self.keep(key, value, problem);
        };
        let mut names: Vec<&String> = map.keys().collect();
        names.sort();
        let mut kept = vec![];
        for name in names {
            let Some(item) = map.get(name) else { continue };
            let whole = format!("{key}.\"{name}\"");
            let name = self.keep(&whole, item, left(name));
            let person = self.keep(&whole, item, as_text(item).and_then(&right));
            kept.push(name.zip(person));
        }
        kept.into_iter().collect()
    }

    pub(super) fn duration(&mut self, key: &str) -> Option<SignedDuration> {
        self.one(key, shape::duration)
    }

    /// A whole number in the range.
    pub(super) fn whole(&mut self, key: &str, least: u32, most: u32) -> Option<u32> {
        let value = self.at(key)?;
        let right = format!("write a whole number from {least} to {most}, without quotes");
        let read = if let ValueKind::I64(number) = &value.kind {
            let fits = u32::try_from(*number).ok().filter(|n| (least..=most).contains(n));
            fits.ok_or_else(|| wrong(format!("{number} is out of range"), right))
        } else {
            Err(mismatch(value, "a whole number", &right))
        };
        self.keep(key, value, read)
    }

    /// A number in the range, with or without a decimal point.
    pub(super) fn number(&mut self, key: &str, least: f64, most: f64) -> Option<f64> {
        let value = self.at(key)?;
        let right = format!("write a number from {least} to {most}, without quotes");
        let number = if let ValueKind::I64(number) = &value.kind {
            i32::try_from(*number).ok().map(f64::from)
        } else if let ValueKind::Float(number) = &value.kind {
            Some(*number)
        } else {
            None
        };
        let read = match number {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            Some(number) => Err(wrong(format!("{number} is out of range"), right)),
            None => Err(mismatch(value, "a number", &right)),
        };
        self.keep(key, value, read)
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.at(key)?;
        let read = if let ValueKind::Boolean(flag) = &value.kind {
            Ok(*flag)
        } else {
            Err(mismatch(value, "true or false", "write true or false, without quotes"))
        };
        self.keep(key, value, read)
    }

    /// A problem with something that is there.
    pub(super) fn refuse(&mut self, key: &str, wrong: impl Into<String>, right: impl Into<String>) {
        let place = self.at(key).and_then(origin).or_else(|| self.home.clone());
        self.push(place, key, wrong.into(), right.into());
    }

    /// A problem with something that is not there.
    pub(super) fn missing(&mut self, key: &str, wrong: &str, right: &str) {
        self.push(self.home.clone(), key, wrong.to_owned(), right.to_owned());
    }

    fn keep<T>(&mut self, key: &str, value: &Value, read: Result<T, Wrong>) -> Option<T> {
        match read {
            Ok(kept) => Some(kept),
            Err(Wrong { wrong, right }) => {
                let place = origin(value).or_else(|| self.home.clone());
                self.push(place, key, wrong, right);
                None
            }
        }
    }

    fn push(&mut self, place: Option<String>, key: &str, wrong: String, right: String) {
        // Nobody can edit the defaults: what is wrong with one of them is missing from the operator's layers.
        let theirs = place.filter(|place| !place.starts_with(DEFAULTS_NAME)).or_else(|| self.home.clone());
        let place = theirs.unwrap_or_else(|| format!("env {}", variable(key)));
        self.problems.push(Problem { place, key: format!("{}{key}", self.prefix), wrong, right });
    }
}

/// Where a value stood; a merged table forgot it, so the first of its values answers.
pub(super) fn origin(value: &Value) -> Option<String> {
    if let Some(place) = value.origin() {
        return Some(place.to_owned());
    }
    if let ValueKind::Table(map) = &value.kind {
        return map.values().filter_map(origin).min();
    }
    None
}

fn as_text(value: &Value) -> Result<&str, Wrong> {
    if let ValueKind::String(text) = &value.kind {
        Ok(text)
    } else {
        Err(mismatch(value, "text", "write it in quotes"))
    }
}

fn mismatch(value: &Value, wanted: &str, right: &str) -> Wrong {
    let got = match &value.kind {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Boolean(flag) => flag.to_string(),
        ValueKind::I64(number) => number.to_string(),
        ValueKind::I128(number) => number.to_string(),
        ValueKind::U64(number) => number.to_string(),
        ValueKind::U128(number) => number.to_string(),
        ValueKind::Float(number) => number.to_string(),
        ValueKind::String(text) => shown(text),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
    };
    wrong(format!("{got} is not {wanted}"), right)
}
