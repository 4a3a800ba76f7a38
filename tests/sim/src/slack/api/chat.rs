//! `chat.*`: posting, updating, ephemeral notes and permalinks.
//!
//! What blocks may hold lives in `slack::blocks`.

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, Refused};
use crate::slack::state::Revision;
use crate::slack::{Message, State, blocks};

/// Longer texts are cut off by `chat.postMessage`.
const POST_TEXT: usize = 40_000;
/// Longer texts are refused by `chat.update`.
const UPDATE_TEXT: usize = 4_000;
/// Slack does not publish its bound on metadata; this one is on the strict side of what has been reported.
const METADATA_BYTES: usize = 8_000;

pub(super) fn post(state: &mut State, args: &Args) -> Answer {
    let channel = destination(state, args.need("channel")?)?;
    let content = content(args)?;
    let thread_ts = thread(state, &channel, args)?;
    let message = Message {
        ts: state.stamp(),
        channel,
        thread_ts,
        user: state.workspace.bot_user.clone(),
        by_bot: true,
        text: content.text.unwrap_or_default().chars().take(POST_TEXT).collect(),
        blocks: state.name_blocks(&content.blocks.unwrap_or_default()),
        metadata: content.metadata,
        ..Message::default()
    };
    let answer = json!({ "channel": message.channel, "ts": message.ts, "message": shown(state, &message) });
    state.messages.push(message);
    Ok(answer)
}

pub(super) fn update(state: &mut State, args: &Args) -> Answer {
    let id = args.need("channel")?;
    let ts = args.need("ts")?;
    // A user id is no channel here, unlike for chat.postMessage.
    if state.channel(id).is_none() {
        return Err(Refused::new("channel_not_found"));
    }
    let content = content(args)?;
    if content.text.as_ref().is_some_and(|text| text.encode_utf16().count() > UPDATE_TEXT) {
        return Err(Refused::new("msg_too_long"));
    }
    let named = content.blocks.map(|blocks| state.name_blocks(&blocks));
    let message = state
        .messages
        .iter_mut()
        .find(|message| message.channel == id && message.ts == ts)
        .filter(|message| !message.deleted && message.ephemeral_to.is_none())
        .ok_or_else(|| Refused::new("message_not_found"))?;
    if !message.by_bot {
        return Err(Refused::new("cant_update_message"));
    }
    message.revisions.push(Revision {
        text: message.text.clone(),
        blocks: message.blocks.clone(),
        metadata: message.metadata.clone(),
    });
    message.edits += 1;
    message.blocks = match (named, &content.text) {
        (Some(blocks), _) => blocks,
        // Text alone takes the blocks away.
        (None, Some(_)) => Vec::new(),
        (None, None) => message.blocks.clone(),
    };
    if let Some(text) = content.text {
        message.text = text;
    }
    if content.metadata.is_some() {
        message.metadata = content.metadata;
    }
    let message = message.clone();
    Ok(json!({
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": shown(state, &message),
    }))
}

pub(super) fn ephemeral(state: &mut State, args: &Args) -> Answer {
    let user = args.need("user")?.to_owned();
    let channel = args.need("channel")?.to_owned();
    let Some(place) = state.channel(&channel) else { return Err(Refused::new("channel_not_found")) };
    if !place.is_member {
        return Err(Refused::new("not_in_channel"));
    }
    let here = place.user.as_ref().is_none_or(|other| *other == user);
    if !here || state.person(&user).is_none_or(|person| person.deleted) {
        return Err(Refused::new("user_not_in_channel"));
    }
    let content = content(args)?;
    let message = Message {
        ts: state.stamp(),
        channel,
        thread_ts: args.text("thread_ts").map(str::to_owned),
        user: state.workspace.bot_user.clone(),
        by_bot: true,
        text: content.text.unwrap_or_default(),
        blocks: state.name_blocks(&content.blocks.unwrap_or_default()),
        ephemeral_to: Some(user),
        ..Message::default()
    };
    let answer = json!({ "message_ts": message.ts });
    state.messages.push(message);
    Ok(answer)
}

pub(super) fn permalink(state: &State, args: &Args) -> Answer {
    let channel = args.need("channel")?;
    let ts = args.need("message_ts")?;
    if state.channel(channel).is_none() {
        return Err(Refused::new("channel_not_found"));
    }
    if state.message(channel, ts).is_none_or(|message| message.deleted) {
        return Err(Refused::new("message_not_found"));
    }
    let link = format!("https://sim.slack.com/archives/{channel}/p{}", ts.replace('.', ""));
    Ok(json!({ "channel": channel, "permalink": link }))
}

/// A message as the API shows it.
pub(crate) fn shown(state: &State, message: &Message) -> Value {
    let mut shown = json!({
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": state.workspace.team_id,
    });
    if message.by_bot {
        shown["bot_id"] = json!(state.workspace.bot_id);
        shown["app_id"] = json!(state.workspace.app_id);
        shown["blocks"] = json!(message.blocks);
    }
    if let Some(thread_ts) = &message.thread_ts {
        shown["thread_ts"] = json!(thread_ts);
        shown["parent_user_id"] = json!(state.workspace.bot_user);
    }
    if let Some(metadata) = &message.metadata {
        shown["metadata"] = metadata.clone();
    }
    if message.edits > 0 && message.blocks.is_empty() {
        shown["edited"] = json!({ "user": state.workspace.bot_user, "ts": message.ts });
    }
    shown
}

/// Where to post: a channel the bot is in, or the direct messages with a person, opened if need be.
fn destination(state: &mut State, id: &str) -> Result<String, Refused> {
    if state.person(id).is_some() {
        // A deactivated person still has a history to post into.
        return Ok(state.open_direct(id));
    }
    let channel = state.channel(id).ok_or_else(|| Refused::new("channel_not_found"))?;
    if channel.is_archived {
        return Err(Refused::new("is_archived"));
    }
    if !channel.is_member {
        return Err(Refused::new("not_in_channel"));
    }
    Ok(channel.id.clone())
}

fn thread(state: &State, channel: &str, args: &Args) -> Result<Option<String>, Refused> {
    let Some(ts) = args.text("thread_ts") else { return Ok(None) };
    let parent = state.message(channel, ts).ok_or_else(|| Refused::new("thread_not_found"))?;
    if parent.thread_ts.as_ref().is_some_and(|grandparent| *grandparent != parent.ts) {
        return Err(Refused::new("cannot_reply_to_message"));
    }
    Ok(Some(ts.to_owned()))
}

struct Content {
    text: Option<String>,
    blocks: Option<Vec<Value>>,
    metadata: Option<Value>,
}

fn content(args: &Args) -> Result<Content, Refused> {
    let text = args.text("text").map(str::to_owned);
    let given = args.get("blocks").map(|value| value.as_array().cloned());
    let given = match given {
        Some(None) => return Err(Refused::new("invalid_blocks_format")),
        Some(given) => given,
        None => None,
    };
    let has_blocks = given.as_ref().is_some_and(|given| !given.is_empty());
    if text.is_none() && !has_blocks && args.get("metadata").is_none() {
        return Err(Refused::new("no_text"));
    }
    if let Some(given) = &given {
        let problems = blocks::message(given);
        if !problems.is_empty() {
            let refused = Refused::new("invalid_blocks").with("errors", json!(problems));
            return Err(refused.because(&problems));
        }
        if blocks::text_length(given) > blocks::MESSAGE_TEXT {
            return Err(Refused::new("msg_blocks_too_long"));
        }
    }
    let metadata = args.get("metadata").cloned();
    if let Some(metadata) = &metadata {
        check_metadata(metadata)?;
    }
    Ok(Content { text, blocks: given, metadata })
}

fn check_metadata(metadata: &Value) -> Result<(), Refused> {
    if metadata.to_string().len() > METADATA_BYTES {
        return Err(Refused::new("metadata_too_large"));
    }
    let snake = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let Some(payload) = metadata["event_payload"].as_object() else {
        return Err(Refused::new("invalid_metadata_format"));
    };
    let known = metadata
        .as_object()
        .is_some_and(|keys| keys.keys().all(|key| key == "event_type" || key == "event_payload"));
    if !known || !metadata["event_type"].as_str().is_some_and(snake) || !payload.keys().all(|key| snake(key))
    {
        return Err(Refused::new("invalid_metadata_format"));
    }
    if payload.values().any(|value| !(value.is_string() || value.is_number() || value.is_boolean())) {
        return Err(Refused::new("invalid_metadata_schema"));
    }
    Ok(())
}
