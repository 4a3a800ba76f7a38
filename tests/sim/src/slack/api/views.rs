//! `views.open`, `views.update` and `blocks.validate`: modals, the tickets that open them, and their hashes.
//!
//! What happens when a person submits one lives in `slack::interact`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, Refused};
use crate::rt;
use crate::slack::state::OpenView;
use crate::slack::{State, blocks};

/// Bytes of a view as JSON.
const VIEW_BYTES: usize = 250_000;

pub(super) fn open(state: &mut State, args: &Args) -> Answer {
    let trigger_id = args.need("trigger_id")?;
    let life = Duration::from_millis(state.switches.trigger_life_ms);
    let trigger = state.triggers.get_mut(trigger_id).ok_or_else(|| Refused::new("invalid_trigger_id"))?;
    if trigger.used {
        return Err(Refused::new("exchanged_trigger_id"));
    }
    if trigger.made.elapsed() > life {
        return Err(Refused::new("expired_trigger_id"));
    }
    let user = trigger.user.clone();
    let given = checked(args)?;
    let external = given["external_id"].as_str().unwrap_or_default();
    if !external.is_empty() && state.views.iter().any(|open| open.view["external_id"] == external) {
        return Err(Refused::new("duplicate_external_id"));
    }
    if let Some(trigger) = state.triggers.get_mut(trigger_id) {
        trigger.used = true;
    }
    let id = format!("V0SIM{}", state.next());
    let view = filled(state, &id, &given);
    state.views.push(OpenView { id, user, view: view.clone(), errors: BTreeMap::new() });
    Ok(json!({ "view": view }))
}

pub(super) fn update(state: &mut State, args: &Args) -> Answer {
    let by_id = args.text("view_id");
    let by_external = args.text("external_id");
    if by_id.is_none() && by_external.is_none() {
        args.need("view_id")?;
    }
    let at = state
        .views
        .iter()
        .position(|open| match by_id {
            Some(id) => open.id == id,
            None => open.view["external_id"].as_str() == by_external,
        })
        .ok_or_else(|| Refused::new("not_found"))?;
    let open = state.views.get(at).ok_or_else(|| Refused::new("not_found"))?;
    if args.text("hash").is_some_and(|hash| open.view["hash"] != hash) {
        return Err(Refused::new("hash_conflict"));
    }
    let id = open.id.clone();
    let given = checked(args)?;
    let view = filled(state, &id, &given);
    if let Some(open) = state.views.get_mut(at) {
        open.view = view.clone();
        open.errors.clear();
    }
    Ok(json!({ "view": view }))
}

pub(super) fn validate(args: &Args) -> Answer {
    let problems = match (args.get("view"), args.get("blocks").or_else(|| args.get("message"))) {
        (Some(view), _) => blocks::view(view),
        (None, Some(given)) => {
            let given = given.get("blocks").unwrap_or(given);
            given
                .as_array()
                .map_or_else(|| vec!["[ERROR] must be an array".to_owned()], |all| blocks::message(all))
        }
        (None, None) => return Err(Refused::new("invalid_arguments")),
    };
    if problems.is_empty() {
        return Ok(json!({}));
    }
    Err(Refused::new("invalid_blocks").with("errors", json!(problems)).because(&problems))
}

fn checked(args: &Args) -> Result<Value, Refused> {
    let given = args.get("view").filter(|view| view.is_object());
    let given = given.ok_or_else(|| {
        Refused::new("invalid_arguments").because(&["[ERROR] missing required field: view".to_owned()])
    })?;
    if given.to_string().len() > VIEW_BYTES {
        return Err(Refused::new("view_too_large"));
    }
    let problems = blocks::view(given);
    if problems.is_empty() {
        return Ok(given.clone());
    }
    Err(Refused::new("invalid_arguments").because(&problems))
}

/// A view as the API returns it: what was given, and the fields Slack adds.
pub(crate) fn filled(state: &mut State, id: &str, given: &Value) -> Value {
    let named = state.name_blocks(given["blocks"].as_array().map(Vec::as_slice).unwrap_or_default());
    let or_empty = |key: &str| given.get(key).cloned().unwrap_or(json!(""));
    let or_null = |key: &str| given.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "id": id,
        "team_id": state.workspace.team_id,
        "type": "modal",
        "blocks": named,
        "private_metadata": or_empty("private_metadata"),
        "callback_id": or_empty("callback_id"),
        "state": { "values": {} },
        "hash": format!("{}.{}", rt::now().as_second(), rt::random_hex(4)),
        "title": or_null("title"),
        "clear_on_close": given["clear_on_close"].as_bool().unwrap_or(false),
        "notify_on_close": given["notify_on_close"].as_bool().unwrap_or(false),
        "close": or_null("close"),
        "submit": or_null("submit"),
        "previous_view_id": null,
        "root_view_id": id,
        "app_id": state.workspace.app_id,
        "external_id": or_empty("external_id"),
        "app_installed_team_id": state.workspace.team_id,
        "bot_id": state.workspace.bot_id,
    })
}
