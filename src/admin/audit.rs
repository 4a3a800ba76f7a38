//! `/v1/audit`: the whole trail as JSON lines, a page at a time, never all in memory.
//! Never here: hashing or checking (`case/entry`, `audit verify`).

use super::{Admin, unreadable};
use crate::case::entry::Line;
use crate::ports::{CaseStore, Fault, Page, Query};
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::sync::Arc;

const PAGE: usize = 500;

pub(super) async fn lines(State(admin): State<Admin>) -> Response {
    // The first page is read before the answer begins, so that a failing store is told by the status.
    let first = match page(admin.store.as_ref(), 0).await {
        Ok(first) => first,
        Err(fault) => return unreadable(&fault),
    };
    let pages = stream::unfold(Some((admin.store, first)), next);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(pages)).into_response()
}

type Rest = Option<(Arc<dyn CaseStore>, Vec<Line>)>;

/// The page at hand as text, and the one after it. A fault in the middle breaks the connection off, so that
/// the reader does not take a part for the whole.
async fn next(rest: Rest) -> Option<(Result<String, Fault>, Rest)> {
    let (store, lines) = rest?;
    let last = lines.last()?.seq;
    let mut text = String::new();
    for line in &lines {
        match serde_json::to_string(line) {
            Ok(json) => text.push_str(&json),
            Err(error) => return Some((Err(Fault::never(error.to_string())), None)),
        }
        text.push('\n');
    }
    if lines.len() < PAGE {
        return Some((Ok(text), None));
    }
    match page(store.as_ref(), last).await {
        Ok(more) => Some((Ok(text), Some((store, more)))),
        Err(fault) => {
            tracing::warn!(error = %fault, "an export of the audit was broken off");
            Some((Err(fault), None))
        }
    }
}

async fn page(store: &dyn CaseStore, after: u64) -> Result<Vec<Line>, Fault> {
    match store.page(Query::Lines { after, limit: PAGE }).await? {
        Page::Lines(lines) => Ok(lines),
        Page::Errands(_)
        | Page::Wakes(_)
        | Page::Counts(_)
        | Page::Cases(_)
        | Page::Head(_)
        | Page::Expired(_) => Err(Fault::never("the store answered another question than the one asked")),
    }
}
