//! `make bench`: how fast the shipped build is, as figures and as ratios to the bare thing measured in the same run.
//! Never here: verdicts that fail a build; machines are noisy, so a person reads the table.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops at the line that says why, and its table goes to stdout"
)]

mod calls;
mod clicks;
mod contain;
mod figures;
mod intake;
mod life;
mod peers;

#[path = "../it/child.rs"]
mod child;

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../it/emulator.rs"]
mod emulator;

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../it/engine/outside.rs"]
mod outside;

/// The house of the stories, with the shipped binary in it.
#[expect(dead_code, reason = "the stories need more of it")]
mod stories;

use figures::Table;

/// Named parts to run, such as `clicks`; none runs all.
fn wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|a| !a.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut table = Table::new();
    println!("{}", figures::machine());
    if wanted("intake") {
        intake::commit(&mut table).await;
        intake::queue(&mut table).await;
    }
    if wanted("clicks") {
        clicks::acknowledged(&mut table).await;
    }
    if wanted("contain") {
        contain::inactive(&mut table).await;
    }
    if wanted("calls") {
        calls::per_case(&mut table).await;
    }
    if wanted("life") {
        life::starts(&mut table).await;
    }
    if wanted("peers") {
        peers::side_by_side(&mut table).await;
    }
    println!("\n{table}");
}
