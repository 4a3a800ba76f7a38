//! The Web API: posts, edits, whispers, dialogs, people, and every way a call can fail.
//! Never here: sockets.

use super::super::fixtures::{card, delivery, mine, person, prompt};
use super::{Rig, SOON};
use jiff::Timestamp;
use serde_json::json;
use sim::fault::Fault as Broken;
use sim::slack::Person;
use std::time::{Duration, Instant};
use vouch::case::effect::{Destination, EffectNo};
use vouch::case::event::Answer;
use vouch::case::message::{Message, Note};
use vouch::case::prompt::Posted;
use vouch::ports::{Delivery, Fault, Messenger, People, Unfit};
use vouch::slack::client::method::Method;
use vouch::slack::health::Credential;

fn question() -> Delivery {
    delivery(Message::Prompt(Box::new(prompt())))
}

fn to(id: &str) -> Destination {
    Destination::Person { person: person(id) }
}

#[tokio::test]
async fn a_question_is_posted_edited_and_followed_up() {
    let rig = Rig::new().await;
    let posted = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap();
    let message = rig.slack.messages("U0ALICE").remove(0);
    assert_eq!((&message.channel, &message.ts), (&posted.channel, &posted.ts));
    assert_eq!(message.metadata.as_ref().unwrap()["event_type"], "vouch_prompt");
    let request = rig.slack.requests("chat.postMessage").remove(0).body;
    assert_eq!((&request["unfurl_links"], &request["parse"]), (&json!(false), &json!("none")));

    let note = delivery(Message::Note(Box::new(Note::Reminder { deadline: None })));
    let thread = Destination::Thread { parent: posted.clone(), reader: None };
    let reply = rig.messenger.post(&thread, &note).await.unwrap();
    let reply = rig.slack.message(&reply.channel, &reply.ts).unwrap();
    assert_eq!(reply.thread_ts.as_deref(), Some(posted.ts.as_str()));
    assert_eq!(reply.metadata.unwrap()["event_type"], "vouch_note");

    let mut closed = question();
    closed.no = EffectNo(12);
    let Message::Prompt(view) = &mut closed.message else { panic!("a prompt") };
    view.open = false;
    rig.messenger.update(&posted, &closed).await.unwrap();
    let after = rig.slack.message(&posted.channel, &posted.ts).unwrap();
    assert_eq!((after.edits, after.metadata), (1, message.metadata));
    assert!(!json!(after.blocks).to_string().contains("vouch.not_mine"));

    let card = delivery(Message::Card(Box::new(card())));
    let at = rig.messenger.post(&Destination::Channel, &card).await.unwrap();
    assert_eq!(at.channel, "C0SECURITY");
    let refusal = delivery(Message::Refusal { answer: Answer::NotYours });
    rig.messenger.whisper(&at, &person("U0BOB"), &refusal).await.unwrap();
    let whispered = rig.slack.messages("C0SECURITY").pop().unwrap();
    assert_eq!(whispered.ephemeral_to.as_deref(), Some("U0BOB"));
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_adopted() {
    for broken in [Broken::Status { status: 500, stored: true }, Broken::Reset { stored: true }] {
        let rig = Rig::new().await;
        let mut question = question();
        question.since = Timestamp::UNIX_EPOCH;
        rig.slack.fault("chat.postMessage", broken, 1);
        let lost = rig.messenger.post(&to("U0ALICE"), &question).await.unwrap_err();
        assert!(matches!(lost, Fault::Later { after: None, .. }), "{lost:?}");
        question.maybe_sent = true;
        // Others' posts and our other messages must not be mistaken for it, nor must it hide on a later page.
        let mut other = question.clone();
        other.no = EffectNo(99);
        for n in 0..3 {
            other.no.0 += n;
            other.maybe_sent = false;
            rig.messenger.post(&to("U0ALICE"), &other).await.unwrap();
        }
        let found = rig.messenger.post(&to("U0ALICE"), &question).await.unwrap();
        let messages = rig.slack.messages("U0ALICE");
        assert_eq!((messages.len(), &messages[0].ts), (4, &found.ts));
    }
}

#[tokio::test]
async fn a_reply_whose_answer_was_lost_is_adopted_in_its_thread() {
    let rig = Rig::new().await;
    let parent = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap();
    let mut note = delivery(Message::Note(Box::new(Note::Waits)));
    note.no = EffectNo(20);
    let thread = Destination::Thread { parent, reader: None };
    rig.slack.fault("chat.postMessage", Broken::Status { status: 503, stored: true }, 1);
    rig.messenger.post(&thread, &note).await.unwrap_err();
    note.maybe_sent = true;
    let found = rig.messenger.post(&thread, &note).await.unwrap();
    let messages = rig.slack.messages("U0ALICE");
    assert_eq!((messages.len(), &messages[1].ts), (2, &found.ts));
}

#[tokio::test]
async fn what_never_arrived_is_posted_again() {
    let rig = Rig::new().await;
    let mut question = question();
    rig.slack.fault("chat.postMessage", Broken::Reset { stored: false }, 1);
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap_err();
    question.maybe_sent = true;
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap();
    assert_eq!(rig.slack.messages("U0ALICE").len(), 1);
    let looks = rig.slack.requests("conversations.history").len();
    assert_eq!(looks, 2, "Slack's history may be behind, so one look is not enough");
}

#[tokio::test]
async fn what_slack_certainly_refused_is_not_looked_for() {
    let rig = Rig::new().await;
    let mut question = question();
    for (broken, maybe_sent) in [
        (Broken::Throttle { retry_after: 1 }, false),
        (Broken::Error { code: "org_login_required".into() }, true),
    ] {
        rig.slack.fault("chat.postMessage", broken, 1);
        question.maybe_sent = maybe_sent;
        rig.messenger.post(&to("U0ALICE"), &question).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(1050)).await;
    }
    assert!(rig.slack.requests("conversations.history").is_empty());
    // One doubtful try, and every later one has to look.
    rig.slack.fault("chat.postMessage", Broken::Status { status: 500, stored: true }, 1);
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap_err();
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap();
    assert_eq!(rig.slack.messages("U0ALICE").len(), 1);
    // What an earlier life of the daemon did is not known.
    question.no = EffectNo(31);
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap();
    assert_eq!(rig.slack.requests("conversations.history").len(), 3);
}

#[tokio::test]
async fn without_the_scope_for_addresses_nobody_is_found_and_the_case_goes_on() {
    let rig = Rig::new().await;
    rig.slack.change(|state| state.workspace.scopes.retain(|scope| scope != "users:read.email"));
    assert_eq!(rig.people.by_email("bob@example.com").await.unwrap(), None);
    assert!(rig.client.health().refused().is_empty());
}

#[tokio::test]
async fn without_the_history_scope_it_is_posted_again() {
    let rig = Rig::new().await;
    rig.slack.change(|state| state.workspace.scopes.retain(|scope| scope != "im:history"));
    let mut question = question();
    question.maybe_sent = true;
    rig.messenger.post(&to("U0ALICE"), &question).await.unwrap();
    assert_eq!(rig.slack.messages("U0ALICE").len(), 1);
    assert!(rig.client.health().refused().is_empty());
}

#[tokio::test]
async fn a_429_stops_the_method_for_everybody() {
    let rig = Rig::new().await;
    rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap();
    rig.slack.fault("chat.postMessage", Broken::Throttle { retry_after: 2 }, 1);
    let first = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap_err();
    assert!(matches!(first, Fault::Later { after: Some(after), .. } if after == Duration::from_secs(2)));
    let calls = rig.slack.requests("chat.postMessage").len();
    let card = delivery(Message::Card(Box::new(card())));
    let second = rig.messenger.post(&Destination::Channel, &card).await.unwrap_err();
    assert!(matches!(second, Fault::Later { after: Some(_), .. }));
    assert_eq!(rig.slack.requests("chat.postMessage").len(), calls, "nothing may be sent meanwhile");
    // Other methods go on.
    rig.people.profile(&person("U0BOB")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2050)).await;
    rig.messenger.post(&Destination::Channel, &card).await.unwrap();
}

#[tokio::test]
async fn posts_keep_the_pace_of_a_channel() {
    let rig = Rig::new().await;
    rig.slack.switch(|switches| switches.rate_limits = true);
    let card = delivery(Message::Card(Box::new(card())));
    let started = Instant::now();
    for _ in 0..5 {
        rig.messenger.post(&Destination::Channel, &card).await.unwrap();
    }
    let took = started.elapsed();
    assert!(took > Duration::from_millis(1500) && took < SOON, "{took:?}");
}

#[tokio::test]
async fn people_who_left_are_gone_at_once() {
    let rig = Rig::new().await;
    let fault = rig.messenger.post(&to("U0GONE"), &question()).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault:?}");
    assert!(rig.slack.messages("U0GONE").is_empty());
    let nowhere = Posted { channel: "C0SECURITY".into(), ts: "1.2".into() };
    let fault = rig.messenger.update(&nowhere, &question()).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault:?}");
}

#[tokio::test]
async fn blocks_that_slack_refuses_are_sent_as_text_once() {
    let rig = Rig::new().await;
    rig.slack.fault("chat.postMessage", Broken::Error { code: "invalid_blocks".into() }, 1);
    let posted = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap();
    let message = rig.slack.message(&posted.channel, &posted.ts).unwrap();
    assert!(message.blocks.is_empty() && message.text.contains("Was this you?"));
    assert!(message.text.contains("security team"), "{}", message.text);
    assert!(message.metadata.is_some());
    rig.slack.fault("chat.postMessage", Broken::Error { code: "invalid_blocks".into() }, 2);
    let fault = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: false, .. }), "{fault:?}");
}

#[tokio::test]
async fn a_revoked_token_is_told_and_recovers() {
    let rig = Rig::new().await;
    rig.slack.switch(|switches| switches.revoked = true);
    let fault = rig.messenger.post(&to("U0ALICE"), &question()).await.unwrap_err();
    assert!(matches!(fault, Fault::Later { after: Some(after), .. } if after == Duration::from_secs(60)));
    assert_eq!(rig.client.health().refused(), [(Credential::Bot, "invalid_auth".to_owned())]);
    assert!(rig.client.identity().await.is_err());
    rig.slack.switch(|switches| switches.revoked = false);
    assert_eq!(rig.client.identity().await.unwrap().team, "T0VOUCH");
    assert!(rig.client.health().refused().is_empty());
    assert!(rig.client.identity().await.unwrap().scopes.contains(&"chat:write".to_owned()));
}

#[tokio::test]
async fn a_dialog_is_not_opened_twice_nor_late() {
    let rig = Rig::new().await;
    let modal = delivery(Message::MineModal(Box::new(mine())));
    let fault = rig.messenger.open_view("unknown", &modal).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: false, .. }), "{fault:?}");
    assert_eq!(rig.slack.requests(Method::ViewsOpen.as_str()).len(), 1);
    rig.messenger.open_view("x", &question()).await.unwrap_err();
    rig.messenger.post(&to("U0ALICE"), &modal).await.unwrap_err();
}

#[tokio::test]
async fn people_are_known_with_their_flags() {
    let rig = Rig::new().await;
    let guest = Person { is_ultra_restricted: true, ..Person::new("U0GUEST", "guest") };
    let robot = Person { is_bot: true, ..Person::new("U0ROBOT", "robot") };
    let other = Person { team_id: "T0ELSEWHERE".into(), ..Person::new("U0OTHER", "other") };
    let japanese = Person { locale: "ja-JP".into(), ..Person::new("U0YUKI", "yuki") };
    [guest, robot, other, japanese].into_iter().for_each(|person| rig.slack.put_person(person));
    for (id, unfit) in [
        ("U0ALICE", None),
        ("U0GONE", Some(Unfit::Deactivated)),
        ("U0STRANGER", Some(Unfit::Outsider)),
        ("U0OTHER", Some(Unfit::Outsider)),
        ("U0GUEST", Some(Unfit::Guest)),
        ("U0ROBOT", Some(Unfit::Bot)),
    ] {
        assert_eq!(rig.people.profile(&person(id)).await.unwrap().unwrap().unfit, unfit, "{id}");
    }
    assert_eq!(rig.people.profile(&person("U0NOBODY")).await.unwrap(), None);
    assert_eq!(rig.people.profile(&person("U0YUKI")).await.unwrap().unwrap().locale, "ja-JP");
    let calls = rig.slack.requests("users.info").len();
    rig.people.profile(&person("U0YUKI")).await.unwrap();
    assert_eq!(rig.slack.requests("users.info").len(), calls, "remembered for a while");
    assert_eq!(rig.people.by_email("bob@example.com").await.unwrap(), Some(person("U0BOB")));
    assert_eq!(rig.people.by_email("nobody@example.com").await.unwrap(), None);
    assert_eq!(rig.people.by_email("gone@example.com").await.unwrap(), None);
}
