//! What a case waits for: a second voice, a person who was asked enough, and to be heard at all.
//! Never here: how long; `step` decides that.

use crate::case::effect::EffectNo;
use crate::case::owner::PersonId;
use crate::case::prompt::PromptRole;
use crate::case::remedy::Plan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that waits for a second voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub kind: ProposalKind,
    /// Whose voices do not count: who answered or proposed.
    pub by: String,
    pub since: Timestamp,
    pub plan: Option<Plan>,
    /// What an approval is bound to: kind, remedies, target and the facts at that moment.
    #[serde(default)]
    pub digest: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalKind {
    /// *It was me*, at high severity or from an owner of low confidence.
    Vouch,
    /// A plan: wide, or stopped by the breaker or the switch.
    Plan,
    /// Undo of what was done before the owner said *It was me*.
    Release,
    /// Undo of a wide remedy.
    Undo,
    Dismiss,
    /// *Done by hand*, where the rule wants two voices.
    Done,
}

/// Whether people hear us, and whether somebody was told another way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Effects that wait for Slack, tried in vain so far.
    pub held: BTreeSet<EffectNo>,
    /// Ways to the responders that failed for good, none of which worked since.
    #[serde(default)]
    pub lost: BTreeSet<EffectNo>,
    /// Until when responders who must act should have heard of it.
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// When the card is posted again, if it could not be.
    #[serde(default)]
    pub again: Option<Timestamp>,
    /// How often that was tried.
    #[serde(default)]
    pub tries: u32,
    /// The time to answer ended without an answer.
    pub overdue: bool,
    /// Whoever is on call was told over the second route, and not yet that it is over.
    pub paged: bool,
}

/// A question put off because the person was asked enough in the last hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub person: PersonId,
    pub role: PromptRole,
    pub until: Timestamp,
}
