//! `vouch run`: the settings said aloud, then the daemon.
//! Never here: the daemon.

use super::out::{self, Exit};
use super::telemetry;
use crate::case::guard::BUILT_IN_PROTECTED;
use crate::config::{Problems, Settings};
use std::future::Future;

pub(super) async fn run<F, Fut>(settings: Result<Settings, Problems>, daemon: F) -> Exit
where
    F: FnOnce(Settings) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let settings = match settings {
        Ok(settings) => settings,
        Err(problems) => return out::refused(&problems),
    };
    let traces = telemetry::start_traced(settings.log_format);
    summary(&settings).iter().for_each(out::line);
    let ended = daemon(settings).await;
    traces.end();
    match ended {
        Ok(()) => Exit::Done,
        Err(error) => out::failed(format!("{error:#}")),
    }
}

/// What an operator wants to see before anything happens, one line each.
fn summary(s: &Settings) -> Vec<String> {
    let list = |items: Vec<&str>, none: &str| {
        if items.is_empty() { none.to_owned() } else { items.join(", ") }
    };
    let accounts = s.aws.accounts.iter().map(|a| a.as_str()).collect();
    let protected = BUILT_IN_PROTECTED.into_iter().chain(s.protected.iter().map(String::as_str)).collect();
    let sources = s.owners.sources.iter().map(|source| source.as_str()).collect();
    let writes = super::findings::writes(s);
    let writes = list(writes.iter().map(|remedy| remedy.as_str()).collect(), "none");
    let mut lines = vec![
        format!("mode: {}", s.mode.as_str()),
        format!("accounts: {}", list(accounts, "its own only")),
        format!(
            "enabled writes: {}",
            if s.mode == crate::case::guard::Mode::Enforce {
                writes
            } else {
                format!("none in {} (would be {writes})", s.mode.as_str())
            }
        ),
        format!("protected: {}", list(protected, "none")),
        format!("owner sources: {}", list(sources, "none")),
    ];
    let second = if s.fallback_webhook.is_some() { "set" } else { "none, fallback.webhook_url is not set" };
    lines.push(format!("second route: {second}"));
    lines
}
