//! What people in a story see and do in Slack.
//! Never here: what should come of it.

use super::house::{House, PATIENCE, SECURITY};
use serde_json::{Value, json};
use sim::slack::{Choose, Click, Interaction, Message, OpenView, Submit};
use std::collections::BTreeMap;

/// Whether a message of ours is of this `event_type`.
pub(crate) fn is(message: &Message, event_type: &str) -> bool {
    message.metadata.as_ref().is_some_and(|data| data["event_type"] == event_type)
}

/// Every element one can act on.
pub(crate) fn elements(message: &Message) -> Vec<Value> {
    let of = |block: &Value| {
        let row = block["elements"].as_array().cloned().unwrap_or_default();
        row.into_iter().chain(block.get("accessory").cloned())
    };
    message.blocks.iter().flat_map(of).filter(|element| element["action_id"].is_string()).collect()
}

pub(crate) fn has(message: &Message, action: &str) -> bool {
    elements(message).iter().any(|element| element["action_id"] == action)
}

/// Everything a message says, text and blocks.
pub(crate) fn says(message: &Message, words: &str) -> bool {
    message.text.contains(words) || json!(message.blocks).to_string().contains(words)
}

impl House {
    /// The first message in a place that fits; fails the story with everything that is known otherwise.
    pub(crate) async fn message(&self, what: &str, place: &str, fits: impl Fn(&Message) -> bool) -> Message {
        match self.slack.wait_message(place, PATIENCE, |m| !m.deleted && fits(m)).await {
            Ok(message) => message,
            Err(_) => self.fail(&format!("{what} does not come")),
        }
    }

    /// The newest question to this person, once it has buttons.
    pub(crate) async fn prompt_for(&self, person: &str) -> Message {
        self.message(&format!("a prompt for {person}"), person, |m| {
            is(m, "vouch_prompt") && has(m, "vouch.not_mine")
        })
        .await
    }

    /// Every question to this person, open or not.
    pub(crate) fn prompts(&self, person: &str) -> Vec<Message> {
        self.slack.messages(person).into_iter().filter(|m| is(m, "vouch_prompt")).collect()
    }

    /// The case's card, once it has this button.
    pub(crate) async fn card_with(&self, action: &str) -> Message {
        self.message(&format!("a card with {action}"), SECURITY, |m| has(m, action)).await
    }

    /// The newest card of a case.
    pub(crate) async fn card(&self) -> Message {
        self.message("a card", SECURITY, |m| is(m, "vouch_card") && says(m, &self.account.accused.user)).await
    }

    /// A line in somebody's direct messages or in the channel that says this.
    pub(crate) async fn told(&self, place: &str, words: &str) -> Message {
        self.message(&format!("{words:?} in {place}"), place, |m| says(m, words)).await
    }

    /// A note to the person in the thread of their prompt.
    pub(crate) async fn note_for(&self, person: &str, words: &str) -> Message {
        self.message(&format!("a note {words:?} for {person}"), person, |m| {
            m.thread_ts.is_some() && says(m, words)
        })
        .await
    }

    /// The message as it is now.
    pub(crate) fn now(&self, message: &Message) -> Message {
        self.slack.message(&message.channel, &message.ts).expect("the message is there")
    }

    /// Waits until the message has changed as wanted.
    pub(crate) async fn becomes(
        &self,
        what: &str,
        message: &Message,
        fits: impl Fn(&Message) -> bool,
    ) -> Message {
        let (channel, ts) = (&message.channel, &message.ts);
        let seen = self.slack.wait_for(PATIENCE, |s| {
            s.messages.iter().find(|m| m.channel == *channel && m.ts == *ts && fits(m)).cloned()
        });
        match seen.await {
            Ok(message) => message,
            Err(_) => self.fail(&format!("the message does not become {what}")),
        }
    }

    /// The buttons are gone: the question is settled.
    pub(crate) async fn settled(&self, message: &Message) -> Message {
        self.becomes("settled", message, |m| elements(m).is_empty()).await
    }

    /// A press that Slack acknowledged in time.
    pub(crate) async fn click(&self, message: &Message, person: &str, action: &str) -> Interaction {
        self.send(Click::on(message, person, action)).await
    }

    /// The same with lies in it, or with menu choices.
    pub(crate) async fn send(&self, click: Click) -> Interaction {
        let interaction = match self.slack.click(click.clone()).await {
            Ok(interaction) => interaction,
            Err(refusal) => self.fail(&format!("{click:?} cannot be made: {refusal}")),
        };
        if !interaction.acked {
            self.fail(&format!("{click:?} was not acknowledged: {:?}", interaction.error));
        }
        interaction
    }

    /// Chooses from the remedy menu.
    pub(crate) async fn choose(&self, message: &Message, person: &str, option: &str) -> Interaction {
        let choose = Choose {
            user: person.to_owned(),
            channel: message.channel.clone(),
            ts: message.ts.clone(),
            action_id: "vouch.remedy".to_owned(),
            option: option.to_owned(),
        };
        match self.slack.choose(choose).await {
            Ok(interaction) => interaction,
            Err(refusal) => self.fail(&format!("{option} cannot be chosen: {refusal}")),
        }
    }

    /// Presses a button that opens a modal; gives the modal.
    pub(crate) async fn open(&self, message: &Message, person: &str, action: &str) -> OpenView {
        self.click(message, person, action).await;
        match self.slack.wait_view(person, PATIENCE).await {
            Ok(view) => view,
            Err(_) => self.fail(&format!("no modal opens for {person}")),
        }
    }

    /// Submits the modal behind *It was me*.
    pub(crate) async fn submit(&self, view: &OpenView, facts: &[&str], reason: &str) -> Interaction {
        let values = [("vouch.facts", json!(facts)), ("vouch.reason", json!(reason))];
        self.hand_in(Submit::of(view, values)).await
    }

    pub(crate) async fn hand_in(&self, submit: Submit) -> Interaction {
        match self.slack.submit(submit.clone()).await {
            Ok(interaction) if interaction.acked => interaction,
            Ok(interaction) => {
                self.fail(&format!("{submit:?} was not acknowledged: {:?}", interaction.error))
            }
            Err(refusal) => self.fail(&format!("{submit:?} cannot be made: {refusal}")),
        }
    }

    /// What only this person sees, and only now.
    pub(crate) async fn whisper_to(&self, person: &str) -> Message {
        let seen = self.slack.wait_for(PATIENCE, |s| {
            s.messages.iter().rev().find(|m| m.ephemeral_to.as_deref() == Some(person)).cloned()
        });
        match seen.await {
            Ok(message) => message,
            Err(_) => self.fail(&format!("{person} is not told that it did not count")),
        }
    }

    /// A click with a menu choice that goes with it.
    pub(crate) fn picking(message: &Message, person: &str, action: &str, remedy: &str) -> Click {
        let picks = BTreeMap::from([("vouch.remedy".to_owned(), remedy.to_owned())]);
        Click { picks, ..Click::on(message, person, action) }
    }
}
