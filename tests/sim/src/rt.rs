//! The sim's one clock, one spawn site and one way to take a lock.
//!
//! Nothing else lives here: no state, no protocol.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the sim plays the outside world, which keeps its own time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Starts a task that nobody waits for; servers started here end with their handle's `stop` or with the runtime.
#[expect(clippy::disallowed_methods, reason = "the sim's tasks are no tasks of the daemon's")]
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}

/// Takes the lock even after a panic elsewhere: one failed test must not hide the state from the others.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A random lower-case hex string of `2 * bytes` characters, for tickets and hashes.
pub(crate) fn random_hex(bytes: usize) -> String {
    (0..bytes).map(|_| format!("{:02x}", rand::random::<u8>())).collect()
}
