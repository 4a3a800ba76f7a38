//! The suite itself. It knows the seam and nothing of what is behind it.
//! Never here: files, or any one kind of store.

use super::Place;
use super::samples::*;
use futures_util::future::join_all;
use vouch::case::effect::EffectNo;
use vouch::case::event::Answer;
use vouch::case::ledger::{PromptBudget, WriteBudget};
use vouch::case::owner::Address;
use vouch::case::state::Stage;
use vouch::ports::{
    Batch, CaseStore, FindingKey, Found, Lookup, Page, Query, ReplyRow, Stored, Subject, WriteError,
};

fn assert_conflict(result: Result<(), WriteError>) {
    assert!(matches!(result, Err(WriteError::Conflict(_))), "{result:?}");
}

pub(super) async fn an_empty_store_has_nothing(place: &mut dyn Place) {
    let store = place.store();
    assert_eq!(store.load(&id(1)).await.unwrap(), None);
    for lookup in [
        Lookup::Group(finding(1).group_key()),
        Lookup::Finding(FindingKey::of(&finding(1))),
        Lookup::Reply("click".to_owned()),
        Lookup::Person(person()),
        Lookup::Address("al@example.com".to_owned()),
        Lookup::Budget,
    ] {
        assert_eq!(store.lookup(lookup).await.unwrap(), None);
    }
    assert!(errands(&*store).await.is_empty() && wakes(&*store).await.is_empty());
    assert!(cases(&*store, None, 10, None).await.is_empty() && whole_chain(&*store).await.is_empty());
    assert_eq!(head(&*store).await.seq, 0);
}

pub(super) async fn a_case_comes_back_as_it_was_saved(place: &mut dyn Place) {
    let first = case(1, 0);
    place.store().write(&opening(&first)).await.unwrap();
    assert_eq!(
        place.store().load(&first.id).await.unwrap(),
        Some(Stored { version: 1, value: first.clone() })
    );
    let mut second = first.clone();
    second.revision += 1;
    let update = Batch { cases: vec![(1, second.clone())], ..Batch::default() };
    place.store().write(&update).await.unwrap();
    place.reopen();
    assert_eq!(place.store().load(&first.id).await.unwrap(), Some(Stored { version: 2, value: second }));
}

pub(super) async fn a_stale_version_changes_nothing(place: &mut dyn Place) {
    let store = place.store();
    let known = case(1, 0);
    store.write(&opening(&known)).await.unwrap();
    let before = head(&*store).await;
    let mut end = before.clone();
    let mut batch = opening(&case(2, 1));
    batch.cases.push((0, known.clone()));
    batch.effects = vec![errand(&id(2), 1)];
    batch.lines = lines(&mut end, 1);
    batch.people = vec![(person(), PromptBudget::default())];
    batch.replies =
        vec![("click".to_owned(), ReplyRow { at: minute(1), answer: Answer::Accepted, repeated: false })];
    batch.budget = Some((0, WriteBudget::default()));
    assert_conflict(store.write(&batch).await);
    drop(store);
    place.reopen();
    let store = place.store();
    assert_eq!(store.load(&id(2)).await.unwrap(), None);
    assert_eq!(store.load(&id(1)).await.unwrap().unwrap().version, 1);
    assert_eq!(head(&*store).await, before);
    assert_eq!(ids(&*store, None, 10, None).await, [id(1)]);
    assert!(errands(&*store).await.is_empty());
    for lookup in [
        Lookup::Group(finding(2).group_key()),
        Lookup::Finding(FindingKey::of(&finding(2))),
        Lookup::Reply("click".to_owned()),
        Lookup::Person(person()),
        Lookup::Budget,
    ] {
        assert_eq!(store.lookup(lookup).await.unwrap(), None);
    }
}

pub(super) async fn two_openings_of_one_case_meet(place: &mut dyn Place) {
    let store = place.store();
    let batch = opening(&case(1, 0));
    let results = join_all((0..8).map(|_| store.write(&batch))).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
}

pub(super) async fn the_budget_has_a_version_of_its_own(place: &mut dyn Place) {
    let budget = |next| WriteBudget { next, ..WriteBudget::default() };
    let write = |version, next| Batch { budget: Some((version, budget(next))), ..Batch::default() };
    place.store().write(&write(0, 7)).await.unwrap();
    assert_conflict(place.store().write(&write(0, 8)).await);
    place.store().write(&write(1, 9)).await.unwrap();
    place.reopen();
    let found = place.store().lookup(Lookup::Budget).await.unwrap();
    assert_eq!(found, Some(Found::Budget(Box::new(Stored { version: 2, value: budget(9) }))));
}

pub(super) async fn effects_wait_in_the_order_they_were_saved(place: &mut dyn Place) {
    let store = place.store();
    // Neither the order of ids nor that of numbers.
    let order = [errand(&id(9), 300), errand(&id(2), 1), errand(&id(2), 70_000), errand(&id(5), 2)];
    for errand in &order[..2] {
        store.write(&Batch { effects: vec![errand.clone()], ..Batch::default() }).await.unwrap();
    }
    let mut ledger = errand(&id(1), 1);
    ledger.subject = Subject::Ledger;
    let mut rest = order[2..].to_vec();
    rest.push(ledger.clone());
    store.write(&Batch { effects: rest, ..Batch::default() }).await.unwrap();
    drop(store);
    place.reopen();
    let mut all = order.to_vec();
    all.push(ledger);
    assert_eq!(errands(&*place.store()).await, all);

    let done = |at: usize| (all[at].subject.clone(), all[at].effect.no);
    let unknown = (Subject::Case(id(5)), EffectNo(99));
    let finished = Batch { finished: vec![done(0), done(3), unknown], ..Batch::default() };
    place.store().write(&finished).await.unwrap();
    // Saved again, it keeps its place; saved and finished in one batch, it is gone.
    let again = Batch {
        effects: vec![errand(&id(7), 5), all[1].clone()],
        finished: vec![(Subject::Case(id(7)), EffectNo(5))],
        ..Batch::default()
    };
    place.store().write(&again).await.unwrap();
    assert_eq!(errands(&*place.store()).await, [all[1].clone(), all[2].clone(), all[4].clone()]);
}

pub(super) async fn answers_people_groups_and_findings_are_found_by_key(place: &mut dyn Place) {
    let opened = case(1, 0);
    let mut batch = opening(&opened);
    let reply = |minutes| ReplyRow {
        at: minute(minutes),
        answer: Answer::FieldErrors { facts: true, reason: false },
        repeated: minutes == 2,
    };
    let asked = PromptBudget { asked: vec![minute(3)], ..PromptBudget::default() };
    // Texts from outside that look like parts of a key.
    batch.replies = vec![("a/b".to_owned(), reply(1)), ("a".to_owned(), reply(2)), (String::new(), reply(3))];
    batch.people = vec![(person(), asked.clone())];
    let al = Address { person: person(), since: Some(minute(4)) };
    batch.addresses = vec![("al@example.com".to_owned(), al.clone())];
    place.store().write(&batch).await.unwrap();
    place.reopen();
    let store = place.store();
    for (dedupe, row) in batch.replies {
        assert_eq!(store.lookup(Lookup::Reply(dedupe)).await.unwrap(), Some(Found::Reply(row)));
    }
    assert_eq!(store.lookup(Lookup::Reply("a/".to_owned())).await.unwrap(), None);
    assert_eq!(store.lookup(Lookup::Person(person())).await.unwrap(), Some(Found::Person(asked)));
    let address = |text: &str| store.lookup(Lookup::Address(text.to_owned()));
    assert_eq!(address("al@example.com").await.unwrap(), Some(Found::Address(al)));
    assert_eq!(address("al@example.co").await.unwrap(), None);
    assert_eq!(store.lookup(Lookup::Group(opened.key.clone())).await.unwrap(), Some(Found::Group(id(1))));
    let (key, row) = batch.findings.remove(0);
    assert_eq!(store.lookup(Lookup::Finding(key)).await.unwrap(), Some(Found::Finding(Box::new(row))));
    // A later case takes the group over.
    let over = Batch { groups: vec![(opened.key.clone(), id(2))], ..Batch::default() };
    store.write(&over).await.unwrap();
    assert_eq!(store.lookup(Lookup::Group(opened.key)).await.unwrap(), Some(Found::Group(id(2))));
}

pub(super) async fn the_chain_goes_on_only_from_its_end(place: &mut dyn Place) {
    let mut end = head(&*place.store()).await;
    let batch = |lines| Batch { lines, ..Batch::default() };
    let first = lines(&mut end, 3);
    place.store().write(&batch(first.clone())).await.unwrap();
    place.reopen();
    assert_eq!(head(&*place.store()).await, end);
    assert_conflict(place.store().write(&batch(first.clone())).await);
    let mut ahead = end.clone();
    let mut gap = lines(&mut ahead, 3);
    gap.remove(1);
    assert_conflict(place.store().write(&batch(gap)).await);
    let mut forged = lines(&mut end.clone(), 1);
    forged[0].prev = first[0].hash.clone();
    assert_conflict(place.store().write(&batch(forged)).await);
    let second = lines(&mut end, 2);
    place.store().write(&batch(second.clone())).await.unwrap();
    assert_eq!(whole_chain(&*place.store()).await, [first, second.clone()].concat());
    let page = place.store().page(Query::Lines { after: 3, limit: 1 }).await.unwrap();
    assert_eq!(page, Page::Lines(vec![second[0].clone()]));
}

pub(super) async fn concurrent_writers_keep_the_chain(place: &mut dyn Place) {
    let store = place.store();
    let writer = |number: u64| {
        let store = place.store();
        async move {
            for turn in 0..10 {
                let opened = case(number * 10 + turn, 0);
                loop {
                    let mut end = head(&*store).await;
                    let batch = Batch { lines: lines(&mut end, 2), ..opening(&opened) };
                    match store.write(&batch).await {
                        Ok(()) => break,
                        Err(WriteError::Conflict(_)) => {}
                        Err(WriteError::Fault(fault)) => panic!("{fault}"),
                    }
                }
            }
        }
    };
    join_all((0..6).map(writer)).await;
    assert_eq!(whole_chain(&*store).await.len(), 120);
    assert_eq!(cases(&*store, None, 100, None).await.len(), 60);
}

pub(super) async fn pages_are_newest_first(place: &mut dyn Place) {
    let store = place.store();
    for (number, at) in [(3, 30), (1, 10), (5, 20), (4, 20), (2, -60_000_000)] {
        let opened = case(number, at);
        let saved = if number % 2 == 0 { closed(opened, 40) } else { opened };
        store.write(&opening(&saved)).await.unwrap();
    }
    drop(store);
    place.reopen();
    let store = place.store();
    let order = [3, 4, 5, 1, 2].map(id);
    assert_eq!(ids(&*store, None, 10, None).await, order);
    assert_eq!(ids(&*store, None, 2, None).await, order[..2]);
    assert_eq!(ids(&*store, None, 2, Some(4)).await, order[2..4]);
    assert_eq!(ids(&*store, None, 9, Some(1)).await, order[4..]);
    assert_eq!(ids(&*store, Some(true), 10, None).await, [3, 5, 1].map(id));
    assert_eq!(ids(&*store, Some(false), 10, None).await, [4, 2].map(id));
    // The place of a closed case is good in the list of the open ones too.
    assert_eq!(ids(&*store, Some(true), 1, Some(4)).await, [id(5)]);
    assert_eq!(ids(&*store, Some(false), 5, Some(3)).await, [4, 2].map(id));
    assert!(ids(&*store, None, 5, Some(2)).await.is_empty());
    assert!(ids(&*store, None, 5, Some(99)).await.is_empty(), "nothing comes after a case that is not there");
    assert!(ids(&*store, None, 0, None).await.is_empty());
}

pub(super) async fn the_index_follows_the_case(place: &mut dyn Place) {
    async fn counts(store: &dyn CaseStore, stage: Stage) -> u64 {
        let Page::Counts(counts) = store.page(Query::Counts).await.unwrap() else { panic!("no counts") };
        assert!(counts.iter().all(|(stage, _)| *stage != Stage::Closed));
        counts.into_iter().filter(|(s, _)| *s == stage).map(|(_, count)| count).sum()
    }
    let store = place.store();
    let (early, late) = (case(2, 0), case(1, 5));
    for case in [&late, &early] {
        store.write(&opening(case)).await.unwrap();
    }
    let at =
        |case: &vouch::case::state::Case| (case.wakes_at().expect("an open case wakes"), case.id.clone());
    assert_eq!(wakes(&*store).await, [at(&early), at(&late)]);
    assert_eq!(counts(&*store, Stage::Tracing).await, 2);

    let mut later = early.clone();
    later.stage = Stage::Asking;
    later.deadline = Some(minute(90));
    later.nudge_at = None;
    assert!(at(&later) > at(&late), "the sample moved");
    store.write(&Batch { cases: vec![(1, later.clone())], ..Batch::default() }).await.unwrap();
    assert_eq!(wakes(&*store).await, [at(&late), at(&later)]);
    assert_eq!((counts(&*store, Stage::Tracing).await, counts(&*store, Stage::Asking).await), (1, 1));

    let over = closed(later.clone(), 95);
    store.write(&Batch { cases: vec![(2, over)], ..Batch::default() }).await.unwrap();
    assert_conflict(store.write(&Batch { cases: vec![(2, later)], ..Batch::default() }).await);
    drop(store);
    place.reopen();
    let store = place.store();
    assert_eq!(wakes(&*store).await, [at(&late)]);
    assert_eq!((counts(&*store, Stage::Tracing).await, counts(&*store, Stage::Asking).await), (1, 0));
    assert_eq!(ids(&*store, Some(false), 5, None).await, [id(2)]);
    assert_eq!(ids(&*store, Some(true), 5, None).await, [id(1)]);
}

pub(super) async fn what_is_past_its_time_is_dropped(place: &mut dyn Place) {
    let store = place.store();
    for number in 1..=4 {
        let old = closed(case(number, 0), 10 + number as i64);
        let mut batch = opening(&old);
        let mut end = head(&*store).await;
        batch.lines = lines(&mut end, 1);
        batch.effects = vec![errand(&old.id, 1)];
        let reply = ReplyRow { at: minute(number as i64), answer: Answer::Accepted, repeated: false };
        batch.replies = vec![(format!("click {number}"), reply)];
        store.write(&batch).await.unwrap();
    }
    store.write(&opening(&case(5, 0))).await.unwrap();
    // The group of case 1 lives on in case 5.
    store.write(&Batch { groups: vec![(case(1, 0).key, id(5))], ..Batch::default() }).await.unwrap();
    let sweep = |limit| {
        let store = place.store();
        async move {
            let query = Query::Expired { closed_before: minute(14), replies_before: minute(3), limit };
            let Page::Expired(dropped) = store.page(query).await.unwrap() else { panic!("no count") };
            dropped
        }
    };
    assert_eq!(sweep(2).await, 2);
    assert_eq!(sweep(100).await, 3);
    assert_eq!(sweep(100).await, 0);
    drop(store);
    place.reopen();
    let store = place.store();
    assert_eq!(ids(&*store, None, 10, None).await, [id(4), id(5)]);
    for (number, gone) in [(1, true), (2, true), (3, true), (4, false)] {
        assert_eq!(store.load(&id(number)).await.unwrap().is_none(), gone);
        let key = FindingKey::of(&finding(number));
        assert_eq!(store.lookup(Lookup::Finding(key)).await.unwrap().is_none(), gone);
        let reply = store.lookup(Lookup::Reply(format!("click {number}"))).await.unwrap();
        assert_eq!(reply.is_none(), number < 3);
    }
    let group = |number| store.lookup(Lookup::Group(case(number, 0).key));
    assert_eq!(group(1).await.unwrap(), Some(Found::Group(id(5))));
    assert_eq!(group(2).await.unwrap(), None);
    assert_eq!(group(4).await.unwrap(), Some(Found::Group(id(4))));
    assert_eq!(errands(&*store).await, [errand(&id(4), 1)]);
    assert_eq!(whole_chain(&*store).await.len(), 4, "the audit stays");
}

pub(super) async fn a_large_finding_survives(place: &mut dyn Place) {
    let mut batch = opening(&case(1, 0));
    let (key, row) = batch.findings.get_mut(0).map(|(key, row)| (key.clone(), row)).unwrap();
    row.finding.description = "é漢".repeat(1 << 18);
    let large = row.clone();
    place.store().write(&batch).await.unwrap();
    place.reopen();
    let found = place.store().lookup(Lookup::Finding(key.clone())).await.unwrap();
    assert_eq!(found, Some(Found::Finding(Box::new(large.clone()))));
    // Smaller again: no old part may be taken for a new one.
    let mut small = large;
    small.finding.description = "x".repeat(100_000);
    let update = Batch { findings: vec![(key.clone(), small.clone())], ..Batch::default() };
    place.store().write(&update).await.unwrap();
    assert_eq!(
        place.store().lookup(Lookup::Finding(key)).await.unwrap(),
        Some(Found::Finding(Box::new(small)))
    );
}
