//! `conversations.history` and `conversations.replies`: paging, time bounds, metadata on request.
//!
//! Never shows ephemeral or deleted messages, and history never shows replies.

use serde_json::{Value, json};

use super::args::Args;
use super::chat::shown;
use super::conversations::readable;
use super::{Answer, Refused};
use crate::rt;
use crate::slack::{Message, State};

const SCOPES: [&str; 3] = ["im:history", "groups:history", "channels:history"];

pub(super) fn history(state: &State, args: &Args) -> Answer {
    let channel = readable(state, args, SCOPES)?;
    if !channel.is_member {
        return Err(Refused::new("not_in_channel"));
    }
    let mut found: Vec<&Message> = visible(state, &channel.id)
        .filter(|message| message.thread_ts.as_ref().is_none_or(|parent| *parent == message.ts))
        .filter(|message| bounded(message, args))
        .collect();
    // Newest first.
    found.reverse();
    page(state, args, &found, 100)
}

pub(super) fn replies(state: &State, args: &Args) -> Answer {
    let channel = readable(state, args, SCOPES)?;
    if !channel.is_member {
        return Err(Refused::new("not_in_channel"));
    }
    let parent = args.need("ts")?;
    if !visible(state, &channel.id).any(|message| message.ts == parent) {
        return Err(Refused::new("thread_not_found"));
    }
    let found: Vec<&Message> = visible(state, &channel.id)
        .filter(|message| {
            message.ts == parent || message.thread_ts.as_deref() == Some(parent) && bounded(message, args)
        })
        .collect();
    page(state, args, &found, 1000)
}

fn visible<'a>(state: &'a State, channel: &'a str) -> impl Iterator<Item = &'a Message> {
    let lag = i64::try_from(state.switches.history_lag_ms).unwrap_or(i64::MAX).saturating_mul(1000);
    let newest = rt::now().as_microsecond().saturating_sub(lag);
    state
        .messages_in(channel)
        .filter(|message| !message.deleted && message.ephemeral_to.is_none())
        .filter(move |message| lag == 0 || micros(&message.ts).is_none_or(|at| at <= newest))
}

fn bounded(message: &Message, args: &Args) -> bool {
    let bound = |key| args.get(key).and_then(|value| micros(value.as_str().unwrap_or(&value.to_string())));
    let Some(at) = micros(&message.ts) else { return false };
    let inclusive = args.flag("inclusive");
    bound("oldest").is_none_or(|oldest| at > oldest || inclusive && at == oldest)
        && bound("latest").is_none_or(|latest| at < latest || inclusive && at == latest)
}

/// A time stamp in microseconds; the fraction may have any number of digits or be absent.
fn micros(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(seconds.parse::<i64>().ok()? * 1_000_000 + fraction.parse::<i64>().ok()?)
}

fn page(state: &State, args: &Args, found: &[&Message], default: usize) -> Answer {
    let limit = args.number("limit").unwrap_or(default);
    if limit == 0 || limit > 999 && args.number("limit").is_some() {
        return Err(Refused::new("invalid_limit"));
    }
    let start = match args.text("cursor") {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("next-")
            .and_then(|at| at.parse::<usize>().ok())
            .ok_or_else(|| Refused::new("invalid_cursor"))?,
    };
    let with_metadata = args.flag("include_all_metadata");
    let messages: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|message| {
            let mut shown = shown(state, message);
            if !with_metadata && let Some(metadata) = shown.get_mut("metadata").and_then(Value::as_object_mut)
            {
                metadata.remove("event_payload");
            }
            shown
        })
        .collect();
    let end = start + messages.len();
    let more = end < found.len();
    let cursor = if more { format!("next-{end}") } else { String::new() };
    Ok(json!({
        "messages": messages,
        "has_more": more,
        "pin_count": 0,
        "response_metadata": { "next_cursor": cursor },
    }))
}
