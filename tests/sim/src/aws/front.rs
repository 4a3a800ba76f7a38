//! A plain-HTTP reverse proxy before an emulator: counts and faults calls by operation, forwards the rest untouched.
//!
//! Headers, `Host` included, and body pass as they came, so that signatures stay valid. Nothing is simulated here.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Request as HttpRequest, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::iam;
use super::server::{ACCOUNT, Wrong, request_id};
use crate::fault::{Book, Fault, Planned};
use crate::record::{Recorder, Request};
use crate::watched::Watched;
use crate::{calls, rt, wire};

/// What the front remembers.
#[derive(Default)]
struct Seen {
    requests: Recorder,
    faults: Book,
    /// Accounts of the session keys that were handed out.
    accounts: HashMap<String, String>,
    /// Roles of the same keys.
    roles: HashMap<String, String>,
    /// Servers of their own for some services.
    routes: HashMap<String, SocketAddr>,
}

/// The running proxy. Clones share it; it ends with [`Front::stop`] or with the runtime.
#[derive(Clone)]
pub struct Front {
    inner: Arc<Inner>,
}

struct Inner {
    seen: Watched<Seen>,
    upstream: SocketAddr,
    stubs: Option<SocketAddr>,
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
    stop: CancellationToken,
}

/// How an AWS service speaks, as far as its errors go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Query,
    Ec2,
    Json,
    Xml,
}

/// Whose key signed a call, and for which service; empty without a signature.
struct Scope<'a> {
    key: &'a str,
    service: &'a str,
}

impl<'a> Scope<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let parts: Vec<&str> = header(headers, "authorization").split('/').collect();
        let key = parts.first().and_then(|first| first.rsplit('=').next()).unwrap_or_default();
        Self { key, service: parts.get(3).copied().unwrap_or_default() }
    }
}

impl Front {
    /// Starts on a free port of 127.0.0.1. Calls signed for GuardDuty or CloudTrail, and those of IAM that the
    /// stubs know, go to `stubs`, if given, and all others to `upstream`.
    pub async fn start(upstream: SocketAddr, stubs: Option<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let inner = Inner {
            seen: Watched::new(Seen::default()),
            upstream,
            stubs,
            address: listener.local_addr()?,
            client: Client::builder(TokioExecutor::new()).build(connector),
            stop: CancellationToken::new(),
        };
        let front = Self { inner: Arc::new(inner) };
        let routes = Router::new().fallback(pass).with_state(front.clone());
        wire::serve(listener, routes, front.inner.stop.clone());
        Ok(front)
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// What belongs into `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// Sends calls signed for this service, such as `identitystore`, to another emulator.
    pub fn route(&self, service: &str, to: SocketAddr) {
        self.inner.seen.change(|seen| seen.routes.insert(service.to_owned(), to));
    }

    /// Plans a fault for the next `times` calls of an operation such as `UpdateAccessKey` (`*`: any). `stored`
    /// faults strike after the call was forwarded.
    pub fn fault(&self, on: &str, fault: Fault, times: u32) {
        self.plan(Planned { on: on.to_owned(), fault, times: Some(times), skip: 0, saying: String::new() });
    }

    /// Plans a fault with every detail.
    pub fn plan(&self, planned: Planned) {
        self.inner.seen.change(|seen| seen.faults.plan(planned));
    }

    /// Forgets the faults of an operation, or all.
    pub fn clear_faults(&self, on: Option<&str>) {
        self.inner.seen.change(|seen| seen.faults.clear(on));
    }

    /// The calls of one operation so far.
    pub fn requests(&self, operation: &str) -> Vec<Request> {
        self.inner.seen.peek(|seen| seen.requests.of(operation))
    }

    /// Every call so far.
    pub fn all_requests(&self) -> Vec<Request> {
        self.inner.seen.peek(|seen| seen.requests.all().cloned().collect())
    }

    /// Waits until an operation was called so often in all; gives the last of these calls.
    pub async fn wait_request(&self, operation: &str, count: usize, timeout: Duration) -> Option<Request> {
        let pick = |seen: &Seen| seen.requests.of(operation).get(count.checked_sub(1)?).cloned();
        self.inner.seen.wait_for(timeout, pick).await
    }

    /// One call: faulted or forwarded, and recorded.
    async fn play(&self, verb: Method, path: Uri, headers: HeaderMap, body: Bytes) -> Response {
        let at = rt::now();
        let (operation, dialect, args) = understand(&verb, &path, &headers, &body);
        self.tell(&path, &headers, &operation);
        let fault = self.inner.seen.change(|seen| seen.faults.take(&operation, || args.to_string()));
        let fault = Fault::but_for_time(fault).await;
        let answer = match &fault {
            Some(fault) if !fault.stored() => None,
            Some(_) | None => Some(self.forward(verb, &path, &headers, body, &operation).await),
        };
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        let outcome = match &fault {
            Some(fault) => fault.label(),
            None if (200..300).contains(&status) => "ok".to_owned(),
            None => format!("http {status}"),
        };
        self.inner.seen.change(|seen| seen.requests.add(at, &operation, args, outcome, json!(status)));
        match (fault, answer) {
            (Some(fault), _) => struck(fault, dialect).await,
            (None, Some(answer)) => answer,
            (None, None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    /// Who called what, for those who compare calls and policies.
    fn tell(&self, path: &Uri, headers: &HeaderMap, operation: &str) {
        let scope = Scope::of(headers);
        if !scope.service.is_empty() {
            let by = self.inner.seen.peek(|seen| seen.roles.get(scope.key).cloned());
            calls::tell(&json!({
                "by": by.as_deref().unwrap_or("own"),
                "service": scope.service,
                "call": operation,
                "query": path.query().unwrap_or_default(),
            }));
        }
    }

    /// Whose the keys are that STS hands out here.
    async fn learn(&self, answer: Response) -> Response {
        let (parts, body) = answer.into_parts();
        let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
            return StatusCode::BAD_GATEWAY.into_response();
        };
        let xml = String::from_utf8_lossy(&body);
        let arn = element(&xml, "Arn").unwrap_or_default();
        let account = arn.split(':').nth(4);
        let role = arn.split('/').nth(1);
        if let (Some(key), Some(account), Some(role)) = (element(&xml, "AccessKeyId"), account, role) {
            self.inner.seen.change(|seen| {
                seen.accounts.insert(key.to_owned(), account.to_owned());
                seen.roles.insert(key.to_owned(), role.to_owned());
            });
        }
        Response::from_parts(parts, Body::from(body))
    }

    async fn forward(
        &self,
        verb: Method,
        path: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        operation: &str,
    ) -> Response {
        let Scope { service: signed_for, key } = Scope::of(headers);
        let ours = ["guardduty", "cloudtrail"].contains(&signed_for) || iam::OPERATIONS.contains(&operation);
        let stubs = self.inner.stubs.filter(|_| ours);
        let routed = self.inner.seen.peek(|seen| seen.routes.get(signed_for).copied());
        let target = stubs.or(routed).unwrap_or(self.inner.upstream);
        let path = path.path_and_query().map_or("/", |path| path.as_str());
        let mut request = HttpRequest::new(Body::from(body));
        *request.method_mut() = verb;
        *request.headers_mut() = headers.clone();
        let account = self.inner.seen.peek(|seen| seen.accounts.get(key).cloned());
        if let Some(account) = account.filter(|_| stubs.is_some()).and_then(|account| account.parse().ok()) {
            request.headers_mut().insert(ACCOUNT, account);
        }
        let sent = match format!("http://{target}{path}").parse() {
            Ok(address) => {
                *request.uri_mut() = address;
                self.inner.client.request(request).await.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match sent {
            Ok(answer) if operation == "AssumeRole" => self.learn(answer.map(Body::new)).await,
            Ok(answer) => answer.map(Body::new),
            Err(error) => (StatusCode::BAD_GATEWAY, error).into_response(),
        }
    }
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn pass(
    Shared(front): Shared<Front>,
    verb: Method,
    path: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A caller that dies while it waits must not take the record of its call with it.
    let (answered, answer) = tokio::sync::oneshot::channel();
    rt::spawn(async move {
        let _caller_is_gone = answered.send(front.play(verb, path, headers, body).await);
    });
    answer.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The operation, how its service reports errors, and its arguments for the record.
fn understand(verb: &Method, path: &Uri, headers: &HeaderMap, body: &[u8]) -> (String, Dialect, Value) {
    if let Some((_, operation)) = header(headers, "x-amz-target").rsplit_once('.') {
        return (operation.to_owned(), Dialect::Json, serde_json::from_slice(body).unwrap_or(Value::Null));
    }
    let args: Map<String, Value> = wire::pairs(body).map(|(key, value)| (key, json!(value))).collect();
    if let Some(operation) = args.get("Action").and_then(Value::as_str) {
        let ec2 = args.get("Version").is_some_and(|version| version == "2016-11-15");
        let dialect = if ec2 { Dialect::Ec2 } else { Dialect::Query };
        return (operation.to_owned(), dialect, Value::Object(args));
    }
    let dialect = if header(headers, "content-type").contains("json") { Dialect::Json } else { Dialect::Xml };
    let text = String::from_utf8_lossy(body).into_owned();
    (format!("{verb} {}", path.path()), dialect, json!({ "query": path.query(), "body": text }))
}

async fn struck(fault: Fault, dialect: Dialect) -> Response {
    let wrong = match fault {
        Fault::Hang { .. } | Fault::Slow { .. } => return std::future::pending().await,
        Fault::Reset { .. } => return wire::broken(),
        Fault::Throttle { .. } if dialect == Dialect::Ec2 => {
            Wrong::new(503, "RequestLimitExceeded", "Request limit exceeded.")
        }
        Fault::Throttle { .. } if dialect == Dialect::Xml => {
            Wrong::new(503, "SlowDown", "Please reduce your request rate.")
        }
        Fault::Throttle { .. } => Wrong::new(400, "Throttling", "Rate exceeded"),
        Fault::Status { status, .. } => Wrong::new(status, "InternalFailure", "the front was told to fail"),
        Fault::Error { code } => Wrong::of_code(&code),
    };
    let (code, message, id) = (&wrong.code, &wrong.message, request_id());
    let kind = if wrong.status < 500 { "Sender" } else { "Receiver" };
    let (content_type, body) = match dialect {
        Dialect::Query => (
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{id}</RequestId></ErrorResponse>"
            ),
        ),
        Dialect::Ec2 => (
            "text/xml",
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                 <RequestID>{id}</RequestID></Response>"
            ),
        ),
        Dialect::Xml => (
            "application/xml",
            format!(
                "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
            ),
        ),
        Dialect::Json => {
            ("application/x-amz-json-1.0", json!({ "__type": code, "message": message }).to_string())
        }
    };
    let status = StatusCode::from_u16(wrong.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        ("content-type", content_type.to_owned()),
        ("x-amzn-requestid", id),
        ("x-amzn-errortype", wrong.code.clone()),
    ];
    (status, headers, body).into_response()
}
