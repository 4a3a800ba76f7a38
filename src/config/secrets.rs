//! Secrets: from the environment, or from the file that a `*_file` key names.
//! Never here: showing one. A problem says what is wrong with it and never what it is.

use super::keys::variable;
use super::problem::{Problem, Wrong, wrong};
use super::read::{Reader, origin};
use ::config::ValueKind;
use secrecy::SecretString;
use std::collections::BTreeMap;

/// The secrets of the settings. Without them nothing can be asked, but much can be checked.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    pub(super) bot_token: SecretString,
    pub(super) app_token: Option<SecretString>,
    pub(super) signing_secrets: Vec<SecretString>,
    pub(super) fallback_webhook: Option<SecretString>,
}

/// Which of them must be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    pub(super) bot: bool,
    pub(super) app: bool,
    pub(super) signing: bool,
}

/// Reads them all; problems go to the reader.
pub(super) fn read(reader: &mut Reader<'_>, env: &BTreeMap<String, String>, needs: Needs) -> Secrets {
    let token = |prefix: &'static str| {
        move |text: &str| {
            let fits =
                text.starts_with(prefix) && text.len() > prefix.len() && !text.contains(char::is_whitespace);
            fits.then(|| SecretString::from(text.to_owned())).ok_or_else(|| {
                wrong(
                    format!("it does not begin with {prefix}"),
                    format!("give the token that begins with {prefix}"),
                )
            })
        }
    };
    let signing = |text: &str| {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let secrets: Vec<_> = parts.map(|part| SecretString::from(part.to_owned())).collect();
        // An empty key would sign for everybody, an empty list for nobody.
        if secrets.is_empty() {
            return Err(wrong("it holds no secret", "give the signing secret of the Slack app"));
        }
        Ok(secrets)
    };
    let webhook = |text: &str| {
        let url = super::shape::url(text, "https://hooks.slack.com/…");
        url.map(SecretString::from)
            .map_err(|_| wrong("it is no http address", "give the whole https:// address"))
    };
    Secrets {
        bot_token: secret(reader, env, "slack.bot_token", needs.bot, token("xoxb-")).unwrap_or_default(),
        app_token: secret(reader, env, "slack.app_token", needs.app, token("xapp-")),
        signing_secrets: secret(reader, env, "slack.signing_secret", needs.signing, signing)
            .unwrap_or_default(),
        fallback_webhook: secret(reader, env, "fallback.webhook_url", false, webhook),
    }
}

fn secret<T>(
    reader: &mut Reader<'_>,
    env: &BTreeMap<String, String>,
    key: &str,
    needed: bool,
    shape: impl Fn(&str) -> Result<T, Wrong>,
) -> Option<T> {
    let file_key = format!("{key}_file");
    // An empty variable is how a container says "not set".
    let given = env.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
    let (text, place) = match given {
        Some(text) => (text.to_owned(), format!("env {}", variable(key))),
        None => match from_file(reader, &file_key) {
            Found::Text { text, place } => (text, place),
            Found::Broken => return None,
            Found::Nothing => {
                if needed {
                    let right = format!("set {} or {file_key}", variable(key));
                    reader.missing(key, "this secret is required", &right);
                }
                return None;
            }
        },
    };
    match shape(&text) {
        Ok(value) => Some(value),
        Err(Wrong { wrong, right }) => {
            reader.problems.push(Problem { place, key: key.to_owned(), wrong, right });
            None
        }
    }
}

enum Found {
    Text {
        text: String,
        place: String,
    },
    Nothing,
    /// Already reported.
    Broken,
}

fn from_file(reader: &mut Reader<'_>, key: &str) -> Found {
    let Some(value) = reader.at(key) else { return Found::Nothing };
    let place = origin(value).unwrap_or_default();
    let right = "name a readable file that holds the secret and nothing else";
    let path = match &value.kind {
        ValueKind::String(path) if path.is_empty() => return Found::Nothing,
        ValueKind::String(path) => path,
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::Table(_)
        | ValueKind::Array(_) => {
            reader.refuse(key, "this is no file name", right);
            return Found::Broken;
        }
    };
    // The path is not shown: it may be the secret itself, put in the wrong place.
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => {
            reader.refuse(key, "the file is empty", right);
            Found::Broken
        }
        Ok(text) => Found::Text { text: text.trim_end_matches(['\r', '\n']).to_owned(), place },
        Err(error) => {
            reader.refuse(key, format!("the file cannot be read ({error})"), right);
            Found::Broken
        }
    }
}
