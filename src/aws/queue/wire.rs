//! The five calls to SQS, each with a time limit, and their errors in our words.
//! Never here: retries of a receive, or what is in a message.

use crate::aws::call::{CallObserver, CallResult, DENIED};
use crate::ports::Fault;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName, QueueAttributeName,
};
use aws_sdk_sqs::{Client, Config};
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

/// What we need to know about the queue itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// How long a received message stays hidden; at least 2 s.
    pub(super) visibility: Duration,
    /// Whether there is a dead-letter queue. `None`: not known yet.
    pub(super) redrive: Option<bool>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { visibility: Duration::from_secs(30), redrive: None }
    }
}

pub(super) struct Wire {
    client: Client,
    url: String,
    pub(super) observer: CallObserver,
}

/// For every call; a receive has its long poll on top.
const LIMIT: Duration = Duration::from_secs(10);

impl Wire {
    pub(super) fn new(client: Client, url: String) -> Self {
        Self { client, url, observer: CallObserver::silent() }
    }

    /// Up to ten messages, or none after `wait` seconds.
    pub(super) async fn receive(&self, wait: i32) -> Result<Vec<Message>, Fault> {
        let call = self.client.receive_message().queue_url(&self.url);
        let call = call.max_number_of_messages(10).wait_time_seconds(wait);
        let call = call
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let limit = LIMIT + Duration::from_secs(u64::from(wait.unsigned_abs()));
        // The client's own limit is shorter than a long poll: every quiet minute would look like an outage.
        let patient = TimeoutConfig::builder().operation_timeout(limit).build();
        let call = call.customize().config_override(Config::builder().timeout_config(patient));
        let answer = self.within("ReceiveMessage", limit, call.send()).await?;
        Ok(answer.messages.unwrap_or_default())
    }

    pub(super) async fn shape(&self) -> Result<Shape, Fault> {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let call = call
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .attribute_names(QueueAttributeName::VisibilityTimeout);
        let answer = self.within("GetQueueAttributes", LIMIT, call.send()).await?;
        let attributes = answer.attributes.unwrap_or_default();
        let seconds = attributes.get(&QueueAttributeName::VisibilityTimeout).and_then(|s| s.parse().ok());
        let redrive = attributes.get(&QueueAttributeName::RedrivePolicy);
        Ok(Shape {
            visibility: Duration::from_secs(seconds.unwrap_or(30_u64).max(2)),
            redrive: Some(redrive.is_some_and(|policy| policy.contains("deadLetterTargetArn"))),
        })
    }

    /// Hides the messages for another `visibility` from now on.
    pub(super) async fn extend(&self, messages: &[&Message], visibility: Duration) -> Result<(), Fault> {
        let seconds = i32::try_from(visibility.as_secs()).unwrap_or(i32::MAX);
        let entries = messages.iter().enumerate().map(|(at, message)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(message.receipt_handle().unwrap_or_default())
                .visibility_timeout(seconds)
                .build()
        });
        let entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(unbuilt)?;
        if entries.is_empty() {
            return Ok(());
        }
        let call = self.client.change_message_visibility_batch().queue_url(&self.url);
        let call = call.set_entries(Some(entries)).send();
        let answer = self.within("ChangeMessageVisibilityBatch", LIMIT, call).await?;
        match answer.failed().first() {
            Some(failed) => Err(self.fault("ChangeMessageVisibilityBatch", failed.code(), failed.message())),
            None => Ok(()),
        }
    }

    /// What could not be deleted is tried once more.
    pub(super) async fn delete(&self, messages: &[&Message]) -> Result<(), Fault> {
        if messages.is_empty() {
            return Ok(());
        }
        match self.delete_once(messages).await {
            Ok(failed) if failed.is_empty() => Ok(()),
            Ok(failed) => self.delete_last(&failed).await,
            Err(_) => self.delete_last(messages).await,
        }
    }

    async fn delete_last(&self, messages: &[&Message]) -> Result<(), Fault> {
        let failed = self.delete_once(messages).await?;
        if failed.is_empty() {
            return Ok(());
        }
        Err(self.fault(
            "DeleteMessageBatch",
            "",
            Some(&format!("{} messages were not deleted", failed.len())),
        ))
    }

    /// Those that were not deleted.
    async fn delete_once<'a>(&self, messages: &[&'a Message]) -> Result<Vec<&'a Message>, Fault> {
        let entries = messages.iter().enumerate().map(|(at, message)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(message.receipt_handle().unwrap_or_default())
                .build()
        });
        let entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(unbuilt)?;
        let call = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = self.within("DeleteMessageBatch", LIMIT, call.send()).await?;
        let failed = answer.failed().iter().filter_map(|entry| entry.id().parse::<usize>().ok());
        Ok(failed.filter_map(|at| messages.get(at).copied()).collect())
    }

    async fn within<T, E, R>(
        &self,
        call: &'static str,
        limit: Duration,
        sent: impl Future<Output = Result<T, SdkError<E, R>>>,
    ) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        let (code, message) = match timeout(limit, sent).await {
            Ok(Ok(answer)) => {
                self.observer.hear("sqs", call, CallResult::Ok);
                return Ok(answer);
            }
            Ok(Err(error)) => match error.as_service_error() {
                Some(said) => (said.code().unwrap_or_default().to_owned(), whole(said.message(), said)),
                None => (String::new(), chain(&error)),
            },
            Err(_) => (String::new(), format!("no answer within {} s", limit.as_secs())),
        };
        let fault = self.fault(call, &code, Some(&message));
        self.observer.hear("sqs", call, result_of(&code, &fault));
        Err(fault)
    }

    /// The URL names account and Region.
    fn fault(&self, call: &str, code: &str, message: Option<&str>) -> Fault {
        let colon = if code.is_empty() { "" } else { ": " };
        let cause = format!("{call} on {}: {code}{colon}{}", self.url, message.unwrap_or("no reason given"));
        let refused = REFUSALS.iter().any(|refusal| code.contains(refusal));
        if refused { Fault::never(cause) } else { Fault::later(cause) }
    }
}

/// Errors that go away only when somebody changes something (SQS API reference, common errors).
const REFUSALS: [&str; 9] = [
    "AccessDenied",
    "NonExistentQueue",
    "QueueDoesNotExist",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidAddress",
    "UnrecognizedClient",
    "SignatureDoesNotMatch",
    "OptInRequired",
];

fn result_of(code: &str, fault: &Fault) -> CallResult {
    let says = |codes: &[&str]| codes.iter().any(|known| code.contains(known));
    match fault {
        Fault::Later { .. } => CallResult::Later,
        Fault::Never { .. } if says(&MISSING) => CallResult::Missing,
        Fault::Never { .. } if says(&DENIED) => CallResult::Denied,
        Fault::Never { .. } => CallResult::Refused,
    }
}

const MISSING: [&str; 2] = ["NonExistentQueue", "QueueDoesNotExist"];

/// How often the message was received, this time included; 0 when the queue does not say.
pub(super) fn receives(message: &Message) -> u32 {
    attribute(message, &MessageSystemAttributeName::ApproximateReceiveCount).unwrap_or(0)
}

/// When the message was sent, in milliseconds since 1970.
pub(super) fn sent_at(message: &Message) -> Option<i64> {
    attribute(message, &MessageSystemAttributeName::SentTimestamp)
}

fn attribute<T: std::str::FromStr>(message: &Message, name: &MessageSystemAttributeName) -> Option<T> {
    message.attributes()?.get(name)?.parse().ok()
}

fn unbuilt(error: BuildError) -> Fault {
    Fault::never(error.to_string())
}

fn whole(message: Option<&str>, error: &dyn Error) -> String {
    message.map_or_else(|| chain(error), str::to_owned)
}

/// The error with what caused it, once each.
fn chain(error: &dyn Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        next = cause.source();
    }
    words.join(": ")
}
