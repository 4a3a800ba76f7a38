//! AWS as the daemon sees it: the queue, GuardDuty, IAM and STS, behind the seams of `ports`.
//! Never here: policy, retries of a call, pacing. SDK types stay inside this folder.

pub mod principal;
