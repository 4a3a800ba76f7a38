//! The Slack adapter: what goes over the wire, what comes in, and what becomes of a socket.
//! Never here: decisions about cases.

mod blocks;
mod check;
mod errors;
mod escape;
mod every;
mod fixtures;
mod inbound;
mod snapshots;
mod token;
mod wire;
