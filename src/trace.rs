//! One trace for each case, whatever restarts lie between its first finding and its last undo.
//! Never here: where traces are sent (`cli/telemetry`), or what a span is about.

use crate::case::CaseId;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use sha2::{Digest, Sha256};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Puts a span that was not entered yet into the trace of its case. Does nothing while nobody collects traces.
pub fn belongs(span: &Span, case: &CaseId) {
    if span.is_disabled() {
        return;
    }
    let above = Context::new().with_remote_span_context(home(case));
    // Refused where there is no collector, and once the span was entered.
    let _refused = span.set_parent(above);
}

/// The case as a span above all others. Nothing is kept for it: the id is enough, in every life of the daemon.
fn home(case: &CaseId) -> SpanContext {
    let hash: [u8; 32] = Sha256::digest(format!("vouch case {}", case.as_str())).into();
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    trace.copy_from_slice(&hash[..16]);
    span.copy_from_slice(&hash[16..24]);
    let (trace, span) = (TraceId::from_bytes(trace), SpanId::from_bytes(span));
    SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_one_trace_and_no_other_case_has_it() {
        let of = |id: &str| home(&CaseId::parse(id).unwrap()).trace_id();
        assert_eq!(of("k3w7q2mz9a"), of("k3w7q2mz9a"));
        assert_ne!(of("k3w7q2mz9a"), of("k3w7q2mz9b"));
        assert!(home(&CaseId::parse("k3w7q2mz9a").unwrap()).is_valid());
    }
}
