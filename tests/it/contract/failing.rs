//! The disk fails under a commit: what was refused must never be seen, what was answered must never be lost.
//! Never here: damage to files; that is `damage`.

use super::samples::*;
use futures_util::future::join_all;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use vouch::ports::{Batch, CaseStore, Fault, WriteError};
use vouch::store::{Disk, RealDisk, SledStore, open, open_on};

/// A disk that refuses the n-th sync from now on, and all after it, until it is healed.
#[derive(Clone, Default)]
struct Sick {
    syncs: Arc<AtomicUsize>,
    fails_from: Arc<Mutex<Option<usize>>>,
}

impl Sick {
    fn fail_from(&self, nth: usize) {
        *self.fails_from.lock().unwrap() = Some(self.syncs.load(SeqCst) + nth);
    }

    fn heal(&self) {
        *self.fails_from.lock().unwrap() = None;
    }
}

impl Disk for Sick {
    fn sync(&self, file: &File) -> io::Result<()> {
        let number = self.syncs.fetch_add(1, SeqCst) + 1;
        match *self.fails_from.lock().unwrap() {
            Some(first) if number >= first => Err(io::Error::other("the disk is sick")),
            _ => RealDisk.sync(file),
        }
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        RealDisk.free(folder)
    }
}

fn assert_later(result: Result<(), WriteError>) {
    assert!(matches!(result, Err(WriteError::Fault(Fault::Later { .. }))), "{result:?}");
}

/// Chain, cases, effects: what a batch that was refused must not touch.
async fn state(store: &dyn CaseStore) -> impl PartialEq + std::fmt::Debug + use<> {
    (whole_chain(store).await, cases(store, None, 500, None).await, errands(store).await, wakes(store).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_takes_the_commit_back() {
    // The log, and then the number beside it; the third and fourth belong to the way back.
    for nth in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let disk = Sick::default();
        let store = open_on(folder.path(), Box::new(disk.clone())).unwrap();
        let mut end = head(&store).await;
        let known = case(1, 0);
        let first = Batch { lines: lines(&mut end, 1), effects: vec![errand(&id(1), 1)], ..opening(&known) };
        store.write(&first).await.unwrap();
        let before = state(&store).await;

        let changed = vouch::case::state::Case { revision: 7, ..closed(known, 9) };
        let mut second = Batch { lines: lines(&mut end, 2), ..opening(&case(2, 1)) };
        second.cases.push((1, changed));
        second.effects = vec![errand(&id(2), 1)];
        second.finished = vec![(vouch::ports::Subject::Case(id(1)), vouch::case::effect::EffectNo(1))];
        disk.fail_from(nth);
        assert_later(store.write(&second).await);
        assert!(store.healthy().unwrap_err().contains("cannot save: the disk is sick"));
        // As long as it is sick nothing is answered, rather than something that may not last.
        assert!(matches!(store.load(&id(1)).await, Err(Fault::Later { .. })));
        assert_later(store.write(&second).await);

        disk.heal();
        assert_eq!(state(&store).await, before, "nothing of the refused batch is seen");
        assert_eq!(store.healthy(), Ok(()));
        store.write(&second).await.expect("the same batch, at the same versions");
        let after = state(&store).await;
        assert_ne!(after, before);
        drop(store);
        assert_eq!(state(&open(folder.path()).unwrap()).await, after);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_before_the_way_back_leaves_a_whole_commit_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Sick::default();
    let store = open_on(folder.path(), Box::new(disk.clone())).unwrap();
    store.write(&opening(&case(1, 0))).await.unwrap();
    let mut end = head(&store).await;
    let batch = Batch { lines: lines(&mut end, 2), effects: vec![errand(&id(2), 1)], ..opening(&case(2, 1)) };
    disk.fail_from(1);
    assert_later(store.write(&batch).await);
    drop(store);
    let store = open(folder.path()).unwrap();
    let saved = store.load(&id(2)).await.unwrap().is_some();
    let all = (
        ids(&store, None, 9, None).await.len(),
        whole_chain(&store).await.len(),
        errands(&store).await.len(),
    );
    assert_eq!(all, if saved { (2, 2, 1) } else { (1, 0, 0) });
}

/// Holds the first sync back until told, so that the others must queue.
#[derive(Clone, Default)]
struct Gate {
    open: Arc<(Mutex<bool>, Condvar)>,
    armed: Arc<AtomicBool>,
    syncs: Arc<AtomicUsize>,
}

impl Disk for Gate {
    fn sync(&self, file: &File) -> io::Result<()> {
        if self.armed.load(SeqCst) {
            self.syncs.fetch_add(1, SeqCst);
            let (open, opened) = &*self.open;
            drop(opened.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
        }
        RealDisk.sync(file)
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_shares_the_next_sync() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::default();
    let store = open_on(folder.path(), Box::new(gate.clone())).unwrap();
    gate.armed.store(true, SeqCst);
    let batches: Vec<Batch> = (0..64).map(|number| opening(&case(number, 0))).collect();
    let writes = join_all(batches.iter().map(|batch| store.write(batch)));
    let release = async {
        *gate.open.0.lock().unwrap() = true;
        gate.open.1.notify_all();
    };
    // `join!` polls in order: the gate opens when all have asked.
    let (results, ()) = futures_util::join!(writes, release);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(ids(&store, None, 100, None).await.len(), 64);
    // Two syncs a commit, and at most the first caller alone.
    assert!(gate.syncs.load(SeqCst) <= 4, "{} syncs for 64 writers", gate.syncs.load(SeqCst));
}

/// A small file system of its own, for as long as this lives.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap().keep();
        let size = format!("size={mib}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        std::fs::remove_dir(folder).unwrap();
        eprintln!("SKIPPED: a tmpfs may not be mounted here, so the disk is not filled up");
        None
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Says there is room when there is none: sled itself meets the full disk.
struct Liar;

impl Disk for Liar {
    fn sync(&self, file: &File) -> io::Result<()> {
        RealDisk.sync(file)
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

fn large(number: u64) -> Batch {
    let mut batch = opening(&case(number, 0));
    batch.findings[0].1.finding.description = "x".repeat(700_000);
    batch
}

/// Writes until the disk is full; answers how many were saved and why no more.
async fn fill(store: &SledStore, from: u64) -> (u64, Fault) {
    for number in from..from + 200 {
        match store.write(&large(number)).await {
            Ok(()) => {}
            Err(WriteError::Fault(fault)) => return (number, fault),
            Err(conflict @ WriteError::Conflict(_)) => panic!("{conflict}"),
        }
    }
    panic!("the disk never filled up");
}

async fn a_full_disk(disk: fn() -> Box<dyn Disk>) {
    let Some(mount) = Tmpfs::mount(40) else { return };
    let ballast = mount.0.join("ballast");
    std::fs::write(&ballast, vec![1; 12 << 20]).unwrap();
    let folder = mount.0.join("store");
    let store = open_on(&folder, disk()).unwrap();
    let (saved, fault) = fill(&store, 0).await;
    assert!(saved > 0 && matches!(fault, Fault::Later { .. }), "{fault}");
    assert!(fault.to_string().contains("cannot save"), "{fault}");
    assert!(store.healthy().is_err());
    std::fs::remove_file(ballast).unwrap();
    store.write(&large(saved)).await.expect("there is room again");
    assert_eq!(store.healthy(), Ok(()));
    let all: Vec<_> = (0..=saved).map(id).collect();
    assert_eq!(ids(&store, None, 500, None).await, all);
    drop(store);
    assert_eq!(ids(&open(&folder).unwrap(), None, 500, None).await, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_noticed_before_sled_is() {
    a_full_disk(|| Box::new(RealDisk)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_that_sled_meets_loses_nothing() {
    a_full_disk(|| Box::new(Liar)).await;
}
