//! One test binary: stories, laws, crash, twice, contract, wire, tidy.
//! Never here: timing; that goes into `make bench`.

mod config;
mod contract;
mod decode;
mod laws;
mod queue;
mod remedies;
mod slack;
mod tidy;
