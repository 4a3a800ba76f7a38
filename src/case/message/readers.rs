//! How soon a message is wanted, and whether it is for somebody who was asked.
//! Never here: what it says.

use super::{Message, Note};

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

impl Message {
    /// Of its first appearance; whatever is edited later is a repaint.
    pub fn urgency(&self) -> Urgency {
        match self {
            // Asked because somebody else was silent.
            Self::Prompt(view) if view.why.is_none() => Urgency::Escalation,
            Self::Breaker(_) | Self::Crowd(_) => Urgency::Escalation,
            Self::Prompt(_) | Self::Card(_) | Self::Control(_) => Urgency::Prompt,
            Self::MineModal(_) | Self::DismissModal { .. } | Self::Refusal { .. } => Urgency::Prompt,
            Self::Note(note) => match note.as_ref() {
                Note::Call { .. } | Note::AfterContainment { .. } => Urgency::Escalation,
                Note::Ended { .. }
                | Note::Waits
                | Note::Advice { .. }
                | Note::UndoRefused { .. }
                | Note::NotRestored { .. }
                | Note::LateAnswer { .. }
                | Note::Rejected { .. } => Urgency::Repaint,
                Note::Reminder { .. }
                | Note::StillWaiting { .. }
                | Note::Story { .. }
                | Note::Guide { .. }
                | Note::Sharing { .. }
                | Note::HeldBack { .. }
                | Note::Quiet { .. }
                | Note::ArchiveFailed { .. } => Urgency::Reminder,
            },
        }
    }

    /// It goes to somebody who was asked, not to responders.
    pub fn is_direct(&self) -> bool {
        match self {
            Self::Prompt(_) => true,
            Self::Note(note) => match note.as_ref() {
                Note::Reminder { .. } | Note::Ended { .. } | Note::Waits | Note::HeldBack { .. } => true,
                Note::Guide { .. }
                | Note::Sharing { .. }
                | Note::Story { .. }
                | Note::Advice { .. }
                | Note::Call { .. }
                | Note::AfterContainment { .. }
                | Note::UndoRefused { .. }
                | Note::NotRestored { .. }
                | Note::ArchiveFailed { .. }
                | Note::LateAnswer { .. }
                | Note::Rejected { .. }
                | Note::Quiet { .. }
                | Note::StillWaiting { .. } => false,
            },
            Self::Card(_)
            | Self::MineModal(_)
            | Self::DismissModal { .. }
            | Self::Control(_)
            | Self::Breaker(_)
            | Self::Crowd(_)
            | Self::Refusal { .. } => false,
        }
    }
}
