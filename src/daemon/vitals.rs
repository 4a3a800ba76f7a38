//! How it stands: into the metrics every few seconds, into the log once a minute, for alarms that read logs.
//! Never here: what counts as ready (`readiness`) or overdue (`case`).

use super::readiness::Readiness;
use crate::case::CaseId;
use crate::metrics::Metrics;
use crate::ports::{CaseStore, Clock, Fault, Page, Query};
use crate::slack::health::SlackHealth;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(15);

/// One line of the log for so many looks.
const LINE: u32 = 4;

/// Open cases are read in pages of this size, and at most so many: a flood is seen elsewhere.
const PAGE: usize = 200;
const PAGES: usize = 25;

pub struct Vitals {
    pub store: Arc<dyn CaseStore>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<Metrics>,
    pub readiness: Arc<Readiness>,
    pub slack: SlackHealth,
}

impl Vitals {
    /// Never ends.
    pub async fn run(self) {
        let (mut looks, mut failed_before) = (0, 0);
        loop {
            self.look().await;
            if looks % LINE == 0 {
                failed_before = self.say(failed_before);
            }
            looks += 1;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self) {
        self.metrics.sockets_connected(self.slack.sockets());
        self.metrics.ready(self.readiness.reasons().is_empty());
        match self.overdue().await {
            Ok(overdue) => self.metrics.cases_overdue(overdue),
            Err(fault) => tracing::warn!(%fault, "open cases cannot be read"),
        }
    }

    async fn overdue(&self) -> Result<usize, Fault> {
        let at = self.clock.now();
        let (mut overdue, mut after): (usize, Option<CaseId>) = (0, None);
        for _ in 0..PAGES {
            let query = Query::Cases { stage: Some(true), limit: PAGE, after: after.take() };
            let Page::Cases(cases) = self.store.page(query).await? else { break };
            overdue += cases.iter().filter(|case| case.is_overdue(at)).count();
            match cases.last() {
                Some(last) if cases.len() == PAGE => after = Some(last.id.clone()),
                Some(_) | None => break,
            }
        }
        Ok(overdue)
    }

    /// Answers how many remedies have failed so far.
    fn say(&self, failed_before: u64) -> u64 {
        let now = self.metrics.standing();
        tracing::info!(
            ready = now.ready,
            sockets_connected = now.sockets,
            breaker_open = now.breaker_open,
            cases_overdue = now.overdue,
            remedies_failed = now.remedies_failed.saturating_sub(failed_before),
            "vitals"
        );
        now.remedies_failed
    }
}
