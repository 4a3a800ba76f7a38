//! `auth.test`, `users.*` and the opening of a socket's address.
//!
//! The socket itself lives in `slack::socket`.

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, Refused};
use crate::rt;
use crate::slack::{Person, State};

pub(super) fn auth_test(state: &State) -> Answer {
    let workspace = &state.workspace;
    Ok(json!({
        "url": "https://sim.slack.com/",
        "team": workspace.team_name,
        "user": workspace.bot_name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "enterprise_id": workspace.enterprise_id,
        "is_enterprise_install": false,
    }))
}

/// A single-use `ws://` address on the host the caller used.
pub(super) fn connections_open(state: &mut State, host: &str) -> Answer {
    let ticket = rt::random_hex(16);
    state.tickets.push(ticket.clone());
    Ok(json!({ "url": format!("ws://{host}/link?ticket={ticket}&app_id={}", state.workspace.app_id) }))
}

pub(super) fn info(state: &State, args: &Args) -> Answer {
    let id = args.text("user").ok_or_else(|| Refused::new("user_not_found"))?;
    let person = state.person(id).ok_or_else(|| Refused::new("user_not_found"))?;
    Ok(json!({ "user": user(state, person, args.flag("include_locale")) }))
}

pub(super) fn lookup(state: &State, args: &Args) -> Answer {
    let email = args.need("email")?;
    let person = state
        .workspace
        .persons
        .iter()
        // Deactivated people are as unknown to this method as those who never were.
        .find(|person| !person.deleted && person.email.eq_ignore_ascii_case(email))
        .ok_or_else(|| Refused::new("users_not_found"))?;
    Ok(json!({ "user": user(state, person, false) }))
}

fn user(state: &State, person: &Person, locale: bool) -> Value {
    let team = if person.team_id.is_empty() { &state.workspace.team_id } else { &person.team_id };
    let mut user = json!({
        "id": person.id,
        "team_id": team,
        "name": person.name,
        "real_name": person.name,
        "deleted": person.deleted,
        "tz": person.tz,
        "profile": { "real_name": person.name, "display_name": person.name, "team": team },
        "is_bot": person.is_bot,
        "is_app_user": false,
        "updated": 1_700_000_000,
    });
    let Some(fields) = user.as_object_mut() else { return user };
    if !person.deleted {
        fields.insert("is_admin".into(), json!(false));
        fields.insert("is_owner".into(), json!(false));
        fields.insert("is_restricted".into(), json!(person.is_restricted));
        fields.insert("is_ultra_restricted".into(), json!(person.is_ultra_restricted));
        fields.insert("is_email_confirmed".into(), json!(true));
    }
    if person.is_stranger {
        fields.insert("is_stranger".into(), json!(true));
    }
    if let Some(id) = &person.enterprise_user_id {
        fields.insert("enterprise_user".into(), json!({ "id": id, "teams": [team] }));
    }
    // External people have no locale.
    if locale && !person.is_stranger {
        fields.insert("locale".into(), json!(person.locale));
    }
    let sees_email = state.workspace.scopes.iter().any(|scope| scope == "users:read.email");
    if sees_email && let Some(profile) = fields.get_mut("profile").and_then(Value::as_object_mut) {
        profile.insert("email".into(), json!(person.email));
    }
    user
}
