//! The map of the house, in the order of the story: a finding arrives, a case decides, people are asked,
//! remedies run. A file may import only from floors below its own; `tests/it/tidy.rs` checks it.

pub mod case;

pub mod inbox;
pub mod metrics;
pub mod ports;

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
