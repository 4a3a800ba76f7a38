//! The embedded store: opening it, and the `CaseStore` seam over committer and reader.
//! Never here: decisions about cases.

use super::committer::{Committer, Work};
use super::disk::{Disk, RealDisk};
use super::draft::Draft;
use super::guard::{Found, Ground, SEGMENT, StoreId};
use super::mark::Mark;
use super::prepare::Prepared;
use super::record::{self, encode};
use super::{draft, keys, read};
use crate::case::CaseId;
use crate::case::state::Case;
use crate::ports::{Batch, CaseStore, Fault, Found as Hit, Lookup, Page, Query, Stored, WriteError};
use async_trait::async_trait;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// sled's page cache. Small: cases are read one at a time, and indexes are short.
const CACHE: u64 = 16 << 20;

/// How often sled's lock is tried, 25 ms apart.
const PATIENCE: u32 = 80;
const FLUSH_NUDGE: Duration = Duration::from_secs(2);

/// Why the store cannot be used, as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(String);

/// Cases and everything around them, in one folder. Clones are the same store.
#[derive(Clone)]
pub struct SledStore {
    committer: Arc<Committer>,
    secret: [u8; 32],
}

/// Opens the folder, or makes it if only its parent is there. Ours alone until dropped.
pub fn open(path: &Path) -> Result<SledStore, OpenError> {
    open_on(path, Box::new(RealDisk))
}

/// Opens the folder on a disk that may be a test's.
pub fn open_on(path: &Path, disk: Box<dyn Disk>) -> Result<SledStore, OpenError> {
    let (ground, found) = Ground::take(path).map_err(OpenError)?;
    let files = match found {
        Found::Empty => create(&ground, disk.as_ref()),
        Found::Ours { committed, mark } => Files::open(&ground, committed, mark),
    };
    let files = files.map_err(OpenError)?;
    let secret = files.secret().map_err(|fault| OpenError(fault.to_string()))?;
    Ok(SledStore { committer: Arc::new(Committer::new(ground, files, disk)), secret })
}

impl SledStore {
    /// Made once with the store: delivery ids and button tokens are derived from it.
    pub fn secret(&self) -> [u8; 32] {
        self.secret
    }

    /// Why nothing can be saved at the moment, for readiness.
    pub fn healthy(&self) -> Result<(), String> {
        self.committer.failing().map_or(Ok(()), Err)
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&sled::Tree) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let committer = Arc::clone(&self.committer);
        let read = tokio::task::spawn_blocking(move || committer.read(read)).await;
        // sled asserts what it reads; a panic there is damage, and no reason to fall.
        read.unwrap_or_else(|_| Err(Fault::later("the store stopped while reading: its log may be damaged")))
    }
}

#[async_trait]
impl CaseStore for SledStore {
    async fn load(&self, id: &CaseId) -> Result<Option<Stored<Case>>, Fault> {
        let id = id.clone();
        self.read(move |tree| read::case(tree, &id)).await
    }

    async fn lookup(&self, key: Lookup) -> Result<Option<Hit>, Fault> {
        self.read(move |tree| read::lookup(tree, key)).await
    }

    async fn write(&self, batch: &Batch) -> Result<(), WriteError> {
        let work = Work::Write(Box::new(Prepared::of(batch)?));
        self.committer.submit(work).await.map(|_| ())
    }

    async fn page(&self, query: Query) -> Result<Page, Fault> {
        if let Query::Expired { closed_before, replies_before, limit } = query {
            let work = Work::Sweep { closed_before, replies_before, limit };
            return match self.committer.submit(work).await {
                Ok(dropped) => Ok(Page::Expired(dropped)),
                Err(WriteError::Fault(fault)) => Err(fault),
                Err(conflict @ WriteError::Conflict(_)) => Err(Fault::later(conflict.to_string())),
            };
        }
        self.read(move |tree| read::page(tree, query)).await
    }
}

/// The open files of a store.
pub(super) struct Files {
    pub(super) db: sled::Db,
    /// The log once more, to be synced: sled's own flush is no fdatasync.
    pub(super) log: File,
    pub(super) mark: Mark,
    /// Number of the last commit.
    pub(super) commit: u64,
}

impl Files {
    /// Opens what `Ground::inspect` found good, and looks whether sled sees the same.
    pub(super) fn open(ground: &Ground, committed: u64, mark: Mark) -> Result<Self, String> {
        let broken = |what: String| format!("the store in {} is broken: {what}", ground.folder.display());
        let db = open_sled(&ground.folder).map_err(broken)?;
        let log = File::open(ground.log()).map_err(|e| broken(e.to_string()))?;
        let read = |key: &[u8]| db.get(key).map_err(|e| broken(e.to_string()));
        if read(keys::SENTINEL)?.as_deref() != Some(ground.id.as_slice()) {
            return Err(broken("its log belongs to another store, or has lost its beginning".to_owned()));
        }
        let commit = read(keys::COMMIT)?.and_then(|row| commit_number(&row)).unwrap_or(0);
        if commit < committed {
            return Err(broken(format!("its log ends at commit {commit} and {committed} were answered")));
        }
        Ok(Self { db, log, mark, commit })
    }

    /// Applies the batch as the next commit. Returns only when it survives a power cut.
    pub(super) fn commit(
        &mut self,
        id: &StoreId,
        mut batch: sled::Batch,
        disk: &dyn Disk,
    ) -> Result<(), String> {
        let number = self.commit + 1;
        batch.insert(keys::COMMIT, commit_row(id, number));
        self.db.apply_batch(batch).map_err(|e| e.to_string())?;
        flush(&self.db)?;
        disk.sync(&self.log).map_err(|e| e.to_string())?;
        self.mark.write(number, disk).map_err(|e| e.to_string())?;
        self.commit = number;
        Ok(())
    }

    fn secret(&self) -> Result<[u8; 32], Fault> {
        let row = self.db.get(keys::SECRET).map_err(draft::unread)?;
        let row = row.ok_or_else(|| Fault::never("the store has lost its secret"))?;
        let text: String = record::decode("secret", &row)?;
        let mut secret = [0; 32];
        hex::decode_to_slice(&text, &mut secret).map_err(|_| Fault::never("the stored secret is damaged"))?;
        Ok(secret)
    }
}

/// Makes a store in an empty folder. Only the last act makes it one: an interrupted creation starts over.
fn create(ground: &Ground, disk: &dyn Disk) -> Result<Files, String> {
    let failed = |e: String| format!("no store can be made in {}: {e}", ground.folder.display());
    let db = open_sled(&ground.folder).map_err(failed)?;
    let log = File::open(ground.log()).map_err(|e| failed(e.to_string()))?;
    let mark = Mark::create(&ground.committed()).map_err(|e| failed(e.to_string()))?;
    let mut files = Files { db, log, mark, commit: 0 };
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let secret = encode("secret", &secret).map_err(|e| failed(e.to_string()))?;
    let batch = {
        let mut draft = Draft::new(&files.db);
        let rows = [(keys::SENTINEL, ground.id.to_vec()), (keys::SECRET, secret)];
        for (key, value) in rows {
            draft.put(key.to_vec(), value).map_err(|e| failed(e.to_string()))?;
        }
        draft.finish().0
    };
    files.commit(&ground.id, batch, disk).map_err(failed)?;
    File::open(ground.folder.join("conf"))
        .and_then(|conf| disk.sync(&conf))
        .map_err(|e| failed(e.to_string()))?;
    ground.settle().map_err(|e| failed(e.to_string()))?;
    Ok(files)
}

fn open_sled(folder: &Path) -> Result<sled::Db, String> {
    // sled lets go of its own lock some time after it was closed. Ours keeps strangers out, so whoever holds
    // sled's is an earlier self.
    for _ in 0..PATIENCE {
        match try_sled(folder) {
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                std::thread::sleep(Duration::from_millis(25));
            }
            opened => return opened.map_err(|e| e.to_string()),
        }
    }
    try_sled(folder).map_err(|e| e.to_string())
}

fn try_sled(folder: &Path) -> sled::Result<sled::Db> {
    let config =
        sled::Config::new().path(folder).segment_size(SEGMENT).cache_capacity(CACHE).flush_every_ms(None);
    // sled asserts what it reads: on a damaged log it may panic.
    catch_unwind(AssertUnwindSafe(|| config.open()))
        .unwrap_or_else(|_| Err(sled::Error::Unsupported("its log cannot be read back".to_owned())))
}

/// Hands everything to the kernel. When sled's own writer fails at the wrong moment it wakes nobody: whoever waits
/// for it waits for ever. Touching the tree makes sled notice, and wake.
fn flush(db: &sled::Db) -> Result<(), String> {
    let (done, finished) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while finished.recv_timeout(FLUSH_NUDGE) == Err(RecvTimeoutError::Timeout) {
                let _ = db.insert(keys::NUDGE, b"");
            }
        });
        let flushed = db.flush();
        drop(done);
        flushed.map(|_| ()).map_err(|e| e.to_string())
    })
}

fn commit_row(id: &StoreId, number: u64) -> Vec<u8> {
    [id.as_slice(), &number.to_be_bytes()].concat()
}

fn commit_number(row: &[u8]) -> Option<u64> {
    row.get(16..24)?.try_into().ok().map(u64::from_be_bytes)
}
