//! The audit lines of one case, found without reading the whole trail: the chain is in the order of time, so its
//! beginning is found by halving, and no more than a bounded stretch is read from there.
//! Never here: showing them.

use crate::case::entry::{Head, Line};
use crate::case::state::Case;
use crate::ports::{CaseStore, Fault, Page, Query};
use jiff::{SignedDuration, Timestamp};

const PAGE: usize = 500;
/// Lines read at most, and shown at most.
const READ: usize = 20_000;
const SHOWN: usize = 400;
/// Lines of one commit may stand a little out of order.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// The lines of a case, oldest first, and whether there may be more.
pub(super) struct Trail {
    pub(super) lines: Vec<Line>,
    pub(super) cut: bool,
}

pub(super) async fn of(store: &dyn CaseStore, case: &Case) -> Result<Trail, Fault> {
    let mut after = before(store, case.opened_at - MARGIN).await?;
    let mut found = Vec::new();
    let mut read = 0;
    loop {
        let page = lines(store, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(Trail { lines: found, cut: false }) };
        (after, read) = (last.seq, read + page.len());
        let end = page.len() < PAGE;
        found.extend(page.into_iter().filter(|line| line.case.as_deref() == Some(case.id.as_str())));
        let full = found.len() > SHOWN;
        found.truncate(SHOWN);
        if end || full || read >= READ {
            return Ok(Trail { lines: found, cut: !end || full });
        }
    }
}

/// The last line before that moment, by its number; 0 if there is none.
async fn before(store: &dyn CaseStore, moment: Timestamp) -> Result<u64, Fault> {
    let (mut low, mut high) = (0, head(store).await?.seq);
    while low < high {
        let middle = low + (high - low) / 2;
        match lines(store, middle, 1).await?.first() {
            Some(line) if line.at < moment => low = line.seq,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

async fn lines(store: &dyn CaseStore, after: u64, limit: usize) -> Result<Vec<Line>, Fault> {
    match store.page(Query::Lines { after, limit }).await? {
        Page::Lines(lines) => Ok(lines),
        Page::Errands(_)
        | Page::Wakes(_)
        | Page::Counts(_)
        | Page::Cases(_)
        | Page::Head(_)
        | Page::Expired(_) => Err(other()),
    }
}

/// Where the chain ends.
pub(super) async fn head(store: &dyn CaseStore) -> Result<Head, Fault> {
    match store.page(Query::Head).await? {
        Page::Head(head) => Ok(head),
        Page::Errands(_)
        | Page::Wakes(_)
        | Page::Counts(_)
        | Page::Cases(_)
        | Page::Lines(_)
        | Page::Expired(_) => Err(other()),
    }
}

fn other() -> Fault {
    Fault::never("the store answered another question than the one asked")
}
