//! The intake against a real queue: nothing is deleted before it is safe, and nothing stays for ever.
//! Never here: what the engine makes of findings; a stand-in answers for it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops at the line that says why"
)]

use crate::emulator::Emulator;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use vouch::aws::call::CallObserver;
use vouch::aws::decode::NotFinding;
use vouch::aws::queue::{Intake, IntakeOutcome};
use vouch::case::event::Answer;
use vouch::case::finding::Form;
use vouch::inbox::{Inbox, Incoming, Input, Lanes, inbox};
use vouch::ports::Clock;

const FINDING: &str = include_str!("fixtures/findings/eventbridge-iam-user.json");
const TWO_ONE_BROKEN: &str = include_str!("fixtures/findings/get-findings-one-broken.json");
const NOTICE: &str = include_str!("fixtures/findings/notice-cloudtrail.json");
const BAD: &str = r#"{"detail-type":"GuardDuty Finding","detail":{}}"#;

fn client_at(endpoint: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

struct FarAhead;

impl Clock for FarAhead {
    fn now(&self) -> Timestamp {
        "2100-01-01T00:00:00Z".parse().unwrap()
    }
}

/// A queue of its own for each test, and the inbox the intake feeds.
struct Bench {
    client: Client,
    url: String,
    inbox: Inbox,
    lanes: Lanes,
    stop: CancellationToken,
}

impl Bench {
    async fn new(visibility: u32) -> Self {
        let client = client_at(&Emulator::shared().url());
        let url = make_queue(&client, &[(Attribute::VisibilityTimeout, visibility.to_string())]).await;
        let (inbox, lanes) = inbox();
        Self { client, url, inbox, lanes, stop: CancellationToken::new() }
    }

    /// Gives the queue a dead-letter queue, and says where that is.
    async fn add_dead_letters(&self, receives: u32) -> String {
        let url = make_queue(&self.client, &[]).await;
        let asked = self.client.get_queue_attributes().queue_url(&url);
        let asked = asked.attribute_names(Attribute::QueueArn).send().await.unwrap();
        let arn = &asked.attributes().unwrap()[&Attribute::QueueArn];
        let policy = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": receives });
        let call = self.client.set_queue_attributes().queue_url(&self.url);
        call.attributes(Attribute::RedrivePolicy, policy.to_string()).send().await.unwrap();
        url
    }

    fn intake(&self) -> Intake {
        let wait = SignedDuration::from_secs(1);
        Intake::new(self.client.clone(), self.url.clone(), wait, self.inbox.clone(), Arc::new(FarAhead))
            .with_receivers(1)
    }

    async fn send(&self, body: &str) {
        self.client.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }
}

async fn make_queue(client: &Client, attributes: &[(Attribute, String)]) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("queue-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let call = client.create_queue().queue_name(name);
    let call = attributes.iter().fold(call, |call, (key, value)| call.attributes(key.clone(), value));
    call.send().await.unwrap().queue_url.unwrap()
}

/// Messages on the queue, hidden ones included.
async fn left(client: &Client, url: &str) -> u32 {
    let names = [Attribute::ApproximateNumberOfMessages, Attribute::ApproximateNumberOfMessagesNotVisible];
    let call = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let answer = call.send().await.unwrap();
    names.iter().map(|name| answer.attributes().unwrap()[name].parse::<u32>().unwrap()).sum()
}

async fn until_left(client: &Client, url: &str, count: u32) {
    let wait = async {
        while left(client, url).await != count {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), wait)
        .await
        .unwrap_or_else(|_| panic!("{count} messages never remained"));
}

async fn next(lanes: &mut Lanes) -> Incoming {
    timeout(Duration::from_secs(30), lanes.findings.recv()).await.expect("something arrives").unwrap()
}

fn is_finding(incoming: &Incoming) -> bool {
    matches!(incoming.input, Input::Finding(_))
}

#[tokio::test]
async fn a_finding_is_deleted_once_it_is_committed() {
    let mut bench = Bench::new(30).await;
    bench.send(FINDING).await;
    let intake = bench.intake();
    let (health, stats) = (intake.health(), intake.stats());
    tokio::join!(intake.run(bench.stop.clone()), async {
        let incoming = next(&mut bench.lanes).await;
        assert!(is_finding(&incoming));
        sleep(Duration::from_millis(300)).await;
        assert_eq!(left(&bench.client, &bench.url).await, 1, "not before it is safe");
        incoming.receipt.send(Answer::Accepted).unwrap();
        until_left(&bench.client, &bench.url, 0).await;
        bench.stop.cancel();
    });
    assert_eq!(health.borrow().last_ok, Some(FarAhead.now()));
    assert_eq!(stats.counts()[&(Some(Form::Eventbridge), IntakeOutcome::Committed)], 1);
}

#[tokio::test]
async fn what_cannot_be_saved_is_held_and_not_driven_into_the_dead_letter_queue() {
    let mut bench = Bench::new(1).await;
    // Left and received again, the message would be there after its second receive.
    let dead = bench.add_dead_letters(2).await;
    bench.send(FINDING).await;
    let intake = bench.intake();
    let stats = intake.stats();
    tokio::join!(intake.run(bench.stop.clone()), async {
        for _ in 0..4 {
            drop(next(&mut bench.lanes).await.receipt);
        }
        let again = next(&mut bench.lanes).await;
        assert!(is_finding(&again));
        again.receipt.send(Answer::Accepted).unwrap();
        until_left(&bench.client, &bench.url, 0).await;
        bench.stop.cancel();
    });
    assert_eq!(stats.counts()[&(Some(Form::Eventbridge), IntakeOutcome::NotCommitted)], 4);
    assert_eq!(left(&bench.client, &dead).await, 0);
}

#[tokio::test]
async fn what_was_not_saved_at_the_stop_stays_on_the_queue() {
    let mut bench = Bench::new(1).await;
    bench.send(FINDING).await;
    type Calls = Vec<(&'static str, &'static str, &'static str)>;
    let calls: Arc<Mutex<Calls>> = Arc::default();
    let heard = calls.clone();
    let observer = CallObserver::new(move |service, operation, result| {
        heard.lock().unwrap().push((service, operation, result.as_str()));
    });
    let intake = bench.intake().observed_by(observer);
    let both = async {
        tokio::join!(intake.run(bench.stop.clone()), async {
            drop(next(&mut bench.lanes).await.receipt);
            bench.stop.cancel();
        })
    };
    timeout(Duration::from_secs(10), both).await.expect("it does not wait for the store");
    assert_eq!(left(&bench.client, &bench.url).await, 1);
    assert!(calls.lock().unwrap().contains(&("sqs", "ReceiveMessage", "ok")));
}

#[tokio::test]
async fn a_message_under_way_does_not_come_twice() {
    let mut bench = Bench::new(2).await;
    bench.send(FINDING).await;
    let intake = bench.intake().with_receivers(2);
    tokio::join!(intake.run(bench.stop.clone()), async {
        let incoming = next(&mut bench.lanes).await;
        sleep(Duration::from_secs(5)).await;
        assert!(bench.lanes.findings.try_recv().is_err(), "hidden for more than twice its timeout");
        incoming.receipt.send(Answer::Accepted).unwrap();
        until_left(&bench.client, &bench.url, 0).await;
        bench.stop.cancel();
    });
}

#[tokio::test]
async fn a_bad_body_reaches_the_dead_letter_queue() {
    let mut bench = Bench::new(1).await;
    let dead = bench.add_dead_letters(2).await;
    bench.send(BAD).await;
    bench.send("{\"detail-type\":\"Guard").await;
    let intake = bench.intake();
    let stats = intake.stats();
    tokio::join!(intake.run(bench.stop.clone()), async {
        until_left(&bench.client, &dead, 2).await;
        until_left(&bench.client, &bench.url, 0).await;
        assert!(bench.lanes.findings.try_recv().is_err(), "the dead-letter queue has them: no record needed");
        bench.stop.cancel();
    });
    assert_eq!(stats.counts()[&(Some(Form::Eventbridge), IntakeOutcome::Bad)], 1, "counted once");
    assert_eq!(stats.counts()[&(None, IntakeOutcome::Bad)], 1);
}

#[tokio::test]
async fn a_bad_body_without_dead_letter_queue_is_recorded_at_the_fifth_receive() {
    let mut bench = Bench::new(1).await;
    bench.send(BAD).await;
    let intake = bench.intake();
    let stats = intake.stats();
    tokio::join!(intake.run(bench.stop.clone()), async {
        let incoming = next(&mut bench.lanes).await;
        let Input::Unreadable { message_id, form, why } = incoming.input else { panic!("not a record") };
        assert!(!message_id.is_empty() && why.contains("accountId"), "{why}");
        assert_eq!(form, Some(Form::Eventbridge));
        assert_eq!(left(&bench.client, &bench.url).await, 1);
        incoming.receipt.send(Answer::Accepted).unwrap();
        until_left(&bench.client, &bench.url, 0).await;
        bench.stop.cancel();
    });
    assert_eq!(stats.counts()[&(Some(Form::Eventbridge), IntakeOutcome::Recorded)], 1);
}

#[tokio::test]
async fn the_good_half_of_a_body_is_filed_and_the_bad_half_kept() {
    let mut bench = Bench::new(1).await;
    let dead = bench.add_dead_letters(1).await;
    bench.send(TWO_ONE_BROKEN).await;
    tokio::join!(bench.intake().run(bench.stop.clone()), async {
        let incoming = next(&mut bench.lanes).await;
        assert!(is_finding(&incoming));
        incoming.receipt.send(Answer::Accepted).unwrap();
        until_left(&bench.client, &dead, 1).await;
        bench.stop.cancel();
    });
}

#[tokio::test]
async fn what_is_no_finding_is_acknowledged() {
    let mut bench = Bench::new(30).await;
    bench.send(NOTICE).await;
    bench.send("{\"hello\":1}").await;
    let intake = bench.intake();
    let stats = intake.stats();
    tokio::join!(intake.run(bench.stop.clone()), async {
        until_left(&bench.client, &bench.url, 0).await;
        assert!(bench.lanes.findings.try_recv().is_err());
        bench.stop.cancel();
    });
    for what in [NotFinding::CloudTrailEvent, NotFinding::Other] {
        assert_eq!(stats.counts()[&(None, IntakeOutcome::NotFinding(what))], 1);
    }
}

#[tokio::test]
async fn stopping_finishes_the_batch() {
    let mut bench = Bench::new(30).await;
    bench.send(FINDING).await;
    let intake = bench.intake().with_receivers(3);
    let stop = bench.stop.clone();
    let stopped = async {
        let incoming = next(&mut bench.lanes).await;
        bench.stop.cancel();
        sleep(Duration::from_millis(300)).await;
        bench.send(FINDING).await;
        incoming.receipt.send(Answer::Accepted).unwrap();
    };
    let both = async { tokio::join!(intake.run(stop), stopped) };
    timeout(Duration::from_secs(10), both).await.expect("it returns when the batch is done");
    assert_eq!(left(&bench.client, &bench.url).await, 1, "the one under way is deleted, no other was taken");
}

#[tokio::test]
async fn the_lag_is_the_age_of_the_oldest_message() {
    let mut bench = Bench::new(30).await;
    bench.send(FINDING).await;
    let intake = bench.intake();
    let stats = intake.stats();
    tokio::join!(intake.run(bench.stop.clone()), async {
        let incoming = next(&mut bench.lanes).await;
        assert!(stats.lag() > Duration::from_secs(365 * 86_400), "the test's clock is far ahead");
        incoming.receipt.send(Answer::Accepted).unwrap();
        sleep(Duration::from_secs(2)).await;
        assert_eq!(stats.lag(), Duration::ZERO, "nothing waits");
        bench.stop.cancel();
    });
}

#[tokio::test]
async fn a_queue_that_is_away_is_reported_and_asked_again_without_haste() {
    // Somebody who accepts, counts, and hangs up.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (inbox, _lanes) = inbox();
    let url = format!("{endpoint}/000000000000/away");
    let wait = SignedDuration::from_secs(20);
    let intake = Intake::new(client_at(&endpoint), url, wait, inbox, Arc::new(FarAhead)).with_receivers(1);
    let health = intake.health();
    let stop = CancellationToken::new();
    let calls = AtomicU32::new(0);
    let count = async {
        while let Ok((stream, _)) = listener.accept().await {
            calls.fetch_add(1, Ordering::Relaxed);
            drop(stream);
        }
    };
    let watch = async {
        sleep(Duration::from_secs(3)).await;
        stop.cancel();
    };
    let running = async { tokio::join!(intake.run(stop.clone()), watch) };
    tokio::select! {
        _ = running => {}
        () = count => {}
    }
    let health = health.borrow().clone();
    assert_eq!(health.last_ok, None);
    assert!(health.why.as_deref().is_some_and(|why| why.starts_with("ReceiveMessage on http")), "{health:?}");
    assert!((2..=8).contains(&calls.load(Ordering::Relaxed)), "{calls:?} calls in three seconds");
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_said_to() {
    let bench = Bench::new(30).await;
    let gone = bench.url.replace("/queue-", "/gone-");
    let wait = SignedDuration::from_secs(1);
    let intake = Intake::new(bench.client.clone(), gone, wait, bench.inbox.clone(), Arc::new(FarAhead))
        .with_receivers(1);
    let mut health = intake.health();
    tokio::join!(intake.run(bench.stop.clone()), async {
        let unwell = health.wait_for(|health| health.why.is_some());
        let said = timeout(Duration::from_secs(10), unwell).await.unwrap().unwrap().clone();
        assert!(said.why.as_deref().is_some_and(|why| why.contains("NonExistentQueue")), "{said:?}");
        bench.stop.cancel();
    });
}
