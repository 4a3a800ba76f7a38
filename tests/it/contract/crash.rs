//! A process that is killed while it writes: everything it had answered is there, and the chain is whole.
//! Never here: power cuts; they need a machine.

use super::samples::*;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use vouch::case::entry::Head;
use vouch::ports::{Batch, CaseStore, FindingKey, Lookup};
use vouch::store::open;

const FOLDER: &str = "VOUCH_TEST_CRASH_FOLDER";

/// The child: two writers at once, a word on stdout for each commit that was answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let folder = std::env::var_os(FOLDER).expect("run by the test below");
    let store = open(Path::new(&folder)).unwrap();
    let say = |word: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{word}").and_then(|()| out.flush()).unwrap();
    };
    let start = head(&store).await.seq;
    let chain = async {
        let mut end: Head = head(&store).await;
        loop {
            let number = end.seq + 1;
            let mut batch = opening(&case(number, number as i64));
            batch.lines = lines(&mut end, 3);
            batch.effects = vec![errand(&id(number), 1)];
            store.write(&batch).await.unwrap();
            say(format!("chain {number} {}", end.seq));
        }
    };
    let large = async {
        for number in 1_000_000 + start * 1000.. {
            let mut batch = opening(&case(number, 0));
            batch.findings[0].1.finding.description = "x".repeat(300_000);
            store.write(&batch).await.unwrap();
            say(format!("large {number}"));
        }
    };
    futures_util::join!(chain, large);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered: Vec<String> = Vec::new();
    for life in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["contract::crash::child", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut words =
            out.lines().map(Result::unwrap).filter(|l| l.starts_with("chain") || l.starts_with("large"));
        answered.extend(words.by_ref().take(30 + 23 * life));
        child.kill().unwrap();
        // What it still said before it died counts as well; a half word does not.
        answered.extend(words.filter(|l| l.split(' ').count() == if l.starts_with("chain") { 3 } else { 2 }));
        child.wait().unwrap();

        let store = open(folder.path()).unwrap();
        let lines = whole_chain(&store).await;
        let errands = errands(&store).await.len() as u64;
        assert_eq!(lines.len() as u64, 3 * errands, "a commit is there as a whole or not at all");
        for word in &answered {
            let numbers: Vec<u64> = word.split(' ').skip(1).map(|n| n.parse().unwrap()).collect();
            assert!(store.load(&id(numbers[0])).await.unwrap().is_some(), "life {life}: {word}");
            let key = FindingKey::of(&finding(numbers[0]));
            assert!(store.lookup(Lookup::Finding(key)).await.unwrap().is_some(), "life {life}: {word}");
            assert!(numbers.get(1).is_none_or(|seq| lines.len() as u64 >= *seq), "life {life}: {word}");
        }
        let mut end = head(&store).await;
        assert_eq!(end.seq, lines.len() as u64);
        let more = Batch {
            lines: super::samples::lines(&mut end, 3),
            effects: vec![errand(&id(7), 1000 + life as u64)],
            ..Batch::default()
        };
        store.write(&more).await.expect("it goes on");
    }
    assert!(
        answered.iter().any(|w| w.starts_with("large")) && answered.iter().any(|w| w.starts_with("chain"))
    );
}
