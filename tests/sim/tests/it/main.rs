//! The look-alikes against their own contract: what they refuse, how faults strike, how a click travels.
//!
//! `vouch` never appears here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod aws;
mod clicks;
mod control;
mod limits;
mod page;
mod program;
mod sockets;
mod stage;
mod web;
