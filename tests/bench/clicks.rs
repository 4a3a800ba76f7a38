//! From a click to its acknowledgement: idle, and while ten thousand findings arrive.
//! Never here: what the click decides.

use crate::figures::{Table, Times};
use crate::intake::send;
use crate::stories::hands;
use crate::stories::house::{House, SECURITY};
use crate::stories::report::{Accused, Report, Wrap};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sim::slack::{Click, Message, Slack};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;

const CLICKS: usize = 300;
const FLOOD: usize = 10_000;
/// Principals of the flood.
const PRINCIPALS: usize = 50;

pub(crate) async fn acknowledged(table: &mut Table) {
    let bare = bare_client().await;
    let house = House::build("bench-clicks").mode("dry-run").start().await;
    house.finding(&house.report()).await;
    let card = house.card_with("vouch.take").await;
    let flush = flushes(house.dir.path());
    let idle = clicks(&house.slack, &card, "U0RESP1", CLICKS).await;
    row(table, "click to acknowledgement, idle", &idle, &flush, &bare);

    // All of them are GuardDuty's own; none is about the case that is clicked on.
    let accused = |n: usize| Accused {
        user: format!("flooded-{}", n % PRINCIPALS),
        unique_id: format!("AIDAFLOODED{:010}", n % PRINCIPALS),
        key: format!("AKIAFLOODED{:09}", n % PRINCIPALS),
    };
    let reports: Vec<Report> = (0..FLOOD).map(|n| Report::about(&accused(n))).collect();
    reports.iter().for_each(|report| house.known(report));
    let url = house.account.queue_url.clone();
    let flood = async {
        send(&house.account.sqs, &url, 0..FLOOD, |n| reports[n].body(Wrap::EventBridge)).await;
    };
    let clicking = async {
        let mut times = Times::default();
        for _ in 0..CLICKS {
            times.add(click(&house.slack, &card, "U0RESP1").await);
        }
        times
    };
    let ((), times) = tokio::join!(flood, clicking);
    row(table, &format!("the same while {FLOOD} findings arrive"), &times, &flush, &bare);
}

fn row(table: &mut Table, what: &str, times: &Times, flush: &Times, bare: &Times) {
    let (p99, over) = (times.percentile(99), times.percentile(99) - flush.percentile(99));
    table.row(
        what,
        format!("p50 {:.1} ms, p99 {p99:.1} ms: {over:.1} ms over a flush", times.percentile(50)),
        "p99 at most 5 ms over one flush",
        format!(
            "one flush p99 {:.1} ms; a client that only acknowledges p99 {:.1} ms",
            flush.percentile(99),
            bare.percentile(99)
        ),
    );
}

async fn clicks(slack: &Slack, message: &Message, person: &str, count: usize) -> Times {
    let mut times = Times::default();
    for _ in 0..count {
        times.add(click(slack, message, person).await);
    }
    times
}

async fn click(slack: &Slack, message: &Message, person: &str) -> Duration {
    let began = Instant::now();
    let clicked = slack.click(Click::on(message, person, "vouch.take")).await.expect("it can be clicked");
    assert!(clicked.acked, "{:?}", clicked.error);
    began.elapsed()
}

/// What one durable write of a few kilobytes takes on this disk.
fn flushes(folder: &std::path::Path) -> Times {
    let mut file = std::fs::File::create(folder.join("flush")).unwrap();
    file.write_all(&vec![0; 1 << 20]).unwrap();
    file.sync_all().unwrap();
    let mut times = Times::default();
    for n in 0..CLICKS as u64 {
        let began = Instant::now();
        file.write_all_at(&[7; 4096], (n % 256) * 4096).unwrap();
        file.sync_data().unwrap();
        times.add(began.elapsed());
    }
    times
}

/// The load generator's own ceiling: the look-alike and a client that acknowledges and does nothing else.
async fn bare_client() -> Times {
    let slack = Slack::start().await.unwrap();
    let http = reqwest::Client::new();
    let call = async |method: &str, token: &str, body: Value| -> Value {
        let sent = http.post(format!("{}{method}", slack.api_url())).bearer_auth(token).json(&body).send();
        sent.await.unwrap().json().await.unwrap()
    };
    let opened = call("apps.connections.open", "xapp-sim", json!({})).await;
    let (mut socket, _) = tokio_tungstenite::connect_async(opened["url"].as_str().unwrap()).await.unwrap();
    let button = json!({"type": "button", "action_id": "vouch.take", "value": "v", "text": {"type": "plain_text", "text": "T"}});
    let body =
        json!({"channel": SECURITY, "text": "t", "blocks": [{"type": "actions", "elements": [button]}]});
    let posted = call("chat.postMessage", "xoxb-sim", body).await;
    let message = slack.message(SECURITY, posted["ts"].as_str().unwrap()).expect("it stands");
    assert!(hands::has(&message, "vouch.take"));
    let acknowledge = async {
        while let Some(Ok(frame)) = socket.next().await {
            let Ok(text) = frame.to_text() else { continue };
            let Ok(envelope) = serde_json::from_str::<Value>(text) else { continue };
            if envelope["envelope_id"].is_string() {
                let ack = json!({"envelope_id": envelope["envelope_id"]}).to_string();
                socket.send(tungstenite::Message::text(ack)).await.unwrap();
            }
        }
    };
    tokio::select! {
        times = clicks(&slack, &message, "U0RESP1", CLICKS) => times,
        () = acknowledge => panic!("the socket was closed"),
    }
}
