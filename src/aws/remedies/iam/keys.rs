//! `deactivate-key`: the keys that findings named, set inactive; and active again, those that we set inactive.
//! Actions: `Remedy::DeactivateKey.actions()`. Never here: deleting a key, or creating one.

use super::User;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::principal::KeyKind;
use crate::case::remedy::Prior;
use crate::ports::Fault;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Whether each named key is one of this user's and active. What is not this user's is never written to.
pub(in crate::aws::remedies) async fn prior(user: &User<'_>) -> Result<Prior, Fault> {
    let (name, account) = (user.name(), &user.target.account);
    let keys = user.keys().await?;
    let mut active = BTreeMap::new();
    for id in user.target.keys.iter().filter(|k| k.kind() == KeyKind::LongTerm).map(|k| k.as_str()) {
        // A key that is gone cannot be used any more: no reason to leave the user's sessions alone.
        active.insert(id.to_owned(), keys.iter().any(|key| key.id == id && key.active));
    }
    if active.is_empty() {
        return Err(Fault::never(format!("account {account}: no long-term key of user {name} is known")));
    }
    Ok(Prior::Keys { active })
}

/// Request ids of the writes, and a note for people.
pub(in crate::aws::remedies) async fn apply(
    user: &User<'_>,
    prior: &Prior,
) -> Result<(Vec<String>, String), Fault> {
    let before = expected(prior)?;
    let now = states(user).await?;
    let (mut request_ids, mut notes) = (vec![], vec![]);
    for (id, was_active) in before {
        match now.get(id) {
            Some(true) => request_ids.extend(user.set_key(id, false).await?),
            Some(false) if *was_active => {}
            Some(false) => notes.push(format!("key {} was already inactive", short(id))),
            None => notes.push(format!("key {} is not among the user's keys any more", short(id))),
        }
    }
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    if !request_ids.is_empty() {
        let now = states(user).await?;
        let late = before.keys().filter(|id| now.get(*id) == Some(&true));
        notes.extend(late.map(|id| format!("IAM does not show key {} as inactive yet", short(id))));
    }
    Ok((request_ids, notes.join("; ")))
}

/// Keys that are active again, and keys made since.
pub(in crate::aws::remedies) async fn lost(
    user: &User<'_>,
    prior: Option<&Prior>,
    cut_off: Timestamp,
) -> Result<Vec<String>, Fault> {
    let before = prior.map(expected).transpose()?;
    let ours = |id: &str| before.is_some_and(|map| map.contains_key(id));
    let name = user.name();
    let active = user.keys().await?.into_iter().filter(|key| key.active);
    Ok(active
        .filter_map(|key| {
            if ours(&key.id) {
                Some(format!("key {} of user {name} is active again", key.id))
            } else {
                let made = key.created.filter(|at| *at > cut_off)?;
                Some(format!("user {name} has a new active key {}, made at {made}", key.id))
            }
        })
        .collect())
}

/// Only keys that were active before: what was inactive stays so.
pub(in crate::aws::remedies) async fn parts(
    user: &User<'_>,
    prior: &Prior,
    applied: bool,
) -> Result<Vec<Part>, Fault> {
    let now = states(user).await?;
    let name = user.name();
    let part = |id: &String| {
        let (stands, complaint) = match now.get(id) {
            Some(false) => (Stands::AsWritten, String::new()),
            Some(true) => (Stands::AsBefore, format!("key {id} of user {name} is active again")),
            None => (Stands::Otherwise, format!("key {id} of user {name} was deleted")),
        };
        Part { what: What::Key(id.clone()), stands, applied, complaint }
    };
    Ok(expected(prior)?.iter().filter(|(_, was_active)| **was_active).map(|(id, _)| part(id)).collect())
}

async fn states(user: &User<'_>) -> Result<BTreeMap<String, bool>, Fault> {
    Ok(user.keys().await?.into_iter().map(|key| (key.id, key.active)).collect())
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, bool>, Fault> {
    match prior {
        Prior::Keys { active } => Ok(active),
        Prior::Inline { .. } | Prior::Nothing => {
            Err(Fault::never("the saved prior state is not one of access keys; nothing was written"))
        }
    }
}

/// Enough to recognise it, safe on a lock screen: notes go to the owner too.
fn short(id: &str) -> String {
    format!("…{}", id.get(id.len().saturating_sub(4)..).unwrap_or(id))
}
