//! When a gap may have opened: at start, and whenever the queue comes back after having been away.
//! Never here: closing it; `engine/backfill` does.

use crate::aws::queue::QueueHealth;
use crate::engine::{Ports, backfill};
use crate::inbox::Inbox;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

/// Away this long, and events may have been dropped or expired meanwhile.
const AWAY: SignedDuration = SignedDuration::from_mins(5);

const LOOK: Duration = Duration::from_secs(30);

/// Never ends. GuardDuty may be away as well: tried until the gap is closed.
pub async fn watch(
    ports: Ports,
    inbox: Inbox,
    queue: watch::Receiver<QueueHealth>,
    alive_until: Option<Timestamp>,
) {
    if let Some(since) = alive_until {
        close(&ports, &inbox, since).await;
    }
    let mut last_ok = queue.borrow().last_ok;
    loop {
        tokio::time::sleep(LOOK).await;
        let now_ok = queue.borrow().last_ok;
        if let (Some(before), Some(now)) = (last_ok, now_ok)
            && now.duration_since(before) > AWAY
        {
            close(&ports, &inbox, before).await;
        }
        last_ok = now_ok.or(last_ok);
    }
}

async fn close(ports: &Ports, inbox: &Inbox, since: Timestamp) {
    loop {
        match backfill::close_gap(ports, inbox, since).await {
            Ok(0) => return,
            Ok(count) => return tracing::info!(count, %since, "findings read from GuardDuty to close a gap"),
            Err(fault) => tracing::warn!(%fault, %since, "the gap is not closed yet"),
        }
        tokio::time::sleep(LOOK).await;
    }
}
