//! Rows as they will stand after a group of batches, over the rows as they stand: what the next batch of the
//! group sees, and how to take the whole group back.
//! Never here: what the rows mean.

use super::keys;
use super::record;
use crate::ports::Fault;
use serde::de::DeserializeOwned;
use sled::{IVec, Tree};
use std::collections::BTreeMap;

/// Values longer than this are cut into rows of this length: sled writes pages of up to 20 rows, and a page that
/// does not fit a quarter of a segment becomes a file of its own, which sled neither syncs nor survives failing.
const PART: usize = 32 * 1024;

/// First byte of a row that only tells how many parts there are. JSON never begins with it.
const PARTED: u8 = b'#';

struct Row {
    before: Option<IVec>,
    now: Option<Vec<u8>>,
}

pub(super) struct Draft<'a> {
    tree: &'a Tree,
    rows: BTreeMap<Vec<u8>, Row>,
    /// What to put back if the batch being drafted is refused.
    journal: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// The rows of a group as they stood before.
#[derive(Debug, Default, Clone)]
pub(super) struct Before(pub(super) Vec<(Vec<u8>, Option<IVec>)>);

impl<'a> Draft<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, rows: BTreeMap::new(), journal: Vec::new() }
    }

    /// The next batch begins: what was drafted so far stays whatever becomes of it.
    pub(super) fn begin(&mut self) {
        self.journal.clear();
    }

    /// Takes back what was drafted since `begin`.
    pub(super) fn roll_back(&mut self) {
        while let Some((key, now)) = self.journal.pop() {
            if let Some(row) = self.rows.get_mut(&key) {
                row.now = now;
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.values().all(|row| row.now.as_deref() == row.before.as_deref())
    }

    /// Bytes to be written.
    pub(super) fn len(&self) -> usize {
        self.rows.iter().map(|(k, row)| k.len() + row.now.as_ref().map_or(0, Vec::len)).sum()
    }

    pub(super) fn get<T: DeserializeOwned>(&self, what: &str, key: &[u8]) -> Result<Option<T>, Fault> {
        self.bytes(key)?.map(|bytes| record::decode(what, &bytes)).transpose()
    }

    pub(super) fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        whole(key, |key| self.raw(key))
    }

    fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.rows.get(key) {
            Some(row) => Ok(row.now.clone()),
            None => Ok(self.tree.get(key).map_err(unread)?.map(|v| v.to_vec())),
        }
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Fault> {
        self.drop_parts(&key)?;
        if value.len() <= PART {
            return self.set(key, Some(value));
        }
        let mut count = 0_u32;
        for chunk in value.chunks(PART) {
            self.set(keys::part(&key, count), Some(chunk.to_vec()))?;
            count += 1;
        }
        let mut head = vec![PARTED];
        head.extend(count.to_be_bytes());
        self.set(key, Some(head))
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) -> Result<(), Fault> {
        self.drop_parts(&key)?;
        self.set(key, None)
    }

    fn drop_parts(&mut self, key: &[u8]) -> Result<(), Fault> {
        let parts = self.raw(key)?.and_then(|head| parts(&head)).unwrap_or(0);
        (0..parts).try_for_each(|index| self.set(keys::part(key, index), None))
    }

    fn set(&mut self, key: Vec<u8>, now: Option<Vec<u8>>) -> Result<(), Fault> {
        if let Some(row) = self.rows.get_mut(&key) {
            let was = std::mem::replace(&mut row.now, now);
            self.journal.push((key, was));
        } else {
            let before = self.tree.get(&key).map_err(unread)?;
            self.journal.push((key.clone(), before.as_ref().map(|v| v.to_vec())));
            self.rows.insert(key, Row { before, now });
        }
        Ok(())
    }

    /// What to write, and what to write to take it back.
    pub(super) fn finish(self) -> (sled::Batch, Before) {
        let mut batch = sled::Batch::default();
        let mut before = Vec::with_capacity(self.rows.len());
        for (key, row) in self.rows {
            if row.now.as_deref() != row.before.as_deref() {
                match row.now {
                    Some(value) => batch.insert(key.clone(), value),
                    None => batch.remove(key.clone()),
                }
            }
            before.push((key, row.before));
        }
        (batch, Before(before))
    }
}

impl Before {
    pub(super) fn batch(&self) -> sled::Batch {
        let mut batch = sled::Batch::default();
        for (key, before) in &self.0 {
            match before {
                Some(value) => batch.insert(key.clone(), value.clone()),
                None => batch.remove(key.clone()),
            }
        }
        batch
    }
}

/// A value in full, its parts put together again.
pub(super) fn whole(
    key: &[u8],
    raw: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, Fault>,
) -> Result<Option<Vec<u8>>, Fault> {
    let Some(head) = raw(key)? else { return Ok(None) };
    let Some(count) = parts(&head) else { return Ok(Some(head)) };
    let mut value = Vec::new();
    for index in 0..count {
        let part = raw(&keys::part(key, index))?;
        value.extend(part.ok_or_else(|| Fault::never("a stored row is damaged: a part of it is missing"))?);
    }
    Ok(Some(value))
}

fn parts(head: &[u8]) -> Option<u32> {
    let (PARTED, count) = head.split_first().map(|(tag, rest)| (*tag, rest))? else { return None };
    count.try_into().ok().map(u32::from_be_bytes)
}

pub(super) fn unread(error: sled::Error) -> Fault {
    Fault::later(format!("the store cannot be read: {error}"))
}
