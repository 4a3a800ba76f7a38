//! The main job from end to end: the real binary, an emulator that enforces IAM, and people who click.
//! Never here: anything that could be told without the binary.

pub(crate) mod account;
pub(crate) mod daemon;
pub(crate) mod hands;
pub(crate) mod house;
pub(crate) mod kill;
pub(crate) mod report;
mod transcript;

mod answers;
mod bucket;
mod check;
mod containment;
mod http;
mod intake;
mod life;
mod modes;
mod refusals;
mod second_route;
mod silence;
mod stances;
mod undo;
mod voices;
