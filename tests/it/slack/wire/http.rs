//! Signed interactivity: acknowledged only after the commit, and nothing taken that Slack did not sign just now.
//! Never here: the signature by itself, or the Web API.

use super::super::fixtures::{case, delivery, key, mine, noon, person, prompt, surface};
use super::super::signature::sign;
use super::{Noon, Rig, SOON};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sim::slack::{Click, Submit};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vouch::case::effect::Destination;
use vouch::case::event::Answer;
use vouch::case::message::Message;
use vouch::case::prompt::Choice;
use vouch::daemon::SystemClock;
use vouch::inbox::{Incoming, Input, Lanes, RefusalReason};
use vouch::ports::{Clock, Messenger, Subject};
use vouch::slack::http::{Interactivity, PATH, router};

const NEW: &str = "the new signing secret";
const OLD: &str = "the old signing secret";
const FORM: &str = "application/x-www-form-urlencoded";

/// The route behind a real listener, and what comes in through it.
struct Street {
    rig: Rig,
    lanes: Lanes,
    stop: CancellationToken,
    address: SocketAddr,
    http: Client,
    /// Refusals that were only counted.
    counted: Arc<Mutex<Vec<RefusalReason>>>,
}

impl Street {
    /// It is always noon.
    async fn new() -> Self {
        Self::at(Arc::new(Noon)).await
    }

    async fn at(clock: Arc<dyn Clock>) -> Self {
        let rig = Rig::new().await;
        let (door, inbox, lanes) = rig.door_and_inbox();
        let counted = Arc::new(Mutex::new(vec![]));
        let (stop, count) = (CancellationToken::new(), counted.clone());
        let secrets = [NEW, OLD].map(|secret| secret.to_owned().into()).to_vec();
        let routes = router(Interactivity {
            door,
            inbox,
            secrets,
            clock,
            refused: Arc::new(move |reason| count.lock().unwrap().push(reason)),
            stop: stop.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving =
            vouch::http::serve(listener, vouch::http::health().merge(routes), CancellationToken::new());
        #[expect(clippy::disallowed_methods, reason = "a test is its own daemon")]
        tokio::spawn(serving);
        Self { rig, lanes, stop, address, http: Client::new(), counted }
    }

    fn post(&self) -> RequestBuilder {
        self.http.post(format!("http://{}{PATH}", self.address)).header("content-type", FORM)
    }

    /// Signed with this secret, so many seconds from now.
    fn signed(&self, secret: &str, off: i64, body: impl Into<Vec<u8>>) -> RequestBuilder {
        let (time, body) = ((noon().as_second() + off).to_string(), body.into());
        let signature = sign(secret, &time, &body);
        self.post()
            .header("x-slack-request-timestamp", time)
            .header("x-slack-signature", signature)
            .body(body)
    }

    /// Commits what comes in with this answer, while the request is under way.
    async fn commit(&mut self, request: RequestBuilder, answer: Answer) -> (StatusCode, String, Input) {
        let lanes = &mut self.lanes;
        let commit = async {
            let Incoming { input, receipt, .. } = incoming(lanes).await;
            receipt.send(answer).unwrap();
            input
        };
        let ((status, body), input) = tokio::join!(told(request), commit);
        (status, body, input)
    }

    /// Refused with this status, for this reason, with one line for the audit and no further word.
    async fn refuses(&mut self, request: RequestBuilder, status: u16, why: RefusalReason) -> String {
        let (told, body, input) = self.commit(request, Answer::NotYours).await;
        assert_eq!((told.as_u16(), body.as_str()), (status, ""), "{why:?}");
        let Input::Refusal { case: None, by: None, place: None, reason, dedupe } = input else {
            panic!("not refused: {input:?}")
        };
        assert_eq!(reason, why);
        dedupe
    }
}

async fn told(request: RequestBuilder) -> (StatusCode, String) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn incoming(lanes: &mut Lanes) -> Incoming {
    tokio::time::timeout(SOON, lanes.clicks.recv()).await.unwrap().unwrap()
}

/// What Slack sends when Alice presses *Not me*.
fn click() -> Value {
    json!({
        "type": "block_actions", "api_app_id": "A0VOUCH", "trigger_id": "1.2.3",
        "team": { "id": "T0VOUCH" }, "user": { "id": "U0ALICE", "team_id": "T0VOUCH" },
        "container": { "type": "message", "channel_id": "D0ALICE", "message_ts": "1.5" },
        "actions": [{ "action_id": "vouch.not_mine", "block_id": "b", "action_ts": "1.7", "type": "button",
            "value": key().token(&Subject::Case(case()), surface()) }],
    })
}

fn body(payload: &Value) -> String {
    let text = payload.to_string();
    let escaped = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
    format!("payload={escaped}")
}

#[tokio::test]
async fn a_click_is_acknowledged_only_after_the_commit() {
    let mut street = Street::new().await;
    for secret in [NEW, OLD] {
        let request = street.signed(secret, 0, body(&click()));
        let (status, body, input) = street.commit(request, Answer::Accepted).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, ""));
        let Input::Reply { case: of, reply, .. } = input else { panic!("no reply: {input:?}") };
        assert_eq!(
            (of, reply.by, reply.choice),
            (case(), person("U0ALICE"), Choice::NotMine { remedy: None })
        );
    }
    // Whatever the answer, a click is answered by nothing more than that.
    let request = street.signed(NEW, 299, body(&click()));
    let (status, body, _) = street.commit(request, Answer::NotYours).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn what_was_not_committed_is_not_acknowledged() {
    let mut street = Street::new().await;
    let request = street.signed(NEW, 0, body(&click()));
    let drop_it = async { drop(incoming(&mut street.lanes).await) };
    let ((status, text), ()) = tokio::join!(told(request), drop_it);
    assert_eq!((status.as_u16(), text.as_str()), (503, ""));
    // Nobody who saves it in time.
    let request = street.signed(NEW, 0, body(&click()));
    let began = tokio::time::Instant::now();
    assert_eq!(told(request).await.0.as_u16(), 503);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    drop(incoming(&mut street.lanes).await);
    street.stop.cancel();
    assert_eq!(told(street.signed(NEW, 0, body(&click()))).await.0.as_u16(), 503);
    assert!(street.lanes.clicks.try_recv().is_err(), "nothing is taken while stopping");
}

#[tokio::test]
async fn a_replayed_request_is_the_same_act() {
    let mut street = Street::new().await;
    let mut keys = vec![];
    for off in [0, 0, 120] {
        let (status, _, input) =
            street.commit(street.signed(NEW, off, body(&click())), Answer::Accepted).await;
        let Input::Reply { dedupe, .. } = input else { panic!("no reply: {input:?}") };
        assert_eq!(status, StatusCode::OK);
        keys.push(dedupe);
    }
    keys.dedup();
    assert_eq!(keys.len(), 1, "{keys:?}");
}

#[tokio::test]
async fn forged_stale_and_unsigned_requests_are_refused() {
    let mut street = Street::new().await;
    let (time, click) = (noon().as_second().to_string(), body(&click()));
    let good = sign(NEW, &time, click.as_bytes());
    let with = |street: &Street, all: &[(&'static str, &str)]| {
        let bare = street.post().body(click.clone());
        all.iter().fold(bare, |request, (name, value)| request.header(*name, *value))
    };
    let (stamp, mac) = (("x-slack-request-timestamp", time.as_str()), ("X-SLACK-SIGNATURE", good.as_str()));
    for all in [
        &[][..],
        &[stamp],
        &[mac],
        &[stamp, mac, mac],
        &[stamp, stamp, mac],
        &[stamp, ("x-slack-signature", "v0=0")],
    ] {
        street.refuses(with(&street, all), 401, RefusalReason::BadSignature).await;
    }
    let forged = street.signed("a guess", 0, click.clone());
    let first = street.refuses(forged, 401, RefusalReason::BadSignature).await;
    let again = street.signed("a guess", 0, click.clone());
    assert_ne!(
        first,
        street.refuses(again, 401, RefusalReason::BadSignature).await,
        "each is a line of its own"
    );
    for off in [-301, 301] {
        let stale = street.signed(NEW, off, click.clone());
        street.refuses(stale, 401, RefusalReason::StaleRequest).await;
    }
    // The same headers in other capitals, and once each, are Slack's.
    let (status, _, _) = street.commit(with(&street, &[stamp, mac]), Answer::Accepted).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn too_much_is_refused_whoever_signed_it() {
    let mut street = Street::new().await;
    let full = vec![b'a'; 1024 * 1024];
    let signed = street.signed(NEW, 0, [&full[..], b"a"].concat());
    street.refuses(signed, 413, RefusalReason::Oversized).await;
    let unsigned = street.post().body(vec![b'a'; 4 * 1024 * 1024]);
    street.refuses(unsigned, 413, RefusalReason::Oversized).await;
    let endless = street.post().body(vec![b'a'; 12 * 1024 * 1024]).send();
    let lanes = &mut street.lanes;
    // Nobody listens to the end of that one; the connection may break first.
    let (_, input) = tokio::join!(endless, async {
        let incoming = incoming(lanes).await;
        let _ = incoming.receipt.send(Answer::NotYours);
        incoming.input
    });
    assert!(matches!(input, Input::Refusal { reason: RefusalReason::Oversized, .. }), "{input:?}");
    // At the limit it is read, and found to be no form of ours.
    let at_limit = street.signed(NEW, 0, full);
    street.refuses(at_limit, 400, RefusalReason::Unreadable).await;
}

#[tokio::test]
async fn what_slack_signed_but_nobody_understands_is_refused() {
    let mut street = Street::new().await;
    let twice = format!("{}&{}", body(&click()), body(&click()));
    let deep = format!("payload={}", "%5B".repeat(100_000));
    for bad in ["", "payload", "payload=%7B", "other=1", "payload=%FF%FE", &twice, &deep] {
        let request = street.signed(NEW, 0, bad);
        street.refuses(request, 400, RefusalReason::Unreadable).await;
    }
    for kind in ["application/json", "text/plain"] {
        let time = noon().as_second().to_string();
        let text = click().to_string();
        let request = street
            .http
            .post(format!("http://{}{PATH}", street.address))
            .header("content-type", kind)
            .header("x-slack-request-timestamp", &time)
            .header("x-slack-signature", sign(NEW, &time, text.as_bytes()))
            .body(text);
        street.refuses(request, 415, RefusalReason::Unreadable).await;
    }
    // Kinds that nobody knows are acknowledged and ignored, as on a socket.
    for payload in [json!({"type": "brand_new"}), json!({"type": "shortcut"}), json!([1]), Value::Null] {
        assert_eq!(told(street.signed(NEW, 0, body(&payload))).await, (StatusCode::OK, String::new()));
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_not_there() {
    let street = Street::new().await;
    let url = |path: &str| format!("http://{}{path}", street.address);
    let status = async |request: RequestBuilder| told(request).await.0.as_u16();
    assert_eq!(status(street.http.get(url("/healthz"))).await, 200);
    assert_eq!(status(street.http.get(url(PATH))).await, 405);
    assert_eq!(status(street.http.put(url(PATH))).await, 405);
    for path in ["/", "/slack", "/slack/interactivity/", "/slack/events", "/readyz"] {
        assert_eq!(status(street.http.post(url(path))).await, 404, "{path}");
    }
}

#[tokio::test]
async fn a_flood_of_forgeries_does_not_fill_the_audit() {
    let mut street = Street::new().await;
    for _ in 0..10 {
        let forged = street.signed("a guess", 0, "payload=1");
        street.refuses(forged, 401, RefusalReason::BadSignature).await;
    }
    for _ in 0..20 {
        assert_eq!(told(street.signed("a guess", 0, "payload=1")).await.0.as_u16(), 401);
    }
    assert!(street.lanes.clicks.try_recv().is_err(), "no further line");
    assert_eq!(*street.counted.lock().unwrap(), [RefusalReason::BadSignature; 20]);
    // A flood of one kind does not hide another, nor a click.
    let stale = street.signed(NEW, -900, body(&click()));
    street.refuses(stale, 401, RefusalReason::StaleRequest).await;
    let (status, _, _) = street.commit(street.signed(NEW, 0, body(&click())), Answer::Accepted).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_sender_that_dawdles_is_sent_away() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let street = Street::new().await;
    let mut stream = tokio::net::TcpStream::connect(street.address).await.unwrap();
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npayload=");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![];
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(3), read).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn the_look_alike_is_understood_and_a_dialogs_errors_reach_it() {
    let mut street = Street::at(Arc::new(SystemClock)).await;
    let slack = street.rig.slack.clone();
    let url = format!("http://{}{PATH}", street.address);
    slack.switch(|switches| (switches.request_url, switches.signing_secret) = (Some(url), OLD.to_owned()));
    let to = Destination::Person { person: person("U0ALICE") };
    let posted =
        street.rig.messenger.post(&to, &delivery(Message::Prompt(Box::new(prompt())))).await.unwrap();
    let click = Click {
        user: "U0ALICE".into(),
        channel: posted.channel.clone(),
        ts: posted.ts.clone(),
        action_id: "vouch.mine".into(),
        ..Click::default()
    };
    let lanes = &mut street.lanes;
    let (clicked, trigger) = tokio::join!(slack.click(click), async {
        let Incoming { input, receipt, .. } = incoming(lanes).await;
        receipt.send(Answer::Accepted).unwrap();
        let Input::Reply { reply, .. } = input else { panic!("no reply: {input:?}") };
        reply.trigger.unwrap()
    });
    assert!(clicked.unwrap().acked);
    let modal = delivery(Message::MineModal(Box::new(mine())));
    street.rig.messenger.open_view(&trigger, &modal).await.unwrap();
    let view = slack.wait_view("U0ALICE", SOON).await.unwrap();
    let values = [("vouch.facts", json!([])), ("vouch.reason", json!(""))];
    let submit = Submit { raw: true, ..Submit::of(&view, values) };
    let (submitted, ()) = tokio::join!(slack.submit(submit), async {
        let Incoming { input, receipt, .. } = incoming(lanes).await;
        let Input::Reply { reply, .. } = input else { panic!("no reply: {input:?}") };
        assert!(matches!(reply.choice, Choice::Facts { .. }), "{reply:?}");
        receipt.send(Answer::FieldErrors { facts: true, reason: true }).unwrap();
    });
    let submitted = submitted.unwrap();
    assert!(submitted.acked && submitted.errors().len() == 2, "{submitted:?}");
}
