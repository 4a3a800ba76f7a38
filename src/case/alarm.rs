//! What is said over the second route, when the time to answer is over and Slack cannot be reached (interface.md,
//! `fallback.webhook_url`).
//! Never here: words, or the wire.

use super::CaseId;
use super::message::FactsView;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One page to whoever is on call. The case's id names it on the other side: raised twice it is still one, and the
/// same id ends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub case: CaseId,
    pub at: Timestamp,
    pub signal: Signal,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "kebab-case")]
pub enum Signal {
    /// Every string is untrusted.
    Raise { facts: Box<FactsView> },
    /// The case is settled, and Slack says so to people again.
    End,
}

impl Signal {
    /// `event_action` of the other side, and a label.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Raise { .. } => "trigger",
            Self::End => "resolve",
        }
    }
}
