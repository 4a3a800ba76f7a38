//! (case, event, now) -> (case, effects, entries, answer): the only place a case changes.
//! Never here: a clock, chance, I/O; and no words to people.

mod acting;
mod asking;
mod deciding;
mod joining;
mod quieting;
mod reaching;
mod replying;
mod results;
mod telling;
mod tracing;
mod undoing;
mod verifying;
mod waking;

use super::CaseId;
use super::effect::{Effect, EffectNo, Want};
use super::entry::{Actor, Entry, EntryKind};
use super::event::{Answer, Event};
use super::finding::{Facts, Finding};
use super::state::{Case, Closing, Pending, Reach, Seen, Stage, Standing, Terms};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What one event leads to. Saved as a whole before anything of it happens.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub case: Case,
    pub effects: Vec<Effect>,
    pub entries: Vec<Entry>,
    pub answer: Answer,
}

impl Case {
    /// Opens a case and copies the terms that govern it: a running case never meets changed rules.
    /// The engine mints the id.
    pub fn open(id: CaseId, finding: Finding, terms: Terms, at: Timestamp) -> Step {
        let case = Self::fresh(id, finding, terms, at);
        let mut turn = Turn::new(case, at);
        let opened = json!({
            "finding": turn.case.finding.id,
            "type": turn.case.finding.kind,
            "severity": turn.case.finding.severity,
            "principal": turn.case.finding.principal.arn(),
            "rule": turn.case.terms.rule.name,
            "mode": turn.case.terms.mode.as_str(),
            "sample": turn.case.finding.sample,
        });
        turn.record(EntryKind::CaseOpened, Actor::GuardDuty, opened);
        turn.trace();
        turn.finish()
    }

    /// Total: no Result, no clock, no I/O, no chance.
    pub fn step(self, event: Event, at: Timestamp) -> Step {
        let mut turn = Turn::new(self, at);
        match event {
            Event::Joined { finding, rule } => turn.join(*finding, *rule),
            Event::Replied(reply) => turn.reply(reply),
            Event::Woke => turn.wake(),
            Event::Done { no, result } => turn.settle(no, result),
            Event::Held { no } => turn.held(no),
            Event::Granted { no, mode } => turn.granted(no, mode),
            Event::Refused { no, why } => turn.refused(no, why),
            Event::Quiet { no, pattern } => turn.quiet(no, &pattern),
        }
        turn.finish()
    }

    fn fresh(id: CaseId, finding: Finding, terms: Terms, at: Timestamp) -> Self {
        let facts = Facts::of(&finding, &terms.known_networks);
        let seen = seen(&finding);
        Self {
            id,
            key: finding.group_key(),
            deadline: Some(at + terms.rule.deadline),
            stage: Stage::Tracing,
            closing: None,
            opened_at: at,
            closed_at: None,
            seen: vec![seen],
            total: 1,
            older: vec![],
            facts,
            revision: 0,
            proposals: 0,
            proposed: String::new(),
            standing: Standing::Pending,
            ahead: false,
            basis: None,
            target: None,
            candidates: vec![],
            next_candidate: 0,
            next_escalation: 0,
            owner_known: false,
            evidence: None,
            prompts: vec![],
            asked_anew: EffectNo(0),
            card: None,
            dirty: BTreeSet::new(),
            waiting_notes: vec![],
            posted: BTreeMap::new(),
            verdict: None,
            answered: None,
            dismissal: None,
            proposal: None,
            plans: vec![],
            first_delivery: None,
            reminders_sent: 0,
            held: vec![],
            verify_pass: 0,
            contained_at: None,
            stuck: None,
            nudge_at: None,
            nudges: 0,
            taken_by: None,
            contain_due: false,
            unproven: 0,
            no_room: false,
            undo_open: false,
            resume: None,
            released: terms.released,
            acted_unasked: false,
            reach: Reach::default(),
            pending: BTreeMap::new(),
            next_effect: 0,
            finding,
            terms,
        }
    }
}

fn seen(finding: &Finding) -> Seen {
    Seen {
        id: finding.id.clone(),
        kind: finding.kind.clone(),
        region: finding.region.to_string(),
        count: finding.count,
        updated_at: finding.updated_at,
    }
}

/// One step under way: the case as it was, as it becomes, and what it wants.
struct Turn {
    before: Case,
    case: Case,
    effects: Vec<Effect>,
    entries: Vec<Entry>,
    answer: Answer,
    at: Timestamp,
}

impl Turn {
    fn new(case: Case, at: Timestamp) -> Self {
        Self { before: case.clone(), case, effects: vec![], entries: vec![], answer: Answer::Accepted, at }
    }

    /// A numbered wish that nobody waits for.
    fn want(&mut self, want: Want) -> EffectNo {
        self.case.next_effect += 1;
        let no = EffectNo(self.case.next_effect);
        self.effects.push(Effect { no, want });
        no
    }

    /// A numbered wish whose result comes back as an event.
    fn want_for(&mut self, want: Want, pending: Pending) -> EffectNo {
        let no = self.want(want);
        self.case.pending.insert(no, pending);
        no
    }

    fn record(&mut self, kind: EntryKind, actor: Actor, data: Value) {
        self.entries.push(Entry { case: Some(self.case.id.clone()), kind, actor, data });
    }

    fn rule_actor(&self) -> Actor {
        Actor::Rule(self.case.terms.rule.name.clone())
    }

    /// Closes the case, tells the people who were asked, and archives what was legitimate.
    fn close(&mut self, closing: Closing, by: &str) {
        self.case.stage = Stage::Closed;
        self.case.closing = Some(closing);
        self.case.closed_at = Some(self.at);
        self.case.proposal = None;
        self.case.stuck = None;
        self.case.reach.due = None;
        self.case.nudge_at = None;
        self.case.nudges = 0;
        self.case.deadline = None;
        self.case.contain_due = false;
        self.case.resume = None;
        self.case.held.clear();
        self.fail_planned();
        self.withdraw_unsent_prompts();
        self.settle_open_prompts();
        self.record(EntryKind::CaseClosed, Actor::System, json!({"outcome": closing.as_str(), "by": by}));
        self.tell_the_end(closing, by);
        self.keep_quiet(closing);
        if closing == Closing::Vouched || closing == Closing::Dismissed {
            self.archive(closing);
        }
    }

    fn archive(&mut self, closing: Closing) {
        if self.case.terms.mode != super::guard::Mode::Enforce || self.case.finding.sample {
            return;
        }
        let seen = self.case.seen.iter().map(|s| (s.region.clone(), s.id.clone()));
        let findings: Vec<_> = self.case.older.iter().cloned().chain(seen).collect();
        let left = self.case.total.saturating_sub(findings.len() as u64);
        if left > 0 {
            let cause = format!("{left} older findings of this case are not remembered by name");
            self.note_card(super::message::Note::ArchiveFailed { cause });
        }
        let comment = format!("vouch case {}: {}", self.case.id, closing.as_str());
        // NOT_USEFUL: the finding pointed at something legitimate.
        self.want_for(Want::Archive { findings, useful: false, comment }, Pending::Archive);
    }

    fn finish(mut self) -> Step {
        self.paint();
        self.tell_the_story();
        self.reach_people();
        if self.case.is_open() && self.case.wakes_at().is_none() {
            // An open case always wakes, whatever it waits for.
            self.case.nudge_at = Some(self.at + waking::NUDGES[0]);
        }
        Step { case: self.case, effects: self.effects, entries: self.entries, answer: self.answer }
    }
}
