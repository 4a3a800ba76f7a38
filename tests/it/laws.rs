//! The laws of the case machine: over ten thousand random histories (`histories`), and here those that need a
//! story of their own.
//! Never here: I/O; the world of these tests answers effects from a table.

mod histories;
mod ledger;
mod matrix;
mod reach;
mod trust;
mod turns;
mod world;

use jiff::SignedDuration;
use proptest::prelude::*;
use vouch::case::state::{Closing, Stage};
use world::{Act, Look, World};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 4000, ..ProptestConfig::default() })]

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
