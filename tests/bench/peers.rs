//! The same two jobs by what people use today, on the same servers: c7n-mailer from queue to Slack, and a loop of
//! slack-bolt and boto3 from click to key inactive.
//! Never here: a judgement of what they do not do; the README's comparison says that.

use crate::emulator::Emulator;
use crate::figures::{Table, Times};
use crate::stories::hands;
use crate::stories::house::{House, SECURITY};
use sim::slack::Slack;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep};

const CLICKS: usize = 12;
const POSTS: usize = 12;

pub(crate) async fn side_by_side(table: &mut Table) {
    let Some(python) = environment().await else {
        let why = "their packages could not be installed".to_owned();
        return table.row("side by side", "not measured".to_owned(), "", why);
    };
    bolt(table, &python).await;
    mailer(table, &python).await;
    ours(table).await;
}

/// A Python with the peers in it; `None` when the package index is out of reach.
async fn environment() -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/peers/env.sh");
    let made = Command::new(script).stderr(Stdio::inherit()).output().await.unwrap();
    made.status.success().then(|| String::from_utf8_lossy(&made.stdout).trim().to_owned())
}

/// A peer as a child process that says `ready`, and takes a line when it is to go on.
struct Peer {
    _child: Child,
    says: Lines<BufReader<ChildStdout>>,
    hears: ChildStdin,
}

impl Peer {
    async fn start(python: &str, script: &str, env: &[(&str, String)]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/peers").join(script);
        let mut child = Command::new(python)
            .arg(path)
            .envs(env.iter().map(|(key, value)| (*key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap()).lines();
        let hears = child.stdin.take().unwrap();
        Self { _child: child, says, hears }
    }

    async fn said(&mut self, word: &str) {
        let said = tokio::time::timeout(Duration::from_secs(60), self.says.next_line()).await;
        assert_eq!(said.expect("it answers").unwrap().as_deref(), Some(word));
    }

    async fn go(&mut self) {
        self.hears.write_all(b"go\n").await.unwrap();
    }
}

/// Post a button; on the click acknowledge, then the same four calls as in `contain`.
async fn bolt(table: &mut Table, python: &str) {
    let house = House::build("bench-bolt").furnish().await;
    let (slack, front, account) = (&house.0, &house.2, &house.3);
    let env = [
        ("SLACK_API", slack.api_url()),
        ("CHANNEL", SECURITY.to_owned()),
        ("AWS_ENDPOINT_URL", front.url()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", account.own.0.clone()),
        ("AWS_SECRET_ACCESS_KEY", account.own.1.clone()),
        ("USER_NAME", account.accused.user.clone()),
        ("USER_KEY", account.accused.key.clone()),
    ];
    let mut peer = Peer::start(python, "bolt.py", &env).await;
    peer.said("ready").await;
    let message =
        slack.wait_message(SECURITY, Duration::from_secs(20), |m| hands::has(m, "not_me")).await.unwrap();
    let mut times = Times::default();
    for _ in 0..CLICKS {
        account.set_key(true).await;
        let before = front.all_requests().last().map_or(0, |last| last.n);
        let began = Instant::now();
        let click = sim::slack::Click::on(&message, "U0RESP1", "not_me");
        assert!(slack.click(click).await.unwrap().acked);
        let write = |r: &sim::record::Request| r.n > before && r.method == "UpdateAccessKey";
        loop {
            let all = front.all_requests();
            let wrote = all.iter().find(|r| write(r)).map(|r| r.n);
            if wrote.is_some_and(|n| all.iter().any(|r| r.n > n && r.method == "ListAccessKeys")) {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        times.add(began.elapsed());
    }
    let note = "acknowledges first, saves nothing: a crash in between loses the click";
    table.row("slack-bolt and boto3: click to key inactive", ms(&times), "", note.to_owned());
}

/// One message at a time, from the queue to the post.
async fn mailer(table: &mut Table, python: &str) {
    let slack = Slack::start().await.unwrap();
    let env = [
        ("SLACK_API", slack.api_url()),
        ("CHANNEL", SECURITY.to_owned()),
        ("AWS_ENDPOINT_URL", Emulator::shared().url()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ];
    let mut peer = Peer::start(python, "mailer.py", &env).await;
    peer.said("ready").await;
    let mut times = Times::default();
    for n in 0..POSTS {
        let began = Instant::now();
        peer.go().await;
        while slack.messages(SECURITY).len() <= n {
            assert!(began.elapsed() < Duration::from_secs(30), "c7n-mailer posts nothing");
            sleep(Duration::from_millis(1)).await;
        }
        times.add(began.elapsed());
        peer.said("done").await;
    }
    let note = "its own loop, run at once for each message; people run it every five minutes";
    table.row("c7n-mailer: queue to Slack", ms(&times), "", note.to_owned());
}

/// The same way by the daemon: a finding is sent, and its card stands in the channel.
async fn ours(table: &mut Table) {
    let house = House::build("bench-post").mode("dry-run").owner(None).start().await;
    let mut times = Times::default();
    for n in 0..POSTS {
        let mut accused = house.account.accused.clone();
        accused.user = format!("posted-{n}");
        let report = crate::stories::report::Report::about(&accused);
        house.known(&report);
        // Slack takes one message a second in a channel, and the daemon keeps to that.
        sleep(Duration::from_millis(2500)).await;
        let began = Instant::now();
        house.account.send(&report.body(crate::stories::report::Wrap::EventBridge)).await;
        let name = accused.user.clone();
        let card = |m: &sim::slack::Message| hands::is(m, "vouch_card") && hands::says(m, &name);
        house.slack.wait_message(SECURITY, Duration::from_secs(30), card).await.unwrap();
        times.add(began.elapsed());
    }
    let note = "saved, looked up in IAM and confirmed with GuardDuty before it is shown";
    table.row("vouch: queue to card in Slack", ms(&times), "", note.to_owned());
}

fn ms(times: &Times) -> String {
    format!("median {:.0} ms, p99 {:.0} ms", times.percentile(50), times.percentile(99))
}
