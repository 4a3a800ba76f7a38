//! Where each row stands in the one tree. Text from outside is hashed, so that no key can run into another's prefix.
//! Never here: values.

use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::owner::PersonId;
use crate::case::state::Stage;
use crate::ports::Subject;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// SHA-256 of a key that somebody outside chose.
pub(super) type Hash = [u8; 32];

pub(super) const SENTINEL: &[u8] = b"m/sentinel";
pub(super) const COMMIT: &[u8] = b"m/commit";
/// Written only to make sled notice its own failure.
pub(super) const NUDGE: &[u8] = b"m/nudge";
pub(super) const SECRET: &[u8] = b"m/secret";
pub(super) const HEAD: &[u8] = b"m/head";
pub(super) const NEXT_ERRAND: &[u8] = b"m/next-errand";
pub(super) const BUDGET: &[u8] = b"b";

pub(super) const WAKES: &[u8] = b"w/";
pub(super) const OPEN: &[u8] = b"o/";
pub(super) const ERRANDS: &[u8] = b"q/";
pub(super) const LIST_OPEN: &[u8] = b"lo/";
pub(super) const LIST_CLOSED: &[u8] = b"lc/";
pub(super) const CLOSED: &[u8] = b"x/";
pub(super) const REPLY_TIMES: &[u8] = b"rt/";
pub(super) const LINES: &[u8] = b"a/main/";

pub(super) fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(super) fn case(id: &CaseId) -> Vec<u8> {
    join(&[b"c/", id.as_str().as_bytes()])
}

/// In the order of waking.
pub(super) fn wakes(at: Timestamp, id: &CaseId) -> Vec<u8> {
    join(&[WAKES, &instant(at), id.as_str().as_bytes()])
}

pub(super) fn open(stage: Stage, id: &CaseId) -> Vec<u8> {
    join(&[OPEN, stage.as_str().as_bytes(), b"/", id.as_str().as_bytes()])
}

/// Newest first, open and closed apart; cases opened in the same moment by id.
pub(super) fn listed(open: bool, opened_at: Timestamp, id: &CaseId) -> Vec<u8> {
    let prefix = if open { LIST_OPEN } else { LIST_CLOSED };
    join(&[prefix, &instant(opened_at).map(|b| !b), id.as_str().as_bytes()])
}

/// In the order of closing, for retention.
pub(super) fn closed(at: Timestamp, id: &CaseId) -> Vec<u8> {
    join(&[CLOSED, &instant(at), id.as_str().as_bytes()])
}

pub(super) fn errand(seq: u64) -> Vec<u8> {
    join(&[ERRANDS, &seq.to_be_bytes()])
}

/// Where the effects of a subject stand in the outbox.
pub(super) fn outbox(subject: &Subject) -> Vec<u8> {
    match subject {
        Subject::Case(id) => join(&[b"e/c", id.as_str().as_bytes(), b"/"]),
        Subject::Ledger => b"e/l/".to_vec(),
    }
}

pub(super) fn effect(subject: &Subject, no: EffectNo) -> Vec<u8> {
    join(&[&outbox(subject), &no.0.to_be_bytes()])
}

pub(super) fn group(hash: &Hash) -> Vec<u8> {
    join(&[b"g/", hash])
}

pub(super) fn finding(hash: &Hash) -> Vec<u8> {
    join(&[b"f/", hash])
}

pub(super) fn reply(hash: &Hash) -> Vec<u8> {
    join(&[b"r/", hash])
}

pub(super) fn reply_time(at: Timestamp, hash: &Hash) -> Vec<u8> {
    join(&[REPLY_TIMES, &instant(at), hash])
}

pub(super) fn person(id: &PersonId) -> Vec<u8> {
    join(&[b"p/", id.as_str().as_bytes()])
}

pub(super) fn address(hash: &Hash) -> Vec<u8> {
    join(&[b"ad/", hash])
}

pub(super) fn line(seq: u64) -> Vec<u8> {
    join(&[LINES, &seq.to_be_bytes()])
}

/// The groups and findings that go when the case goes; what follows the prefix is the key of the row.
pub(super) fn owned(id: &CaseId, row: &[u8]) -> Vec<u8> {
    join(&[b"own/", id.as_str().as_bytes(), b"/", row])
}

/// A part of a value too long for one row.
pub(super) fn part(of: &[u8], index: u32) -> Vec<u8> {
    join(&[b"z/", &Sha256::digest(of), &index.to_be_bytes()])
}

/// Nanoseconds, so that byte order is the order of time.
pub(super) fn instant(at: Timestamp) -> [u8; 16] {
    // The sign bit turned over puts the years before 1970 first.
    (at.as_nanosecond() ^ i128::MIN).to_be_bytes()
}

/// Reads a key of the shape prefix, moment, rest.
pub(super) fn split(prefix: &[u8], key: &[u8]) -> Option<(Timestamp, Vec<u8>)> {
    let tail = key.strip_prefix(prefix)?;
    let (moment, rest) = tail.split_at_checked(16)?;
    let nanos = i128::from_be_bytes(moment.try_into().ok()?) ^ i128::MIN;
    Some((Timestamp::from_nanosecond(nanos).ok()?, rest.to_vec()))
}

pub(super) fn case_id(bytes: &[u8]) -> Option<CaseId> {
    CaseId::parse(std::str::from_utf8(bytes).ok()?)
}
