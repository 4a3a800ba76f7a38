//! The page at `/`: its files, embedded, and a policy under which nothing but they may run.
//!
//! What they show comes from the control API; no state lives here.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Slack;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("page/", $name)))
    };
}

/// Each file by its name under `/page/`.
const FILES: [(&str, &str); 15] = [
    file!("base.css"),
    file!("messages.css"),
    file!("board.css"),
    file!("dialogs.css"),
    file!("main.js"),
    file!("dom.js"),
    file!("call.js"),
    file!("text.js"),
    file!("blocks.js"),
    file!("elements.js"),
    file!("messages.js"),
    file!("modal.js"),
    file!("confirm.js"),
    file!("board.js"),
    file!("stories.js"),
];

pub(super) fn routes() -> Router<Slack> {
    Router::new()
        .route("/", get(|| async { sent("text/html; charset=utf-8", include_str!("page/index.html")) }))
        .route("/page/{name}", get(file))
}

async fn file(Path(name): Path<String>) -> Response {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind =
        if name.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    sent(kind, text)
}

fn sent(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
