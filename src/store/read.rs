//! Answers from committed rows. Indexes are read without the cases behind them.
//! Never here: writing.

use super::draft::{unread, whole};
use super::keys;
use super::record::{CaseBody, CaseHead, Owned, Versioned, decode};
use crate::case::CaseId;
use crate::case::state::{Case, Stage};
use crate::ports::{Fault, Found, Lookup, Page, Query, Stored};
use serde::de::DeserializeOwned;
use sled::Tree;

pub(super) fn case(tree: &Tree, id: &CaseId) -> Result<Option<Stored<Case>>, Fault> {
    let body = get::<CaseBody>(tree, "case", &keys::case(id))?;
    Ok(body.map(|CaseBody { version, case }| Stored { version, value: case }))
}

pub(super) fn lookup(tree: &Tree, key: Lookup) -> Result<Option<Found>, Fault> {
    Ok(match key {
        Lookup::Group(group) => {
            let key = keys::group(&keys::hash(group.as_str()));
            get::<Owned>(tree, "group", &key)?.map(|row| Found::Group(row.case))
        }
        Lookup::Finding(finding) => {
            get(tree, "finding", &keys::finding(&keys::hash(&finding.0)))?.map(Found::Finding)
        }
        Lookup::Reply(dedupe) => get(tree, "reply", &keys::reply(&keys::hash(&dedupe)))?.map(Found::Reply),
        Lookup::Person(person) => get(tree, "budget of a person", &keys::person(&person))?.map(Found::Person),
        Lookup::Address(address) => {
            get(tree, "owner of an address", &keys::address(&keys::hash(&address)))?.map(Found::Address)
        }
        Lookup::Budget => get::<Versioned<_>>(tree, "write budget", keys::BUDGET)?
            .map(|row| Found::Budget(Box::new(Stored { version: row.version, value: row.value }))),
    })
}

pub(super) fn page(tree: &Tree, query: Query) -> Result<Page, Fault> {
    match query {
        Query::Errands => {
            let errands = tree.scan_prefix(keys::ERRANDS).keys().map(|key| row(tree, "effect", key));
            errands.collect::<Result<_, _>>().map(Page::Errands)
        }
        Query::Wakes => wakes(tree).map(Page::Wakes),
        Query::Counts => counts(tree).map(Page::Counts),
        Query::Cases { stage, limit, after } => cases(tree, stage, limit, after).map(Page::Cases),
        Query::Lines { after, limit } => {
            let Some(first) = after.checked_add(1) else { return Ok(Page::Lines(Vec::new())) };
            let rows = tree.range(keys::line(first)..=keys::line(u64::MAX)).keys().take(limit);
            let lines = rows.map(|key| row(tree, "audit line", key));
            lines.collect::<Result<_, _>>().map(Page::Lines)
        }
        Query::Head => {
            get(tree, "end of the audit", keys::HEAD).map(|head| Page::Head(head.unwrap_or_default()))
        }
        Query::Expired { .. } => Err(Fault::never("dropping rows is no reading")),
    }
}

fn wakes(tree: &Tree) -> Result<Vec<(jiff::Timestamp, CaseId)>, Fault> {
    let rows = tree.scan_prefix(keys::WAKES).keys();
    let parse = |key: &[u8]| {
        let (at, id) = keys::split(keys::WAKES, key)?;
        Some((at, keys::case_id(&id)?))
    };
    rows.map(|key| parse(&key.map_err(unread)?).ok_or_else(|| damaged("waking times"))).collect()
}

fn counts(tree: &Tree) -> Result<Vec<(Stage, u64)>, Fault> {
    let open = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Closed);
    open.map(|stage| {
        let prefix = [keys::OPEN, stage.as_str().as_bytes(), b"/"].concat();
        let mut count = 0;
        for key in tree.scan_prefix(prefix).keys() {
            key.map_err(unread)?;
            count += 1;
        }
        Ok((stage, count))
    })
    .collect()
}

fn cases(tree: &Tree, open: Option<bool>, limit: usize, after: Option<CaseId>) -> Result<Vec<Case>, Fault> {
    let mut from = None;
    if let Some(id) = after {
        // A case that is gone has no place, and nothing comes after it.
        let Some(head) = get::<CaseHead>(tree, "case", &keys::case(&id))? else { return Ok(Vec::new()) };
        from = Some((head.opened_at, id));
    }
    let wanted = |list: bool| open.is_none_or(|open| open == list);
    let mut places = Vec::new();
    for (list, prefix) in [(true, keys::LIST_OPEN), (false, keys::LIST_CLOSED)] {
        if wanted(list) {
            let start = from.as_ref().map(|(at, id)| keys::listed(list, *at, id));
            places.extend(listed(tree, prefix, start.as_deref(), limit)?);
        }
    }
    // Both lists are in the same order; only the prefix is different.
    places.sort();
    places.truncate(limit);
    let body = |place: Vec<u8>| {
        let id = place.get(16..).and_then(keys::case_id).ok_or_else(|| damaged("case list"))?;
        Ok(case(tree, &id)?.ok_or_else(|| damaged("case list"))?.value)
    };
    places.into_iter().map(body).collect()
}

/// Places in one list, after the given one, without their prefix.
fn listed(tree: &Tree, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Vec<u8>>, Fault> {
    let start = after.unwrap_or(prefix);
    let mut places = Vec::new();
    for key in tree.range(start..).keys() {
        let key = key.map_err(unread)?;
        let Some(place) = key.strip_prefix(prefix).filter(|_| places.len() < limit) else { break };
        if after != Some(&key) {
            places.push(place.to_vec());
        }
    }
    Ok(places)
}

fn row<T: DeserializeOwned>(tree: &Tree, what: &str, key: sled::Result<sled::IVec>) -> Result<T, Fault> {
    get(tree, what, &key.map_err(unread)?)?.ok_or_else(|| damaged(what))
}

pub(super) fn get<T: DeserializeOwned>(tree: &Tree, what: &str, key: &[u8]) -> Result<Option<T>, Fault> {
    let raw = |key: &[u8]| Ok(tree.get(key).map_err(unread)?.map(|v| v.to_vec()));
    whole(key, raw)?.map(|bytes| decode(what, &bytes)).transpose()
}

fn damaged(what: &str) -> Fault {
    Fault::never(format!("the store is damaged: its {what} does not fit its rows"))
}
