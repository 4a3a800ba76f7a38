//! The laws of the case machine, checked over random stories that shrink to readable ones.
//! Never here: I/O; the world of these tests answers effects from a table.

mod ledger;
mod reach;
mod turns;
mod world;

use jiff::SignedDuration;
use proptest::prelude::*;
use vouch::case::effect::{Destination, Want};
use vouch::case::event::Answer;
use vouch::case::guard::Mode;
use vouch::case::owner::Confidence;
use vouch::case::playbook::Stance;
use vouch::case::prompt::{PromptState, Verdict};
use vouch::case::state::{Closing, Stage};
use world::{Act, Look, Who, World, act};

fn story() -> impl Strategy<Value = (Look, Vec<Act>)> {
    (world::look(), proptest::collection::vec(act(), 1..40))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2 * ProptestConfig::default().cases,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    })]

    /// `step` never panics, an open case always wakes, and effect numbers only grow.
    #[test]
    fn an_open_case_always_wakes((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let before = world.case.next_effect;
            let step = world.play(act);
            prop_assert!(step.case.next_effect >= before);
            let mut last = before;
            for effect in &step.effects {
                prop_assert!(effect.no.0 > last, "effect {:?} after {last}", effect.no);
                last = effect.no.0;
            }
            prop_assert!(!step.case.is_open() || step.case.wakes_at().is_some(), "{:?} sleeps for ever", step.case.stage);
        }
    }

    /// No remedy without a verdict, an approval, a responder's word, or a rule that names it.
    #[test]
    fn every_write_has_a_reason((look, acts) in story()) {
        let mut world = World::open(look.clone());
        for act in acts {
            let step = world.play(act);
            for effect in &step.effects {
                if let Want::Apply { remedy, .. } = &effect.want {
                    let rule = &step.case.terms.rule;
                    let by_person = world.spoke(&["not-mine", "facts", "contain", "approve"]);
                    let by_rule = rule.stance == Stance::Contain || step.case.acted_unasked;
                    prop_assert!(by_person || by_rule, "{remedy:?} out of nowhere");
                }
            }
        }
    }

    /// A reply from somebody who was not asked changes no stage and gets no `Accepted`.
    #[test]
    fn strangers_change_nothing((look, acts) in story(), choice in world::choice()) {
        let mut world = World::open(look);
        for act in acts {
            let _ = world.play(act);
        }
        let before = world.case.clone();
        let step = world.click(Who::Stranger, choice, 0);
        prop_assert_eq!(step.answer, Answer::NotYours);
        prop_assert_eq!(before.stage, step.case.stage);
        prop_assert_eq!(before.answered, step.case.answered);
        prop_assert_eq!(before.plans, step.case.plans);
    }

    /// A closed case writes nothing except undo; archiving belongs to the closing step.
    #[test]
    fn a_closed_case_writes_nothing((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let was_closed = world.case.stage == Stage::Closed;
            let step = world.play(act);
            if was_closed && step.case.stage == Stage::Closed {
                let writes: Vec<_> = step.effects.iter().filter(|e| e.want.writes()).collect();
                let only_undo = writes.iter().all(|e| e.want.as_str() == "undo");
                prop_assert!(only_undo, "{writes:?}");
            }
        }
    }

    /// In observe nobody is asked; in dry-run and observe nothing is written.
    #[test]
    fn modes_hold((look, acts) in story()) {
        let mode = look.mode;
        let mut world = World::open(look);
        for act in acts {
            let _ = world.play(act);
        }
        for effect in &world.all {
            if mode != Mode::Enforce {
                prop_assert!(!effect.want.writes(), "{effect:?} in {mode:?}");
            }
            if mode == Mode::Observe {
                let asked = matches!(&effect.want, Want::Post { to: Destination::Person { .. }, .. });
                prop_assert!(!asked, "asked in observe");
            }
        }
    }

    /// Protected principals are never in a remedy.
    #[test]
    fn protected_principals_are_left_alone((look, acts) in story()) {
        let mut world = World::open(Look { protected: true, ..look });
        for act in acts {
            let _ = world.play(act);
        }
        let written: Vec<_> = world.all.iter().filter(|e| ["prepare", "apply"].contains(&e.want.as_str())).collect();
        prop_assert!(written.is_empty(), "{written:?}");
    }

    /// Buttons of an older revision decide nothing.
    #[test]
    fn changed_facts_void_older_buttons((look, acts) in story(), choice in world::owners_choice()) {
        let mut world = World::open(look);
        for act in acts {
            let _ = world.play(act);
        }
        if world.case.revision == 0 {
            return Ok(());
        }
        let before = world.case.clone();
        let step = world.click(Who::Owner, choice, 1);
        prop_assert_ne!(step.answer, Answer::Accepted);
        prop_assert_eq!(before.stage, step.case.stage);
        prop_assert_eq!(before.answered, step.case.answered);
        prop_assert_eq!(before.verdict, step.case.verdict);
    }

    /// A result that comes twice changes nothing the second time; so does a wake-up.
    #[test]
    fn twice_is_once((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let repeat = world.event(&act);
            let _ = world.play(act);
            if let Some(event) = repeat.filter(world::is_repeatable) {
                let before = world.case.clone();
                let again = before.clone().step(event, world.now);
                prop_assert_eq!(&before, &again.case);
                prop_assert!(again.effects.is_empty(), "{:?}", again.effects);
            }
        }
    }

    /// A question to another person never silences an earlier one.
    #[test]
    fn earlier_prompts_stay_answerable((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let before = world.case.clone();
            let step = world.play(act);
            let asked_more = step.case.prompts.len() > before.prompts.len();
            if !asked_more || step.case.answered.is_some() || step.case.revision != before.revision {
                continue;
            }
            for old in &before.prompts {
                let now = step.case.prompts.iter().find(|p| p.effect == old.effect);
                let over = |p: &vouch::case::prompt::Prompt| p.spent || p.state == PromptState::Failed;
                let silenced = before.is_answerable(old) && now.is_none_or(|p| !step.case.is_answerable(p) && !over(p));
                prop_assert!(!silenced, "{} was silenced", old.person);
            }
        }
    }

    /// Left alone, every case comes to rest: closed, or waiting for a human who is reminded.
    #[test]
    fn silence_ends_somewhere(look in world::look()) {
        let mut world = World::open(look);
        for _ in 0..200 {
            world.drain();
            if !world.case.is_open() || [Stage::Stuck, Stage::AwaitingApproval].contains(&world.case.stage) {
                return Ok(());
            }
            let _ = world.play(Act::Wait);
        }
        prop_assert!(false, "still {:?} after 200 wake-ups", world.case.stage);
    }

    /// Silence never means yes.
    #[test]
    fn silence_never_vouches(look in world::look()) {
        let mut world = World::open(look);
        for _ in 0..60 {
            world.drain();
            let _ = world.play(Act::Wait);
        }
        prop_assert_ne!(world.case.closing, Some(Closing::Vouched));
    }

    /// What stood there before is saved before the first write of it, and every write follows a confirmed finding.
    #[test]
    fn every_write_follows_its_prior_state((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let step = world.play(act);
            for effect in &step.effects {
                if let Want::Apply { index, target, .. } = &effect.want {
                    let act = &step.case.plan().expect("a plan").acts[*index];
                    prop_assert!(act.prior.is_some(), "nothing to restore {:?} to", act.remedy);
                    prop_assert!(step.case.target.is_some(), "written on an unconfirmed finding");
                    prop_assert_eq!(Some(target), step.case.plan().map(|p| &p.target));
                    let prepared = world.all.iter().any(|e| e.no < effect.no && e.want.as_str() == "prepare");
                    prop_assert!(prepared);
                }
            }
        }
    }

    /// One plan at a time: nothing is begun while another write of the case is under way.
    #[test]
    fn one_write_at_a_time((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let _ = world.play(act);
            let writes: usize = ["prepare", "apply", "undo"].iter().map(|k| world.under_way(k).len()).sum();
            prop_assert!(writes <= 1, "{writes} at once");
        }
    }

    /// A person is asked by one question only, and every answer, reminder and repaint belongs to a question.
    #[test]
    fn effects_belong_to_questions((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let step = world.play(act);
            for effect in &step.effects {
                if let Want::Post { to: Destination::Person { person }, .. } = &effect.want {
                    let found = step.case.prompts.iter().find(|p| p.effect == effect.no);
                    prop_assert_eq!(found.map(|p| &p.person), Some(person));
                    let twice = step.case.questions().filter(|p| p.person == *person).count();
                    prop_assert_eq!(twice, 1, "{} is asked twice about the same", person);
                }
            }
        }
    }

    /// Vouched takes all three facts; and a second voice for high severity or an owner of low confidence.
    #[test]
    fn vouched_takes_what_it_takes((look, acts) in story()) {
        let mut world = World::open(look.clone());
        for act in acts {
            let by = if let Act::Click(who, ..) = &act { Some(*who) } else { None };
            let was = world.case.closing;
            let step = world.play(act);
            if step.case.closing != Some(Closing::Vouched) || was == Some(Closing::Vouched) {
                continue;
            }
            let answered = step.case.answered.as_ref().expect("somebody vouched");
            prop_assert_eq!(answered.verdict, Verdict::Mine);
            let low = look.confidence == Confidence::Low && answered.by.as_str().starts_with("UOWNER");
            if look.severity >= 7.0 || low || look.voices == 2 {
                let approved = world.spoke(&["approve"]);
                let second = by.is_none_or(|who| [Who::Responder, Who::OtherResponder].contains(&who));
                prop_assert!(approved && second, "one voice vouched");
            }
        }
    }

    /// What a responder released is not contained again by the rule.
    #[test]
    fn released_stays_released((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let released = world.case.released;
            let step = world.play(act);
            for effect in &step.effects {
                if let Want::Prepare { .. } = &effect.want && released {
                    let by = step.case.plan().map(|p| p.by.clone()).unwrap_or_default();
                    prop_assert!(by.starts_with("slack:"), "contained again by {by}");
                }
            }
        }
    }

    /// The deadline passes when it passes: a wake-up leaves nothing due, so that nothing spins.
    #[test]
    fn a_wake_up_settles_what_was_due((look, acts) in story()) {
        let mut world = World::open(look);
        for act in acts {
            let wait = matches!(act, Act::Wait);
            let step = world.play(act);
            if wait {
                prop_assert!(step.case.wakes_at().is_none_or(|at| at > world.now), "due again at once");
            }
        }
    }

    /// The breaker's limits hold, whatever is asked and in whatever order.
    #[test]
    fn budgets_are_never_exceeded(asked in proptest::collection::vec((0i64..900, 0usize..3, proptest::bool::weighted(0.1)), 1..80)) {
        let granted = world::spend(&asked);
        for (i, (at, account)) in granted.iter().enumerate() {
            let within = |seconds: i64| granted[..=i].iter().filter(move |(t, _)| at - t < seconds);
            prop_assert!(within(600).count() <= 5);
            prop_assert!(within(86_400).count() <= 20);
            prop_assert!(within(3_600).filter(|(_, a)| a == account).count() <= 3);
        }
    }
}

/// The clock may jump: a wake-up far too late is still one wake-up.
#[test]
fn a_late_wake_up_does_everything_once() {
    let mut world = World::open(Look::plain());
    world.drain();
    world.now += SignedDuration::from_hours(100);
    let step = world.play(Act::Wait);
    let reminders = step.entries.iter().filter(|e| e.kind == vouch::case::entry::EntryKind::Reminded).count();
    assert!(reminders <= 1, "{reminders} reminders at once");
}
