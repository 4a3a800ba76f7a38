//! The front of the Web API: decodes the call, lets planned faults strike, checks token, scope and rate, records.
//!
//! What a method does lives in the files beside this one; which token and scopes it needs, in `table`.

mod args;
mod chat;
mod conversations;
mod history;
mod people;
mod table;
mod views;

pub(crate) use self::chat::shown;
pub(crate) use self::views::filled;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, Method as Verb, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::args::Args;
use self::table::{Method, Token};
use super::{Slack, State};
use crate::fault::Fault;
use crate::{rt, wire};

/// `ok:false`: a code, and what else the body says.
#[derive(Debug)]
pub(crate) struct Refused {
    code: String,
    extra: Map<String, Value>,
}

impl Refused {
    pub(crate) fn new(code: &str) -> Self {
        Self { code: code.to_owned(), extra: Map::new() }
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.extra.insert(key.to_owned(), value);
        self
    }

    /// With the messages Slack puts beside a refusal of arguments or blocks.
    pub(crate) fn because(self, messages: &[String]) -> Self {
        self.with("response_metadata", json!({ "messages": messages }))
    }

    fn body(self) -> Value {
        let mut body = self.extra;
        body.insert("ok".into(), json!(false));
        body.insert("error".into(), json!(self.code));
        Value::Object(body)
    }
}

type Answer = Result<Value, Refused>;

/// One call as decoded.
struct Call {
    method: String,
    args: Args,
    token: Option<String>,
    host: String,
}

/// Any call to `/api/METHOD`.
pub(crate) async fn call(
    Shared(slack): Shared<Slack>,
    Path(method): Path<String>,
    verb: Verb,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let at = rt::now();
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json_body = header(header::CONTENT_TYPE).starts_with("application/json");
    let takes_json = table::find(&method).is_none_or(|known| known.json);
    let mut args = Args::from_form(query.as_deref().unwrap_or_default());
    if json_body && !takes_json {
        // Slack does not complain about a JSON body here: it reads no arguments from it.
        args.note("json body ignored");
    } else if json_body {
        args.add_json(&body);
    } else if verb == Verb::POST {
        args.add_form(&body);
    }
    let token = header(header::AUTHORIZATION).strip_prefix("Bearer ").map(str::to_owned);
    let call = Call { method, args, token, host: header(header::HOST).to_owned() };

    let fault = slack.change(|state| state.faults.take(&call.method, || call.args.recorded().to_string()));
    let fault = Fault::but_for_time(fault).await;
    let answer = match &fault {
        Some(fault) if !fault.stored() => None,
        Some(_) | None => Some(slack.change(|state| perform(state, &call))),
    };
    let (outcome, body) = match (&fault, &answer) {
        (Some(fault), answer) => (fault.label(), answer.as_ref().map_or(Value::Null, Done::body)),
        (None, Some(done)) => (done.outcome(), done.body()),
        (None, None) => (String::new(), Value::Null),
    };
    slack.change(|state| state.requests.add(at, &call.method, call.args.recorded(), outcome, body));
    match (fault, answer) {
        (Some(fault), _) => struck(fault).await,
        (None, Some(done)) => done.respond(&slack, &call.method),
        (None, None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How a call ended when nothing struck it.
enum Done {
    Answered(Value),
    Throttled(u64),
}

impl Done {
    fn body(&self) -> Value {
        match self {
            Self::Answered(body) => body.clone(),
            Self::Throttled(_) => throttled_body(),
        }
    }

    fn outcome(&self) -> String {
        match self {
            Self::Answered(body) => match body["error"].as_str() {
                Some(code) => format!("error {code}"),
                None => "ok".into(),
            },
            Self::Throttled(_) => "throttled".into(),
        }
    }

    fn respond(self, slack: &Slack, method: &str) -> Response {
        match self {
            Self::Throttled(after) => throttled(after),
            Self::Answered(body) => {
                let granted = slack.peek(|state| match table::find(method).map(|known| known.token) {
                    Some(Token::App) => "connections:write".to_owned(),
                    Some(Token::Bot) | None => state.workspace.scopes.join(","),
                });
                let ahead = slack.peek(|state| state.switches.clock_ahead);
                let headers = [("x-oauth-scopes", granted), ("date", date(ahead))];
                (headers, axum::Json(body)).into_response()
            }
        }
    }
}

/// As HTTP writes it.
fn date(ahead: i64) -> String {
    let at = rt::now().saturating_add(jiff::SignedDuration::from_secs(ahead)).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn throttled_body() -> Value {
    json!({ "ok": false, "error": "ratelimited" })
}

fn throttled(after: u64) -> Response {
    let headers = [(header::RETRY_AFTER, after.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, headers, axum::Json(throttled_body())).into_response()
}

async fn struck(fault: Fault) -> Response {
    match fault {
        Fault::Throttle { retry_after } => throttled(retry_after),
        Fault::Status { status, .. } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "upstream is unwell").into_response()
        }
        Fault::Hang { .. } | Fault::Slow { .. } => std::future::pending().await,
        Fault::Reset { .. } => wire::broken(),
        Fault::Error { code } => axum::Json(Refused::new(&code).body()).into_response(),
    }
}

fn perform(state: &mut State, call: &Call) -> Done {
    let Some(method) = table::find(&call.method) else {
        return Done::Answered(Refused::new("unknown_method").with("req_method", json!(call.method)).body());
    };
    if let Err(refused) = admit(state, method, call) {
        return Done::Answered(refused.body());
    }
    if state.switches.rate_limits {
        let mut limit = state.limits.call(method.name, method.per_minute);
        if let (Ok(()), "chat.postMessage", Some(channel)) = (limit, method.name, call.args.text("channel")) {
            limit = state.limits.post(channel);
        }
        if let Err(after) = limit {
            return Done::Throttled(after);
        }
    }
    let answer = match method.name {
        "apps.connections.open" => people::connections_open(state, &call.host),
        _ => run(state, method.name, &call.args),
    };
    Done::Answered(match answer {
        Ok(mut body) => {
            if let Some(body) = body.as_object_mut() {
                body.insert("ok".into(), json!(true));
            }
            body
        }
        Err(refused) => refused.body(),
    })
}

/// Token, its type, and the scopes that do not depend on the channel.
fn admit(state: &State, method: &Method, call: &Call) -> Result<(), Refused> {
    if call.args.text("token").is_some() && method.token == Token::App {
        return Err(Refused::new("invalid_auth"));
    }
    let Some(token) = call.token.as_deref().or_else(|| call.args.text("token")) else {
        return Err(Refused::new("not_authed"));
    };
    let is_bot = token == state.workspace.bot_token;
    let is_app = token == state.workspace.app_token;
    if state.switches.revoked || !(is_bot || is_app) {
        return Err(Refused::new("invalid_auth"));
    }
    if is_app != (method.token == Token::App) {
        return Err(Refused::new("not_allowed_token_type"));
    }
    if method.token == Token::Bot && !method.scopes.is_empty() {
        need_scope(state, method.scopes)?;
    }
    Ok(())
}

/// Any one of these scopes will do.
fn need_scope(state: &State, scopes: &[&str]) -> Result<(), Refused> {
    let granted = &state.workspace.scopes;
    if scopes.iter().any(|scope| granted.iter().any(|has| has == scope)) {
        return Ok(());
    }
    Err(Refused::new("missing_scope")
        .with("needed", json!(scopes.join(",")))
        .with("provided", json!(granted.join(","))))
}

fn run(state: &mut State, method: &str, args: &Args) -> Answer {
    match method {
        "auth.test" => people::auth_test(state),
        "users.info" => people::info(state, args),
        "users.lookupByEmail" => people::lookup(state, args),
        "conversations.open" => conversations::open(state, args),
        "conversations.info" => conversations::info(state, args),
        "conversations.history" => history::history(state, args),
        "conversations.replies" => history::replies(state, args),
        "chat.postMessage" => chat::post(state, args),
        "chat.update" => chat::update(state, args),
        "chat.postEphemeral" => chat::ephemeral(state, args),
        "chat.getPermalink" => chat::permalink(state, args),
        "views.open" => views::open(state, args),
        "views.update" => views::update(state, args),
        "blocks.validate" => views::validate(args),
        _ => Err(Refused::new("unknown_method")),
    }
}
