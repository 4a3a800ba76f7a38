//! One test binary: stories, laws, crash, twice, contract, wire, tidy.
//! Never here: timing; that goes into `make bench`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops at the line that says why"
)]

mod admin;
mod child;
mod cli;
mod config;
mod contract;
mod crash;
mod decode;
mod emulator;
mod engine;
mod findings;
mod guidance;
mod laws;
mod mission;
mod moto;
mod owners;
mod pager;
mod permits;
mod questions;
mod queue;
mod remedies;
mod security;
mod slack;
mod stories;
mod tidy;
mod twice;

/// Material that is not part of the repository: `VOUCH_SHARED`, else `../shared`. Tests that need it say so when
/// it is not there.
fn shared() -> Option<std::path::PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("VOUCH_SHARED").map_or(beside, std::path::PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there; set VOUCH_SHARED", folder.display());
    None
}
