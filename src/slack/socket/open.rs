//! Opens one socket: address, handshake, hello, each within its time.
//! Never here: when to open, or what happens on it.

use super::Timing;
use super::frame::{Frame, Reason, read};
use crate::slack::client::Client;
use crate::slack::client::error::ApiError;
use futures_util::StreamExt;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

pub(super) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Nothing that Slack sends us is larger.
const LARGEST: usize = 4 * 1024 * 1024;

/// A socket that has said hello.
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) life: Option<Duration>,
    pub(super) connections: Option<u64>,
}

/// Why there is no socket, as far as it matters for the next try. Texts never hold the address: it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OpenError {
    /// An operator must act.
    Refused(String),
    Throttled(Duration),
    TooMany,
    Failed(String),
}

pub(super) async fn open(client: &Client, timing: &Timing) -> Result<Opened, OpenError> {
    let url = match timeout(timing.open, client.socket_url()).await {
        Ok(Ok(url)) => url,
        Ok(Err(ApiError::Config(code))) => return Err(OpenError::Refused(code)),
        Ok(Err(ApiError::Throttled { after })) => return Err(OpenError::Throttled(after)),
        Ok(Err(error)) => return Err(OpenError::Failed(error.code().to_owned())),
        Err(_) => return Err(OpenError::Failed("no address in time".to_owned())),
    };
    if !is_allowed(client.base(), &url) {
        return Err(OpenError::Failed("the address is not under the API's own domain".to_owned()));
    }
    let mut stream = handshake(&url, timing).await?;
    match timeout(timing.open, hello(&mut stream)).await {
        Ok(told) => {
            let (life, connections) = told?;
            Ok(Opened { stream, life, connections })
        }
        Err(_) => Err(OpenError::Failed("no hello in time".to_owned())),
    }
}

async fn handshake(url: &SecretString, timing: &Timing) -> Result<Stream, OpenError> {
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    match timeout(timing.open, connect_async_with_config(url.expose_secret(), Some(config), true)).await {
        Ok(Ok((stream, _))) => Ok(stream),
        Ok(Err(error)) => Err(OpenError::Failed(redact(&error.to_string()))),
        Err(_) => Err(OpenError::Failed("no handshake in time".to_owned())),
    }
}

/// The announced life, and how many sockets the app has.
async fn hello(stream: &mut Stream) -> Result<(Option<Duration>, Option<u64>), OpenError> {
    while let Some(message) = stream.next().await {
        let text = match message {
            Ok(Message::Text(text)) => text,
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_)) => continue,
            Ok(Message::Close(_)) => break,
            Err(error) => return Err(OpenError::Failed(redact(&error.to_string()))),
        };
        match read(&text) {
            Frame::Hello { life, connections } => return Ok((life, connections)),
            Frame::Disconnect(Reason::TooMany) => return Err(OpenError::TooMany),
            Frame::Disconnect(Reason::LinkDisabled) => {
                return Err(OpenError::Refused("link_disabled".to_owned()));
            }
            // Nothing may come before the hello; what does is not acknowledged and comes again.
            Frame::Disconnect(Reason::Refresh) | Frame::Envelope { .. } | Frame::Other { .. } => {}
        }
    }
    Err(OpenError::Failed("closed before hello".to_owned()))
}

/// `wss://` under the API's own domain; a server that is not Slack's may name any address.
fn is_allowed(base: &str, url: &SecretString) -> bool {
    let host = |text: &str| reqwest::Url::parse(text).ok().and_then(|u| u.host_str().map(str::to_owned));
    let under = |host: &str, domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    let Some(api) = host(base) else { return false };
    let Some(domain) = ["slack.com", "slack-gov.com"].into_iter().find(|d| under(&api, d)) else {
        return true;
    };
    url.expose_secret().starts_with("wss://")
        && host(url.expose_secret()).is_some_and(|host| under(&host, domain))
}

/// A ticket lets anybody take our place.
pub(super) fn redact(text: &str) -> String {
    let mut parts = text.split("ticket=");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end =
            part.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.%~+/=".contains(c))).unwrap_or(part.len());
        out += "ticket=(redacted)";
        out += part.get(end..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slack_s_own_addresses_are_taken() {
        let slack = "https://slack.com/api/";
        let ok = |base, url: &str| is_allowed(base, &SecretString::from(url));
        assert!(ok(slack, "wss://wss-primary.slack.com/link/?ticket=1"));
        assert!(!ok(slack, "ws://wss-primary.slack.com/link"));
        assert!(!ok(slack, "wss://slack.com.evil.example/link"));
        assert!(!ok(slack, "wss://evilslack.com/link"));
        assert!(!ok(slack, "wss://slack.com@evil.example/"));
        assert!(!ok(slack, "nonsense"));
        assert!(ok("http://127.0.0.1:1/api/", "ws://127.0.0.1:2/link"));
    }

    #[test]
    fn tickets_are_redacted() {
        let text = redact("cannot connect to wss://x.slack.com/link/?ticket=ab-c%3D&app_id=A1");
        assert_eq!(text, "cannot connect to wss://x.slack.com/link/?ticket=(redacted)&app_id=A1");
    }
}
