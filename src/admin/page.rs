//! The pages for people: what is open and how well it goes (`/`), and one case's story (`/cases/{id}`).
//! Never here: scripts, forms, anything loaded from elsewhere; and no text reaches a page but through `html`.

mod chart;
mod figures;
mod html;
mod overview;
mod story;
mod trail;

use super::{Admin, unreadable};
use crate::case::CaseId;
use crate::ports::Fault;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Only our own style sheet; nothing runs, nothing is sent, nobody may frame it.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn overview(State(admin): State<Admin>) -> Response {
    answer(overview::render(&admin).await.map(Some))
}

pub(super) async fn story(State(admin): State<Admin>, Path(id): Path<String>) -> Response {
    let Some(id) = CaseId::parse(&id) else { return answer(Ok(None)) };
    answer(story::render(&admin, &id).await)
}

pub(super) async fn style() -> Response {
    let kind = "text/css; charset=utf-8";
    (
        [(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")],
        include_str!("page/page.css"),
    )
        .into_response()
}

fn answer(page: Result<Option<String>, Fault>) -> Response {
    let (status, page) = match page {
        Ok(Some(page)) => (StatusCode::OK, page),
        Ok(None) => (StatusCode::NOT_FOUND, story::missing()),
        Err(fault) => return unreadable(&fault),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, page).into_response()
}
