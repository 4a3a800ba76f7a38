//! `make-acl-private`: the bucket's ACL gives nobody but the owner anything; its grants put back as they were.
//! Actions: `Remedy::MakeAclPrivate.actions()`.
//! Never here: ACLs of objects; they stay as they are, and Block Public Access covers them.

use super::{Back, Buckets, Done, Found, late, wrong_prior};
use crate::aws::bucket::Bucket;
use crate::case::remedy::{AccessBlock, Acl, AclBefore, Prior};
use crate::ports::Fault;
use std::collections::BTreeMap;

pub(super) async fn prior(buckets: &Buckets<'_>) -> Result<Prior, Fault> {
    let mut found = BTreeMap::new();
    for store in &buckets.stores {
        found.insert(store.name.clone(), before(buckets, store).await?);
    }
    Ok(Prior::Acl { buckets: found })
}

async fn before(buckets: &Buckets<'_>, store: &Bucket) -> Result<AclBefore, Fault> {
    if store.acls_are_disabled().await? {
        return Ok(AclBefore::Disabled);
    }
    let acl = store.acl().await?;
    let block = blocks(buckets, store).await?;
    let why = if block.ignore_acls && acl.is_private() {
        return Ok(AclBefore::Hidden);
    } else if block.ignore_acls {
        // S3 tells only what is in effect while public grants are ignored (facts/aws.md 2.8).
        "S3 does not tell all of it while public grants are ignored"
    } else if block.block_acls && acl.grants.iter().any(|grant| grant.to.is_public()) {
        "S3 takes no public ACL while BlockPublicAcls is on"
    } else {
        return Ok(AclBefore::Read(acl));
    };
    let (account, name) = (&buckets.target.account, &store.name);
    Err(Fault::never(format!(
        "account {account}: the ACL of bucket {name} gives access to others, and it could not be put back: {why}; \
         block public access to the bucket instead; nothing was written"
    )))
}

/// The bucket's settings and the account's together. Where the account's cannot be read, the bucket's decide.
async fn blocks(buckets: &Buckets<'_>, store: &Bucket) -> Result<AccessBlock, Fault> {
    let own = store.block().await?.unwrap_or_default();
    let above = buckets.account_block().await.ok().flatten().unwrap_or_default();
    Ok(AccessBlock {
        block_acls: own.block_acls || above.block_acls,
        ignore_acls: own.ignore_acls || above.ignore_acls,
        block_policy: own.block_policy || above.block_policy,
        restrict: own.restrict || above.restrict,
    })
}

pub(super) async fn apply(buckets: &Buckets<'_>, prior: &Prior) -> Result<Done, Fault> {
    let (mut ids, mut notes) = (vec![], vec![]);
    for (name, before) in expected(prior)? {
        let Some(store) = buckets.find_store(name) else { continue };
        match before {
            AclBefore::Disabled => notes.push(format!("bucket {name} does not use ACLs")),
            AclBefore::Hidden => {
                notes.push(format!("the ACL of bucket {name} gives nobody else access as it is"))
            }
            AclBefore::Read(before) => {
                if store.acl().await? == Acl::private(&before.owner) {
                    let already = before.is_private();
                    notes.extend(already.then(|| format!("the ACL of bucket {name} was already private")));
                    continue;
                }
                ids.extend(buckets.put_acl(store, &Acl::private(&before.owner)).await?);
                if !store.acl().await?.is_private() {
                    notes.push(late(&format!("the ACL of bucket {name} as private")));
                }
            }
        }
    }
    Ok((ids, notes))
}

pub(super) async fn lost(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<String>, Fault> {
    let mut lost = vec![];
    for (name, _) in read(expected(prior)?) {
        let Some(store) = buckets.find_store(name) else { continue };
        let open = !store.acl().await?.is_private();
        lost.extend(open.then(|| complaint(name)));
    }
    Ok(lost)
}

/// None where the ACL was private before us, or means nothing.
pub(super) async fn parts(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<Found>, Fault> {
    let mut found = vec![];
    for (bucket, before) in read(expected(prior)?) {
        let private = Acl::private(&before.owner);
        if *before == private {
            continue;
        }
        let back = Back::Acl { bucket: bucket.clone(), prior: before.clone() };
        found.push(match buckets.find_store(bucket) {
            None => Found::gone(back, bucket),
            Some(store) => Found::of(back, &store.acl().await?, &private, before, complaint(bucket)),
        });
    }
    Ok(found)
}

fn read(before: &BTreeMap<String, AclBefore>) -> impl Iterator<Item = (&String, &Acl)> {
    before.iter().filter_map(|(name, before)| match before {
        AclBefore::Read(acl) => Some((name, acl)),
        AclBefore::Disabled | AclBefore::Hidden => None,
    })
}

fn expected(prior: &Prior) -> Result<&BTreeMap<String, AclBefore>, Fault> {
    let Prior::Acl { buckets } = prior else { return Err(wrong_prior("ACLs")) };
    Ok(buckets)
}

fn complaint(bucket: &str) -> String {
    format!("the ACL of bucket {bucket} gives others access again")
}
