//! The test question of `vouch check --prompt`: asked, answered by whichever process of the app hears the click, and
//! withdrawn. Slack gives a click to any one socket of the app, so the one that asked does not wait for the click: it
//! looks whether the message has changed.
//! Never here: cases. Nothing of it is saved, and nothing but this one message changes.

use super::blocks::{Content, trial, trial_end};
use super::client::Client;
use super::client::error::ApiError;
use super::client::method::Method;
use super::texts::Lang;
use crate::case::message::Urgency;
use crate::case::owner::PersonId;
use crate::case::prompt::Posted;
use crate::ports::Fault;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// Of the one button.
pub const ACTION: &str = "vouch.test";

/// The click must be acknowledged within 3 s, whether or not the message could be changed.
const THANKS: Duration = Duration::from_millis(1500);

/// A question under way.
#[derive(Debug, Clone)]
pub struct Asked {
    pub at: Posted,
    lang: Lang,
}

/// A click on a button that calls itself ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    pub by: PersonId,
    pub at: Posted,
    pub value: String,
}

/// Sends the question as a direct message.
pub async fn ask(client: &Client, person: &PersonId, lang: Lang) -> Result<Asked, Fault> {
    let open = Method::ConversationsOpen;
    let answer = client.write(open, None, Urgency::Prompt, &json!({"users": person.as_str()})).await;
    let answer = answer.map_err(|error| error.into_fault(open))?;
    let channel = answer.pointer("/channel/id").and_then(Value::as_str);
    let channel = channel.ok_or_else(|| Fault::later(format!("Slack named no channel for {person}")))?;
    let seal = client.own_key().seal(&words(person, channel));
    let content = trial(lang, format!("{}.{seal}", lang.as_str()));
    let mut body = body(channel, &content);
    body["metadata"] = json!({"event_type": content.event_type, "event_payload": {"delivery": seal}});
    let post = Method::ChatPostMessage;
    let answer = client
        .write(post, Some(channel), Urgency::Prompt, &body)
        .await
        .map_err(|error| error.into_fault(post))?;
    let ts = answer.get("ts").and_then(Value::as_str);
    let ts = ts.ok_or_else(|| Fault::later("Slack chat.postMessage named no ts"))?;
    Ok(Asked { at: Posted { channel: channel.to_owned(), ts: ts.to_owned() }, lang })
}

/// Whether the message lost its button.
pub async fn is_answered(client: &Client, asked: &Asked) -> Result<bool, ApiError> {
    let arguments = [
        ("channel", asked.at.channel.clone()),
        ("oldest", asked.at.ts.clone()),
        ("latest", asked.at.ts.clone()),
        ("inclusive", "true".to_owned()),
        ("limit", "1".to_owned()),
    ];
    let page = client.read(Method::ConversationsHistory, &arguments).await?;
    let message = page.pointer("/messages/0").filter(|message| message["ts"] == asked.at.ts.as_str());
    let blocks = message.and_then(|message| message.get("blocks")).and_then(Value::as_array);
    Ok(blocks.is_some_and(|blocks| blocks.iter().all(|block| block["type"] != "actions")))
}

/// Takes the button away, since nobody waits any more.
pub async fn withdraw(client: &Client, asked: &Asked) -> Result<(), ApiError> {
    end(client, &asked.at, asked.lang, false).await
}

/// Says thank you in place of the question, if the question was ours, for this person, in this place.
pub(super) async fn thank(client: &Client, pressed: &Pressed) {
    let (lang, seal) = pressed.value.split_once('.').unwrap_or_default();
    if !client.own_key().is_seal(seal, &words(&pressed.by, &pressed.at.channel)) {
        tracing::warn!(by = %pressed.by, "a click on a test question that is not ours; ignored");
        return;
    }
    let lang = Lang::parse(lang);
    match timeout(THANKS, end(client, &pressed.at, lang, true)).await {
        Ok(Ok(())) => tracing::info!(by = %pressed.by, "a test question was answered"),
        Ok(Err(error)) => {
            tracing::warn!(by = %pressed.by, code = error.code(), "no thanks for a test answer")
        }
        Err(_) => tracing::warn!(by = %pressed.by, "no thanks for a test answer in time"),
    }
}

async fn end(client: &Client, at: &Posted, lang: Lang, answered: bool) -> Result<(), ApiError> {
    let mut body = body(&at.channel, &trial_end(lang, answered));
    body["ts"] = json!(at.ts);
    client.write_at_once(Method::ChatUpdate, &body).await.map(|_| ())
}

fn body(channel: &str, content: &Content) -> Value {
    json!({"channel": channel, "text": content.text, "blocks": content.blocks, "parse": "none"})
}

/// What the button's value stands for: it says nothing anywhere else, and nothing from anybody else.
fn words<'a>(person: &'a PersonId, channel: &'a str) -> [&'a str; 3] {
    ["trial", person.as_str(), channel]
}
