//! `remove-cors`: no web page of another site may use the bucket; its rules put back as they were.
//! Actions: `Remedy::RemoveCors.actions()`.
//! Never here: access. CORS grants none, it only keeps browsers from asking.

use super::{Back, Buckets, Done, Found, late, wrong_prior};
use crate::case::remedy::{CorsRule, Prior};
use crate::ports::Fault;
use std::collections::BTreeMap;

pub(super) async fn prior(buckets: &Buckets<'_>) -> Result<Prior, Fault> {
    let mut found = BTreeMap::new();
    for store in &buckets.stores {
        found.insert(store.name.clone(), store.cors().await?);
    }
    Ok(Prior::Cors { buckets: found })
}

pub(super) async fn apply(buckets: &Buckets<'_>, prior: &Prior) -> Result<Done, Fault> {
    let (mut ids, mut notes) = (vec![], vec![]);
    for (name, before) in expected(prior)? {
        let Some(store) = buckets.find_store(name) else { continue };
        match store.cors().await? {
            None if before.is_none() => notes.push(format!("bucket {name} has no CORS rules")),
            None => {}
            Some(_) => {
                ids.extend(buckets.delete_cors(store).await?);
                if store.cors().await?.is_some() {
                    notes.push(late(&format!("the CORS rules of bucket {name} as removed")));
                }
            }
        }
    }
    Ok((ids, notes))
}

pub(super) async fn lost(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<String>, Fault> {
    let mut lost = vec![];
    for name in expected(prior)?.keys() {
        let Some(store) = buckets.find_store(name) else { continue };
        lost.extend(store.cors().await?.map(|_| complaint(name)));
    }
    Ok(lost)
}

/// None where there were no rules to take away.
pub(super) async fn parts(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<Found>, Fault> {
    let mut found = vec![];
    for (bucket, before) in expected(prior)? {
        let Some(rules) = before else { continue };
        let back = Back::Cors { bucket: bucket.clone(), prior: rules.clone() };
        found.push(match buckets.find_store(bucket) {
            None => Found::gone(back, bucket),
            Some(store) => Found::of(back, &store.cors().await?, &None, before, complaint(bucket)),
        });
    }
    Ok(found)
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, Option<Vec<CorsRule>>>, Fault> {
    let Prior::Cors { buckets } = prior else { return Err(wrong_prior("CORS rules")) };
    Ok(buckets)
}

fn complaint(bucket: &str) -> String {
    format!("bucket {bucket} has CORS rules again")
}
