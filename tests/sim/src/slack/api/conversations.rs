//! `conversations.open` and `conversations.info`, and which scope a kind of channel needs.
//!
//! Reading messages lives in `history`.

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, Refused, need_scope};
use crate::slack::{Channel, State};

pub(super) fn open(state: &mut State, args: &Args) -> Answer {
    let users = args.need("users")?.to_owned();
    let Some(person) = state.person(&users) else { return Err(Refused::new("user_not_found")) };
    if person.deleted {
        return Err(Refused::new("user_disabled"));
    }
    if person.is_stranger {
        return Err(Refused::new("user_not_visible"));
    }
    let known = state.direct(&users).map(|im| im.id.clone());
    let id = match known.clone() {
        Some(id) => id,
        None if args.flag("prevent_creation") => return Err(Refused::new("channel_not_found")),
        None => state.open_direct(&users),
    };
    let mut answer = json!({ "channel": { "id": id } });
    if known.is_some() {
        answer["already_open"] = json!(true);
        answer["no_op"] = json!(true);
    }
    Ok(answer)
}

pub(super) fn info(state: &State, args: &Args) -> Answer {
    let channel = readable(state, args, ["im:read", "groups:read", "channels:read"])?;
    Ok(json!({ "channel": shown(channel) }))
}

/// The channel named by the arguments, if the token may read this kind: [direct, private, public].
pub(super) fn readable<'a>(state: &'a State, args: &Args, scopes: [&str; 3]) -> Result<&'a Channel, Refused> {
    let id = args.text("channel").unwrap_or_default();
    let channel = state.channel(id);
    let [direct, private, public] = scopes;
    let scope = match channel {
        Some(channel) if channel.is_im() => direct,
        Some(channel) if channel.is_private => private,
        Some(_) | None => public,
    };
    match channel {
        Some(channel) if channel.is_member || !channel.is_private => {
            need_scope(state, &[scope])?;
            Ok(channel)
        }
        Some(_) | None => Err(Refused::new("channel_not_found")),
    }
}

fn shown(channel: &Channel) -> Value {
    if let Some(user) = &channel.user {
        return json!({ "id": channel.id, "is_im": true, "user": user, "is_org_shared": false });
    }
    json!({
        "id": channel.id,
        "name": channel.name,
        "is_channel": true,
        "is_group": false,
        "is_im": false,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": channel.is_member,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": false,
    })
}
