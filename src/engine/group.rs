//! A group of inputs stepped against one in-memory view and saved as one batch.
//! Never here: what inputs mean (`inputs`, `intake`) or the saving (`engine`).

use super::live::Live;
use super::meter;
use crate::case::CaseId;
use crate::case::effect::{Effect, EffectNo, Want};
use crate::case::entry::{Entry, EntryKind};
use crate::case::event::{Answer, Event};
use crate::case::finding::{Form, GroupKey};
use crate::case::ledger::{PromptBudget, WriteBudget};
use crate::case::owner::{Address, PersonId};
use crate::case::remedy::{ActState, Remedy};
use crate::case::state::{Case, Stage};
use crate::case::step::Step;
use crate::inbox::RefusalReason;
use crate::metrics::{FindingOutcome, Metrics, PromptResult, RemedyResult};
use crate::ports::{
    Batch, CaseStore, Errand, Fault, FindingKey, FindingRow, Found, Lookup, ReplyRow, Stored, Subject,
    WriteError,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// The view: what is saved, overlaid by what this group changed.
pub(super) struct Group {
    store: Arc<dyn CaseStore>,
    pub(super) live: Arc<Live>,
    pub(super) at: Timestamp,
    cases: HashMap<CaseId, (u64, Case)>,
    before: BTreeMap<CaseId, Stage>,
    changed: HashSet<CaseId>,
    budget: Option<(u64, WriteBudget, bool)>,
    people: HashMap<PersonId, PromptBudget>,
    addresses: BTreeMap<String, Address>,
    groups: BTreeMap<GroupKey, CaseId>,
    findings: BTreeMap<FindingKey, FindingRow>,
    replies: BTreeMap<String, ReplyRow>,
    effects: Vec<Errand>,
    finished: Vec<(Subject, EffectNo)>,
    cancelled: Vec<(Subject, EffectNo)>,
    pub(super) entries: Vec<Entry>,
    pub(super) tally: Tally,
    /// The case that was stepped last.
    pub(super) touched: Option<CaseId>,
}

/// What happened in the group, for the metrics; shown only once it is saved.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) findings: Vec<(Form, FindingOutcome)>,
    pub(super) refused: Vec<RefusalReason>,
    pub(super) entries: Vec<Entry>,
    pub(super) answer_seconds: Vec<f64>,
    pub(super) contain_seconds: Vec<f64>,
    pub(super) breaker_open: Option<bool>,
    pub(super) dry_runs: Vec<Remedy>,
    /// Questions not asked: too many to one person.
    pub(super) held: usize,
}

/// Everything to be saved.
pub(super) struct Done {
    pub(super) batch: Batch,
    pub(super) entries: Vec<Entry>,
    pub(super) cancelled: Vec<(Subject, EffectNo)>,
    pub(super) before: BTreeMap<CaseId, Stage>,
    pub(super) tally: Tally,
}

impl Done {
    pub(super) fn is_empty(&self) -> bool {
        let b = &self.batch;
        b.cases.is_empty()
            && b.budget.is_none()
            && b.effects.is_empty()
            && b.finished.is_empty()
            && b.lines.is_empty()
            && b.replies.is_empty()
            && b.findings.is_empty()
            && b.addresses.is_empty()
    }
}

impl Group {
    pub(super) fn new(store: Arc<dyn CaseStore>, live: Arc<Live>, at: Timestamp) -> Self {
        Self {
            store,
            live,
            at,
            cases: HashMap::new(),
            before: BTreeMap::new(),
            changed: HashSet::new(),
            budget: None,
            people: HashMap::new(),
            addresses: BTreeMap::new(),
            groups: BTreeMap::new(),
            findings: BTreeMap::new(),
            replies: BTreeMap::new(),
            effects: vec![],
            finished: vec![],
            cancelled: vec![],
            entries: vec![],
            tally: Tally::default(),
            touched: None,
        }
    }

    /// The case as it stands in this group.
    pub(super) async fn case(&mut self, id: &CaseId) -> Result<Option<Case>, Fault> {
        if !self.cases.contains_key(id) {
            let Some(Stored { version, value }) = self.store.load(id).await? else { return Ok(None) };
            self.before.insert(id.clone(), value.stage);
            self.cases.insert(id.clone(), (version, value));
        }
        Ok(self.cases.get(id).map(|(_, case)| case.clone()))
    }

    pub(super) async fn group(&self, key: &GroupKey) -> Result<Option<CaseId>, Fault> {
        if let Some(id) = self.groups.get(key) {
            return Ok(Some(id.clone()));
        }
        match self.store.lookup(Lookup::Group(key.clone())).await? {
            Some(Found::Group(id)) => Ok(Some(id)),
            Some(
                Found::Finding(_) | Found::Reply(_) | Found::Person(_) | Found::Address(_) | Found::Budget(_),
            )
            | None => Ok(None),
        }
    }

    pub(super) async fn finding(&self, key: &FindingKey) -> Result<Option<FindingRow>, Fault> {
        if let Some(row) = self.findings.get(key) {
            return Ok(Some(row.clone()));
        }
        match self.store.lookup(Lookup::Finding(key.clone())).await? {
            Some(Found::Finding(row)) => Ok(Some(*row)),
            Some(
                Found::Group(_) | Found::Reply(_) | Found::Person(_) | Found::Address(_) | Found::Budget(_),
            )
            | None => Ok(None),
        }
    }

    pub(super) async fn reply(&self, dedupe: &str) -> Result<Option<ReplyRow>, Fault> {
        if let Some(row) = self.replies.get(dedupe) {
            return Ok(Some(row.clone()));
        }
        match self.store.lookup(Lookup::Reply(dedupe.to_owned())).await? {
            Some(Found::Reply(row)) => Ok(Some(row)),
            Some(
                Found::Group(_) | Found::Finding(_) | Found::Person(_) | Found::Address(_) | Found::Budget(_),
            )
            | None => Ok(None),
        }
    }

    pub(super) async fn budget(&mut self) -> Result<WriteBudget, Fault> {
        if self.budget.is_none() {
            let stored = match self.store.lookup(Lookup::Budget).await? {
                Some(Found::Budget(stored)) => *stored,
                Some(
                    Found::Group(_)
                    | Found::Finding(_)
                    | Found::Reply(_)
                    | Found::Person(_)
                    | Found::Address(_),
                )
                | None => Stored { version: 0, value: WriteBudget::default() },
            };
            self.budget = Some((stored.version, stored.value, false));
        }
        Ok(self.budget.as_ref().map(|(_, budget, _)| budget.clone()).unwrap_or_default())
    }

    pub(super) fn set_budget(&mut self, budget: WriteBudget) {
        self.tally.breaker_open = Some(budget.tripped.is_some());
        let version = self.budget.as_ref().map_or(0, |(version, _, _)| *version);
        self.budget = Some((version, budget, true));
    }

    pub(super) async fn person(&mut self, person: &PersonId) -> Result<PromptBudget, Fault> {
        if let Some(budget) = self.people.get(person) {
            return Ok(budget.clone());
        }
        match self.store.lookup(Lookup::Person(person.clone())).await? {
            Some(Found::Person(budget)) => Ok(budget),
            Some(
                Found::Group(_) | Found::Finding(_) | Found::Reply(_) | Found::Address(_) | Found::Budget(_),
            )
            | None => Ok(PromptBudget::default()),
        }
    }

    pub(super) fn set_person(&mut self, person: PersonId, budget: PromptBudget) {
        self.people.insert(person, budget);
    }

    pub(super) async fn address(&mut self, address: &str) -> Result<Option<Address>, Fault> {
        if let Some(row) = self.addresses.get(address) {
            return Ok(Some(row.clone()));
        }
        match self.store.lookup(Lookup::Address(address.to_owned())).await? {
            Some(Found::Address(row)) => Ok(Some(row)),
            Some(
                Found::Group(_) | Found::Finding(_) | Found::Reply(_) | Found::Person(_) | Found::Budget(_),
            )
            | None => Ok(None),
        }
    }

    pub(super) fn set_address(&mut self, address: String, row: Address) {
        self.addresses.insert(address, row);
    }

    pub(super) fn remember_finding(&mut self, key: FindingKey, row: FindingRow) {
        self.findings.insert(key, row);
    }

    pub(super) fn remember_reply(&mut self, dedupe: String, answer: &Answer) {
        let row = ReplyRow { at: self.at, answer: answer.clone(), repeated: false };
        self.replies.insert(dedupe, row);
    }

    pub(super) fn reply_was_repeated(&mut self, dedupe: String, row: ReplyRow) {
        self.replies.insert(dedupe, ReplyRow { repeated: true, ..row });
    }

    pub(super) fn claim_group(&mut self, key: GroupKey, id: CaseId) {
        self.groups.insert(key, id);
    }

    pub(super) fn finish(&mut self, subject: Subject, no: EffectNo) {
        self.finished.push((subject, no));
    }

    /// Takes a step's outcome into the view, and asks the ledger where the case wants it to.
    pub(super) async fn keep(&mut self, step: Step) -> Result<Answer, WriteError> {
        let mut answer = step.answer.clone();
        let id = step.case.id.clone();
        self.touched = Some(id.clone());
        // One step may ask the ledger twice. Each answer is stepped on what the one before left behind.
        let mut asked = VecDeque::from(self.lay(step));
        while let Some((no, request)) = asked.pop_front() {
            let event = self.reserve(no, &request).await?;
            let Some(case) = self.case(&id).await? else { break };
            let next = case.step(event, self.at);
            if next.answer != Answer::Accepted {
                answer = next.answer.clone();
            }
            asked.extend(self.lay(next));
        }
        Ok(answer)
    }

    /// Lays one step over the view, and answers what it asks the ledger for.
    fn lay(&mut self, step: Step) -> Vec<(EffectNo, crate::case::effect::Request)> {
        let subject = Subject::Case(step.case.id.clone());
        self.tally_case(&step);
        self.put(step.case);
        self.log(step.entries);
        step.effects.into_iter().filter_map(|effect| self.take_effect(subject.clone(), effect)).collect()
    }

    pub(super) async fn step(&mut self, id: &CaseId, event: Event) -> Result<Option<Answer>, WriteError> {
        match self.case(id).await? {
            Some(case) => Ok(Some(self.keep(case.step(event, self.at)).await?)),
            None => Ok(None),
        }
    }

    fn put(&mut self, case: Case) {
        let version = self.cases.get(&case.id).map_or(0, |(version, _)| *version);
        self.changed.insert(case.id.clone());
        self.cases.insert(case.id.clone(), (version, case));
    }

    pub(super) fn log(&mut self, entries: Vec<Entry>) {
        self.tally.entries.extend(entries.iter().cloned());
        self.entries.extend(entries);
    }

    /// Effects for the world wait for the commit; requests to the ledger and withdrawals are settled here.
    pub(super) fn take_effect(
        &mut self,
        subject: Subject,
        effect: Effect,
    ) -> Option<(EffectNo, crate::case::effect::Request)> {
        match effect.want {
            Want::Reserve { request } => return Some((effect.no, request)),
            Want::Cancel { no } => {
                self.effects.retain(|e| !(e.subject == subject && e.effect.no == no));
                self.finished.push((subject.clone(), no));
                self.cancelled.push((subject, no));
                return None;
            }
            Want::Update { ref at, .. } if subject == Subject::Ledger => {
                // Only the newest view of a message is worth painting; a case waits to hear of each.
                let same = |e: &Errand| {
                    e.subject == subject
                        && if let Want::Update { at: old, .. } = &e.effect.want { old == at } else { false }
                };
                self.effects.retain(|e| !same(e));
            }
            Want::Confirm { .. }
            | Want::FindOwner { .. }
            | Want::Investigate { .. }
            | Want::Post { .. }
            | Want::Update { .. }
            | Want::Whisper { .. }
            | Want::OpenView { .. }
            | Want::Prepare { .. }
            | Want::Apply { .. }
            | Want::Verify { .. }
            | Want::Undo { .. }
            | Want::Archive { .. }
            | Want::Page { .. } => {}
        }
        self.effects.push(Errand { subject, saved_at: self.at, effect });
        None
    }

    fn tally_case(&mut self, step: &Step) {
        let case = &step.case;
        for entry in &step.entries {
            if entry.kind == EntryKind::CaseClosed
                && let Some(seconds) = case.contained_after()
                && case.closing == Some(crate::case::state::Closing::Contained)
            {
                self.tally.contain_seconds.push(seconds as f64);
            }
            if entry.kind == EntryKind::Granted
                && let Some(plan) = case.plans.last()
            {
                let dry = plan.acts.iter().filter(|act| act.state == ActState::DryRun);
                self.tally.dry_runs.extend(dry.map(|act| act.remedy));
            }
            if entry.kind == EntryKind::ReplyAccepted
                && let (Some(answered), Some(sent)) = (&case.answered, case.first_delivery)
                && answered.at == self.at
            {
                self.tally.answer_seconds.push(self.at.duration_since(sent).as_secs_f64());
            }
        }
    }

    pub(super) fn done(self) -> Done {
        let changed = self.changed;
        let cases = self.cases.into_iter().filter(|(id, _)| changed.contains(id));
        let batch = Batch {
            cases: cases.map(|(_, row)| row).collect(),
            budget: self.budget.filter(|(_, _, dirty)| *dirty).map(|(version, budget, _)| (version, budget)),
            people: self.people.into_iter().collect(),
            addresses: self.addresses.into_iter().collect(),
            effects: self.effects,
            finished: self.finished,
            groups: self.groups.into_iter().collect(),
            findings: self.findings.into_iter().collect(),
            replies: self.replies.into_iter().collect(),
            lines: vec![],
        };
        Done {
            batch,
            entries: self.entries,
            cancelled: self.cancelled,
            before: self.before,
            tally: self.tally,
        }
    }
}

impl Tally {
    pub(super) fn show(self, metrics: &Metrics) {
        for (form, outcome) in self.findings {
            metrics.finding(form, outcome);
        }
        for reason in self.refused {
            meter::refused(metrics, reason);
        }
        self.entries.iter().for_each(|entry| meter::entry(metrics, entry));
        self.answer_seconds.into_iter().for_each(|s| metrics.answer_seconds(s));
        self.contain_seconds.into_iter().for_each(|s| metrics.contain_seconds(s));
        self.dry_runs.into_iter().for_each(|remedy| metrics.remedy(remedy, RemedyResult::DryRun));
        (0..self.held).for_each(|_| metrics.prompt(PromptResult::Held));
        if let Some(open) = self.breaker_open {
            metrics.breaker_open(open);
        }
    }
}
