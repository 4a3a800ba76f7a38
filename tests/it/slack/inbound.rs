//! Payloads in: honest ones become replies, hostile ones are refused or ignored, none breaks anything.
//! Never here: whether a reply counts.

use super::fixtures::{case, key, person, surface, us};
use proptest::prelude::*;
use serde_json::{Value, json};
use vouch::case::event::{Answer, NotNow};
use vouch::case::ledger::LedgerEvent;
use vouch::case::prompt::{Choice, Posted, Reply, Ticks};
use vouch::case::remedy::Remedy;
use vouch::inbox::{Input, RefusalReason};
use vouch::ports::Subject;
use vouch::slack::ack::AckPayload;
use vouch::slack::client::Identity;
use vouch::slack::inbound::{Form, Inbound, inbound};

fn token() -> String {
    key().token(&Subject::Case(case()), surface())
}

fn click(action: &str, value: &str) -> Value {
    json!({
        "type": "block_actions",
        "user": {"id": "U0ALICE", "username": "alice", "team_id": "T0VOUCH"},
        "team": {"id": "T0VOUCH"},
        "enterprise": null,
        "api_app_id": "A0VOUCH",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D1", "is_ephemeral": false},
        "channel": {"id": "D1"},
        "message": {"ts": "1.2"},
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "3.4"}],
        "state": {"values": {"x": {"vouch.remedy": {"type": "static_select", "selected_option": {"value": "cut"}}}}},
        "trigger_id": "t.1",
        "something_new": [1, 2],
    })
}

fn submission(callback: &str, ticks: &[&str], reason: &str) -> Value {
    let options: Vec<Value> = ticks.iter().map(|tick| json!({"value": tick})).collect();
    json!({
        "type": "view_submission",
        "user": {"id": "U0ALICE", "team_id": "T0VOUCH"},
        "team": {"id": "T0VOUCH"},
        "api_app_id": "A0VOUCH",
        "view": {
            "id": "V1",
            "hash": "1.h",
            "callback_id": callback,
            "private_metadata": format!("{} en", token()),
            "state": {"values": {
                "facts-block": {"vouch.facts": {"type": "checkboxes", "selected_options": options}},
                "reason-block": {"vouch.reason": {"type": "plain_text_input", "value": reason}},
            }},
        },
    })
}

fn read(payload: &Value) -> Inbound {
    inbound(payload, &us(), &key(), &[person("U0RESP1")])
}

fn reply(payload: &Value) -> (Reply, String) {
    match read(payload) {
        Inbound::Event { input, .. } => match *input {
            Input::Reply { case: of, reply, dedupe } if of == case() => (reply, dedupe),
            other => panic!("no reply: {other:?}"),
        },
        Inbound::Ignore | Inbound::Trial(_) => panic!("ignored"),
    }
}

fn refused(payload: &Value) -> RefusalReason {
    match read(payload) {
        Inbound::Event { input, .. } => match *input {
            Input::Refusal { reason, .. } => reason,
            other => panic!("no refusal: {other:?}"),
        },
        Inbound::Ignore | Inbound::Trial(_) => panic!("ignored"),
    }
}

fn ignored(payload: &Value) -> bool {
    matches!(read(payload), Inbound::Ignore)
}

#[test]
fn each_button_is_its_choice() {
    let cut = || Some(Remedy::Cut);
    let choices = [
        ("vouch.not_mine", Choice::NotMine { remedy: cut() }),
        ("vouch.mine", Choice::Mine { remedy: cut() }),
        ("vouch.unsure", Choice::Unsure),
        ("vouch.not_my_credential", Choice::NotMyCredential),
        ("vouch.contain", Choice::Contain { remedy: cut() }),
        ("vouch.dismiss", Choice::Dismiss),
        ("vouch.done", Choice::Done),
        ("vouch.undo", Choice::Undo),
        ("vouch.approve", Choice::Approve),
        ("vouch.reject", Choice::Reject),
        ("vouch.take", Choice::Take),
    ];
    for (action, choice) in choices {
        let (reply, _) = reply(&click(action, &token()));
        assert_eq!(reply.choice, choice);
        assert_eq!(reply.by, person("U0ALICE"));
        assert_eq!((reply.surface, reply.is_responder), (surface(), false));
        assert_eq!(reply.place, Posted { channel: "D1".into(), ts: "1.2".into() });
        assert_eq!(reply.trigger.as_deref(), Some("t.1"));
    }
}

#[test]
fn a_responder_is_one_by_the_settings_only() {
    let mut payload = click("vouch.approve", &token());
    payload["user"]["id"] = json!("U0RESP1");
    assert!(reply(&payload).0.is_responder);
}

#[test]
fn a_remedy_that_we_do_not_know_is_none() {
    let mut payload = click("vouch.not_mine", &token());
    payload["state"]["values"]["x"]["vouch.remedy"]["selected_option"]["value"] = json!("rm -rf");
    assert_eq!(reply(&payload).0.choice, Choice::NotMine { remedy: None });
    payload["state"] = Value::Null;
    assert_eq!(reply(&payload).0.choice, Choice::NotMine { remedy: None });
}

#[test]
fn menus_links_and_unknown_payloads_are_ignored() {
    assert!(ignored(&click("vouch.remedy", "")));
    assert!(ignored(&click("some_link", "")));
    for kind in ["view_closed", "shortcut", "message_action", "brand_new", ""] {
        let mut payload = click("vouch.not_mine", &token());
        payload["type"] = json!(kind);
        assert!(ignored(&payload), "{kind}");
    }
    assert!(ignored(&submission("somebody_else", &[], "")));
    assert!(ignored(&Value::Null));
}

#[test]
fn forged_and_foreign_clicks_are_refused() {
    assert_eq!(refused(&click("vouch.not_mine", "1.k3w7q2mz9a.7.2.00")), RefusalReason::Forged);
    assert_eq!(refused(&click("vouch.brand_new", &token())), RefusalReason::Forged);
    assert_eq!(refused(&click("vouch.stop_writes", &token())), RefusalReason::Forged);
    let ledger = key().token(&Subject::Ledger, surface());
    assert_eq!(refused(&click("vouch.approve", &ledger)), RefusalReason::Forged);
    let with = |pointer: &str, value: Value| {
        let mut payload = click("vouch.not_mine", &token());
        *payload.pointer_mut(pointer).unwrap() = value;
        payload
    };
    assert_eq!(refused(&with("/user/id", json!("<@U1>"))), RefusalReason::Forged);
    assert_eq!(refused(&with("/api_app_id", json!("A0OTHER"))), RefusalReason::ForeignApp);
    assert_eq!(refused(&with("/team", json!({"id": "T0OTHER"}))), RefusalReason::ForeignTeam);
    assert_eq!(refused(&with("/user/team_id", json!("T0OTHER"))), RefusalReason::ForeignTeam);
    let mut placeless = with("/container", Value::Null);
    (placeless["channel"], placeless["message"]) = (Value::Null, Value::Null);
    assert_eq!(refused(&placeless), RefusalReason::WrongPlace);
}

#[test]
fn a_null_team_is_ours_if_the_person_is() {
    let mut payload = click("vouch.not_mine", &token());
    payload["team"] = Value::Null;
    reply(&payload);
    payload["user"]["team_id"] = json!("T0OTHER");
    assert_eq!(refused(&payload), RefusalReason::ForeignTeam);
    payload["user"] = json!({"id": "U0ALICE"});
    assert_eq!(refused(&payload), RefusalReason::ForeignTeam);
}

/// Somebody of the same organisation may be at home in another workspace of it.
#[test]
fn an_organisation_s_members_are_ours_wherever_they_are_at_home() {
    let us = Identity { enterprise: Some("E0ORG".into()), ..us() };
    let read_as = |payload: &Value| inbound(payload, &us, &key(), &[]);
    let mut payload = click("vouch.not_mine", &token());
    payload["user"]["team_id"] = json!("T0OTHER");
    payload["enterprise"] = json!({"id": "E0ORG"});
    let refused = |payload: &Value| {
        let Inbound::Event { input, .. } = read_as(payload) else { panic!("ignored") };
        if let Input::Refusal { reason, .. } = *input { Some(reason) } else { None }
    };
    assert_eq!(refused(&payload), None);
    payload["enterprise"] = json!({"id": "E0OTHER"});
    assert_eq!(refused(&payload), Some(RefusalReason::ForeignTeam));
}

#[test]
fn switches_are_for_responders() {
    let ledger = key().token(&Subject::Ledger, surface());
    let mut payload = click("vouch.stop_writes", &ledger);
    let Inbound::Event { input, .. } = read(&payload) else { panic!("ignored") };
    let Input::Refusal { reason: RefusalReason::NotYours, place, .. } = *input else { panic!("not refused") };
    assert_eq!(place, Some(Posted { channel: "D1".into(), ts: "1.2".into() }));
    payload["user"]["id"] = json!("U0RESP1");
    let by = person("U0RESP1");
    let event = |action: &str| {
        payload["actions"][0]["action_id"] = json!(action);
        match read(&payload) {
            Inbound::Event { input, .. } => match *input {
                Input::Switch { event, .. } => event,
                other => panic!("no switch: {other:?}"),
            },
            Inbound::Ignore | Inbound::Trial(_) => panic!("ignored"),
        }
    };
    let mut event = event;
    assert_eq!(event("vouch.stop_writes"), LedgerEvent::Stop { by: by.clone() });
    assert_eq!(event("vouch.resume_writes"), LedgerEvent::Resume { by: by.clone() });
    assert_eq!(event("vouch.reset_breaker"), LedgerEvent::ResetBreaker { by });
}

#[test]
fn a_submission_brings_ticks_and_a_clean_reason() {
    let (found, _) =
        reply(&submission("vouch.mine", &["call", "source", "lies"], " a\n<!channel>`x`\u{202e} "));
    let ticks = Ticks { call: true, time: false, source: true };
    assert_eq!(found.choice, Choice::Facts { ticks, reason: "a <!channel>'x'".into() });
    let (long, _) = reply(&submission("vouch.dismiss", &[], &"x".repeat(100_000)));
    let Choice::DismissReason { reason } = long.choice else { panic!("another choice") };
    assert!(reason.len() < 1100);
    let (empty, _) = reply(&submission("vouch.mine", &[], ""));
    assert_eq!(empty.choice, Choice::Facts { ticks: Ticks::default(), reason: String::new() });
}

#[test]
fn deliveries_of_one_act_share_a_key_and_other_acts_do_not() {
    let base = click("vouch.not_mine", &token());
    let of = |payload: &Value| reply(payload).1;
    assert_eq!(of(&base), of(&base.clone()));
    for (pointer, value) in [
        ("/actions/0/action_ts", json!("3.5")),
        ("/actions/0/action_id", json!("vouch.unsure")),
        ("/container/message_ts", json!("1.3")),
        ("/container/channel_id", json!("D2")),
        ("/user/id", json!("U0BOB")),
    ] {
        let mut other = base.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_ne!(of(&base), of(&other), "{pointer}");
    }
    // After a field error the same dialog is sent again, filled in differently: that is another answer.
    let first = submission("vouch.mine", &["call"], "");
    let second = submission("vouch.mine", &["call"], "my deployment");
    assert_eq!(of(&first), of(&first.clone()));
    assert_ne!(of(&first), of(&second));
    let mut again = first.clone();
    again["trigger_id"] = json!("t.2");
    assert_ne!(of(&first), of(&again));
}

fn form() -> Form {
    match read(&submission("vouch.mine", &[], "")) {
        Inbound::Event { form: Some(form), .. } => form,
        other => panic!("no form: {other:?}"),
    }
}

#[test]
fn a_dialog_stays_open_on_errors_and_closes_otherwise() {
    let errors = |answer: Answer| AckPayload::of(&answer, Some(&form())).0.map(|body| body["errors"].clone());
    assert_eq!(errors(Answer::Accepted), None);
    let both = errors(Answer::FieldErrors { facts: true, reason: true }).unwrap();
    assert!(both["facts-block"].is_string() && both["reason-block"].is_string());
    for answer in [
        Answer::NotYours,
        Answer::FactsChanged,
        Answer::AlreadyAnswered,
        Answer::NotNow { why: NotNow::Settled },
    ] {
        let one = errors(answer).unwrap();
        assert!(one["reason-block"].is_string() && one.get("facts-block").is_none());
    }
    assert_eq!(AckPayload::of(&Answer::NotYours, None), AckPayload(None));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!("vouch.not_mine")),
        Just(json!("vouch.mine")),
        Just(json!(token())),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_breaks_the_reader(value in any_json()) {
        let _ = read(&value);
    }

    /// An honest payload with one value replaced by anything.
    #[test]
    fn no_broken_payload_breaks_the_reader(value in any_json(), at in 0usize..40, submitted in any::<bool>()) {
        let mut payload =
            if submitted { submission("vouch.mine", &["call"], "x") } else { click("vouch.mine", &token()) };
        let mut paths = vec![];
        walk(&payload, String::new(), &mut paths);
        let path = paths[at % paths.len()].clone();
        *payload.pointer_mut(&path).unwrap() = value;
        let _ = read(&payload);
    }
}

fn walk(value: &Value, path: String, paths: &mut Vec<String>) {
    paths.push(path.clone());
    for (key, inner) in value.as_object().into_iter().flatten() {
        walk(inner, format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), paths);
    }
    for (n, inner) in value.as_array().into_iter().flatten().enumerate() {
        walk(inner, format!("{path}/{n}"), paths);
    }
}
