//! Asking people: who is next, what came of it, reminders, escalation, and what silence means.
//! Never here: what an answer means.

use super::Turn;
use super::deciding::Voice;
use crate::case::effect::{Destination, EffectNo, Request, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::Refusal;
use crate::case::guard::Mode;
use crate::case::message::{CallReason, Message, Note};
use crate::case::owner::PersonId;
use crate::case::playbook::{Ask, NoAnswer, Stance};
use crate::case::prompt::{Posted, Prompt, PromptRole, PromptState};
use crate::case::state::{Closing, Held, Pending, Stage, StuckReason};
use jiff::SignedDuration;
use serde_json::json;

/// A deadline that moved by less is not worth a repaint: what the message says is the earlier one.
const WORTH_SAYING: SignedDuration = SignedDuration::from_secs(60);

/// Acted on later than this, a deadline passed while nobody could be heard: the daemon was away, or the store is
/// restored from a day before.
const LATE: SignedDuration = SignedDuration::from_hours(1);

impl Turn {
    /// The next candidate, or the responders when there is none left.
    pub(super) fn ask_next(&mut self) {
        if !self.case.owner_known {
            // Still being looked for: asked as soon as found.
            return;
        }
        let asked = |p: &PersonId, turn: &Self| turn.case.questions().any(|q| q.person == *p);
        while let Some(candidate) = self.case.candidates.get(self.case.next_candidate).cloned() {
            self.case.next_candidate += 1;
            if !asked(&candidate.person, self) {
                return self.ask(candidate.person, PromptRole::Owner);
            }
        }
        let why = if self.case.terms.rule.ask == Ask::Security {
            CallReason::SecurityOnly
        } else if self.case.questions().next().is_none() {
            CallReason::NobodyFound
        } else {
            CallReason::NobodyLeft
        };
        self.call(why);
    }

    /// Asks the ledger first: the attacker controls how often we would like to ask.
    pub(super) fn ask(&mut self, person: PersonId, role: PromptRole) {
        if self.case.terms.mode == Mode::Observe {
            // Opened in observe: a freer mode now does not make a question of it.
            return self.ask_refused(person, role, &Refusal::NobodyAsked);
        }
        let request = Request::Prompt { person: person.clone() };
        self.want_for(Want::Reserve { request }, Pending::AskReserve { person, role });
    }

    pub(super) fn ask_granted(&mut self, person: PersonId, role: PromptRole) {
        if !self.case.is_open() || self.case.questions().any(|p| p.person == person) {
            return;
        }
        let effect = EffectNo(self.case.next_effect + 1);
        let prompt = Prompt {
            person: person.clone(),
            effect,
            state: PromptState::Sending,
            sent_at: None,
            shown: None,
            spent: false,
            role,
        };
        self.case.held.retain(|held| held.person != person);
        self.case.prompts.push(prompt.clone());
        let message = Box::new(Message::Prompt(Box::new(self.case.prompt_view(&prompt))));
        self.record(
            EntryKind::Asked,
            Actor::System,
            json!({"person": person.as_str(), "revision": self.case.revision}),
        );
        self.want_for(Want::Post { to: Destination::Person { person }, message }, Pending::AskPost);
    }

    pub(super) fn ask_refused(&mut self, person: PersonId, role: PromptRole, why: &Refusal) {
        match why {
            Refusal::TooManyPrompts { until } => {
                let known = self.case.held.iter().any(|held| held.person == person);
                if !known {
                    self.call(CallReason::TooManyPrompts { person: person.clone() });
                }
                self.case.held.retain(|held| held.person != person);
                self.case.held.push(Held { person, role, until: *until });
            }
            Refusal::NobodyAsked => {
                if self.case.is_open() {
                    self.close(Closing::Recorded, "observe");
                }
            }
            Refusal::BreakerOpen { .. }
            | Refusal::WritesStopped { .. }
            | Refusal::Protected { .. }
            | Refusal::NotQuiet
            | Refusal::AccountNotAllowed => {}
        }
    }

    /// The hour is over for somebody who had been asked too often.
    pub(super) fn ask_held(&mut self) {
        let due: Vec<Held> = self.case.held.iter().filter(|held| held.until <= self.at).cloned().collect();
        for held in due {
            self.ask(held.person, held.role);
        }
    }

    /// A prompt stands in front of its reader.
    pub(super) fn asked(&mut self, no: EffectNo, posted: Posted) {
        self.case.posted.insert(no, posted);
        let at = self.at;
        let settled = !self.case.is_open();
        let Some(prompt) = self.case.prompts.iter_mut().find(|p| p.effect == no) else { return };
        // One that was withdrawn, and got through all the same, starts nobody's time.
        let counts = prompt.state == PromptState::Sending;
        if counts {
            prompt.state = if settled { PromptState::Superseded } else { PromptState::Open };
            prompt.sent_at = Some(at);
        }
        let person = prompt.person.clone();
        self.record(EntryKind::Delivered, Actor::System, json!({"person": person.as_str()}));
        if counts && self.case.first_delivery.is_none() {
            self.case.first_delivery = Some(at);
            // Moved once to first delivery + deadline, if delivered before it passed; never back.
            if let Some(deadline) = self.case.deadline.filter(|d| *d > at) {
                let moved = deadline.max(at + self.case.terms.rule.deadline);
                self.case.deadline = Some(moved);
                if moved.duration_since(deadline) < WORTH_SAYING {
                    // Painting the message again for a few seconds more would only flicker.
                    self.before.deadline = Some(moved);
                }
            }
        }
        self.repaint_if_dirty(no);
    }

    /// A prompt that can never be delivered: the next route, at once.
    pub(super) fn ask_failed(&mut self, no: EffectNo, cause: &str) {
        let Some(prompt) = self.case.prompts.iter_mut().find(|p| p.effect == no) else { return };
        // Withdrawn meanwhile: nobody waits for it.
        let wanted = prompt.state == PromptState::Sending;
        prompt.state = PromptState::Failed;
        let (person, role) = (prompt.person.clone(), prompt.role);
        self.record(EntryKind::AskFailed, Actor::System, json!({"person": person.as_str(), "cause": cause}));
        let open = [Stage::Asking, Stage::AwaitingApproval, Stage::Stuck].contains(&self.case.stage);
        if !open || !wanted || self.case.answered.is_some() {
            return;
        }
        self.call(CallReason::CouldNotAsk { person, cause: cause.to_owned() });
        match role {
            PromptRole::Owner => self.ask_next(),
            PromptRole::Escalation if self.case.stage == Stage::Asking => self.escalate(),
            PromptRole::Escalation => {}
        }
    }

    pub(super) fn remind(&mut self) {
        // A wake-up that comes late is one reminder, not all that were missed.
        let due = |after: &SignedDuration| self.case.first_delivery.is_some_and(|at| at + *after <= self.at);
        self.case.reminders_sent =
            self.case.terms.rule.reminders.iter().take_while(|after| due(after)).count();
        let open: Vec<EffectNo> = self
            .case
            .prompts
            .iter()
            .filter(|p| p.state == PromptState::Open && self.case.is_answerable(p))
            .map(|p| p.effect)
            .collect();
        if open.is_empty() {
            // Whoever was asked has spoken, if only to say that it is not theirs: nobody is reminded.
            return;
        }
        for effect in open {
            self.note_prompt(effect, Note::Reminder { deadline: self.case.deadline });
        }
        self.record(EntryKind::Reminded, Actor::System, json!({"reminder": self.case.reminders_sent}));
    }

    /// One of `escalate_to` says it is not theirs: the next at once. After the last the responders are called,
    /// and nothing is decided before the deadline: a person spoke, so this is no silence.
    pub(super) fn disowned(&mut self) {
        let left = self.case.terms.rule.escalate_to.iter().skip(self.case.next_escalation);
        let next = left.into_iter().any(|p| !self.case.questions().any(|q| q.person == *p));
        if next && self.case.stage == Stage::Asking {
            self.escalate();
        } else {
            self.call(CallReason::NobodyLeft);
        }
    }

    /// The deadline passed: the next of `escalate_to`, and after the last what the rule says about silence.
    pub(super) fn escalate(&mut self) {
        while let Some(person) = self.case.terms.rule.escalate_to.get(self.case.next_escalation).cloned() {
            self.case.next_escalation += 1;
            if self.case.questions().any(|p| p.person == person) {
                continue;
            }
            self.case.deadline = Some(self.at + self.case.terms.rule.deadline);
            self.record(EntryKind::Escalated, self.rule_actor(), json!({"to": person.as_str()}));
            return self.ask(person, PromptRole::Escalation);
        }
        self.no_answer();
    }

    fn no_answer(&mut self) {
        // Nobody could answer meanwhile: that is no silence. A responder decides whether it is still wanted.
        let late = self.case.deadline.is_some_and(|deadline| self.at.duration_since(deadline) > LATE);
        self.case.deadline = None;
        self.record(
            EntryKind::Escalated,
            self.rule_actor(),
            json!({"to": "no-answer", "means": self.case.terms.rule.no_answer.as_str()}),
        );
        for prompt in &mut self.case.prompts {
            if prompt.state == PromptState::Open && !prompt.spent {
                prompt.state = PromptState::Expired;
            }
        }
        if self.case.terms.rule.stance == Stance::Contain
            && (self.case.has_effect() || self.case.dry_contained())
        {
            self.case.acted_unasked = true;
            let closing = if self.case.has_effect() { Closing::Contained } else { Closing::Recorded };
            return self.close(closing, &self.rule_actor().to_string());
        }
        if self.case.contain_due && !self.case.released {
            // Containment waits for GuardDuty's word; what silence means plays no part in it.
            self.case.acted_unasked = true;
            return self.contain_first();
        }
        match self.case.terms.rule.no_answer {
            NoAnswer::Run(remedy) if !self.case.released => {
                self.case.acted_unasked = !late;
                let by = self.rule_actor().to_string();
                self.decide(remedy, &by, if late { Voice::Late } else { Voice::Rule });
            }
            NoAnswer::Record => self.close(Closing::Recorded, &self.rule_actor().to_string()),
            NoAnswer::Escalate | NoAnswer::Run(_) => {
                self.call(CallReason::NoAnswer);
                self.get_stuck(StuckReason::NoAnswer);
            }
        }
    }

    /// Prompts still on their way when the case is settled are taken back.
    pub(super) fn withdraw_unsent_prompts(&mut self) {
        let unsent: Vec<EffectNo> =
            self.case.prompts.iter().filter(|p| p.state == PromptState::Sending).map(|p| p.effect).collect();
        for no in unsent {
            // Kept in `pending`: if it got through all the same, its place is learned and it is repainted.
            self.want(Want::Cancel { no });
            for prompt in &mut self.case.prompts {
                if prompt.effect == no {
                    prompt.state = PromptState::Superseded;
                }
            }
        }
    }

    /// Settled without them. Whoever was told what was done unasked may still speak.
    pub(super) fn settle_open_prompts(&mut self) {
        let late = self.case.acted_unasked && self.case.answered.is_none();
        for prompt in &mut self.case.prompts {
            if prompt.state == PromptState::Open {
                prompt.state = if late { PromptState::Expired } else { PromptState::Superseded };
            }
        }
    }
}
