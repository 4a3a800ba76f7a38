//! The layers of the configuration, merged: embedded defaults, files, environment. Every value remembers
//! where it stood.
//! Never here: what a value must look like (`config/build`), or secrets, which never enter the layers.

use super::keys::{KEYS, Kind, Place, nearest, place, variable};
use super::problem::{Problem, shown};
use ::config::{ConfigError, Map, Source, Value, ValueKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// The defaults, with every key explained.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// How the defaults are named in places.
pub(super) const DEFAULTS_NAME: &str = "config/default.toml";

/// Everything the layers say, and what is wrong with how they say it.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) root: Value,
    /// Secrets of the environment by key, kept out of the layers.
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) problems: Vec<Problem>,
    /// The last file: where a missing key is reported. `None` when there is no file.
    pub(super) last_file: Option<String>,
    /// A file could not be read or parsed: a key missing from the rest may well stand in it.
    pub(super) broken: bool,
}

/// One layer, with the place of every value in its `origin`.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// Reads and merges. Never fails: what cannot be read is a problem.
pub(super) fn collect(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Layers {
    let mut problems = vec![];
    let mut broken = false;
    let mut layers = vec![parse(DEFAULTS_NAME, DEFAULTS, &mut problems, &mut broken)];
    for file in files {
        let name = file.display().to_string();
        match read(file) {
            Ok(text) => layers.push(parse(&name, &text, &mut problems, &mut broken)),
            Err(why) => {
                broken = true;
                let right = "name a readable TOML file".to_owned();
                problems.push(Problem { place: name, key: "--config".to_owned(), wrong: why, right });
            }
        }
    }
    let (env, secrets) = environment(env, &mut problems);
    layers.push(env);

    let merged = layers.into_iter().fold(::config::Config::builder(), |all, layer| all.add_source(layer));
    let root = merged.build().and_then(|c| c.collect()).map(|map| Value::new(None, ValueKind::Table(map)));
    let root = root.unwrap_or_else(|error| {
        broken = true;
        problems.push(Problem {
            place: "configuration".to_owned(),
            key: "layers".to_owned(),
            wrong: format!("they cannot be merged ({error})"),
            right: "give each key one kind of value in every layer".to_owned(),
        });
        Value::new(None, ValueKind::Nil)
    });
    let last_file = files.last().map(|f| f.display().to_string());
    Layers { root, secrets, problems, last_file, broken }
}

/// A whole TOML document as a value whose leaves know `NAME:LINE`. Used for the playbook too.
pub(super) fn document(name: &str, text: &str, problems: &mut Vec<Problem>) -> (Value, bool) {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        problems.push(Problem {
            place: format!("{name}:{line}"),
            key: "toml".to_owned(),
            wrong: format!("this cannot be read ({})", error.message().replace('\n', " ")),
            right: "correct the TOML here".to_owned(),
        });
    }
    let origin = |at: usize| format!("{name}:{}", line_of(text, at));
    (table_value(table.get_ref(), &origin, name), errors.is_empty())
}

fn read(file: &Path) -> Result<String, String> {
    match std::fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned()),
        Err(error) => Err(format!("the file cannot be read ({error})")),
    }
}

fn parse(name: &str, text: &str, problems: &mut Vec<Problem>, broken: &mut bool) -> Layer {
    let (value, whole) = document(name, text, problems);
    *broken |= !whole;
    let mut map = value.into_table().unwrap_or_default();
    screen("", &mut map, name, problems);
    Layer(map)
}

/// Takes out of a file's layer what may not stand there, and says so.
fn screen(prefix: &str, map: &mut Map<String, Value>, file: &str, problems: &mut Vec<Problem>) {
    let mut names: Vec<String> = map.keys().cloned().collect();
    names.sort();
    for name in names {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        // A quoted key with a dot in it is one name, not a path.
        let found = if name.contains('.') { Place::Unknown } else { place(&path) };
        let Some(value) = map.get_mut(&name) else { continue };
        let line = value.origin().unwrap_or(file).to_owned();
        let refused = match found {
            Place::Key(Kind::Secret) => Some(secret_in_file(&path)),
            Place::Key(Kind::Text | Kind::Whole | Kind::Flag | Kind::List | Kind::Map | Kind::Rules) => None,
            Place::Unknown => Some(unknown(&path)),
            Place::Section => {
                if let ValueKind::Table(inner) = &mut value.kind {
                    screen(&path, inner, file, problems);
                    None
                } else {
                    let right = format!("write its keys under [{path}]");
                    Some(("this is a section, not a value".to_owned(), right))
                }
            }
        };
        if let Some((wrong, right)) = refused {
            map.remove(&name);
            problems.push(Problem { place: line, key: path, wrong, right });
        }
    }
}

fn secret_in_file(path: &str) -> (String, String) {
    let right = format!("set {} in the environment, or {path}_file to a file that holds it", variable(path));
    ("a secret may not stand in a configuration file".to_owned(), right)
}

fn unknown(path: &str) -> (String, String) {
    let right = match nearest(path, KEYS.iter().map(|(key, _)| *key)) {
        Some(near) => format!("did you mean {near}?"),
        None => "remove it, or look it up in config/default.toml".to_owned(),
    };
    ("there is no such key".to_owned(), right)
}

/// `VOUCH__SECTION__KEY` variables as a layer, and the secrets among them apart.
fn environment(
    env: impl Iterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) -> (Layer, BTreeMap<String, String>) {
    let mut layer = Map::new();
    let mut secrets = BTreeMap::new();
    let ours: BTreeMap<String, String> = env.filter(|(name, _)| name.starts_with("VOUCH__")).collect();
    for (name, text) in ours {
        let path = name.trim_start_matches("VOUCH__").to_lowercase().replace("__", ".");
        let place_name = format!("env {name}");
        let mut refuse = |wrong: String, right: String| {
            problems.push(Problem { place: place_name.clone(), key: path.clone(), wrong, right });
        };
        match place(&path) {
            Place::Key(Kind::Secret) => drop(secrets.insert(path, text)),
            Place::Key(Kind::Rules) => refuse(
                "rules cannot stand in the environment".to_owned(),
                "write [[rule]] in a --config file".to_owned(),
            ),
            Place::Key(kind @ (Kind::Text | Kind::Whole | Kind::Flag | Kind::List | Kind::Map)) => {
                match variable_value(kind, &text, &place_name) {
                    Ok(value) => drop(layer.insert(path, value)),
                    Err(wrong) => refuse(wrong, "write KEY=VALUE,KEY=VALUE".to_owned()),
                }
            }
            Place::Section | Place::Unknown => {
                let (wrong, right) = unknown(&path);
                refuse(wrong, right);
            }
        }
    }
    (Layer(layer), secrets)
}

/// A variable's text as the kind its key needs; what does not fit stays text and is refused where it is read.
fn variable_value(kind: Kind, text: &str, place: &str) -> Result<Value, String> {
    let place = Some(place.to_owned());
    let words = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let plain = |word: &str| Value::new(place.as_ref(), word.to_owned());
    let number = text.trim().parse::<i64>().ok();
    let flag = text.trim().parse::<bool>().ok();
    Ok(match (kind, number, flag) {
        (Kind::Whole, Some(number), _) => Value::new(place.as_ref(), number),
        (Kind::Flag, _, Some(flag)) => Value::new(place.as_ref(), flag),
        (Kind::List, _, _) => Value::new(place.as_ref(), words().map(plain).collect::<Vec<Value>>()),
        (Kind::Map, _, _) => {
            let mut map = Map::new();
            for word in words() {
                // User names may hold `=`, so the last one divides.
                let (key, value) =
                    word.rsplit_once('=').ok_or_else(|| format!("{} has no =", shown(word)))?;
                map.insert(key.trim().to_owned(), plain(value.trim()));
            }
            Value::new(place.as_ref(), map)
        }
        (Kind::Text | Kind::Whole | Kind::Flag | Kind::Secret | Kind::Rules, _, _) => plain(text.trim()),
    })
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

fn table_value(table: &DeTable<'_>, origin: &dyn Fn(usize) -> String, place: &str) -> Value {
    let entry = |(key, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
        // The key's line, not the value's: an inline list may begin further down.
        (key.get_ref().to_string(), leaf(value, &origin(key.span().start), origin))
    };
    Value::new(Some(&place.to_owned()), table.iter().map(entry).collect::<Map<String, Value>>())
}

fn leaf(value: &Spanned<DeValue<'_>>, place: &str, origin: &dyn Fn(usize) -> String) -> Value {
    let at = Some(place.to_owned());
    let at = at.as_ref();
    match value.get_ref() {
        DeValue::String(text) => Value::new(at, text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::new(at, number),
            Err(_) => Value::new(at, number.to_string()),
        },
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) => Value::new(at, number),
            Err(_) => Value::new(at, number.to_string()),
        },
        DeValue::Boolean(flag) => Value::new(at, *flag),
        DeValue::Datetime(time) => Value::new(at, time.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| leaf(item, &origin(item.span().start), origin));
            Value::new(at, items.collect::<Vec<Value>>())
        }
        DeValue::Table(table) => table_value(table, origin, place),
    }
}
