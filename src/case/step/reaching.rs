//! Whether people hear us: the story of the case in its card's thread, and the second route while Slack is away.
//! Never here: words, or how a page is sent.

use super::Turn;
use crate::case::alarm::{Alarm, Signal};
use crate::case::effect::{Destination, EffectNo, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::event::Outcome;
use crate::case::guard::Mode;
use crate::case::message::{Message, Note, StoryLine};
use crate::case::state::{Pending, Stage};
use crate::case::story::story;
use jiff::SignedDuration;
use serde_json::json;

/// How soon a card that its channel refused for good is tried again; twice as long each time.
const CARD_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// From then on the pause grows no more, and what is closed is left alone.
const CARD_TRIES: u32 = 5;

impl Turn {
    /// What this step did, in one note.
    pub(super) fn tell_the_story(&mut self) {
        let closed = self.entries.iter().rev().find(|e| e.kind == EntryKind::CaseClosed);
        let closed_by = closed.and_then(|e| e.data["by"].as_str()).map(str::to_owned);
        let lines = story(&self.before, &self.case, closed_by.as_deref());
        if lines.is_empty() {
            return;
        }
        let overdue = lines.contains(&StoryLine::Overdue);
        let Some(parent) = self.case.card.and_then(|no| self.case.posted.get(&no)).cloned() else {
            self.case.waiting_notes.push(Note::Story { lines });
            return;
        };
        let message = Box::new(Message::Note(Box::new(Note::Story { lines })));
        let want = Want::Post { to: Destination::Thread { parent, reader: None }, message };
        if overdue {
            self.want_for(want, Pending::Told);
        } else {
            self.want(want);
        }
    }

    /// The time to answer is over.
    pub(super) fn overdue(&mut self) {
        let waited = self.case.stage == Stage::Asking || self.case.stage == Stage::Tracing;
        // Where nobody is asked, nobody is late.
        if waited && self.case.terms.mode != Mode::Observe && !self.case.finding.sample {
            self.case.reach.overdue = true;
        }
    }

    /// Responders must act, and nobody else is asked: they have as long to hear of it as a person has to answer.
    pub(super) fn responders_needed(&mut self) {
        if self.case.terms.mode != Mode::Observe && !self.case.finding.sample {
            self.case.reach.due = Some(self.at + self.case.terms.rule.deadline);
        }
    }

    /// That time is over.
    pub(super) fn responders_due(&mut self) {
        self.case.reach.due = None;
        let reach = &self.case.reach;
        let card = self.case.card.is_some_and(|card| self.case.posted.contains_key(&card));
        let heard = card && reach.held.is_empty() && reach.lost.is_empty();
        self.case.reach.overdue |= !heard;
    }

    /// Slack does not take this one for now; what waits behind it is not even tried.
    pub(super) fn held(&mut self, no: EffectNo) {
        if no.0 <= self.case.next_effect {
            self.case.reach.held.insert(no);
        }
    }

    /// It came back, whether or not anybody waits for it. What failed for good counts as not heard if it was the way to
    /// the responders, until one of our messages stands there again.
    pub(super) fn heard(&mut self, no: EffectNo, result: &Outcome) {
        self.case.reach.held.remove(&no);
        let pending = self.case.pending.get(&no);
        let card = pending == Some(&Pending::Card);
        if result.failure().is_some() && (card || pending == Some(&Pending::Told)) {
            self.case.reach.lost.insert(no);
            self.post_card_later();
        }
        if let Outcome::Posted(at) = result
            && (card || self.card_stands_in(&at.channel))
        {
            self.case.reach.lost.clear();
            self.case.reach.again = None;
            self.case.reach.tries = 0;
        }
    }

    fn card_stands_in(&self, channel: &str) -> bool {
        self.case.card.and_then(|card| self.case.posted.get(&card)).is_some_and(|at| at.channel == channel)
    }

    /// The channel may come back, or let us in again: without its card nobody can act on the case.
    fn post_card_later(&mut self) {
        let reach = &mut self.case.reach;
        let pause = CARD_AGAIN * (1 << reach.tries.min(CARD_TRIES));
        if self.case.stage != Stage::Closed || reach.tries < CARD_TRIES {
            reach.tries += 1;
            reach.again = Some(self.at + pause);
        }
    }

    /// A new card in place of the one that could not be posted, or that is no longer there.
    pub(super) fn post_card_again(&mut self) {
        self.case.reach.again = None;
        if let Some(old) = self.case.card.take() {
            self.case.dirty.remove(&old);
            self.case.posted.remove(&old);
        }
    }

    /// Whoever is on call hears of a case whose time is over while Slack is away, once; and once more when it is
    /// settled and Slack could say so.
    pub(super) fn reach_people(&mut self) {
        for effect in &self.effects {
            // Nobody hears of what was withdrawn any more.
            if let Want::Cancel { no } = &effect.want {
                self.case.reach.held.remove(no);
            }
        }
        let reach = &self.case.reach;
        if !reach.overdue {
            return;
        }
        if !reach.held.is_empty() || !reach.lost.is_empty() {
            if !reach.paged {
                self.case.reach.paged = true;
                self.page(Signal::Raise { facts: Box::new(self.case.facts_view()) });
            }
            return;
        }
        let on_its_way = |p: &Pending| *p == Pending::Told || *p == Pending::Card;
        let known = !self.case.pending.values().any(on_its_way);
        let settled = self.case.answered.is_some() || !self.case.is_open() || self.case.taken_by.is_some();
        if known && settled {
            let paged = std::mem::take(&mut self.case.reach.paged);
            self.case.reach.overdue = false;
            if paged {
                self.page(Signal::End);
            }
        }
    }

    fn page(&mut self, signal: Signal) {
        self.record(EntryKind::Paged, Actor::System, json!({"action": signal.as_str(), "state": "saved"}));
        let alarm = Alarm { case: self.case.id.clone(), at: self.at, signal };
        self.want_for(Want::Page { alarm }, Pending::Page);
    }

    /// What the second route said.
    pub(super) fn paged(&mut self, result: &Outcome) {
        let data = match result.failure() {
            Some(cause) => json!({"state": "failed", "cause": cause}),
            None => json!({"state": "delivered"}),
        };
        self.record(EntryKind::Paged, Actor::System, data);
    }
}
