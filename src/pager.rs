//! The second route: a page to whoever is on call while Slack is away, in the shape of PagerDuty's Events API v2, which
//! other services take too (interface.md, `fallback.webhook_url`).
//! Never here: when somebody is paged, words, or retries; and the address, which is a secret, in no log and no error.

use crate::case::alarm::{Alarm, Signal};
use crate::case::message::FactsView;
use crate::ports::Fault;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Nobody may hold an alarm back for longer by a header.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Characters that the other side takes of a summary (Events API v2).
const SUMMARY: usize = 1024;
/// Of any other value; what a finding says may be as long as it likes.
const VALUE: usize = 256;
/// The query parameter that is no part of the address: the key of the service that the events are for.
const KEY: &str = "routing_key";

/// One address that is told.
pub struct Pager {
    http: reqwest::Client,
    /// Without the key.
    url: SecretString,
    key: Option<SecretString>,
    patience: Duration,
}

impl Pager {
    /// `Never` when the address is none, or the TLS stack cannot be set up.
    pub fn new(webhook: &SecretString) -> Result<Self, Fault> {
        // Without a default provider the builder panics. Whoever was first has won; all are the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            // The key must not follow a redirect.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| {
                Fault::never(format!("the HTTP client of the second route could not be built: {e}"))
            })?;
        let mut url = Url::parse(webhook.expose_secret())
            .map_err(|e| Fault::never(format!("fallback.webhook_url is no address: {e}")))?;
        let mut key = None;
        let rest: Vec<(String, String)> = url
            .query_pairs()
            .filter_map(|(name, value)| {
                if name == KEY {
                    key = Some(SecretString::from(value.into_owned()));
                    return None;
                }
                Some((name.into_owned(), value.into_owned()))
            })
            .collect();
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
        Ok(Self { http, url: SecretString::from(String::from(url)), key, patience: TIMEOUT })
    }

    /// How long one event may take.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Raises or ends the alarm of a case. Sent twice it is still one: the case's id is its key over there. `summary` is
    /// one plain sentence.
    pub async fn send(&self, alarm: &Alarm, summary: &str) -> Result<(), Fault> {
        let body = self.event(alarm, summary);
        let sent = self.http.post(self.url.expose_secret()).timeout(self.patience).json(&body).send().await;
        match sent {
            Ok(response) => understand(&response),
            // The error names the address; its kind says enough.
            Err(error) if error.is_timeout() => Err(Fault::later("the second route gave no answer in time")),
            Err(error) if error.is_connect() => Err(Fault::later("the second route cannot be reached")),
            Err(error) if error.is_builder() => Err(Fault::never("the page could not be put into a request")),
            Err(_) => Err(Fault::later("the connection to the second route was lost")),
        }
    }

    fn event(&self, alarm: &Alarm, summary: &str) -> Value {
        let mut event = json!({
            "event_action": alarm.signal.as_str(),
            "dedup_key": alarm.case.as_str(),
            "client": "vouch",
        });
        if let Some(key) = &self.key {
            event[KEY] = json!(key.expose_secret());
        }
        if let Signal::Raise { facts } = &alarm.signal {
            event["payload"] = json!({
                "summary": head(summary, SUMMARY),
                // It may not be empty, whatever the finding says.
                "source": format!("vouch, AWS account {}", head(&facts.account, VALUE)),
                "severity": severity(facts.severity),
                "timestamp": alarm.at.to_string(),
                "component": head(&facts.principal, VALUE),
                "class": head(&facts.finding_type, VALUE),
                "custom_details": details(alarm, facts),
            });
        }
        event
    }
}

fn details(alarm: &Alarm, facts: &FactsView) -> Value {
    let value = |text: &Option<String>| text.as_deref().map(|text| head(text, VALUE));
    json!({
        "case": alarm.case.as_str(),
        "call": value(&facts.api),
        "from": value(&facts.source),
        "principal": value(&facts.principal_arn),
        "resource": value(&facts.resource),
        "regions": facts.regions.iter().take(20).map(|region| head(region, 32)).collect::<Vec<_>>(),
        "last_seen": facts.last_seen.to_string(),
        "count": facts.count,
    })
}

/// In the four words of the other side, by GuardDuty's levels.
fn severity(of: f64) -> &'static str {
    if of >= 7.0 {
        "critical"
    } else if of >= 4.0 {
        "error"
    } else {
        "warning"
    }
}

/// One line, cut: control characters have no business in a page.
fn head(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

/// An alarm that the other side cannot take now is kept; one that it will never take is given up, loudly.
fn understand(response: &Response) -> Result<(), Fault> {
    let status = response.status();
    let cause = format!("the second route answered HTTP {}", status.as_u16());
    if status.is_success() {
        return Ok(());
    }
    let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
    if busy || status.is_server_error() {
        let named = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = named.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        return Err(Fault::Later { after: after.map(|after| after.min(LONGEST_PAUSE)), cause });
    }
    Err(Fault::never(cause))
}
