//! `deactivate-key` and `deactivate-all-keys`: the keys that findings named, or every key of the user, set
//! inactive; and active again, those that we set inactive. Actions: `Remedy::DeactivateKey.actions()`.
//! Never here: deleting a key, or creating one.

use crate::aws::remedies::identity::Identity;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::principal::KeyKind;
use crate::case::remedy::Prior;
use crate::ports::Fault;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Which keys a remedy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Named,
    /// Those made since as well.
    All,
}

/// Whether each of these keys is one of this user's and active. What is not this user's is never written to.
pub(super) async fn prior(user: &Identity<'_>, which: Which) -> Result<Prior, Fault> {
    match which {
        Which::Named => named(user).await,
        // None at all is fine: whoever has only a password has no key to lose.
        Which::All => Ok(Prior::Keys { active: states(user).await? }),
    }
}

async fn named(user: &Identity<'_>) -> Result<Prior, Fault> {
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
pub(super) async fn apply(
    user: &Identity<'_>,
    prior: &Prior,
    which: Which,
) -> Result<(Vec<String>, String), Fault> {
    let before = expected(prior)?;
    let now = states(user).await?;
    let (mut request_ids, mut notes) = (vec![], vec![]);
    // Somebody may be making keys while we switch them off. What was not there before is not ours to put back.
    for id in fresh(&now, before, which) {
        request_ids.extend(user.set_key(id, false).await?);
        notes.push(format!("key {} was made meanwhile and stays inactive after an undo", short(id)));
    }
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
        let late = before.keys().filter(|id| now.get(*id) == Some(&true)).chain(fresh(&now, before, which));
        notes.extend(late.map(|id| format!("IAM does not show key {} as inactive yet", short(id))));
    }
    if now.is_empty() && which == Which::All {
        notes.push("the user has no access keys".to_owned());
    }
    Ok((request_ids, notes.join("; ")))
}

/// Active keys that nobody saved as having been there.
fn fresh<'a>(
    now: &'a BTreeMap<String, bool>,
    before: &'a BTreeMap<String, bool>,
    which: Which,
) -> impl Iterator<Item = &'a String> {
    let all = which == Which::All;
    now.iter().filter(move |(id, active)| all && **active && !before.contains_key(*id)).map(|(id, _)| id)
}

/// Keys that are active again, and keys made since.
pub(super) async fn lost(
    user: &Identity<'_>,
    prior: Option<&Prior>,
    cut_off: Timestamp,
    which: Which,
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
                let since = key.created.is_some_and(|at| at > cut_off) || which == Which::All;
                let made = key.created.map(|at| format!(", made at {at}")).unwrap_or_default();
                since.then(|| format!("user {name} has a new active key {}{made}", key.id))
            }
        })
        .collect())
}

/// Only keys that were active before: what was inactive stays so.
pub(super) async fn parts(user: &Identity<'_>, prior: &Prior, applied: bool) -> Result<Vec<Part>, Fault> {
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

async fn states(user: &Identity<'_>) -> Result<BTreeMap<String, bool>, Fault> {
    Ok(user.keys().await?.into_iter().map(|key| (key.id, key.active)).collect())
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, bool>, Fault> {
    let Prior::Keys { active } = prior else {
        return Err(Fault::never("the saved prior state is not one of access keys; nothing was written"));
    };
    Ok(active)
}

/// Enough to recognise it, safe on a lock screen: notes go to the owner too.
fn short(id: &str) -> String {
    format!("…{}", id.get(id.len().saturating_sub(4)..).unwrap_or(id))
}
