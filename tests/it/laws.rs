//! The laws of the case machine, checked over random stories that shrink to readable ones.
//! Never here: I/O; the world of these tests answers effects from a table.

mod world;

use jiff::SignedDuration;
use proptest::prelude::*;
use vouch::case::effect::{Destination, Want};
use vouch::case::event::Answer;
use vouch::case::guard::Mode;
use vouch::case::playbook::Stance;
use vouch::case::prompt::PromptState;
use vouch::case::state::{Closing, Stage};
use world::{Act, Look, Who, World, act};

fn story() -> impl Strategy<Value = (Look, Vec<Act>)> {
    (world::look(), proptest::collection::vec(act(), 1..40))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_shrink_iters: 4000, ..ProptestConfig::default() })]

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
