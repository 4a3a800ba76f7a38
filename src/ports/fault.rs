//! The fault that adapters speak: try again, or give up.
//! Never here: what is done about it.

use std::time::Duration;

/// What the caller should do about a failed call: try again, or give up. Made by the adapter,
/// with account, Region and call in the cause; logged once, where it is handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may work later; `after` when the other side named a time.
    #[error("{cause}")]
    Later { after: Option<Duration>, cause: String },
    /// It will not work; `gone` when the recipient or the thing is not there, `full` when there is no room for what
    /// would be written.
    #[error("{cause}")]
    Never { cause: String, gone: bool, full: bool },
}

impl Fault {
    pub fn later(cause: impl Into<String>) -> Self {
        Self::Later { after: None, cause: cause.into() }
    }

    pub fn never(cause: impl Into<String>) -> Self {
        Self::Never { cause: cause.into(), gone: false, full: false }
    }

    pub fn gone(cause: impl Into<String>) -> Self {
        Self::Never { cause: cause.into(), gone: true, full: false }
    }

    pub fn full(cause: impl Into<String>) -> Self {
        Self::Never { cause: cause.into(), gone: false, full: true }
    }
}
