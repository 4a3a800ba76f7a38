//! The ledger and the guard: cards that stay true, and identities that are ours under any name.
//! Never here: a single case.

use jiff::Timestamp;
use vouch::case::effect::{Effect, Want};
use vouch::case::event::{Failure, Outcome};
use vouch::case::guard::{Guard, Limits, Mode, Profile};
use vouch::case::ledger::{LedgerEvent, Limit, WriteBudget};
use vouch::case::message::Message;
use vouch::case::owner::PersonId;
use vouch::case::principal::PrincipalKind;
use vouch::case::prompt::Posted;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
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
    let step = tripped().step(LedgerEvent::Started { mode: Mode::Enforce }, Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [true], "nobody could reset it otherwise");
    let lost = step.effects.last().expect("a card").no;
    let result = Outcome::Failed { cause: "not in the channel".into(), kind: Failure::Refused };
    let step = step.budget.step(LedgerEvent::Done { no: lost, result }, Mode::Enforce, now());
    let step = step.budget.step(LedgerEvent::Started { mode: Mode::Enforce }, Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [true]);
}

#[test]
fn a_breaker_reset_while_its_card_is_on_its_way_is_shown_as_reset() {
    let step = tripped().step(LedgerEvent::Started { mode: Mode::Enforce }, Mode::Enforce, now());
    let no = step.effects.last().expect("a card").no;
    let by = PersonId::parse("U0RESP01").unwrap();
    let step = step.budget.step(LedgerEvent::ResetBreaker { by }, Mode::Enforce, now());
    assert!(breaker(&step.effects).is_empty(), "where it stands is not known yet");
    let result = Outcome::Posted(Posted { channel: "C1".into(), ts: "1.0".into() });
    let step = step.budget.step(LedgerEvent::Done { no, result }, Mode::Enforce, now());
    assert_eq!(breaker(&step.effects), [false]);
}

#[test]
fn our_own_role_is_ours_in_every_session_and_without_its_path() {
    let guard = Guard {
        mode: Mode::Enforce,
        profile: Profile::Surgical,
        accounts: vec![],
        protected: vec![],
        own_arn: Some("arn:aws:sts::111122223333:assumed-role/watcher/task1".into()),
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
}
