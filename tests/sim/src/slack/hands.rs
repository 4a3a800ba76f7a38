//! What a test says to the handle in one line: plan a fault, add a person, wait for a message.
//!
//! Everything here is a short way to say something that [`super::State`] or [`super::Slack::wait_for`] can do.

use std::fmt;
use std::time::Duration;

use super::{Message, OpenView, Person, Slack, Switches};
use crate::fault::{Fault, Planned};
use crate::record::Request;

/// Nothing fitting happened in time. Its `Debug` form tells what did happen.
pub struct TimedOut {
    waited: Duration,
    seen: String,
}

impl TimedOut {
    pub(crate) fn new(waited: Duration, slack: &Slack) -> Self {
        let seen = slack.peek(|state| {
            let mut seen = format!("{} sockets; messages:", state.connected());
            for message in &state.messages {
                let text: String = message.text.chars().take(120).collect();
                seen += &format!("\n  {} {} edits={} {text:?}", message.channel, message.ts, message.edits);
            }
            seen += "\nlast requests:";
            let requests: Vec<_> = state.requests.all().collect();
            for request in requests.iter().rev().take(20).rev() {
                seen += &format!("\n  {} {} {}", request.n, request.method, request.outcome);
            }
            seen
        });
        Self { waited, seen }
    }
}

impl fmt::Debug for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing fitting within {:?}; {}", self.waited, self.seen)
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for TimedOut {}

impl Slack {
    /// Plans a fault for the next `times` calls of a method (`*`: any); see [`crate::fault`].
    pub fn fault(&self, on: &str, fault: Fault, times: u32) {
        self.plan(Planned { on: on.to_owned(), fault, times: Some(times), skip: 0, saying: String::new() });
    }

    /// Plans a fault with every detail.
    pub fn plan(&self, planned: Planned) {
        self.change(|state| state.faults.plan(planned));
    }

    /// Forgets the faults of a method, or all.
    pub fn clear_faults(&self, on: Option<&str>) {
        self.change(|state| state.faults.clear(on));
    }

    /// Turns behaviours on and off.
    pub fn switch(&self, set: impl FnOnce(&mut Switches)) {
        self.change(|state| set(&mut state.switches));
    }

    /// Adds a person, or replaces the one of that id.
    pub fn put_person(&self, person: Person) {
        self.change(|state| {
            state.workspace.persons.retain(|known| known.id != person.id);
            state.workspace.persons.push(person);
        });
    }

    /// The requests of one method so far.
    pub fn requests(&self, method: &str) -> Vec<Request> {
        self.peek(|state| state.requests.of(method))
    }

    /// Every request so far, oldest first.
    pub fn all_requests(&self) -> Vec<Request> {
        self.peek(|state| state.requests.all().cloned().collect())
    }

    /// The messages of a channel, or of the direct messages with a person (`U…`), oldest first.
    pub fn messages(&self, place: &str) -> Vec<Message> {
        self.peek(|state| state.messages_in(place).cloned().collect())
    }

    /// The message at this place.
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        self.peek(|state| state.message(channel, ts).cloned())
    }

    /// The modals on this person's screen, the top one last.
    pub fn views(&self, user: &str) -> Vec<OpenView> {
        self.peek(|state| state.views.iter().filter(|view| view.user == user).cloned().collect())
    }

    /// A person writes something by hand. Gives the message's `ts`.
    pub fn say(&self, user: &str, channel: &str, text: &str, thread_ts: Option<&str>) -> String {
        self.change(|state| {
            let ts = state.stamp();
            state.messages.push(Message {
                channel: channel.to_owned(),
                ts: ts.clone(),
                thread_ts: thread_ts.map(str::to_owned),
                user: user.to_owned(),
                text: text.to_owned(),
                ..Message::default()
            });
            ts
        })
    }

    /// A message vanishes, by hand or by retention.
    pub fn delete(&self, channel: &str, ts: &str) {
        self.change(|state| {
            for message in &mut state.messages {
                message.deleted |= message.channel == channel && message.ts == ts;
            }
        });
    }

    /// Waits for the first message in a channel, or in the direct messages with a person (`U…`), that fits.
    pub async fn wait_message(
        &self,
        place: &str,
        timeout: Duration,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message, TimedOut> {
        self.wait_for(timeout, |state| state.messages_in(place).find(|message| fits(message)).cloned()).await
    }

    /// Waits until so many sockets are connected.
    pub async fn wait_sockets(&self, count: usize, timeout: Duration) -> Result<(), TimedOut> {
        self.wait_for(timeout, |state| (state.connected() == count).then_some(())).await
    }

    /// Waits until this person sees a modal; gives the top one.
    pub async fn wait_view(&self, user: &str, timeout: Duration) -> Result<OpenView, TimedOut> {
        self.wait_for(timeout, |state| state.views.iter().rev().find(|view| view.user == user).cloned()).await
    }

    /// Waits until a method was called so often in all; gives the last of these calls.
    pub async fn wait_request(
        &self,
        method: &str,
        count: usize,
        timeout: Duration,
    ) -> Result<Request, TimedOut> {
        self.wait_for(timeout, |state| state.requests.of(method).get(count.checked_sub(1)?).cloned()).await
    }
}
