//! Carries what the intake counts into the metrics.
//! Never here: names of metrics, or findings that opened or joined a case; the engine counts those once saved.

use crate::aws::queue::{IntakeOutcome, IntakeStats};
use crate::metrics::{FindingOutcome, Metrics};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(2);

/// Never ends.
pub async fn run(stats: Arc<IntakeStats>, metrics: Arc<Metrics>) {
    let mut shown = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        metrics.queue_lag(stats.lag());
        for ((form, outcome), count) in stats.counts() {
            let before = shown.insert((form, outcome), count).unwrap_or(0);
            let Some(outcome) = body(outcome) else { continue };
            (before..count).for_each(|_| metrics.body(form, outcome));
        }
    }
}

fn body(outcome: IntakeOutcome) -> Option<FindingOutcome> {
    match outcome {
        IntakeOutcome::NotFinding(_) => Some(FindingOutcome::Ignored),
        IntakeOutcome::Bad => Some(FindingOutcome::Unreadable),
        // Counted when it was bad for the first time, or by the engine.
        IntakeOutcome::Recorded | IntakeOutcome::Committed | IntakeOutcome::NotCommitted => None,
    }
}
