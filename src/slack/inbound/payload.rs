//! Reads single values out of a payload, leniently: what is missing or of another shape is not there.
//! Never here: what a value means.

use crate::case::owner::PersonId;
use crate::case::prompt::{Choice, Posted, Ticks};
use crate::case::remedy::Remedy;
use crate::slack::escape::clean;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Characters kept of a reason (the form allows as many).
const REASON: usize = 1000;
/// Ids of Slack are far shorter.
const ID: usize = 64;

pub(super) struct Payload<'a>(pub(super) &'a Value);

impl<'a> Payload<'a> {
    fn text(&self, pointer: &str) -> Option<&'a str> {
        self.0.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn kind(&self) -> &'a str {
        self.text("/type").unwrap_or_default()
    }

    pub(super) fn user(&self) -> Option<PersonId> {
        PersonId::parse(self.text("/user/id")?)
    }

    pub(super) fn app(&self) -> Option<&'a str> {
        self.text("/api_app_id")
    }

    pub(super) fn team(&self) -> Option<&'a str> {
        self.text("/team/id")
    }

    pub(super) fn user_team(&self) -> Option<&'a str> {
        self.text("/user/team_id")
    }

    pub(super) fn enterprise(&self) -> Option<&'a str> {
        self.text("/enterprise/id")
    }

    pub(super) fn trigger(&self) -> Option<String> {
        self.text("/trigger_id").filter(|id| id.len() <= 512).map(str::to_owned)
    }

    /// Action id and value of the first button of ours. Menus and boxes have no say of their own.
    pub(super) fn action(&self) -> Option<(&'a str, &'a str)> {
        let actions = self.0.get("actions")?.as_array()?;
        actions.iter().find_map(|action| {
            let id = action.get("action_id")?.as_str()?;
            let ours =
                id.starts_with("vouch.") && !["vouch.remedy", "vouch.facts", "vouch.reason"].contains(&id);
            ours.then(|| (id, action.get("value").and_then(Value::as_str).unwrap_or_default()))
        })
    }

    /// Where the message stands. The container is Slack's word, the rest a copy of it.
    pub(super) fn place(&self) -> Option<Posted> {
        let channel = self.text("/container/channel_id").or(self.text("/channel/id"))?;
        let ts = self.text("/container/message_ts").or(self.text("/message/ts"))?;
        let sane = channel.len() <= ID && ts.len() <= ID;
        sane.then(|| Posted { channel: channel.to_owned(), ts: ts.to_owned() })
    }

    /// What the menu of the message shows.
    pub(super) fn remedy(&self) -> Option<Remedy> {
        self.states("/state/values", "vouch.remedy")
            .find_map(|(_, state)| Remedy::parse(state.pointer("/selected_option/value")?.as_str()?))
    }

    pub(super) fn callback(&self) -> &'a str {
        self.text("/view/callback_id").unwrap_or_default()
    }

    /// Token and language.
    pub(super) fn metadata(&self) -> (&'a str, &'a str) {
        let text = self.text("/view/private_metadata").unwrap_or_default();
        text.split_once(' ').unwrap_or((text, ""))
    }

    pub(super) fn ticks(&self) -> Ticks {
        let mut ticks = Ticks::default();
        for (_, state) in self.states("/view/state/values", "vouch.facts") {
            let options = state.get("selected_options").and_then(Value::as_array);
            for value in options.into_iter().flatten().filter_map(|option| option.get("value")?.as_str()) {
                match value {
                    "call" => ticks.call = true,
                    "time" => ticks.time = true,
                    "source" => ticks.source = true,
                    _ => {}
                }
            }
        }
        ticks
    }

    /// One clean line; empty when there is none.
    pub(super) fn reason(&self) -> String {
        let mut states = self.states("/view/state/values", "vouch.reason");
        let text = states.find_map(|(_, state)| state.get("value")?.as_str());
        clean(text.unwrap_or_default(), REASON)
    }

    /// The block in which this input stands.
    pub(super) fn block_of(&self, action: &str) -> Option<String> {
        let found = self.states("/view/state/values", action).next();
        found.map(|(block, _)| block.to_owned()).filter(|block| block.len() <= 255)
    }

    fn states(&self, pointer: &str, action: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let blocks = self.0.pointer(pointer).and_then(Value::as_object);
        let found: Vec<_> = blocks
            .into_iter()
            .flatten()
            .filter_map(|(block, states)| Some((block.as_str(), states.get(action)?)))
            .collect();
        found.into_iter()
    }

    /// Names a click across deliveries (facts/slack.md 2.4).
    pub(super) fn click_key(&self) -> String {
        let action = self.0.pointer("/actions").and_then(Value::as_array).and_then(|all| {
            all.iter().find(|a| {
                a.get("action_id").and_then(Value::as_str).is_some_and(|id| id.starts_with("vouch."))
            })
        });
        let of = |key: &str| action.and_then(|a| a.get(key)).and_then(Value::as_str).unwrap_or_default();
        let place = self.place();
        let (channel, ts) = place.as_ref().map_or(("", ""), |p| (p.channel.as_str(), p.ts.as_str()));
        // Without its own time a click can only be told from others by its trigger.
        let time = if of("action_ts").is_empty() {
            self.text("/trigger_id").unwrap_or_default()
        } else {
            of("action_ts")
        };
        // The value belongs to it: two forgeries must not hide behind one another, nor before the real click.
        let who = self.text("/user/id").unwrap_or_default();
        digest("click", &[who, channel, ts, of("action_id"), time, of("value")])
    }

    /// Names a submission. View id and hash are not enough: after an error the same dialog, with the same id and
    /// hash, is sent again, and that is another answer. Its contents and its trigger tell it from a redelivery.
    pub(super) fn submission_key(&self, choice: &Choice) -> String {
        let (who, id) =
            (self.text("/user/id").unwrap_or_default(), self.text("/view/id").unwrap_or_default());
        let hash = self.text("/view/hash").unwrap_or_default();
        let trigger = self.text("/trigger_id").unwrap_or_default();
        digest("submission", &[who, id, hash, trigger, self.metadata().0, &format!("{choice:?}")])
    }
}

/// Short, whatever the parts hold; lengths in front keep two different lists apart.
fn digest(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(40);
    format!("slack/{kind}/{hex}")
}
