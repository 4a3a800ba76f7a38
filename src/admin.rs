//! What operators may look at: readiness, metrics, cases, audit, a page. It only reads.
//! Never here: decisions, writes, or anything that people outside operations should reach.

mod audit;
mod cases;
mod page;
mod patterns;
mod ready;
pub mod view;

pub use ready::{Readiness, Reason};

use crate::metrics::Metrics;
use crate::ports::{CaseStore, Clock, Fault};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;

/// What the routes read from.
#[derive(Clone)]
pub struct Admin {
    pub store: Arc<dyn CaseStore>,
    pub metrics: Arc<Metrics>,
    pub readiness: Readiness,
    pub clock: Arc<dyn Clock>,
}

/// All routes of `admin.listen`.
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route("/", get(page::overview))
        .route("/cases/{id}", get(page::story))
        .route("/page.css", get(page::style))
        .route("/readyz", get(ready::readyz))
        .route("/metrics", get(metrics))
        .route("/v1/cases", get(cases::list))
        .route("/v1/cases/{id}", get(cases::one))
        .route("/v1/audit", get(audit::lines))
        .route("/v1/patterns", get(patterns::list))
        .with_state(admin)
}

async fn metrics(admin: axum::extract::State<Admin>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], admin.metrics.encode()).into_response()
}

/// One sentence as JSON.
fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

/// The store cannot be read now.
fn unreadable(fault: &Fault) -> Response {
    tracing::warn!(error = %fault, "the store could not be read for an operator");
    refuse(StatusCode::SERVICE_UNAVAILABLE, &format!("the store cannot be read: {fault}"))
}
