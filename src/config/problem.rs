//! What is wrong with the configuration, in the words of the outside interface.
//! Never here: values of secrets; a problem names the key, never what stands there.

use std::fmt;

/// One line: `PLACE: KEY: what is wrong; what would be right`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `FILE:LINE`, `FILE` for a key that is missing, or `env NAME`.
    pub place: String,
    pub key: String,
    pub wrong: String,
    pub right: String,
}

/// Every problem at once, one a line. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.place, self.key, self.wrong, self.right)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Why a text is not the value we need, before it is known where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) wrong: String,
    pub(super) right: String,
}

/// `what` is wrong; `right` is what to write.
pub(super) fn wrong(what: impl Into<String>, right: impl Into<String>) -> Wrong {
    Wrong { wrong: what.into(), right: right.into() }
}

/// A value for a message: quoted, on one line, cut, and hidden when it looks like a secret in the wrong place.
pub(super) fn shown(value: &str) -> String {
    let lower = value.to_lowercase();
    if ["xoxb", "xoxe", "xoxp", "xapp", "hooks.slack"].iter().any(|mark| lower.contains(mark)) {
        return "a value that looks like a secret".to_owned();
    }
    let short: String = value.chars().take(80).collect();
    let dots = if short.len() < value.len() { "…" } else { "" };
    format!("\"{}{dots}\"", short.escape_debug())
}
