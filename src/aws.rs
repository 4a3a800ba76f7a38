//! AWS as the daemon sees it: the queue and what arrives in it, GuardDuty, IAM and STS, behind the seams of `ports`.
//! Never here: policy, retries of a call, pacing, anything that speaks to people. SDK types stay inside this folder.

mod bucket;
pub mod call;
pub mod clients;
pub mod decode;
pub mod detector;
pub mod dossier;
#[cfg(feature = "ec2")]
mod ec2;
pub mod investigate;
pub mod owners;
pub mod probe;
pub mod queue;
pub mod remedies;
pub mod trail;
