//! Carrying a plan out: confirmed, granted, prepared, applied.
//! Never here: why the plan was made.

use super::Turn;
use super::deciding::{Voice, actor};
use crate::case::effect::{Request, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::{Answer, NotNow, Refusal};
use crate::case::guard::Mode;
use crate::case::message::Message;
use crate::case::owner::PersonId;
use crate::case::playbook::Stance;
use crate::case::remedy::{ActState, Approval, Plan, Prior, Receipt, Remedy};
use crate::case::state::{Case, Closing, Pending, ProposalKind, Stage, Standing, StuckReason};
use jiff::SignedDuration;
use serde_json::json;

/// How long an approval holds while its plan waits for GuardDuty's word.
const APPROVAL_LIVES: SignedDuration = SignedDuration::from_hours(1);

impl Case {
    /// Contain first ran in dry-run: told, not done.
    pub(super) fn dry_contained(&self) -> bool {
        self.plan().is_some_and(|p| p.acts.iter().all(|a| a.state == ActState::DryRun))
    }

    pub(super) fn is_plan_planned(&self) -> bool {
        self.plan().is_some_and(|p| p.acts.iter().any(|a| a.state == ActState::Planned))
    }
}

impl Turn {
    /// The rule acts before anybody is asked.
    pub(super) fn contain_first(&mut self) {
        self.case.contain_due = false;
        if self.case.released {
            return self.ask_next();
        }
        let by = self.rule_actor().to_string();
        let chosen = self.case.terms.rule.offer.first().copied().unwrap_or(Remedy::Advise);
        self.decide(chosen, &by, Voice::First);
        if [Stage::Stuck, Stage::AwaitingApproval].contains(&self.case.stage) {
            self.ask_all_the_same();
        }
    }

    /// Contain first did not come about: the person is asked nevertheless.
    fn ask_all_the_same(&mut self) {
        if self.asks_after_containing() {
            self.ask_next();
        }
    }

    pub(super) fn start(&mut self, plan: Plan, approval: Option<Approval>) {
        self.case.plans.push(Plan { approval, ..plan });
        self.case.stage = Stage::Remedying;
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.stuck = None;
        self.case.proposal = None;
        self.case.deadline = None;
        self.case.reach.due = None;
        self.case.nudge_at = None;
        self.case.nudges = 0;
        self.proceed();
    }

    /// Confirm, then reserve. In dry-run nothing is written, so nothing needs confirming.
    fn proceed(&mut self) {
        if self.case.terms.mode == Mode::Enforce {
            match self.case.standing.clone() {
                Standing::Good => {}
                Standing::Pending => return,
                Standing::Unavailable { why } => return self.wait_for_confirmation(why),
                Standing::Refuted { why } => {
                    self.fail_planned();
                    return self.get_stuck(StuckReason::Refuted { why });
                }
            }
        }
        if !self.case.terms.account_allowed {
            self.fail_planned();
            return self.get_stuck(StuckReason::AccountNotAllowed);
        }
        let acts: Vec<Remedy> =
            self.case.plan().into_iter().flat_map(|p| p.acts.iter().map(|a| a.remedy)).collect();
        let target = self.target().for_acts(&acts);
        let evidence = self.case.evidence.as_ref().map(|e| [e.arn.clone(), e.unique_id.clone()]);
        let arns = evidence
            .into_iter()
            .flatten()
            .flatten()
            .chain(self.case.finding.principal.iam_arn())
            .chain(self.case.finding.principal.arn());
        let arns = arns.collect();
        if let Some(plan) = self.case.plans.last_mut() {
            plan.target = target.clone();
        }
        if self.has_lapsed_approval()
            && let Some(plan) = self.case.plans.pop()
        {
            // It waited for GuardDuty, and what it waited with is not what was approved.
            let by = plan.by.clone();
            return self.propose(ProposalKind::Plan, &by, Some(plan));
        }
        let approver = self.case.plan().and_then(|p| p.approval.as_ref()).map(|a| a.by.clone());
        let request = Request::Plan { target, arns, approved: approver.is_some() };
        self.want_for(Want::Reserve { request }, Pending::PlanReserve { approver });
    }

    fn has_lapsed_approval(&self) -> bool {
        let Some(plan) = self.case.plan() else { return false };
        plan.approval.as_ref().is_some_and(|approval| {
            self.at > approval.at + APPROVAL_LIVES
                || approval.digest != self.digest(ProposalKind::Plan, Some(plan))
        })
    }

    /// No write before GuardDuty confirmed the finding; asked again every minute.
    pub(super) fn wait_for_confirmation(&mut self, why: String) {
        self.get_stuck(StuckReason::NotConfirmed { why });
        self.case.nudge_at = Some(self.at + super::waking::CONFIRM_AGAIN);
    }

    /// GuardDuty confirmed after all: what waited for it goes on.
    pub(super) fn carry_on_confirmed(&mut self) {
        // "It was me" does not call it off: it is contained, and then its release is proposed.
        let vouching = self.case.proposal.as_ref().is_some_and(|p| p.kind == ProposalKind::Vouch);
        let idle = vouching || [Stage::Asking, Stage::Stuck].contains(&self.case.stage);
        if self.case.contain_due && idle && !self.is_busy_writing() {
            return self.contain_first();
        }
        let waiting = self.case.stage == Stage::Remedying || matches_not_confirmed(self.case.stuck.as_ref());
        let reserved = self.is_busy_writing();
        let applying = self.case.plan().is_some_and(|p| p.acts.iter().any(|a| a.prior.is_some()));
        if waiting && self.case.is_plan_planned() && !reserved && !applying {
            self.case.stuck = None;
            self.case.nudge_at = None;
            self.case.stage = Stage::Remedying;
            self.proceed();
        }
    }

    pub(super) fn plan_granted(&mut self, mode: Mode) {
        if self.is_abandoned() {
            return;
        }
        let mode = mode.min(self.case.terms.mode);
        let at = self.at;
        let Some(plan) = self.case.plans.last_mut() else { return };
        // It may have waited for a second voice or for GuardDuty: sessions opened meanwhile are cut as well.
        plan.cut_off = at;
        if mode != Mode::Enforce {
            for act in &mut plan.acts {
                act.state = ActState::DryRun;
            }
            self.record(EntryKind::Granted, Actor::System, json!({"mode": mode.as_str()}));
            return self.dry_run_done();
        }
        let acts: Vec<Remedy> = plan.acts.iter().map(|a| a.remedy).collect();
        let target = plan.target.clone();
        self.record(EntryKind::Granted, Actor::System, json!({"mode": mode.as_str(), "remedies": acts}));
        self.want_for(Want::Prepare { target, acts }, Pending::Prepare);
    }

    fn dry_run_done(&mut self) {
        if self.is_contained_unasked() {
            return self.ask_about_it();
        }
        let by = self.case.plan().map(|p| p.by.clone()).unwrap_or_default();
        self.close(Closing::Recorded, &by);
    }

    fn asks_after_containing(&self) -> bool {
        self.case.terms.rule.stance == Stance::Contain
            && self.case.questions().next().is_none()
            && self.case.answered.is_none()
    }

    /// The rule contained, and nobody has answered yet: the question stands, or is put now.
    pub(super) fn is_contained_unasked(&self) -> bool {
        self.case.terms.rule.stance == Stance::Contain
            && self.case.answered.is_none()
            && !self.case.acted_unasked
            && self.case.plan().is_some_and(|p| p.by.starts_with("rule:"))
    }

    pub(super) fn ask_about_it(&mut self) {
        self.case.stage = Stage::Asking;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        if self.asks_after_containing() {
            self.ask_next();
        }
    }

    pub(super) fn plan_refused(&mut self, why: Refusal, approver: Option<PersonId>) {
        self.record(EntryKind::Refused, Actor::System, json!({"why": why}));
        match why {
            Refusal::BreakerOpen { .. } | Refusal::WritesStopped { .. } => {
                let Some(plan) = self.case.plans.pop() else { return };
                let by = plan.by.clone();
                self.propose(ProposalKind::Plan, &by, Some(plan));
                if let (Refusal::WritesStopped { .. }, Some(approver)) = (&why, approver) {
                    self.tell_approver(approver);
                }
                self.ask_all_the_same();
            }
            Refusal::Protected { pattern } => {
                self.fail_planned();
                self.get_stuck(StuckReason::Protected { pattern });
                self.ask_all_the_same();
            }
            Refusal::AccountNotAllowed
            | Refusal::TooManyPrompts { .. }
            | Refusal::NobodyAsked
            | Refusal::NotQuiet => {
                self.fail_planned();
                self.get_stuck(StuckReason::AccountNotAllowed);
            }
        }
    }

    /// A press on a button is acknowledged without words: why it came to nothing is whispered.
    fn tell_approver(&mut self, approver: PersonId) {
        self.answer = Answer::NotNow { why: NotNow::WritesStopped };
        let Some(at) = self.case.card.and_then(|card| self.case.posted.get(&card)).cloned() else { return };
        let message = Box::new(Message::Refusal { answer: self.answer.clone() });
        self.want(Want::Whisper { at, to: approver, message });
    }

    /// The prior state is saved before the first write: a crash in between must not lose what to restore.
    /// What cannot be done fails now; the rest is done all the same.
    pub(super) fn prepared(&mut self, priors: Vec<Result<Prior, String>>) {
        if self.is_abandoned() {
            return;
        }
        let Some(plan) = self.case.plans.last_mut() else { return };
        let mut refused = vec![];
        for (index, (act, prior)) in plan.acts.iter_mut().zip(priors).enumerate() {
            match prior {
                Ok(prior) => act.prior = Some(prior),
                Err(cause) => refused.push((index, cause)),
            }
        }
        let by = plan.by.clone();
        let intent =
            json!({"by": by, "target": plan.target.arn(), "cut_off": plan.cut_off, "acts": plan.acts});
        self.record(EntryKind::Intent, actor(&by), intent);
        for (index, cause) in refused {
            self.failed(index, &cause);
        }
        self.apply_next();
    }

    pub(super) fn prepare_failed(&mut self, cause: String) {
        self.record(EntryKind::WriteFailed, Actor::System, json!({"call": "prepare", "cause": cause}));
        self.fail_planned();
        self.get_stuck(StuckReason::WriteFailed { failed: vec![cause], done: vec![] });
        self.ask_all_the_same();
    }

    /// Something took the case out of this plan while it was being prepared: nothing of it is begun.
    fn is_abandoned(&mut self) -> bool {
        let abandoned = self.case.stage != Stage::Remedying;
        if abandoned {
            self.fail_planned();
        }
        abandoned
    }

    /// One remedy after the other; a failed one does not keep the rest from being tried.
    fn apply_next(&mut self) {
        let at = self.at;
        let Some(plan) = self.case.plans.last_mut() else { return };
        let next = plan.acts.iter().position(|a| a.state == ActState::Planned);
        let cuts =
            |r: Remedy| [Remedy::CutSessions, Remedy::RevokeSession, Remedy::RevokeRoleSessions].contains(&r);
        if let Some(index) = next.filter(|i| cuts(plan.acts[*i].remedy))
            && !plan.acts[..index].iter().any(|a| cuts(a.remedy))
        {
            // What was opened while the keys before it still worked is cut as well.
            plan.cut_off = at;
        }
        match next {
            Some(index) => {
                let act = &plan.acts[index];
                let want = Want::Apply {
                    target: plan.target.clone(),
                    remedy: act.remedy,
                    prior: act.prior.clone().unwrap_or(Prior::Nothing),
                    cut_off: plan.cut_off,
                    index,
                };
                self.want_for(want, Pending::Apply { index });
            }
            None => self.applied_all(),
        }
    }

    pub(super) fn applied(&mut self, index: usize, receipt: Receipt) {
        let Some(act) = self.case.plans.last_mut().and_then(|p| p.acts.get_mut(index)) else { return };
        act.state = ActState::Applied;
        let remedy = act.remedy;
        let (ids, note) = (receipt.request_ids.clone(), receipt.note.clone());
        act.receipt = Some(receipt);
        let target = self.case.plan().map(|p| p.target.arn());
        if ids.is_empty() {
            let data = json!({"remedy": remedy, "target": target, "request_id": null, "note": note});
            self.record(EntryKind::Wrote, Actor::System, data);
        }
        for id in ids {
            let data = json!({"remedy": remedy, "target": target, "request_id": id, "note": note});
            self.record(EntryKind::Wrote, Actor::System, data);
        }
        self.apply_next();
    }

    pub(super) fn apply_failed(&mut self, index: usize, cause: &str, full: bool) {
        self.case.no_room |= full;
        self.failed(index, cause);
        self.apply_next();
    }

    fn failed(&mut self, index: usize, cause: &str) {
        let Some(act) = self.case.plans.last_mut().and_then(|p| p.acts.get_mut(index)) else { return };
        act.state = ActState::Failed;
        let remedy = act.remedy;
        self.record(EntryKind::WriteFailed, Actor::System, json!({"remedy": remedy, "cause": cause}));
        let failed = format!("{}: {cause}", remedy.as_str());
        match &mut self.case.stuck {
            Some(StuckReason::WriteFailed { failed: list, .. }) => list.push(failed),
            Some(_) | None => {
                self.case.stuck = Some(StuckReason::WriteFailed { failed: vec![failed], done: vec![] });
            }
        }
    }

    fn applied_all(&mut self) {
        let done: Vec<String> = self
            .case
            .plan()
            .into_iter()
            .flat_map(|p| p.acts.iter().filter(|a| a.state == ActState::Applied))
            .map(|a| a.remedy.as_str().to_owned())
            .collect();
        // An earlier plan may stand, though nothing of this one does.
        self.case.undo_open = self.case.has_traces();
        self.case.contained_at = (!done.is_empty()).then_some(self.at).or(self.case.contained_at);
        if let Some(StuckReason::WriteFailed { failed, .. }) = self.case.stuck.take() {
            self.get_stuck(StuckReason::WriteFailed { failed, done });
            self.propose_quarantine();
            return self.ask_all_the_same();
        }
        self.case.verify_pass = 0;
        self.case.stage = Stage::Verifying;
        if self.case.terms.verify_after.is_empty() {
            self.contained();
        }
    }

    /// Where no inline policy fits any more, the managed one that quarantine attaches still does (interface.md, policies
    /// we write). Why, the thread says.
    fn propose_quarantine(&mut self) {
        if !std::mem::take(&mut self.case.no_room) {
            return;
        }
        let Some(plan) = self.case.plan() else { return };
        let (by, role) = (plan.by.clone(), plan.target.kind.is_role());
        let chosen = if role { Remedy::QuarantineRole } else { Remedy::QuarantineUser };
        let done = plan.acts.iter().any(|a| a.remedy == chosen && a.state == ActState::Applied);
        let acts = self.case.parts(chosen);
        if !done && !acts.is_empty() {
            let plan = self.plan(chosen, acts, &by);
            self.propose(ProposalKind::Plan, &by, Some(plan));
        }
    }

    pub(super) fn fail_planned(&mut self) {
        if let Some(plan) = self.case.plans.last_mut() {
            for act in plan.acts.iter_mut().filter(|a| a.state == ActState::Planned) {
                act.state = ActState::Failed;
            }
        }
    }

    pub(super) fn confirm_again(&mut self) {
        let finding = Box::new(self.case.in_question().clone());
        self.want_for(Want::Confirm { finding }, Pending::Confirm { update: None, rule: None });
    }
}

fn matches_not_confirmed(stuck: Option<&StuckReason>) -> bool {
    stuck.is_some_and(|s| {
        std::mem::discriminant(s) == std::mem::discriminant(&StuckReason::NotConfirmed { why: String::new() })
    })
}
