//! Once an hour: drop what retention says, and log where the audit chain ends so that a cut-off tail is noticed.
//! Never here: decisions about cases.

use crate::config::Settings;
use crate::engine::Ports;
use crate::ports::{Page, Query};
use jiff::SignedDuration;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);

/// Slack redelivers within minutes; a day is plenty.
const REPLIES_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How many rows are dropped in one go, so that nobody waits long for the store.
const SWEEP: usize = 500;

pub async fn run(ports: Ports, settings: Settings, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Ok(Page::Head(head)) = ports.store.page(Query::Head).await {
            tracing::info!(seq = head.seq, hash = %head.hash, "audit chain ends here");
        }
        let now = ports.clock.now();
        let closed_before = now - settings.retention_closed;
        let replies_before = now - REPLIES_KEPT;
        loop {
            let query = Query::Expired { closed_before, replies_before, limit: SWEEP };
            match ports.store.page(query).await {
                Ok(Page::Expired(dropped)) if dropped == SWEEP => {}
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "old cases were not dropped");
                    break;
                }
            }
        }
    }
}
