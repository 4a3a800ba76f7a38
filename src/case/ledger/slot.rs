//! A message that the ledger keeps up to date: where it stands, and what is on its way to it.
//! Never here: what it says.

use crate::case::effect::{Destination, Effect, EffectNo, Want};
use crate::case::event::{Failure, Outcome};
use crate::case::message::Message;
use crate::case::prompt::Posted;
use serde::{Deserialize, Serialize};

/// A message the ledger keeps up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub effect: Option<EffectNo>,
    pub at: Option<Posted>,
    /// The newest edit of it.
    #[serde(default)]
    pub edit: Option<EffectNo>,
}

impl Slot {
    /// What a post came to. One that failed for good is tried again at the next start.
    pub(super) fn of(no: EffectNo, at: Option<Posted>) -> Self {
        Self { effect: at.as_ref().map(|_| no), at, edit: None }
    }

    /// Where it stands is not where responders look any more.
    pub(super) fn leave(&mut self, channel: &str) {
        if self.at.as_ref().is_some_and(|at| at.channel != channel) {
            *self = Self::default();
        }
    }

    /// Whether this edit found nothing to edit; then a new message has to be posted.
    pub(super) fn is_lost(&mut self, no: EffectNo, result: &Outcome) -> bool {
        let lost = self.edit == Some(no) && matches!(result, Outcome::Failed { kind: Failure::Gone, .. });
        if lost {
            *self = Self::default();
        }
        lost
    }

    /// Posts it, or edits it where it stands; nothing while its post is under way.
    pub(super) fn paint(&mut self, no: EffectNo, message: Message) -> Vec<Effect> {
        let message = Box::new(message);
        let want = match (&self.at, self.effect) {
            (Some(at), _) => {
                self.edit = Some(no);
                Want::Update { at: at.clone(), message }
            }
            (None, Some(_)) => return vec![],
            (None, None) => {
                self.effect = Some(no);
                Want::Post { to: Destination::Channel, message }
            }
        };
        vec![Effect { no, want }]
    }
}
