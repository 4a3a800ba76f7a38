//! `sim --slack ADDR --aws ADDR [--workspace FILE.json]`: both look-alikes as a process, for the sandbox and for
//! judges in other languages.
//!
//! Prints one JSON line with the addresses bound and runs until SIGTERM or SIGINT. No behaviour lives here.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use serde_json::json;
use sim::aws::Aws;
use sim::slack::{Slack, Workspace};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: sim [--slack ADDR] [--aws ADDR] [--workspace FILE.json]";

struct Options {
    slack: SocketAddr,
    aws: SocketAddr,
    workspace: Workspace,
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
    let line = json!({ "slack": slack.url(), "api": slack.api_url(), "aws": aws.url() });
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
    let mut options = Options { slack: anywhere, aws: anywhere, workspace: Workspace::default() };
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--slack" => options.slack = value.parse()?,
            "--aws" => options.aws = value.parse()?,
            "--workspace" => options.workspace = serde_json::from_slice(&std::fs::read(value)?)?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}
