//! What the decoder makes of bodies: the published corpus, our own fixtures, and rubbish.
//! Never here: the queue.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops at the line that says why"
)]

mod corpus;
mod fixtures;
mod mutants;
mod types;

use vouch::aws::decode::{Decoded, NotFinding, decode};
use vouch::case::finding::Finding;

/// The only finding of a body that is nothing but one finding.
pub(crate) fn one(body: &[u8]) -> Finding {
    let answer = decode(body);
    let Decoded::Findings { findings, problems } = &answer else { panic!("no finding: {answer:?}") };
    match (findings.as_slice(), problems.is_empty()) {
        ([finding], true) => finding.clone(),
        (_, _) => panic!("expected one finding, got {answer:?}"),
    }
}

pub(crate) fn bad(body: &[u8]) -> String {
    let answer = decode(body);
    let Decoded::Bad { why, .. } = answer else { panic!("expected a bad body, got {answer:?}") };
    why
}

pub(crate) fn nothing(body: &[u8]) -> NotFinding {
    let answer = decode(body);
    let Decoded::NotFinding { what } = answer else { panic!("expected no finding, got {answer:?}") };
    what
}
