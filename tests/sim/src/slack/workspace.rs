//! Who and what the make-believe workspace holds at the start: team, app, tokens, scopes, persons, channels.
//!
//! Read from a JSON file by the binary, built in code by tests. What happens later (messages, views, sockets)
//! never lives here.

use serde::{Deserialize, Serialize};

/// The workspace. Absent keys take the values of [`Workspace::default`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workspace {
    /// `T…`
    pub team_id: String,
    /// Shown by `auth.test`.
    pub team_name: String,
    /// `E…` when the workspace belongs to an enterprise organisation.
    pub enterprise_id: Option<String>,
    /// `A…`
    pub app_id: String,
    /// `B…`
    pub bot_id: String,
    /// `U…` of the bot.
    pub bot_user: String,
    /// Name of the bot's user.
    pub bot_name: String,
    /// `xoxb-…`
    pub bot_token: String,
    /// `xapp-…`
    pub app_token: String,
    /// Scopes of the bot token.
    pub scopes: Vec<String>,
    /// Everyone known at the start.
    pub persons: Vec<Person>,
    /// Every channel known at the start; direct messages are opened later.
    pub channels: Vec<Channel>,
    /// Seconds a socket lives, as `hello` says; it is refreshed then.
    pub approximate_connection_time: u64,
}

/// One person as `users.info` tells of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// `U…` or `W…`
    pub id: String,
    /// Short name.
    pub name: String,
    /// Shown with the scope `users:read.email`.
    pub email: String,
    /// Such as `en-US`.
    pub locale: String,
    /// IANA zone name.
    pub tz: String,
    /// Deactivated.
    pub deleted: bool,
    /// A bot.
    pub is_bot: bool,
    /// Multi-channel guest.
    pub is_restricted: bool,
    /// Single-channel guest.
    pub is_ultra_restricted: bool,
    /// From another organisation, seen through a shared channel.
    pub is_stranger: bool,
    /// Home team; empty: this workspace.
    pub team_id: String,
    /// Organisation-wide id, if it differs from `id`.
    pub enterprise_user_id: Option<String>,
}

/// One channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// `C…`, `G…`, or `D…` for a direct message.
    pub id: String,
    /// Without the `#`.
    pub name: String,
    /// Needs the `groups:` scopes.
    pub is_private: bool,
    /// Shared with another organisation.
    pub is_ext_shared: bool,
    /// Posting is refused.
    pub is_archived: bool,
    /// Whether the bot was invited.
    pub is_member: bool,
    /// The other side of a direct message.
    pub user: Option<String>,
}

impl Person {
    /// An ordinary member of the workspace.
    pub fn new(id: &str, name: &str) -> Self {
        Self { id: id.into(), name: name.into(), email: format!("{name}@example.com"), ..Self::default() }
    }
}

impl Default for Person {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            email: String::new(),
            locale: "en-US".into(),
            tz: "Europe/Berlin".into(),
            deleted: false,
            is_bot: false,
            is_restricted: false,
            is_ultra_restricted: false,
            is_stranger: false,
            team_id: String::new(),
            enterprise_user_id: None,
        }
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            is_private: false,
            is_ext_shared: false,
            is_archived: false,
            is_member: true,
            user: None,
        }
    }
}

impl Channel {
    /// Whether this is a direct message.
    pub fn is_im(&self) -> bool {
        self.user.is_some()
    }
}

impl Default for Workspace {
    fn default() -> Self {
        let gone = Person { deleted: true, ..Person::new("U0GONE", "gone") };
        let stranger = Person {
            is_stranger: true,
            team_id: "T0ELSEWHERE".into(),
            ..Person::new("U0STRANGER", "stranger")
        };
        Self {
            team_id: "T0VOUCH".into(),
            team_name: "Sim".into(),
            enterprise_id: None,
            app_id: "A0VOUCH".into(),
            bot_id: "B0VOUCH".into(),
            bot_user: "U0VOUCHBOT".into(),
            bot_name: "vouch".into(),
            bot_token: "xoxb-sim".into(),
            app_token: "xapp-sim".into(),
            scopes: [
                "chat:write",
                "im:write",
                "im:history",
                "users:read",
                "users:read.email",
                "groups:read",
                "groups:history",
            ]
            .map(String::from)
            .to_vec(),
            persons: vec![
                Person::new("U0ALICE", "alice"),
                Person::new("U0BOB", "bob"),
                Person::new("U0RESP1", "resp1"),
                Person::new("U0RESP2", "resp2"),
                gone,
                stranger,
            ],
            channels: vec![Channel {
                id: "C0SECURITY".into(),
                name: "security".into(),
                is_private: true,
                ..Channel::default()
            }],
            approximate_connection_time: 18_060,
        }
    }
}
