//! Keeping messages true: the card and every prompt are repainted whenever what they show has changed; notes.
//! Never here: words.

use super::Turn;
use crate::case::effect::{Destination, EffectNo, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::message::{CallReason, CardView, Message, Note, PromptView};
use crate::case::prompt::Posted;
use crate::case::state::{Closing, Pending, Stage, StuckReason};
use serde_json::json;

impl Turn {
    /// Compares what stands in Slack with what should: posts the card once, updates what changed.
    pub(super) fn paint(&mut self) {
        if self.case == self.before {
            return;
        }
        match self.case.card {
            None if self.case.stage != Stage::Tracing => self.post_card(),
            None => {}
            Some(card) => {
                let fresh = self.case.card_view(card);
                let old = self.before.card_view(card);
                if self.before.card.is_some() && old != fresh {
                    let counted = CardView { facts: fresh.facts.clone(), ..old } == fresh;
                    self.update(card, Message::Card(Box::new(fresh)), counted);
                }
            }
        }
        for prompt in self.case.prompts.clone() {
            let Some(old) = self.before.prompts.iter().find(|p| p.effect == prompt.effect) else { continue };
            let (fresh, old) = (self.case.prompt_view(&prompt), self.before.prompt_view(old));
            if old != fresh {
                let counted = PromptView { facts: fresh.facts.clone(), ..old } == fresh;
                self.update(prompt.effect, Message::Prompt(Box::new(fresh)), counted);
            }
        }
    }

    fn post_card(&mut self) {
        let no = EffectNo(self.case.next_effect + 1);
        self.case.card = Some(no);
        let message = Box::new(Message::Card(Box::new(self.case.card_view(no))));
        self.want_for(Want::Post { to: Destination::Channel, message }, Pending::Card);
    }

    /// The newest view of a message; waits until the message stands. `counted`: nothing but the facts differ, such as how
    /// many findings there are. That waits while the message is being painted: a flood of findings is one edit at a time.
    fn update(&mut self, no: EffectNo, message: Message, counted: bool) {
        let paint = Pending::Paint { message: no };
        let under_way = counted && self.case.pending.values().any(|p| *p == paint);
        match self.case.posted.get(&no).filter(|_| !under_way) {
            Some(at) => {
                self.case.dirty.remove(&no);
                let want = Want::Update { at: at.clone(), message: Box::new(message) };
                self.want_for(want, paint);
            }
            None => {
                self.case.dirty.insert(no);
            }
        }
    }

    pub(super) fn card_posted(&mut self, no: EffectNo, at: Posted) {
        self.case.posted.insert(no, at);
        self.repaint_if_dirty(no);
        self.note_card(Note::Guide { finding_type: self.case.finding.kind.clone() });
        for note in std::mem::take(&mut self.case.waiting_notes) {
            self.note_card(note);
        }
    }

    pub(super) fn repaint_if_dirty(&mut self, no: EffectNo) {
        if !self.case.dirty.remove(&no) {
            return;
        }
        let message = if self.case.card == Some(no) {
            Message::Card(Box::new(self.case.card_view(no)))
        } else {
            let Some(prompt) = self.case.prompts.iter().find(|p| p.effect == no) else { return };
            Message::Prompt(Box::new(self.case.prompt_view(prompt)))
        };
        // `paint` compares with the state before this step and would not see what changed earlier.
        self.update(no, message, true);
    }

    /// A line in the card's thread.
    pub(super) fn note_card(&mut self, note: Note) {
        let card = self.case.card.and_then(|no| self.case.posted.get(&no)).cloned();
        match card {
            Some(parent) => {
                let message = Box::new(Message::Note(Box::new(note)));
                self.want(Want::Post { to: Destination::Thread { parent, reader: None }, message });
            }
            None => self.case.waiting_notes.push(note),
        }
    }

    /// A line in the thread of a prompt that stands.
    pub(super) fn note_prompt(&mut self, effect: EffectNo, note: Note) {
        if let Some(parent) = self.case.posted.get(&effect).cloned() {
            let message = Box::new(Message::Note(Box::new(note)));
            let reader = self.case.prompts.iter().find(|p| p.effect == effect).map(|p| p.person.clone());
            self.want(Want::Post { to: Destination::Thread { parent, reader }, message });
        }
    }

    /// Responders are called by name, in the card's thread.
    pub(super) fn call(&mut self, why: CallReason) {
        self.record(EntryKind::Escalated, Actor::System, json!({"to": "responders", "why": why}));
        let named = !self.case.terms.crowd;
        let responders = self.case.terms.responders.iter().filter(|_| named).cloned().collect();
        self.note_card(Note::Call { why, responders });
    }

    /// A human must act; we remind.
    pub(super) fn get_stuck(&mut self, reason: StuckReason) {
        self.record(EntryKind::Stuck, Actor::System, json!({"reason": reason}));
        let told = [StuckReason::Advice, StuckReason::NoAnswer, StuckReason::AccountNotAllowed]
            .contains(&reason)
            || self.case.stuck.as_ref() == Some(&reason);
        if !told {
            self.call(CallReason::Stuck { reason: reason.clone() });
        }
        self.case.stage = Stage::Stuck;
        self.case.closing = None;
        self.case.closed_at = None;
        self.case.deadline = None;
        self.case.proposal = None;
        self.case.resume = None;
        self.case.stuck = Some(reason);
        self.case.nudges = 0;
        self.case.nudge_at = Some(self.at + super::waking::NUDGES[0]);
        self.responders_needed();
    }

    /// Everybody who was asked hears how it ended.
    pub(super) fn tell_the_end(&mut self, closing: Closing, by: &str) {
        let acts = self.case.card_view(EffectNo(0)).acts;
        let key_last4 = self.case.finding.principal.access_key.as_ref().map(|k| k.last4().to_owned());
        let prompts: Vec<EffectNo> = self.case.prompts.iter().map(|p| p.effect).collect();
        for effect in prompts {
            let note =
                Note::Ended { closing, acts: acts.clone(), by: by.to_owned(), key_last4: key_last4.clone() };
            self.note_prompt(effect, note);
        }
    }
}
