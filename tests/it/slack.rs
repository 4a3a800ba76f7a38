//! The Slack adapter: what goes over the wire, what comes in, and what becomes of a socket or a request.
//! Never here: decisions about cases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may fail loudly, and need not know every variant"
)]

mod advice;
mod blocks;
mod check;
mod errors;
mod escape;
mod every;
pub(crate) mod fixtures;
mod inbound;
mod languages;
pub(crate) mod signature;
mod snapshots;
mod token;
mod unusual;
mod wire;
