//! How soon it is ready, and how much memory it holds: with nothing, and with a hundred thousand closed cases.
//! Never here: what it does once it is ready.

use crate::figures::{Table, millis, resident};
use crate::outside::finding;
use crate::stories::daemon::{Daemon, Recipe, get};
use crate::stories::house::House;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use vouch::case::CaseId;
use vouch::case::entry::{Actor, Entry, EntryKind, Head, Line};
use vouch::case::guard::{Mode, Profile};
use vouch::case::playbook::{Ask, NoAnswer, Rule, Stance};
use vouch::case::remedy::Remedy;
use vouch::case::state::{Case, Closing, Stage, Terms};
use vouch::ports::{Batch, FindingKey, FindingRow, commit};

const CLOSED: u32 = 100_000;
const OPEN: u32 = 1_000;
const AT_ONCE: u32 = 500;
/// At rest: after this long without anything to do.
const REST: Duration = Duration::from_secs(5);

pub(crate) async fn starts(table: &mut Table) {
    let (_slack, _guardduty, _front, _account, recipe, _dir) = House::build("bench-empty").furnish().await;
    let (daemon, took) = ready(&recipe).await;
    table.row("start to ready, empty store", format!("{took:.0} ms"), "300 ms", first_ready().await);
    sleep(REST).await;
    let (now, _) = resident(daemon.id());
    table.row("resident at rest, empty store", format!("{now:.0} MiB"), "35 MiB", String::new());
    drop(daemon);

    let house = House::build("bench-full").mode("dry-run").furnish().await;
    let (recipe, dir) = (&house.4, &house.5);
    fill(&dir.path().join("store")).await;
    let (daemon, took) = ready(recipe).await;
    let size = folder_size(&dir.path().join("store")) / f64::from(1 << 20);
    let beside = format!("{CLOSED} closed and {OPEN} open cases, {size:.0} MiB on disk");
    table.row("start to ready, full store", format!("{took:.0} ms"), "2,000 ms", beside);
    sleep(REST).await;
    let (now, _) = resident(daemon.id());
    table.row("resident at rest, full store", format!("{now:.0} MiB"), "150 MiB", String::new());
    let began = Instant::now();
    let lines = export(&recipe.admin.to_string()).await;
    let (_, highest) = resident(daemon.id());
    let beside = format!("{lines} lines in {:.1} s", began.elapsed().as_secs_f64());
    table.row("resident at its highest, audit exported", format!("{highest:.0} MiB"), "150 MiB", beside);

    let binary = std::fs::metadata(env!("CARGO_BIN_EXE_vouch")).unwrap().len() as f64 / 1e6;
    table.row("binary, stripped", format!("{binary:.1} MB"), "35 MB", String::new());
}

async fn ready(recipe: &Recipe) -> (Daemon, f64) {
    let began = Instant::now();
    let daemon = recipe.start();
    loop {
        if let Some((200, _)) = get(recipe.admin, "/readyz").await {
            return (daemon, millis(began.elapsed()));
        }
        assert!(began.elapsed() < Duration::from_secs(60), "never ready: {}", recipe.log_tail());
        sleep(Duration::from_millis(2)).await;
    }
}

/// What of it is the process itself: the time until `vouch --help` has ended.
async fn first_ready() -> String {
    let began = Instant::now();
    let ended =
        tokio::process::Command::new(env!("CARGO_BIN_EXE_vouch")).arg("--help").output().await.unwrap();
    assert!(ended.status.success());
    format!("`vouch --help` alone: {:.0} ms", millis(began.elapsed()))
}

/// Reads the whole trail and keeps nothing of it.
async fn export(admin: &str) -> usize {
    let mut answer = reqwest::get(format!("http://{admin}/v1/audit")).await.unwrap();
    let mut lines = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
    }
    assert!(lines >= CLOSED as usize, "only {lines} lines");
    lines
}

async fn fill(path: &Path) {
    let store = vouch::store::open(path).unwrap();
    let now = sim::rt::now();
    let mut head = Head::default();
    let all: Vec<u32> = (0..CLOSED + OPEN).collect();
    for some in all.chunks(AT_ONCE as usize) {
        let mut batch = Batch::default();
        for n in some {
            add(&mut batch, *n, now, &mut head);
        }
        let _effects = commit(&store, batch).await.unwrap();
    }
    drop(store);
}

/// A case as it is after its end, or one whose owner has a day to answer.
fn add(batch: &mut Batch, n: u32, now: Timestamp, head: &mut Head) {
    let opened = now - SignedDuration::from_mins(i64::from(n % 10_000) + 60);
    let found = finding(&format!("user{n}"), n);
    let id = CaseId::parse(&format!("bench{n:08}")).unwrap();
    let step = Case::open(id.clone(), found.clone(), terms(), opened);
    let mut case = step.case;
    case.pending.clear();
    if n < CLOSED {
        (case.stage, case.closing, case.closed_at) = (Stage::Closed, Some(Closing::Dismissed), Some(opened));
        (case.deadline, case.nudge_at) = (None, None);
    } else {
        (case.stage, case.deadline) = (Stage::Asking, Some(now + SignedDuration::from_hours(24)));
    }
    let row = FindingRow::of(&found, id.clone(), None);
    batch.groups.push((case.key.clone(), id.clone()));
    batch.findings.push((FindingKey::of(&found), row));
    let lines: Vec<Line> = step.entries.into_iter().map(|entry| entry.seal(head, opened)).collect();
    batch.lines.extend(lines);
    let closed = Entry {
        case: Some(id),
        kind: EntryKind::CaseClosed,
        actor: Actor::System,
        data: json!({"outcome": "dismissed", "by": "slack:U0RESP1"}),
    };
    batch.lines.push(closed.seal(head, opened));
    batch.cases.push((0, case));
}

fn terms() -> Terms {
    let rule = Rule {
        name: "bench".to_owned(),
        stance: Stance::Ask,
        ask: Ask::Owner,
        deadline: SignedDuration::from_hours(24),
        reminders: vec![],
        offer: vec![Remedy::Cut],
        no_answer: NoAnswer::Escalate,
        escalate_to: vec![],
        voices: 1,
        quiet_for: None,
    };
    Terms {
        rule,
        mode: Mode::DryRun,
        profile: Profile::Surgical,
        account_allowed: true,
        known_networks: vec![],
        verify_after: vec![],
        undo_window: SignedDuration::from_hours(72),
        group_window: SignedDuration::from_hours(1),
        responders: vec![],
        released: false,
        crowd: false,
        own: None,
        known: vouch::case::guidance::Known::default(),
    }
}

fn folder_size(path: &Path) -> f64 {
    let size = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        let about = entry.metadata().ok()?;
        Some(if about.is_dir() { folder_size(&entry.path()) } else { about.len() as f64 })
    };
    std::fs::read_dir(path).into_iter().flatten().filter_map(size).sum()
}
