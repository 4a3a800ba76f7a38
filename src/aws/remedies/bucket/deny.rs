//! `deny-principal-on-bucket`: one statement of the case in the bucket's policy that keeps the identity out; taken out
//! again by its `Sid`. S3 has no conditional write, so the policy is read twice before and once after each write.
//! Actions: `Remedy::DenyPrincipalOnBucket.actions()`.
//! Never here: other people's statements; they are carried along untouched.

use super::{Back, Buckets, Done, Found, late, who, wrong_prior};
use crate::aws::bucket::{Bucket, missing};
use crate::aws::call::Failed;
use crate::aws::remedies::identity::document::Document;
use crate::case::CaseId;
use crate::case::remedy::{Prior, sid};
use crate::ports::Fault;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest policy that S3 takes, in bytes (S3 quotas: 20 KB).
const QUOTA: usize = 20 * 1024;

/// Refused here already if nobody can be kept out, or if a policy cannot be read.
pub(super) async fn prior(buckets: &Buckets<'_>, case: &CaseId) -> Result<Prior, Fault> {
    let mut found = BTreeMap::new();
    for store in &buckets.stores {
        who::statement(buckets.target, &sid(case), &store.name)?;
        let text = store.policy().await?;
        if let Some(text) = &text {
            read(buckets, &store.name, text)?;
        }
        found.insert(store.name.clone(), text);
    }
    Ok(Prior::BucketPolicy { buckets: found })
}

pub(super) async fn apply(buckets: &Buckets<'_>, case: &CaseId, prior: &Prior) -> Result<Done, Fault> {
    let (mut ids, mut notes) = (vec![], vec![]);
    for name in expected(prior)?.keys() {
        let Some(store) = buckets.find_store(name) else { continue };
        let statement = who::statement(buckets.target, &sid(case), name)?;
        let (text, mut policy) = current(buckets, store).await?;
        if policy.get(&sid(case)) == Some(&statement) {
            continue;
        }
        policy.put(&sid(case), statement.clone());
        let written = policy.text();
        if written.len() > QUOTA {
            return Err(full(buckets, name));
        }
        unchanged(buckets, store, text.as_deref()).await?;
        ids.extend(buckets.put_policy(store, &written).await.map_err(|e| refused(buckets, name, e))?);
        if current(buckets, store).await?.1.get(&sid(case)) != Some(&statement) {
            notes.push(late(&format!("the statement in the policy of bucket {name}")));
        }
    }
    notes.extend(who::reach(buckets.target));
    Ok((ids, notes))
}

pub(super) async fn lost(buckets: &Buckets<'_>, case: &CaseId, prior: &Prior) -> Result<Vec<String>, Fault> {
    let mut lost = vec![];
    for name in expected(prior)?.keys() {
        let Some(store) = buckets.find_store(name) else { continue };
        let statement = who::statement(buckets.target, &sid(case), name)?;
        let (_, policy) = current(buckets, store).await?;
        let now = policy.get(&sid(case));
        lost.extend((now != Some(&statement)).then(|| complaint(case, name, now)));
    }
    Ok(lost)
}

/// None where an earlier plan of the case wrote the same statement.
pub(super) async fn parts(buckets: &Buckets<'_>, case: &CaseId, prior: &Prior) -> Result<Vec<Found>, Fault> {
    let mut found = vec![];
    for (bucket, before) in expected(prior)? {
        let statement = who::statement(buckets.target, &sid(case), bucket)?;
        let earlier = before.as_deref().map(|text| read(buckets, bucket, text)).transpose()?;
        let before_us = earlier.as_ref().and_then(|policy| policy.get(&sid(case)));
        if before_us == Some(&statement) {
            continue;
        }
        let back = Back::Policy { bucket: bucket.clone(), prior: before.clone() };
        let Some(store) = buckets.find_store(bucket) else {
            found.push(Found::gone(back, bucket));
            continue;
        };
        let (_, policy) = current(buckets, store).await?;
        let now = policy.get(&sid(case));
        let complaint = complaint(case, bucket, now);
        found.push(Found::of(back, &now, &Some(&statement), &before_us, complaint));
    }
    Ok(found)
}

/// Takes our statement out. What others wrote beside it stays; if nothing did, the policy is as it was to the letter.
pub(super) async fn restore(
    buckets: &Buckets<'_>,
    bucket: &str,
    case: &CaseId,
    prior: Option<&str>,
) -> Result<Option<String>, Fault> {
    let store = buckets.store_of(bucket)?;
    let before = prior.map(|text| read(buckets, bucket, text)).transpose()?;
    let (text, mut policy) = current(buckets, store).await?;
    match before.as_ref().and_then(|before| before.get(&sid(case))) {
        Some(statement) => policy.put(&sid(case), statement.clone()),
        None => policy.remove(&sid(case)),
    }
    let back = match (prior, before) {
        (Some(text), Some(before)) if before == policy => Some(text.to_owned()),
        (_, _) if policy.is_empty() => None,
        (_, _) => Some(policy.text()),
    };
    unchanged(buckets, store, text.as_deref()).await?;
    match back {
        Some(text) => Ok(buckets.put_policy(store, &text).await.map_err(|e| refused(buckets, bucket, e))?),
        None => buckets.delete_policy(store).await,
    }
}

async fn current(buckets: &Buckets<'_>, store: &Bucket) -> Result<(Option<String>, Document), Fault> {
    let text = store.policy().await?;
    let policy = text.as_deref().map(|text| read(buckets, &store.name, text)).transpose()?;
    Ok((text, policy.unwrap_or_else(Document::new)))
}

/// Somebody else is writing this policy at this very moment: theirs must not be lost.
async fn unchanged(buckets: &Buckets<'_>, store: &Bucket, text: Option<&str>) -> Result<(), Fault> {
    if store.policy().await?.as_deref() == text {
        return Ok(());
    }
    let (account, name) = (&buckets.target.account, &store.name);
    Err(Fault::later(format!(
        "account {account}: the policy of bucket {name} is being changed by somebody else"
    )))
}

fn read(buckets: &Buckets<'_>, bucket: &str, text: &str) -> Result<Document, Fault> {
    Document::parse(text).ok_or_else(|| {
        let account = &buckets.target.account;
        Fault::never(format!(
            "account {account}: the policy of bucket {bucket} cannot be read; nothing was written"
        ))
    })
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, Option<String>>, Fault> {
    let Prior::BucketPolicy { buckets } = prior else { return Err(wrong_prior("bucket policies")) };
    Ok(buckets)
}

fn complaint(case: &CaseId, bucket: &str, now: Option<&Value>) -> String {
    let what = if now.is_some() { "was changed in" } else { "is gone from" };
    format!("the statement {} {what} the policy of bucket {bucket}", sid(case))
}

fn full(buckets: &Buckets<'_>, bucket: &str) -> Fault {
    Fault::never(format!(
        "account {}: the policy of bucket {bucket} has no room left for a statement (20 KB, s3:PutBucketPolicy): \
         shorten it, or stop the credential instead",
        buckets.target.account
    ))
}

/// S3 takes no change to a policy that is public while `BlockPublicPolicy` is on, not even one that narrows it.
fn refused(buckets: &Buckets<'_>, bucket: &str, failed: Failed) -> Fault {
    if failed.is_missing() {
        return Fault::gone(missing(bucket));
    }
    if failed.is_denied() && failed.message.contains("BlockPublicPolicy") {
        return Fault::never(format!(
            "account {}: the policy of bucket {bucket} is public, and S3 takes no change to it while BlockPublicPolicy \
             is on (s3:PutBucketPolicy): take the public statement out by hand",
            buckets.target.account
        ));
    }
    failed.fault
}
