//! From opening to the first question: who may answer, what we know, and whether GuardDuty confirms it.
//! Never here: the question itself.

use super::Turn;
use crate::case::effect::Want;
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::Confirmation;
use crate::case::finding::{Facts, Finding};
use crate::case::guard::Mode;
use crate::case::guidance;
use crate::case::message::{CallReason, Note};
use crate::case::owner::Candidate;
use crate::case::playbook::{Ask, Stance};
use crate::case::principal::{AccessKeyId, KeyKind, PrincipalKind};
use crate::case::prompt::PromptRole;
use crate::case::remedy::{Remedy, Target};
use crate::case::state::{Closing, Pending, Stage, Standing, StuckReason};
use serde_json::json;

impl Turn {
    /// Starts the look-ups that this finding deserves.
    pub(super) fn trace(&mut self) {
        if self.case.finding.sample {
            return self.close(Closing::Recorded, "sample");
        }
        if !self.case.terms.account_allowed {
            self.call(CallReason::AccountNotAllowed);
            if self.case.terms.mode == Mode::Observe {
                // The card has no buttons: nobody could ever close it.
                return self.close(Closing::Recorded, "observe");
            }
            return self.get_stuck(StuckReason::AccountNotAllowed);
        }
        if let Some(pattern) = self.case.terms.own.clone().filter(|_| self.case.terms.mode != Mode::Observe) {
            // Whoever would be asked could be whom it is about, and whatever we did could be what it is about.
            return self.get_stuck(StuckReason::Protected { pattern });
        }
        self.find_owner();
        let finding = Box::new(self.case.finding.clone());
        self.want_for(Want::Investigate { finding: finding.clone() }, Pending::Evidence);
        self.want_for(Want::Confirm { finding }, Pending::Confirm { update: None, rule: None });
    }

    /// Notify asks nobody, so nobody is looked for.
    pub(super) fn find_owner(&mut self) {
        let ask = self.case.terms.rule.ask;
        if self.case.terms.rule.stance == Stance::Notify || ask == Ask::Security {
            self.case.owner_known = true;
            return;
        }
        let finding = Box::new(self.case.finding.clone());
        self.want_for(Want::FindOwner { finding, ask }, Pending::Owner);
    }

    pub(super) fn owners_found(&mut self, candidates: Vec<Candidate>, notes: &[String]) {
        let found: Vec<_> = candidates
            .iter()
            .map(|c| {
                let (person, source) = (c.person.as_str(), c.source.as_str());
                json!({"person": person, "source": source, "confidence": c.confidence.as_str(), "moved": c.moved})
            })
            .collect();
        self.record(EntryKind::OwnerFound, Actor::System, json!({"candidates": found, "notes": notes}));
        for moved in candidates.iter().filter(|c| c.moved) {
            self.call(CallReason::Moved { person: moved.person.clone() });
        }
        self.case.candidates = candidates;
        self.case.owner_known = true;
        // Found only after the deadline: better asked late than never.
        let late = self.case.stage == Stage::Asking || self.case.stuck == Some(StuckReason::NoAnswer);
        let asked = self.case.questions().any(|p| p.role == PromptRole::Owner);
        if late && self.case.answered.is_none() && !asked {
            return self.ask_next();
        }
        self.traced();
    }

    /// GuardDuty's word on the case's own finding.
    pub(super) fn confirmed(&mut self, confirmation: Confirmation) {
        match confirmation {
            Confirmation::Good { theirs } => {
                self.record(
                    EntryKind::FindingConfirmed,
                    Actor::GuardDuty,
                    json!({"finding": self.case.in_question().id}),
                );
                self.case.standing = Standing::Good;
                let (finding, ahead) = self.case.in_question().clone().corrected_by(theirs.map(|t| *t));
                if self.case.basis.take().is_none() {
                    self.corrected(finding.clone(), ahead);
                }
                self.take_target(&finding);
                if self.case.stage == Stage::Tracing {
                    return self.traced();
                }
                self.carry_on_confirmed();
            }
            Confirmation::Refuted { why, theirs: _ } => {
                let data = json!({"finding": self.case.in_question().id, "why": why});
                self.record(EntryKind::FindingRefuted, Actor::GuardDuty, data);
                if self.case.target.is_some() {
                    // Another finding of this case was confirmed: the case rests on that one.
                    self.call(CallReason::Refuted { why });
                    return self.traced();
                }
                if self.case.basis.take().is_some() {
                    // A later one took its place, and GuardDuty has not said anything about it yet.
                    self.call(CallReason::Refuted { why: why.clone() });
                    self.case.standing = Standing::Unavailable { why };
                    self.confirm_again();
                    return self.traced();
                }
                self.case.standing = Standing::Refuted { why: why.clone() };
                if self.case.stage == Stage::Tracing {
                    return self.traced();
                }
                if self.case.is_open() {
                    self.case.contain_due = false;
                    self.get_stuck(StuckReason::Refuted { why });
                }
            }
        }
    }

    /// GuardDuty's own copy takes the place of what arrived: before anybody was asked without a trace of the body,
    /// later like a further version of it.
    fn corrected(&mut self, finding: Finding, ahead: bool) {
        if self.case.stage == Stage::Tracing && self.case.total == 1 {
            self.case.facts = Facts::of(&finding, &self.case.terms.known_networks);
            self.case.finding = finding;
        } else {
            self.absorb(finding);
        }
        self.doubt(ahead);
    }

    /// A body that claims to be newer than what GuardDuty knows is asked about, and nobody vouches for it alone.
    pub(super) fn doubt(&mut self, ahead: bool) {
        if ahead && !self.case.ahead {
            self.call(CallReason::Ahead);
        }
        self.case.ahead = ahead;
    }

    pub(super) fn not_confirmed(&mut self, why: String) {
        if self.case.target.is_some() {
            // Another finding of this case was confirmed meanwhile.
            return self.traced();
        }
        self.case.standing = Standing::Unavailable { why: why.clone() };
        match self.case.stage {
            Stage::Tracing => self.traced(),
            Stage::Remedying => self.wait_for_confirmation(why),
            Stage::Asking | Stage::Stuck => {
                if self.waits_for_confirmation() {
                    self.case.nudge_at = Some(self.at + super::waking::CONFIRM_AGAIN);
                }
            }
            Stage::AwaitingApproval | Stage::Verifying | Stage::Closed => {}
        }
    }

    /// Adds what a confirmed finding names to the target of every later plan.
    pub(super) fn take_target(&mut self, finding: &Finding) {
        let fresh = Target::of(finding);
        match &mut self.case.target {
            Some(target) => target.absorb(fresh),
            None => self.case.target = Some(fresh),
        }
    }

    /// Once every look-up came back: tell, act or ask.
    pub(super) fn traced(&mut self) {
        // Containing first does not wait for somebody to ask: people are looked up in Slack, which may be away.
        let owner = self.case.terms.rule.stance != Stance::Contain || self.case.standing != Standing::Good;
        let waiting = self.case.pending.values().any(|p| match p {
            Pending::Owner => owner,
            Pending::Confirm { update: None, .. } | Pending::Evidence => true,
            Pending::Confirm { update: Some(_), .. }
            | Pending::AskReserve { .. }
            | Pending::AskPost
            | Pending::Card
            | Pending::PlanReserve { .. }
            | Pending::Prepare
            | Pending::Apply { .. }
            | Pending::Quiet
            | Pending::Verify { .. }
            | Pending::UndoReserve { .. }
            | Pending::Undo { .. }
            | Pending::Archive
            | Pending::Told
            | Pending::Paint { .. }
            | Pending::Page => false,
        });
        if self.case.stage == Stage::Tracing && !waiting {
            self.begin();
        }
    }

    /// The first act after tracing. Also reached when tracing took as long as the deadline.
    pub(super) fn begin(&mut self) {
        self.case.stage = Stage::Asking;
        if self.case.terms.mode == Mode::Observe {
            return self.close(Closing::Recorded, "observe");
        }
        if let Standing::Refuted { why } = self.case.standing.clone() {
            return self.get_stuck(StuckReason::Refuted { why });
        }
        self.tell_sharing();
        match self.case.terms.rule.stance {
            Stance::Notify if self.case.terms.rule.offer.first() == Some(&Remedy::Advise) => self.advise(),
            Stance::Notify => self.call(CallReason::SecurityOnly),
            Stance::Ask => {
                if !self.ask_for_quiet() {
                    self.ask_next();
                }
            }
            Stance::Contain => {
                self.case.contain_due = true;
                if self.case.standing == Standing::Good {
                    self.contain_first();
                } else {
                    // Not before GuardDuty confirmed it: until then the person is asked all the same.
                    let Standing::Unavailable { why } = self.case.standing.clone() else {
                        return self.ask_next();
                    };
                    self.call(CallReason::Stuck { reason: StuckReason::NotConfirmed { why } });
                    self.case.nudge_at = Some(self.at + super::waking::CONFIRM_AGAIN);
                    self.ask_next();
                }
            }
        }
    }

    /// A bucket that should not be public has other ways to be shared (mission S-11, S-16 to S-22).
    fn tell_sharing(&mut self) {
        let buckets = self.case.evidence.as_ref().map(|e| e.buckets.clone()).unwrap_or_default();
        if buckets.is_empty() {
            return;
        }
        let principal = &self.case.finding.principal;
        // What a link lives at most, by who signs it (facts/aws.md 2.8).
        let signed_hours = match principal.access_key.as_ref().map(AccessKeyId::kind) {
            Some(_) if principal.kind == PrincipalKind::InstanceRole => Some(6),
            Some(KeyKind::Session) => Some(36),
            Some(KeyKind::LongTerm) => Some(168),
            None => None,
        };
        let partition = self.case.finding.partition;
        self.note_card(Note::Sharing { buckets, partition, signed_hours });
    }

    /// Guidance in the card's thread; a responder says when it is done.
    pub(super) fn advise(&mut self) {
        let facts = Box::new(self.case.facts_view());
        let (evidence, known) = (self.case.evidence.as_ref(), &self.case.terms.known);
        let steps = guidance::steps(&self.case.id, &self.case.finding, evidence, known);
        self.note_card(Note::Advice { facts, steps });
        self.get_stuck(StuckReason::Advice);
    }
}
