//! What went wrong with a call, in the classes of facts/slack.md 1.2, and the fault that it makes.
//! Never here: retries; the worker does those.

use super::method::Method;
use crate::ports::Fault;
use std::time::Duration;

/// A refused token or a missing scope is looked at again after this.
const CONFIG_PAUSE: Duration = Duration::from_secs(60);
/// The workspace's plan allows no more messages for now.
const PLAN_PAUSE: Duration = Duration::from_secs(300);
/// Codes nobody has told us of: rarely worth a quick retry.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(30);

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    Throttled {
        after: Duration,
    },
    /// Nothing was done; may work soon.
    Transient(String),
    /// It may have been done: look before posting again.
    Ambiguous(String),
    /// The token, the scopes or the workspace: an operator must act.
    Config(String),
    /// The recipient, the channel or the message is not there, or not for us.
    Gone(String),
    /// What we sent is not valid: our bug. With Slack's own pointers.
    Content {
        code: String,
        messages: Vec<String>,
    },
    /// The dialog came too late or twice.
    Modal(String),
    Unknown(String),
}

const TRANSIENT: [&str; 5] = [
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "org_login_required",
    "external_channel_migrating",
];
const AMBIGUOUS: [&str; 3] = ["internal_error", "fatal_error", "update_failed"];
const CONFIG: [&str; 26] = [
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "not_allowed_token_type",
    "no_permission",
    "access_denied",
    "team_access_not_granted",
    "enterprise_is_restricted",
    "ekm_access_denied",
    "two_factor_setup_required",
    "accesslimited",
    "app_access_restricted",
    "messages_tab_disabled",
    "forbidden_team",
    "user_removed_from_team",
    "team_disabled",
    "method_deprecated",
    "deprecated_endpoint",
    "unknown_method",
    "missing_args",
    "team_not_found",
    "is_disabled",
    "link_disabled",
];
const GONE: [&str; 17] = [
    "users_not_found",
    "user_not_found",
    "user_disabled",
    "user_not_visible",
    "user_not_in_channel",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "is_inactive",
    "invalid_user_combination",
    "cannot_reply_to_message",
    "thread_not_found",
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "block_mismatch",
    "cannot_dm_bot",
];
const CONTENT: [&str; 10] = [
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "invalid_arguments",
    "metadata_too_large",
    "view_too_large",
    "invalid_view",
    "invalid_json",
];
const MODAL: [&str; 9] = [
    "expired_trigger_id",
    "trigger_expired",
    "exchanged_trigger_id",
    "trigger_exchanged",
    "invalid_trigger_id",
    "hash_conflict",
    "not_found",
    "duplicate_external_id",
    "push_limit_reached",
];

impl ApiError {
    /// The class of a code that came with `ok: false`.
    pub fn of(code: &str, messages: Vec<String>, after: Option<Duration>) -> Self {
        let code_is = |list: &[&str]| list.contains(&code);
        let owned = code.chars().take(80).collect::<String>();
        if code_is(&["ratelimited", "rate_limited"]) {
            Self::Throttled { after: after.unwrap_or(Duration::from_secs(1)) }
        } else if code == "message_limit_exceeded" {
            Self::Throttled { after: after.unwrap_or(PLAN_PAUSE) }
        } else if code_is(&TRANSIENT) {
            Self::Transient(owned)
        } else if code_is(&AMBIGUOUS) {
            Self::Ambiguous(owned)
        } else if code_is(&CONFIG) {
            Self::Config(owned)
        } else if code_is(&GONE) || code.starts_with("restricted_action") {
            Self::Gone(owned)
        } else if code_is(&MODAL) {
            Self::Modal(owned)
        } else if code_is(&CONTENT) || code.starts_with("invalid_") {
            // Whatever else is called invalid is something that we sent.
            Self::Content { code: owned, messages }
        } else {
            Self::Unknown(owned)
        }
    }

    /// Slack's code, or our word for it.
    pub fn code(&self) -> &str {
        match self {
            Self::Throttled { .. } => "ratelimited",
            Self::Content { code, .. } => code,
            Self::Transient(code)
            | Self::Ambiguous(code)
            | Self::Config(code)
            | Self::Gone(code)
            | Self::Modal(code)
            | Self::Unknown(code) => code,
        }
    }

    /// Whether Slack certainly kept nothing of a post that ended like this.
    pub fn stored_nothing(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::Transient(_)
            | Self::Config(_)
            | Self::Gone(_)
            | Self::Content { .. }
            | Self::Modal(_) => true,
            Self::Ambiguous(_) | Self::Unknown(_) => false,
        }
    }

    /// In the words of the ports.
    pub fn into_fault(self, method: Method) -> Fault {
        let cause = format!("Slack {} answered {}", method.as_str(), self.code());
        match self {
            Self::Throttled { after } => Fault::Later { after: Some(after), cause },
            Self::Transient(_) | Self::Ambiguous(_) => Fault::Later { after: None, cause },
            Self::Config(_) => Fault::Later { after: Some(CONFIG_PAUSE), cause },
            Self::Unknown(_) => Fault::Later { after: Some(UNKNOWN_PAUSE), cause },
            Self::Gone(_) => Fault::gone(cause),
            Self::Content { messages, .. } if messages.is_empty() => Fault::never(cause),
            Self::Content { messages, .. } => Fault::never(format!("{cause}: {}", messages.join("; "))),
            Self::Modal(_) => Fault::never(cause),
        }
    }
}
