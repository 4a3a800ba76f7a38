//! Dropping what is past its time. The moments come from outside; the audit stays for ever.
//! Never here: how long anything is kept.

use super::draft::{Draft, unread};
use super::keys;
use super::prepare::{finish, index};
use super::record::{CaseHead, Owned};
use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::ports::{Fault, Subject};
use jiff::Timestamp;
use sled::Tree;

/// Drops closed cases with all that belongs to them, and replies, at most `limit` of both together. A case that
/// still wakes has something to do (a later read-back, an undo button) and stays until that is over.
pub(super) fn sweep(
    tree: &Tree,
    draft: &mut Draft<'_>,
    closed_before: Timestamp,
    replies_before: Timestamp,
    limit: usize,
) -> Result<usize, Fault> {
    let mut dropped = 0;
    for key in older(tree, keys::CLOSED, closed_before) {
        if dropped == limit {
            return Ok(dropped);
        }
        let Some(id) = key?.1.as_deref().and_then(keys::case_id) else { continue };
        let Some(head) = draft.get::<CaseHead>("case", &keys::case(&id))? else { continue };
        if head.wakes.is_none() {
            drop_case(tree, draft, &id, &head)?;
            dropped += 1;
        }
    }
    for key in older(tree, keys::REPLY_TIMES, replies_before) {
        if dropped == limit {
            break;
        }
        let (key, hash) = key?;
        if let Some(hash) = hash.and_then(|hash| hash.try_into().ok()) {
            draft.remove(keys::reply(&hash))?;
        }
        draft.remove(key)?;
        dropped += 1;
    }
    Ok(dropped)
}

/// Keys of an index by time, with what follows the moment.
type Entry = Result<(Vec<u8>, Option<Vec<u8>>), Fault>;

fn older<'a>(tree: &Tree, prefix: &'a [u8], before: Timestamp) -> impl Iterator<Item = Entry> + use<'a> {
    let end = [prefix, &keys::instant(before)].concat();
    tree.range(prefix.to_vec()..end).keys().map(move |key| {
        let key = key.map_err(unread)?;
        let rest = keys::split(prefix, &key).map(|(_, rest)| rest);
        Ok((key.to_vec(), rest))
    })
}

fn drop_case(tree: &Tree, draft: &mut Draft<'_>, id: &CaseId, head: &CaseHead) -> Result<(), Fault> {
    for row in index(id, head) {
        draft.remove(row)?;
    }
    let prefix = keys::owned(id, b"");
    for key in tree.scan_prefix(&prefix).keys() {
        let key = key.map_err(unread)?;
        let row = key.strip_prefix(prefix.as_slice()).unwrap_or_default().to_vec();
        // A group may have gone over to a newer case.
        if draft.get::<Owned>("row of a case", &row)?.is_some_and(|owned| owned.case == *id) {
            draft.remove(row)?;
        }
        draft.remove(key.to_vec())?;
    }
    let subject = Subject::Case(id.clone());
    let prefix = keys::outbox(&subject);
    for key in tree.scan_prefix(&prefix).keys() {
        let key = key.map_err(unread)?;
        let no =
            key.strip_prefix(prefix.as_slice()).and_then(|no| no.try_into().ok()).map(u64::from_be_bytes);
        if let Some(no) = no {
            finish(draft, &subject, EffectNo(no))?;
        }
    }
    draft.remove(keys::case(id))
}
