//! Where logs and traces go, and how they look.
//! Never here: what is logged or traced.

mod traces;

pub(super) use traces::Traces;

use super::out;
use crate::config::LogFormat;
use opentelemetry::trace::TracerProvider;
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Logs to stderr in this format; the level comes from `RUST_LOG`, else `info`. The first start counts.
pub(super) fn start(format: LogFormat) {
    begin(format, &Traces::none());
}

/// The same, and traces to the collector that the environment names, if it names one.
pub(super) fn start_traced(format: LogFormat) -> Traces {
    let traces = Traces::wanted();
    begin(format, &traces);
    traces
}

fn begin(format: LogFormat, traces: &Traces) {
    // Colours are for eyes; a log collector would keep them as rubbish.
    let colours = std::io::stderr().is_terminal();
    let logs = fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    let logs = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => logs.boxed(),
    };
    // Our own spans only: those of the libraries below tell more than anybody wants to keep.
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::DEBUG);
    let traced = traces
        .provider()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("vouch")))
        .map(|layer| layer.with_location(false).with_threads(false).with_filter(ours));
    // A second start in one process keeps the first.
    let _ = tracing_subscriber::registry().with(traced).with(logs.with_filter(level())).try_init();
}

fn level() -> EnvFilter {
    let chosen = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = chosen.as_deref().map_or(Ok(EnvFilter::new("info")), EnvFilter::try_new);
    filter.unwrap_or_else(|error| {
        out::note(format!("vouch: RUST_LOG is not understood ({error}); logging at info"));
        EnvFilter::new("info")
    })
}
