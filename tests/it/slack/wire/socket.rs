//! Socket Mode: acknowledged only after the commit, and never deaf for long.
//! Never here: the Web API.

use super::super::fixtures::{case, delivery, person, prompt};
use super::{Rig, SOON};
use serde_json::{Value, json};
use sim::fault::Fault as Broken;
use sim::slack::{Click, Interaction, SocketAct, Submit};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vouch::case::effect::Destination;
use vouch::case::event::Answer;
use vouch::case::message::Message;
use vouch::case::prompt::{Choice, Posted};
use vouch::inbox::{Incoming, Input, Lanes};
use vouch::ports::Messenger;
use vouch::slack::health::Credential;
use vouch::slack::socket::{Sockets, Timing};

fn quick() -> Timing {
    let ms = Duration::from_millis;
    Timing {
        open: ms(2000),
        write: ms(1000),
        ping: ms(100),
        silence: ms(600),
        backoff_min: ms(20),
        backoff_max: ms(200),
        healthy: ms(1000),
        reprobe: ms(300),
        too_many: ms(300),
        drain: ms(1000),
        close: ms(200),
        stagger: ms(50),
        renew_from: 0.8,
        renew_to: 0.9,
    }
}

/// Sockets that run, and what comes in through them.
struct Line {
    rig: Rig,
    lanes: Lanes,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Line {
    async fn new(slots: u32) -> Self {
        Self::with(Rig::new().await, slots).await
    }

    async fn with(rig: Rig, slots: u32) -> Self {
        let line = Self::unconnected(rig, quick(), slots);
        line.rig.slack.wait_sockets(slots as usize, SOON).await.unwrap();
        line
    }

    fn unconnected(rig: Rig, timing: Timing, slots: u32) -> Self {
        let (door, lanes) = rig.door();
        let stop = CancellationToken::new();
        let sockets = Sockets::new(rig.client.clone(), door, timing, slots);
        #[expect(clippy::disallowed_methods, reason = "a test is its own daemon")]
        let task = tokio::spawn(sockets.run(stop.clone()));
        Self { rig, lanes, stop, task }
    }

    async fn ask(&self) -> Posted {
        let to = Destination::Person { person: person("U0ALICE") };
        self.rig.messenger.post(&to, &delivery(Message::Prompt(Box::new(prompt())))).await.unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(SOON, self.task).await.unwrap().unwrap();
        assert_eq!(self.rig.client.health().sockets(), 0);
    }
}

fn press(at: &Posted, action: &str) -> Click {
    Click {
        user: "U0ALICE".into(),
        channel: at.channel.clone(),
        ts: at.ts.clone(),
        action_id: action.into(),
        ..Click::default()
    }
}

async fn incoming(lanes: &mut Lanes) -> Incoming {
    tokio::time::timeout(SOON, lanes.clicks.recv()).await.unwrap().unwrap()
}

/// Presses while committing the first click after `wait`.
async fn press_and_commit(line: &mut Line, at: &Posted, wait: Duration) -> (Interaction, Choice) {
    let slack = line.rig.slack.clone();
    let commit = async {
        let incoming = incoming(&mut line.lanes).await;
        tokio::time::sleep(wait).await;
        let Input::Reply { case: of, reply, .. } = incoming.input else { panic!("no reply") };
        assert_eq!(of, case());
        incoming.receipt.send(Answer::Accepted).unwrap();
        reply.choice
    };
    let (clicked, choice) = tokio::join!(slack.click(press(at, "vouch.not_mine")), commit);
    (clicked.unwrap(), choice)
}

#[tokio::test]
async fn a_click_is_acknowledged_only_after_the_commit() {
    let mut line = Line::new(2).await;
    let at = line.ask().await;
    let wait = Duration::from_millis(400);
    let (clicked, choice) = press_and_commit(&mut line, &at, wait).await;
    assert!(clicked.acked && clicked.took_ms >= 400, "{clicked:?}");
    assert_eq!(choice, Choice::NotMine { remedy: Some(vouch::case::remedy::Remedy::Cut) });
    line.end().await;
}

#[tokio::test]
async fn what_was_not_committed_is_not_acknowledged() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    line.rig.slack.switch(|switches| switches.ack_within_ms = 500);
    let slack = line.rig.slack.clone();
    let drop_it = async { drop(incoming(&mut line.lanes).await) };
    let (clicked, ()) = tokio::join!(slack.click(press(&at, "vouch.unsure")), drop_it);
    assert!(!clicked.unwrap().acked);
    line.end().await;
}

#[tokio::test]
async fn one_slow_click_holds_up_nobody() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    let slack = line.rig.slack.clone();
    let commit = async {
        let slow = incoming(&mut line.lanes).await;
        let fast = incoming(&mut line.lanes).await;
        fast.receipt.send(Answer::Accepted).unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        slow.receipt.send(Answer::Accepted).unwrap();
    };
    let (slow, fast) = (slack.click(press(&at, "vouch.not_mine")), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        slack.click(press(&at, "vouch.unsure")).await
    });
    let (slow, fast, ()) = tokio::join!(slow, fast, commit);
    let (slow, fast) = (slow.unwrap(), fast.unwrap());
    assert!(slow.acked && fast.acked && fast.took_ms < 400 && slow.took_ms >= 500, "{slow:?} {fast:?}");
    line.end().await;
}

#[tokio::test]
async fn a_socket_that_drops_before_the_acknowledgement_loses_no_click() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    line.rig.slack.switch(|switches| {
        (switches.drop_on_delivery, switches.redeliver, switches.ack_within_ms) = (1, true, 5_000);
    });
    let slack = line.rig.slack.clone();
    let both = async {
        let first = incoming(&mut line.lanes).await;
        let second = incoming(&mut line.lanes).await;
        // The first has nobody left to tell; the second is the same act, told by its key.
        let key = |incoming: &Incoming| match &incoming.input {
            Input::Reply { dedupe, .. } => dedupe.clone(),
            other => panic!("no reply: {other:?}"),
        };
        assert_eq!(key(&first), key(&second));
        let _ = first.receipt.send(Answer::Accepted);
        second.receipt.send(Answer::Accepted).unwrap();
    };
    let (clicked, ()) = tokio::join!(slack.click(press(&at, "vouch.not_mine")), both);
    assert!(clicked.unwrap().acked);
    line.end().await;
}

#[tokio::test]
async fn a_refreshed_socket_is_replaced_before_it_goes() {
    for act in [SocketAct::Warning, SocketAct::RefreshRequested] {
        let mut line = Line::new(1).await;
        let at = line.ask().await;
        line.rig.slack.socket(act, None);
        line.rig.slack.wait_for(SOON, |state| (state.hellos == 2).then_some(())).await.unwrap();
        line.rig.slack.wait_sockets(1, SOON).await.unwrap();
        let (clicked, _) = press_and_commit(&mut line, &at, Duration::ZERO).await;
        assert!(clicked.acked, "{act:?}");
        line.end().await;
    }
}

#[tokio::test]
async fn a_click_under_way_is_acknowledged_on_the_old_socket() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    let slack = line.rig.slack.clone();
    let renewed = async {
        let incoming = incoming(&mut line.lanes).await;
        slack.socket(SocketAct::Warning, None);
        slack.wait_for(SOON, |state| (state.hellos == 2).then_some(())).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        incoming.receipt.send(Answer::Accepted).unwrap();
    };
    let (clicked, ()) = tokio::join!(slack.click(press(&at, "vouch.not_mine")), renewed);
    assert!(clicked.unwrap().acked);
    slack.wait_sockets(1, SOON).await.unwrap();
    line.end().await;
}

#[tokio::test]
async fn an_old_socket_is_replaced_before_its_time() {
    let rig = Rig::new().await;
    rig.slack.change(|state| state.workspace.approximate_connection_time = 2);
    let line = Line::with(rig, 1).await;
    let started = Instant::now();
    let (health, slack) = (line.rig.client.health().clone(), line.rig.slack.clone());
    let renewed = slack.wait_for(SOON, |state| (state.hellos == 3).then_some(()));
    tokio::pin!(renewed);
    loop {
        tokio::select! {
            done = &mut renewed => { done.unwrap(); break }
            () = tokio::time::sleep(Duration::from_millis(5)) => assert_ne!(health.sockets(), 0, "never without one"),
        }
    }
    assert!(started.elapsed() > Duration::from_millis(3000));
    line.end().await;
}

#[tokio::test]
async fn a_half_open_socket_is_noticed() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    line.rig.slack.socket(SocketAct::HalfOpen, None);
    line.rig.slack.wait_for(SOON, |state| (state.hellos == 2).then_some(())).await.unwrap();
    // Drops the dead one on the other side too, so that the click goes to the living one.
    line.rig.slack.socket(SocketAct::Drop, Some(0));
    line.rig.slack.wait_sockets(1, SOON).await.unwrap();
    let (clicked, _) = press_and_commit(&mut line, &at, Duration::ZERO).await;
    assert!(clicked.acked);
    line.end().await;
}

#[tokio::test]
async fn a_quiet_socket_is_left_alone() {
    let line = Line::new(1).await;
    line.rig.slack.switch(|switches| switches.ping_every_ms = 3_600_000);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(line.rig.slack.peek(|state| state.hellos), 1, "its answers to our pings are signs of life");
    line.end().await;
}

#[tokio::test]
async fn dropped_and_closed_sockets_come_back_one_at_a_time() {
    let line = Line::new(2).await;
    for (n, act) in [SocketAct::Drop, SocketAct::Close, SocketAct::Drop].into_iter().enumerate() {
        line.rig.slack.socket(act, Some(0));
        let hellos = 3 + n as u64;
        line.rig.slack.wait_for(SOON, |state| (state.hellos == hellos).then_some(())).await.unwrap();
        line.rig.slack.wait_sockets(2, SOON).await.unwrap();
    }
    // Slack counts a socket when it says hello, we when we have heard it.
    let counted = async {
        while line.rig.client.health().sockets() != 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, counted).await.unwrap();
    line.end().await;
}

#[tokio::test]
async fn a_refused_token_is_told_and_tried_again_slowly() {
    let rig = Rig::new().await;
    rig.slack.switch(|switches| switches.revoked = true);
    let line = Line::unconnected(rig, quick(), 1);
    let slack = line.rig.slack.clone();
    slack.wait_request("apps.connections.open", 2, SOON).await.unwrap();
    let refused = line.rig.client.health().refused();
    assert_eq!(refused, [(Credential::App, "invalid_auth".to_owned())]);
    assert!(line.rig.client.health().no_socket_since().is_some());
    slack.switch(|switches| switches.revoked = false);
    slack.wait_sockets(1, SOON).await.unwrap();
    assert!(line.rig.client.health().refused().is_empty());
    line.end().await;
}

#[tokio::test]
async fn a_disabled_link_and_too_many_sockets_are_not_hammered() {
    for act in [SocketAct::LinkDisabled, SocketAct::TooManyWebsockets] {
        let line = Line::new(1).await;
        line.rig.slack.socket(act, None);
        line.rig.slack.wait_sockets(0, SOON).await.unwrap();
        let gone = Instant::now();
        line.rig.slack.wait_sockets(1, SOON).await.unwrap();
        assert!(gone.elapsed() > Duration::from_millis(150), "{act:?}");
        line.end().await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_refuses_is_given_up_in_time() {
    let rig = Rig::new().await;
    rig.slack.fault("apps.connections.open", Broken::Hang { stored: false }, 1);
    let timing = Timing { open: Duration::from_millis(200), ..quick() };
    let line = Line::unconnected(rig, timing, 1);
    line.rig.slack.wait_sockets(1, SOON).await.unwrap();
    line.rig.slack.switch(|switches| switches.refuse_sockets = true);
    line.rig.slack.socket(SocketAct::Drop, None);
    line.rig.slack.wait_request("apps.connections.open", 5, SOON).await.unwrap();
    line.rig.slack.switch(|switches| switches.refuse_sockets = false);
    line.rig.slack.wait_sockets(1, SOON).await.unwrap();
    line.end().await;
}

#[tokio::test]
async fn what_nobody_knows_is_acknowledged_and_ignored() {
    let line = Line::new(1).await;
    for payload in [json!({"type": "brand_new"}), json!({"type": "shortcut"}), json!([1]), Value::Null] {
        let told = line.rig.slack.deliver("U0ALICE", payload).await;
        assert!(told.acked, "{told:?}");
    }
    line.end().await;
}

#[tokio::test]
async fn a_dialog_s_errors_come_with_the_acknowledgement() {
    let mut line = Line::new(1).await;
    let at = line.ask().await;
    let slack = line.rig.slack.clone();
    let open = async {
        let incoming = incoming(&mut line.lanes).await;
        let Input::Reply { reply, .. } = incoming.input else { panic!("no reply") };
        incoming.receipt.send(Answer::Accepted).unwrap();
        let modal = delivery(Message::MineModal(Box::new(super::super::fixtures::mine())));
        line.rig.messenger.open_view(&reply.trigger.unwrap(), &modal).await.unwrap();
    };
    let (clicked, ()) = tokio::join!(slack.click(press(&at, "vouch.mine")), open);
    assert!(clicked.unwrap().acked);
    let view = slack.wait_view("U0ALICE", SOON).await.unwrap();
    let values = BTreeMap::from([
        ("vouch.facts".to_owned(), json!(["call"])),
        ("vouch.reason".to_owned(), json!("deploying")),
    ]);
    let submit = || Submit {
        user: "U0ALICE".into(),
        view_id: view.id.clone(),
        values: values.clone(),
        ..Submit::default()
    };
    let mut keys = vec![];
    for answer in [Answer::FactsChanged, Answer::Accepted] {
        let commit = async {
            let incoming = incoming(&mut line.lanes).await;
            let Input::Reply { reply, dedupe, .. } = incoming.input else { panic!("no reply") };
            assert!(matches!(reply.choice, Choice::Facts { .. }));
            incoming.receipt.send(answer).unwrap();
            dedupe
        };
        let (submitted, key) = tokio::join!(slack.submit(submit()), commit);
        assert!(submitted.unwrap().acked);
        keys.push(key);
        let open = slack.views("U0ALICE");
        assert_eq!(open.is_empty(), keys.len() == 2, "an error keeps it open, nothing closes it");
        assert!(open.iter().all(|view| view.errors.contains_key("vouch.reason")));
    }
    assert_ne!(keys[0], keys[1], "after an error the same contents are a new answer");
    line.end().await;
}
