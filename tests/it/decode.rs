//! What the decoder makes of bodies: the published corpus, our own fixtures, and rubbish.
//! Never here: the queue.

mod corpus;
mod fixtures;
mod mutants;
mod types;

use vouch::aws::decode::{Decoded, NotFinding, decode};
use vouch::case::finding::Finding;

/// The only finding of a body that is nothing but one finding.
pub(crate) fn one(body: &[u8]) -> Finding {
    match decode(body) {
        Decoded::Findings { mut findings, problems } if findings.len() == 1 && problems.is_empty() => {
            findings.remove(0)
        }
        other => panic!("expected one finding, got {other:?}"),
    }
}

pub(crate) fn bad(body: &[u8]) -> String {
    match decode(body) {
        Decoded::Bad { why, .. } => why,
        other => panic!("expected a bad body, got {other:?}"),
    }
}

pub(crate) fn nothing(body: &[u8]) -> NotFinding {
    match decode(body) {
        Decoded::NotFinding { what } => what,
        other => panic!("expected no finding, got {other:?}"),
    }
}
