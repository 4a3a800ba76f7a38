//! What commands print and how they end. A reader that went away is not our failure.
//! Never here: logs (`telemetry`).

use crate::config::Problems;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// Failed while running, or found a fault.
    Failed,
    /// The configuration is refused (`EX_CONFIG`).
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Refused => Self::from(78),
        }
    }
}

/// One line of result.
pub(super) fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A piece of result as it is. `false` when nobody reads it any more.
pub(super) fn raw(bytes: &[u8]) -> bool {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).is_ok()
}

/// One clear sentence for a person, beside the result.
pub(super) fn note(sentence: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{sentence}");
}

/// One clear sentence, and exit code 1.
pub(super) fn failed(sentence: impl Display) -> Exit {
    note(format!("vouch: {sentence}"));
    Exit::Failed
}

/// Every problem, one a line, and exit code 78.
pub(super) fn refused(problems: &Problems) -> Exit {
    note(problems);
    Exit::Refused
}

/// Pretty JSON. Values of ours always have a text.
pub(super) fn json(value: &serde_json::Value) {
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Text from outside on one line of a terminal: no control characters, so that nothing is moved or coloured.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
