//! Closing the gap after an outage: findings that GuardDuty knows and we have not heard of (ListFindings).
//! Never here: deciding what is new; the inbox's way in does that.

use super::work::Ports;
use crate::inbox::{Inbox, Input};
use crate::ports::{Fault, Page, Query};
use jiff::{SignedDuration, Timestamp};

/// Events may be up to some minutes late, and our clock may differ: looked at again, twice is harmless.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// No further back than this, however long the outage (GuardDuty keeps findings for 90 days).
const FURTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Since when we may have missed something: the last line of the audit. `None` for a store without history.
pub async fn alive_until(ports: &Ports) -> Result<Option<Timestamp>, Fault> {
    let Page::Head(head) = ports.store.page(Query::Head).await? else { return Ok(None) };
    if head.seq == 0 {
        return Ok(None);
    }
    let Page::Lines(lines) = ports.store.page(Query::Lines { after: head.seq - 1, limit: 1 }).await? else {
        return Ok(None);
    };
    Ok(lines.last().map(|line| line.at))
}

/// Hands over what was updated since then. Answers how many findings there were.
pub async fn close_gap(ports: &Ports, inbox: &Inbox, since: Timestamp) -> Result<usize, Fault> {
    let now = ports.clock.now();
    let since = (since - OVERLAP).max(now - FURTHEST);
    let mut findings = ports.detector.recent(since).await?;
    findings.sort_by_key(|f| f.updated_at);
    let count = findings.len();
    for finding in findings {
        // Not committed means the daemon is stopping or the store fails; the next start looks again.
        if inbox.send(Input::Finding(Box::new(finding))).await.is_err() {
            return Err(Fault::later("the gap was not closed: a finding could not be saved"));
        }
    }
    Ok(count)
}
