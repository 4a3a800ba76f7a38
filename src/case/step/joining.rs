//! A further finding of the same group: counted, confirmed, and asked about again if it says something new.
//! Never here: whether it belongs to this case; the engine knows that from the grouping key.

use super::Turn;
use crate::case::effect::Want;
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::Confirmation;
use crate::case::finding::{Facts, Finding};
use crate::case::guard::Mode;
use crate::case::message::{CallReason, Note};
use crate::case::playbook::{Rule, Stance};
use crate::case::prompt::PromptState;
use crate::case::state::{Closing, FINDINGS_KEPT, Pending, ProposalKind, Stage, Standing};
use jiff::SignedDuration;
use serde_json::json;

/// Activity this long after containment is news (interface.md, something new).
const AFTER_CONTAINMENT: SignedDuration = SignedDuration::from_mins(10);

impl Turn {
    pub(super) fn join(&mut self, finding: Finding, rule: Rule) {
        self.count(&finding);
        let data = json!({"finding": finding.id, "type": finding.kind, "count": finding.count});
        self.record(EntryKind::FindingJoined, Actor::GuardDuty, data);
        if finding.sample || !self.case.terms.account_allowed {
            return;
        }
        self.govern(rule);
        // Until GuardDuty confirmed it, a later finding changes nothing but counts: anyone who can write to the
        // queue could otherwise move the target.
        let want = Want::Confirm { finding: Box::new(finding.clone()) };
        self.want_for(want, Pending::Confirm { update: Some(Box::new(finding)) });
    }

    fn count(&mut self, finding: &Finding) {
        let fresh = super::seen(finding);
        match self.case.seen.iter_mut().find(|s| s.id == fresh.id && s.region == fresh.region) {
            Some(old) => *old = fresh,
            None => {
                self.case.total += 1;
                self.case.seen.push(fresh);
                if self.case.seen.len() > FINDINGS_KEPT {
                    self.case.seen.remove(0);
                }
            }
        }
    }

    /// The stricter of two rules governs.
    fn govern(&mut self, rule: Rule) {
        let old = &self.case.terms.rule;
        let rank = |stance: Stance| match stance {
            Stance::Notify => 0,
            Stance::Ask => 1,
            Stance::Contain => 2,
        };
        let voices = old.voices.max(rule.voices);
        if rank(rule.stance) > rank(old.stance) {
            let was_silent = old.stance == Stance::Notify;
            self.case.terms.rule = Rule { voices, ..rule };
            let idle =
                [Stage::Asking, Stage::Stuck].contains(&self.case.stage) && self.case.answered.is_none();
            if idle && !self.case.has_effect() {
                self.case.contain_due = self.case.terms.rule.stance == Stance::Contain;
                if was_silent {
                    self.case.stage = Stage::Tracing;
                    self.case.stuck = None;
                    self.case.owner_known = false;
                    self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
                    self.find_owner();
                }
            }
        } else {
            self.case.terms.rule.voices = voices;
        }
    }

    /// GuardDuty's word on a later finding.
    pub(super) fn update_confirmed(&mut self, finding: Finding, confirmation: Confirmation) {
        match confirmation {
            Confirmation::Good => {
                self.record(EntryKind::FindingConfirmed, Actor::GuardDuty, json!({"finding": finding.id}));
                self.absorb(finding);
                self.case.standing = Standing::Good;
                self.take_target();
                if self.case.stage == Stage::Tracing {
                    return self.traced();
                }
                self.carry_on_confirmed();
            }
            Confirmation::Refuted { why } => {
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
    pub(super) fn update_not_confirmed(&mut self, finding: Finding, why: String) {
        if self.case.target.is_none() {
            self.case.standing = Standing::Unavailable { why };
        }
        self.absorb(finding);
    }

    fn absorb(&mut self, finding: Finding) {
        let facts = Facts::of(&finding, &self.case.terms.known_networks);
        let news = !self.case.facts.covers(&facts);
        let older = finding.updated_at < self.case.finding.updated_at && finding.id == self.case.finding.id;
        if older {
            return;
        }
        let severity = self.case.finding.severity.max(finding.severity);
        let seen_at = finding.seen_at();
        self.case.finding = Finding { severity, ..finding };
        let contained = self.case.contained_at.filter(|at| seen_at > *at + AFTER_CONTAINMENT);
        let settled = self.case.has_effect() || self.case.closing == Some(Closing::Undone);
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
        let acting = [Stage::Remedying, Stage::Verifying, Stage::Tracing].contains(&self.case.stage);
        let contained =
            self.case.closing == Some(Closing::Contained) || self.case.closing == Some(Closing::Undone);
        // Observe asks nobody, however much changes.
        if acting || contained || self.case.terms.mode == Mode::Observe {
            return;
        }
        self.case.revision += 1;
        self.record(
            EntryKind::FactsChanged,
            Actor::GuardDuty,
            json!({"revision": self.case.revision, "new": facts}),
        );
        match self.case.stage {
            Stage::Closed => self.reopen(),
            Stage::AwaitingApproval => {
                // An answer about the old facts does not cover the new ones; a "not me" stands.
                if self.case.proposal.as_ref().is_some_and(|p| p.kind == ProposalKind::Vouch) {
                    self.case.proposal = None;
                    self.case.nudge_at = None;
                    self.ask_again();
                }
            }
            Stage::Asking | Stage::Stuck => {}
            Stage::Tracing | Stage::Remedying | Stage::Verifying => {}
        }
    }

    /// The same case asks anew, in a new message.
    fn reopen(&mut self) {
        self.record(EntryKind::CaseReopened, Actor::GuardDuty, json!({"revision": self.case.revision}));
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.answered = None;
        self.case.verdict = None;
        self.case.acted_unasked = false;
        self.case.stage = Stage::Asking;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        self.case.reminders_sent = 0;
        self.case.first_delivery = None;
        self.case.next_escalation = 0;
        // Older questions were about older facts: they are history, and the same people may be asked again.
        for prompt in &mut self.case.prompts {
            prompt.spent = true;
            if prompt.state == PromptState::Open || prompt.state == PromptState::Expired {
                prompt.state = PromptState::Superseded;
            }
        }
        let again = self.case.prompts.last().map(|p| (p.person.clone(), p.role));
        match again {
            Some((person, role)) => self.ask(person, role),
            None => self.call(CallReason::NobodyFound),
        }
    }

    /// The question in the same message, answerable again.
    fn ask_again(&mut self) {
        self.case.answered = None;
        self.case.verdict = None;
        self.case.stage = Stage::Asking;
        self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
        for prompt in &mut self.case.prompts {
            let was_live = [PromptState::Answered, PromptState::Superseded, PromptState::Expired]
                .contains(&prompt.state);
            if was_live && self.case.posted.contains_key(&prompt.effect) {
                prompt.state = PromptState::Open;
                prompt.spent = false;
            }
        }
    }
}
