//! The one door for payloads, whichever way they came: understood, committed, and only then acknowledged.
//! Never here: sockets, HTTP, signatures.

use super::ack::AckPayload;
use super::client::Client;
use super::inbound::{Inbound, inbound};
use super::token::TokenKey;
use super::trial;
use crate::case::owner::PersonId;
use crate::inbox::{Inbox, NotCommitted};
use serde_json::Value;
use std::sync::Arc;

/// Who may act as a responder, asked at each click.
pub type Responders = Arc<dyn Fn() -> Vec<PersonId> + Send + Sync>;

/// Shared by all sockets, or by the HTTP route.
pub struct Door {
    client: Arc<Client>,
    key: TokenKey,
    inbox: Inbox,
    responders: Responders,
}

impl Door {
    pub fn new(client: Arc<Client>, key: TokenKey, inbox: Inbox, responders: Responders) -> Self {
        Self { client, key, inbox, responders }
    }

    /// Returns when what was said is safe. On an error nothing must be acknowledged: the person sees that the
    /// click failed and presses again, or Slack delivers it again.
    pub async fn handle(&self, payload: &Value) -> Result<AckPayload, NotCommitted> {
        let us = match self.client.identity().await {
            Ok(us) => us,
            Err(error) => {
                // Without knowing who we are, nobody can be told from a stranger.
                tracing::warn!(code = error.code(), "a payload was not taken: auth.test does not answer");
                return Err(NotCommitted);
            }
        };
        match inbound(payload, us, &self.key, &(self.responders)()) {
            Inbound::Ignore => Ok(AckPayload::default()),
            Inbound::Trial(pressed) => {
                trial::thank(&self.client, &pressed).await;
                Ok(AckPayload::default())
            }
            Inbound::Event { input, form } => {
                let answer = self.inbox.send(*input).await?;
                Ok(AckPayload::of(&answer, form.as_ref()))
            }
        }
    }
}
