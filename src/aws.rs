//! AWS as the daemon sees it: the queue, GuardDuty, IAM and STS, behind the seams of `ports`.
//! Never here: policy, retries of a call, pacing. SDK types stay inside this folder.

pub mod call;
pub mod clients;
pub mod detector;
pub mod investigate;
pub mod owners;
pub mod principal;
pub mod remedies;
