//! The two questions put to the disk itself, as a seam, so that a test can make it fail.
//! Never here: file formats.

use std::fs::File;
use std::io;
use std::path::Path;

/// The disk below the store.
pub trait Disk: Send + Sync {
    /// Returns once what was written to the file survives a power cut.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Bytes free for us where the folder stands.
    fn free(&self, folder: &Path) -> io::Result<u64>;
}

/// `fdatasync` and `statvfs`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(folder)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}
