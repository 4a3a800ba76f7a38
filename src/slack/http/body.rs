//! The body of a request: its raw bytes up to a limit, and the payload inside the form.
//! Never here: whether it may be believed; the caller asks that in between.

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::FromRequest;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::http::request::{Parts, Request};
use futures_util::StreamExt;
use serde_json::Value;

/// Bytes of a body, at most. Slack's are far smaller.
const LARGEST: usize = 1024 * 1024;
/// So much more is read and thrown away, so that an honest sender hears the answer instead of a broken connection.
const DISCARDED: usize = 8 * LARGEST;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoiled {
    Oversized,
    /// Cut off, or too slow.
    Broken,
}

/// The raw bytes.
pub(super) async fn whole(body: Body) -> Result<Bytes, Spoiled> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut read) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(_) if read > LARGEST => return Err(Spoiled::Oversized),
            Err(_) => return Err(Spoiled::Broken),
        };
        read = read.saturating_add(chunk.len());
        if read > DISCARDED {
            return Err(Spoiled::Oversized);
        }
        if read <= LARGEST {
            kept.extend_from_slice(&chunk);
        } else {
            kept = Vec::new();
        }
    }
    if read > LARGEST { Err(Spoiled::Oversized) } else { Ok(kept.into()) }
}

/// The JSON in the field `payload`, which must stand there once. Fails with the status to answer.
pub(super) async fn form(head: Parts, bytes: Bytes) -> Result<Value, StatusCode> {
    let request = Request::from_parts(head, Body::from(bytes));
    let fields = match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(fields)) => fields,
        Err(FormRejection::InvalidFormContentType(_)) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        Err(_) => return Err(StatusCode::BAD_REQUEST),
    };
    let mut payloads = fields.iter().filter(|(name, _)| name == "payload");
    match (payloads.next(), payloads.next()) {
        (Some((_, text)), None) => serde_json::from_str(text).map_err(|_| StatusCode::BAD_REQUEST),
        (Some(_), Some(_)) | (None, _) => Err(StatusCode::BAD_REQUEST),
    }
}
