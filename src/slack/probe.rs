//! Questions about the workspace itself, for `vouch check`: what the security channel is.
//! Never here: what follows from an answer, or words to the operator.

use super::client::Client;
use super::client::error::ApiError;
use super::client::method::Method;
use serde_json::Value;

/// A channel as `conversations.info` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub name: String,
    pub is_private: bool,
    /// Whether our bot was invited.
    pub is_member: bool,
    pub is_archived: bool,
    /// People of another organisation see it, or are about to.
    pub is_shared_outside: bool,
}

pub async fn room(client: &Client, channel: &str) -> Result<Room, ApiError> {
    let answer = client.read(Method::ConversationsInfo, &[("channel", channel.to_owned())]).await?;
    let room = answer.get("channel").unwrap_or(&Value::Null);
    // What is not said is not so, but for a group of the old kind: it is always private.
    let is = |key: &str| room.get(key).and_then(Value::as_bool).unwrap_or(false);
    Ok(Room {
        name: room.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        is_private: is("is_private") || is("is_group"),
        is_member: is("is_member"),
        is_archived: is("is_archived"),
        is_shared_outside: is("is_ext_shared") || is("is_pending_ext_shared"),
    })
}
