//! Short stories of one case whose turns are easy to get wrong, each with the ending it must have.
//! Never here: random stories; those are the laws.

use super::world::{Act, Look, Who, World, but_the_first, contains_first, finding, terms};
use jiff::SignedDuration;
use vouch::case::effect::Want;
use vouch::case::entry::EntryKind;
use vouch::case::event::{Answer, Confirmation, Failure, NotNow, Outcome};
use vouch::case::finding::Finding;
use vouch::case::guard::Mode;
use vouch::case::playbook::{NoAnswer, Rule, Stance};
use vouch::case::principal::AccessKeyId;
use vouch::case::prompt::{Choice, PromptState, Ticks};
use vouch::case::remedy::{ActState, Remedy};
use vouch::case::state::{Closing, ProposalKind, Stage, StuckReason};

fn contain() -> Look {
    Look { stance: Stance::Contain, ..Look::plain() }
}

fn denied() -> Outcome {
    Outcome::Failed { cause: "throttled".into(), kind: Failure::Refused }
}

fn good() -> Outcome {
    Outcome::Confirmed(Confirmation::Good { theirs: None })
}

fn refuted() -> Outcome {
    Outcome::Confirmed(Confirmation::Refuted { why: "GuardDuty does not know it".into(), theirs: None })
}

fn mine() -> Choice {
    Choice::Facts { ticks: Ticks { call: true, time: true, source: true }, reason: "deploy".into() }
}

fn not_mine() -> Choice {
    Choice::NotMine { remedy: None }
}

/// Answers everything but GuardDuty's word.
fn drain_but_confirm(world: &mut World) {
    for kind in ["find-owner", "investigate", "post", "post", "post", "post", "post"] {
        if let Some(want) = world.under_way(kind).first().cloned() {
            let result = world.good(&want);
            let _ = world.answer(kind, result);
        }
    }
}

fn wait(world: &mut World) {
    let _ = world.play(Act::Wait);
}

/// The clock moves on until the stage is reached.
fn wait_for(world: &mut World, stage: Stage) {
    for _ in 0..40 {
        if world.case.stage == stage {
            return;
        }
        wait(world);
        world.drain();
    }
    assert_eq!(world.case.stage, stage);
}

/// Their owner said *Not me*, and it was done.
fn contained() -> World {
    let mut world = World::open(Look::plain());
    world.drain();
    let _ = world.click(Who::Owner, not_mine(), 0);
    world.drain();
    wait_for(&mut world, Stage::Closed);
    world
}

fn unconfirmed(look: Look) -> World {
    let mut world = World::open(look);
    let _ = world.answer("confirm", denied());
    drain_but_confirm(&mut world);
    world
}

/// An instance that is gone keeps nobody from cutting the sessions of its role.
#[test]
fn what_cannot_be_prepared_keeps_nothing_else_from_being_done() {
    let mut world = World::open(Look::plain());
    world.drain();
    let _ = world.click(Who::Owner, not_mine(), 0);
    let Some(Want::Prepare { acts, .. }) = world.under_way("prepare").first().cloned() else {
        panic!("{:?}", world.case.stage)
    };
    let _ = world.answer("prepare", Outcome::Prepared { priors: but_the_first(&acts) });
    world.drain();
    let states: Vec<ActState> = world.case.plan().unwrap().acts.iter().map(|a| a.state).collect();
    assert_eq!(states, [ActState::Failed, ActState::Applied]);
    let Some(StuckReason::WriteFailed { failed, done }) = &world.case.stuck else {
        panic!("{:?}", world.case.stuck)
    };
    assert!(failed[0].ends_with("it is gone") && done.len() == 1, "{failed:?} {done:?}");
}

#[test]
fn asked_before_containment_is_still_asked_after_it() {
    let mut world = unconfirmed(contain());
    assert_eq!(world.case.stage, Stage::Asking);
    assert!(world.wanted("apply").is_empty());
    wait(&mut world);
    let _ = world.answer("confirm", good());
    world.drain();
    wait(&mut world);
    world.drain();
    assert_eq!(world.case.stage, Stage::Asking, "contained, and the question stands");
    assert!(world.case.has_effect() && world.case.deadline.is_some());
    assert_eq!(world.case.prompts.len(), 1, "nobody is asked twice");
    let step = world.click(Who::Owner, mine(), 0);
    assert_eq!(step.answer, Answer::Accepted);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Release));
}

#[test]
fn containment_approved_through_an_open_breaker_leaves_the_question_open() {
    let mut world = World::open(contain());
    world.trip();
    world.drain();
    assert_eq!(world.case.stage, Stage::AwaitingApproval);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain();
    wait_for(&mut world, Stage::Asking);
    assert!(world.case.has_effect());
    let _ = world.click(Who::Owner, not_mine(), 0);
    assert_eq!(world.case.closing, Some(Closing::Contained));
}

#[test]
fn containment_that_waits_for_guardduty_outlives_silence() {
    for no_answer in [NoAnswer::Escalate, NoAnswer::Record] {
        let mut world = unconfirmed(Look { no_answer, ..contain() });
        for _ in 0..40 {
            wait(&mut world);
            while !world.under_way("confirm").is_empty() {
                let _ = world.answer("confirm", denied());
            }
            drain_but_confirm(&mut world);
        }
        assert_eq!(world.case.stage, Stage::Stuck, "{no_answer:?}");
        wait(&mut world);
        let _ = world.answer("confirm", good());
        world.drain();
        wait_for(&mut world, Stage::Closed);
        assert_eq!(world.case.closing, Some(Closing::Contained), "{no_answer:?}");
        assert!(world.case.has_effect());
    }
}

#[test]
fn a_look_up_that_outlasts_the_deadline_does_not_forget_containment() {
    let mut world = World::open(contain());
    drain_but_confirm(&mut world);
    wait(&mut world);
    assert!(world.wanted("apply").is_empty());
    let _ = world.answer("confirm", denied());
    drain_but_confirm(&mut world);
    for _ in 0..6 {
        wait(&mut world);
        world.drain();
    }
    assert!(world.case.has_effect(), "asked again until GuardDuty confirmed, then contained");
}

#[test]
fn not_my_credential_after_silence_starts_nothing_twice() {
    let mut world = World::open(Look { owners: 0, escalations: 1, ..Look::plain() });
    world.drain();
    wait_for(&mut world, Stage::Asking);
    while world.wanted("apply").is_empty() {
        wait(&mut world);
        if world.under_way("prepare").is_empty() {
            world.drain_kinds(&["find-owner", "investigate", "confirm", "post"]);
        } else {
            break;
        }
    }
    assert_eq!(world.case.stage, Stage::Remedying);
    let boss = world.case.prompts[0].person.clone();
    let _ = world.click_as(boss.as_str(), Choice::NotMyCredential, 0);
    assert_eq!(world.case.plans.len(), 1, "one plan");
    assert_eq!(world.under_way("prepare").len(), 1);
}

#[test]
fn a_prompt_that_could_not_be_withdrawn_and_failed_overrides_no_answer() {
    // High severity: the answer waits for a responder while a second prompt is still on its way.
    let mut world = World::open(Look { severity: 8.0, escalations: 1, ..Look::plain() });
    world.drain();
    while world.case.prompts.len() < 2 {
        wait(&mut world);
    }
    let no = world.case.prompts[1].effect;
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Vouch));
    let _ = world.result(no, Outcome::Failed { cause: "deactivated".into(), kind: Failure::Gone });
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Vouch));
    assert!(world.case.plans.is_empty());
}

#[test]
fn an_escalated_person_who_disowns_it_does_not_cut_the_deadline_short() {
    let mut world = World::open(Look { escalations: 1, ..Look::plain() });
    world.drain();
    while world.case.prompts.len() < 2 {
        wait(&mut world);
        world.drain();
    }
    let boss = world.case.prompts[1].person.clone();
    let _ = world.click_as(boss.as_str(), Choice::NotMyCredential, 0);
    assert_eq!(world.case.stage, Stage::Asking, "the owner still has until the deadline");
    assert!(world.case.deadline.is_some());
}

fn stronger() -> Rule {
    Rule { name: "leaked".into(), stance: Stance::Contain, ..terms(&Look::plain()).rule }
}

#[test]
fn a_forged_finding_changes_neither_rule_nor_target() {
    let mut world = World::open(Look::plain());
    world.drain();
    let before = world.case.terms.rule.clone();
    let forged = other_key(finding(&Look::plain(), 7, true, world.now));
    let _ = world.join(forged.clone(), stronger());
    assert_eq!(world.case.terms.rule, before, "not before GuardDuty's word");
    let _ = world.answer("confirm", refuted());
    world.drain();
    assert_eq!(world.case.terms.rule, before);
    assert!(!world.case.contain_due);
    // And when GuardDuty cannot be asked: people hear of it, nothing stronger follows.
    let _ = world.join(forged, stronger());
    let _ = world.answer("confirm", denied());
    world.drain();
    assert_eq!(world.case.terms.rule.stance, Stance::Ask);
    assert!(!world.case.contain_due);
    let _ = world.click(Who::Owner, not_mine(), 0);
    world.drain();
    for want in world.wanted("apply") {
        let Want::Apply { target, .. } = want else { continue };
        assert_eq!(target.keys.len(), 1, "{:?}", target.keys);
        assert!(target.keys[0].as_str().ends_with("EXAMPLE"));
    }
    assert!(!world.wanted("apply").is_empty());
}

fn other_key(finding: Finding) -> Finding {
    let mut finding = finding;
    finding.principal.access_key = AccessKeyId::parse("AKIAFORGEDKEYEXAMPLE");
    finding
}

#[test]
fn the_first_findings_word_does_not_vouch_for_a_later_one() {
    // The first finding is not confirmed yet when a forged one joins that cannot be confirmed either.
    let mut world = World::open(Look::plain());
    let forged = other_key(finding(&Look::plain(), 7, true, world.now));
    let _ = world.join(forged, terms(&Look::plain()).rule);
    let first = world.numbers("confirm");
    let _ = world.result(first[1], denied());
    let _ = world.result(first[0], good());
    let keys = world.case.target.as_ref().map(|t| t.keys.clone()).unwrap_or_default();
    assert_eq!(keys.iter().map(AccessKeyId::as_str).collect::<Vec<_>>(), ["AKIAIOSFODNN7EXAMPLE"]);
}

#[test]
fn a_forged_finding_cannot_take_the_place_of_the_one_that_is_confirmed_again() {
    let mut world = unconfirmed(contain());
    let _ = world.join(other_key(finding(&contain(), 7, true, world.now)), terms(&contain()).rule);
    let _ = world.answer("confirm", denied());
    wait(&mut world);
    let asked: Vec<_> = world.under_way("confirm");
    let Some(Want::Confirm { finding }) = asked.first() else { panic!("not asked again") };
    assert_eq!(finding.id, "finding0");
}

#[test]
fn a_refuted_first_finding_does_not_bury_a_true_one() {
    for look in [Look::plain(), contain()] {
        let mut world = World::open(look.clone());
        let _ = world.answer("confirm", refuted());
        world.drain();
        assert_eq!(world.case.stage, Stage::Stuck);
        assert!(world.case.prompts.is_empty());
        // The same network, country and call: what a forged finding named counts for nothing.
        let _ = world.join(finding(&look, 1, false, world.now), terms(&look).rule);
        world.drain();
        wait_for(&mut world, Stage::Asking);
        assert_eq!(world.case.prompts.len(), 1, "the owner is asked about the true one");
        assert_eq!(world.case.has_effect(), look.stance == Stance::Contain);
    }
}

#[test]
fn a_refuted_first_finding_does_not_stop_what_a_confirmed_one_started() {
    let mut world = World::open(Look::plain());
    let first = world.numbers("confirm");
    let _ = world.join(finding(&Look::plain(), 1, false, world.now), terms(&Look::plain()).rule);
    let second = world.numbers("confirm");
    let _ = world.result(second[1], good());
    drain_but_confirm(&mut world);
    let _ = world.result(first[0], refuted());
    world.drain();
    assert_eq!(world.case.stage, Stage::Asking);
    let _ = world.click(Who::Owner, not_mine(), 0);
    world.drain();
    assert!(world.case.has_effect());
}

#[test]
fn the_stricter_of_two_rules_governs_what_silence_means() {
    let look = Look { no_answer: NoAnswer::Record, ..Look::plain() };
    let mut world = World::open(look.clone());
    world.drain();
    let cut = Rule {
        no_answer: NoAnswer::Run(Remedy::Cut),
        deadline: SignedDuration::from_mins(5),
        ..terms(&look).rule
    };
    let before = world.case.deadline.unwrap();
    let _ = world.join(finding(&look, 1, true, world.now), cut);
    world.drain();
    assert_eq!(world.case.terms.rule.no_answer, NoAnswer::Run(Remedy::Cut));
    assert!(world.case.deadline.unwrap() < before);
    // A milder one changes nothing.
    let _ = world.join(finding(&look, 2, true, world.now), terms(&look).rule);
    world.drain();
    assert_eq!(world.case.terms.rule.no_answer, NoAnswer::Run(Remedy::Cut));
}

#[test]
fn news_while_a_remedy_runs_voids_the_open_modal() {
    let mut world = unconfirmed(contain());
    wait(&mut world);
    let _ = world.answer("confirm", good());
    world.drain_kinds(&["prepare", "apply"]);
    assert_eq!(world.case.stage, Stage::Verifying);
    let _ = world.play(Act::Finding { news: true, later: false });
    let _ = world.answer("confirm", good());
    let step = world.click(Who::Owner, mine(), 1);
    assert_eq!(step.answer, Answer::FactsChanged);
    assert!(world.case.answered.is_none());
}

#[test]
fn after_reopening_the_people_of_before_can_be_asked_again() {
    let mut world = World::open(Look { escalations: 1, ..Look::plain() });
    world.drain();
    while world.case.prompts.len() < 2 {
        wait(&mut world);
        world.drain();
    }
    let _ = world.click(Who::Owner, mine(), 0);
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Vouched));
    let _ = world.play(Act::Finding { news: true, later: false });
    world.drain();
    assert_eq!(world.case.stage, Stage::Asking);
    assert_eq!(world.case.prompts[2].person.as_str(), "UOWNER0", "who vouched is asked");
    while world.case.prompts.len() < 4 && world.case.stage == Stage::Asking {
        wait(&mut world);
        world.drain();
    }
    assert_eq!(world.case.prompts[3].person.as_str(), "UBOSS0", "and so is the escalation");
}

#[test]
fn a_question_of_before_the_reopening_stays_closed() {
    let mut world = World::open(Look { severity: 8.0, ..Look::plain() });
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain();
    let _ = world.play(Act::Finding { news: true, later: false });
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.stage, Stage::AwaitingApproval);
    let mut third = finding(&Look::plain(), 9, true, world.now);
    third.activity.api = Some("PutBucketPolicy".into());
    let _ = world.join(third, terms(&Look::plain()).rule);
    world.drain();
    assert_eq!(world.case.stage, Stage::Asking);
    assert!(!world.case.is_answerable(&world.case.prompts[0].clone()), "that question is history");
    assert!(world.case.is_answerable(&world.case.prompts[1].clone()));
}

/// The key that somebody vouched for an hour ago is seen where AWS knows it is stolen.
#[test]
fn what_was_vouched_for_is_contained_when_something_worse_joins() {
    for news in [true, false] {
        let mut world = World::open(Look::plain());
        world.drain();
        let _ = world.click(Who::Owner, mine(), 0);
        world.drain();
        assert_eq!(world.case.closing, Some(Closing::Vouched));
        let _ = world.play(Act::Stricter { news });
        world.drain();
        assert!(world.case.has_effect(), "{news}: {:?}", world.case.stage);
        wait_for(&mut world, Stage::Asking);
        assert_eq!(world.case.prompts.iter().filter(|p| !p.spent).count(), 1);
    }
}

#[test]
fn a_vouching_that_waits_does_not_cover_something_worse() {
    let look = Look { severity: 8.0, ..Look::plain() };
    let mut world = World::open(look.clone());
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Vouch));
    let _ = world.join(finding(&look, 2, false, world.now), contains_first(&look));
    world.drain();
    assert!(world.case.has_effect(), "{:?}", world.case.stage);
    assert_ne!(world.case.closing, Some(Closing::Vouched));
}

/// What a responder gave back is not taken away again by an update.
#[test]
fn what_was_released_is_not_contained_by_something_worse() {
    let mut world = contained();
    let _ = world.click(Who::Responder, Choice::Undo, 0);
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Undone));
    let _ = world.play(Act::Stricter { news: true });
    world.drain();
    assert!(!world.case.has_effect());
}

/// Whoever can write to the queue cannot void answers without end.
#[test]
fn what_guardduty_does_not_bear_out_is_asked_about_a_few_times_only() {
    let look = Look::plain();
    let mut world = World::open(look.clone());
    world.drain();
    let confirmed = finding(&look, 1, false, world.now);
    for n in 0..20_u32 {
        let mut ahead = finding(&look, 1, false, world.now + SignedDuration::from_hours(i64::from(n) + 1));
        ahead.activity.ip = format!("203.0.{n}.7").parse().ok();
        let _ = world.join(ahead, terms(&look).rule);
        let theirs = Some(Box::new(confirmed.clone()));
        let _ = world.answer("confirm", Outcome::Confirmed(Confirmation::Good { theirs }));
        world.drain();
    }
    assert_eq!(world.case.revision, 5, "{:?}", world.case.facts);
    let mut borne_out = finding(&look, 2, false, world.now);
    borne_out.activity.ip = "192.0.2.7".parse().ok();
    let _ = world.join(borne_out, terms(&look).rule);
    world.drain();
    assert_eq!(world.case.revision, 6, "what it confirms is asked about");
}

#[test]
fn an_effect_that_is_gone_while_its_undo_waits_leaves_no_dead_buttons() {
    let mut world = contained();
    // As if it had been one that takes two to be undone.
    world.case.plans[0].acts[0].remedy = Remedy::QuarantineRole;
    let _ = world.click(Who::Responder, Choice::Undo, 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Undo));
    wait(&mut world);
    let _ = world.answer("verify", Outcome::Verified { lost: vec!["active again".into()] });
    assert_eq!(world.case.stage, Stage::Stuck);
    assert_eq!(world.click(Who::Responder, Choice::Done, 0).answer, Answer::Accepted);
}

#[test]
fn half_a_remedy_is_released_and_not_vouched_away() {
    let mut world = World::open(Look { no_answer: NoAnswer::Run(Remedy::Cut), ..Look::plain() });
    world.drain();
    while world.case.stage == Stage::Asking {
        wait(&mut world);
    }
    world.drain_kinds(&["prepare"]);
    while world.how_many("apply") > 0 {
        let _ = world.answer("apply", denied());
    }
    world.drain();
    assert_eq!(world.case.stage, Stage::Stuck);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Release));
}

#[test]
fn whoever_answered_does_not_dismiss_their_own_case() {
    let mut world = World::open(Look { severity: 8.0, ..Look::plain() });
    world.drain();
    let _ = world.click(Who::Owner, mine(), 0);
    let reason = || Choice::DismissReason { reason: "mine".into() };
    let _ = world.click_as_responder("UOWNER0", reason());
    assert!(world.case.is_open(), "{:?}", world.case.closing);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    assert_eq!(world.case.closing, Some(Closing::Dismissed));
}

/// A box left empty is an answer too, and what follows from it may still wait for an approval.
#[test]
fn whoever_answered_in_part_does_not_dismiss_their_own_case() {
    let mut world = World::open(Look::plain());
    world.trip();
    world.drain();
    let ticks = Ticks { call: true, time: false, source: true };
    let _ = world.click(Who::Owner, Choice::Facts { ticks, reason: "deploy".into() }, 0);
    world.drain();
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Plan));
    let _ = world.click_as_responder("UOWNER0", Choice::DismissReason { reason: "mine".into() });
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Dismiss));
    assert!(world.case.is_open(), "{:?}", world.case.closing);
}

#[test]
fn every_plan_can_be_undone_newest_first() {
    let mut world = World::open(contain());
    world.drain();
    wait_for(&mut world, Stage::Asking);
    let _ = world.click(Who::Responder, Choice::Contain { remedy: Some(Remedy::DeactivateKey) }, 0);
    world.drain();
    wait_for(&mut world, Stage::Closed);
    assert_eq!(world.case.plans.len(), 2);
    for left in [true, false] {
        let step = world.click(Who::Responder, Choice::Undo, 0);
        assert_eq!(step.answer, Answer::Accepted);
        world.drain();
        assert_eq!(world.case.closing, Some(Closing::Undone));
        assert_eq!(world.case.has_effect(), left);
    }
    let step = world.click(Who::Responder, Choice::Undo, 0);
    assert_eq!(step.answer, Answer::NotNow { why: NotNow::NothingToUndo });
}

#[test]
fn a_release_takes_back_everything() {
    let mut world = World::open(contain());
    world.drain();
    wait_for(&mut world, Stage::Asking);
    // A responder's second plan is written, and then GuardDuty's word on its effect is bad: it is stuck.
    let _ = world.click(Who::Responder, Choice::Contain { remedy: Some(Remedy::DeactivateKey) }, 0);
    world.drain_kinds(&["prepare", "apply"]);
    for _ in 0..2 {
        wait(&mut world);
        let _ = world.answer("verify", Outcome::Verified { lost: vec!["gone".into()] });
    }
    assert_eq!(world.case.stage, Stage::Stuck);
    let _ = world.click(Who::Owner, mine(), 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Release));
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Vouched));
    assert!(!world.case.has_effect(), "both plans are taken back");
}

#[test]
fn a_dismissed_case_can_still_be_undone() {
    let mut world = World::open(contain());
    world.drain();
    wait_for(&mut world, Stage::Asking);
    let _ = world.click(Who::Responder, Choice::DismissReason { reason: "a drill".into() }, 0);
    world.drain();
    assert_eq!(world.case.closing, Some(Closing::Dismissed));
    let step = world.click(Who::Responder, Choice::Undo, 0);
    assert_eq!(step.answer, Answer::Accepted);
    world.drain();
    assert!(!world.case.has_effect());
}

#[test]
fn a_refused_release_tells_everybody_that_it_stays_contained() {
    let mut world = World::open(contain());
    world.drain();
    wait_for(&mut world, Stage::Asking);
    let _ = world.click(Who::Owner, mine(), 0);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    let step = world.answer("undo", Outcome::UndoRefused { changed: vec!["the key is active again".into()] });
    assert_eq!(world.case.closing, Some(Closing::Contained));
    assert!(step.entries.iter().any(|e| e.kind == EntryKind::CaseClosed));
}

#[test]
fn the_cut_off_is_when_sessions_are_cut_and_not_when_it_was_proposed() {
    let mut world = World::open(contain());
    world.trip();
    world.drain();
    let proposed = world.now;
    world.now += SignedDuration::from_hours(3);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain_kinds(&["prepare"]);
    world.now += SignedDuration::from_secs(30);
    world.drain_kinds(&["apply"]);
    let cut = world.wanted("apply").into_iter().find_map(|want| {
        if let Want::Apply { remedy: Remedy::CutSessions, cut_off, .. } = want { Some(cut_off) } else { None }
    });
    let cut = cut.expect("sessions are cut");
    assert!(cut > proposed + SignedDuration::from_hours(3), "sessions of three hours would survive: {cut}");
    assert_eq!(
        world.case.plan().map(|p| p.cut_off),
        Some(cut),
        "what is verified and undone is what was written"
    );
}

#[test]
fn who_answered_never_approves() {
    let look = Look { voices: 2, severity: 8.0, ..Look::plain() };
    let mut world = World::open(Look { owners: 1, ..look });
    world.drain();
    world.case.candidates.clear();
    let asked = world.case.prompts[0].person.clone();
    let _ = world.click(Who::Owner, mine(), 0);
    let _ = world.click(Who::Responder, Choice::Reject, 0);
    let _ = world.click(Who::Responder, Choice::Contain { remedy: None }, 0);
    assert_eq!(world.case.proposal.as_ref().map(|p| p.kind), Some(ProposalKind::Plan));
    let step = world.click_as_responder(asked.as_str(), Choice::Approve);
    assert_eq!(step.answer, Answer::NotNow { why: NotNow::OwnVoice });
    let _ = world.click(Who::OtherResponder, Choice::Approve, 0);
    assert_eq!(world.case.stage, Stage::Remedying);
}

#[test]
fn observing_an_account_that_is_not_allowed_ends() {
    let world = World::open(Look { mode: Mode::Observe, allowed: false, ..Look::plain() });
    assert_eq!(world.case.closing, Some(Closing::Recorded));
}

#[test]
fn a_dialog_sent_back_is_audited() {
    let mut world = World::open(Look::plain());
    world.drain();
    let none = Choice::Facts { ticks: Ticks::default(), reason: "deploy".into() };
    let step = world.click(Who::Owner, none, 0);
    assert_eq!(step.answer, Answer::FieldErrors { facts: true, reason: false });
    assert!(step.entries.iter().any(|e| e.kind == EntryKind::ReplyRefused));
    assert!(world.case.answered.is_none());
}

#[test]
fn not_me_does_not_close_over_a_containment_that_failed() {
    let mut world = World::open(contain());
    world.drain_kinds(&["find-owner", "investigate", "confirm", "post", "prepare"]);
    world.drain_one("apply");
    let _ = world.answer("apply", Outcome::Failed { cause: "denied".into(), kind: Failure::Refused });
    world.drain();
    assert!(matches!(world.case.stuck, Some(StuckReason::WriteFailed { .. })));
    let _ = world.click(Who::Owner, not_mine(), 0);
    assert_eq!(world.case.stage, Stage::Remedying, "tried again, not declared contained");
    world.drain();
    wait_for(&mut world, Stage::Closed);
    assert!(world.case.plan().unwrap().acts.iter().all(|a| a.state == ActState::Verified));
}

#[test]
fn what_was_contained_by_hand_hears_of_later_activity() {
    let look = Look { stance: Stance::Notify, ..Look::plain() };
    let mut world = World::open(look.clone());
    world.drain();
    let _ = world.click(Who::Responder, Choice::Done, 0);
    assert_eq!(world.case.closing, Some(Closing::Contained));
    world.now += SignedDuration::from_mins(30);
    let before = world.all.len();
    let _ = world.play(Act::Finding { news: true, later: false });
    world.drain();
    let told = world.all[before..].iter().any(|e| format!("{:?}", e.want).contains("AfterContainment"));
    assert!(told, "responders hear of activity after containment");
}

#[test]
fn a_session_key_seen_later_does_not_spare_the_long_term_key() {
    let mut world = World::open(Look::plain());
    world.drain();
    let mut session = finding(&Look::plain(), 1, false, world.now);
    session.principal.access_key = AccessKeyId::parse("ASIAIOSFODNN7EXAMPLE");
    let _ = world.join(session, terms(&Look::plain()).rule);
    world.drain();
    let _ = world.click(Who::Owner, Choice::NotMine { remedy: Some(Remedy::Cut) }, 0);
    let acts: Vec<Remedy> = world.case.plan().unwrap().acts.iter().map(|a| a.remedy).collect();
    assert_eq!(acts, [Remedy::DeactivateKey, Remedy::CutSessions]);
}

#[test]
fn containing_first_does_not_wait_for_somebody_to_ask() {
    let mut world = World::open(contain());
    world.drain_kinds(&["investigate", "confirm", "prepare", "apply"]);
    assert!(world.case.has_effect());
    wait(&mut world);
    world.drain_kinds(&["verify"]);
    assert_eq!(world.case.stage, Stage::Asking);
    assert!(world.case.prompts.is_empty());
    world.drain();
    assert_eq!(world.case.prompts.len(), 1, "asked as soon as found");
}

#[test]
fn owners_found_after_the_deadline_are_asked() {
    let mut world = World::open(Look { no_answer: NoAnswer::Escalate, ..Look::plain() });
    world.drain_kinds(&["investigate", "confirm"]);
    wait(&mut world);
    assert_eq!(world.case.stage, Stage::Stuck);
    world.drain();
    assert_eq!(world.case.prompts.len(), 1);
    assert_eq!(world.case.prompts[0].state, PromptState::Open);
}

/// The daemon was away, or its store was restored from yesterday's: the person may have answered meanwhile.
#[test]
fn a_deadline_of_yesterday_proposes_and_does_not_act() {
    let silent = |late: SignedDuration| {
        let mut world = World::open(Look::plain());
        world.drain();
        assert_eq!(world.case.stage, Stage::Asking);
        world.now = world.case.deadline.unwrap() + late;
        // What else was due goes first.
        while world.case.stage == Stage::Asking {
            wait(&mut world);
        }
        world
    };
    let mut world = silent(SignedDuration::from_mins(59));
    world.drain();
    assert_eq!(world.wanted("apply").len(), 2, "silence in time is silence");
    let mut world = silent(SignedDuration::from_hours(25));
    world.drain();
    assert!(world.wanted("apply").is_empty(), "nobody asked for it today");
    assert_eq!(world.case.stage, Stage::AwaitingApproval);
    assert!(!world.case.acted_unasked);
    let _ = world.click(Who::Responder, Choice::Approve, 0);
    world.drain();
    assert_eq!(world.wanted("apply").len(), 2, "a responder still may");
}
