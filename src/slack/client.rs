//! The Web API: sends a call, reads the answer leniently, says what kind of failure it was.
//! Never here: retries, messages, or what an answer means for a case.

pub mod error;
pub mod method;
mod pace;

use self::error::ApiError;
use self::method::{CallResult, Method, Observe};
use self::pace::Pace;
use super::health::{Credential, SlackHealth};
use super::token::TokenKey;
use crate::case::message::Urgency;
use crate::config;
use crate::ports::Fault;
use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::OnceCell;
use tracing::Instrument;
use tracing::field::Empty;

/// For the whole call, the answer's body included.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Nobody may block a method for longer than this by a header.
const LONGEST_BLOCK: Duration = Duration::from_secs(3600);
/// Larger answers are not read.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Who we are in this workspace, by `auth.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub team: String,
    pub enterprise: Option<String>,
    /// Slack does not always say.
    pub app: Option<String>,
    /// The bot as a user, `U…`.
    pub user: String,
    pub bot: Option<String>,
    pub scopes: Vec<String>,
}

/// One workspace, one token.
pub struct Client {
    http: reqwest::Client,
    base: String,
    bot: SecretString,
    app: Option<SecretString>,
    pace: Pace,
    health: SlackHealth,
    observe: Observe,
    identity: OnceCell<Identity>,
}

impl Client {
    /// `Never` when the TLS stack cannot be set up.
    pub fn new(settings: &config::Slack, health: SlackHealth, observe: Observe) -> Result<Self, Fault> {
        // Without a default provider the builder panics. Whoever was first has won; all are the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            // The bearer token must not follow a redirect.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Fault::never(format!("The HTTP client for Slack could not be built: {e}")))?;
        Ok(Self {
            http,
            base: settings.api_url.clone(),
            bot: settings.bot_token.clone(),
            app: settings.app_token.clone(),
            pace: Pace::new(),
            health,
            observe,
            identity: OnceCell::new(),
        })
    }

    pub fn health(&self) -> &SlackHealth {
        &self.health
    }

    /// The address of the API, ending in `/`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asked once; later calls answer from memory. Also the check that the token works.
    pub async fn identity(&self) -> Result<&Identity, ApiError> {
        self.identity.get_or_try_init(|| async { Ok(self.greet().await?.0) }).await
    }

    /// Asked anew each time; with what Slack's clock says, to the second.
    pub async fn greet(&self) -> Result<(Identity, Option<Timestamp>), ApiError> {
        let request = self.post(Method::AuthTest, &self.bot);
        let (answer, headers) = self.send(Method::AuthTest, Credential::Bot, request).await?;
        let us = identity(&answer, &headers);
        let us = us.ok_or_else(|| ApiError::Ambiguous("no team in answer".to_owned()))?;
        Ok((us, date(&headers)))
    }

    /// Seals what this app says to itself through Slack, whichever of its processes hears it.
    pub(super) fn own_key(&self) -> TokenKey {
        TokenKey::new(self.bot.expose_secret().as_bytes().to_vec())
    }

    /// A method that reads: arguments as a form, since JSON is refused silently by some.
    pub async fn read(&self, method: Method, arguments: &[(&str, String)]) -> Result<Value, ApiError> {
        self.pace.turn(method, None, Urgency::Prompt).await;
        let request = self.post(method, &self.bot).form(arguments);
        Ok(self.send(method, Credential::Bot, request).await?.0)
    }

    /// A method that writes. `channel` is set for posts, which have a pace per channel.
    pub async fn write(
        &self,
        method: Method,
        channel: Option<&str>,
        urgency: Urgency,
        body: &Value,
    ) -> Result<Value, ApiError> {
        self.pace.turn(method, channel, urgency).await;
        self.write_at_once(method, body).await
    }

    /// A write that is worthless if it waits.
    pub async fn write_at_once(&self, method: Method, body: &Value) -> Result<Value, ApiError> {
        let request = self.post(method, &self.bot).json(body);
        Ok(self.send(method, Credential::Bot, request).await?.0)
    }

    /// A fresh address for one socket. It holds a ticket: never log it.
    pub async fn socket_url(&self) -> Result<SecretString, ApiError> {
        let method = Method::AppsConnectionsOpen;
        let Some(token) = &self.app else { return Err(ApiError::Config("not_authed".to_owned())) };
        let (answer, _) = self.send(method, Credential::App, self.post(method, token)).await?;
        let url = text(&answer, "url").ok_or_else(|| ApiError::Ambiguous("no url in answer".to_owned()))?;
        Ok(SecretString::from(url))
    }

    fn post(&self, method: Method, token: &SecretString) -> RequestBuilder {
        self.http.post(format!("{}{}", self.base, method.as_str())).bearer_auth(token.expose_secret())
    }

    async fn send(
        &self,
        method: Method,
        credential: Credential,
        request: RequestBuilder,
    ) -> Result<(Value, HeaderMap), ApiError> {
        if let Some(after) = self.pace.blocked(method) {
            return Err(ApiError::Throttled { after });
        }
        let span = tracing::debug_span!("slack", method = method.as_str(), result = Empty);
        let answered = async {
            match request.send().await {
                Ok(response) => understand(response).await,
                Err(error) => Err(unsent(&error)),
            }
        };
        let result = answered.instrument(span.clone()).await;
        span.record("result", CallResult::of(&result).as_str());
        (self.observe)(method, CallResult::of(&result));
        match &result {
            Ok(_) => self.health.accept(credential),
            Err(ApiError::Throttled { after }) => self.pace.block(method, *after),
            Err(ApiError::Config(code)) if is_refusal(method, code) => self.health.refuse(credential, code),
            Err(_) => {}
        }
        result
    }
}

/// Scopes that may be left out (facts/slack.md 6): without those for reading back duplicates cannot be ruled out,
/// without the one for addresses owners are known by id only.
fn is_refusal(method: Method, code: &str) -> bool {
    let optional = [
        Method::ConversationsHistory,
        Method::ConversationsReplies,
        Method::ConversationsInfo,
        Method::UsersLookupByEmail,
    ]
    .contains(&method);
    !(optional && ["missing_scope", "no_permission", "access_denied"].contains(&code))
}

/// No answer came. A connection that was never made carried nothing.
fn unsent(error: &reqwest::Error) -> ApiError {
    if error.is_connect() {
        ApiError::Transient("no connection".to_owned())
    } else if error.is_timeout() {
        ApiError::Ambiguous("no answer in time".to_owned())
    } else if error.is_builder() {
        ApiError::Content { code: "unsendable".to_owned(), messages: vec![] }
    } else {
        ApiError::Ambiguous("connection lost".to_owned())
    }
}

async fn understand(mut response: Response) -> Result<(Value, HeaderMap), ApiError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let after = retry_after(&headers);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(ApiError::Throttled { after: after.unwrap_or(Duration::from_secs(1)) });
    }
    if status.is_server_error() {
        return Err(ApiError::Ambiguous(format!("HTTP {}", status.as_u16())));
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(ApiError::Ambiguous("answer too large".to_owned())),
            Ok(None) => break,
            Err(_) => return Err(ApiError::Ambiguous("answer cut off".to_owned())),
        }
    }
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    match answer.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok((answer, headers)),
        Some(false) => {
            let code = text(&answer, "error").unwrap_or_else(|| "no code".to_owned());
            Err(ApiError::of(&code, messages(&answer), after))
        }
        None if status.is_success() => Err(ApiError::Ambiguous("answer is not JSON".to_owned())),
        None => Err(ApiError::Unknown(format!("HTTP {}", status.as_u16()))),
    }
}

/// Seconds; a fraction or a date counts as not given.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.max(1)).min(LONGEST_BLOCK))
}

/// The form of HTTP (RFC 9110, 5.6.7) is one of RFC 2822's.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn messages(answer: &Value) -> Vec<String> {
    let listed = answer.pointer("/response_metadata/messages").and_then(Value::as_array);
    let texts = listed.into_iter().flatten().filter_map(Value::as_str);
    texts.take(10).map(|text| text.chars().take(200).collect()).collect()
}

fn text(answer: &Value, key: &str) -> Option<String> {
    answer.get(key)?.as_str().map(str::to_owned)
}

fn identity(answer: &Value, headers: &HeaderMap) -> Option<Identity> {
    let scopes = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()).unwrap_or_default();
    Some(Identity {
        team: text(answer, "team_id")?,
        enterprise: text(answer, "enterprise_id"),
        app: text(answer, "app_id"),
        user: text(answer, "user_id")?,
        bot: text(answer, "bot_id"),
        scopes: scopes.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect(),
    })
}
