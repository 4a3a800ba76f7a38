//! Decisions: what a chosen remedy leads to, what responders choose, and what waits for a second voice.
//! Never here: carrying a plan out (`acting`) or taking it back (`undoing`).

use super::Turn;
use super::replying::fingerprint;
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::{Answer, NotNow};
use crate::case::message::{CallReason, Message, Note};
use crate::case::owner::PersonId;
use crate::case::principal::{AccessKeyId, KeyKind};
use crate::case::prompt::{Choice, Reply, Verdict};
use crate::case::remedy::{Act, ActState, Approval, Plan, Remedy, Target};
use crate::case::state::{Closing, Proposal, ProposalKind, Stage, StuckReason};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Whose word a decision rests on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// The person asked said *not me*: believed at once for narrow remedies.
    Owner,
    Responder,
    /// The rule acts on silence.
    Rule,
    /// The rule acts before anybody was asked.
    First,
    /// As on silence, but the daemon was away when the deadline passed, or its store is an older one.
    Late,
}

impl Turn {
    /// A remedy was chosen: guidance, a plan, or a plan that waits for a second voice.
    pub(super) fn decide(&mut self, chosen: Remedy, by: &str, voice: Voice) {
        if chosen == Remedy::Advise {
            return self.advise();
        }
        let acts = self.case.parts(chosen);
        self.deny(by);
        self.record(EntryKind::Decided, actor(by), json!({"remedy": chosen.as_str(), "parts": acts}));
        if acts.is_empty() || !acts.iter().all(|a| a.is_built()) {
            return self.get_stuck(StuckReason::NotPossible { remedy: chosen.as_str().to_owned() });
        }
        let wide = acts.iter().any(|a| a.is_wide());
        let two = self.case.terms.rule.voices == 2;
        let second = two && [Voice::Responder, Voice::First].contains(&voice);
        let waits = wide || second || voice == Voice::Late;
        let plan = self.plan(chosen, acts, by);
        if waits {
            self.propose(ProposalKind::Plan, by, Some(plan));
        } else {
            self.start(plan, None);
        }
    }

    pub(super) fn plan(&self, chosen: Remedy, acts: Vec<Remedy>, by: &str) -> Plan {
        let act = |remedy| Act { remedy, state: ActState::Planned, prior: None, receipt: None };
        Plan {
            chosen,
            target: self.target(),
            cut_off: self.at,
            acts: acts.into_iter().map(act).collect(),
            by: by.to_owned(),
            approval: None,
            undo_begun: false,
        }
    }

    /// The confirmed target, or what the unconfirmed finding says; the latter is never written to.
    pub(super) fn target(&self) -> Target {
        let mut target = self.case.target.clone().unwrap_or_else(|| Target::of(&self.case.finding));
        if let Some(known) = self.case.instance() {
            target.learn(known, &self.case.finding);
        }
        target
    }

    pub(super) fn propose(&mut self, kind: ProposalKind, by: &str, plan: Option<Plan>) {
        let plan = plan.map(|plan| Plan { target: self.target(), approval: None, ..plan });
        let digest = self.digest(kind, plan.as_ref());
        self.record(EntryKind::Proposed, actor(by), json!({"what": kind, "digest": digest}));
        self.show_proposed(&digest);
        self.case.proposal = Some(Proposal { kind, by: by.to_owned(), since: self.at, plan, digest });
        self.case.stage = Stage::AwaitingApproval;
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.stuck = None;
        self.case.deadline = None;
        self.case.nudges = 0;
        self.case.nudge_at = Some(self.at + super::waking::NUDGES[0]);
        if self.case.contain_due {
            // Containment still waits for GuardDuty's word.
            self.case.nudge_at = Some(self.at + super::waking::CONFIRM_AGAIN);
        }
        self.responders_needed();
        self.call(CallReason::NeedsApproval { kind });
    }

    /// What an approval is bound to. When sessions are cut is no part of it: that is fixed when the plan runs.
    pub(super) fn digest(&self, kind: ProposalKind, plan: Option<&Plan>) -> String {
        let plan = plan.or(self.case.plan());
        let acts: Vec<Remedy> = plan.into_iter().flat_map(|p| p.acts.iter().map(|a| a.remedy)).collect();
        // Of the target what these acts touch: that is what the plan keeps when it runs.
        let target = plan.map(|p| p.target.clone().for_acts(&acts)).map(|target| {
            let long_term = target.keys.iter().filter(|k| k.kind() == KeyKind::LongTerm);
            let keys: Vec<&str> = long_term.map(AccessKeyId::as_str).collect();
            json!({"arns": target.arns(), "keys": keys})
        });
        let bound = json!({"kind": kind, "acts": acts, "target": target, "revision": self.case.revision});
        hex::encode(Sha256::digest(bound.to_string()))
    }

    /// What waits has changed: earlier cards approve nothing, and the time begins anew.
    pub(super) fn renew_proposal(&mut self) {
        let Some(mut proposal) = self.case.proposal.take() else { return };
        proposal.plan = proposal.plan.map(|plan| Plan { target: self.target(), ..plan });
        proposal.digest = self.digest(proposal.kind, proposal.plan.as_ref());
        proposal.since = self.at;
        let data = json!({"what": proposal.kind, "digest": proposal.digest, "again": true});
        self.record(EntryKind::Proposed, actor(&proposal.by), data);
        self.show_proposed(&proposal.digest);
        self.case.proposal = Some(proposal);
    }

    fn show_proposed(&mut self, digest: &str) {
        if self.case.proposed != digest {
            self.case.proposed = digest.to_owned();
            self.case.proposals += 1;
        }
    }

    /// Nobody approved or rejected in time.
    pub(super) fn lapse(&mut self) {
        let Some(proposal) = self.case.proposal.take() else { return };
        self.record(EntryKind::Lapsed, Actor::System, json!({"what": proposal.kind, "by": proposal.by}));
        match proposal.kind {
            // What was contained stays contained.
            ProposalKind::Release => self.close(Closing::Contained, &self.rule_actor().to_string()),
            ProposalKind::Undo => self.return_from_undo(),
            ProposalKind::Vouch | ProposalKind::Plan | ProposalKind::Dismiss | ProposalKind::Done => {
                self.get_stuck(StuckReason::Lapsed);
            }
        }
    }

    pub(super) fn responder_replied(&mut self, reply: Reply) {
        let by = format!("slack:{}", reply.by);
        let stage = self.case.stage;
        let open = [Stage::Asking, Stage::AwaitingApproval, Stage::Stuck].contains(&stage)
            && self.case.resume.is_none();
        match reply.choice.clone() {
            Choice::Take => {
                self.accepted(&reply, json!({}));
                self.record(EntryKind::Taken, Actor::Slack(reply.by.clone()), json!({}));
                self.case.taken_by = Some(reply.by);
            }
            Choice::Contain { remedy } if open && !self.is_busy() => {
                let chosen = self.offered(remedy).or(self.case.terms.rule.offer.first().copied());
                self.accepted(&reply, json!({"remedy": chosen.map(Remedy::as_str)}));
                self.case.contain_due = false;
                self.case.deadline = None;
                self.case.stuck = None;
                if let Some(chosen) = chosen {
                    self.decide(chosen, &by, Voice::Responder);
                }
            }
            Choice::Dismiss if open && !self.is_busy() => {
                self.accepted(&reply, json!({}));
                if let (Some(trigger), Some(card)) = (reply.trigger.clone(), self.case.card) {
                    let surface = self.case.card_surface(card);
                    let modal = Message::DismissModal { case: self.case.id.clone(), surface };
                    self.open_view(trigger, reply.by.clone(), modal);
                }
            }
            Choice::DismissReason { reason } if open && !self.is_busy() => {
                self.dismissed(&reply, &by, &reason)
            }
            Choice::Done
                if stage == Stage::Stuck && self.case.resume.is_none() && !self.is_busy_writing() =>
            {
                self.accepted(&reply, json!({}));
                if self.case.terms.rule.voices == 2 || self.is_voucher(&reply.by) {
                    self.propose(ProposalKind::Done, &by, None);
                } else {
                    self.close(Closing::Contained, &by);
                }
            }
            Choice::Undo => self.undo_asked(&reply, &by),
            Choice::Approve => self.approve(&reply, &by),
            Choice::Reject => self.reject(&reply, &by),
            Choice::Contain { .. } | Choice::Dismiss | Choice::DismissReason { .. } | Choice::Done => {
                let why = if stage == Stage::Closed { NotNow::Settled } else { NotNow::Busy };
                self.not_now(&reply, why);
            }
            // `admit` lets no owner's choice through on a card.
            Choice::NotMine { .. }
            | Choice::Mine { .. }
            | Choice::Facts { .. }
            | Choice::Unsure
            | Choice::NotMyCredential => {}
        }
    }

    /// Whoever answered the question is no second voice on it.
    fn is_answerer(&self, by: &PersonId) -> bool {
        self.case.answered.as_ref().is_some_and(|a| a.by == *by)
    }

    /// Ending the case takes another voice from whoever said that it was them, or that some of it was.
    fn is_voucher(&self, by: &PersonId) -> bool {
        let own = |verdict| [Verdict::Mine, Verdict::Partial].contains(&verdict);
        self.case.answered.as_ref().is_some_and(|a| a.by == *by && own(a.verdict))
    }

    fn dismissed(&mut self, reply: &Reply, by: &str, reason: &str) {
        if reason.trim().is_empty() {
            return self.refuse(reply, Answer::FieldErrors { facts: false, reason: true });
        }
        self.accepted(reply, json!({"reason_sha256": fingerprint(reason)}));
        self.case.dismissal = Some(reason.to_owned());
        if self.case.terms.rule.voices == 2 || self.is_voucher(&reply.by) {
            self.propose(ProposalKind::Dismiss, by, None);
        } else {
            self.close(Closing::Dismissed, by);
        }
    }

    fn approve(&mut self, reply: &Reply, by: &str) {
        let Some(proposal) = self.case.proposal.clone() else {
            return self.not_now(reply, NotNow::NothingToApprove);
        };
        if proposal.by == by || self.is_answerer(&reply.by) {
            return self.not_now(reply, NotNow::OwnVoice);
        }
        let plan = proposal.plan.map(|plan| Plan { target: self.target(), ..plan });
        let digest = self.digest(proposal.kind, plan.as_ref());
        if digest != proposal.digest {
            // Another key was named since, or another session: that is not what this card shows.
            self.renew_proposal();
            return self.refuse(reply, Answer::FactsChanged);
        }
        self.accepted(reply, json!({"what": proposal.kind}));
        self.record(
            EntryKind::Approved,
            Actor::Slack(reply.by.clone()),
            json!({"what": proposal.kind, "by": proposal.by, "digest": digest}),
        );
        self.case.proposal = None;
        self.case.nudge_at = None;
        match proposal.kind {
            ProposalKind::Vouch => self.close(Closing::Vouched, by),
            ProposalKind::Dismiss => self.close(Closing::Dismissed, by),
            ProposalKind::Done => self.close(Closing::Contained, by),
            ProposalKind::Release => self.undo(&reply.by, true),
            ProposalKind::Undo => self.undo(&reply.by, false),
            ProposalKind::Plan => match plan {
                Some(plan) => {
                    let approval = Approval { by: reply.by.clone(), at: self.at, digest };
                    self.start(plan, Some(approval));
                }
                None => self.get_stuck(StuckReason::NoAnswer),
            },
        }
    }

    fn reject(&mut self, reply: &Reply, by: &str) {
        let Some(proposal) = self.case.proposal.take() else {
            return self.not_now(reply, NotNow::NothingToApprove);
        };
        self.accepted(reply, json!({"what": proposal.kind}));
        self.record(EntryKind::Rejected, Actor::Slack(reply.by.clone()), json!({"what": proposal.kind}));
        let open = ![ProposalKind::Release, ProposalKind::Undo].contains(&proposal.kind);
        self.note_card(Note::Rejected { by: reply.by.clone(), open });
        self.case.nudge_at = None;
        match proposal.kind {
            // What was contained stays contained.
            ProposalKind::Release => self.close(Closing::Contained, by),
            ProposalKind::Undo => self.return_from_undo(),
            ProposalKind::Vouch | ProposalKind::Plan | ProposalKind::Dismiss | ProposalKind::Done => {
                self.get_stuck(StuckReason::Rejected { by: reply.by.clone() });
            }
        }
    }
}

/// `slack:U…` or `rule:NAME` as an actor.
pub(super) fn actor(by: &str) -> Actor {
    Actor::of(by)
}
