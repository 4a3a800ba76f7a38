//! Replies: who may, whether it still counts, and what an owner's answer means.
//! Never here: what responders decide (`deciding`), or carrying out.

use super::Turn;
use super::deciding::Voice;
use crate::case::effect::{EffectNo, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::{Answer, Answered, NotNow};
use crate::case::guard::Mode;
use crate::case::message::{CallReason, Message, Note};
use crate::case::owner::{Confidence, PersonId};
use crate::case::playbook::Stance;
use crate::case::prompt::{Choice, PromptRole, PromptState, Reply, Ticks, Verdict};
use crate::case::remedy::Remedy;
use crate::case::state::{Closing, Pending, ProposalKind, Stage, StuckReason};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A trigger lives 3 s at Slack; later than this it is not worth trying.
const VIEW_BUDGET: SignedDuration = SignedDuration::from_millis(2500);

/// What somebody wrote is kept with the case and goes with it; the audit, which stays, can only show that it was this.
pub(super) fn fingerprint(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl Turn {
    pub(super) fn reply(&mut self, reply: Reply) {
        match self.admit(&reply) {
            Ok(()) => {
                if reply.choice.is_for_owner() {
                    self.owner_replied(reply);
                } else {
                    self.responder_replied(reply);
                }
            }
            Err(answer) => self.refuse(&reply, answer),
        }
    }

    /// Who may click, and whether the message still speaks of the facts as they are.
    fn admit(&mut self, reply: &Reply) -> Result<(), Answer> {
        let effect = reply.surface.effect;
        let prompt = self.case.prompts.iter().find(|p| p.effect == effect).cloned();
        let allowed = match &prompt {
            Some(prompt) => reply.choice.is_for_owner() && prompt.person == reply.by,
            None => !reply.choice.is_for_owner() && self.case.card == Some(effect) && reply.is_responder,
        };
        // A message is clicked where we posted it, or it is not our message.
        let elsewhere = self
            .case
            .posted
            .get(&effect)
            .is_some_and(|p| !reply.place.channel.is_empty() && p.channel != reply.place.channel);
        if !allowed || elsewhere {
            return Err(Answer::NotYours);
        }
        self.adopt(effect, reply);
        if let Some(prompt) = &prompt {
            let answerable = self.case.is_answerable(prompt);
            if reply.surface.revision != self.case.revision
                && self.case.answered.is_none()
                && (self.case.is_open() || answerable)
            {
                return Err(Answer::FactsChanged);
            }
            if !answerable {
                return Err(Answer::AlreadyAnswered);
            }
        }
        let older = reply.surface.revision != self.case.card_surface(effect).revision;
        if prompt.is_none() && older && self.decides(&reply.choice) {
            return Err(Answer::FactsChanged);
        }
        Ok(())
    }

    fn decides(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Contain { .. }
            | Choice::Dismiss
            | Choice::DismissReason { .. }
            | Choice::Done
            | Choice::Approve
            | Choice::Reject => true,
            Choice::NotMine { .. }
            | Choice::Mine { .. }
            | Choice::Facts { .. }
            | Choice::Unsure
            | Choice::NotMyCredential
            | Choice::Undo
            | Choice::Take => false,
        }
    }

    /// A click on a copy whose post we have not heard back from tells us where it stands.
    fn adopt(&mut self, effect: EffectNo, reply: &Reply) {
        if reply.place.channel.is_empty() || self.case.posted.contains_key(&effect) {
            return;
        }
        if self.case.pending.remove(&effect).is_some() {
            self.want(Want::Cancel { no: effect });
        }
        if self.case.card == Some(effect) {
            self.card_posted(effect, reply.place.clone());
        } else {
            self.asked(effect, reply.place.clone());
        }
    }

    pub(super) fn refuse(&mut self, reply: &Reply, answer: Answer) {
        let data =
            json!({"choice": reply.choice.as_str(), "answer": answer, "revision": reply.surface.revision});
        self.record(EntryKind::ReplyRefused, Actor::Slack(reply.by.clone()), data);
        if !reply.place.channel.is_empty() {
            let message = Box::new(Message::Refusal { answer: answer.clone() });
            self.want(Want::Whisper { at: reply.place.clone(), to: reply.by.clone(), message });
        }
        self.answer = answer;
    }

    pub(super) fn accepted(&mut self, reply: &Reply, data: serde_json::Value) {
        let data =
            json!({"choice": reply.choice.as_str(), "revision": reply.surface.revision, "detail": data});
        self.record(EntryKind::ReplyAccepted, Actor::Slack(reply.by.clone()), data);
    }

    fn owner_replied(&mut self, reply: Reply) {
        let effect = reply.surface.effect;
        let Some(index) = self.case.prompts.iter().position(|p| p.effect == effect) else { return };
        match reply.choice.clone() {
            Choice::NotMine { remedy } => {
                let chosen = self.offered(remedy);
                self.accepted(&reply, json!({"remedy": chosen.map(Remedy::as_str)}));
                self.answered(index, &reply.by, Verdict::NotMine, String::new());
                self.not_mine(&reply.by, chosen);
            }
            Choice::Mine { remedy } => {
                let shown = self.offered(remedy);
                self.case.prompts[index].shown = shown;
                let modal = self.case.mine_modal(&self.case.prompts[index], shown);
                self.accepted(&reply, json!({"shown": shown.map(Remedy::as_str)}));
                if let Some(trigger) = reply.trigger {
                    self.open_view(trigger, reply.by, Message::MineModal(Box::new(modal)));
                }
            }
            Choice::Facts { ticks, reason } => self.facts_ticked(index, &reply, ticks, &reason),
            Choice::Unsure => {
                self.accepted(&reply, json!({}));
                if self.case.verdict != Some(Verdict::Unsure) {
                    self.case.verdict = Some(Verdict::Unsure);
                    self.call(CallReason::Unsure { by: reply.by });
                }
            }
            Choice::NotMyCredential => {
                self.accepted(&reply, json!({}));
                let prompt = &mut self.case.prompts[index];
                prompt.spent = true;
                prompt.state = PromptState::Answered;
                let role = prompt.role;
                if role == PromptRole::Owner {
                    // The sources that named this person named the next one as well.
                    for candidate in self.case.candidates.iter_mut().skip(self.case.next_candidate) {
                        candidate.confidence = candidate.confidence.lowered();
                    }
                }
                match role {
                    // The rule acted on silence already: nobody else is asked.
                    _ if !self.case.is_open() => {}
                    PromptRole::Owner => self.ask_next(),
                    PromptRole::Escalation => self.disowned(),
                }
            }
            // `admit` lets no responder's choice through on a prompt.
            Choice::Contain { .. }
            | Choice::Dismiss
            | Choice::DismissReason { .. }
            | Choice::Done
            | Choice::Undo
            | Choice::Approve
            | Choice::Reject
            | Choice::Take => {}
        }
    }

    /// The menu's remedy if the rule offers it, else the preselected one.
    pub(super) fn offered(&self, remedy: Option<Remedy>) -> Option<Remedy> {
        let offers = self.case.offers();
        offers.iter().find(|o| Some(o.remedy) == remedy).or(offers.first()).map(|o| o.remedy)
    }

    pub(super) fn open_view(&mut self, trigger: String, to: PersonId, message: Message) {
        let not_after = self.at + VIEW_BUDGET;
        self.want(Want::OpenView { trigger, not_after, to: Some(to), message: Box::new(message) });
    }

    fn facts_ticked(&mut self, index: usize, reply: &Reply, ticks: Ticks, reason: &str) {
        let no_reason = reason.trim().is_empty();
        if ticks.none() || no_reason {
            return self.refuse(reply, Answer::FieldErrors { facts: ticks.none(), reason: no_reason });
        }
        let detail = json!({"call": ticks.call, "time": ticks.time, "source": ticks.source, "reason_sha256": fingerprint(reason)});
        self.accepted(reply, detail);
        if ticks.all() {
            self.answered(index, &reply.by, Verdict::Mine, reason.to_owned());
            self.mine(index, &reply.by);
        } else {
            // A partial match is the stolen key's signature: right call, wrong place.
            let shown = self.case.prompts[index].shown;
            self.answered(index, &reply.by, Verdict::Partial, reason.to_owned());
            self.not_mine(&reply.by, shown);
        }
    }

    fn answered(&mut self, index: usize, by: &PersonId, verdict: Verdict, reason: String) {
        self.case.verdict = Some(verdict);
        match verdict {
            Verdict::NotMine | Verdict::Partial => self.deny(&format!("slack:{by}")),
            Verdict::Mine | Verdict::Unsure => {}
        }
        self.case.answered = Some(Answered { by: by.clone(), at: self.at, verdict, reason });
        self.case.deadline = None;
        let prompt = &mut self.case.prompts[index];
        prompt.spent = true;
        prompt.state = PromptState::Answered;
        self.withdraw_unsent_prompts();
        self.settle_open_prompts();
    }

    fn not_mine(&mut self, by: &PersonId, chosen: Option<Remedy>) {
        let wanted = chosen.or_else(|| self.case.terms.rule.offer.first().copied());
        let late = self.case.acted_unasked;
        let acting = [Stage::Remedying, Stage::Verifying, Stage::Closed].contains(&self.case.stage);
        if late && (acting || self.case.has_effect()) {
            return self.note_card(Note::LateAnswer { by: by.clone(), not_mine: true });
        }
        if acting {
            // Contain first is under way: the answer keeps it.
            return;
        }
        if self.case.terms.rule.stance == Stance::Contain
            && !self.is_undone_in_part()
            && (self.case.has_effect() || self.case.dry_contained())
        {
            let closing = if self.case.has_effect() { Closing::Contained } else { Closing::Recorded };
            return self.close(closing, &format!("slack:{by}"));
        }
        self.case.contain_due = false;
        match wanted {
            Some(remedy) => self.decide(remedy, &format!("slack:{by}"), Voice::Owner),
            None => self.call(CallReason::Disagreement),
        }
    }

    fn mine(&mut self, index: usize, by: &PersonId) {
        let voice = format!("slack:{by}");
        // A responder's plan that waits for GuardDuty's word is not called off by the person it is about.
        let waiting = self.case.is_plan_planned()
            && self.waits_for_confirmation()
            && self.case.plan().is_some_and(|p| p.by.starts_with("slack:"));
        let acting = [Stage::Remedying, Stage::Verifying].contains(&self.case.stage);
        // Nor is what a responder proposed.
        let proposed = self.case.proposal.as_ref();
        let proposed = proposed.is_some_and(|p| p.kind == ProposalKind::Plan && p.by.starts_with("slack:"));
        if acting || waiting || proposed {
            // What is under way is finished first; then its release is proposed.
            return;
        }
        // Half a remedy is released too: vouching would leave it standing.
        if self.case.has_traces() {
            if self.case.acted_unasked {
                self.note_card(Note::LateAnswer { by: by.clone(), not_mine: false });
            }
            return self.propose(ProposalKind::Release, &voice, None);
        }
        let prompt = &self.case.prompts[index];
        let candidate = self.case.candidates.iter().find(|c| c.person == *by);
        let low =
            candidate.is_none_or(|c| c.confidence == Confidence::Low) && prompt.role == PromptRole::Owner;
        // Where the rule contains first, the person alone lifts nothing: their account may be the foothold (T4).
        let first = self.case.terms.rule.stance == Stance::Contain && self.case.terms.mode == Mode::Enforce;
        // What events and tags say of a principal that hardly existed before was said by whoever made it (T5).
        let hearsay = candidate.is_some_and(|c| !c.source.is_configured());
        let young = hearsay && self.case.made_lately().is_some();
        let two = self.case.terms.rule.voices == 2 || self.case.ahead || young;
        if self.case.finding.is_high() || low || first || two {
            let effect = prompt.effect;
            self.note_prompt(effect, Note::Waits);
            return self.propose(ProposalKind::Vouch, &voice, None);
        }
        self.close(Closing::Vouched, &voice);
    }

    /// What was done first failed in part, or its effect is gone: "not me" calls for it again.
    fn is_undone_in_part(&self) -> bool {
        match &self.case.stuck {
            Some(
                StuckReason::WriteFailed { .. }
                | StuckReason::EffectGone { .. }
                | StuckReason::UndoFailed { .. },
            ) => true,
            Some(
                StuckReason::NoAnswer
                | StuckReason::Advice
                | StuckReason::NotConfirmed { .. }
                | StuckReason::Refuted { .. }
                | StuckReason::Protected { .. }
                | StuckReason::AccountNotAllowed
                | StuckReason::Rejected { .. }
                | StuckReason::NotPossible { .. }
                | StuckReason::Lapsed,
            )
            | None => false,
        }
    }

    pub(super) fn not_now(&mut self, reply: &Reply, why: NotNow) {
        self.refuse(reply, Answer::NotNow { why });
    }

    /// An undo or a plan that is under way must come to its end first.
    pub(super) fn is_busy(&self) -> bool {
        [Stage::Remedying, Stage::Verifying, Stage::Tracing].contains(&self.case.stage)
            || self.is_busy_writing()
    }

    pub(super) fn is_busy_writing(&self) -> bool {
        self.case.pending.values().any(|p| match p {
            Pending::PlanReserve { .. }
            | Pending::Prepare
            | Pending::Apply { .. }
            | Pending::UndoReserve { .. }
            | Pending::Undo { .. } => true,
            Pending::Confirm { .. }
            | Pending::Owner
            | Pending::Evidence
            | Pending::AskReserve { .. }
            | Pending::AskPost
            | Pending::Card
            | Pending::Quiet
            | Pending::Verify { .. }
            | Pending::Archive
            | Pending::Told
            | Pending::Paint { .. }
            | Pending::Page => false,
        })
    }
}
