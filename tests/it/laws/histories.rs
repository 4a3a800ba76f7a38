//! Random histories: every law is looked at after every step, and a history that breaks one
//! shrinks to the shortest story that does. Nine fixed seeds, and a fresh one that is printed.
//! Never here: the world, or laws that need a story of their own.

use super::world::{self, Act, Look, Who, World, act};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::collections::BTreeMap;
use vouch::case::effect::{Destination, Want};
use vouch::case::entry::{Entry, EntryKind};
use vouch::case::event::Answer;
use vouch::case::guard::Mode;
use vouch::case::owner::{Confidence, PersonId};
use vouch::case::playbook::{NoAnswer, Stance};
use vouch::case::prompt::{Choice, PromptState, Verdict};
use vouch::case::state::{Case, Closing, ProposalKind, Stage};
use vouch::case::step::Step;

/// Histories per seed, a hundred thousand altogether; `VOUCH_HISTORIES` tells more of them, or fewer.
const EACH: u32 = 10_000;

fn each() -> u32 {
    std::env::var("VOUCH_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(EACH)
}

/// One step, and the world around it.
pub struct Scene<'a> {
    pub look: &'a Look,
    pub act: &'a Act,
    pub before: &'a Case,
    pub step: &'a Step,
    pub world: &'a World,
}

type Law = fn(&Scene<'_>) -> Result<(), String>;

const LAWS: [(&str, Law); 18] = [
    ("an open case always wakes, and effect numbers only grow", wakes),
    ("no remedy without a verdict, an approval, a responder's word or a rule that names it", reasons),
    ("a closed case writes nothing but undo", closed_writes_nothing),
    ("nobody is asked in observe, nothing is written in dry-run", modes),
    ("protected principals, samples and accounts that are not allowed are never written to", never_written),
    ("a question to another person silences nobody", earlier_prompts),
    ("what stood there is saved before it is written over, on a confirmed finding", priors),
    ("one write at a time", one_write),
    ("a person is asked by one question", one_question),
    ("vouched takes all three facts and the voices it takes", vouching),
    ("where the rule contains first, the owner lifts nothing alone", contain_first),
    ("what was released is not contained again by the rule", released),
    ("a wake-up leaves nothing due", nothing_due),
    ("older cards and older questions decide nothing", older_surfaces),
    ("an approval is by another person than the one it confirms", two_persons),
    ("nobody is asked more often than they may be", capped),
    ("at most two reminders a round", reminders),
    ("a responder can end whatever is stuck", stuck_ends),
];

fn law(so: bool, why: impl Fn() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(why()) }
}

fn wakes(s: &Scene<'_>) -> Result<(), String> {
    let mut last = s.before.next_effect;
    for effect in &s.step.effects {
        law(effect.no.0 > last, || format!("effect {:?} after {last}", effect.no))?;
        last = effect.no.0;
    }
    let awake = !s.step.case.is_open() || s.step.case.wakes_at().is_some();
    law(awake, || format!("{:?} sleeps for ever", s.step.case.stage))
}

fn reasons(s: &Scene<'_>) -> Result<(), String> {
    let wrote = s.step.effects.iter().any(|e| matches!(e.want, Want::Apply { .. }));
    let by_person = s.world.spoke(&["not-mine", "facts", "contain", "approve"]);
    let by_rule = s.step.case.terms.rule.stance == Stance::Contain || s.step.case.acted_unasked;
    law(!wrote || by_person || by_rule, || "a write out of nowhere".into())
}

fn closed_writes_nothing(s: &Scene<'_>) -> Result<(), String> {
    let closed = s.before.stage == Stage::Closed && s.step.case.stage == Stage::Closed;
    let writes = s.step.effects.iter().any(|e| e.want.writes() && e.want.as_str() != "undo");
    law(!closed || !writes, || "a closed case wrote".into())
}

fn modes(s: &Scene<'_>) -> Result<(), String> {
    let mode = s.look.mode;
    for effect in &s.step.effects {
        let wrote = effect.want.writes() && mode != Mode::Enforce;
        law(!wrote, || format!("{} in {mode:?}", effect.want.as_str()))?;
        let asked = matches!(effect.want, Want::Post { to: Destination::Person { .. }, .. });
        law(!asked || mode != Mode::Observe, || "asked in observe".into())?;
    }
    Ok(())
}

fn never_written(s: &Scene<'_>) -> Result<(), String> {
    let never = s.look.protected || s.look.sample || !s.look.allowed;
    let begun = s.step.effects.iter().any(|e| ["prepare", "apply"].contains(&e.want.as_str()));
    law(!(never && begun), || "a remedy was begun".into())
}

fn earlier_prompts(s: &Scene<'_>) -> Result<(), String> {
    let now = &s.step.case;
    let asked_more = now.prompts.len() > s.before.prompts.len();
    // Nobody may have been left who could be asked: then the rule has decided, and that ends every question.
    let decided = |e: &Entry| e.kind == EntryKind::Escalated && e.data["to"] == "no-answer";
    let over = now.answered.is_some() || s.step.entries.iter().any(decided);
    if !asked_more || over || now.revision != s.before.revision {
        return Ok(());
    }
    for old in s.before.prompts.iter().filter(|p| s.before.is_answerable(p)) {
        let found = now.prompts.iter().find(|p| p.effect == old.effect);
        let over = |p: &vouch::case::prompt::Prompt| p.spent || p.state == PromptState::Failed;
        let silenced = found.is_none_or(|p| !now.is_answerable(p) && !over(p));
        law(!silenced, || format!("{} was silenced", old.person))?;
    }
    Ok(())
}

fn priors(s: &Scene<'_>) -> Result<(), String> {
    for effect in &s.step.effects {
        if let Want::Apply { index, target, .. } = &effect.want {
            let plan = s.step.case.plan().ok_or("no plan")?;
            law(plan.acts[*index].prior.is_some(), || "nothing to restore it to".into())?;
            law(s.step.case.target.is_some(), || "written on an unconfirmed finding".into())?;
            law(*target == plan.target, || "another target than the plan's".into())?;
        }
    }
    Ok(())
}

fn one_write(s: &Scene<'_>) -> Result<(), String> {
    let writes: usize = ["prepare", "apply", "undo"].iter().map(|kind| s.world.how_many(kind)).sum();
    law(writes <= 1, || format!("{writes} at once"))
}

fn one_question(s: &Scene<'_>) -> Result<(), String> {
    for effect in &s.step.effects {
        if let Want::Post { to: Destination::Person { person }, .. } = &effect.want {
            let found = s.step.case.prompts.iter().find(|p| p.effect == effect.no);
            law(found.is_some_and(|p| p.person == *person), || "a question of nobody".into())?;
            let times = s.step.case.questions().filter(|p| p.person == *person).count();
            law(times == 1, || format!("{person} is asked {times} times about the same"))?;
        }
    }
    Ok(())
}

fn just_vouched(s: &Scene<'_>) -> bool {
    s.step.case.closing == Some(Closing::Vouched) && s.before.closing != Some(Closing::Vouched)
}

fn by_a_responder(s: &Scene<'_>) -> bool {
    let who = if let Act::Click(who, ..) = s.act { Some(*who) } else { None };
    s.world.spoke(&["approve"]) && who.is_none_or(|w| [Who::Responder, Who::OtherResponder].contains(&w))
}

fn vouching(s: &Scene<'_>) -> Result<(), String> {
    if !just_vouched(s) {
        return Ok(());
    }
    let answered = s.step.case.answered.as_ref().ok_or("nobody vouched")?;
    law(answered.verdict == Verdict::Mine, || format!("{:?} vouched", answered.verdict))?;
    let low = s.look.confidence == Confidence::Low && answered.by.as_str().starts_with("UOWNER");
    let two = s.look.severity >= 7.0 || low || s.look.voices == 2 || s.step.case.ahead;
    law(!two || by_a_responder(s), || "one voice vouched".into())
}

fn contain_first(s: &Scene<'_>) -> Result<(), String> {
    let first = s.step.case.terms.rule.stance == Stance::Contain && s.look.mode == Mode::Enforce;
    law(!(just_vouched(s) && first) || by_a_responder(s), || "the owner lifted it alone".into())
}

fn released(s: &Scene<'_>) -> Result<(), String> {
    let again = s.before.released && s.step.effects.iter().any(|e| e.want.as_str() == "prepare");
    let by = s.step.case.plan().map(|p| p.by.clone()).unwrap_or_default();
    law(!again || by.starts_with("slack:"), || format!("contained again by {by}"))
}

fn nothing_due(s: &Scene<'_>) -> Result<(), String> {
    let woke = matches!(s.act, Act::Wait);
    let due = s.step.case.wakes_at().is_some_and(|at| at <= s.world.now);
    law(!woke || !due, || "due again at once".into())
}

fn older_surfaces(s: &Scene<'_>) -> Result<(), String> {
    let Act::Click(_, choice, behind) = s.act else { return Ok(()) };
    let shown = if choice.is_for_owner() {
        s.before.revision
    } else {
        s.before.card_surface(vouch::case::effect::EffectNo(0)).revision
    };
    let older = shown.min(*behind) > 0;
    let free = matches!(choice, Choice::Undo | Choice::Take);
    let same = s.before.answered == s.step.case.answered && s.before.plans == s.step.case.plans;
    law(!older || free || (same && s.step.answer != Answer::Accepted), || "an older message decided".into())
}

fn two_persons(s: &Scene<'_>) -> Result<(), String> {
    for entry in s.step.entries.iter().filter(|e| e.kind == EntryKind::Approved) {
        let by = entry.actor.to_string();
        law(entry.data["by"] != by.as_str(), || format!("{by} approved what they proposed"))?;
        let answerer = s.before.answered.as_ref().map(|a| format!("slack:{}", a.by));
        law(answerer != Some(by.clone()), || format!("{by} approved their own answer"))?;
        let digest = s.before.proposal.as_ref().map(|p| p.digest.clone()).unwrap_or_default();
        law(entry.data["digest"] == digest.as_str(), || "approved something else than was shown".into())?;
    }
    let kind = s.before.proposal.as_ref().map(|p| p.kind);
    let undone = s.step.entries.iter().any(|e| e.kind == EntryKind::Approved);
    law(!undone || kind != Some(ProposalKind::Done) || s.step.case.stage == Stage::Closed, || {
        "not done".into()
    })
}

fn capped(s: &Scene<'_>) -> Result<(), String> {
    let hour = jiff::SignedDuration::from_hours(1);
    let mut asked: BTreeMap<&PersonId, u32> = BTreeMap::new();
    for (at, person) in s.world.asked.iter().filter(|(at, _)| *at > s.world.now - hour) {
        let _ = at;
        *asked.entry(person).or_default() += 1;
    }
    law(asked.values().all(|n| *n <= s.look.cap), || format!("{asked:?} in an hour"))
}

fn reminders(s: &Scene<'_>) -> Result<(), String> {
    law(s.step.case.reminders_sent <= 2, || format!("{} reminders", s.step.case.reminders_sent))
}

fn stuck_ends(s: &Scene<'_>) -> Result<(), String> {
    let case = &s.step.case;
    let writing = ["prepare", "apply", "undo"].iter().any(|kind| s.world.how_many(kind) > 0);
    let shown = case.card.is_some_and(|card| case.posted.contains_key(&card));
    if case.stage != Stage::Stuck || !shown || writing || s.look.mode == Mode::Observe {
        return Ok(());
    }
    let done = s.world.reply(Who::Responder, Choice::Done, 0);
    let answer = case.clone().step(done, s.world.now).answer;
    law(answer == Answer::Accepted, || format!("\"done\" hears {answer:?}"))
}

/// What is tried on a case at the end of its history: it must change nothing.
fn strangers(world: &mut World, choice: Choice) -> Result<(), String> {
    let before = world.case.clone();
    let step = world.click(Who::Stranger, choice, 0);
    let same = before.stage == step.case.stage && before.answered == step.case.answered;
    law(step.answer == Answer::NotYours && same, || format!("a stranger heard {:?}", step.answer))
}

/// Results that come twice, and a wake-up at the same moment, change nothing the second time.
fn twice(world: &World, event: vouch::case::event::Event) -> Result<(), String> {
    if !world::is_repeatable(&event) {
        return Ok(());
    }
    let again = world.case.clone().step(event, world.now);
    law(world.case == again.case && again.effects.is_empty(), || format!("again: {:?}", again.effects))
}

fn history((look, acts, last): &(Look, Vec<Act>, Choice)) -> Result<(), TestCaseError> {
    let broken = |name: &str, why: String| TestCaseError::fail(format!("{name}: {why}"));
    let mut world = World::open(look.clone());
    for act in acts {
        let event = world.event(act);
        let before = world.case.clone();
        let step = world.play(act.clone());
        let scene = Scene { look, act, before: &before, step: &step, world: &world };
        for (name, law) in LAWS {
            law(&scene).map_err(|why| broken(name, why))?;
        }
        if let Some(event) = event {
            twice(&world, event).map_err(|why| broken("twice is once", why))?;
        }
    }
    strangers(&mut world, last.clone()).map_err(|why| broken("strangers change nothing", why))
}

fn histories(seed: [u8; 16], cases: u32) {
    let config = Config { cases, max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() };
    // Chance takes a sixth of the time with the usual generator, and nobody attacks this one.
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let story = (world::look(), proptest::collection::vec(act(), 1..40), world::choice());
    match runner.run(&story, |told| history(&told)) {
        Ok(()) => {}
        Err(TestError::Fail(why, (look, acts, last))) => {
            let lines: Vec<String> = acts.iter().map(|act| format!("    {act:?}")).collect();
            panic!("seed {seed:?}\n{why}\n{look:#?}\n{}\n    then a stranger: {last:?}", lines.join("\n"));
        }
        Err(error @ TestError::Abort(_)) => panic!("seed {seed:?}: {error}"),
    }
}

macro_rules! fixed_seeds {
    ($($name:ident = $seed:literal),*) => {
        $(#[test]
        fn $name() {
            histories([$seed; 16], each());
        })*
    };
}

fixed_seeds!(
    seed_1 = 1,
    seed_2 = 2,
    seed_3 = 3,
    seed_4 = 4,
    seed_5 = 5,
    seed_6 = 6,
    seed_7 = 7,
    seed_8 = 8,
    seed_9 = 9
);

/// Other histories each time; `VOUCH_SEED` tells one again that was printed.
#[test]
#[expect(clippy::print_stdout, reason = "the seed of a failure must be known")]
fn a_fresh_seed() {
    let told = std::env::var("VOUCH_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let number = told.unwrap_or_else(rand::random::<u64>);
    println!("histories of VOUCH_SEED={number}");
    let mut seed = [0; 16];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    // Of zeros alone it would make nothing else.
    seed[8] = 1;
    histories(seed, each());
}

/// Found by a fresh seed: the last person left has been asked enough for this hour, so the deadline's decision comes in
/// the step that wanted to ask them.
#[test]
fn whoever_may_not_be_asked_any_more_is_passed_over_and_the_rule_decides() {
    let look = Look {
        mode: Mode::DryRun,
        confidence: Confidence::Low,
        owners: 0,
        escalations: 2,
        cap: 1,
        ..Look::plain()
    };
    let acts = vec![
        Act::Good(0),
        Act::Hold(0),
        Act::Click(Who::Owner, Choice::NotMine { remedy: None }, 0),
        Act::Wait,
        Act::Wait,
        Act::Finding { news: true, later: false },
        Act::Wait,
        Act::Good(0),
        Act::Good(0),
        Act::Good(3),
        Act::Good(0),
        Act::Good(0),
        Act::Wait,
        Act::Wait,
        Act::Wait,
    ];
    history(&(look, acts, Choice::NotMine { remedy: None })).expect("every law holds");
}

#[test]
fn a_question_that_was_withdrawn_reminds_nobody() {
    let look = Look {
        no_answer: NoAnswer::Escalate,
        confidence: Confidence::Low,
        escalations: 1,
        voices: 2,
        cap: 1,
        ..Look::plain()
    };
    let again = || Act::Finding { news: false, later: false };
    let acts = vec![
        Act::Wait,
        Act::Good(5),
        Act::Good(0),
        Act::Lost(4),
        again(),
        Act::Good(5),
        again(),
        Act::Good(5),
        Act::Good(1),
        Act::Click(Who::Owner, Choice::NotMine { remedy: None }, 0),
        Act::Wait,
    ];
    history(&(look, acts, Choice::NotMine { remedy: None })).expect("every law holds");
}
