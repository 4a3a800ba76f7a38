//! Short stories about whom a case believes, and for how long: second voices, GuardDuty's own copy, people who were
//! asked enough, and what is quiet since somebody vouched for it.
//! Never here: random stories; those are the laws.

use super::world::{Act, Look, Who, World, finding, person, terms};
use jiff::SignedDuration;
use vouch::case::effect::{Destination, EffectNo, Want};
use vouch::case::entry::EntryKind;
use vouch::case::event::{Answer, Confirmation, Failure, Outcome};
use vouch::case::evidence::Evidence;
use vouch::case::finding::Finding;
use vouch::case::guard::{Mode, may_respond};
use vouch::case::message::{CallReason, Message, Note};
use vouch::case::owner::{Candidate, Confidence, Source};
use vouch::case::playbook::{Ask, NoAnswer, Rule, Stance};
use vouch::case::principal::{AccessKeyId, Region};
use vouch::case::prompt::{Choice, Ticks};
use vouch::case::remedy::Remedy;
use vouch::case::state::{Closing, ProposalKind, Stage, StuckReason};
use vouch::case::step::Step;

fn contain() -> Look {
    Look { stance: Stance::Contain, ..Look::plain() }
}

fn mine() -> Choice {
    Choice::Facts { ticks: Ticks { call: true, time: true, source: true }, reason: "deploy".into() }
}

fn not_mine() -> Choice {
    Choice::NotMine { remedy: None }
}

fn denied() -> Outcome {
    Outcome::Failed { cause: "throttled".into(), kind: Failure::Refused }
}

fn good() -> Outcome {
    Outcome::Confirmed(Confirmation::Good { theirs: None })
}

fn theirs(finding: Finding) -> Outcome {
    Outcome::Confirmed(Confirmation::Good { theirs: Some(Box::new(finding)) })
}

fn asked(look: Look) -> World {
    let mut world = World::open(look);
    world.drain();
    world
}

fn wait_for(world: &mut World, stage: Stage) {
    for _ in 0..40 {
        if world.case.stage == stage {
            return;
        }
        let _ = world.play(Act::Wait);
        world.drain();
    }
    assert_eq!(world.case.stage, stage);
}

fn proposed(world: &World) -> Option<ProposalKind> {
    world.case.proposal.as_ref().map(|p| p.kind)
}

fn calls(world: &World) -> Vec<CallReason> {
    let called = |want: &Want| {
        let Some(Message::Note(note)) = want.message() else { return None };
        if let Note::Call { why, .. } = note.as_ref() { Some(why.clone()) } else { None }
    };
    world.all.iter().filter_map(|e| called(&e.want)).collect()
}

fn kinds(step: &Step) -> Vec<EntryKind> {
    step.entries.iter().map(|e| e.kind).collect()
}

// --- second voices -----------------------------------------------------------------------------------------

#[test]
fn what_people_wrote_is_on_the_card_and_not_in_the_audit() {
    let secret = "the password is hunter2";
    let mut world = asked(Look::plain());
    let choice =
        Choice::Facts { ticks: Ticks { call: true, time: true, source: true }, reason: secret.into() };
    let mine = world.click(Who::Owner, choice, 0);
    let mut world = asked(Look::plain());
    let dismissed = world.click(Who::Responder, Choice::DismissReason { reason: secret.into() }, 0);
    for step in [mine, dismissed] {
        let lines = format!("{:?}", step.entries);
        assert!(!lines.contains("hunter2") && lines.contains("reason_sha256"), "{lines}");
        let card = step.case.card_view(EffectNo(0));
        let shown = card.dismissal.or(card.answered.map(|a| a.reason));
        assert_eq!(shown.as_deref(), Some(secret));
    }
}

#[test]
fn an_approval_is_for_what_its_card_showed() {
    let mut world = asked(Look { voices: 2, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    let _ = world.click(Who::Responder, Choice::Reject, 0);
    let _ = world.click(Who::Responder, Choice::DismissReason { reason: "a drill".into() }, 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Dismiss));
    // Somebody still looks at the card that proposed to contain.
    let step = world.click(Who::OtherResponder, Choice::Approve, 1);
    assert_eq!(step.answer, Answer::FactsChanged);
    assert_eq!(world.case.stage, Stage::AwaitingApproval);
    let step = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(step.answer, Answer::Accepted);
    assert_eq!(world.case.closing, Some(Closing::Dismissed));
}

#[test]
fn a_plan_that_has_become_another_is_approved_anew() {
    let mut world = asked(Look { voices: 2, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    let mut later = finding(&Look::plain(), 1, false, world.now);
    later.principal.access_key = AccessKeyId::parse("AKIAI44QH8DHBEXAMPLE");
    let _ = world.join(later, terms(&Look::plain()).rule);
    world.drain();
    let step = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(step.answer, Answer::FactsChanged, "a further key was named since");
    assert!(world.wanted("prepare").is_empty());
    let step = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(step.answer, Answer::Accepted);
    let plan = world.case.plan().expect("it runs");
    assert_eq!(plan.target.keys.len(), 2, "both keys, as the new card said");
}

#[test]
fn what_nobody_approves_lapses_after_a_day() {
    let mut world = asked(Look { severity: 8.0, ..Look::plain() });
    let _ = world.click(Who::Owner, mine(), 0);
    wait_for(&mut world, Stage::Stuck);
    assert_eq!(world.case.stuck, Some(StuckReason::Lapsed));
    let step = world.click(Who::Responder, Choice::Approve, 0);
    assert_ne!(step.answer, Answer::Accepted);
    assert_eq!(world.case.closing, None);
}

#[test]
fn a_release_that_nobody_approves_stays_contained() {
    let mut world = asked(contain());
    wait_for(&mut world, Stage::Asking);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Release));
    wait_for(&mut world, Stage::Closed);
    assert_eq!(world.case.closing, Some(Closing::Contained));
    assert!(world.case.has_effect());
}

#[test]
fn an_approval_does_not_outlive_guardduty_s_silence() {
    for hours in [0, 2] {
        let mut world = World::open(Look { voices: 2, ..Look::plain() });
        let _ = world.answer("confirm", denied());
        world.drain_kinds(&["find-owner", "investigate", "post"]);
        let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
        let step = world.click(Who::OtherResponder, Choice::Approve, 0);
        assert_eq!(step.answer, Answer::Accepted);
        assert!(matches!(world.case.stuck, Some(StuckReason::NotConfirmed { .. })));
        let _ = world.play(Act::Wait);
        world.now += SignedDuration::from_hours(hours);
        let _ = world.answer("confirm", good());
        let waits = proposed(&world) == Some(ProposalKind::Plan);
        assert_eq!(waits, hours == 2, "{hours} hours");
        assert_eq!(world.under_way("prepare").len(), usize::from(hours == 0));
    }
}

#[test]
fn news_voids_every_answer_and_every_approval() {
    // The owner's word, a responder's dismissal and a release were all about the facts of before.
    let news = |world: &mut World| {
        let _ = world.play(Act::Finding { news: true, later: false });
        world.drain_kinds(&["confirm"]);
    };
    let mut world = asked(Look { voices: 2, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::DismissReason { reason: "a drill".into() }, 0);
    news(&mut world);
    assert_eq!((proposed(&world), world.case.stage), (None, Stage::Asking));

    let mut world = asked(contain());
    wait_for(&mut world, Stage::Asking);
    let _ = world.click(Who::Owner, mine(), 0);
    news(&mut world);
    assert_eq!((proposed(&world), world.case.stage), (None, Stage::Asking));
    assert!(world.case.has_effect(), "what was contained stays contained");
    assert_eq!(world.case.plans.len(), 1);

    let mut world = asked(Look { voices: 2, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    news(&mut world);
    assert_eq!(proposed(&world), Some(ProposalKind::Plan), "the plan still waits");
    let step = world.click(Who::OtherResponder, Choice::Approve, 2);
    assert_eq!(step.answer, Answer::FactsChanged, "but not on the card of before");
    let step = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(step.answer, Answer::Accepted);
}

#[test]
fn news_after_a_late_answer_leaves_what_silence_led_to() {
    let mut world = asked(Look::plain());
    wait_for(&mut world, Stage::Closed);
    assert_eq!(world.case.closing, Some(Closing::Contained));
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Release));
    let _ = world.play(Act::Finding { news: true, later: false });
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Contained));
    assert_eq!(world.case.plans.len(), 1, "nothing is done a second time");
    let step = world.click(Who::Owner, mine(), 0);
    assert_eq!(step.answer, Answer::Accepted, "asked about the new facts, the person may still answer");
}

#[test]
fn two_voices_hold_for_containing_first_and_for_done() {
    let mut world = asked(Look { voices: 2, ..contain() });
    assert_eq!(proposed(&world), Some(ProposalKind::Plan));
    assert!(world.wanted("prepare").is_empty());
    assert_eq!(world.case.prompts.len(), 1, "the person is asked all the same");
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain();
    assert!(world.case.has_effect());

    let mut world = asked(Look { voices: 2, stance: Stance::Notify, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::Done, 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Done));
    let _ = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(world.case.closing, Some(Closing::Contained));
}

#[test]
fn where_the_rule_contains_first_the_owner_lifts_nothing_alone() {
    // The breaker is open, so containment only waits.
    let mut world = World::open(contain());
    world.trip();
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Vouch));
    assert_eq!(world.case.closing, None);

    // GuardDuty does not answer, so containment has not begun.
    let mut world = World::open(contain());
    let _ = world.answer("confirm", denied());
    world.drain_kinds(&["find-owner", "investigate", "post"]);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Vouch));
    let _ = world.play(Act::Wait);
    let _ = world.answer("confirm", good());
    world.drain();
    wait_for(&mut world, Stage::AwaitingApproval);
    assert!(world.case.has_effect(), "contained as the rule says");
    assert_eq!(proposed(&world), Some(ProposalKind::Release));
}

#[test]
fn the_owner_does_not_call_off_what_a_responder_proposed() {
    let mut world = asked(Look { voices: 2, ..Look::plain() });
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Plan));
}

// --- whom to ask -------------------------------------------------------------------------------------------

#[test]
fn somebody_who_disowns_it_makes_the_next_one_less_sure() {
    let mut world = asked(Look { owners: 2, ..Look::plain() });
    let _ = world.click(Who::Owner, Choice::NotMyCredential, 0);
    world.drain();
    assert_eq!(world.case.owner().map(|c| c.confidence), Some(Confidence::Medium));
    let mut world = asked(Look { owners: 3, ..Look::plain() });
    for who in ["UOWNER0", "UOWNER1"] {
        let _ = world.click_as(who, Choice::NotMyCredential, 0);
        world.drain();
    }
    let _ = world.click_as("UOWNER2", mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Vouch), "the third one's word alone is not enough");
}

#[test]
fn somebody_asked_too_often_is_asked_when_the_hour_is_over() {
    let mut world = World::open(Look { cap: 1, ..Look::plain() });
    world.case.terms.rule.deadline = SignedDuration::from_hours(4);
    world.case.deadline = Some(world.now + SignedDuration::from_hours(4));
    world.asked_enough("UOWNER0");
    world.drain();
    assert!(world.case.prompts.is_empty());
    let told = |world: &World| {
        let too_many = |c: &&CallReason| matches!(c, CallReason::TooManyPrompts { .. });
        calls(world).iter().filter(too_many).count()
    };
    assert_eq!(told(&world), 1);
    // Others of their cases use up the next hour as well: responders are not told a second time.
    world.now += SignedDuration::from_mins(60);
    world.asked_enough("UOWNER0");
    let _ = world.play(Act::Wait);
    assert_eq!((world.case.prompts.len(), told(&world)), (0, 1));
    let _ = world.play(Act::Wait);
    world.drain();
    assert_eq!(world.case.prompts.len(), 1, "asked in the end");
    let step = world.click(Who::Owner, not_mine(), 0);
    assert_eq!(step.answer, Answer::Accepted);
}

#[test]
fn a_question_that_was_put_off_is_dropped_with_its_case() {
    let mut world = World::open(Look { cap: 1, ..Look::plain() });
    world.asked_enough("UOWNER0");
    world.drain();
    let _ = world.click(Who::Responder, Choice::DismissReason { reason: "a drill".into() }, 0);
    world.drain();
    assert!(world.case.held.is_empty());
    assert_eq!(world.case.closing, Some(Closing::Dismissed));
}

#[test]
fn a_rule_that_asks_no_owner_says_so() {
    let mut world = World::open(Look::plain());
    world.case.terms.rule.ask = Ask::Security;
    world.case.candidates.clear();
    let _ = world.answer("find-owner", Outcome::Owners { candidates: vec![], notes: vec![] });
    world.drain();
    assert!(calls(&world).contains(&CallReason::SecurityOnly), "{:?}", calls(&world));
}

#[test]
fn at_most_two_reminders() {
    let mut world = World::open(Look::plain());
    world.case.terms.rule.reminders = (1..9).map(SignedDuration::from_mins).collect();
    world.drain();
    let mut reminders = 0;
    for _ in 0..12 {
        let step = world.play(Act::Wait);
        reminders += kinds(&step).iter().filter(|k| **k == EntryKind::Reminded).count();
    }
    assert_eq!(reminders, 2);
}

#[test]
fn no_reminder_is_recorded_when_nobody_is_left_to_remind() {
    let mut world = asked(Look::plain());
    let disowned: Vec<String> = world.case.candidates.iter().map(|c| c.person.to_string()).collect();
    for person in disowned {
        let _ = world.click_as(&person, Choice::NotMyCredential, 0);
        world.drain();
    }
    assert!(world.case.prompts.iter().all(|prompt| prompt.spent), "{:?}", world.case.prompts);
    let mut entries = vec![];
    while world.case.stage == Stage::Asking {
        entries.extend(kinds(&world.play(Act::Wait)));
    }
    assert!(!entries.contains(&EntryKind::Reminded), "{entries:?}");
    assert!(world.case.reminders_sent > 0, "a reminder was due");
}

#[test]
fn a_restart_in_observe_sends_nobody_direct_messages() {
    let mut world = asked(Look::plain());
    let _ = world.play(Act::Wait);
    let mut guard = world.guard.clone();
    let direct = |want: &Want| want.message().is_some_and(Message::is_direct);
    let posts: Vec<Want> = world.wanted("post").into_iter().filter(direct).collect();
    let notes =
        posts.iter().filter(|w| matches!(w, Want::Post { to: Destination::Thread { .. }, .. })).count();
    assert!(posts.len() > notes && notes > 0, "the question and a reminder");
    assert!(posts.iter().all(|want| want.allowed_by(&guard).is_ok()));
    guard.mode = Mode::Observe;
    assert!(posts.iter().all(|want| want.allowed_by(&guard).is_err()));
    let card = |want: &&Want| matches!(want.message(), Some(Message::Card(_)));
    assert!(world.wanted("post").iter().filter(card).all(|want| want.allowed_by(&guard).is_ok()));
}

#[test]
fn responders_are_those_of_then_who_still_are() {
    let [old, both, new] = ["UOLD", "UBOTH", "UNEW"].map(person);
    let (then, now) = ([old.clone(), both.clone()], [both.clone(), new.clone()]);
    assert!(may_respond(&both, &then, &now));
    assert!(!may_respond(&old, &then, &now), "left the team");
    assert!(!may_respond(&new, &then, &now), "joined after the case opened");
    assert!(may_respond(&new, &[old], &now), "nobody of then is left");
}

#[test]
fn what_events_say_of_a_principal_that_was_just_made_takes_a_second_voice() {
    // T5. By an operator's own list the owner is known however young the principal is.
    for (source, days, alone) in [
        (Source::Trail, 1, false),
        (Source::Trail, 8, true),
        (Source::Trail, -1, true),
        (Source::Static, 1, true),
        (Source::Account, 1, true),
    ] {
        let mut world = World::open(Look::plain());
        let created_at = Some(world.now - SignedDuration::from_hours(24 * days));
        let evidence = Evidence { created_at, ..Evidence::default() };
        let _ = world.answer("investigate", Outcome::Evidence(Box::new(evidence)));
        let candidate = Candidate {
            person: person("UOWNER0"),
            source,
            confidence: Confidence::Medium,
            detail: String::new(),
            address: None,
            moved: false,
        };
        let _ = world.answer("find-owner", Outcome::Owners { candidates: vec![candidate], notes: vec![] });
        world.drain();
        let _ = world.click(Who::Owner, mine(), 0);
        assert_eq!(world.case.closing == Some(Closing::Vouched), alone, "{source:?}, {days} days");
        let shown = world.case.card_view(EffectNo(0)).evidence.made_lately;
        assert_eq!(shown.is_some(), days == 1, "the card says so: {source:?}, {days} days");
    }
}

#[test]
fn responders_hear_of_an_address_that_was_somebody_else_s() {
    let mut world = World::open(Look::plain());
    let candidate = Candidate {
        person: person("UOWNER0"),
        source: Source::Sso,
        confidence: Confidence::Low,
        detail: String::new(),
        address: Some("al@example.com".into()),
        moved: true,
    };
    let _ = world.answer("find-owner", Outcome::Owners { candidates: vec![candidate], notes: vec![] });
    world.drain();
    assert!(calls(&world).contains(&CallReason::Moved { person: person("UOWNER0") }));
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Vouch));
}

// --- GuardDuty's own copy ----------------------------------------------------------------------------------

#[test]
fn guardduty_s_own_copy_counts_for_more_than_the_body() {
    let mut world = World::open(Look::plain());
    let mut own = world.case.finding.clone();
    own.updated_at += SignedDuration::from_secs(5);
    own.activity.ip = "203.0.113.66".parse().ok();
    own.principal.unique_id = Some("AIDAGENUINE".into());
    world.case.finding.principal.unique_id = None;
    let _ = world.answer("confirm", theirs(own));
    world.drain();
    let facts = world.case.facts_view();
    assert_eq!(facts.source.as_deref(), Some("203.0.113.66"));
    assert_eq!(world.case.facts.networks.iter().collect::<Vec<_>>(), ["203.0.113.0/24"]);
    let target = world.case.target.as_ref().expect("confirmed");
    assert_eq!(target.unique_id.as_deref(), Some("AIDAGENUINE"));
    assert_eq!(world.case.revision, 0, "nobody had been asked yet");
}

#[test]
fn what_only_the_body_says_takes_a_second_voice() {
    let mut world = asked(Look { ahead: true, ..Look::plain() });
    assert!(calls(&world).contains(&CallReason::Ahead));
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(proposed(&world), Some(ProposalKind::Vouch));
    assert_eq!(world.case.closing, None);
}

#[test]
fn guardduty_s_copy_of_a_later_version_is_what_is_asked_about() {
    let mut world = asked(Look::plain());
    let forged = finding(&Look::plain(), 0, false, world.now + SignedDuration::from_hours(1));
    let mut own = finding(&Look::plain(), 0, true, world.now + SignedDuration::from_hours(2));
    own.activity.api = Some("DeleteTrail".into());
    let _ = world.join(forged, terms(&Look::plain()).rule);
    let _ = world.answer("confirm", theirs(own));
    assert_eq!(world.case.revision, 1);
    assert_eq!(world.case.facts_view().api.as_deref(), Some("DeleteTrail"));
}

// --- one case ----------------------------------------------------------------------------------------------

#[test]
fn twins_of_other_regions_are_one_question_and_one_answer() {
    let mut world = asked(Look::plain());
    for (n, region) in ["eu-west-1", "ap-northeast-1"].into_iter().enumerate() {
        let twin = Finding {
            region: Region::parse(region).expect("a Region"),
            ..finding(&Look::plain(), n as u64 + 1, false, world.now)
        };
        assert_eq!(twin.group_key(), world.case.key);
        let _ = world.join(twin, terms(&Look::plain()).rule);
    }
    world.drain();
    assert_eq!((world.case.prompts.len(), world.case.revision), (1, 0), "nothing new");
    assert_eq!(world.case.facts_view().regions, ["ap-northeast-1", "eu-west-1", "us-east-1"]);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.closing, Some(Closing::Vouched));
    let Some(Want::Archive { findings, .. }) = world.wanted("archive").pop() else { panic!("archived") };
    assert_eq!(findings.len(), 3, "{findings:?}");
}

#[test]
fn a_flood_is_one_edit_of_each_message_at_a_time() {
    let mut world = asked(Look::plain());
    let flood = |world: &mut World, from: u64| {
        for n in from..from + 30 {
            let _ = world.join(finding(&Look::plain(), n, false, world.now), terms(&Look::plain()).rule);
            world.drain_kinds(&["confirm"]);
        }
    };
    let before = world.wanted("update").len();
    flood(&mut world, 1);
    assert_eq!(world.under_way("update").len(), 2, "the card and the question");
    world.drain();
    assert_eq!(world.wanted("update").len(), before + 4, "and once more, as it stands in the end");
    let counted = |want: &Want| match want.message() {
        Some(Message::Card(view)) => view.facts.findings,
        Some(Message::Prompt(view)) => view.facts.findings,
        _ => 0,
    };
    assert_eq!(world.wanted("update")[before + 2..].iter().map(counted).collect::<Vec<_>>(), [31, 31]);
    // What people must see does not wait behind a count.
    flood(&mut world, 31);
    let _ = world.click(Who::Owner, not_mine(), 0);
    let open = |want: &Want| matches!(want.message(), Some(Message::Prompt(view)) if !view.open);
    assert!(world.under_way("update").iter().any(open), "the buttons go at once");
}

#[test]
fn every_finding_of_a_long_case_is_archived() {
    let mut world = asked(Look::plain());
    for n in 1..=60 {
        let _ = world.join(finding(&Look::plain(), n, false, world.now), terms(&Look::plain()).rule);
        world.drain_kinds(&["confirm"]);
    }
    // An update of one that is no longer among the last ones is no further finding.
    let again = finding(&Look::plain(), 2, false, world.now + SignedDuration::from_mins(1));
    let _ = world.join(again, terms(&Look::plain()).rule);
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    let Some(Want::Archive { mut findings, .. }) = world.wanted("archive").pop() else { panic!("archived") };
    findings.sort();
    findings.dedup();
    assert_eq!((findings.len(), world.case.total), (61, 61));
}

// --- quiet -------------------------------------------------------------------------------------------------

fn quiet() -> Look {
    Look { quiet: true, ..Look::plain() }
}

#[test]
fn what_was_vouched_for_is_quiet_where_the_rule_says_so() {
    let mut world = World::open(quiet());
    world.vouched_before();
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Recorded));
    assert!(world.case.prompts.is_empty() && world.wanted("archive").is_empty());
    let told = |want: &Want| format!("{want:?}").contains("Quiet {");
    assert!(world.wanted("post").iter().any(told), "the card's thread says why nobody was asked");

    // Another network, a high severity, a rule without it, or GuardDuty's silence: asked.
    let mut world = World::open(quiet());
    world.vouched_before();
    let mut own = world.case.finding.clone();
    own.activity.ip = "203.0.113.66".parse().ok();
    let _ = world.answer("confirm", theirs(own));
    world.drain();
    assert_eq!(world.case.prompts.len(), 1);
    for look in [Look { severity: 8.0, ..quiet() }, Look::plain(), Look { voices: 2, ..quiet() }] {
        let mut world = World::open(look.clone());
        world.vouched_before();
        world.drain();
        assert_eq!(world.case.prompts.len(), 1, "{look:?}");
    }
    let mut world = World::open(quiet());
    world.vouched_before();
    let _ = world.answer("confirm", denied());
    world.drain_kinds(&["find-owner", "investigate", "post"]);
    assert_eq!(world.case.prompts.len(), 1);
}

#[test]
fn vouching_makes_a_pattern_and_denying_ends_it() {
    let mut world = asked(quiet());
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!((world.case.closing, world.patterns()), (Some(Closing::Vouched), 1));
    // The same case asks again about something new, and this time it was not them.
    let _ = world.play(Act::Finding { news: true, later: false });
    world.drain();
    let _ = world.click(Who::Owner, not_mine(), 0);
    assert_eq!(world.patterns(), 0);

    let mut world = asked(Look::plain());
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.patterns(), 0, "off unless the rule says so");
}

#[test]
fn a_responder_s_doubt_ends_a_pattern_too() {
    let mut world = asked(Look { owners: 0, ..quiet() });
    world.vouched_before();
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    assert_eq!(world.patterns(), 0);
}

#[test]
fn the_stricter_of_two_rules_is_the_less_quiet_one() {
    let mut world = asked(quiet());
    let rule = Rule { quiet_for: None, no_answer: NoAnswer::Run(Remedy::Cut), ..terms(&quiet()).rule };
    let _ = world.join(finding(&quiet(), 1, false, world.now), rule);
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.patterns(), 0);
}
