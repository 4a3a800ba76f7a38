//! What each kind of input does to the view: replies once, results where they are awaited, refusals to the audit.
//! Never here: findings (`intake`), saving.

use super::group::Group;
use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::entry::{Actor, Entry, EntryKind};
use crate::case::event::{Answer, Event, Outcome};
use crate::case::guard::may_respond;
use crate::case::ledger::LedgerEvent;
use crate::case::owner::{Address, Candidate, Confidence, PersonId, STANDING};
use crate::case::prompt::Reply;
use crate::case::state::Pending;
use crate::inbox::{Input, RefusalReason};
use crate::ports::{Subject, WriteError};
use jiff::SignedDuration;
use serde_json::json;

impl Group {
    pub(super) async fn take(&mut self, input: &Input) -> Result<Answer, WriteError> {
        match input {
            Input::Finding(finding) => self.arrived(finding).await,
            Input::Unreadable { message_id, form, why } => {
                let data = json!({"message": message_id, "form": form, "why": capped(why)});
                self.log(vec![Entry { case: None, kind: EntryKind::Unreadable, actor: Actor::System, data }]);
                Ok(Answer::Accepted)
            }
            Input::Reply { case, reply, dedupe } => self.replied(case, reply, dedupe).await,
            Input::Switch { event, dedupe } => {
                if let Some(answer) = self.heard_before(dedupe, None, None).await? {
                    return Ok(answer);
                }
                let answer = self.ledger(event.clone()).await?;
                self.remember_reply(dedupe.clone(), &answer);
                Ok(answer)
            }
            Input::Refusal { case, by, place, reason, dedupe } => {
                if let Some(answer) = self.heard_before(dedupe, case.as_ref(), by.as_ref()).await? {
                    return Ok(answer);
                }
                self.refusal(case.clone(), by.as_ref().map(|p| p.as_str()), *reason);
                if let (RefusalReason::NotYours, Some(by), Some(place)) = (reason, by, place) {
                    let mut budget = self.budget().await?;
                    let whisper = budget.whisper(place.clone(), by.clone(), Answer::NotYours);
                    self.set_budget(budget);
                    let _none = self.take_effect(Subject::Ledger, whisper);
                }
                self.remember_reply(dedupe.clone(), &Answer::NotYours);
                Ok(Answer::NotYours)
            }
            Input::Done { subject, no, result } => self.came_back(subject, *no, result).await,
            Input::Held { subject: Subject::Case(id), no } => {
                self.step(id, Event::Held { no: *no }).await?;
                Ok(Answer::Accepted)
            }
            // The ledger's cards wait like everything; nobody is told of that.
            Input::Held { subject: Subject::Ledger, .. } => Ok(Answer::Accepted),
            Input::Woke(id) => {
                self.wake(id).await?;
                Ok(Answer::Accepted)
            }
            Input::Ledger(event) => self.ledger(event.clone()).await,
            Input::Log(kind) => {
                let data =
                    json!({"mode": self.live.guard.mode.as_str(), "version": env!("CARGO_PKG_VERSION")});
                self.log(vec![Entry { case: None, kind: *kind, actor: Actor::System, data }]);
                Ok(Answer::Accepted)
            }
        }
    }

    /// A reply counts once; a redelivery hears what the first delivery heard.
    async fn replied(&mut self, case: &CaseId, reply: &Reply, dedupe: &str) -> Result<Answer, WriteError> {
        if let Some(answer) = self.heard_before(dedupe, Some(case), Some(&reply.by)).await? {
            return Ok(answer);
        }
        let mut reply = reply.clone();
        if let Some(opened) = self.case(case).await? {
            let now = &self.live.settings.slack.responders;
            reply.is_responder &= may_respond(&reply.by, &opened.terms.responders, now);
        }
        let by = reply.by.clone();
        let answer = match self.step(case, Event::Replied(reply)).await? {
            Some(answer) => answer,
            None => {
                self.refusal(Some(case.clone()), Some(by.as_str()), RefusalReason::UnknownCase);
                Answer::AlreadyAnswered
            }
        };
        self.count_refusal(&answer);
        self.remember_reply(dedupe.to_owned(), &answer);
        Ok(answer)
    }

    /// What the first delivery of it was told. Slack sends a click again that was not acknowledged, and so may
    /// somebody else: it decides nothing, and is in the audit once.
    async fn heard_before(
        &mut self,
        dedupe: &str,
        case: Option<&CaseId>,
        by: Option<&PersonId>,
    ) -> Result<Option<Answer>, WriteError> {
        let Some(row) = self.reply(dedupe).await? else { return Ok(None) };
        let answer = row.answer.clone();
        if row.repeated {
            self.tally.refused.push(RefusalReason::Repeated);
        } else {
            self.refusal(case.cloned(), by.map(PersonId::as_str), RefusalReason::Repeated);
            self.reply_was_repeated(dedupe.to_owned(), row);
        }
        Ok(Some(answer))
    }

    /// An effect's result goes to whoever still waits for it; its row is dropped in any case.
    async fn came_back(
        &mut self,
        subject: &Subject,
        no: EffectNo,
        result: &Outcome,
    ) -> Result<Answer, WriteError> {
        self.finish(subject.clone(), no);
        match subject {
            Subject::Ledger => self.ledger(LedgerEvent::Done { no, result: result.clone() }).await,
            Subject::Case(id) => {
                let Some(case) = self.case(id).await? else { return Ok(Answer::Accepted) };
                let pending = case.pending.get(&no);
                if pending.is_none() && !case.reach.held.contains(&no) {
                    return Ok(Answer::Accepted);
                }
                let mut taken_in = None;
                if let Some(Pending::Confirm { update, .. }) = pending {
                    let finding = update.as_deref().unwrap_or(case.in_question());
                    taken_in = self.weigh(finding, result).await?;
                }
                if let (Some(Pending::AskPost), Outcome::Posted(at)) = (pending, result) {
                    let prompt = case.prompts.iter().find(|p| p.effect == no);
                    if let Some(person) = prompt.map(|p| p.person.clone()) {
                        let mut budget = self.person(&person).await?;
                        budget.last = Some(at.clone());
                        self.set_person(person, budget);
                    }
                }
                let mut result = result.clone();
                if let Outcome::Owners { candidates, .. } = &mut result {
                    self.weigh_owners(candidates).await?;
                }
                self.step(id, Event::Done { no, result }).await?;
                if let Some(theirs) = taken_in {
                    self.take_in(&theirs).await?;
                }
                Ok(Answer::Accepted)
            }
        }
    }

    /// An e-mail address can be given to somebody else: until that has stood for a while, it names nobody for sure.
    async fn weigh_owners(&mut self, candidates: &mut [Candidate]) -> Result<(), WriteError> {
        for candidate in candidates {
            let Some(address) = candidate.address.clone() else { continue };
            let person = candidate.person.clone();
            let row = match self.address(&address).await? {
                None => Address { person, since: None },
                Some(row) if row.person == person => row,
                Some(_) => Address { person, since: Some(self.at) },
            };
            if row.since.is_some_and(|since| since + STANDING > self.at) {
                candidate.moved = true;
                candidate.confidence = Confidence::Low;
            }
            self.set_address(address, row);
        }
        Ok(())
    }

    pub(super) async fn wake(&mut self, id: &CaseId) -> Result<(), WriteError> {
        let due = self.case(id).await?.and_then(|c| c.wakes_at()).is_some_and(|at| at <= self.at);
        if due {
            self.step(id, Event::Woke).await?;
        }
        Ok(())
    }

    async fn ledger(&mut self, event: LedgerEvent) -> Result<Answer, WriteError> {
        let mode = self.live.guard.mode;
        let step = self.budget().await?.step(event, mode, self.at);
        self.set_budget(step.budget);
        self.log(step.entries);
        for effect in step.effects {
            // The ledger asks nobody for leave.
            let _none = self.take_effect(Subject::Ledger, effect);
        }
        Ok(step.answer)
    }

    pub(super) fn clock_jumped(&mut self, by: SignedDuration) {
        let data = json!({"seconds": by.as_secs()});
        self.log(vec![Entry { case: None, kind: EntryKind::ClockJumped, actor: Actor::System, data }]);
    }

    fn refusal(&mut self, case: Option<CaseId>, by: Option<&str>, reason: RefusalReason) {
        let actor = by.and_then(PersonId::parse).map_or(Actor::System, Actor::Slack);
        let data = json!({"reason": reason.as_str()});
        self.log(vec![Entry { case, kind: EntryKind::ReplyRefused, actor, data }]);
        self.tally.refused.push(reason);
    }

    fn count_refusal(&mut self, answer: &Answer) {
        let reason = match answer {
            Answer::Accepted | Answer::FieldErrors { .. } => return,
            Answer::NotYours => RefusalReason::NotYours,
            Answer::FactsChanged => RefusalReason::Stale,
            Answer::AlreadyAnswered => RefusalReason::AlreadyAnswered,
            Answer::NotNow { .. } => RefusalReason::NotNow,
        };
        self.tally.refused.push(reason);
    }
}

fn capped(text: &str) -> String {
    text.chars().take(500).collect()
}
