//! Cases, effects, audit and indexes on disk: one sled tree behind the `CaseStore` seam, and what makes it
//! safe to trust: a guarded door, a real fdatasync per commit, and a way back from a commit that failed half-way.
//! Never here: what a case means, when it is retried, or how long anything is kept.

mod committer;
mod disk;
mod draft;
mod guard;
mod keys;
mod mark;
mod prepare;
mod read;
mod record;
mod scrub;
mod sled;
mod sweep;

pub use self::sled::{OpenError, SledStore, open, open_on};
pub use disk::{Disk, RealDisk};
pub use guard::{Look, look};
