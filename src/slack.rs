//! Slack: messages out, clicks in. Renders what a case says, sends it, keeps the sockets alive or answers
//! signed requests, and turns payloads into inbox events.
//! Never here: decisions about cases, per-call retries, or other adapters.

pub mod ack;
pub mod blocks;
pub mod client;
pub mod door;
pub mod escape;
pub mod health;
pub mod http;
pub mod inbound;
pub mod messenger;
pub mod people;
pub mod probe;
pub mod signature;
pub mod socket;
pub mod texts;
pub mod token;
pub mod trial;
