//! A world for one case: it answers effects, moves the clock, and clicks buttons.
//! Never here: the laws.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use vouch::case::CaseId;
use vouch::case::effect::{Destination, Effect, EffectNo, Request, Want};
use vouch::case::event::{Confirmation, Event, Failure, Outcome};
use vouch::case::finding::{Activity, Finding, Form};
use vouch::case::guard::{Guard, Limits, Mode, Profile};
use vouch::case::ledger::{Pattern, PromptBudget, WriteBudget};
use vouch::case::owner::{Candidate, Confidence, PersonId, Source};
use vouch::case::playbook::{Ask, NoAnswer, Rule, Stance};
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind, Region};
use vouch::case::prompt::{Choice, Posted, Reply, Surface, Ticks};
use vouch::case::remedy::{Prior, Receipt, Remedy};
use vouch::case::state::{Case, Terms};
use vouch::case::step::Step;

/// What the case opens with.
#[derive(Debug, Clone)]
pub struct Look {
    pub mode: Mode,
    pub stance: Stance,
    pub no_answer: NoAnswer,
    pub severity: f64,
    pub confidence: Confidence,
    pub owners: usize,
    pub escalations: usize,
    pub voices: u8,
    pub sample: bool,
    pub protected: bool,
    pub allowed: bool,
    /// `prompts.per_person_hour`.
    pub cap: u32,
    /// GuardDuty's own copy is older than what arrives.
    pub ahead: bool,
    pub quiet: bool,
    /// The principal is vouch itself.
    pub own: bool,
}

impl Look {
    pub fn plain() -> Self {
        Self {
            mode: Mode::Enforce,
            stance: Stance::Ask,
            no_answer: NoAnswer::Run(Remedy::Cut),
            severity: 5.0,
            confidence: Confidence::High,
            owners: 1,
            escalations: 0,
            voices: 1,
            sample: false,
            protected: false,
            allowed: true,
            cap: 3,
            ahead: false,
            quiet: false,
            own: false,
        }
    }
}

pub fn look() -> impl Strategy<Value = Look> {
    let stance = prop_oneof![3 => Just(Stance::Ask), 1 => Just(Stance::Contain), 1 => Just(Stance::Notify)];
    let silence =
        prop_oneof![Just(NoAnswer::Escalate), Just(NoAnswer::Record), Just(NoAnswer::Run(Remedy::Cut))];
    let mode = prop_oneof![4 => Just(Mode::Enforce), 1 => Just(Mode::DryRun), 1 => Just(Mode::Observe)];
    let sure = prop_oneof![Just(Confidence::Low), Just(Confidence::High)];
    let numbers = (0usize..3, 0usize..3, 1u8..3, prop_oneof![Just(5.0), Just(8.0)], 1u32..4);
    let odds = |odds| proptest::bool::weighted(odds);
    (mode, stance, silence, sure, numbers, odds(0.05), odds(0.95), odds(0.1), odds(0.3), odds(0.05)).prop_map(
        |(
            mode,
            stance,
            no_answer,
            confidence,
            (owners, escalations, voices, severity, cap),
            sample,
            allowed,
            ahead,
            quiet,
            protected,
        )| Look {
            mode,
            stance,
            no_answer,
            severity,
            confidence,
            owners,
            escalations,
            voices,
            sample,
            protected,
            allowed,
            cap,
            ahead,
            quiet,
            own: false,
        },
    )
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Who {
    Owner,
    Second,
    Responder,
    OtherResponder,
    Stranger,
}

/// One line of a story.
#[derive(Debug, Clone)]
pub enum Act {
    /// The n-th effect under way comes back well.
    Good(usize),
    /// The n-th effect under way fails for good.
    Bad(usize),
    /// What was written is gone when it is looked at, or is not confirmed, or was changed by others.
    Lost(usize),
    /// Slack does not take the n-th effect under way for now.
    Hold(usize),
    Click(Who, Choice, u32),
    /// The clock moves to the next wake-up.
    Wait,
    /// A further finding; with a new network or not.
    Finding {
        news: bool,
        later: bool,
    },
    /// A further finding of a type that is contained first.
    Stricter {
        news: bool,
    },
}

pub fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![owners_choice(), responders_choice()]
}

pub fn owners_choice() -> impl Strategy<Value = Choice> {
    let ticks = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(call, time, source)| Ticks {
        call,
        time,
        source,
    });
    prop_oneof![
        Just(Choice::NotMine { remedy: None }),
        Just(Choice::NotMine { remedy: Some(Remedy::DeactivateKey) }),
        Just(Choice::Mine { remedy: None }),
        ticks.prop_map(|ticks| Choice::Facts { ticks, reason: "deploy".into() }),
        Just(Choice::Facts {
            ticks: Ticks { call: true, time: true, source: true },
            reason: "deploy".into()
        }),
        Just(Choice::Unsure),
        Just(Choice::NotMyCredential),
    ]
}

fn responders_choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Contain { remedy: None }),
        Just(Choice::Dismiss),
        Just(Choice::DismissReason { reason: "known".into() }),
        Just(Choice::Done),
        Just(Choice::Undo),
        Just(Choice::Approve),
        Just(Choice::Reject),
        Just(Choice::Take),
    ]
}

pub fn act() -> impl Strategy<Value = Act> {
    let owner = prop_oneof![3 => Just(Who::Owner), 1 => Just(Who::Second), 1 => Just(Who::Stranger)];
    let responder =
        prop_oneof![2 => Just(Who::Responder), 2 => Just(Who::OtherResponder), 1 => Just(Who::Owner)];
    prop_oneof![
        12 => (0usize..6).prop_map(Act::Good),
        1 => (0usize..6).prop_map(Act::Bad),
        1 => (0usize..6).prop_map(Act::Lost),
        1 => (0usize..6).prop_map(Act::Hold),
        3 => (owner, owners_choice(), 0u32..2).prop_map(|(w, c, r)| Act::Click(w, c, r)),
        3 => (responder, responders_choice(), 0u32..2).prop_map(|(w, c, r)| Act::Click(w, c, r)),
        3 => Just(Act::Wait),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(news, later)| Act::Finding { news, later }),
        1 => any::<bool>().prop_map(|news| Act::Stricter { news }),
    ]
}

/// A result that comes twice, or a wake-up at the same moment.
pub fn is_repeatable(event: &Event) -> bool {
    match event {
        Event::Done { .. } | Event::Held { .. } | Event::Woke => true,
        Event::Joined { .. }
        | Event::Replied(_)
        | Event::Granted { .. }
        | Event::Refused { .. }
        | Event::Quiet { .. } => false,
    }
}

pub struct World {
    pub case: Case,
    pub now: Timestamp,
    pub look: Look,
    budget: WriteBudget,
    people: BTreeMap<PersonId, PromptBudget>,
    pub guard: Guard,
    open: BTreeMap<EffectNo, Want>,
    /// Everything the case ever wanted.
    pub all: Vec<Effect>,
    spoken: Vec<&'static str>,
    findings: u64,
    /// Who was asked when.
    pub asked: Vec<(Timestamp, PersonId)>,
    /// What the audit says of it, in order.
    pub told: Vec<&'static str>,
}

impl World {
    pub fn open(look: Look) -> Self {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let guard = Guard {
            mode: look.mode,
            profile: Profile::Surgical,
            accounts: vec![account()],
            protected: if look.protected { vec!["arn:aws:iam::*:user/deployer".into()] } else { vec![] },
            own_arn: look.own.then(|| "arn:aws:iam::111122223333:user/deployer".to_owned()),
            own_roles: vec![],
            limits: Limits { per_10m: 5, per_day: 20, per_account_hour: 3 },
        };
        let step = Case::open(
            CaseId::parse("storycase001").unwrap(),
            finding(&look, 0, false, now),
            terms(&look),
            now,
        );
        let mut world = Self {
            case: step.case.clone(),
            now,
            budget: WriteBudget::default(),
            people: BTreeMap::new(),
            guard,
            open: BTreeMap::new(),
            all: vec![],
            spoken: vec![],
            findings: 0,
            asked: vec![],
            told: vec![],
            look,
        };
        let _ = world.absorb(step);
        world
    }

    pub fn spoke(&self, choices: &[&str]) -> bool {
        self.spoken.iter().any(|c| choices.contains(c))
    }

    /// Plays one line of the story, the ledger's answers included.
    pub fn play(&mut self, act: Act) -> Step {
        let event = self.event(&act);
        if let Act::Wait = act
            && let Some(at) = self.case.wakes_at()
        {
            self.now = self.now.max(at);
        }
        match event {
            Some(event) => {
                if let Event::Done { no, .. } = &event {
                    self.open.remove(no);
                }
                let step = self.case.clone().step(event, self.now);
                self.absorb(step)
            }
            None => self.nothing(),
        }
    }

    /// Answers everything well until nothing is under way.
    pub fn drain(&mut self) {
        for _ in 0..100 {
            if self.open.is_empty() {
                return;
            }
            let _ = self.play(Act::Good(0));
        }
    }

    pub fn click(&mut self, who: Who, choice: Choice, behind: u32) -> Step {
        let event = self.reply(who, choice, behind);
        let step = self.case.clone().step(event, self.now);
        self.absorb(step)
    }

    /// The first effect of this kind that is under way comes back with this.
    pub fn answer(&mut self, kind: &str, result: Outcome) -> Step {
        let found = self.open.iter().find(|(_, want)| want.as_str() == kind);
        let (no, _) = found.map(|(no, want)| (*no, want.clone())).expect("an effect of this kind under way");
        self.open.remove(&no);
        let step = self.case.clone().step(Event::Done { no, result }, self.now);
        self.absorb(step)
    }

    /// This very effect comes back with this.
    pub fn result(&mut self, no: EffectNo, result: Outcome) -> Step {
        self.open.remove(&no);
        let step = self.case.clone().step(Event::Done { no, result }, self.now);
        self.absorb(step)
    }

    /// Slack does not take any message for now.
    pub fn hold_messages(&mut self) {
        for no in self.numbers("post") {
            let step = self.case.clone().step(Event::Held { no }, self.now);
            let _ = self.absorb(step);
        }
    }

    /// Which effects of this kind are under way.
    pub fn numbers(&self, kind: &str) -> Vec<EffectNo> {
        self.open.iter().filter(|(_, want)| want.as_str() == kind).map(|(no, _)| *no).collect()
    }

    /// Answers everything of these kinds well until nothing of them is under way.
    pub fn drain_kinds(&mut self, kinds: &[&str]) {
        while kinds.iter().any(|kind| self.drain_one(kind)) {}
    }

    pub fn drain_one(&mut self, kind: &str) -> bool {
        let Some(want) = self.under_way(kind).first().cloned() else { return false };
        let result = self.good(&want);
        let _ = self.answer(kind, result);
        true
    }

    fn target_in(&self, account: &AccountId) -> vouch::case::remedy::Target {
        let f = &self.case.finding;
        vouch::case::remedy::Target {
            partition: f.partition,
            account: account.clone(),
            region: f.region.clone(),
            kind: f.principal.kind,
            name: f.principal.name.clone(),
            session: None,
            unique_id: f.principal.unique_id.clone(),
            keys: vec![],
            instance: None,
            buckets: vec![],
        }
    }

    pub fn click_as(&mut self, by: &str, choice: Choice, behind: u32) -> Step {
        let event = self.reply_of(person(by), false, choice, behind);
        let step = self.case.clone().step(event, self.now);
        self.absorb(step)
    }

    pub fn click_as_responder(&mut self, by: &str, choice: Choice) -> Step {
        let event = self.reply_of(person(by), true, choice, 0);
        let step = self.case.clone().step(event, self.now);
        self.absorb(step)
    }

    pub fn how_many(&self, kind: &str) -> usize {
        self.open.values().filter(|want| want.as_str() == kind).count()
    }

    /// The first effect under way that comes back at all, and how.
    pub fn outcomes(
        &self,
        answer: impl Fn(&Want) -> Option<Option<Outcome>>,
    ) -> Option<(EffectNo, Option<Outcome>)> {
        self.open.iter().find_map(|(no, want)| answer(want).map(|result| (*no, result)))
    }

    /// This very effect comes back well.
    pub fn goes_well(&mut self, no: EffectNo) -> Step {
        let result = self.good(&self.open[&no]);
        self.result(no, result)
    }

    /// What of this kind is under way.
    pub fn under_way(&self, kind: &str) -> Vec<Want> {
        self.open.values().filter(|want| want.as_str() == kind).cloned().collect()
    }

    /// Everything of this kind that the case ever wanted.
    pub fn wanted(&self, kind: &str) -> Vec<Want> {
        self.all.iter().map(|e| e.want.clone()).filter(|want| want.as_str() == kind).collect()
    }

    pub fn join(&mut self, finding: Finding, rule: Rule) -> Step {
        let event = Event::Joined { finding: Box::new(finding), rule: Box::new(rule) };
        let step = self.case.clone().step(event, self.now);
        self.absorb(step)
    }

    /// A responder switches all writes off.
    pub fn trip(&mut self) {
        self.budget.tripped = Some((vouch::case::ledger::Limit::Day, self.now));
    }

    /// The event that this line is, as things stand.
    pub fn event(&self, act: &Act) -> Option<Event> {
        match act {
            Act::Good(n) => self.nth(*n).map(|(no, want)| Event::Done { no, result: self.good(&want) }),
            Act::Bad(n) => self.nth(*n).map(|(no, _)| Event::Done {
                no,
                result: Outcome::Failed { cause: "denied".into(), kind: Failure::Refused },
            }),
            Act::Lost(n) => self.nth(*n).map(|(no, want)| Event::Done { no, result: self.lost(&want) }),
            Act::Hold(n) => self.nth(*n).map(|(no, _)| Event::Held { no }),
            Act::Click(who, choice, behind) => Some(self.reply(*who, choice.clone(), *behind)),
            Act::Wait => Some(Event::Woke),
            Act::Finding { news, later } => {
                let at = if *later { self.now + SignedDuration::from_hours(1) } else { self.now };
                let finding = Box::new(finding(&self.look, self.findings + 1, *news, at));
                Some(Event::Joined { finding, rule: Box::new(terms(&self.look).rule) })
            }
            Act::Stricter { news } => {
                let finding = Box::new(finding(&self.look, self.findings + 1, *news, self.now));
                Some(Event::Joined { finding, rule: Box::new(contains_first(&self.look)) })
            }
        }
    }

    fn absorb(&mut self, step: Step) -> Step {
        let mut whole = step.clone();
        self.case = step.case;
        for entry in &step.entries {
            self.told.push(entry.kind.as_str());
            if entry.kind == vouch::case::entry::EntryKind::ReplyAccepted {
                let known = ["not-mine", "facts", "contain", "approve"];
                let said = entry.data["choice"].as_str().unwrap_or_default();
                self.spoken.extend(known.into_iter().filter(|k| *k == said));
            }
        }
        for effect in step.effects {
            self.all.push(effect.clone());
            if let Want::Post { to: Destination::Person { person }, .. } = &effect.want {
                self.asked.push((self.now, person.clone()));
            }
            if let Want::Reserve { request } = &effect.want {
                let event = self.ledger(effect.no, request);
                let next = self.case.clone().step(event, self.now);
                let next = self.absorb(next);
                whole.effects.extend(next.effects);
                whole.entries.extend(next.entries);
                whole.case = self.case.clone();
            } else if let Want::Cancel { no } = &effect.want {
                self.open.remove(no);
            } else {
                self.open.insert(effect.no, effect.want);
            }
        }
        whole.effects.sort_by_key(|e| e.no);
        whole
    }

    fn ledger(&mut self, no: EffectNo, request: &Request) -> Event {
        let verdict = self.budget.clone().reserve(request, &self.guard, self.now);
        self.budget = verdict.budget;
        let mut answer = verdict.answer;
        if let Request::Prompt { person } = request {
            let budget = self.people.entry(person.clone()).or_default();
            answer = answer.and_then(|mode| budget.reserve(self.look.cap, self.now).map(|()| mode));
        }
        match (verdict.quiet, answer) {
            (Some(pattern), _) => Event::Quiet { no, pattern: Box::new(pattern) },
            (None, Ok(mode)) => Event::Granted { no, mode },
            (None, Err(why)) => Event::Refused { no, why },
        }
    }

    /// Somebody vouched for this principal's usual call from its usual place.
    pub fn vouched_before(&mut self) {
        let pattern = Pattern {
            no: 0,
            key: self.case.key.clone(),
            principal: "deployer".into(),
            facts: self.case.facts.clone(),
            by: person("UOWNER0"),
            case: CaseId::parse("storycase000").unwrap(),
            since: self.now,
            until: self.now + SignedDuration::from_hours(24),
        };
        let request = Request::Vouch { pattern: Box::new(pattern) };
        self.budget = self.budget.clone().reserve(&request, &self.guard, self.now).budget;
    }

    pub fn patterns(&self) -> usize {
        self.budget.patterns.kept.len()
    }

    /// A responder stops all writes.
    pub fn stop_writes(&mut self) {
        self.budget.stopped = Some((person("URESP1"), self.now));
    }

    /// Somebody else's cases used up this person's questions of the hour.
    pub fn asked_enough(&mut self, who: &str) {
        let budget = self.people.entry(person(who)).or_default();
        while budget.reserve(self.look.cap, self.now).is_ok() {}
    }

    fn nothing(&self) -> Step {
        Step {
            case: self.case.clone(),
            effects: vec![],
            entries: vec![],
            answer: vouch::case::event::Answer::Accepted,
        }
    }

    fn nth(&self, n: usize) -> Option<(EffectNo, Want)> {
        let index = n.checked_rem(self.open.len())?;
        self.open.iter().nth(index).map(|(no, want)| (*no, want.clone()))
    }

    pub fn reply(&self, who: Who, choice: Choice, behind: u32) -> Event {
        let by = match who {
            Who::Owner => person("UOWNER0"),
            Who::Second => person("UOWNER1"),
            Who::Responder => person("URESP1"),
            Who::OtherResponder => person("URESP2"),
            Who::Stranger => person("USTRANGER"),
        };
        self.reply_of(by, [Who::Responder, Who::OtherResponder].contains(&who), choice, behind)
    }

    fn reply_of(&self, by: PersonId, is_responder: bool, choice: Choice, behind: u32) -> Event {
        let prompt = self.case.prompts.iter().rev().find(|p| p.person == by).or(self.case.prompts.last());
        let effect = if choice.is_for_owner() { prompt.map(|p| p.effect) } else { self.case.card };
        let effect = effect.unwrap_or(EffectNo(9_999));
        let revision =
            if choice.is_for_owner() { self.case.revision } else { self.case.card_surface(effect).revision };
        Event::Replied(Reply {
            is_responder,
            by,
            surface: Surface { effect, revision: revision.saturating_sub(behind) },
            place: self.case.posted.get(&effect).cloned().unwrap_or_else(|| place(effect)),
            trigger: Some("trigger".into()),
            choice,
        })
    }

    pub fn good(&self, want: &Want) -> Outcome {
        let ids = vec!["request-1".to_owned()];
        match want {
            Want::Confirm { finding } => {
                let before = finding.updated_at - SignedDuration::from_hours(1);
                let older = || Box::new(Finding { updated_at: before, ..finding.as_ref().clone() });
                Outcome::Confirmed(Confirmation::Good { theirs: self.look.ahead.then(older) })
            }
            Want::FindOwner { .. } => Outcome::Owners { candidates: candidates(&self.look), notes: vec![] },
            Want::Investigate { .. } => Outcome::Evidence(Box::default()),
            Want::Post { .. } => Outcome::Posted(place(EffectNo(self.all.len() as u64))),
            Want::Prepare { acts, .. } => {
                Outcome::Prepared { priors: acts.iter().map(|_| Ok(Prior::Nothing)).collect() }
            }
            Want::Apply { .. } => {
                Outcome::Applied(Receipt { applied_at: self.now, request_ids: ids, note: String::new() })
            }
            Want::Verify { .. } => Outcome::Verified { lost: vec![] },
            Want::Undo { .. } => Outcome::Undone { request_ids: ids, notes: vec![] },
            Want::Reserve { .. }
            | Want::Update { .. }
            | Want::Whisper { .. }
            | Want::OpenView { .. }
            | Want::Archive { .. }
            | Want::Page { .. }
            | Want::Cancel { .. } => Outcome::Ok { request_ids: ids },
        }
    }

    fn lost(&self, want: &Want) -> Outcome {
        match want {
            Want::Verify { .. } => Outcome::Verified { lost: vec!["key active again".into()] },
            Want::Prepare { acts, .. } if acts.len() > 1 => Outcome::Prepared { priors: but_the_first(acts) },
            Want::Undo { .. } => Outcome::UndoRefused { changed: vec!["key changed".into()] },
            Want::Confirm { .. } => {
                Outcome::Confirmed(Confirmation::Refuted { why: "unknown to GuardDuty".into(), theirs: None })
            }
            Want::FindOwner { .. }
            | Want::Investigate { .. }
            | Want::Reserve { .. }
            | Want::Post { .. }
            | Want::Update { .. }
            | Want::Whisper { .. }
            | Want::OpenView { .. }
            | Want::Prepare { .. }
            | Want::Apply { .. }
            | Want::Archive { .. }
            | Want::Page { .. }
            | Want::Cancel { .. } => Outcome::Failed { cause: "gone".into(), kind: Failure::Gone },
        }
    }
}

/// Plans asked of the ledger: seconds after the one before, which account, and whether a responder resets the
/// breaker first. Answers when and where plans were granted since the last reset.
pub fn spend(asked: &[(i64, usize, bool)]) -> Vec<(i64, usize)> {
    let look = Look::plain();
    let world = World::open(look.clone());
    let (mut budget, mut at, mut granted) = (WriteBudget::default(), world.now, vec![]);
    for (pause, account, reset) in asked {
        at += SignedDuration::from_secs(*pause);
        if *reset {
            let event = vouch::case::ledger::LedgerEvent::ResetBreaker { by: person("URESP1") };
            let open = budget.tripped.is_some();
            budget = budget.step(event, Mode::Enforce, at).budget;
            if open {
                granted.clear();
            }
        }
        let accounts = ["111122223333", "222233334444", "333344445555"].map(|a| AccountId::parse(a).unwrap());
        let guard = Guard { accounts: accounts.to_vec(), ..world.guard.clone() };
        let mut target = world.target_in(&accounts[*account]);
        target.name = "deployer".into();
        let request = vouch::case::effect::Request::Plan { target, arns: vec![], approved: false };
        let verdict = budget.reserve(&request, &guard, at);
        budget = verdict.budget;
        if verdict.answer.is_ok() {
            granted.push((at.duration_since(world.now).as_secs(), *account));
        }
    }
    granted
}

fn place(effect: EffectNo) -> Posted {
    Posted { channel: "D1".into(), ts: format!("{}.0", effect.0) }
}

pub fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

fn candidates(look: &Look) -> Vec<Candidate> {
    (0..look.owners)
        .map(|n| Candidate {
            person: person(&format!("UOWNER{n}")),
            source: Source::Static,
            confidence: look.confidence,
            detail: "pattern".into(),
            address: None,
            moved: false,
        })
        .collect()
}

pub fn terms(look: &Look) -> Terms {
    Terms {
        rule: Rule {
            name: "story".into(),
            stance: look.stance,
            ask: Ask::Owner,
            deadline: SignedDuration::from_mins(15),
            reminders: vec![SignedDuration::from_mins(5), SignedDuration::from_mins(10)],
            offer: if look.stance == Stance::Notify {
                vec![Remedy::Advise]
            } else {
                vec![Remedy::Cut, Remedy::DeactivateKey]
            },
            no_answer: look.no_answer,
            escalate_to: (0..look.escalations).map(|n| person(&format!("UBOSS{n}"))).collect(),
            voices: look.voices,
            quiet_for: look.quiet.then(|| SignedDuration::from_hours(24)),
        },
        mode: look.mode,
        profile: Profile::Surgical,
        account_allowed: look.allowed,
        known_networks: vec![],
        verify_after: vec![SignedDuration::from_secs(10), SignedDuration::from_secs(60)],
        undo_window: SignedDuration::from_hours(72),
        group_window: SignedDuration::from_hours(1),
        responders: vec![person("URESP1"), person("URESP2")],
        released: false,
        crowd: false,
        own: look.own.then(|| "arn:aws:iam::111122223333:user/deployer".to_owned()),
        known: vouch::case::guidance::Known::default(),
    }
}

/// What is prepared where the first remedy cannot be done.
pub fn but_the_first(acts: &[Remedy]) -> Vec<Result<Prior, String>> {
    let gone = std::iter::once(Err("it is gone".to_owned()));
    gone.chain(acts.iter().skip(1).map(|_| Ok(Prior::Nothing))).collect()
}

/// The rule of a type that is contained before anybody is asked.
pub fn contains_first(look: &Look) -> Rule {
    let offer = vec![Remedy::Cut, Remedy::DeactivateKey];
    Rule { stance: Stance::Contain, offer, ..terms(look).rule }
}

pub fn finding(look: &Look, n: u64, news: bool, at: Timestamp) -> Finding {
    let ip = if news { "203.0.113.7" } else { "198.51.100.7" };
    Finding {
        id: format!("finding{n}"),
        kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".into(),
        account: account(),
        region: Region::parse("us-east-1").unwrap(),
        partition: Partition::Commercial,
        severity: look.severity,
        title: "t".into(),
        description: "d".into(),
        updated_at: at,
        first_seen: Some(at),
        last_seen: Some(at),
        count: n + 1,
        sample: look.sample,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind: PrincipalKind::IamUser,
            partition: Partition::Commercial,
            account: Some(account()),
            name: "deployer".into(),
            session: None,
            unique_id: Some("AIDAEXAMPLE".into()),
            access_key: AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE"),
        },
        resource: None,
        activity: Activity { api: Some("ListBuckets".into()), ip: ip.parse().ok(), ..Activity::default() },
    }
}
