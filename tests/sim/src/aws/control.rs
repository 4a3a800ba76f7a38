//! The control API of the stubs under `/_sim/`: put and take findings and events, plan faults, read the record.
//!
//! Only translates JSON to calls of the handle.

use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Aws;
use crate::fault::Planned;

pub(super) fn routes() -> Router<Aws> {
    Router::new()
        .route("/_sim/findings", get(findings).post(put_finding).delete(remove_finding))
        .route("/_sim/archived", get(archived))
        .route("/_sim/events", get(events).post(put_event))
        .route("/_sim/lookups", post(limit_lookups))
        .route("/_sim/extras", post(put_extra))
        .route("/_sim/services", post(put_service))
        .route("/_sim/detectors", get(detector).post(set_detector))
        .route("/_sim/requests", get(requests).delete(forget))
        .route("/_sim/faults", get(faults).post(plan).delete(clear))
}

#[derive(Deserialize)]
struct Asked {
    id: Option<String>,
    method: Option<String>,
    region: Option<String>,
}

async fn findings(Shared(aws): Shared<Aws>) -> Json<Value> {
    Json(aws.peek(|state| json!(state.findings.values().collect::<Vec<_>>())))
}

async fn put_finding(Shared(aws): Shared<Aws>, Json(finding): Json<Value>) -> Response {
    match aws.put_finding(finding) {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

async fn remove_finding(Shared(aws): Shared<Aws>, Query(asked): Query<Asked>) -> Json<Value> {
    aws.remove_finding(&asked.id.unwrap_or_default());
    Json(json!({ "ok": true }))
}

async fn archived(Shared(aws): Shared<Aws>) -> Json<Value> {
    Json(json!(aws.archived()))
}

async fn events(Shared(aws): Shared<Aws>) -> Json<Value> {
    let shown = |(region, record): &(String, Value)| json!({ "region": region, "record": record });
    Json(aws.peek(|state| state.events.iter().map(shown).collect()))
}

#[derive(Deserialize)]
struct Event {
    region: String,
    record: Value,
}

async fn put_event(Shared(aws): Shared<Aws>, Json(event): Json<Event>) -> Json<Value> {
    aws.put_event(&event.region, event.record);
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Lookups {
    per_second: Option<usize>,
}

async fn limit_lookups(Shared(aws): Shared<Aws>, Json(wanted): Json<Lookups>) -> Json<Value> {
    aws.change(|state| state.lookups_per_second = wanted.per_second);
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Extra {
    user: String,
    listed_by: String,
    name: String,
    status: String,
}

async fn put_extra(Shared(aws): Shared<Aws>, Json(extra): Json<Extra>) -> Json<Value> {
    aws.put_extra(&extra.user, &extra.listed_by, &extra.name, &extra.status);
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Service {
    arn: String,
    service: String,
    last: Option<jiff::Timestamp>,
}

async fn put_service(Shared(aws): Shared<Aws>, Json(used): Json<Service>) -> Json<Value> {
    aws.put_service(&used.arn, &used.service, used.last);
    Json(json!({ "ok": true }))
}

async fn detector(Shared(aws): Shared<Aws>, Query(asked): Query<Asked>) -> Json<Value> {
    Json(json!({ "id": aws.detector(&asked.region.unwrap_or_default()) }))
}

#[derive(Deserialize)]
struct Detector {
    region: String,
    id: Option<String>,
}

async fn set_detector(Shared(aws): Shared<Aws>, Json(wanted): Json<Detector>) -> Json<Value> {
    aws.set_detector(&wanted.region, wanted.id.as_deref());
    Json(json!({ "ok": true }))
}

async fn requests(Shared(aws): Shared<Aws>, Query(asked): Query<Asked>) -> Json<Value> {
    Json(match asked.method {
        Some(method) => json!(aws.requests(&method)),
        None => aws.peek(|state| json!(state.requests.all().collect::<Vec<_>>())),
    })
}

async fn forget(Shared(aws): Shared<Aws>) -> Json<Value> {
    aws.change(|state| state.requests.clear());
    Json(json!({ "ok": true }))
}

async fn faults(Shared(aws): Shared<Aws>) -> Json<Value> {
    Json(aws.peek(|state| json!(state.faults.planned())))
}

async fn plan(Shared(aws): Shared<Aws>, Json(planned): Json<Planned>) -> Json<Value> {
    aws.plan(planned);
    Json(json!({ "ok": true }))
}

async fn clear(Shared(aws): Shared<Aws>, Query(asked): Query<Asked>) -> Json<Value> {
    aws.clear_faults(asked.method.as_deref());
    Json(json!({ "ok": true }))
}
