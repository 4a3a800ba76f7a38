//! Whoever is on call is told of a case whose time is over while Slack is away, once, and told when it is settled.
//! Never here: how a page is sent.

use super::world::{Act, Look, Who, World, act, look};
use proptest::prelude::*;
use vouch::case::alarm::Signal;
use vouch::case::effect::Want;
use vouch::case::entry::EntryKind;
use vouch::case::event::{Answer, Failure, Outcome};
use vouch::case::guard::Mode;
use vouch::case::playbook::{NoAnswer, Stance};
use vouch::case::prompt::Choice;
use vouch::case::state::Stage;

/// Raised and ended alarms, in order.
fn pages(world: &World) -> Vec<&'static str> {
    let signal =
        |want: Want| if let Want::Page { alarm } = want { Some(alarm.signal.as_str()) } else { None };
    world.wanted("page").into_iter().filter_map(signal).collect()
}

/// A case that waits for an answer; its messages are still on their way.
fn asking(look: Look) -> World {
    let mut world = World::open(look);
    world.drain_kinds(&["confirm", "find-owner", "investigate"]);
    assert_eq!(world.case.stage, Stage::Asking);
    world
}

fn overdue(world: &mut World) {
    for _ in 0..10 {
        if world.case.reach.overdue {
            return;
        }
        let _ = world.play(Act::Wait);
    }
    panic!("the deadline never passes");
}

/// Everything comes back well until the case is closed.
fn close(world: &mut World) {
    for _ in 0..20 {
        world.drain();
        if world.case.stage == Stage::Closed {
            return;
        }
        let _ = world.play(Act::Wait);
    }
    panic!("the case never closes: {:?}", world.case.stage);
}

fn escalating() -> Look {
    Look { no_answer: NoAnswer::Escalate, ..Look::plain() }
}

#[test]
fn a_deadline_that_passes_while_slack_is_away_pages_once_and_is_ended_when_settled() {
    let mut world = asking(escalating());
    world.hold_messages();
    assert!(pages(&world).is_empty(), "while there is time nobody is paged");
    overdue(&mut world);
    world.hold_messages();
    let _ = world.play(Act::Wait);
    assert_eq!(pages(&world), ["trigger"]);
    let Some(Want::Page { alarm }) = world.wanted("page").first().cloned() else { panic!("a page") };
    assert_eq!(alarm.case, world.case.id);
    assert!(matches!(alarm.signal, Signal::Raise { .. }));
    // Slack is back, and still nobody has decided.
    world.drain();
    assert_eq!(pages(&world), ["trigger"]);
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    close(&mut world);
    assert_eq!(pages(&world), ["trigger", "resolve"]);
}

#[test]
fn slack_that_goes_away_after_the_question_arrived_pages_too() {
    let mut world = asking(Look::plain());
    world.drain();
    overdue(&mut world);
    // The rule acts on silence and the case closes before anybody notices that Slack is gone.
    world.drain_kinds(&["prepare", "apply", "verify"]);
    assert!(pages(&world).is_empty());
    world.hold_messages();
    assert_eq!(pages(&world), ["trigger"]);
    close(&mut world);
    assert_eq!(pages(&world), ["trigger", "resolve"]);
}

#[test]
fn a_channel_that_is_gone_counts_as_away() {
    let mut world = asking(escalating());
    let card = world.case.card.expect("a card is on its way");
    let gone = Outcome::Failed { cause: "channel_not_found".into(), kind: Failure::Gone };
    let _ = world.result(card, gone);
    overdue(&mut world);
    assert_eq!(pages(&world), ["trigger"]);
}

#[test]
fn a_card_that_was_refused_is_posted_again_and_ends_the_alarm_with_the_case() {
    let gone = || Outcome::Failed { cause: "channel_not_found".into(), kind: Failure::Gone };
    let mut world = asking(escalating());
    let first = world.case.card.expect("a card is on its way");
    let _ = world.result(first, gone());
    overdue(&mut world);
    assert_eq!(pages(&world), ["trigger"]);
    // Refused once more, then the app is let in again.
    let mut cards = vec![first];
    for _ in 0..10 {
        let card = world.case.card.expect("there is always one");
        if card != cards[cards.len() - 1] {
            cards.push(card);
            if cards.len() == 2 {
                let _ = world.result(card, gone());
            }
        }
        if cards.len() == 3 {
            break;
        }
        let _ = world.play(Act::Wait);
    }
    assert_eq!(cards.len(), 3, "tried again, and again");
    let waiting = world.case.waiting_notes.len();
    assert!(waiting > 0, "what is to be told waits for the card");
    world.drain();
    assert!(world.case.waiting_notes.is_empty());
    assert_eq!(pages(&world), ["trigger"], "nobody has decided yet");
    let step = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    assert_eq!(step.answer, Answer::Accepted, "on the new card");
    close(&mut world);
    assert_eq!(pages(&world), ["trigger", "resolve"]);
}

#[test]
fn a_case_that_asks_nobody_pages_too_when_responders_cannot_hear_of_it() {
    for look in [Look { stance: Stance::Notify, ..Look::plain() }, Look { own: true, ..Look::plain() }] {
        let mut world = World::open(look.clone());
        world.drain_kinds(&["confirm", "find-owner", "investigate"]);
        assert_eq!(world.case.stage, Stage::Stuck);
        world.hold_messages();
        let _ = world.play(Act::Wait);
        assert_eq!(pages(&world), ["trigger"], "{look:?}");
        world.drain();
        assert_eq!(pages(&world), ["trigger"], "and once");
        let _ = world.click(Who::Responder, Choice::DismissReason { reason: "a drill".into() }, 0);
        close(&mut world);
        assert_eq!(pages(&world), ["trigger", "resolve"]);
        // While Slack works nobody is paged.
        let mut world = World::open(look);
        for _ in 0..5 {
            world.drain();
            let _ = world.play(Act::Wait);
        }
        assert!(pages(&world).is_empty());
    }
}

#[test]
fn a_closed_case_does_not_knock_for_ever() {
    let mut world = asking(Look::plain());
    let _ = world.click(Who::Owner, Choice::NotMine { remedy: None }, 0);
    let mut tried = 0;
    for _ in 0..60 {
        let refused = world.case.card.filter(|card| world.numbers("post").contains(card));
        if let Some(card) = refused {
            tried += 1;
            let _ = world.result(card, Outcome::Failed { cause: "is_archived".into(), kind: Failure::Gone });
        }
        world.drain_kinds(&["prepare", "apply", "verify"]);
        if world.case.wakes_at().is_none() {
            break;
        }
        let _ = world.play(Act::Wait);
    }
    assert_eq!(world.case.wakes_at(), None, "it rests");
    assert!((2..10).contains(&tried), "{tried} cards");
}

#[test]
fn nobody_is_paged_while_slack_works_or_where_nobody_is_asked() {
    let mut world = asking(escalating());
    world.drain();
    overdue(&mut world);
    world.drain();
    let _ = world.click(Who::Responder, Choice::Take, 0);
    world.drain();
    assert!(pages(&world).is_empty());
    for look in [Look { mode: Mode::Observe, ..escalating() }, Look { sample: true, ..escalating() }] {
        let mut world = World::open(look);
        for _ in 0..6 {
            world.hold_messages();
            let _ = world.play(Act::Wait);
        }
        assert!(pages(&world).is_empty());
    }
}

#[test]
fn what_the_second_route_said_is_in_the_audit() {
    let mut world = asking(escalating());
    world.hold_messages();
    overdue(&mut world);
    let step = world.answer("page", Outcome::Ok { request_ids: vec![] });
    let paged = |kind| kind == EntryKind::Paged;
    assert!(step.entries.iter().any(|e| paged(e.kind) && e.data["state"] == "delivered"));
}

proptest! {
    /// Never before the deadline, never twice, and ended only after it was raised.
    #[test]
    fn alarms_take_turns((look, acts) in (look(), proptest::collection::vec(act(), 1..40))) {
        let mut world = World::open(look);
        for act in acts {
            let step = world.play(act);
            let raised = step.effects.iter().any(|e| matches!(&e.want,
                Want::Page { alarm } if matches!(alarm.signal, Signal::Raise { .. })));
            prop_assert!(!raised || step.case.reach.overdue, "raised before the deadline");
        }
        for (n, signal) in pages(&world).into_iter().enumerate() {
            prop_assert_eq!(signal, if n % 2 == 0 { "trigger" } else { "resolve" });
        }
    }
}
