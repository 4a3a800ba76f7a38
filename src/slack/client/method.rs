//! The methods we call, how each is sent and how often, and how a call can end.
//! Never here: arguments or answers.

use super::error::ApiError;
use std::sync::Arc;

/// A method of the Web API. Label of `slack_requests_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    AuthTest,
    AppsConnectionsOpen,
    ConversationsOpen,
    ConversationsHistory,
    ConversationsReplies,
    ConversationsInfo,
    ChatPostMessage,
    ChatUpdate,
    ChatPostEphemeral,
    UsersInfo,
    UsersLookupByEmail,
    ViewsOpen,
}

impl Method {
    pub const ALL: [Self; 12] = [
        Self::AuthTest,
        Self::AppsConnectionsOpen,
        Self::ConversationsOpen,
        Self::ConversationsHistory,
        Self::ConversationsReplies,
        Self::ConversationsInfo,
        Self::ChatPostMessage,
        Self::ChatUpdate,
        Self::ChatPostEphemeral,
        Self::UsersInfo,
        Self::UsersLookupByEmail,
        Self::ViewsOpen,
    ];

    /// The last part of its address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthTest => "auth.test",
            Self::AppsConnectionsOpen => "apps.connections.open",
            Self::ConversationsOpen => "conversations.open",
            Self::ConversationsHistory => "conversations.history",
            Self::ConversationsReplies => "conversations.replies",
            Self::ConversationsInfo => "conversations.info",
            Self::ChatPostMessage => "chat.postMessage",
            Self::ChatUpdate => "chat.update",
            Self::ChatPostEphemeral => "chat.postEphemeral",
            Self::UsersInfo => "users.info",
            Self::UsersLookupByEmail => "users.lookupByEmail",
            Self::ViewsOpen => "views.open",
        }
    }

    /// Calls a minute, and how many more at once: together what Slack allows at least in any minute (facts/slack.md
    /// 1.1, tiers), less a little, since calls do not arrive as evenly as they leave.
    pub(super) fn quota(self) -> (u32, u32) {
        match self {
            // Several hundred a minute over the whole workspace; the channel's own bound comes on top.
            Self::ChatPostMessage => (240, 8),
            Self::UsersInfo | Self::ChatPostEphemeral | Self::ViewsOpen | Self::AuthTest => (80, 15),
            Self::AppsConnectionsOpen
            | Self::ConversationsOpen
            | Self::ConversationsHistory
            | Self::ConversationsReplies
            | Self::ConversationsInfo
            | Self::ChatUpdate
            | Self::UsersLookupByEmail => (40, 8),
        }
    }
}

/// How a call ended. Label of `slack_requests_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallResult {
    Ok,
    Throttled,
    Transient,
    Ambiguous,
    Config,
    Gone,
    Content,
    Modal,
    Unknown,
}

impl CallResult {
    pub fn of<T>(result: &Result<T, ApiError>) -> Self {
        match result {
            Ok(_) => Self::Ok,
            Err(ApiError::Throttled { .. }) => Self::Throttled,
            Err(ApiError::Transient(_)) => Self::Transient,
            Err(ApiError::Ambiguous(_)) => Self::Ambiguous,
            Err(ApiError::Config(_)) => Self::Config,
            Err(ApiError::Gone(_)) => Self::Gone,
            Err(ApiError::Content { .. }) => Self::Content,
            Err(ApiError::Modal(_)) => Self::Modal,
            Err(ApiError::Unknown(_)) => Self::Unknown,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Ambiguous => "ambiguous",
            Self::Config => "config",
            Self::Gone => "gone",
            Self::Content => "content",
            Self::Modal => "modal",
            Self::Unknown => "unknown",
        }
    }
}

/// Hears of every call that was sent.
pub type Observe = Arc<dyn Fn(Method, CallResult) + Send + Sync>;
