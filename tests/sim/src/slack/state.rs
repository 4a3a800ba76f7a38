//! What the make-believe Slack remembers. It outlives any restart of the app under test.
//!
//! Plain data and look-ups. Protocol rules (who may call what, what is too long) never live here.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::limits::Limits;
use super::socket::Order;
use super::stage::Stage;
use super::workspace::{Channel, Person, Workspace};
use crate::fault::Book;
use crate::record::Recorder;
use crate::rt;

/// A message as it is now, with what it was before.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Message {
    /// `C…` or `D…`
    pub channel: String,
    /// Identity within the channel.
    pub ts: String,
    /// The parent, for a reply.
    pub thread_ts: Option<String>,
    /// Who wrote it.
    pub user: String,
    /// Whether the bot wrote it.
    pub by_bot: bool,
    /// Top-level text.
    pub text: String,
    /// Blocks, each with a `block_id`.
    pub blocks: Vec<Value>,
    /// `{event_type, event_payload}`
    pub metadata: Option<Value>,
    /// How often it was updated.
    pub edits: u32,
    /// What it was before each update, oldest first.
    pub revisions: Vec<Revision>,
    /// Whether it was deleted; kept for the test's eyes.
    pub deleted: bool,
    /// For an ephemeral message, the only person who sees it.
    pub ephemeral_to: Option<String>,
}

/// An older state of a message.
#[derive(Clone, Debug, Serialize)]
pub struct Revision {
    /// Top-level text then.
    pub text: String,
    /// Blocks then.
    pub blocks: Vec<Value>,
    /// Metadata then.
    pub metadata: Option<Value>,
}

/// A modal on somebody's screen.
#[derive(Clone, Debug, Serialize)]
pub struct OpenView {
    /// `V…`
    pub id: String,
    /// Who sees it.
    pub user: String,
    /// The view as the API returns it.
    pub view: Value,
    /// Errors shown after the last submission, by block.
    pub errors: BTreeMap<String, String>,
}

/// One thing a person did and what came back.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Interaction {
    /// Counts up from 1.
    pub n: u64,
    /// `block_actions`, `view_submission` or `view_closed`.
    pub kind: String,
    /// Who did it.
    pub user: String,
    /// What the app was sent.
    pub payload: Value,
    /// Whether an acknowledgement came in time, and one that Slack accepts.
    pub acked: bool,
    /// What came with it: a `response_action`, or null.
    pub ack: Value,
    /// Milliseconds until the acknowledgement, or until the user was shown an error.
    pub took_ms: u64,
    /// Why the user was shown an error, if so.
    pub error: Option<String>,
}

/// Behaviours that a test or the sandbox turns on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Enforce the rate limits.
    pub rate_limits: bool,
    /// Send envelopes that were never acknowledged again, to the next socket that connects.
    pub redeliver: bool,
    /// Answer 503 to new sockets.
    pub refuse_sockets: bool,
    /// `invalid_auth` for everything, as after a revoked token.
    pub revoked: bool,
    /// `team: null` in payloads, as for an app installed for a whole organisation.
    pub null_team: bool,
    /// For so many deliveries, the acknowledgement is lost and the socket drops.
    pub lose_acks: u32,
    /// For so many deliveries, the socket drops right after the envelope was written.
    pub drop_on_delivery: u32,
    /// So many deliveries are sent twice with the same envelope id.
    pub duplicate_envelopes: u32,
    /// Milliseconds until a message shows up in `conversations.history` and `.replies`.
    pub history_lag_ms: u64,
    /// Milliseconds the app has for an acknowledgement.
    pub ack_within_ms: u64,
    /// Milliseconds a `trigger_id` lives.
    pub trigger_life_ms: u64,
    /// Milliseconds between pings to the app.
    pub ping_every_ms: u64,
    /// Seconds by which Slack's clock, as the `Date` of its answers tells it, is ahead of ours.
    pub clock_ahead: i64,
    /// Send interactions to this address, signed, instead of over sockets.
    pub request_url: Option<String>,
    /// The secret that signs them.
    pub signing_secret: String,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            rate_limits: false,
            redeliver: false,
            refuse_sockets: false,
            revoked: false,
            null_team: false,
            lose_acks: 0,
            drop_on_delivery: 0,
            duplicate_envelopes: 0,
            history_lag_ms: 0,
            ack_within_ms: 3_000,
            trigger_life_ms: 3_000,
            ping_every_ms: 5_000,
            clock_ahead: 0,
            request_url: None,
            signing_secret: "sim-signing-secret".into(),
        }
    }
}

pub(crate) struct Trigger {
    pub(crate) user: String,
    pub(crate) made: Instant,
    pub(crate) used: bool,
}

pub(crate) struct Socket {
    pub(crate) id: u64,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

pub(crate) struct Pending {
    pub(crate) envelope: Value,
    pub(crate) socket: u64,
    pub(crate) attempt: u32,
    pub(crate) answer: Option<oneshot::Sender<Value>>,
}

/// Everything remembered. Tests see it inside [`super::Slack::wait_for`] and [`super::Slack::peek`].
pub struct State {
    /// The workspace with persons and channels as they are now.
    pub workspace: Workspace,
    /// Every message ever posted, ephemeral and deleted ones included, in order of posting.
    pub messages: Vec<Message>,
    /// Modals on screens.
    pub views: Vec<OpenView>,
    /// What people did.
    pub interactions: Vec<Interaction>,
    /// Requests to the Web API.
    pub requests: Recorder,
    /// Faults still to happen.
    pub faults: Book,
    /// Behaviours turned on.
    pub switches: Switches,
    /// Bodies posted to `/webhook/NAME`, with that name.
    pub webhooks: Vec<(String, Value)>,
    /// Envelope ids as acknowledged, in order of arrival; one may come twice.
    pub acks: Vec<String>,
    /// How many sockets ever said hello.
    pub hellos: u64,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) tickets: Vec<String>,
    pub(crate) triggers: HashMap<String, Trigger>,
    pub(crate) pending: HashMap<String, Pending>,
    /// What each person picked in menus: (user, channel, ts, action) to option value.
    pub(crate) picks: HashMap<(String, String, String, String), String>,
    pub(crate) limits: Limits,
    pub(crate) stage: Stage,
    last_ts: i64,
    counter: u64,
}

impl State {
    pub(crate) fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            messages: Vec::new(),
            views: Vec::new(),
            interactions: Vec::new(),
            requests: Recorder::default(),
            faults: Book::default(),
            switches: Switches::default(),
            webhooks: Vec::new(),
            acks: Vec::new(),
            hellos: 0,
            sockets: Vec::new(),
            tickets: Vec::new(),
            triggers: HashMap::new(),
            pending: HashMap::new(),
            picks: HashMap::new(),
            limits: Limits::default(),
            stage: Stage::default(),
            last_ts: 0,
            counter: 0,
        }
    }

    /// How many sockets are connected, as far as Slack knows.
    pub fn connected(&self) -> usize {
        self.sockets.len()
    }

    /// How many envelopes still want an acknowledgement.
    pub fn unacked(&self) -> usize {
        self.pending.len()
    }

    /// The message at this place.
    pub fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.channel == channel && message.ts == ts)
    }

    /// The messages of a channel, or of the direct messages with a person (`U…`), oldest first.
    pub fn messages_in<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a Message> {
        let channel = self.direct(place).map_or(place, |im| im.id.as_str());
        self.messages.iter().filter(move |message| message.channel == channel)
    }

    /// The person of this id.
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.workspace.persons.iter().find(|person| person.id == id)
    }

    /// The channel of this id.
    pub fn channel(&self, id: &str) -> Option<&Channel> {
        self.workspace.channels.iter().find(|channel| channel.id == id)
    }

    /// The direct messages with this person, if opened.
    pub fn direct(&self, user: &str) -> Option<&Channel> {
        self.workspace.channels.iter().find(|channel| channel.user.as_deref() == Some(user))
    }

    pub(crate) fn open_direct(&mut self, user: &str) -> String {
        if let Some(im) = self.direct(user) {
            return im.id.clone();
        }
        let id = format!("D{}", user.get(1..).unwrap_or_default());
        let im =
            Channel { id: id.clone(), is_private: true, user: Some(user.to_owned()), ..Channel::default() };
        self.workspace.channels.push(im);
        id
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A fresh time stamp in Slack's form, later than any given out before.
    pub(crate) fn stamp(&mut self) -> String {
        self.last_ts = rt::now().as_microsecond().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    pub(crate) fn trigger(&mut self, user: &str) -> String {
        let id = format!("{}.{}.{}", self.next(), self.workspace.team_id, rt::random_hex(8));
        self.triggers
            .insert(id.clone(), Trigger { user: user.to_owned(), made: Instant::now(), used: false });
        id
    }

    /// Gives every block that lacks one a `block_id`, as Slack does on receipt.
    pub(crate) fn name_blocks(&mut self, blocks: &[Value]) -> Vec<Value> {
        let mut named = blocks.to_vec();
        for block in &mut named {
            if let Some(block) = block.as_object_mut()
                && !block.contains_key("block_id")
            {
                block.insert("block_id".into(), json!(format!("b{}", self.next())));
            }
        }
        named
    }
}
