//! Cases, effects and lines to save.
//! Never here: checks.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vouch::case::CaseId;
use vouch::case::effect::{Destination, Effect, EffectNo, Want};
use vouch::case::entry::{Actor, Entry, EntryKind, Head, Line};
use vouch::case::finding::{Activity, Finding, Form};
use vouch::case::guard::{Mode, Profile};
use vouch::case::message::Message;
use vouch::case::owner::PersonId;
use vouch::case::playbook::{Ask, NoAnswer, Rule, Stance};
use vouch::case::principal::{AccountId, Partition, Principal, PrincipalKind, Region};
use vouch::case::prompt::Surface;
use vouch::case::remedy::Remedy;
use vouch::case::state::{Case, Closing, Stage, Terms};
use vouch::ports::{Batch, CaseStore, Errand, FindingKey, FindingRow, Page, Query, Subject};

/// The given minute of a day in the past.
pub(super) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap() + SignedDuration::from_mins(minute)
}

pub(super) fn id(number: u64) -> CaseId {
    CaseId::parse(&format!("case{number:08}")).unwrap()
}

pub(super) fn person() -> PersonId {
    PersonId::parse("U0ALICE").unwrap()
}

pub(super) fn finding(number: u64) -> Finding {
    let account = AccountId::parse("111122223333").unwrap();
    Finding {
        id: format!("finding-{number}"),
        kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".to_owned(),
        account: account.clone(),
        region: Region::parse("eu-central-1").unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: "API was invoked from a malicious IP address".to_owned(),
        description: String::new(),
        updated_at: minute(0),
        first_seen: None,
        last_seen: Some(minute(0)),
        count: 1,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind: PrincipalKind::IamUser,
            account: Some(account),
            name: format!("user-{number}"),
            ..Principal::nobody(Partition::Commercial)
        },
        resource: None,
        activity: Activity::default(),
    }
}

/// A case that was just opened at that minute.
pub(super) fn case(number: u64, at: i64) -> Case {
    let rule = Rule {
        name: "sample".to_owned(),
        stance: Stance::Ask,
        ask: Ask::Owner,
        deadline: SignedDuration::from_mins(15),
        reminders: vec![SignedDuration::from_mins(5)],
        offer: vec![Remedy::Cut],
        no_answer: NoAnswer::Escalate,
        escalate_to: vec![],
        voices: 1,
        quiet_for: None,
    };
    let terms = Terms {
        rule,
        mode: Mode::Enforce,
        profile: Profile::Surgical,
        account_allowed: true,
        known_networks: vec![],
        verify_after: vec![],
        undo_window: SignedDuration::from_hours(72),
        group_window: SignedDuration::from_hours(1),
        responders: vec![person()],
        released: false,
        crowd: false,
        own: None,
        known: vouch::case::guidance::Known::default(),
    };
    Case::open(id(number), finding(number), terms, minute(at)).case
}

/// Settled, nothing left to do.
pub(super) fn closed(mut case: Case, at: i64) -> Case {
    case.stage = Stage::Closed;
    case.closing = Some(Closing::Dismissed);
    case.closed_at = Some(minute(at));
    assert_eq!(case.wakes_at(), None, "the sample is over");
    case
}

/// The case as one batch, with the rows that belong to it.
pub(super) fn opening(case: &Case) -> Batch {
    let row = FindingRow { updated_at: minute(0), ..FindingRow::of(&case.finding, case.id.clone(), None) };
    Batch {
        cases: vec![(0, case.clone())],
        groups: vec![(case.key.clone(), case.id.clone())],
        findings: vec![(FindingKey::of(&case.finding), row)],
        ..Batch::default()
    }
}

pub(super) fn errand(case: &CaseId, no: u64) -> Errand {
    let message =
        Message::DismissModal { case: case.clone(), surface: Surface { effect: EffectNo(no), revision: 1 } };
    let want = Want::Post { to: Destination::Channel, message: Box::new(message) };
    Errand {
        subject: Subject::Case(case.clone()),
        effect: Effect { no: EffectNo(no), want },
        saved_at: minute(0),
    }
}

/// The next lines of the chain.
pub(super) fn lines(head: &mut Head, count: usize) -> Vec<Line> {
    let entry = || Entry {
        case: Some(id(1)),
        kind: EntryKind::Asked,
        actor: Actor::System,
        data: json!({ "person": "U0ALICE", "severity": 5.5, "tries": 1 }),
    };
    (0..count).map(|_| entry().seal(head, minute(1))).collect()
}

pub(super) async fn head(store: &dyn CaseStore) -> Head {
    let Page::Head(head) = store.page(Query::Head).await.unwrap() else { panic!("no head") };
    head
}

pub(super) async fn cases(
    store: &dyn CaseStore,
    stage: Option<bool>,
    limit: usize,
    after: Option<u64>,
) -> Vec<Case> {
    let query = Query::Cases { stage, limit, after: after.map(id) };
    let Page::Cases(cases) = store.page(query).await.unwrap() else { panic!("no cases") };
    cases
}

pub(super) async fn ids(
    store: &dyn CaseStore,
    stage: Option<bool>,
    limit: usize,
    after: Option<u64>,
) -> Vec<CaseId> {
    cases(store, stage, limit, after).await.into_iter().map(|case| case.id).collect()
}

pub(super) async fn errands(store: &dyn CaseStore) -> Vec<Errand> {
    let Page::Errands(errands) = store.page(Query::Errands).await.unwrap() else { panic!("no errands") };
    errands
}

pub(super) async fn wakes(store: &dyn CaseStore) -> Vec<(Timestamp, CaseId)> {
    let Page::Wakes(wakes) = store.page(Query::Wakes).await.unwrap() else { panic!("no wakes") };
    wakes
}

/// All lines, in pages, each checked against the one before.
pub(super) async fn whole_chain(store: &dyn CaseStore) -> Vec<Line> {
    let mut chain: Vec<Line> = Vec::new();
    let mut head = Head::default();
    loop {
        let query = Query::Lines { after: head.seq, limit: 100 };
        let Page::Lines(page) = store.page(query).await.unwrap() else { panic!("no lines") };
        if page.is_empty() {
            return chain;
        }
        for line in page {
            assert_eq!((line.seq, &line.prev), (head.seq + 1, &head.hash), "the chain is whole");
            assert_eq!(line.digest(), line.hash, "the line is as it was sealed");
            head = Head { seq: line.seq, hash: line.hash.clone() };
            chain.push(line);
        }
    }
}
