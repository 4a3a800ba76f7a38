//! One test binary: stories, laws, crash, twice, contract, wire, tidy.
//! Never here: timing; that goes into `make bench`.

mod config;
mod contract;
mod decode;
mod emulator;
mod laws;
mod owners;
mod remedies;
mod slack;
mod tidy;
