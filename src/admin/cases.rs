//! `/v1/cases` and `/v1/cases/{id}`: the query's words checked, a page read, cases shown.
//! Never here: what a case shows (`view`).

use super::view::view;
use super::{Admin, refuse, unreadable};
use crate::case::CaseId;
use crate::ports::{CaseStore, Fault, Page, Query};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// How many cases a page holds unless asked, and at most.
const LIMIT: usize = 50;
const MOST: usize = 500;

pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Response {
    let query = match parse(query.as_deref().unwrap_or_default()) {
        Ok(query) => query,
        Err(sentence) => return refuse(StatusCode::BAD_REQUEST, &sentence),
    };
    match page(admin.store.as_ref(), query).await {
        Ok(cases) => Json(json!({ "cases": cases.iter().map(view).collect::<Vec<_>>() })).into_response(),
        Err(fault) => unreadable(&fault),
    }
}

pub(super) async fn one(State(admin): State<Admin>, Path(id): Path<String>) -> Response {
    let Some(id) = CaseId::parse(&id) else {
        return refuse(StatusCode::NOT_FOUND, "there is no such case");
    };
    match admin.store.load(&id).await {
        Ok(Some(case)) => Json(view(&case.value)).into_response(),
        Ok(None) => refuse(StatusCode::NOT_FOUND, "there is no such case"),
        Err(fault) => unreadable(&fault),
    }
}

/// A page of cases, newest first.
pub(super) async fn page(
    store: &dyn CaseStore,
    query: Query,
) -> Result<Vec<crate::case::state::Case>, Fault> {
    match store.page(query).await? {
        Page::Cases(cases) => Ok(cases),
        Page::Errands(_)
        | Page::Wakes(_)
        | Page::Counts(_)
        | Page::Lines(_)
        | Page::Head(_)
        | Page::Expired(_) => Err(Fault::never("the store answered another question than the one asked")),
    }
}

fn parse(query: &str) -> Result<Query, String> {
    let (mut stage, mut limit, mut after) = (None, LIMIT, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value) {
            ("stage", "open") => stage = Some(true),
            ("stage", "closed") => stage = Some(false),
            ("stage", _) => return Err("stage must be open or closed".to_owned()),
            ("limit", text) => {
                let number = text.parse().ok().filter(|n| (1..=MOST).contains(n));
                limit = number.ok_or_else(|| format!("limit must be a number from 1 to {MOST}"))?;
            }
            ("after", text) => {
                let id = CaseId::parse(text);
                after = Some(id.ok_or("after must be the id of the last case of the page before")?);
            }
            _ => return Err("only stage, limit and after can be asked for".to_owned()),
        }
    }
    Ok(Query::Cases { stage, limit, after })
}
