//! What the app is told of an interaction: `block_actions`, `view_submission`, `view_closed`, and `state.values`.
//!
//! Builds JSON from the state; sending it lives in `deliver`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::api::shown;
use super::interact::Forged;
use super::state::{Message, OpenView, Revision, State};
use crate::rt;

/// What a message says now, or said at an older revision.
pub(crate) fn at_revision(message: &Message, revision: Option<usize>) -> Message {
    let old: Option<&Revision> = revision.and_then(|n| message.revisions.get(n));
    let mut message = message.clone();
    if let Some(old) = old {
        message.text.clone_from(&old.text);
        message.blocks.clone_from(&old.blocks);
    }
    message
}

/// The element with this action id, and its block's id.
pub(crate) fn find_action(blocks: &[Value], action_id: &str) -> Option<(String, Value)> {
    elements(blocks)
        .find(|(_, element)| element["action_id"] == action_id)
        .map(|(block, element)| (block.to_owned(), element.clone()))
}

/// Every element that can be acted on, with its block's id.
pub(crate) fn elements(blocks: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    blocks.iter().flat_map(|block| {
        let id = block["block_id"].as_str().unwrap_or_default();
        let row = block["elements"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
        row.chain(block.get("accessory")).chain(block.get("element")).map(move |element| (id, element))
    })
}

/// The options of a menu, those in groups included.
pub(crate) fn options(menu: &Value) -> impl Iterator<Item = &Value> {
    let groups = menu["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    menu["options"].as_array().into_iter().flatten().chain(grouped)
}

/// The state of one element, given what the person put in: null, a text, or a list of option values.
pub(crate) fn element_state(element: &Value, input: Option<&Value>) -> Option<Value> {
    let kind = element["type"].as_str()?;
    let chosen = |wanted: &Value| {
        let option = options(element).find(|option| option["value"] == *wanted);
        // A value that was never offered can only come from a forged client.
        option.cloned().or_else(|| wanted.as_str().map(forged_option)).unwrap_or(Value::Null)
    };
    Some(match kind {
        "plain_text_input" => {
            let value = input.or_else(|| element.get("initial_value")).cloned().unwrap_or(Value::Null);
            json!({ "type": kind, "value": value })
        }
        "static_select" | "radio_buttons" => {
            let selected = match input {
                Some(value) => chosen(value),
                None => element.get("initial_option").cloned().unwrap_or(Value::Null),
            };
            json!({ "type": kind, "selected_option": selected })
        }
        "checkboxes" => {
            let selected = match input.and_then(Value::as_array) {
                Some(values) => values.iter().map(chosen).collect(),
                None => element["initial_options"].as_array().cloned().unwrap_or_default(),
            };
            json!({ "type": kind, "selected_options": selected })
        }
        "users_select" => json!({ "type": kind, "selected_user": input }),
        "datepicker" => json!({ "type": kind, "selected_date": input }),
        _ => return None,
    })
}

fn forged_option(value: &str) -> Value {
    json!({ "text": { "type": "plain_text", "text": value, "emoji": true }, "value": value })
}

/// `state.values` of these blocks, with inputs by action id.
pub(crate) fn state_values(blocks: &[Value], inputs: &BTreeMap<String, Value>) -> Value {
    let mut values: Map<String, Value> = Map::new();
    for (block, element) in elements(blocks) {
        let action = element["action_id"].as_str().unwrap_or_default();
        if let Some(state) = element_state(element, inputs.get(action))
            && let Some(row) = values.entry(block).or_insert_with(|| json!({})).as_object_mut()
        {
            row.insert(action.to_owned(), state);
        }
    }
    Value::Object(values)
}

/// What every payload has: who, from where, to which app.
fn common(state: &State, kind: &str, user: &str, forged: &Forged) -> Map<String, Value> {
    let workspace = &state.workspace;
    let person = state.person(user);
    let home = person.map(|person| person.team_id.as_str()).filter(|team| !team.is_empty());
    let user_team = forged.user_team.as_deref().or(home).unwrap_or(&workspace.team_id);
    let name = person.map_or("unknown", |person| person.name.as_str());
    let team = forged.team_id.as_deref().unwrap_or(&workspace.team_id);
    let team = if state.switches.null_team { Value::Null } else { json!({ "id": team, "domain": "sim" }) };
    let enterprise = workspace.enterprise_id.as_ref().map(|id| json!({ "id": id, "name": "Sim Org" }));
    let fields = json!({
        "type": kind,
        "user": { "id": user, "username": name, "name": name, "team_id": user_team },
        "api_app_id": forged.api_app_id.as_deref().unwrap_or(&workspace.app_id),
        "token": "deprecated-verification-token",
        "team": team,
        "enterprise": enterprise,
        "is_enterprise_install": state.switches.null_team,
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// A `block_actions` payload for an element of a message.
pub(crate) fn block_actions(
    state: &mut State,
    user: &str,
    message: &Message,
    action: Value,
    inputs: &BTreeMap<String, Value>,
    forged: &Forged,
) -> Value {
    let mut payload = common(state, "block_actions", user, forged);
    let name = match state.channel(&message.channel) {
        Some(channel) if channel.is_im() => "directmessage".to_owned(),
        Some(channel) => channel.name.clone(),
        None => String::new(),
    };
    let ephemeral = message.ephemeral_to.is_some();
    let mut container = json!({
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    });
    if let Some(thread_ts) = &message.thread_ts {
        container["thread_ts"] = json!(thread_ts);
    }
    payload.insert("container".into(), container);
    payload.insert("trigger_id".into(), json!(state.trigger(user)));
    payload.insert("channel".into(), json!({ "id": message.channel, "name": name }));
    if !ephemeral {
        payload.insert("message".into(), shown(state, message));
    }
    payload.insert("state".into(), json!({ "values": state_values(&message.blocks, inputs) }));
    let url =
        format!("https://hooks.slack.invalid/actions/{}/{}", state.workspace.team_id, rt::random_hex(8));
    payload.insert("response_url".into(), json!(url));
    payload.insert("hash".into(), json!(rt::random_hex(8)));
    payload.insert("actions".into(), json!([action]));
    Value::Object(payload)
}

/// A `view_submission` or `view_closed` payload.
pub(crate) fn view(
    state: &mut State,
    kind: &str,
    open: &OpenView,
    inputs: Option<&BTreeMap<String, Value>>,
    user: &str,
    forged: &Forged,
) -> Value {
    let mut payload = common(state, kind, user, forged);
    let mut view = open.view.clone();
    match inputs {
        Some(inputs) => {
            let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
            view["state"] = json!({ "values": state_values(&blocks, inputs) });
            payload.insert("trigger_id".into(), json!(state.trigger(user)));
            payload.insert("response_urls".into(), json!([]));
        }
        None => {
            payload.insert("is_cleared".into(), json!(false));
        }
    }
    payload.insert("view".into(), view);
    Value::Object(payload)
}
