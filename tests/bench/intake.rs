//! From the queue to a case that survives a power cut: the commit alone, and the whole way.
//! Never here: what happens to the case afterwards.

use crate::emulator::Emulator;
use crate::figures::Table;
use crate::outside::{Outside, Plan, arrives, finding};
use crate::stories::house::House;
use crate::stories::report::{Report, Wrap};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Findings in one run of the commit alone: fewer than the effects that may be under way at once.
const COMMITS: u32 = 2_000;
/// Of each ten the first opens a case and the others join it.
const EACH: u32 = 10;
/// Senders at a time: as many as share a write, several times over.
const SENDERS: u32 = 256;
/// Findings in the queue. The emulator's queue is flat to about ten thousand.
const QUEUED: usize = 4_000;
/// As many as the daemon has.
const RECEIVERS: usize = 4;
/// Each way is measured so often, in turns; the better run of each counts.
const ROUNDS: usize = 2;
/// The commit alone is over soon, so it is measured more often; the median counts.
const RUNS: usize = 5;

/// Findings handed to the engine over a real store: the commit alone, and with all that follows from it, where look-ups
/// and Slack answer at once.
pub(crate) async fn commit(table: &mut Table) {
    let mut alone = vec![];
    for _ in 0..RUNS {
        alone.push(committed(Plan { all_hangs: true, ..Plan::default() }).await);
    }
    alone.sort_by(f64::total_cmp);
    let whole = committed(Plan::default()).await;
    table.row(
        "findings committed, intake alone, real fdatasync",
        format!("{:.0}/s", alone[RUNS / 2]),
        "at least 5,000/s",
        format!("one in {EACH} opens a case; with look-ups, messages and their results: {whole:.0}/s"),
    );
}

async fn committed(plan: Plan) -> f64 {
    let outside = Outside::start(plan).await;
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for first in 0..SENDERS {
        let inbox = outside.inbox.clone();
        senders.spawn(async move {
            for n in (first..COMMITS).step_by(SENDERS as usize) {
                arrives(&inbox, finding(&format!("user{}", n / EACH), n)).await.expect("it is taken");
            }
        });
    }
    senders.join_all().await;
    f64::from(COMMITS) / began.elapsed().as_secs_f64()
}

/// The emulator's queue, emptied by the daemon and by a bare loop with the same SDK.
pub(crate) async fn queue(table: &mut Table) {
    let (mut ours, mut bare) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        bare = bare.max(bare_loop().await);
        ours = ours.max(daemon().await);
    }
    table.row(
        "queue to committed case",
        format!("{ours:.0}/s, {:.2} of the bare loop", ours / bare),
        "at least 0.9 of it",
        format!("bare receive and delete, same SDK, {RECEIVERS} receivers: {bare:.0}/s"),
    );
}

async fn daemon() -> f64 {
    let mut house = House::build("bench-intake").mode("dry-run").start().await;
    house.daemon.kill();
    let url = house.account.queue_url.clone();
    // Samples lead to a case and a card, and to no look-up: nothing else asks the emulator meanwhile.
    let report =
        |n: usize| Report::about(&house.account.accused).kind(&format!("Recon:IAMUser/Bench{n}")).sample();
    send(&house.account.sqs, &url, 0..QUEUED, |n| report(n).body(Wrap::EventBridge)).await;
    house.daemon = house.recipe.start();
    let began = loop {
        if taken(&house).await > 0 {
            break Instant::now();
        }
        sleep(Duration::from_millis(1)).await;
    };
    let first = taken(&house).await;
    loop {
        let now = taken(&house).await;
        if now >= QUEUED {
            return (now - first) as f64 / began.elapsed().as_secs_f64();
        }
        assert!(began.elapsed() < Duration::from_secs(120), "only {now} taken: {}", house.recipe.log_tail());
        sleep(Duration::from_millis(5)).await;
    }
}

/// Findings that became or joined a case, by the daemon's own counter.
async fn taken(house: &House) -> usize {
    let Some((200, metrics)) = house.daemon.get("/metrics").await else { return 0 };
    let counts = metrics.lines().filter(|line| line.starts_with("vouch_findings_total{"));
    let count = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    counts.map(count).sum::<f64>() as usize
}

async fn bare_loop() -> f64 {
    let sqs = aws_sdk_sqs::Client::new(&Emulator::shared().sdk());
    let name = format!("bench-bare-{}", sim::rt::now().as_microsecond());
    let url = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let accused = crate::stories::report::Accused {
        user: "ci-bench".into(),
        unique_id: "AIDABENCHBENCHBENCH00".into(),
        key: "AKIABENCHBENCHBENCH0".into(),
    };
    send(&sqs, &url, 0..QUEUED, |_| Report::about(&accused).sample().body(Wrap::EventBridge)).await;
    let done = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut receivers = JoinSet::new();
    for _ in 0..RECEIVERS {
        let (sqs, url, done) = (sqs.clone(), url.clone(), done.clone());
        receivers.spawn(async move {
            while done.load(Ordering::Relaxed) < QUEUED {
                let call =
                    sqs.receive_message().queue_url(&url).max_number_of_messages(10).wait_time_seconds(1);
                let messages = call.send().await.unwrap().messages.unwrap_or_default();
                if messages.is_empty() {
                    continue;
                }
                let entry = |(n, m): (usize, &aws_sdk_sqs::types::Message)| {
                    let handle = m.receipt_handle.clone().unwrap_or_default();
                    DeleteMessageBatchRequestEntry::builder()
                        .id(n.to_string())
                        .receipt_handle(handle)
                        .build()
                        .unwrap()
                };
                let entries = messages.iter().enumerate().map(entry).collect();
                sqs.delete_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap();
                done.fetch_add(messages.len(), Ordering::Relaxed);
            }
        });
    }
    receivers.join_all().await;
    QUEUED as f64 / began.elapsed().as_secs_f64()
}

/// In batches of ten, eight at a time.
pub(crate) async fn send(
    sqs: &aws_sdk_sqs::Client,
    url: &str,
    which: std::ops::Range<usize>,
    body: impl Fn(usize) -> String,
) {
    let all: Vec<usize> = which.collect();
    for eight in all.chunks(80) {
        join_all(eight.chunks(10).map(|ten| {
            let entry = |n: &usize| {
                SendMessageBatchRequestEntry::builder()
                    .id(n.to_string())
                    .message_body(body(*n))
                    .build()
                    .unwrap()
            };
            let entries: Vec<_> = ten.iter().map(entry).collect();
            sqs.send_message_batch().queue_url(url).set_entries(Some(entries)).send()
        }))
        .await
        .into_iter()
        .for_each(|sent| assert!(sent.unwrap().failed.is_empty(), "the queue takes them"));
    }
}
