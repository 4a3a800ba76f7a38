//! The world around `vouch`, in miniature: a Slack look-alike, stubs for the AWS calls that no emulator offers, and a
//! service that pages people.
//!
//! Used in-process by the integration tests and, through the binary `sim`, by the sandbox and by judges written
//! in other languages. What never lives here: anything `vouch` itself needs, and anything that knows what `vouch`
//! is supposed to do. The sim obeys the facts about Slack and AWS and nothing else, so that it can contradict us.

pub mod aws;
pub mod calls;
pub mod fault;
pub mod pager;
pub mod record;
pub mod rt;
pub mod slack;
mod watched;
mod wire;
