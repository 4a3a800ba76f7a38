//! Carries an interaction to the app, over one random socket or signed over HTTP, and waits for the acknowledgement.
//!
//! What the interaction says lives in `payload`; how a socket writes it, in `socket`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use hmac::{Hmac, KeyInit, Mac};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::socket::{Fate, Order};
use super::state::{Interaction, Pending};
use super::{Slack, State, blocks};
use crate::rt;

impl Slack {
    /// Sends any payload as if this person had caused it, and records how it ended. For what no client would send.
    pub async fn deliver(&self, user: &str, payload: Value) -> Interaction {
        let (within, url, secret) = self.peek(|state| {
            let switches = &state.switches;
            (switches.ack_within_ms, switches.request_url.clone(), switches.signing_secret.clone())
        });
        let within = Duration::from_millis(within);
        let started = Instant::now();
        let answer = match url {
            Some(url) => timeout(within, post(&url, &secret, &payload))
                .await
                .unwrap_or_else(|_| Err("no answer in time".to_owned())),
            None => self.over_socket(&payload, within).await,
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (ack, error) = match answer {
            Ok(ack) => {
                let problem = unfit(&payload, &ack);
                (ack, problem)
            }
            Err(error) => (Value::Null, Some(error)),
        };
        self.change(|state| {
            let interaction = Interaction {
                n: state.interactions.len() as u64 + 1,
                kind: payload["type"].as_str().unwrap_or_default().to_owned(),
                user: user.to_owned(),
                acked: error.is_none(),
                payload,
                ack,
                took_ms,
                error,
            };
            state.interactions.push(interaction.clone());
            interaction
        })
    }

    async fn over_socket(&self, payload: &Value, within: Duration) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        let id = format!("{}-{}", rt::random_hex(4), rt::random_hex(6));
        let envelope = json!({
            "envelope_id": id,
            "type": "interactive",
            "accepts_response_payload": true,
            "payload": payload,
        });
        let sent = self.change(|state| {
            let socket = send(state, &envelope);
            let pending = Pending { envelope, socket: socket.unwrap_or(0), attempt: 0, answer: Some(answer) };
            state.pending.insert(id.clone(), pending);
            socket.is_some()
        });
        if sent && let Ok(Ok(ack)) = timeout(within, answered).await {
            return Ok(ack);
        }
        self.change(|state| {
            if !state.switches.redeliver {
                state.pending.remove(&id);
            } else if let Some(pending) = state.pending.get_mut(&id) {
                pending.answer = None;
            }
        });
        Err(if sent { "no acknowledgement in time" } else { "no socket is connected" }.to_owned())
    }
}

/// What is wrong with an answer, as Slack sees it; the user is then shown an error as if none had come.
fn unfit(payload: &Value, ack: &Value) -> Option<String> {
    if ack.is_null() || ack.as_object().is_some_and(serde_json::Map::is_empty) {
        return None;
    }
    if payload["type"] != "view_submission" {
        return Some("only a submission may be answered with a payload".to_owned());
    }
    match ack["response_action"].as_str() {
        Some("errors") => {
            let blocks = payload["view"]["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
            let known =
                |id: &String| blocks.iter().any(|block| block["type"] == "input" && block["block_id"] == *id);
            match ack["errors"].as_object() {
                Some(errors) if !errors.is_empty() => errors
                    .keys()
                    .find(|id| !known(id))
                    .map(|id| format!("no input block {id} to show an error at")),
                Some(_) | None => Some("errors without any".to_owned()),
            }
        }
        Some("update" | "push") => blocks::view(&ack["view"]).into_iter().next(),
        Some("clear") => None,
        Some(other) => Some(format!("unknown response_action {other}")),
        None => Some("an answer without response_action".to_owned()),
    }
}

/// Hands an envelope to one random socket, as often as the switches say. Gives the socket's id.
fn send(state: &mut State, envelope: &Value) -> Option<u64> {
    let mut count_down = |which: fn(&mut super::Switches) -> &mut u32| {
        let left = which(&mut state.switches);
        let due = *left > 0;
        *left = left.saturating_sub(1);
        due
    };
    if state.sockets.is_empty() {
        return None;
    }
    let copies = if count_down(|switches| &mut switches.duplicate_envelopes) { 2 } else { 1 };
    let fate = if count_down(|switches| &mut switches.lose_acks) {
        Fate::LoseAck
    } else if count_down(|switches| &mut switches.drop_on_delivery) {
        Fate::Drop
    } else {
        Fate::Ordinary
    };
    let mut chosen = None;
    for _ in 0..copies {
        let at = rand::random_range(0..state.sockets.len());
        if let Some(socket) = state.sockets.get(at) {
            // A socket that just ended loses the envelope, as in life.
            let _ = socket.orders.send(Order::Deliver(envelope.clone(), fate));
            chosen = Some(socket.id);
        }
    }
    chosen
}

/// Takes an acknowledgement.
pub(crate) fn acked(state: &mut State, said: &Value) {
    let Some(id) = said["envelope_id"].as_str() else { return };
    state.acks.push(id.to_owned());
    if let Some(answer) = state.pending.remove(id).and_then(|pending| pending.answer) {
        // The person who clicked may have given up waiting.
        let _ = answer.send(said.get("payload").cloned().unwrap_or(Value::Null));
    }
}

/// Sends a fresh socket what was never acknowledged and whose own socket is gone, or was waited for in vain.
pub(crate) fn again(state: &mut State, socket: u64) {
    if !state.switches.redeliver {
        return;
    }
    let Some(orders) =
        state.sockets.iter().find(|known| known.id == socket).map(|known| known.orders.clone())
    else {
        return;
    };
    for pending in state.pending.values_mut() {
        let orphan = !state.sockets.iter().any(|known| known.id == pending.socket);
        if orphan || pending.answer.is_none() {
            pending.attempt += 1;
            pending.socket = socket;
            let mut envelope = pending.envelope.clone();
            envelope["retry_attempt"] = json!(pending.attempt);
            envelope["retry_reason"] = json!("timeout");
            let _ = orders.send(Order::Deliver(envelope, Fate::Ordinary));
        }
    }
}

/// Posts the payload as a signed form; a 200 is the acknowledgement.
async fn post(url: &str, secret: &str, payload: &Value) -> Result<Value, String> {
    let body = format!("payload={}", percent(&payload.to_string()));
    let time = rt::now().as_second().to_string();
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", &time)
        .header("x-slack-signature", signature(secret, &time, &body))
        .body(Body::from(body))
        .map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answer = client.request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = to_bytes(Body::new(answer.into_body()), 1 << 20).await.map_err(|error| error.to_string())?;
    if status != 200 {
        return Err(format!("http {}", status.as_u16()));
    }
    Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// `v0=` and the HMAC-SHA256 over `v0:TIME:BODY`.
pub(crate) fn signature(secret: &str, time: &str, body: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("v0:{time}:{body}").as_bytes());
            format!("v0={}", hex::encode(mac.finalize().into_bytes()))
        }
        // HMAC takes keys of any length.
        Err(_) => String::new(),
    }
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_like_slacks_own_example() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
            &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
            &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
            &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body), expected);
    }
}
