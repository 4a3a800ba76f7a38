//! `block-bucket-public-access`: all four settings of Block Public Access on; put back as they were, or taken away
//! where there were none. Policies and ACLs stay as they are, so an undo opens the bucket again.
//! Actions: `Remedy::BlockBucketPublicAccess.actions()`.
//! Never here: the account's own settings; see `account`.

use super::{Back, Buckets, Done, Found, late, wrong_prior};
use crate::aws::bucket::Bucket;
use crate::case::remedy::{AccessBlock, Prior};
use crate::ports::Fault;
use std::collections::BTreeMap;

pub(super) async fn prior(buckets: &Buckets<'_>) -> Result<Prior, Fault> {
    let mut found = BTreeMap::new();
    for store in &buckets.stores {
        found.insert(store.name.clone(), store.block().await?);
    }
    Ok(Prior::PublicAccess { buckets: found })
}

pub(super) async fn apply(buckets: &Buckets<'_>, prior: &Prior) -> Result<Done, Fault> {
    let (mut ids, mut notes) = (vec![], vec![]);
    for (store, before) in known(buckets, expected(prior)?) {
        if store.block().await? == Some(AccessBlock::ALL) {
            let already = *before == Some(AccessBlock::ALL);
            notes.extend(
                already.then(|| format!("public access to bucket {} was already blocked", store.name)),
            );
            continue;
        }
        ids.extend(store.put_block(AccessBlock::ALL).await?);
        if store.block().await? != Some(AccessBlock::ALL) {
            notes.push(late(&format!("public access to bucket {} as blocked", store.name)));
        }
    }
    Ok((ids, notes))
}

pub(super) async fn lost(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<String>, Fault> {
    let mut lost = vec![];
    for (store, _) in known(buckets, expected(prior)?) {
        if store.block().await? != Some(AccessBlock::ALL) {
            lost.push(complaint(&store.name));
        }
    }
    Ok(lost)
}

/// None where it was blocked before us.
pub(super) async fn parts(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<Found>, Fault> {
    let mut found = vec![];
    for (bucket, before) in expected(prior)?.iter().filter(|(_, before)| **before != Some(AccessBlock::ALL)) {
        let back = Back::Block { bucket: bucket.clone(), prior: *before };
        found.push(match buckets.find_store(bucket) {
            None => Found::gone(back, bucket),
            Some(store) => {
                let now = store.block().await?;
                Found::of(back, &now, &Some(AccessBlock::ALL), before, complaint(bucket))
            }
        });
    }
    Ok(found)
}

pub(super) async fn restore(store: &Bucket, prior: Option<AccessBlock>) -> Result<Option<String>, Fault> {
    match prior {
        Some(block) => store.put_block(block).await,
        None => store.delete_block().await,
    }
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, Option<AccessBlock>>, Fault> {
    let Prior::PublicAccess { buckets } = prior else { return Err(wrong_prior("public access to buckets")) };
    Ok(buckets)
}

/// Those that were looked at before and are still there.
fn known<'b, T>(
    buckets: &'b Buckets<'_>,
    before: &'b BTreeMap<String, T>,
) -> impl Iterator<Item = (&'b Bucket, &'b T)> {
    before.iter().filter_map(|(name, before)| Some((buckets.find_store(name)?, before)))
}

fn complaint(bucket: &str) -> String {
    format!("public access to bucket {bucket} is not blocked in full any more")
}
