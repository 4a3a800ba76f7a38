//! The table of Web API methods: token type, scopes, whether a JSON body is read, calls per minute.
//!
//! Source: Slack's method reference and its page on rate limits. What the methods do never lives here.

/// The kind of token a method takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// `xoxb-`
    Bot,
    /// `xapp-`
    App,
}

/// One row.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) token: Token,
    /// Any one of them; empty: none, or it depends on the channel.
    pub(crate) scopes: &'static [&'static str],
    /// Whether arguments in a JSON body are read.
    pub(crate) json: bool,
    pub(crate) per_minute: u32,
}

const fn bot(name: &'static str, scopes: &'static [&'static str], json: bool, per_minute: u32) -> Method {
    Method { name, token: Token::Bot, scopes, json, per_minute }
}

const METHODS: [Method; 15] = [
    Method { name: "apps.connections.open", token: Token::App, scopes: &[], json: false, per_minute: 50 },
    bot("auth.test", &[], true, 200),
    bot("blocks.validate", &[], true, 50),
    bot("chat.getPermalink", &[], false, 200),
    bot("chat.postEphemeral", &["chat:write"], true, 100),
    bot("chat.postMessage", &["chat:write"], true, 300),
    bot("chat.update", &["chat:write"], true, 50),
    bot("conversations.history", &[], false, 50),
    bot("conversations.info", &[], false, 50),
    bot("conversations.open", &["im:write"], true, 50),
    bot("conversations.replies", &[], false, 50),
    bot("users.info", &["users:read"], false, 100),
    bot("users.lookupByEmail", &["users:read.email"], false, 50),
    bot("views.open", &[], true, 100),
    bot("views.update", &[], true, 100),
];

/// The row of a method.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
