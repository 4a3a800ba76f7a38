//! A further finding of the same group: counted, confirmed, and asked about again if it says something new.
//! Never here: whether it belongs to this case; the engine knows that from the grouping key.

use super::Turn;
use crate::case::effect::{EffectNo, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::Confirmation;
use crate::case::finding::{Facts, Finding};
use crate::case::guard::Mode;
use crate::case::message::{CallReason, Note};
use crate::case::playbook::{NoAnswer, Rule, Stance};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::remedy::Remedy;
use crate::case::state::{Closing, FINDINGS_KEPT, FINDINGS_NAMED, Pending, ProposalKind, Stage, Standing};
use jiff::SignedDuration;
use serde_json::json;
use std::cmp::Reverse;

/// Activity this long after containment is news (interface.md, something new).
const AFTER_CONTAINMENT: SignedDuration = SignedDuration::from_mins(10);

/// So many findings in a row may say something new that GuardDuty does not know.
const UNPROVEN: u8 = 5;

impl Turn {
    pub(super) fn join(&mut self, finding: Finding, rule: Rule) {
        self.count(&finding);
        let data = json!({"finding": finding.id, "type": finding.kind, "count": finding.count});
        self.record(EntryKind::FindingJoined, Actor::GuardDuty, data);
        if finding.sample || !self.case.terms.account_allowed {
            return;
        }
        // Until GuardDuty confirmed it, a later finding changes nothing but counts: anyone who can write to the
        // queue could otherwise move the target, or the rule.
        let want = Want::Confirm { finding: Box::new(finding.clone()) };
        let pending = Pending::Confirm { update: Some(Box::new(finding)), rule: Some(Box::new(rule)) };
        self.want_for(want, pending);
    }

    fn count(&mut self, finding: &Finding) {
        let fresh = super::seen(finding);
        let named = |(region, id): &(String, String)| *region == fresh.region && *id == fresh.id;
        if self.case.older.iter().any(named) {
            // One of long ago was updated: it is kept by name already.
            return;
        }
        match self.case.seen.iter_mut().find(|s| s.id == fresh.id && s.region == fresh.region) {
            Some(old) => *old = fresh,
            None => {
                self.case.total += 1;
                self.case.seen.push(fresh);
                if self.case.seen.len() > FINDINGS_KEPT {
                    let gone = self.case.seen.remove(0);
                    if self.case.older.len() < FINDINGS_NAMED {
                        self.case.older.push((gone.region, gone.id));
                    }
                }
            }
        }
    }

    /// The stricter of two rules governs: what it does unasked, then what silence means, then how soon. Tells whether
    /// it contains first, and the one before did not.
    fn govern(&mut self, rule: Rule) -> bool {
        let old = self.case.terms.rule.clone();
        let voices = old.voices.max(rule.voices);
        let quiet_for = old.quiet_for.zip(rule.quiet_for).map(|(a, b)| a.min(b));
        self.case.terms.rule.voices = voices;
        self.case.terms.rule.quiet_for = quiet_for;
        if strictness(&rule) <= strictness(&old) {
            return false;
        }
        let stricter_stance = strictness(&rule).0 > strictness(&old).0;
        self.case.terms.rule = Rule { voices, quiet_for, ..rule };
        if let Some(deadline) = self.case.deadline {
            self.case.deadline = Some(deadline.min(self.at + self.case.terms.rule.deadline));
        }
        let idle = [Stage::Asking, Stage::Stuck].contains(&self.case.stage) && self.case.answered.is_none();
        if stricter_stance && idle && old.stance == Stance::Notify && !self.case.has_effect() {
            self.trace_again();
        }
        stricter_stance && self.case.terms.rule.stance == Stance::Contain
    }

    /// What was asked about, answered or closed before was something milder: this is contained first all the same.
    fn due_to_contain(&mut self) {
        let spared = self.case.terms.mode == Mode::Observe || self.case.released || self.case.has_traces();
        let denied = self.case.answered.as_ref().is_some_and(|a| a.verdict != Verdict::Mine);
        if spared || denied {
            return;
        }
        match self.case.stage {
            Stage::Asking | Stage::Stuck => {}
            Stage::AwaitingApproval => match self.case.proposal.as_ref().map(|p| p.kind) {
                Some(ProposalKind::Vouch | ProposalKind::Dismiss | ProposalKind::Done) => {
                    self.void_proposal()
                }
                Some(ProposalKind::Plan | ProposalKind::Undo | ProposalKind::Release) | None => return,
            },
            Stage::Closed => match self.case.closing {
                Some(Closing::Vouched | Closing::Recorded | Closing::Dismissed) => self.reopen(),
                Some(Closing::Contained | Closing::Undone) | None => return,
            },
            // Tracing comes to it by itself, and what is being written is finished first.
            Stage::Tracing | Stage::Remedying | Stage::Verifying => return,
        }
        self.case.contain_due = true;
    }

    /// GuardDuty's word on a later finding.
    pub(super) fn update_confirmed(
        &mut self,
        finding: Finding,
        rule: Option<Rule>,
        confirmation: Confirmation,
    ) {
        match confirmation {
            Confirmation::Good { theirs } => {
                self.record(EntryKind::FindingConfirmed, Actor::GuardDuty, json!({"finding": finding.id}));
                let (finding, ahead) = finding.corrected_by(theirs.map(|t| *t));
                let forged_before = self.forget_refuted();
                let contain = rule.is_some_and(|rule| self.govern(rule));
                self.absorb_sparingly(finding.clone(), ahead);
                self.doubt(ahead);
                self.case.standing = Standing::Good;
                self.case.basis = None;
                self.take_target(&finding);
                if contain && !forged_before {
                    self.due_to_contain();
                }
                if forged_before {
                    self.start_over();
                }
                if self.case.stage == Stage::Tracing {
                    return self.traced();
                }
                self.carry_on_confirmed();
            }
            Confirmation::Refuted { why, theirs: _ } => {
                self.record(
                    EntryKind::FindingRefuted,
                    Actor::GuardDuty,
                    json!({"finding": finding.id, "why": why}),
                );
                self.call(CallReason::Refuted { why });
            }
        }
    }

    /// Denied or throttled: people are asked about it all the same, but nothing is written on its word.
    pub(super) fn update_not_confirmed(&mut self, finding: Finding, rule: Option<Rule>, why: String) {
        let forged_before = self.forget_refuted();
        if let Some(rule) = rule {
            // Acting before asking would rest on its word.
            let stance = if rule.stance == Stance::Contain { Stance::Ask } else { rule.stance };
            let _asks = self.govern(Rule { stance, ..rule });
        }
        let before = self.case.finding.clone();
        // It does not come to be newer by claiming so: what GuardDuty confirms later counts for more.
        let updated_at = finding.updated_at.min(before.updated_at);
        let finding = if finding.id == before.id { Finding { updated_at, ..finding } } else { finding };
        self.absorb_sparingly(finding, true);
        if self.case.target.is_none() {
            if self.case.standing != Standing::Pending {
                self.case.standing = Standing::Unavailable { why };
            }
            // GuardDuty goes on being asked about the finding that the case rests on.
            if !forged_before && self.case.finding.id != before.id && self.case.basis.is_none() {
                self.case.basis = Some(Box::new(before));
            }
        }
        if forged_before {
            self.start_over();
        }
        if self.case.stage == Stage::Tracing {
            self.traced();
        }
    }

    /// What a finding that GuardDuty does not know had named counts for nothing. Tells whether there was one.
    fn forget_refuted(&mut self) -> bool {
        let refuted = match &self.case.standing {
            Standing::Refuted { .. } => true,
            Standing::Pending | Standing::Good | Standing::Unavailable { .. } => false,
        };
        if refuted {
            if self.case.stage == Stage::Closed {
                let revision = self.case.revision;
                self.record(EntryKind::CaseReopened, Actor::GuardDuty, json!({"revision": revision}));
            }
            self.case.stage = Stage::Tracing;
            self.case.closing = None;
            self.case.closed_at = None;
            self.case.facts = Facts::default();
            self.case.finding.severity = 0.0;
            self.case.standing = Standing::Pending;
        }
        refuted
    }

    /// The case rested on a finding that GuardDuty does not know, and now a true one came: from the beginning.
    fn start_over(&mut self) {
        self.case.revision += 1;
        self.forget_questions();
        self.case.candidates.clear();
        self.case.next_candidate = 0;
        self.case.proposal = None;
        self.case.nudge_at = None;
        self.case.nudges = 0;
        self.trace_again();
    }

    /// Whoever was not looked for before is looked for now.
    fn trace_again(&mut self) {
        self.case.stage = Stage::Tracing;
        self.case.stuck = None;
        self.case.owner_known = false;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        self.find_owner();
    }

    /// Whoever can write to the queue could say something new without end, and so void every answer. What GuardDuty
    /// does not bear out is asked about a few times, until it confirms something again.
    fn absorb_sparingly(&mut self, finding: Finding, unproven: bool) {
        self.case.unproven = if unproven { self.case.unproven.saturating_add(1) } else { 0 };
        if self.case.unproven <= UNPROVEN {
            self.absorb(finding);
        }
    }

    pub(super) fn absorb(&mut self, finding: Finding) {
        let facts = Facts::of(&finding, &self.case.terms.known_networks);
        let news = !self.case.facts.covers(&facts);
        let older = finding.updated_at < self.case.finding.updated_at && finding.id == self.case.finding.id;
        if older {
            return;
        }
        let severity = self.case.finding.severity.max(finding.severity);
        let seen_at = finding.seen_at();
        self.case.finding = Finding { severity, ..finding };
        // Contained by hand: nothing was written, so it counts from the moment they said so.
        let by_hand = self.case.closed_at.filter(|_| self.case.closing == Some(Closing::Contained));
        let contained = self.case.contained_at.or(by_hand);
        let contained = contained.filter(|at| seen_at > *at + AFTER_CONTAINMENT);
        let settled =
            self.case.has_traces() || by_hand.is_some() || self.case.closing == Some(Closing::Undone);
        if let Some(contained_at) = contained.filter(|_| settled) {
            let facts = Box::new(self.case.facts_view());
            self.note_card(Note::AfterContainment { facts, contained_at });
        }
        if news {
            self.case.facts.absorb(&facts);
            self.reopen_question(&facts);
        }
    }

    fn reopen_question(&mut self, facts: &Facts) {
        // Observe asks nobody, however much changes.
        if self.case.stage == Stage::Tracing || self.case.terms.mode == Mode::Observe {
            return;
        }
        let acting = [Stage::Remedying, Stage::Verifying].contains(&self.case.stage);
        let contained =
            self.case.closing == Some(Closing::Contained) || self.case.closing == Some(Closing::Undone);
        // While a remedy runs, and after it, an answer can still come from somebody who read the old facts.
        let read = self.case.prompts.iter().any(|p| self.case.is_answerable(p));
        if (acting || contained) && !read {
            return;
        }
        self.case.revision += 1;
        self.record(
            EntryKind::FactsChanged,
            Actor::GuardDuty,
            json!({"revision": self.case.revision, "new": facts}),
        );
        match self.case.stage {
            Stage::Closed if contained => {}
            Stage::Closed => self.reopen(),
            Stage::AwaitingApproval => self.void_proposal(),
            Stage::Asking | Stage::Stuck => {}
            Stage::Tracing | Stage::Remedying | Stage::Verifying => {}
        }
    }

    /// An answer about the old facts does not cover the new ones; a "not me" stands, and needs its approval anew.
    fn void_proposal(&mut self) {
        let Some(kind) = self.case.proposal.as_ref().map(|p| p.kind) else { return };
        match kind {
            ProposalKind::Plan | ProposalKind::Undo => self.renew_proposal(),
            ProposalKind::Vouch | ProposalKind::Release | ProposalKind::Dismiss | ProposalKind::Done => {
                self.case.proposal = None;
                self.case.nudge_at = None;
                if self.case.terms.rule.stance == Stance::Notify {
                    return self.advise();
                }
                self.ask_again();
                if self.case.acted_unasked && self.case.has_effect() {
                    // Silence had spoken already: what it led to stays, and the person may still say otherwise.
                    let by = self.rule_actor().to_string();
                    self.close(Closing::Contained, &by);
                }
            }
        }
    }

    /// The same case asks anew, in a new message: whoever vouched, else whoever was asked last.
    fn reopen(&mut self) {
        self.record(EntryKind::CaseReopened, Actor::GuardDuty, json!({"revision": self.case.revision}));
        let by = self.case.answered.as_ref().map(|a| a.by.clone());
        let vouched = self.case.prompts.iter().rev().find(|p| Some(&p.person) == by.as_ref());
        let again = vouched.or(self.case.prompts.last()).map(|p| (p.person.clone(), p.role));
        self.forget_questions();
        self.case.stage = Stage::Asking;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        match again {
            Some((person, role)) => self.ask(person, role),
            None => self.begin(),
        }
    }

    /// Older questions were about older facts: they are history, and the same people may be asked again.
    fn forget_questions(&mut self) {
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.answered = None;
        self.case.verdict = None;
        self.case.dismissal = None;
        self.case.acted_unasked = false;
        self.case.reminders_sent = 0;
        self.case.held.clear();
        self.case.first_delivery = None;
        self.case.next_escalation = 0;
        self.withdraw_unsent_prompts();
        self.case.asked_anew = EffectNo(self.case.next_effect);
        for prompt in &mut self.case.prompts {
            prompt.spent = true;
            if prompt.state == PromptState::Open || prompt.state == PromptState::Expired {
                prompt.state = PromptState::Superseded;
            }
        }
    }

    /// The question in the same message, answerable again.
    fn ask_again(&mut self) {
        self.case.answered = None;
        self.case.verdict = None;
        self.case.stage = Stage::Asking;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        let anew = self.case.asked_anew;
        for prompt in self.case.prompts.iter_mut().filter(|p| p.effect > anew) {
            let was_live = [PromptState::Answered, PromptState::Superseded, PromptState::Expired]
                .contains(&prompt.state);
            if was_live && self.case.posted.contains_key(&prompt.effect) {
                prompt.state = PromptState::Open;
                prompt.spent = false;
            }
        }
    }
}

/// Greater is stricter.
fn strictness(rule: &Rule) -> (u8, u8, Reverse<SignedDuration>) {
    let stance = match rule.stance {
        Stance::Notify => 0,
        Stance::Ask => 1,
        Stance::Contain => 2,
    };
    let silence = match rule.no_answer {
        NoAnswer::Record => 0,
        NoAnswer::Escalate | NoAnswer::Run(Remedy::Advise) => 1,
        NoAnswer::Run(_) => 2,
    };
    (stance, silence, Reverse(rule.deadline))
}
