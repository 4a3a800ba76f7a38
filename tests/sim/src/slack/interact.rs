//! What people do: click a button, choose from a menu, submit or close a modal.
//!
//! Checks what Slack's own client would check, builds the payload, and applies the answer to the screen.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::payload;
use super::state::{Interaction, Message, OpenView};
use super::{Slack, State, blocks};

/// What a forged or foreign payload says instead of the truth.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forged {
    /// Instead of the workspace's `team.id`.
    pub team_id: Option<String>,
    /// Instead of the person's `user.team_id`.
    pub user_team: Option<String>,
    /// Instead of the app's `api_app_id`.
    pub api_app_id: Option<String>,
}

/// A press on a button of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Click {
    /// Who.
    pub user: String,
    /// `C…` or `D…`
    pub channel: String,
    /// The message.
    pub ts: String,
    /// The button.
    pub action_id: String,
    /// Instead of the button's own value.
    pub value: Option<String>,
    /// Press the button as an older revision showed it; 0 is the first.
    pub revision: Option<usize>,
    /// Menu choices to send along in `state.values`, action id to option value.
    pub picks: BTreeMap<String, String>,
    /// So many deliveries of the same click, with the same `action_ts`; 0 counts as 1.
    pub copies: u32,
    /// Lies in the payload.
    pub forged: Forged,
    /// Send it although this person cannot see the message or it has no such button.
    pub raw: bool,
}

/// A choice in a menu of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choose {
    /// Who.
    pub user: String,
    /// `C…` or `D…`
    pub channel: String,
    /// The message.
    pub ts: String,
    /// The menu.
    pub action_id: String,
    /// The value of the option chosen.
    pub option: String,
}

/// The submission of a modal.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Submit {
    /// Who; someone else than the viewer only with `raw`.
    pub user: String,
    /// `V…`
    pub view_id: String,
    /// Inputs by action id: a text, an option value, or a list of option values.
    pub values: BTreeMap<String, Value>,
    /// So many deliveries of the same submission; 0 counts as 1.
    pub copies: u32,
    /// Lies in the payload.
    pub forged: Forged,
    /// Skip the checks of Slack's client: required inputs, lengths, viewer.
    pub raw: bool,
}

/// Why a person could not do that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such message, or this person cannot see it.
    NoSuchMessage,
    /// The message has no such button, menu or option.
    NoSuchAction(String),
    /// No such modal on this person's screen.
    NoSuchView,
    /// The client marks these blocks and sends nothing.
    Incomplete(BTreeMap<String, String>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Refusal {}

impl Click {
    /// This person presses this button of this message.
    pub fn on(message: &Message, user: &str, action_id: &str) -> Self {
        Self {
            user: user.to_owned(),
            channel: message.channel.clone(),
            ts: message.ts.clone(),
            action_id: action_id.to_owned(),
            ..Self::default()
        }
    }
}

impl Submit {
    /// The viewer submits this modal with these inputs.
    pub fn of(view: &OpenView, values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self {
            user: view.user.clone(),
            view_id: view.id.clone(),
            values: values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            ..Self::default()
        }
    }
}

impl Interaction {
    /// The field errors that came with the acknowledgement, by block.
    pub fn errors(&self) -> BTreeMap<String, String> {
        let errors = self.ack["errors"].as_object();
        errors
            .into_iter()
            .flatten()
            .map(|(block, error)| (block.clone(), error.as_str().unwrap_or_default().to_owned()))
            .collect()
    }
}

impl Slack {
    /// Presses a button and waits for the acknowledgement. With copies, gives the first delivery's end.
    pub async fn click(&self, click: Click) -> Result<Interaction, Refusal> {
        let payload = self.change(|state| click_payload(state, &click))?;
        Ok(self.send_copies(&click.user, payload, click.copies).await)
    }

    /// Chooses from a menu, which tells the app too.
    pub async fn choose(&self, choose: Choose) -> Result<Interaction, Refusal> {
        let payload = self.change(|state| choose_payload(state, &choose))?;
        Ok(self.send_copies(&choose.user, payload, 1).await)
    }

    /// Submits a modal; the answer is applied to the screen.
    pub async fn submit(&self, submit: Submit) -> Result<Interaction, Refusal> {
        let payload = self.change(|state| submit_payload(state, &submit))?;
        let interaction = self.send_copies(&submit.user, payload, submit.copies).await;
        if interaction.acked {
            self.change(|state| answered(state, &submit.view_id, &interaction.ack));
        }
        Ok(interaction)
    }

    /// Closes a modal. The app hears of it only if the view asked for that.
    pub async fn close_view(&self, user: &str, view_id: &str) -> Result<Option<Interaction>, Refusal> {
        let payload = self.change(|state| {
            let at = state.views.iter().position(|open| open.id == view_id && open.user == user);
            let open = at.map(|at| state.views.remove(at)).ok_or(Refusal::NoSuchView)?;
            let tells = open.view["notify_on_close"] == true;
            let forged = Forged::default();
            Ok(tells.then(|| payload::view(state, "view_closed", &open, None, user, &forged)))
        })?;
        match payload {
            Some(payload) => Ok(Some(self.deliver(user, payload).await)),
            None => Ok(None),
        }
    }

    async fn send_copies(&self, user: &str, payload: Value, copies: u32) -> Interaction {
        let more = (1..copies).map(|_| self.deliver(user, payload.clone()));
        let (first, _) = tokio::join!(self.deliver(user, payload.clone()), join_all(more));
        first
    }
}

fn visible(state: &State, user: &str, channel: &str, ts: &str, raw: bool) -> Result<Message, Refusal> {
    let message = state.message(channel, ts).filter(|message| raw || !message.deleted);
    let message = message.ok_or(Refusal::NoSuchMessage)?;
    let other = state.channel(channel).and_then(|channel| channel.user.as_deref());
    let theirs = other.is_none_or(|other| other == user)
        && message.ephemeral_to.as_deref().is_none_or(|only| only == user);
    if raw || theirs { Ok(message.clone()) } else { Err(Refusal::NoSuchMessage) }
}

fn click_payload(state: &mut State, click: &Click) -> Result<Value, Refusal> {
    let message = visible(state, &click.user, &click.channel, &click.ts, click.raw)?;
    let message = payload::at_revision(&message, click.revision);
    let (block_id, button) = match payload::find_action(&message.blocks, &click.action_id) {
        Some(found) => found,
        None if click.raw => ("forged".to_owned(), json!({ "type": "button" })),
        None => return Err(Refusal::NoSuchAction(click.action_id.clone())),
    };
    let mut action = json!({
        "type": button["type"],
        "action_id": click.action_id,
        "block_id": block_id,
        "text": button["text"],
        "action_ts": state.stamp(),
    });
    let value = click.value.as_ref().map(|value| json!(value)).or_else(|| button.get("value").cloned());
    if let Some(value) = value {
        action["value"] = value;
    }
    if let Some(style) = button.get("style") {
        action["style"] = style.clone();
    }
    let mut inputs = picked(state, &click.user, &message);
    inputs.extend(click.picks.iter().map(|(action, value)| (action.clone(), json!(value))));
    Ok(payload::block_actions(state, &click.user, &message, action, &inputs, &click.forged))
}

fn choose_payload(state: &mut State, choose: &Choose) -> Result<Value, Refusal> {
    let message = visible(state, &choose.user, &choose.channel, &choose.ts, false)?;
    let (block_id, menu) = payload::find_action(&message.blocks, &choose.action_id)
        .ok_or_else(|| Refusal::NoSuchAction(choose.action_id.clone()))?;
    let option = payload::options(&menu).find(|option| option["value"] == choose.option);
    let option = option.cloned().ok_or_else(|| Refusal::NoSuchAction(choose.option.clone()))?;
    // An overflow menu forgets what was chosen from it.
    if menu["type"] != "overflow" {
        let key = (choose.user.clone(), choose.channel.clone(), choose.ts.clone(), choose.action_id.clone());
        state.picks.insert(key, choose.option.clone());
    }
    let action = json!({
        "type": menu["type"],
        "action_id": choose.action_id,
        "block_id": block_id,
        "selected_option": option,
        "placeholder": menu["placeholder"],
        "action_ts": state.stamp(),
    });
    let inputs = picked(state, &choose.user, &message);
    Ok(payload::block_actions(state, &choose.user, &message, action, &inputs, &Forged::default()))
}

/// What this person chose in this message's menus so far.
fn picked(state: &State, user: &str, message: &Message) -> BTreeMap<String, Value> {
    let here = |key: &&(String, String, String, String)| {
        key.0 == user && key.1 == message.channel && key.2 == message.ts
    };
    state
        .picks
        .iter()
        .filter(|(key, _)| here(key))
        .map(|(key, value)| (key.3.clone(), json!(value)))
        .collect()
}

fn submit_payload(state: &mut State, submit: &Submit) -> Result<Value, Refusal> {
    let open = state.views.iter().find(|open| open.id == submit.view_id);
    let open =
        open.filter(|open| submit.raw || open.user == submit.user).cloned().ok_or(Refusal::NoSuchView)?;
    if !submit.raw {
        let marks = incomplete(&open, &submit.values);
        if !marks.is_empty() {
            return Err(Refusal::Incomplete(marks));
        }
    }
    Ok(payload::view(state, "view_submission", &open, Some(&submit.values), &submit.user, &submit.forged))
}

/// What Slack's client would not send: required inputs left empty, texts too short or too long.
fn incomplete(open: &OpenView, values: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let blocks = open.view["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut marks = BTreeMap::new();
    for block in blocks.iter().filter(|block| block["type"] == "input") {
        let element = &block["element"];
        let value = values.get(element["action_id"].as_str().unwrap_or_default());
        let Some(state) = payload::element_state(element, value) else { continue };
        let filled = state.as_object().into_iter().flatten().any(|(key, value)| {
            let empty = value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty);
            key != "type" && !empty
        });
        let length = state["value"].as_str().map_or(0, |text| text.encode_utf16().count()) as u64;
        let problem = if !filled && block["optional"] != true {
            "This is a required field"
        } else if filled && element["min_length"].as_u64().is_some_and(|min| length < min) {
            "Too short"
        } else if element["max_length"].as_u64().unwrap_or(3000) < length {
            "Too long"
        } else {
            continue;
        };
        marks.insert(block["block_id"].as_str().unwrap_or_default().to_owned(), problem.to_owned());
    }
    marks
}

/// Applies a `response_action` to the screen.
fn answered(state: &mut State, view_id: &str, ack: &Value) {
    let Some(at) = state.views.iter().position(|open| open.id == view_id) else { return };
    match ack["response_action"].as_str() {
        Some("errors") => {
            let errors = ack["errors"].as_object().into_iter().flatten();
            let errors =
                errors.map(|(block, text)| (block.clone(), text.as_str().unwrap_or_default().to_owned()));
            if let Some(open) = state.views.get_mut(at) {
                open.errors = errors.collect();
            }
        }
        Some("update") if blocks::view(&ack["view"]).is_empty() => {
            let view = super::api::filled(state, view_id, &ack["view"]);
            if let Some(open) = state.views.get_mut(at) {
                open.view = view;
                open.errors.clear();
            }
        }
        Some("clear") => {
            let user = state.views.get(at).map(|open| open.user.clone());
            state.views.retain(|open| Some(&open.user) != user.as_ref());
        }
        Some(_) | None => {
            state.views.remove(at);
        }
    }
}
