//! The front of the stubs: which operation a request means, its signature header, faults, and AWS's form of errors.
//!
//! Signatures are not verified, only demanded: the stubs know no secret keys.

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Aws, State, cloudtrail, guardduty, iam};
use crate::fault::Fault;
use crate::{rt, wire};

/// An AWS error: status, code, message.
pub(super) struct Wrong {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }

    /// An error planned by code alone gets the status that AWS uses for such codes.
    pub(super) fn of_code(code: &str) -> Self {
        let status = match code {
            _ if code.contains("Denied") || code.contains("Unauthorized") || code.contains("Token") => 403,
            _ if code.starts_with("Internal") || code.contains("Failure") => 500,
            _ if code.contains("Unavailable") => 503,
            _ if code == "TooManyRequestsException" => 429,
            _ => 400,
        };
        Self::new(status, code, "planned by the test")
    }

    fn respond(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({ "__type": self.code, "message": self.message }).to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("x-amzn-errortype", self.code.clone()),
            ("x-amzn-requestid", request_id()),
        ];
        (status, headers, body).into_response()
    }
}

/// Says whose credentials signed a call: the stubs know no keys, who stands before them may.
pub(super) const ACCOUNT: &str = "x-sim-account";

/// One call as understood.
pub(super) struct Call<'a> {
    pub(super) operation: &'a str,
    /// The detector in the path.
    pub(super) detector: &'a str,
    pub(super) region: &'a str,
    /// Whose credentials signed it, where somebody before us knows.
    pub(super) account: Option<&'a str>,
    pub(super) body: Value,
}

/// Any request that is not for the control API.
pub(super) async fn call(
    Shared(aws): Shared<Aws>,
    verb: Method,
    address: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let at = rt::now();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path: Vec<&str> = address.path().trim_matches('/').split('/').collect();
    let form = header("content-type").contains("x-www-form-urlencoded").then(|| iam::form(&body));
    let action = form.as_ref().and_then(|form| form["Action"].as_str()).unwrap_or_default();
    let operation = operation(&verb, &path, header("x-amz-target"), action);
    let scope = header("authorization").strip_prefix("AWS4-HMAC-SHA256 Credential=").unwrap_or_default();
    let region = scope.split('/').nth(2).unwrap_or_default();
    let call = Call {
        operation,
        detector: path.get(1).copied().unwrap_or_default(),
        region,
        account: Some(header(ACCOUNT)).filter(|account| !account.is_empty()),
        body: form.clone().unwrap_or_else(|| serde_json::from_slice(&body).unwrap_or(Value::Null)),
    };
    let fault = aws.change(|state| state.faults.take(operation, || call.body.to_string()));
    let fault = Fault::but_for_time(fault).await;
    let answer = match &fault {
        Some(fault) if !fault.stored() => Ok(Value::Null),
        Some(_) | None => aws.change(|state| perform(state, &call)),
    };
    let outcome = match (&fault, &answer) {
        (Some(fault), _) => fault.label(),
        (None, Ok(_)) => "ok".to_owned(),
        (None, Err(wrong)) => format!("error {}", wrong.code),
    };
    let recorded = json!({
        "region": region,
        "account": call.account,
        "access_key": scope.split('/').next(),
        "path": address.path(),
        "body": call.body,
    });
    let told = answer.as_ref().map_or(Value::Null, Value::clone);
    aws.change(|state| state.requests.add(at, operation, recorded, outcome, told));
    match (fault, answer) {
        (Some(fault), _) => struck(fault, operation).await,
        (None, Ok(Value::String(xml))) => ([("content-type", "text/xml")], xml).into_response(),
        (None, Err(wrong)) if iam::OPERATIONS.contains(&operation) => {
            let status = StatusCode::from_u16(wrong.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [("content-type", "text/xml")], iam::refused(&wrong)).into_response()
        }
        (None, Ok(answer)) => good(&answer, operation),
        (None, Err(wrong)) => wrong.respond(),
    }
}

fn operation(verb: &Method, path: &[&str], target: &str, action: &str) -> &'static str {
    if let Some(known) = iam::OPERATIONS.into_iter().find(|known| *known == action) {
        return known;
    }
    if target.ends_with(".LookupEvents") {
        return "LookupEvents";
    }
    match (verb.as_str(), path) {
        ("GET", ["detector"]) => "ListDetectors",
        ("GET", ["detector", _]) => "GetDetector",
        ("POST", ["detector", _, "findings"]) => "ListFindings",
        ("POST", ["detector", _, "findings", "get"]) => "GetFindings",
        ("POST", ["detector", _, "findings", "archive"]) => "ArchiveFindings",
        ("POST", ["detector", _, "findings", "unarchive"]) => "UnarchiveFindings",
        ("POST", ["detector", _, "findings", "feedback"]) => "UpdateFindingsFeedback",
        _ => "Unknown",
    }
}

fn perform(state: &mut State, call: &Call<'_>) -> Result<Value, Wrong> {
    if call.region.is_empty() {
        return Err(Wrong::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token"));
    }
    match call.operation {
        "LookupEvents" => cloudtrail::lookup(state, call),
        operation if iam::OPERATIONS.contains(&operation) => iam::perform(state, call).map(Value::String),
        "Unknown" => Err(Wrong::new(404, "UnknownOperationException", "the stub has no such operation")),
        _ => guardduty::perform(state, call),
    }
}

fn good(answer: &Value, operation: &str) -> Response {
    let kind = if operation == "LookupEvents" { "application/x-amz-json-1.1" } else { "application/json" };
    let headers = [("content-type", kind.to_owned()), ("x-amzn-requestid", request_id())];
    (headers, answer.to_string()).into_response()
}

async fn struck(fault: Fault, operation: &str) -> Response {
    match fault {
        Fault::Throttle { .. } if operation == "LookupEvents" => {
            Wrong::new(400, "ThrottlingException", "Rate exceeded").respond()
        }
        Fault::Throttle { .. } => Wrong::new(429, "TooManyRequestsException", "Rate exceeded").respond(),
        Fault::Status { status, .. } => {
            Wrong::new(status, "InternalServerErrorException", "the stub was told to fail").respond()
        }
        Fault::Hang { .. } | Fault::Slow { .. } => std::future::pending().await,
        Fault::Reset { .. } => wire::broken(),
        Fault::Error { code } => Wrong::of_code(&code).respond(),
    }
}

pub(super) fn request_id() -> String {
    let part = rt::random_hex;
    format!("{}-{}-{}-{}-{}", part(4), part(2), part(2), part(2), part(6))
}
