//! The main job from end to end: the real binary, an emulator that enforces IAM, and people who click.
//! Never here: anything that could be told without the binary.

pub(crate) mod account;
pub(crate) mod daemon;
pub(crate) mod hands;
pub(crate) mod house;
pub(crate) mod kill;
pub(crate) mod report;
mod transcript;

mod adversary;
mod answers;
mod bucket;
mod check;
mod containment;
mod crashes;
mod faults;
mod flood;
mod http;
#[cfg(feature = "ec2")]
mod instance;
mod intake;
mod languages;
mod life;
mod modes;
mod refusals;
mod role;
mod second_route;
mod signals;
mod silence;
mod stances;
mod undo;
mod voices;
