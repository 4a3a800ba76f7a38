//! Flipped bytes: a store with damage comes back whole or is refused, and never takes the process down.
//! Never here: crashes; they leave no damage.

use super::samples::*;
use std::os::unix::fs::FileExt;
use std::path::Path;
use tempfile::TempDir;
use vouch::case::state::Case;
use vouch::ports::{Batch, CaseStore, Errand, Fault, FindingKey, FindingRow, Found, Lookup, Page, Query};
use vouch::store::{SledStore, open};

const CASES: u64 = 16;
/// How often each finding is reported: the log is longer than what is in it.
const VERSIONS: u64 = 6;

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
        findings.push(
            found.map(|found| if let Found::Finding(row) = found { *row } else { panic!("{found:?}") }),
        );
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
            store.write(&batch).await.unwrap();
            for version in 1..=VERSIONS {
                let mut finding = batch.findings[0].clone();
                finding.1.finding.description = format!("{number} {version} ").repeat(20_000);
                let case = Case { revision: version as u32, ..case(number, number as i64) };
                let again =
                    Batch { cases: vec![(version, case)], findings: vec![finding], ..Batch::default() };
                store.write(&again).await.unwrap();
            }
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

fn copied(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(from, folder.path());
    folder
}

/// The same numbers in every run.
fn seeded(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 24
}

/// Whole, or refused with this sentence.
async fn comes_back(folder: &Path, expected: &Everything, what: &str) -> Result<(), String> {
    let store = open(folder).map_err(|e| e.to_string()).inspect_err(|sentence| {
        assert!(sentence.contains(&folder.display().to_string()), "{what}: {sentence}");
    })?;
    let found = everything(&store).await.map_err(|fault| fault.to_string())?;
    assert!(found == *expected, "{what}: something was lost without a word");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flipped_bytes_lose_nothing_without_a_word() {
    let origin = tempfile::tempdir().unwrap();
    let expected = populate(origin.path()).await;
    let log = std::fs::read(origin.path().join("db")).unwrap();
    assert!(log.len() >= 3 * (4 << 20), "the log has {} bytes: several segments are meant", log.len());
    let mut seed = 20_260_801;
    let (mut whole, mut refused, mut at_the_door) = (0, 0, 0);
    let mut folder = copied(origin.path());
    for round in 0..200 {
        let at = seeded(&mut seed) as usize % log.len();
        let flipped = log[at] ^ (1 << (seeded(&mut seed) % 8));
        let file = std::fs::OpenOptions::new().write(true).open(folder.path().join("db")).unwrap();
        file.write_all_at(&[flipped], at as u64).unwrap();
        let back = comes_back(folder.path(), &expected, &format!("round {round}, byte {at}")).await;
        if back.as_ref().is_err_and(|sentence| sentence.contains("nothing was changed")) {
            at_the_door += 1;
            file.write_all_at(&log[at..=at], at as u64).unwrap();
            let now = std::fs::read(folder.path().join("db")).unwrap();
            assert!(now == log, "byte {at}: a store refused at the door was touched");
        } else {
            // sled has been in there.
            folder = copied(origin.path());
        }
        *if back.is_ok() { &mut whole } else { &mut refused } += 1;
    }
    eprintln!(
        "200 flips of {} bytes: {whole} whole, {refused} refused, {at_the_door} of them at the door",
        log.len()
    );
    assert!(at_the_door > 30, "many flips hit data: {refused} were noticed, {at_the_door} at the door");
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
            let folder = copied(origin.path());
            let at = seeded(&mut seed) as usize % original.len();
            let mut bytes = original.clone();
            bytes[at] ^= 1 << (seeded(&mut seed) % 8);
            std::fs::write(folder.path().join(&name), bytes).unwrap();
            let what = format!("{}, byte {at}", name.display());
            refused += usize::from(comes_back(folder.path(), &expected, &what).await.is_err());
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
        let folder = copied(origin.path());
        std::fs::write(folder.path().join("db"), &log[..log.len() * part / 4]).unwrap();
        let back = comes_back(folder.path(), &expected, &format!("{part} quarters")).await;
        // The end of the file may be free; its beginning never is.
        assert!(back.is_err() || part > 1, "{part} quarters");
    }
}
