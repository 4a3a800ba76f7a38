//! How soon a message is wanted, who reads it, and what its buttons name.
//! Never here: what it says.

use super::{Message, Note};
use crate::case::owner::PersonId;
use crate::case::prompt::Surface;

/// Who goes first when Slack takes no more for the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody must act now.
    Escalation,
    /// A question, or a card: nobody knows yet.
    Prompt,
    /// How something went on, for people who know of it.
    Repaint,
    /// Nothing is lost if it comes later.
    Reminder,
}

impl Urgency {
    pub const ALL: [Self; 4] = [Self::Escalation, Self::Prompt, Self::Repaint, Self::Reminder];
}

/// What is to be known of a message without reading it.
struct Manner {
    /// For the log.
    name: &'static str,
    /// Of its first appearance; whatever is edited later is a repaint.
    urgency: Urgency,
    /// It goes to somebody who was asked, not to responders.
    direct: bool,
}

const fn to_person(name: &'static str, urgency: Urgency) -> Manner {
    Manner { name, urgency, direct: true }
}

const fn to_responders(name: &'static str, urgency: Urgency) -> Manner {
    Manner { name, urgency, direct: false }
}

impl Message {
    fn manner(&self) -> Manner {
        match self {
            // Asked because somebody else was silent.
            Self::Prompt(view) if view.why.is_none() => to_person("prompt", Urgency::Escalation),
            Self::Prompt(_) => to_person("prompt", Urgency::Prompt),
            // Hundreds of samples are one click away, and must not stand before a question.
            Self::Card(view) if view.facts.sample => to_responders("card", Urgency::Reminder),
            Self::Card(_) => to_responders("card", Urgency::Prompt),
            Self::Control(_) => to_responders("control", Urgency::Prompt),
            Self::Breaker(_) => to_responders("breaker", Urgency::Escalation),
            Self::Crowd(_) => to_responders("crowd", Urgency::Escalation),
            Self::MineModal(_) | Self::DismissModal { .. } => to_responders("modal", Urgency::Prompt),
            Self::Refusal { .. } => to_responders("refusal", Urgency::Prompt),
            Self::Note(note) => note.manner(),
        }
    }

    pub fn urgency(&self) -> Urgency {
        self.manner().urgency
    }

    pub fn is_direct(&self) -> bool {
        self.manner().direct
    }

    pub fn as_str(&self) -> &'static str {
        self.manner().name
    }

    /// Whose language an edit of it is in; `None` for the channel's.
    pub fn reader(&self) -> Option<&PersonId> {
        if let Self::Prompt(view) = self { Some(&view.person) } else { None }
    }

    /// What its buttons name; `None` for what has none of its own.
    pub fn surface(&self) -> Option<Surface> {
        match self {
            Self::Prompt(view) => Some(view.surface),
            Self::Card(view) => Some(view.surface),
            Self::MineModal(view) => Some(view.surface),
            Self::DismissModal { surface, .. } => Some(*surface),
            Self::Note(_) | Self::Control(_) | Self::Breaker(_) | Self::Crowd(_) | Self::Refusal { .. } => {
                None
            }
        }
    }
}

impl Note {
    fn manner(&self) -> Manner {
        match self {
            Self::Reminder { .. } => to_person("reminder", Urgency::Reminder),
            Self::HeldBack { .. } => to_person("held-back", Urgency::Reminder),
            Self::Ended { .. } => to_person("ended", Urgency::Repaint),
            Self::Waits => to_person("note", Urgency::Repaint),
            Self::Call { .. } | Self::AfterContainment { .. } => to_responders("note", Urgency::Escalation),
            Self::Advice { .. }
            | Self::UndoRefused { .. }
            | Self::NotRestored { .. }
            | Self::LateAnswer { .. }
            | Self::Rejected { .. } => to_responders("note", Urgency::Repaint),
            Self::StillWaiting { .. }
            | Self::Story { .. }
            | Self::Guide { .. }
            | Self::Sharing { .. }
            | Self::Quiet { .. }
            | Self::ArchiveFailed { .. } => to_responders("note", Urgency::Reminder),
        }
    }
}
