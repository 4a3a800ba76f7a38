//! `sim --slack ADDR --aws ADDR [--workspace FILE.json] [--upstream ADDR]`: both look-alikes as a process, for the
//! sandbox and for judges in other languages; with an emulator upstream, also the front that sends it what the stubs do
//! not know.
//!
//! Prints one JSON line with the addresses bound and runs until SIGTERM or SIGINT. No behaviour lives here.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use serde_json::json;
use sim::aws::{Aws, Front};
use sim::slack::{Slack, Workspace};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: sim [--slack ADDR] [--aws ADDR] [--workspace FILE.json] [--upstream ADDR]";

struct Options {
    slack: SocketAddr,
    aws: SocketAddr,
    workspace: Workspace,
    upstream: Option<SocketAddr>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nothing is left to do if stderr is gone.
            let _ = writeln!(std::io::stderr(), "sim: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = options(std::env::args().skip(1))?;
    // Signals are caught before the line is printed, so that whoever read it may send one.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let slack = Slack::start_at(options.slack, options.workspace).await?;
    let aws = Aws::start_at(options.aws).await?;
    let front = match options.upstream {
        Some(upstream) => Some(Front::start(upstream, Some(aws.address())).await?),
        None => None,
    };
    let front = front.map(|front| front.url());
    let line = json!({ "slack": slack.url(), "api": slack.api_url(), "aws": aws.url(), "front": front });
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let workspace = Workspace::default();
    let mut options = Options { slack: anywhere, aws: anywhere, workspace, upstream: None };
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--slack" => options.slack = value.parse()?,
            "--aws" => options.aws = value.parse()?,
            "--upstream" => options.upstream = Some(value.parse()?),
            "--workspace" => options.workspace = serde_json::from_slice(&std::fs::read(value)?)?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}
