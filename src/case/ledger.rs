//! What spans cases, as small aggregates with versions of their own: the write budget (breaker and
//! stop-writes, with their two cards), the prompts per person, the vouched patterns and the crowd.
//! Never here: I/O, or what a single case knows.

mod crowd;
mod patterns;
mod slot;

pub use self::crowd::{CROWD, Crowd, Gathering};
pub use self::patterns::{Pattern, Patterns};
pub use self::slot::Slot;

use super::effect::{Destination, Effect, EffectNo, Request, Want};
use super::entry::{Actor, Entry, EntryKind};
use super::event::{Answer, Outcome, Refusal};
use super::guard::{Guard, Mode};
use super::message::{BreakerView, ControlView, CrowdView, Message, Note};
use super::owner::PersonId;
use super::principal::AccountId;
use super::prompt::Posted;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Plans carried out, the breaker, and the switch. One for the whole deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBudget {
    /// Plans granted in the last day, oldest first.
    pub plans: Vec<(Timestamp, AccountId)>,
    pub tripped: Option<(Limit, Timestamp)>,
    pub stopped: Option<(PersonId, Timestamp)>,
    pub control: Slot,
    pub breaker: Slot,
    pub next: u64,
    #[serde(default)]
    pub patterns: Patterns,
    #[serde(default)]
    pub crowd: Crowd,
}

/// Which of the configured limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    TenMinutes,
    Day,
    AccountHour,
}

impl Limit {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TenMinutes => "guard.max_writes_10m",
            Self::Day => "guard.max_writes_day",
            Self::AccountHour => "guard.max_writes_account_hour",
        }
    }
}

/// What responders can do to the ledger, and what comes back to it.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerEvent {
    /// The daemon is up: the control card is posted once, in the channel that responders have now, and shows the mode
    /// as it is now.
    Started {
        mode: Mode,
        channel: String,
    },
    Stop {
        by: PersonId,
    },
    Resume {
        by: PersonId,
    },
    ResetBreaker {
        by: PersonId,
    },
    /// A vouched pattern is asked about again from now on.
    Revoke {
        by: PersonId,
        pattern: u64,
    },
    Done {
        no: EffectNo,
        result: Outcome,
    },
}

/// What a ledger step leads to. Like a case's step: save first, then act.
#[must_use]
pub struct LedgerStep {
    pub budget: WriteBudget,
    pub effects: Vec<Effect>,
    pub entries: Vec<Entry>,
    pub answer: Answer,
}

/// The ledger's answer to a request for writes.
#[must_use]
pub struct Verdict {
    pub budget: WriteBudget,
    /// The mode that counts now.
    pub answer: Result<Mode, Refusal>,
    /// The pattern that covers what was asked about.
    pub quiet: Option<Pattern>,
    pub effects: Vec<Effect>,
    pub entries: Vec<Entry>,
}

impl WriteBudget {
    /// Total: answers every request. The guard is the one that stands now.
    pub fn reserve(mut self, request: &Request, guard: &Guard, at: Timestamp) -> Verdict {
        let (mut effects, mut entries, mut quiet) = (vec![], vec![], None);
        let answer = match request {
            Request::Prompt { .. } => Ok(guard.mode),
            Request::Quiet { key, facts } => {
                quiet = self.patterns.covering(key, facts, at).cloned();
                if quiet.is_some() { Ok(guard.mode) } else { Err(Refusal::NotQuiet) }
            }
            Request::Vouch { pattern } => {
                entries = self.patterns.keep(pattern.as_ref().clone(), at);
                effects = self.paint_control(guard.mode);
                Ok(guard.mode)
            }
            Request::Deny { key, by } => {
                entries = self.patterns.deny(key, &Actor::of(by));
                if !entries.is_empty() {
                    effects = self.paint_control(guard.mode);
                }
                Ok(guard.mode)
            }
            Request::Undo { target } => {
                if guard.allows_account(&target.account) {
                    Ok(guard.mode)
                } else {
                    Err(Refusal::AccountNotAllowed)
                }
            }
            Request::Plan { target, arns, approved } => {
                let mut known = arns.clone();
                known.extend(target.ids());
                if let Some(pattern) = guard.protects(target.kind, &known) {
                    Err(Refusal::Protected { pattern })
                } else if !guard.allows_account(&target.account) {
                    Err(Refusal::AccountNotAllowed)
                } else if guard.mode != Mode::Enforce {
                    // Nothing is written, so nothing is counted.
                    Ok(guard.mode)
                } else if let Some((by, _)) = &self.stopped {
                    Err(Refusal::WritesStopped { by: by.to_string() })
                } else {
                    self.count(&target.account, *approved, guard, at, &mut effects, &mut entries)
                }
            }
        };
        Verdict { budget: self, answer, quiet, effects, entries }
    }

    fn count(
        &mut self,
        account: &AccountId,
        approved: bool,
        guard: &Guard,
        at: Timestamp,
        effects: &mut Vec<Effect>,
        entries: &mut Vec<Entry>,
    ) -> Result<Mode, Refusal> {
        let since = |hours| at - SignedDuration::from_hours(hours);
        self.plans.retain(|(when, _)| *when > since(24));
        if !approved && self.tripped.is_none() {
            let within = |from: Timestamp| self.plans.iter().filter(move |(when, _)| *when > from);
            let in_10m = within(at - SignedDuration::from_mins(10)).count() as u32;
            let in_account = within(since(1)).filter(|(_, a)| a == account).count() as u32;
            let limit = if in_10m >= guard.limits.per_10m {
                Some(Limit::TenMinutes)
            } else if self.plans.len() as u32 >= guard.limits.per_day {
                Some(Limit::Day)
            } else if in_account >= guard.limits.per_account_hour {
                Some(Limit::AccountHour)
            } else {
                None
            };
            if let Some(limit) = limit {
                self.tripped = Some((limit, at));
                entries.push(entry(
                    EntryKind::BreakerOpened,
                    Actor::System,
                    json!({"limit": limit.as_str()}),
                ));
                effects.extend(self.paint_breaker(None));
            }
        }
        if let Some((limit, _)) = self.tripped.filter(|_| !approved) {
            return Err(Refusal::BreakerOpen { limit: limit.as_str().to_owned() });
        }
        self.plans.push((at, account.clone()));
        Ok(Mode::Enforce)
    }

    /// Somebody who may not press a card's button is told so, where they pressed it.
    pub fn whisper(&mut self, at: Posted, to: PersonId, answer: Answer) -> Effect {
        self.number(Want::Whisper { at, to, message: Box::new(Message::Refusal { answer }) })
    }

    /// A wish of the ledger that nobody waits for.
    pub fn number(&mut self, want: Want) -> Effect {
        self.next += 1;
        Effect { no: EffectNo(self.next), want }
    }

    /// Total, like a case's step.
    pub fn step(mut self, event: LedgerEvent, mode: Mode, at: Timestamp) -> LedgerStep {
        let mut entries = vec![];
        let effects = match event {
            LedgerEvent::Started { mode, channel } => {
                self.patterns.expire(at);
                for slot in [&mut self.control, &mut self.breaker, &mut self.crowd.slot] {
                    slot.leave(&channel);
                }
                let mut effects = self.paint_control(mode);
                if self.tripped.is_some() && self.breaker.effect.is_none() {
                    // Its card could not be posted: without it nobody can reset the breaker.
                    effects.extend(self.paint_breaker(None));
                }
                effects
            }
            LedgerEvent::Stop { by } => {
                let again = self.stopped.is_some();
                entries.push(entry(
                    EntryKind::WritesStopped,
                    Actor::Slack(by.clone()),
                    json!({"again": again}),
                ));
                self.stopped.get_or_insert((by, at));
                self.paint_control(mode)
            }
            LedgerEvent::Resume { by } => {
                let again = self.stopped.take().is_none();
                entries.push(entry(EntryKind::WritesResumed, Actor::Slack(by), json!({"again": again})));
                self.paint_control(mode)
            }
            LedgerEvent::ResetBreaker { by } => {
                let again = self.tripped.take().is_none();
                entries.push(entry(
                    EntryKind::BreakerReset,
                    Actor::Slack(by.clone()),
                    json!({"again": again}),
                ));
                if !again {
                    self.plans.clear();
                    self.paint_breaker(Some(by))
                } else {
                    vec![]
                }
            }
            LedgerEvent::Revoke { by, pattern } => {
                entries = self.patterns.revoke(pattern, &by);
                self.patterns.expire(at);
                self.paint_control(mode)
            }
            LedgerEvent::Done { no, result } => self.settle(no, result, mode),
        };
        LedgerStep { budget: self, effects, entries, answer: Answer::Accepted }
    }

    fn settle(&mut self, no: EffectNo, result: Outcome, mode: Mode) -> Vec<Effect> {
        // Without its card nobody can stop or resume writes, or reset the breaker.
        if self.control.is_lost(no, &result) {
            return self.paint_control(mode);
        }
        if self.breaker.is_lost(no, &result) {
            return if self.tripped.is_some() { self.paint_breaker(None) } else { vec![] };
        }
        if self.crowd.slot.is_lost(no, &result) {
            return self.paint_crowd(&[]);
        }
        let posted = if let Outcome::Posted(at) = result { Some(at) } else { None };
        if self.control.effect == Some(no) && self.control.at.is_none() {
            self.control = Slot::of(no, posted);
            // What changed while the post was under way is painted over it.
            return if self.control.at.is_some() { self.paint_control(mode) } else { vec![] };
        }
        if self.crowd.slot.effect == Some(no) && self.crowd.slot.at.is_none() {
            self.crowd.slot = Slot::of(no, posted);
            return if self.crowd.slot.at.is_some() { self.paint_crowd(&[]) } else { vec![] };
        }
        if self.breaker.effect == Some(no) && self.breaker.at.is_none() {
            self.breaker = Slot::of(no, posted);
            if self.breaker.at.is_some() && self.tripped.is_none() {
                // It was reset while its card was on its way.
                return self.paint_breaker(None);
            }
        }
        vec![]
    }

    fn paint_control(&mut self, mode: Mode) -> Vec<Effect> {
        let patterns = self.patterns.kept.clone();
        let message = Message::Control(ControlView { mode, stopped: self.stopped.clone(), patterns });
        let next = EffectNo(self.next + 1);
        let effect = self.control.paint(next, message);
        self.next += effect.len() as u64;
        effect
    }

    /// Counts a case that opens; tells whether it opens in a crowd, and what the crowd's message says now.
    pub fn opened(&mut self, responders: &[PersonId], at: Timestamp) -> (bool, Vec<Effect>) {
        let crowd = self.crowd.count(at);
        (crowd, if crowd { self.paint_crowd(responders) } else { vec![] })
    }

    fn paint_crowd(&mut self, responders: &[PersonId]) -> Vec<Effect> {
        let Some(Gathering { since, cases, last }) = self.crowd.now else { return vec![] };
        // They are called once, by the post; an edit calls nobody.
        let called = responders.iter().filter(|_| self.crowd.slot.effect.is_none()).cloned().collect();
        let message = Message::Crowd(CrowdView { since, cases, last, called });
        let next = EffectNo(self.next + 1);
        let effect = self.crowd.slot.paint(next, message);
        self.next += effect.len() as u64;
        effect
    }

    fn paint_breaker(&mut self, reset_by: Option<PersonId>) -> Vec<Effect> {
        if self.tripped.is_some() && self.breaker.at.is_some() {
            // A new opening is news: it gets a message of its own.
            self.breaker = Slot::default();
        }
        let message = Message::Breaker(BreakerView { tripped: self.tripped, reset_by });
        let next = EffectNo(self.next + 1);
        let effect = self.breaker.paint(next, message);
        self.next += effect.len() as u64;
        effect
    }
}

fn entry(kind: EntryKind, actor: Actor, data: serde_json::Value) -> Entry {
    Entry { case: None, kind, actor, data }
}

/// When one person was asked, in the last hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptBudget {
    pub asked: Vec<Timestamp>,
    /// Where their newest question stands.
    #[serde(default)]
    pub last: Option<Posted>,
    /// Until when they know that further questions wait.
    #[serde(default)]
    pub told: Option<Timestamp>,
}

impl PromptBudget {
    /// Grants or tells until when the person has been asked enough (`prompts.per_person_hour`).
    pub fn reserve(&mut self, per_hour: u32, at: Timestamp) -> Result<(), Refusal> {
        let hour = SignedDuration::from_hours(1);
        self.asked.retain(|when| *when > at - hour);
        if let Some(first) = self.asked.first().filter(|_| self.asked.len() as u32 >= per_hour) {
            return Err(Refusal::TooManyPrompts { until: *first + hour });
        }
        self.asked.push(at);
        Ok(())
    }

    /// Below their newest question the person is told once, not for each of the questions that are held back.
    pub fn hold(&mut self, person: &PersonId, until: Timestamp, at: Timestamp) -> Option<Want> {
        if self.told.is_some_and(|told| told > at) {
            return None;
        }
        let parent = self.last.clone()?;
        self.told = Some(until);
        let message = Box::new(Message::Note(Box::new(Note::HeldBack { until })));
        let reader = Some(person.clone());
        Some(Want::Post { to: Destination::Thread { parent, reader }, message })
    }
}
