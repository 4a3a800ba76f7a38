//! The door of the folder: what must hold before sled may touch it. sled itself populates a folder that holds other
//! files, makes an empty store of a foreign `db` file, and panics on some damage.
//! Never here: rows.

use super::mark::Mark;
use super::scrub::scrub;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Says that a folder is ours and complete. Written last when a store is made.
const MARKER: &str = "VOUCH-STORE";
/// Stands there while a store is being made: nothing was ever saved in it.
const UNFINISHED: &str = "VOUCH-STORE.new";
const LOCK: &str = "LOCK";
const COMMITTED: &str = "COMMITTED";
/// sled's log.
const LOG: &str = "db";
/// Of the folder, not of the records in it.
const FORMAT: u32 = 1;
/// No page of a quarter of this comes up, and larger ones would become files of their own (see `draft`).
pub(super) const SEGMENT: usize = 4 << 20;

/// Names one store, so that parts of two are never mixed; stands in front of each commit number.
pub(super) type StoreId = [u8; 16];

/// The folder, ours alone as long as this lives.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) folder: PathBuf,
    pub(super) id: StoreId,
    _lock: File,
}

/// How the folder was found.
pub(super) enum Found {
    /// Nothing was ever saved in it; `settle` when the store is made.
    Empty,
    /// The number of the last commit that was answered.
    Ours { committed: u64, mark: Mark },
}

/// What the folder is, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Not there, and can be made: its parent is.
    Absent,
    /// Nothing was ever saved in it.
    Empty,
    /// A store, which nobody has open.
    Ours,
    /// A store that a running vouch has open.
    Busy,
}

/// Looks without taking or making anything, so that a daemon that runs is not disturbed. Whether the records are
/// whole is only known when the store is opened.
pub fn look(folder: &Path) -> Result<Look, String> {
    if !folder.exists() {
        let parent = parent(folder);
        return if parent.is_dir() { Ok(Look::Absent) } else { Err(unmakable(folder, parent)) };
    }
    if !folder.is_dir() {
        return Err(format!("{} is not a folder: the store needs one", folder.display()));
    }
    let names = names(folder)?;
    let there = |name: &str| names.iter().any(|n| n == name);
    // Locked for a moment, if at all; what is not there is not made.
    let lock = File::open(folder.join(LOCK)).map(|file| file.try_lock());
    if let Ok(Err(TryLockError::WouldBlock)) = lock {
        return Ok(Look::Busy);
    }
    if there(MARKER) {
        return read_marker(&folder.join(MARKER)).map(|_| Look::Ours);
    }
    match stranger(&names) {
        Some(name) => Err(foreign(folder, name)),
        None => Ok(Look::Empty),
    }
}

type Sentence = String;

impl Ground {
    /// Takes the folder, making it if only its parent is there.
    pub(super) fn take(folder: &Path) -> Result<(Self, Found), Sentence> {
        make(folder)?;
        let names = names(folder)?;
        let ours = names.iter().any(|n| n == MARKER);
        if let Some(name) = stranger(&names).filter(|_| !ours) {
            return Err(foreign(folder, name));
        }
        let lock = lock(&folder.join(LOCK))?;
        let mut ground = Self { folder: folder.to_owned(), id: StoreId::default(), _lock: lock };
        if ours {
            ground.id = read_marker(&folder.join(MARKER))?;
            let found = ground.inspect()?;
            return Ok((ground, found));
        }
        ground.clear()?;
        ground.id = rand::random();
        Ok((ground, Found::Empty))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    pub(super) fn committed(&self) -> PathBuf {
        self.folder.join(COMMITTED)
    }

    /// The store is made: from now on it is ours, and a missing part is a loss.
    pub(super) fn settle(&self) -> std::io::Result<()> {
        let text = format!(
            "vouch store\nformat {FORMAT}\nid {}\n\nWritten by vouch. Do not edit or move single files; copy the folder as a whole.\n",
            hex::encode(self.id)
        );
        let unfinished = self.folder.join(UNFINISHED);
        let mut file = OpenOptions::new().write(true).truncate(true).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, self.folder.join(MARKER))?;
        File::open(&self.folder)?.sync_all()
    }

    /// Whether everything that was saved is still there. Reads only.
    pub(super) fn inspect(&self) -> Result<Found, Sentence> {
        let broken = |what: String| {
            format!(
                "the store in {} is broken: {what}; nothing was changed: restore the folder from a copy",
                self.folder.display()
            )
        };
        let mark = Mark::open(&self.committed()).map_err(|e| broken(format!("{COMMITTED}: {e}")))?;
        let committed = mark.read().ok_or_else(|| broken(format!("{COMMITTED} is damaged")))?;
        let log = File::open(self.log()).map_err(|e| broken(format!("{LOG}: {e}")))?;
        let found =
            scrub(&log, SEGMENT, &self.id).map_err(|e| broken(format!("{LOG}: {e}")))?.map_err(broken)?;
        if found < Some(committed) {
            return Err(broken(format!(
                "its log ends at commit {} and {committed} were answered",
                found.unwrap_or(0)
            )));
        }
        Ok(Found::Ours { committed, mark })
    }

    /// Removes what an interrupted creation left: nothing was saved in it.
    fn clear(&self) -> Result<(), Sentence> {
        let failed = |e: std::io::Error| format!("{} cannot be made a store: {e}", self.folder.display());
        File::create(self.folder.join(UNFINISHED)).and_then(|f| f.sync_all()).map_err(failed)?;
        for name in names(&self.folder)? {
            let path = self.folder.join(&name);
            if name == "blobs" {
                std::fs::remove_dir_all(path).map_err(failed)?;
            } else if [LOG, "conf", COMMITTED].contains(&name.as_str()) || name.starts_with("snap.") {
                std::fs::remove_file(path).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn make(folder: &Path) -> Result<(), Sentence> {
    let failed = |e: std::io::Error| format!("the store folder {} cannot be used: {e}", folder.display());
    match std::fs::metadata(folder) {
        Ok(meta) if meta.is_dir() => return Ok(()),
        Ok(_) => return Err(format!("{} is not a folder: the store needs one", folder.display())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed(e)),
    }
    let parent = parent(folder);
    if !parent.is_dir() {
        return Err(unmakable(folder, parent));
    }
    DirBuilder::new().mode(0o700).create(folder).map_err(failed)?;
    File::open(parent).and_then(|p| p.sync_all()).map_err(failed)
}

fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unmakable(folder: &Path, parent: &Path) -> Sentence {
    format!("the store folder {} cannot be made: {} is not there", folder.display(), parent.display())
}

/// A file that is no part of a store, unless one was being made here.
fn stranger(names: &[String]) -> Option<&str> {
    let mut strangers = names.iter().map(String::as_str).filter(|n| ![LOCK, "lost+found"].contains(n));
    let first = strangers.next()?;
    let unfinished = names.iter().any(|n| n == UNFINISHED);
    (!unfinished).then_some(first)
}

fn foreign(folder: &Path, name: &str) -> Sentence {
    format!(
        "{} holds files that are not a vouch store ({name}): name another folder, or empty this one",
        folder.display()
    )
}

fn names(folder: &Path) -> Result<Vec<String>, Sentence> {
    let failed = |e: std::io::Error| format!("the store folder {} cannot be read: {e}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn lock(path: &Path) -> Result<File, Sentence> {
    let failed = |e: std::io::Error| format!("{} cannot be opened: {e}", path.display());
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!("another vouch has {} open", path.display())),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

fn read_marker(path: &Path) -> Result<StoreId, Sentence> {
    let text = std::fs::read(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let damaged = || format!("{} is damaged: restore the folder from a copy", path.display());
    let format: u32 = field("format ").and_then(|v| v.parse().ok()).ok_or_else(damaged)?;
    if format > FORMAT {
        return Err(format!(
            "{} was written by a newer vouch (folder format {format}); this one reads up to {FORMAT}: upgrade, \
             or restore the folder from before",
            path.display()
        ));
    }
    let mut id = StoreId::default();
    hex::decode_to_slice(field("id ").unwrap_or_default(), &mut id).map_err(|_| damaged())?;
    Ok(id)
}
