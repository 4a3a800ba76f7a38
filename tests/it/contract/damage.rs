//! Flipped bytes: a store with damage comes back whole or is refused, and never takes the process down.
//! Never here: crashes; they leave no damage.

use super::samples::*;
use std::path::Path;
use vouch::case::state::Case;
use vouch::ports::{Batch, CaseStore, Errand, Fault, FindingKey, FindingRow, Found, Lookup, Page, Query};
use vouch::store::{SledStore, open};

const CASES: u64 = 40;

/// Everything that was answered.
#[derive(Debug, PartialEq)]
struct Everything {
    cases: Vec<Case>,
    lines: Vec<vouch::case::entry::Line>,
    errands: Vec<Errand>,
    findings: Vec<Option<FindingRow>>,
}

async fn everything(store: &SledStore) -> Result<Everything, Fault> {
    let Page::Cases(cases) = store.page(Query::Cases { stage: None, limit: 500, after: None }).await? else {
        panic!("no cases")
    };
    let Page::Lines(lines) = store.page(Query::Lines { after: 0, limit: 1000 }).await? else {
        panic!("no lines")
    };
    let Page::Errands(errands) = store.page(Query::Errands).await? else { panic!("no errands") };
    let mut findings = Vec::new();
    for number in 0..CASES {
        let found = store.lookup(Lookup::Finding(FindingKey::of(&finding(number)))).await?;
        findings
            .push(found.map(|found| if let Found::Finding(row) = found { row } else { panic!("{found:?}") }));
    }
    Ok(Everything { cases, lines, errands, findings })
}

/// A store whose log goes over several segments and several lives.
async fn populate(folder: &Path) -> Everything {
    for life in 0..4 {
        let store = open(folder).unwrap();
        for number in 0..CASES / 4 {
            let number = life * (CASES / 4) + number;
            let mut end = head(&store).await;
            let mut batch = opening(&case(number, number as i64));
            batch.lines = lines(&mut end, 2);
            batch.effects = vec![errand(&id(number), 1)];
            batch.findings[0].1.finding.description = format!("{number} ").repeat(40_000);
            store.write(&batch).await.unwrap();
            let again =
                Batch { cases: vec![(1, Case { revision: 2, ..case(number, 0) })], ..Batch::default() };
            store.write(&again).await.unwrap();
        }
    }
    let store = open(folder).unwrap();
    everything(&store).await.unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The same numbers in every run.
fn seeded(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 24
}

/// Whole, or refused with a sentence.
async fn comes_back(folder: &Path, expected: &Everything, what: &str) -> bool {
    let store = match open(folder) {
        Ok(store) => store,
        Err(sentence) => {
            assert!(sentence.to_string().contains(&folder.display().to_string()), "{what}: {sentence}");
            return false;
        }
    };
    match everything(&store).await {
        Ok(found) => {
            assert!(found == *expected, "{what}: something was lost without a word");
            true
        }
        Err(fault) => {
            assert!(fault.to_string().len() > 20, "{what}: {fault}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flipped_bytes_lose_nothing_without_a_word() {
    let origin = tempfile::tempdir().unwrap();
    let expected = populate(origin.path()).await;
    let log = std::fs::read(origin.path().join("db")).unwrap();
    assert!(log.len() >= 3 * (4 << 20), "the log has {} bytes: several segments are meant", log.len());
    let mut seed = 20_260_801;
    let (mut whole, mut refused) = (0, 0);
    for round in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        copy(origin.path(), folder.path());
        let at = seeded(&mut seed) as usize % log.len();
        let bit = 1 << (seeded(&mut seed) % 8);
        let mut bytes = log.clone();
        bytes[at] ^= bit;
        std::fs::write(folder.path().join("db"), &bytes).unwrap();
        if comes_back(folder.path(), &expected, &format!("round {round}, byte {at}")).await {
            whole += 1;
        } else {
            refused += 1;
            // A store refused at the door was not touched.
            if open(folder.path()).is_err_and(|e| e.to_string().contains("nothing was changed")) {
                assert!(std::fs::read(folder.path().join("db")).unwrap() == bytes, "byte {at}");
            }
        }
    }
    eprintln!("200 flips of {} bytes: {whole} whole, {refused} refused", log.len());
    assert!(refused > 50, "most flips hit data: {refused} were noticed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flipped_bytes_in_the_small_files_are_noticed_or_harmless() {
    let origin = tempfile::tempdir().unwrap();
    let expected = populate(origin.path()).await;
    let small: Vec<_> = std::fs::read_dir(origin.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file() && entry.file_name() != "db")
        .map(|entry| entry.file_name())
        .collect();
    let mut seed = 7;
    let mut refused = 0;
    for name in small {
        let original = std::fs::read(origin.path().join(&name)).unwrap();
        for _ in 0..if original.is_empty() { 0 } else { 8 } {
            let folder = tempfile::tempdir().unwrap();
            copy(origin.path(), folder.path());
            let at = seeded(&mut seed) as usize % original.len();
            let mut bytes = original.clone();
            bytes[at] ^= 1 << (seeded(&mut seed) % 8);
            std::fs::write(folder.path().join(&name), bytes).unwrap();
            let what = format!("{}, byte {at}", name.display());
            refused += usize::from(!comes_back(folder.path(), &expected, &what).await);
        }
    }
    assert!(refused > 0, "a damaged snapshot is noticed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shorter_log_is_a_loss() {
    let origin = tempfile::tempdir().unwrap();
    let expected = populate(origin.path()).await;
    let log = std::fs::read(origin.path().join("db")).unwrap();
    for part in [0, 1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        copy(origin.path(), folder.path());
        std::fs::write(folder.path().join("db"), &log[..log.len() * part / 4]).unwrap();
        assert!(!comes_back(folder.path(), &expected, &format!("{part} quarters")).await);
    }
}
