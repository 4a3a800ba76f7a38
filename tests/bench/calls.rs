//! The calls of one case, from the finding to its end, and how many of its look-ups wait for each other.
//! Never here: what a call takes; the emulator's answers are not AWS's.

use crate::figures::Table;
use crate::stories::house::House;
use sim::fault::{Fault, Planned};
use sim::record::Request;
use std::collections::BTreeMap;
use std::time::Duration;
use vouch::aws::investigate;

/// What each look-up takes: long beside the emulator's own time.
const EACH: Duration = Duration::from_millis(300);

pub(crate) async fn per_case(table: &mut Table) {
    let house =
        House::build("bench-calls").with(r#"offer = ["contain"]"#).verify_after(r#"["1s"]"#).start().await;
    for look_up in look_ups() {
        let fault = Fault::Slow { millis: EACH.as_millis().try_into().expect("less than a second") };
        let on = look_up.to_owned();
        house.front.plan(Planned { on, fault, times: None, skip: 0, saying: String::new() });
    }
    let before = house.front.all_requests().last().map_or(0, |request| request.n);
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let looked = house.front.all_requests().into_iter().filter(|request| request.n > before);
    let looked: Vec<Request> = looked.filter(|r| look_ups().any(|name| name == r.method)).collect();
    let first = looked.iter().map(|request| request.at).min().expect("it was looked into");
    let last = looked.iter().map(|request| request.at).max().expect("it was looked into");
    let took = last.duration_since(first).as_secs_f64() + EACH.as_secs_f64();
    table.row(
        "evidence about a user",
        format!("{:.1} of its slowest call", took / EACH.as_secs_f64()),
        "at most 1.5 times",
        format!(
            "{} calls of {} ms each, side by side where none needs another's answer",
            looked.len(),
            EACH.as_millis()
        ),
    );

    house.front.clear_faults(None);
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for request in house.front.all_requests().into_iter().filter(|request| request.n > before) {
        // The queue is asked for ever, whatever comes of it.
        if !request.method.contains("Message") {
            *calls.entry(request.method).or_default() += 1;
        }
    }
    let more: Vec<String> =
        calls.iter().filter(|(_, n)| **n > 1).map(|(name, n)| format!("{name} {n}")).collect();
    table.row(
        "calls of a case: a stolen key, contained and read back once",
        format!("{} calls of {} kinds", calls.values().sum::<usize>(), calls.len()),
        "",
        format!("more than once: {}", more.join(", ")),
    );
}

fn look_ups() -> impl Iterator<Item = &'static str> {
    investigate::ACTIONS.iter().filter_map(|action| action.strip_prefix("iam:"))
}
