//! Taking back what was done: only our own changes, only while they stand as we wrote them.
//! Never here: the AWS calls.

use super::Turn;
use crate::case::effect::{Request, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::NotNow;
use crate::case::guard::Mode;
use crate::case::message::Note;
use crate::case::owner::PersonId;
use crate::case::playbook::Stance;
use crate::case::prompt::Reply;
use crate::case::remedy::{ActState, Plan};
use crate::case::state::{Closing, Pending, ProposalKind, Stage, StuckReason};
use serde_json::json;

impl Turn {
    pub(super) fn undo_asked(&mut self, reply: &Reply, by: &str) {
        let stage = self.case.stage;
        let possible = stage == Stage::Closed
            || stage == Stage::Stuck
            || (stage == Stage::Asking && self.case.terms.rule.stance == Stance::Contain);
        if !self.case.has_traces() || !possible {
            return self.not_now(reply, if self.is_busy() { NotNow::Busy } else { NotNow::NothingToUndo });
        }
        if !self.case.undo_open || self.case.undo_until().is_some_and(|until| self.at > until) {
            return self.not_now(reply, NotNow::UndoWindowOver);
        }
        self.accepted(reply, json!({}));
        let wide = self.undoable().is_some_and(|p| p.acts.iter().any(|a| a.remedy.is_wide()));
        if wide {
            let (resume, stuck) = ((self.case.stage, self.case.closing), self.case.stuck.clone());
            self.propose(ProposalKind::Undo, by, None);
            self.case.resume = Some(resume);
            self.case.stuck = stuck;
            return;
        }
        self.undo(&reply.by, false);
    }

    /// The newest plan not yet undone.
    fn undoable(&self) -> Option<&Plan> {
        self.case.plans.iter().rev().find(|p| p.acts.iter().any(|a| a.may_stand()))
    }

    /// Asks the ledger whether we may write at all; undo does not count.
    pub(super) fn undo(&mut self, by: &PersonId, release: bool) {
        let Some(target) = self.undoable().map(|p| p.target.clone()) else { return };
        let resume = if release {
            (Stage::Closed, Some(Closing::Contained))
        } else {
            (self.case.stage, self.case.closing)
        };
        self.case.resume.get_or_insert(resume);
        self.case.stage = Stage::Remedying;
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.deadline = None;
        let pending = Pending::UndoReserve { by: by.clone(), release };
        self.want_for(Want::Reserve { request: Request::Undo { target } }, pending);
    }

    pub(super) fn undo_granted(&mut self, by: PersonId, release: bool, mode: Mode) {
        if mode != Mode::Enforce {
            return self.undo_refused(&by, release, vec![format!("mode is {} now", mode.as_str())]);
        }
        let Some(plan) = self.undoable().cloned() else { return };
        let intent = json!({"undo": true, "target": plan.target.arn(), "acts": plan.acts});
        self.record(EntryKind::Intent, Actor::Slack(by.clone()), intent);
        let Plan { target, acts, cut_off, undo_begun, .. } = plan;
        let want = Want::Undo { target, acts, cut_off, begun: undo_begun };
        self.want_for(want, Pending::Undo { by, release });
    }

    /// `notes`: what cannot be put back. It is told, and keeps nothing else from being undone.
    pub(super) fn undone(
        &mut self,
        by: &PersonId,
        release: bool,
        request_ids: Vec<String>,
        notes: Vec<String>,
    ) {
        let newest = self.case.plans.iter().rposition(|p| p.acts.iter().any(|a| a.may_stand()));
        if let Some(plan) = newest.and_then(|i| self.case.plans.get_mut(i)) {
            for act in plan.acts.iter_mut().filter(|a| a.may_stand()) {
                act.state = ActState::Undone;
            }
        }
        for id in &request_ids {
            self.record(EntryKind::Wrote, Actor::Slack(by.clone()), json!({"undo": true, "request_id": id}));
        }
        self.record(
            EntryKind::Undone,
            Actor::Slack(by.clone()),
            json!({"release": release, "writes": request_ids.len(), "not_restored": notes}),
        );
        if !notes.is_empty() {
            self.note_card(Note::NotRestored { notes });
        }
        self.case.released = true;
        self.case.undo_open = self.case.has_traces();
        self.case.verify_pass = self.case.terms.verify_after.len();
        if release && self.case.has_traces() {
            // A release takes back everything, newest first.
            return self.undo(by, true);
        }
        self.case.resume = None;
        self.close(if release { Closing::Vouched } else { Closing::Undone }, &format!("slack:{by}"));
    }

    /// What stands there is not what we wrote: the outcome stays, and the message says what changed.
    pub(super) fn undo_refused(&mut self, by: &PersonId, release: bool, changed: Vec<String>) {
        self.record(EntryKind::UndoRefused, Actor::Slack(by.clone()), json!({"changed": changed}));
        self.note_card(Note::UndoRefused { changed });
        if release {
            self.case.resume = None;
            return self.close(Closing::Contained, &format!("slack:{by}"));
        }
        self.return_from_undo();
    }

    pub(super) fn undo_failed(&mut self, by: &PersonId, cause: String) {
        self.record(
            EntryKind::WriteFailed,
            Actor::Slack(by.clone()),
            json!({"call": "undo", "cause": cause}),
        );
        let newest = self.case.plans.iter_mut().rev().find(|p| p.acts.iter().any(|a| a.may_stand()));
        if let Some(plan) = newest {
            plan.undo_begun = true;
        }
        self.case.resume = None;
        self.get_stuck(StuckReason::UndoFailed { failed: cause });
    }

    pub(super) fn return_from_undo(&mut self) {
        if self.case.resume.is_none() && self.case.stage == Stage::Stuck {
            // Its effect was found gone meanwhile, which people are told.
            return;
        }
        let (stage, closing) = self.case.resume.take().unwrap_or((Stage::Closed, Some(Closing::Contained)));
        self.case.stage = stage;
        self.case.closing = closing;
        self.case.closed_at = (stage == Stage::Closed).then_some(self.at);
        if stage == Stage::Stuck {
            self.case.nudge_at = Some(self.at + super::waking::NUDGES[0]);
        }
        if stage == Stage::Asking {
            self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        }
    }
}
