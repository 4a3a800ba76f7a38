//! Buckets on the card and in its thread.
//! Never here: words, or what follows from the facts; the evidence says that.

use super::codes;
use crate::case::evidence::{BucketEvidence, BucketFact};
use crate::case::message::BucketView;
use crate::case::principal::Partition;
use crate::slack::escape::{clean, entities, plain_to};
use crate::slack::texts::Words;
use crate::slack::texts::bucket::Sharing;
use serde_json::json;

/// Buckets that are described, and names in one list.
const FEW: usize = 3;

/// Values inside a line are cut here.
const PART: usize = 80;

/// S3 User Guide.
const ADVICE: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html";

/// What is known of each bucket, and what each remedy would break there.
pub(super) fn lines(w: &dyn Words, buckets: &[BucketView]) -> String {
    let lines = buckets.iter().take(FEW).flat_map(|bucket| {
        let region = bucket.region.as_deref().map(|region| entities(&clean(region, 24)));
        let head = w.bucket(&safe(&bucket.name), region.as_deref(), &said(w, &bucket.facts));
        let breaks = bucket.breaks.iter();
        let breaks =
            breaks.map(|(remedy, facts)| format!("• {}", w.breaks_here(w.remedy(*remedy), &said(w, facts))));
        std::iter::once(head).chain(breaks).collect::<Vec<_>>()
    });
    let mut lines: Vec<String> = lines.collect();
    let more = buckets.len().saturating_sub(FEW);
    lines.extend((more > 0).then(|| w.and_more(more)));
    lines.join("\n")
}

/// A value of another's, cut short.
fn safe(text: &str) -> String {
    format!("`{}`", entities(&plain_to(text, PART)))
}

fn said(w: &dyn Words, facts: &[BucketFact]) -> String {
    let all = facts.iter().map(|fact| w.bucket_fact(&short(fact).map(safe)));
    all.collect::<Vec<_>>().join("; ")
}

/// A list may be as long as a policy.
fn short(fact: &BucketFact) -> BucketFact {
    let some = |names: &[String]| names.iter().take(2 * FEW).cloned().collect();
    match fact {
        BucketFact::PublicByAcl(names) => BucketFact::PublicByAcl(some(names)),
        BucketFact::OtherAccounts(names) => BucketFact::OtherAccounts(some(names)),
        BucketFact::Origins(names) => BucketFact::Origins(some(names)),
        BucketFact::AccessPoints(names) => BucketFact::AccessPoints(some(names)),
        BucketFact::Endpoints(names) => BucketFact::Endpoints(some(names)),
        BucketFact::PublicByPolicy
        | BucketFact::PublicButBlocked
        | BucketFact::NotPublic
        | BucketFact::CloudFront
        | BucketFact::Site
        | BucketFact::LogDelivery
        | BucketFact::NotLogged
        | BucketFact::NotVersioned
        | BucketFact::DataClass(_) => fact.clone(),
    }
}

/// How one bucket can be shared without public access, with its own values filled in.
pub(super) fn sharing(
    w: &dyn Words,
    bucket: &BucketEvidence,
    partition: Partition,
    signed_hours: Option<u16>,
) -> String {
    let listed = |names: &[String]| (!names.is_empty()).then(|| codes(w, names, 2 * FEW));
    let policy = bucket.policy.clone().unwrap_or_default();
    // What stands in a policy is copied: nothing but what a name may hold gets there.
    let plain = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    let name: String = bucket.name.chars().filter(plain).take(63).collect();
    let arn = format!("arn:{}:s3:::{name}", partition.as_str());
    let statement = json!({
        "Sid": "OnlyThroughOurEndpoint",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, format!("{arn}/*")],
        "Condition": { "StringNotEquals": { "aws:SourceVpce": "vpce-YOURS" } },
    });
    let about = Sharing {
        bucket: safe(&bucket.name),
        others: listed(&policy.others),
        endpoints: listed(&policy.endpoints),
        statement: format!("```{}```", entities(&statement.to_string())),
        signed_hours,
        points: listed(&bucket.access_points),
        acls_disabled: bucket.acl.as_ref().map(|acl| acl.disabled),
        data_class: bucket.data_class().map(safe),
        link: format!("<{ADVICE}|security-best-practices.html>"),
    };
    let lines = w.sharing(&about);
    let (head, rest) = lines.split_first().map_or(("", &[][..]), |(head, rest)| (head.as_str(), rest));
    let rest = rest.iter().map(|line| format!("• {line}"));
    std::iter::once(head.to_owned()).chain(rest).collect::<Vec<_>>().join("\n")
}
