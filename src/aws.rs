//! AWS from outside: findings as they arrive, and the queue they arrive in.
//! Never here: policy, pacing, or anything that speaks to people.

pub mod decode;
pub mod queue;
