//! `COMMITTED`: the number of the last commit that was answered, kept beside the log. A log that comes back with
//! a lower number has lost saved data, which sled itself takes for an unfinished write and cuts off.
//! Never here: the log.

use super::disk::Disk;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Two slots, written in turn, so that a torn write leaves the other one.
const SLOT: u64 = 512;

#[derive(Debug)]
pub(super) struct Mark {
    file: File,
}

impl Mark {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
        file.set_len(2 * SLOT)?;
        Ok(Self { file })
    }

    pub(super) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open(path).map(|file| Self { file })
    }

    /// `None` when neither slot is whole.
    pub(super) fn read(&self) -> Option<u64> {
        [0, 1].into_iter().filter_map(|slot| self.slot(slot)).max()
    }

    fn slot(&self, slot: u64) -> Option<u64> {
        let mut number = [0; 8];
        let mut sum = [0; 4];
        self.file.read_exact_at(&mut number, slot * SLOT).ok()?;
        self.file.read_exact_at(&mut sum, slot * SLOT + 8).ok()?;
        let number = Some(u64::from_be_bytes(number)).filter(|n| *n > 0)?;
        (checksum(number) == sum).then_some(number)
    }

    pub(super) fn write(&self, number: u64, disk: &dyn Disk) -> io::Result<()> {
        let mut slot = number.to_be_bytes().to_vec();
        slot.extend(checksum(number));
        self.file.write_all_at(&slot, number % 2 * SLOT)?;
        disk.sync(&self.file)
    }
}

fn checksum(number: u64) -> [u8; 4] {
    crc32fast::hash(&number.to_be_bytes()).to_be_bytes()
}
