//! The map of the house, in the order of the story: a finding arrives, a case decides, people are asked,
//! remedies run. A file may import only from floors below its own; `tests/it/tidy.rs` checks it.

// The SDK's futures are deep, and more of them run side by side than the usual limit has room for.
#![recursion_limit = "256"]

pub mod case;

pub mod inbox;
pub mod metrics;
pub mod ports;
pub mod trace;

pub mod config;
pub mod http;

pub mod admin;
pub mod aws;
pub mod engine;
pub mod pager;
pub mod slack;
pub mod store;

pub mod cli;
pub mod daemon;
