//! Looking again: the read-back passes after a plan, and what the first good one and a lost effect mean.
//! Never here: writing.

use super::Turn;
use crate::case::effect::Want;
use crate::case::entry::{Actor, EntryKind};
use crate::case::prompt::Verdict;
use crate::case::remedy::ActState;
use crate::case::state::{Closing, Pending, ProposalKind, Stage, StuckReason};
use serde_json::json;

impl Turn {
    pub(super) fn verify(&mut self) {
        let Some(plan) = self.case.plan() else { return };
        let pass = self.case.verify_pass;
        let want = Want::Verify {
            target: plan.target.clone(),
            acts: plan.acts.clone(),
            cut_off: plan.cut_off,
            pass,
        };
        self.want_for(want, Pending::Verify { pass });
    }

    pub(super) fn verified(&mut self, pass: usize, lost: Vec<String>) {
        self.case.verify_pass = pass + 1;
        if !self.case.has_effect() {
            // Taken back while the pass was under way.
            return;
        }
        if lost.is_empty() {
            self.record(EntryKind::Verified, Actor::System, json!({"pass": pass + 1}));
            if let Some(plan) = self.case.plans.last_mut() {
                for act in plan.acts.iter_mut().filter(|a| a.state == ActState::Applied) {
                    act.state = ActState::Verified;
                }
            }
            if self.case.stage == Stage::Verifying {
                self.contained();
            }
            return;
        }
        self.record(EntryKind::EffectGone, Actor::System, json!({"pass": pass + 1, "lost": lost}));
        // IAM is eventually consistent: before the first good pass a later one may still see it.
        let last = self.case.verify_pass >= self.case.terms.verify_after.len();
        if self.case.stage != Stage::Verifying || last {
            self.get_stuck(StuckReason::EffectGone { lost });
        }
    }

    /// A pass that could not read says nothing about the effect, unless no pass ever could.
    pub(super) fn verify_failed(&mut self, pass: usize, cause: String) {
        self.case.verify_pass = pass + 1;
        let last = self.case.verify_pass >= self.case.terms.verify_after.len();
        self.record(
            EntryKind::WriteFailed,
            Actor::System,
            json!({"call": "verify", "pass": pass + 1, "cause": cause}),
        );
        if self.case.stage == Stage::Verifying && last {
            self.get_stuck(StuckReason::EffectGone { lost: vec![cause] });
        }
    }

    /// The effect was seen to stand for the first time.
    pub(super) fn contained(&mut self) {
        if self.is_contained_unasked() {
            return self.ask_about_it();
        }
        let by = self.case.plan().map(|p| p.by.clone()).unwrap_or_default();
        if self.case.answered.as_ref().is_some_and(|a| a.verdict == Verdict::Mine) && by.starts_with("rule:")
        {
            let voice = self.case.answered.as_ref().map(|a| format!("slack:{}", a.by)).unwrap_or_default();
            return self.propose(ProposalKind::Release, &voice, None);
        }
        self.close(Closing::Contained, &by);
    }
}
