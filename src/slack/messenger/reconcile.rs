//! Looks whether an earlier try of a post got through, by the delivery id in its metadata (facts/slack.md 1.5).
//! Never here: waiting between looks, or the decision that a look is needed.

use super::{Address, SlackMessenger};
use crate::case::prompt::Posted;
use crate::ports::{Delivery, Fault};
use crate::slack::client::Identity;
use crate::slack::client::error::ApiError;
use crate::slack::client::method::Method;
use jiff::SignedDuration;
use serde_json::Value;

/// Our clock and Slack's may differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// Messages asked for at once; Slack allows 999 and advises 200.
const PAGE: usize = 200;
/// A place busier than this cannot be searched.
const PAGES: usize = 50;

/// What a look gave.
pub(super) enum Look {
    Found(Posted),
    /// Not there, or not there yet.
    Nothing,
    /// We may not read there: a duplicate is harmless then.
    Blind,
}

impl SlackMessenger {
    /// One look at all pages.
    pub(super) async fn find(&self, address: &Address, delivery: &Delivery) -> Result<Look, Fault> {
        let us = self.client.identity().await.map_err(|error| error.into_fault(Method::AuthTest))?;
        let id = self.key.delivery_id(&delivery.subject, delivery.no);
        let oldest = delivery.since.checked_sub(MARGIN).unwrap_or(delivery.since);
        let mut arguments = vec![
            ("channel", address.channel.clone()),
            ("oldest", format!("{}.000000", oldest.as_second().max(0))),
            ("inclusive", "true".to_owned()),
            ("include_all_metadata", "true".to_owned()),
            ("limit", PAGE.to_string()),
        ];
        let method = match &address.thread {
            Some(ts) => {
                arguments.push(("ts", ts.clone()));
                Method::ConversationsReplies
            }
            None => Method::ConversationsHistory,
        };
        let fixed = arguments.len();
        for _ in 0..PAGES {
            let page = match self.client.read(method, &arguments).await {
                Ok(page) => page,
                Err(ApiError::Config(code))
                    if ["missing_scope", "no_permission"].contains(&code.as_str()) =>
                {
                    tracing::warn!(method = method.as_str(), %code, "cannot look for an earlier post; posting again");
                    return Ok(Look::Blind);
                }
                Err(error) => return Err(error.into_fault(method)),
            };
            let messages = page.get("messages").and_then(Value::as_array);
            let ours = messages.into_iter().flatten().find(|message| is_ours(message, us, &id));
            if let Some(ts) = ours.and_then(|message| message.get("ts")).and_then(Value::as_str) {
                return Ok(Look::Found(Posted { channel: address.channel.clone(), ts: ts.to_owned() }));
            }
            let next =
                page.pointer("/response_metadata/next_cursor").and_then(Value::as_str).unwrap_or_default();
            if next.is_empty() {
                return Ok(Look::Nothing);
            }
            arguments.truncate(fixed);
            arguments.push(("cursor", next.to_owned()));
        }
        Err(Fault::later(format!("Slack {}: too many messages to look through", method.as_str())))
    }
}

/// Both: from our app, and of this delivery. Anybody could copy the id; nobody else can post as us.
fn is_ours(message: &Value, us: &Identity, id: &str) -> bool {
    let text = |key: &str| message.get(key).and_then(Value::as_str);
    let by_bot = text("bot_id").is_some() && text("bot_id") == us.bot.as_deref();
    let by_app = text("app_id").is_some() && text("app_id") == us.app.as_deref();
    let delivery = message.pointer("/metadata/event_payload/delivery").and_then(Value::as_str);
    (by_bot || by_app) && delivery == Some(id)
}
