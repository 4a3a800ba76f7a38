//! What is due when the clock reaches `wakes_at`: reminders, deadlines, read-back passes, nudges.
//! Never here: a clock.

use super::Turn;
use crate::case::message::Note;
use crate::case::remedy::ActState;
use crate::case::state::{Case, Pending, Stage, StuckReason};
use jiff::{SignedDuration, Timestamp};

/// How long responders are left in peace between two reminders; the last repeats.
pub(super) const NUDGES: [SignedDuration; 3] =
    [SignedDuration::from_hours(1), SignedDuration::from_hours(4), SignedDuration::from_hours(24)];

/// How long something waits for a second voice before responders must decide anew.
const PROPOSAL_LIVES: SignedDuration = SignedDuration::from_hours(24);

/// Reminders per question, whatever the rule lists (facts/slack.md 4.4).
const REMINDERS: usize = 2;

/// How soon GuardDuty is asked again while a plan waits for its word.
pub(super) const CONFIRM_AGAIN: SignedDuration = SignedDuration::from_secs(60);

impl Case {
    /// When to be woken if nothing else happens; `None` once closed, verified and past the undo window.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let asking = self.stage == Stage::Asking || self.stage == Stage::Tracing;
        let times = [
            self.deadline.filter(|_| asking),
            self.next_reminder(),
            self.nudge_at.filter(|_| self.is_open()),
            self.next_verify(),
            self.lapses_at(),
            self.asks_again_at(),
            self.reach.again,
            self.reach.due,
            self.undo_until().filter(|_| self.undo_open),
        ];
        times.into_iter().flatten().min()
    }

    fn lapses_at(&self) -> Option<Timestamp> {
        let waits = self.stage == Stage::AwaitingApproval;
        self.proposal.as_ref().filter(|_| waits).map(|p| p.since + PROPOSAL_LIVES)
    }

    /// When somebody who was asked too often may be asked after all.
    fn asks_again_at(&self) -> Option<Timestamp> {
        let open = self.stage == Stage::Asking && self.answered.is_none();
        self.held.iter().map(|held| held.until).min().filter(|_| open)
    }

    /// Its time is over and nobody decides: the question went unanswered, or a responder has to act and none took it.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        let late = self.deadline.is_some_and(|deadline| deadline < at) || self.nudge_at.is_some();
        self.is_open() && self.taken_by.is_none() && late
    }

    fn next_reminder(&self) -> Option<Timestamp> {
        let after =
            self.terms.rule.reminders.get(self.reminders_sent).filter(|_| self.reminders_sent < REMINDERS)?;
        let open = self.stage == Stage::Asking && self.answered.is_none() && self.deadline.is_some();
        self.first_delivery.map(|at| at + *after).filter(|_| open)
    }

    fn next_verify(&self) -> Option<Timestamp> {
        let under_way = self.pending.values().any(|p| *p == Pending::Verify { pass: self.verify_pass });
        let stands = |s: ActState| s == ActState::Applied || s == ActState::Verified;
        let written = self.plan().is_some_and(|p| p.acts.iter().any(|a| stands(a.state)));
        let after = self.terms.verify_after.get(self.verify_pass)?;
        let passes = self.stage != Stage::Remedying && written && !under_way;
        self.contained_at.map(|at| at + *after).filter(|_| passes)
    }
}

impl Turn {
    pub(super) fn wake(&mut self) {
        if self.case.next_verify().is_some_and(|at| at <= self.at) {
            self.verify();
        }
        if self.case.undo_open && self.case.undo_until().is_some_and(|at| at <= self.at) {
            self.case.undo_open = false;
        }
        if self.case.next_reminder().is_some_and(|at| at <= self.at) {
            self.remind();
        }
        if self.case.lapses_at().is_some_and(|at| at <= self.at) {
            self.lapse();
        }
        if self.case.reach.due.is_some_and(|at| at <= self.at) {
            self.responders_due();
        }
        if self.case.reach.again.is_some_and(|at| at <= self.at) {
            self.post_card_again();
        }
        if self.case.asks_again_at().is_some_and(|at| at <= self.at) {
            self.ask_held();
        }
        if self.case.deadline.is_some_and(|at| at <= self.at) {
            self.overdue();
            match self.case.stage {
                Stage::Tracing => {
                    // Tracing took as long as people get to answer: nobody could be found in time.
                    self.begin();
                    if self.case.stage == Stage::Asking {
                        self.escalate();
                    }
                }
                Stage::Asking => self.escalate(),
                Stage::AwaitingApproval
                | Stage::Remedying
                | Stage::Verifying
                | Stage::Stuck
                | Stage::Closed => {
                    self.case.deadline = None;
                }
            }
        }
        if self.case.is_open() && self.case.nudge_at.is_some_and(|at| at <= self.at) {
            self.nudge();
        }
    }

    fn nudge(&mut self) {
        self.case.nudge_at = None;
        let unavailable = match &self.case.standing {
            crate::case::state::Standing::Unavailable { .. } => true,
            crate::case::state::Standing::Pending
            | crate::case::state::Standing::Good
            | crate::case::state::Standing::Refuted { .. } => false,
        };
        let waits = self.waits_for_confirmation();
        let asked = self.case.pending.values().any(|p| *p == Pending::Confirm { update: None, rule: None });
        if unavailable && waits {
            if !asked {
                self.confirm_again();
            }
            self.case.nudge_at = Some(self.at + CONFIRM_AGAIN * 2);
            return;
        }
        if self.case.stage == Stage::Asking || self.case.stage == Stage::Tracing {
            return;
        }
        let since = self.case.proposal.as_ref().map_or(self.case.opened_at, |p| p.since);
        self.note_card(Note::StillWaiting { stage: self.case.stage, since });
        self.case.nudges += 1;
        let next = NUDGES.get(self.case.nudges as usize).or(NUDGES.last()).copied();
        self.case.nudge_at = next.map(|after| self.at + after);
    }

    /// Whether something goes on as soon as GuardDuty confirmed the finding.
    pub(super) fn waits_for_confirmation(&self) -> bool {
        self.case.contain_due
            || match &self.case.stuck {
                Some(StuckReason::NotConfirmed { .. }) => true,
                Some(
                    StuckReason::NoAnswer
                    | StuckReason::Advice
                    | StuckReason::Refuted { .. }
                    | StuckReason::Protected { .. }
                    | StuckReason::AccountNotAllowed
                    | StuckReason::WriteFailed { .. }
                    | StuckReason::EffectGone { .. }
                    | StuckReason::UndoFailed { .. }
                    | StuckReason::Rejected { .. }
                    | StuckReason::NotPossible { .. }
                    | StuckReason::Lapsed,
                )
                | None => false,
            }
    }
}
