//! The ledger and the guard: cards that stay true, and identities that are ours under any name.
//! Never here: a single case.

use super::world::{Look, World, finding};
use jiff::{SignedDuration, Timestamp};
use vouch::case::effect::{Effect, Want};
use vouch::case::event::{Failure, Outcome};
use vouch::case::guard::{Guard, Limits, Mode, Profile};
use vouch::case::ledger::{LedgerEvent, Limit, WriteBudget};
use vouch::case::message::Message;
use vouch::case::owner::PersonId;
use vouch::case::playbook::Ask;
use vouch::case::principal::{AccountId, PrincipalKind};
use vouch::case::prompt::Posted;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn started() -> LedgerEvent {
    LedgerEvent::Started { mode: Mode::Enforce, channel: "C1".into() }
}

fn tripped() -> WriteBudget {
    WriteBudget { tripped: Some((Limit::Day, now())), ..WriteBudget::default() }
}

fn breaker(effects: &[Effect]) -> Vec<bool> {
    let shown = |e: &Effect| {
        let (Want::Post { message, .. } | Want::Update { message, .. }) = &e.want else { return None };
        if let Message::Breaker(view) = message.as_ref() { Some(view.tripped.is_some()) } else { None }
    };
    effects.iter().filter_map(shown).collect()
}

#[test]
fn an_open_breaker_whose_card_was_lost_gets_one_at_the_next_start() {
    let step = tripped().step(started(), Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [true], "nobody could reset it otherwise");
    let lost = step.effects.last().expect("a card").no;
    let result = Outcome::Failed { cause: "not in the channel".into(), kind: Failure::Refused };
    let step = step.budget.step(LedgerEvent::Done { no: lost, result }, Mode::Enforce, now());
    let step = step.budget.step(started(), Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [true]);
}

#[test]
fn a_breaker_reset_while_its_card_is_on_its_way_is_shown_as_reset() {
    let step = tripped().step(started(), Mode::Enforce, now());
    let no = step.effects.last().expect("a card").no;
    let by = PersonId::parse("U0RESP01").unwrap();
    let step = step.budget.step(LedgerEvent::ResetBreaker { by }, Mode::Enforce, now());
    assert!(breaker(&step.effects).is_empty(), "where it stands is not known yet");
    let result = Outcome::Posted(Posted { channel: "C1".into(), ts: "1.0".into() });
    let step = step.budget.step(LedgerEvent::Done { no, result }, Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [false]);
}

fn posted(budget: WriteBudget, effects: &[Effect]) -> vouch::case::ledger::LedgerStep {
    let no = effects.last().expect("a card").no;
    let result = Outcome::Posted(Posted { channel: "C1".into(), ts: format!("{}.0", no.0) });
    budget.step(LedgerEvent::Done { no, result }, Mode::Enforce, now())
}

/// Without the card nobody could stop writes in Slack.
#[test]
fn a_control_card_that_somebody_deleted_is_posted_anew() {
    let step = WriteBudget::default().step(started(), Mode::Enforce, now());
    let shown = posted(step.budget, &step.effects);
    let edit = shown.effects.last().expect("it is painted again").no;
    let gone = Outcome::Failed { cause: "message_not_found".into(), kind: Failure::Gone };
    let step = shown.budget.step(LedgerEvent::Done { no: edit, result: gone.clone() }, Mode::Enforce, now());
    assert!(
        matches!(&step.effects[..], [Effect { want: Want::Post { .. }, .. }]),
        "{:?}",
        step.effects.len()
    );
    // An older edit that fails late says nothing about the new one.
    let step = step.budget.step(LedgerEvent::Done { no: edit, result: gone }, Mode::Enforce, now());
    assert!(step.effects.is_empty());
}

#[test]
fn cards_follow_responders_into_another_channel() {
    let step = tripped().step(started(), Mode::Enforce, now());
    let shown = step
        .effects
        .iter()
        .fold(step.budget, |budget, effect| posted(budget, std::slice::from_ref(effect)).budget);
    let moved = LedgerEvent::Started { mode: Mode::Enforce, channel: "C2".into() };
    let step = shown.step(moved, Mode::Enforce, now());
    let posts = step.effects.iter().filter(|e| matches!(e.want, Want::Post { .. })).count();
    assert_eq!(posts, 2, "the control card and the open breaker's");
}

#[test]
fn a_unique_id_is_protected_whatever_it_is_called() {
    let guard = Guard {
        mode: Mode::Enforce,
        profile: Profile::Surgical,
        accounts: vec![],
        protected: vec!["AIDACKCEVSQ6C2EXAMPLE".into()],
        own_arn: None,
        own_roles: vec![],
        limits: Limits { per_10m: 5, per_day: 20, per_account_hour: 3 },
    };
    let ids = |unique: &str| vec!["arn:aws:iam::111122223333:user/new-name".to_owned(), unique.to_owned()];
    assert!(guard.protects(PrincipalKind::IamUser, &ids("AIDACKCEVSQ6C2EXAMPLE")).is_some());
    assert!(guard.protects(PrincipalKind::IamUser, &ids("AIDASOMEBODYELSE00000")).is_none());
}

#[test]
fn our_own_role_is_ours_in_every_session_and_without_its_path() {
    let guard = Guard {
        mode: Mode::Enforce,
        profile: Profile::Surgical,
        accounts: vec![],
        protected: vec![],
        own_arn: Some("arn:aws:sts::111122223333:assumed-role/watcher/task1".into()),
        own_roles: vec!["vouch-respond".into()],
        limits: Limits { per_10m: 5, per_day: 20, per_account_hour: 3 },
    };
    let protects = |arn: &str| guard.protects(PrincipalKind::RoleSession, &[arn.to_owned()]).is_some();
    assert!(protects("arn:aws:sts::111122223333:assumed-role/watcher/task1"));
    assert!(protects("arn:aws:sts::111122223333:assumed-role/watcher/another"));
    assert!(protects("arn:aws:iam::111122223333:role/watcher"));
    assert!(protects("arn:aws:iam::111122223333:role/teams/security/watcher"));
    assert!(!protects("arn:aws:iam::111122223333:role/watcher2"));
    assert!(!protects("arn:aws:iam::999922223333:role/watcher"));
    assert!(!protects("arn:aws:iam::111122223333:user/watcher"));
    assert!(protects("arn:aws:sts::999922223333:assumed-role/vouch-respond/case1"), "taken in every account");
    assert!(!protects("arn:aws:sts::999922223333:assumed-role/vouch-responder/case1"));
}

#[test]
fn a_repeated_press_is_audited_and_changes_nothing() {
    let by = |id: &str| PersonId::parse(id).unwrap();
    let press = |budget: WriteBudget, event| budget.step(event, Mode::Enforce, now());
    let first = press(WriteBudget::default(), LedgerEvent::Stop { by: by("U0RESP01") });
    let again = press(first.budget.clone(), LedgerEvent::Stop { by: by("U0RESP02") });
    assert_eq!(again.budget.stopped, first.budget.stopped, "who stopped first stays named");
    let resumed = press(again.budget, LedgerEvent::Resume { by: by("U0RESP02") });
    let twice = press(resumed.budget, LedgerEvent::Resume { by: by("U0RESP01") });
    let reset = press(twice.budget, LedgerEvent::ResetBreaker { by: by("U0RESP01") });
    let entries = [first.entries, again.entries, resumed.entries, twice.entries, reset.entries].concat();
    let again: Vec<bool> = entries.iter().map(|e| e.data["again"] == true).collect();
    assert_eq!(again, [false, true, false, true, true]);
}

#[test]
fn a_crowd_is_one_message_and_the_next_crowd_another() {
    let mut budget = WriteBudget::default();
    let mut at = now();
    let (mut crowded, mut posts) = (0, 0);
    for n in 0..40 {
        // Twenty at once, half an hour of nothing, and twenty again.
        at += SignedDuration::from_secs(if n == 20 { 1800 } else { 1 });
        let (crowd, effects) = budget.opened(&[], at);
        crowded += usize::from(crowd);
        for effect in effects {
            posts += usize::from(effect.want.as_str() == "post");
            let result = Outcome::Posted(Posted { channel: "C1".into(), ts: format!("{n}.0") });
            budget = budget.step(LedgerEvent::Done { no: effect.no, result }, Mode::Enforce, at).budget;
        }
    }
    assert_eq!((crowded, posts), (20, 2));
    assert_eq!(budget.crowd.now.map(|now| now.cases), Some(20));
}

/// Somebody else's account opens our bucket: nobody enters their account, and our bucket's owner is asked all the same.
#[test]
fn a_strangers_account_is_not_entered_and_keeps_nobody_out_of_ours() {
    let look = Look::plain();
    let guard = World::open(look.clone()).guard;
    let asked = |kind, theirs: &str| {
        let mut finding = finding(&look, 0, false, now());
        finding.principal.kind = kind;
        finding.principal.account = AccountId::parse(theirs);
        let home = finding.home().clone();
        (
            Want::FindOwner { finding: Box::new(finding), ask: Ask::BucketOwner }.allowed_by(&guard).is_ok(),
            home,
        )
    };
    let ours = AccountId::parse("111122223333").unwrap();
    assert_eq!(asked(PrincipalKind::Account, "777788889999"), (true, ours.clone()));
    assert_eq!(asked(PrincipalKind::Root, "777788889999"), (true, ours));
    assert!(!asked(PrincipalKind::IamUser, "777788889999").0, "a user of an account we may not enter");
}
