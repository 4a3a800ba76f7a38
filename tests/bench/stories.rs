//! The house of the stories, as far as a measurement needs it.
//! Never here: a copy; these are the stories' own files.

#[path = "../it/stories/account.rs"]
pub(crate) mod account;
#[path = "../it/stories/daemon.rs"]
pub(crate) mod daemon;
#[path = "../it/stories/hands.rs"]
pub(crate) mod hands;
#[path = "../it/stories/house.rs"]
pub(crate) mod house;
#[path = "../it/stories/report.rs"]
pub(crate) mod report;
#[path = "../it/stories/transcript.rs"]
mod transcript;
