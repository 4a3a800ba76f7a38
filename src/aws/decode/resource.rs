//! What was acted on, read by presence: `resourceType` says only which of several to prefer.
//! Never here: the credential, which is the principal's.

use super::guardduty::Place;
use super::json::Node;
use crate::case::finding::{BucketNote, Resource};

/// Details that name their own ARN, as `(resourceType, path, ARN)`, most telling first.
const OTHERS: [(&str, &str, &str); 9] = [
    ("Lambda", "lambdaDetails", "functionArn"),
    ("ECSCluster", "ecsClusterDetails", "arn"),
    ("EKSCluster", "eksClusterDetails", "arn"),
    ("RDSLimitlessDB", "rdsLimitlessDbDetails", "dbShardGroupArn"),
    ("RDSDBInstance", "rdsDbInstanceDetails", "dbInstanceArn"),
    ("EBSSnapshot", "ebsSnapshotDetails", "snapshotArn"),
    ("EC2Image", "ec2ImageDetails", "imageArn"),
    ("RecoveryPoint", "recoveryPointDetails", "recoveryPointArn"),
    ("Container", "containerDetails", "arn"),
];

/// `None` when the finding is about a credential only.
pub(super) fn read(finding: Node<'_>, place: &Place) -> Option<Resource> {
    let details = finding.get("resource");
    let kind = details.get("resourceType").text().unwrap_or_default();
    let named = match kind.as_str() {
        "Instance" => instance(details, place),
        "S3Bucket" | "S3Object" => bucket(details, place),
        other => OTHERS.iter().find(|(name, _, _)| *name == other).and_then(|row| named(details, row)),
    };
    let found = named
        .or_else(|| instance(details, place))
        .or_else(|| bucket(details, place))
        .or_else(|| OTHERS.iter().find_map(|row| self::named(details, row)));
    found.or_else(|| unnamed(finding, kind))
}

fn instance(details: Node<'_>, place: &Place) -> Option<Resource> {
    let id = details.at("instanceDetails.instanceId").text()?;
    let rest = id.strip_prefix("i-").unwrap_or_default();
    let shaped = (1..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if !shaped {
        return Some(Resource::Other { kind: "Instance".to_owned(), arn: None });
    }
    let (p, region, account) = (place.partition.as_str(), &place.region, &place.account);
    let arn = format!("arn:{p}:ec2:{region}:{account}:instance/{id}");
    Some(Resource::Instance { id, arn })
}

/// Buckets of one finding that we look at and act on. GuardDuty names one or two.
const BUCKETS: usize = 10;

/// The first bucket named stands for the finding; the others are kept beside it.
fn bucket(details: Node<'_>, place: &Place) -> Option<Resource> {
    let named = details.get("s3BucketDetails").items();
    named.first()?.get("name").text()?;
    let all: Vec<BucketNote> =
        named.into_iter().filter_map(|one| bucket_note(one, place)).take(BUCKETS).collect();
    let shaped = all.first().map(|first| (first.name.clone(), first.arn.clone()));
    Some(match shaped {
        Some((name, arn)) => Resource::Bucket { name, arn, all },
        None => Resource::Other { kind: "S3Bucket".to_owned(), arn: None },
    })
}

/// `None` for what cannot be a bucket's name.
fn bucket_note(one: Node<'_>, place: &Place) -> Option<BucketNote> {
    let name = one.get("name").text()?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if !(3..=255).contains(&name.len()) || !name.bytes().all(allowed) {
        return None;
    }
    // Directory buckets have an ARN with Region and account; it is believed only if it is about this bucket.
    let given = one.get("arn").text().filter(|arn| arn.starts_with("arn:") && arn.ends_with(&name));
    let arn = given.unwrap_or_else(|| format!("arn:{}:s3:::{name}", place.partition.as_str()));
    let side = one.get("type").text().map(|side| side.to_ascii_uppercase());
    Some(BucketNote { name, arn, side, permission: one.at("publicAccess.effectivePermission").text() })
}

fn named(details: Node<'_>, (kind, path, arn): &(&str, &str, &str)) -> Option<Resource> {
    let node = details.get(path).first();
    let arn = node.get(arn).text().filter(|arn| arn.starts_with("arn:"));
    node.is_there().then(|| Resource::Other { kind: (*kind).to_owned(), arn })
}

/// Without details. A sequence is known by its own ARN, so that two of them never pass for one.
fn unnamed(finding: Node<'_>, kind: String) -> Option<Resource> {
    match kind.as_str() {
        "" | "AccessKey" => None,
        "AttackSequence" => Some(Resource::Other { kind, arn: finding.get("arn").text() }),
        _ => Some(Resource::Other { kind, arn: None }),
    }
}
