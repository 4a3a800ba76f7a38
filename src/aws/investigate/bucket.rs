//! What can be read about the buckets of a finding before anybody is asked: settings, never objects.
//! Never here: writes, or conclusions. What cannot be read is a gap, said in a sentence.

mod policy;

use crate::aws::bucket::{Bucket, account_block};
use crate::aws::clients::{Clients, S3Control};
use crate::case::evidence::{AclFact, BucketEvidence, PolicyFact};
use crate::case::finding::{Finding, Resource};
use crate::case::principal::AccountId;
use crate::case::remedy::{AccessBlock, Acl, Grantee};
use crate::ports::Fault;
use futures_util::future::join_all;
use std::future::Future;
use tokio::time::{Instant, timeout_at};

/// What the look-ups need in the account looked into. `HeadBucket` needs nothing: a refusal tells the Region too.
pub const ACTIONS: [&str; 12] = [
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:ListAccessPoints",
];

/// Access points named in a card.
const POINTS: i32 = 20;

/// The buckets in the finding's order, and a sentence for each thing that could not be read.
pub(super) async fn look(
    clients: &Clients,
    finding: &Finding,
    until: Instant,
) -> (Vec<BucketEvidence>, Vec<String>) {
    let names = finding.resource.as_ref().map(Resource::buckets).unwrap_or_default();
    if names.is_empty() {
        return (vec![], vec![]);
    }
    let opened = clients.evidence_session(&finding.account, finding.partition, &finding.id);
    let session = match in_time(until, "credentials to look at buckets with", opened).await {
        Ok(session) => session,
        Err(gap) => return (vec![], vec![gap]),
    };
    let control = session.s3control(finding.region.as_str());
    let of_account =
        in_time(until, "s3:GetAccountPublicAccessBlock", account_block(&control, &finding.account));
    let one = |name: &str| {
        let (name, session) = (name.to_owned(), session.clone());
        async move {
            let found = Bucket::find(&session, &name, &finding.account, &finding.region);
            match in_time(until, "s3:HeadBucket", found).await {
                Ok(bucket) => bucket_of(&session.s3control(bucket.region()), &bucket, until).await,
                Err(gap) => (BucketEvidence { name, ..BucketEvidence::default() }, vec![gap]),
            }
        }
    };
    let (of_account, found) = tokio::join!(of_account, join_all(names.into_iter().map(one)));
    let (mut buckets, gaps): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut gaps: Vec<String> = gaps.into_iter().flatten().collect();
    let of_account: Option<AccessBlock> = keep(of_account, &mut gaps).flatten();
    for bucket in &mut buckets {
        bucket.account_block = of_account;
    }
    (buckets, gaps)
}

/// One bucket, everything side by side. In boxes, because the SDK's futures are big.
async fn bucket_of(control: &S3Control, bucket: &Bucket, until: Instant) -> (BucketEvidence, Vec<String>) {
    let (block, policy, status, acl, disabled, cors) = tokio::join!(
        in_time(until, "s3:GetBucketPublicAccessBlock", Box::pin(bucket.block())),
        in_time(until, "s3:GetBucketPolicy", Box::pin(bucket.policy())),
        in_time(until, "s3:GetBucketPolicyStatus", Box::pin(bucket.policy_is_public())),
        in_time(until, "s3:GetBucketAcl", Box::pin(bucket.acl())),
        in_time(until, "s3:GetBucketOwnershipControls", Box::pin(bucket.acls_are_disabled())),
        in_time(until, "s3:GetBucketCORS", Box::pin(bucket.cors())),
    );
    let (site, logged, versioned, tags, points) = tokio::join!(
        in_time(until, "s3:GetBucketWebsite", Box::pin(bucket.serves_a_site())),
        in_time(until, "s3:GetBucketLogging", Box::pin(bucket.is_logged())),
        in_time(until, "s3:GetBucketVersioning", Box::pin(bucket.is_versioned())),
        in_time(until, "s3:GetBucketTagging", Box::pin(bucket.tags())),
        in_time(until, "s3:ListAccessPoints", Box::pin(access_points(control, bucket))),
    );
    let mut gaps = vec![];
    let status = keep(status, &mut gaps).flatten();
    let policy = keep(policy, &mut gaps).map(|text| said(text.as_deref(), status, &bucket.owner));
    let disabled = keep(disabled, &mut gaps).unwrap_or_default();
    let evidence = BucketEvidence {
        name: bucket.name.clone(),
        region: Some(bucket.region().to_owned()),
        block: keep(block, &mut gaps).flatten(),
        account_block: None,
        policy,
        acl: keep(acl, &mut gaps).map(|acl| given(&acl, disabled)),
        cors: keep(cors, &mut gaps)
            .map(|rules| rules.unwrap_or_default().into_iter().flat_map(|rule| rule.origins).collect()),
        site: keep(site, &mut gaps).unwrap_or_default(),
        access_points: keep(points, &mut gaps).unwrap_or_default(),
        logged: keep(logged, &mut gaps),
        versioned: keep(versioned, &mut gaps),
        tags: keep(tags, &mut gaps).unwrap_or_default(),
    };
    (evidence, gaps)
}

/// S3's verdict counts where it gives one: some emulators, and S3 itself at times, answer without.
fn said(text: Option<&str>, status: Option<bool>, owner: &AccountId) -> PolicyFact {
    let read = text.map(|text| policy::read(text, owner)).unwrap_or_default();
    PolicyFact { public: status.unwrap_or(read.public), ..read }
}

fn given(acl: &Acl, disabled: bool) -> AclFact {
    let mut fact = AclFact { disabled, ..AclFact::default() };
    for grant in &acl.grants {
        match &grant.to {
            to if to.is_public() => fact.everybody.push(grant.permission.clone()),
            Grantee::Id(id) if *id == acl.owner => {}
            Grantee::Id(id) | Grantee::Email(id) => fact.others.push(id.clone()),
            Grantee::Group(uri) => fact.logs |= uri.ends_with("/LogDelivery"),
        }
    }
    fact
}

async fn access_points(control: &S3Control, bucket: &Bucket) -> Result<Vec<String>, Fault> {
    let call = control.client.list_access_points().account_id(bucket.owner.as_str()).bucket(&bucket.name);
    let sent = call.max_results(POINTS).send();
    let answer = control.place.call("s3control", "ListAccessPoints", sent).await?;
    let points = answer.access_point_list.unwrap_or_default();
    Ok(points.into_iter().map(|point| point.name).collect())
}

async fn in_time<T>(
    until: Instant,
    what: &str,
    read: impl Future<Output = Result<T, Fault>>,
) -> Result<T, String> {
    match timeout_at(until, read).await {
        Ok(read) => read.map_err(|fault| fault.to_string()),
        Err(_) => Err(format!("{what} took too long")),
    }
}

/// The answer, or nothing and a gap.
fn keep<T>(read: Result<T, String>, gaps: &mut Vec<String>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}
