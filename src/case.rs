//! What we know and how we decide: every reason for "we switched off a key" stands in this folder.
//! Never here: I/O, clocks, chance, async, SDK types, Slack types.

pub mod alarm;
pub mod effect;
pub mod entry;
pub mod event;
pub mod evidence;
pub mod finding;
pub mod guard;
pub mod guidance;
pub mod ledger;
pub mod message;
pub mod owner;
pub mod playbook;
pub mod principal;
pub mod prompt;
pub mod question;
pub mod remedy;
pub mod state;
pub mod step;
pub mod story;
pub mod view;

use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a case in buttons, ARNs' session names, policy statement ids and the audit: lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId(String);

impl CaseId {
    /// `None` unless it is 8 to 32 lower-case letters and digits. IAM allows no more in a statement id.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = (8..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        shaped.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
