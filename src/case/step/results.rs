//! What came of an effect, and the ledger's answers: matched with what the effect was for.
//! Never here: what follows; each result has its own room.

use super::Turn;
use crate::case::effect::EffectNo;
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::{Failure, Outcome, Refusal};
use crate::case::guard::Mode;
use crate::case::message::Note;
use crate::case::state::{Pending, Stage};
use serde_json::json;

impl Turn {
    pub(super) fn settle(&mut self, no: EffectNo, result: Outcome) {
        self.heard(no, &result);
        // An effect nobody waits for, or one that came back already: nothing else changes.
        let Some(pending) = self.case.pending.remove(&no) else { return };
        match (pending, result) {
            (Pending::Confirm { update: None, .. }, Outcome::Confirmed(word)) => self.confirmed(word),
            (Pending::Confirm { update: None, .. }, Outcome::Failed { cause, .. }) => {
                self.not_confirmed(cause)
            }
            (Pending::Confirm { update: Some(f), rule }, Outcome::Confirmed(word)) => {
                self.update_confirmed(*f, rule.map(|r| *r), word)
            }
            (Pending::Confirm { update: Some(f), rule }, Outcome::Failed { cause, .. }) => {
                self.update_not_confirmed(*f, rule.map(|r| *r), cause)
            }
            (Pending::Owner, Outcome::Owners { candidates, notes }) => self.owners_found(candidates, &notes),
            (Pending::Owner, Outcome::Failed { cause, .. }) => self.owners_found(vec![], &[cause]),
            (Pending::Evidence, Outcome::Evidence(evidence)) => {
                self.case.evidence = Some(*evidence);
                self.traced();
            }
            (Pending::Evidence, Outcome::Failed { .. }) => self.traced(),
            (Pending::AskPost, Outcome::Posted(at)) => self.asked(no, at),
            (Pending::AskPost, Outcome::Failed { cause, .. }) => self.ask_failed(no, &cause),
            (Pending::Card, Outcome::Posted(at)) => self.card_posted(no, at),
            (Pending::Card | Pending::Told, Outcome::Failed { .. }) => {}
            (Pending::Prepare, Outcome::Prepared { priors }) => self.prepared(priors),
            (Pending::Prepare, Outcome::Failed { cause, .. }) => self.prepare_failed(cause),
            (Pending::Apply { index }, Outcome::Applied(receipt)) => self.applied(index, receipt),
            (Pending::Apply { index }, Outcome::Failed { cause, kind }) => {
                self.apply_failed(index, &cause, kind == Failure::Full);
            }
            (Pending::Verify { pass }, Outcome::Verified { lost }) => self.verified(pass, lost),
            (Pending::Verify { pass }, Outcome::Failed { cause, .. }) => self.verify_failed(pass, cause),
            (Pending::Undo { by, release }, Outcome::Undone { request_ids, notes }) => {
                self.undone(&by, release, request_ids, notes)
            }
            (Pending::Undo { by, release }, Outcome::UndoRefused { changed }) => {
                self.undo_refused(&by, release, changed);
            }
            (Pending::Undo { by, release }, Outcome::Failed { cause, kind: Failure::Guarded }) => {
                self.undo_refused(&by, release, vec![cause]);
            }
            (Pending::Undo { by, .. }, Outcome::Failed { cause, .. }) => self.undo_failed(&by, cause),
            (Pending::Archive, Outcome::Ok { request_ids }) => {
                for id in request_ids {
                    self.record(EntryKind::Archived, Actor::System, json!({"request_id": id}));
                }
            }
            (Pending::Archive, Outcome::Failed { cause, .. }) => {
                self.record(EntryKind::ArchiveFailed, Actor::System, json!({"cause": cause}));
                self.note_card(Note::ArchiveFailed { cause });
            }
            (Pending::Paint { message }, _) => self.repaint_if_dirty(message),
            (Pending::Page, result) => self.paged(&result),
            // An effect answered by another kind of result: the worker never does that, and the case ignores it.
            (_, _) => {}
        }
    }

    pub(super) fn granted(&mut self, no: EffectNo, mode: Mode) {
        let Some(pending) = self.case.pending.remove(&no) else { return };
        if let Pending::AskReserve { person, role } = pending {
            self.ask_granted(person, role);
        } else if let Pending::UndoReserve { by, release } = pending {
            self.undo_granted(by, release, mode);
        } else if let Pending::PlanReserve { .. } = pending {
            self.plan_granted(mode);
        }
    }

    pub(super) fn refused(&mut self, no: EffectNo, why: Refusal) {
        let Some(pending) = self.case.pending.remove(&no) else { return };
        if let Pending::AskReserve { person, role } = pending {
            self.ask_refused(person, role, &why);
        } else if let Pending::UndoReserve { by, release } = pending {
            self.undo_refused(&by, release, vec!["this account is not allowed now".to_owned()]);
        } else if let Pending::PlanReserve { approver } = pending {
            self.plan_refused(why, approver);
        } else if pending == Pending::Quiet && self.case.stage == Stage::Asking {
            self.ask_next();
        }
    }
}
