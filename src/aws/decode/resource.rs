//! What was acted on, read by presence: `resourceType` says only which of several to prefer.
//! Never here: the credential, which is the principal's.

use super::guardduty::Place;
use super::json::Node;
use crate::case::finding::Resource;

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

/// The first bucket named; the others are in the finding GuardDuty keeps.
fn bucket(details: Node<'_>, place: &Place) -> Option<Resource> {
    let first = details.get("s3BucketDetails").first();
    let name = first.get("name").text()?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if !(3..=255).contains(&name.len()) || !name.bytes().all(allowed) {
        return Some(Resource::Other { kind: "S3Bucket".to_owned(), arn: None });
    }
    // Directory buckets have an ARN with Region and account; it is believed only if it is about this bucket.
    let given = first.get("arn").text().filter(|arn| arn.starts_with("arn:") && arn.ends_with(&name));
    let arn = given.unwrap_or_else(|| format!("arn:{}:s3:::{name}", place.partition.as_str()));
    Some(Resource::Bucket { name, arn })
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
