//! Where logs go and how they look.
//! Never here: what is logged.

use super::out;
use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Logs to stderr in this format; the level comes from `RUST_LOG`, else `info`. The first start counts.
pub(super) fn start(format: LogFormat) {
    let chosen = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = chosen.as_deref().map_or(Ok(EnvFilter::new("info")), EnvFilter::try_new);
    let filter = filter.unwrap_or_else(|error| {
        out::note(format!("vouch: RUST_LOG is not understood ({error}); logging at info"));
        EnvFilter::new("info")
    });
    // Colours are for eyes; a log collector would keep them as rubbish.
    let colours = std::io::stderr().is_terminal();
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second start in one process keeps the first.
    let _ = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Text => logs.try_init(),
    };
}
