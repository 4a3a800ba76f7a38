//! A question, its choices, who may answer, and the verdict an answer means.
//! Never here: words; they live in `slack/texts`.

use super::effect::EffectNo;
use super::owner::PersonId;
use super::remedy::Remedy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One question to one person. It stays answerable until the case is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub person: PersonId,
    /// The effect that posts it: names the question in every button.
    pub effect: EffectNo,
    pub state: PromptState,
    pub sent_at: Option<Timestamp>,
    /// The remedy the menu showed when *It was me* was pressed: what empty boxes will mean.
    pub shown: Option<Remedy>,
    /// True once the person gave a final answer, or said it is not theirs.
    pub spent: bool,
    pub role: PromptRole,
}

/// Why this person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptRole {
    Owner,
    /// One of `escalate_to`.
    Escalation,
}

/// `prompts[].state` of the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptState {
    Sending,
    Open,
    Answered,
    Superseded,
    Expired,
    Failed,
}

/// `verdict` of the outside interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Mine,
    Partial,
    NotMine,
    Unsure,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Partial => "partial",
            Self::NotMine => "not-mine",
            Self::Unsure => "unsure",
        }
    }
}

/// Where a reply came from: names one message of one case at one revision of its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    pub effect: EffectNo,
    pub revision: u32,
}

/// An authentic reply, before the case decides whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub by: PersonId,
    /// Read from the settings at the moment of the click, never from the payload.
    pub is_responder: bool,
    pub surface: Surface,
    /// Where the message stands, so that refusals can be whispered there.
    pub place: Posted,
    /// Opens a dialog; single use, lives 3 s.
    pub trigger: Option<String>,
    pub choice: Choice,
}

/// Where a Slack message stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Posted {
    pub channel: String,
    pub ts: String,
}

/// What the person chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "kebab-case")]
pub enum Choice {
    NotMine {
        remedy: Option<Remedy>,
    },
    /// Opens the modal; decides nothing.
    Mine {
        remedy: Option<Remedy>,
    },
    /// The modal behind *It was me*.
    Facts {
        ticks: Ticks,
        reason: String,
    },
    Unsure,
    NotMyCredential,
    Contain {
        remedy: Option<Remedy>,
    },
    /// Opens the reason modal; decides nothing.
    Dismiss,
    DismissReason {
        reason: String,
    },
    Done,
    Undo,
    Approve,
    Reject,
    Take,
}

impl Choice {
    /// Buttons of the prompt, as opposed to those of the responders' card.
    pub fn is_for_owner(&self) -> bool {
        match self {
            Self::NotMine { .. }
            | Self::Mine { .. }
            | Self::Facts { .. }
            | Self::Unsure
            | Self::NotMyCredential => true,
            Self::Contain { .. }
            | Self::Dismiss
            | Self::DismissReason { .. }
            | Self::Done
            | Self::Undo
            | Self::Approve
            | Self::Reject
            | Self::Take => false,
        }
    }

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotMine { .. } => "not-mine",
            Self::Mine { .. } => "mine",
            Self::Facts { .. } => "facts",
            Self::Unsure => "unsure",
            Self::NotMyCredential => "not-my-credential",
            Self::Contain { .. } => "contain",
            Self::Dismiss => "dismiss",
            Self::DismissReason { .. } => "dismiss-reason",
            Self::Done => "done",
            Self::Undo => "undo",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Take => "take",
        }
    }
}

/// The three facts, asked separately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticks {
    pub call: bool,
    pub time: bool,
    pub source: bool,
}

impl Ticks {
    pub fn all(self) -> bool {
        self.call && self.time && self.source
    }

    pub fn none(self) -> bool {
        !self.call && !self.time && !self.source
    }
}
