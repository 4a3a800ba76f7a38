//! Frames of Socket Mode, read leniently, and the acknowledgement.
//! Never here: sockets.

use crate::slack::ack::AckPayload;
use serde_json::{Value, json};
use std::time::Duration;

/// Longer frames are dropped by Slack, or close the socket (facts/slack.md 3.2).
const LARGEST: usize = 20_480;

/// What a text frame is.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    /// With the announced life of the connection, and how many the app has.
    Hello {
        life: Option<Duration>,
        connections: Option<u64>,
    },
    Disconnect(Reason),
    Envelope {
        id: String,
        interactive: bool,
        accepts_payload: bool,
        payload: Value,
    },
    /// Nothing we know; acknowledged if it has an id.
    Other {
        id: Option<String>,
    },
}

/// Why Slack lets a socket go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// `warning` and `refresh_requested`, and whatever else may come.
    Refresh,
    LinkDisabled,
    TooMany,
}

pub(super) fn read(text: &str) -> Frame {
    let Ok(frame) = serde_json::from_str::<Value>(text) else { return Frame::Other { id: salvage(text) } };
    let field = |key: &str| frame.get(key).and_then(Value::as_str);
    let id = field("envelope_id").filter(|id| is_sane(id)).map(str::to_owned);
    match (field("type").unwrap_or_default(), id) {
        ("hello", _) => {
            let life = frame.pointer("/debug_info/approximate_connection_time").and_then(Value::as_u64);
            let connections = frame.get("num_connections").and_then(Value::as_u64);
            Frame::Hello { life: life.filter(|seconds| *seconds > 0).map(Duration::from_secs), connections }
        }
        ("disconnect", _) => Frame::Disconnect(match field("reason").unwrap_or_default() {
            "link_disabled" => Reason::LinkDisabled,
            "too_many_websockets" => Reason::TooMany,
            _ => Reason::Refresh,
        }),
        (kind, Some(id)) => Frame::Envelope {
            id,
            interactive: kind == "interactive",
            accepts_payload: frame.get("accepts_response_payload").and_then(Value::as_bool).unwrap_or(false),
            payload: frame.get("payload").cloned().unwrap_or_default(),
        },
        (_, None) => Frame::Other { id: None },
    }
}

/// The acknowledgement. A body that does not fit, or is not wanted, stays out.
pub(super) fn ack(id: &str, accepts_payload: bool, body: AckPayload) -> String {
    let bare = json!({"envelope_id": id});
    let Some(payload) = body.0.filter(|_| accepts_payload) else { return bare.to_string() };
    let full = json!({"envelope_id": id, "payload": payload}).to_string();
    if full.len() < LARGEST { full } else { bare.to_string() }
}

/// The id of an envelope that is no JSON: unacknowledged, it would come again and again.
fn salvage(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("\"envelope_id\"")?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (id, _) = value.split_once('"')?;
    is_sane(id).then(|| id.to_owned())
}

fn is_sane(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_leniently() {
        let hello =
            r#"{"type":"hello","num_connections":2,"debug_info":{"approximate_connection_time":3600}}"#;
        let life = Some(Duration::from_secs(3600));
        assert_eq!(read(hello), Frame::Hello { life, connections: Some(2) });
        assert_eq!(read(r#"{"type":"hello"}"#), Frame::Hello { life: None, connections: None });
        let other = Frame::Other { id: Some("abc-1".into()) };
        assert_eq!(read(r#"{"envelope_id": "abc-1", "payload": {"#), other);
        assert_eq!(read("nonsense"), Frame::Other { id: None });
        assert_eq!(read("[1]"), Frame::Other { id: None });
        let reason = |r| read(&format!(r#"{{"type":"disconnect","reason":"{r}"}}"#));
        assert_eq!(reason("warning"), Frame::Disconnect(Reason::Refresh));
        assert_eq!(reason("something_new"), Frame::Disconnect(Reason::Refresh));
        assert_eq!(reason("link_disabled"), Frame::Disconnect(Reason::LinkDisabled));
        let Frame::Envelope { id, interactive, .. } = read(r#"{"envelope_id":"e","type":"brand_new"}"#)
        else {
            panic!("an unknown type is still an envelope");
        };
        assert_eq!((id.as_str(), interactive), ("e", false));
    }

    #[test]
    fn an_acknowledgement_stays_below_the_limit() {
        let large = AckPayload(Some(json!({"errors": "x".repeat(LARGEST)})));
        assert_eq!(ack("e", true, large), r#"{"envelope_id":"e"}"#);
        let small = AckPayload(Some(json!({"a": 1})));
        assert_eq!(ack("e", false, small.clone()), r#"{"envelope_id":"e"}"#);
        assert_eq!(ack("e", true, small), r#"{"envelope_id":"e","payload":{"a":1}}"#);
    }
}
