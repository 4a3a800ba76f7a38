//! Messages out: posts, edits, whispers and dialogs, in the words of the ports.
//! Never here: words, blocks, retries, or which message is due.

mod reconcile;

use self::reconcile::Look;
use super::blocks::{Content, Rendered, render};
use super::client::Client;
use super::client::error::ApiError;
use super::client::method::Method;
use super::escape;
use super::texts::Lang;
use super::token::TokenKey;
use crate::case::effect::Destination;
use crate::case::message::Urgency;
use crate::case::owner::PersonId;
use crate::case::prompt::Posted;
use crate::config::{self, Language};
use crate::ports::{Delivery, Fault, Messenger};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Slack, as a place where messages stand.
pub struct SlackMessenger {
    client: Arc<Client>,
    key: TokenKey,
    language: Language,
    channel: String,
    /// The direct messages with each person, once opened: their ids do not change.
    directs: Mutex<HashMap<PersonId, String>>,
    /// Deliveries of which every try so far certainly stored nothing: there is nothing to look for.
    unsent: Mutex<HashSet<String>>,
    second_look: Duration,
}

/// Slack's history may be a little behind: what is not there at once is looked for again after this
/// (facts/slack.md 1.5).
const SECOND_LOOK: Duration = Duration::from_secs(3);
/// Deliveries remembered before the memory starts anew; looking in vain does no harm.
const MOST_UNSENT: usize = 10_000;

/// Where a post goes, in Slack's terms.
struct Address {
    channel: String,
    thread: Option<String>,
}

impl SlackMessenger {
    pub fn new(client: Arc<Client>, key: TokenKey, settings: &config::Slack, language: Language) -> Self {
        let channel = settings.security_channel.clone();
        let (directs, unsent) = (Mutex::default(), Mutex::default());
        Self { client, key, language, channel, directs, unsent, second_look: SECOND_LOOK }
    }

    /// For tests, which do not want to wait.
    #[must_use]
    pub fn with_second_look(self, after: Duration) -> Self {
        Self { second_look: after, ..self }
    }

    /// Notes whether this try may have left something behind. Only a delivery of which all tries are known can be
    /// called unsent.
    fn remember(&self, id: &str, maybe_sent: bool, stored_nothing: bool) {
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        let clean = !maybe_sent || unsent.contains(id);
        if clean && stored_nothing {
            if unsent.len() >= MOST_UNSENT {
                unsent.clear();
            }
            unsent.insert(id.to_owned());
        } else {
            unsent.remove(id);
        }
    }

    fn is_unsent(&self, id: &str) -> bool {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// An earlier try of this delivery, looked for twice.
    async fn earlier(&self, address: &Address, delivery: &Delivery) -> Result<Option<Posted>, Fault> {
        match self.find(address, delivery).await? {
            Look::Found(posted) => return Ok(Some(posted)),
            Look::Blind => return Ok(None),
            Look::Nothing => tokio::time::sleep(self.second_look).await,
        }
        match self.find(address, delivery).await? {
            Look::Found(posted) => Ok(Some(posted)),
            Look::Blind | Look::Nothing => Ok(None),
        }
    }

    fn lang(&self, delivery: &Delivery) -> Lang {
        Lang::choose(self.language, &delivery.locale)
    }

    fn content(&self, delivery: &Delivery) -> Result<Content, Fault> {
        match render(delivery, &self.key, self.lang(delivery)) {
            Rendered::Message(content) => Ok(content),
            Rendered::View(_) => Err(Fault::never("A dialog was to be sent as a message.")),
        }
    }

    async fn address(&self, to: &Destination, urgency: Urgency) -> Result<Address, Fault> {
        Ok(match to {
            Destination::Person { person } => {
                Address { channel: self.direct(person, urgency).await?, thread: None }
            }
            Destination::Channel => Address { channel: self.channel.clone(), thread: None },
            Destination::Thread { parent, .. } => {
                Address { channel: parent.channel.clone(), thread: Some(parent.ts.clone()) }
            }
        })
    }

    /// Opened rather than posted to the user's id: this way Slack says that somebody is deactivated, and the
    /// history can be read.
    async fn direct(&self, person: &PersonId, urgency: Urgency) -> Result<String, Fault> {
        let known = self.directs.lock().unwrap_or_else(PoisonError::into_inner).get(person).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let method = Method::ConversationsOpen;
        let body = json!({"users": person.as_str()});
        let answer =
            self.client.write(method, None, urgency, &body).await.map_err(|e| e.into_fault(method))?;
        let id = answer.pointer("/channel/id").and_then(Value::as_str).ok_or_else(|| {
            Fault::later(format!("Slack {} named no channel for {person}", method.as_str()))
        })?;
        let mut directs = self.directs.lock().unwrap_or_else(PoisonError::into_inner);
        directs.insert(person.clone(), id.to_owned());
        Ok(id.to_owned())
    }

    async fn send(
        &self,
        address: &Address,
        delivery: &Delivery,
        content: &Content,
    ) -> Result<Posted, ApiError> {
        let id = self.key.delivery_id(&delivery.subject, delivery.no);
        let mut body = json!({
            "channel": address.channel,
            "text": content.text,
            "blocks": content.blocks,
            "metadata": {"event_type": content.event_type, "event_payload": {"delivery": id}},
            "parse": "none",
            "unfurl_links": false,
            "unfurl_media": false,
        });
        if let Some(thread) = &address.thread {
            body["thread_ts"] = json!(thread);
        }
        let (method, channel) = (Method::ChatPostMessage, Some(address.channel.as_str()));
        let urgency = delivery.message.urgency();
        let answer = match self.client.write(method, channel, urgency, &body).await {
            Err(ApiError::Content { code, messages }) => {
                tracing::error!(%code, ?messages, "Slack did not take our blocks; the text is sent alone");
                plain_fallback(self.lang(delivery), content, &mut body);
                if code.contains("metadata") {
                    drop_key(&mut body, "metadata");
                }
                self.client.write(method, channel, urgency, &body).await?
            }
            other => other?,
        };
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        match (text("channel"), text("ts")) {
            (Some(channel), Some(ts)) => Ok(Posted { channel, ts }),
            (channel, Some(ts)) => Ok(Posted { channel: channel.unwrap_or(address.channel.clone()), ts }),
            (_, None) => Err(ApiError::Ambiguous("no ts in answer".to_owned())),
        }
    }
}

#[async_trait]
impl Messenger for SlackMessenger {
    async fn post(&self, to: &Destination, delivery: &Delivery) -> Result<Posted, Fault> {
        let content = self.content(delivery)?;
        let id = self.key.delivery_id(&delivery.subject, delivery.no);
        let address = self
            .address(to, delivery.message.urgency())
            .await
            .inspect_err(|_| self.remember(&id, delivery.maybe_sent, true))?;
        if delivery.maybe_sent
            && !self.is_unsent(&id)
            && let Some(posted) = self.earlier(&address, delivery).await?
        {
            return Ok(posted);
        }
        let sent = self.send(&address, delivery, &content).await;
        self.remember(&id, delivery.maybe_sent, sent.as_ref().is_err_and(ApiError::stored_nothing));
        if let (Err(ApiError::Gone(_)), Destination::Person { person }) = (&sent, to) {
            // Whatever is wrong there, it is looked up anew next time.
            self.directs.lock().unwrap_or_else(PoisonError::into_inner).remove(person);
        }
        sent.map_err(|error| error.into_fault(Method::ChatPostMessage))
    }

    async fn update(&self, at: &Posted, delivery: &Delivery) -> Result<(), Fault> {
        let content = self.content(delivery)?;
        // Metadata that is left out stays as it was: the message keeps the id of the delivery that posted it.
        let mut body = json!({
            "channel": at.channel,
            "ts": at.ts,
            "text": content.text,
            "blocks": content.blocks,
            "parse": "none",
        });
        let method = Method::ChatUpdate;
        let urgency = Urgency::Repaint;
        let result = match self.client.write(method, None, urgency, &body).await {
            Err(ApiError::Content { code, messages }) => {
                tracing::error!(%code, ?messages, "Slack did not take our blocks; the text is sent alone");
                plain_fallback(self.lang(delivery), &content, &mut body);
                self.client.write(method, None, urgency, &body).await
            }
            other => other,
        };
        result.map(|_| ()).map_err(|error| error.into_fault(method))
    }

    async fn whisper(&self, at: &Posted, to: &PersonId, delivery: &Delivery) -> Result<(), Fault> {
        let content = self.content(delivery)?;
        let body = json!({
            "channel": at.channel,
            "user": to.as_str(),
            "text": content.text,
            "blocks": content.blocks,
            "parse": "none",
        });
        let method = Method::ChatPostEphemeral;
        let result = self.client.write(method, None, Urgency::Prompt, &body).await;
        result.map(|_| ()).map_err(|error| error.into_fault(method))
    }

    async fn open_view(&self, trigger: &str, delivery: &Delivery) -> Result<(), Fault> {
        let Rendered::View(view) = render(delivery, &self.key, self.lang(delivery)) else {
            return Err(Fault::never("A message was to be opened as a dialog."));
        };
        let method = Method::ViewsOpen;
        let body = json!({"trigger_id": trigger, "view": view});
        let result = self.client.write_at_once(method, &body).await;
        result.map(|_| ()).map_err(|error| error.into_fault(method))
    }
}

/// The text says everything; what is missing then are the buttons, and that is said.
fn plain_fallback(lang: Lang, content: &Content, body: &mut Value) {
    // An empty list takes away blocks that stood there before.
    body["blocks"] = json!([]);
    if content.interactive {
        let text = format!("{} {}", content.text, lang.words().no_buttons());
        body["text"] = json!(escape::fit(&text, 3500));
    }
}

fn drop_key(body: &mut Value, key: &str) {
    if let Some(body) = body.as_object_mut() {
        body.remove(key);
    }
}
