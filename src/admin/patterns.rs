//! `/v1/patterns`: what nobody is asked about for now, since somebody vouched for it.
//! Never here: ending it; responders do that on the control card.

use super::{Admin, unreadable};
use crate::ports::{Found, Lookup};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(super) async fn list(State(admin): State<Admin>) -> Response {
    let budget = match admin.store.lookup(Lookup::Budget).await {
        Ok(Some(Found::Budget(budget))) => budget.value,
        Ok(
            Some(
                Found::Group(_) | Found::Finding(_) | Found::Reply(_) | Found::Person(_) | Found::Address(_),
            )
            | None,
        ) => {
            return Json(json!({ "patterns": [] })).into_response();
        }
        Err(fault) => return unreadable(&fault),
    };
    let now = admin.clock.now();
    let live = budget.patterns.kept.iter().filter(|p| p.until > now).map(|p| {
        json!({
            "id": p.no,
            "principal": p.principal,
            "apis": p.facts.apis,
            "networks": p.facts.networks,
            "countries": p.facts.countries,
            "by": p.by.as_str(),
            "case": p.case.as_str(),
            "since": p.since,
            "until": p.until,
        })
    });
    Json(json!({ "patterns": live.collect::<Vec<_>>() })).into_response()
}
