//! Everything that can be said of a bucket, on the card and in its thread.
//! Never here: assertions.

use vouch::case::evidence::{AclFact, BucketEvidence, BucketFact, PolicyFact};
use vouch::case::message::{BucketView, Note};
use vouch::case::principal::Partition;
use vouch::case::remedy::Remedy;

/// Everything that can be said of a bucket.
pub(super) fn view(text: &str) -> BucketView {
    let all = || vec![text.to_owned(); 30];
    let facts = vec![
        BucketFact::PublicByPolicy,
        BucketFact::PublicByAcl(all()),
        BucketFact::PublicButBlocked,
        BucketFact::NotPublic,
        BucketFact::OtherAccounts(all()),
        BucketFact::CloudFront,
        BucketFact::Site,
        BucketFact::Origins(all()),
        BucketFact::AccessPoints(all()),
        BucketFact::Endpoints(all()),
        BucketFact::LogDelivery,
        BucketFact::NotLogged,
        BucketFact::NotVersioned,
        BucketFact::DataClass(text.to_owned()),
    ];
    let breaks = vec![(Remedy::BlockBucketPublicAccess, facts.clone())];
    BucketView { name: text.to_owned(), region: Some(text.to_owned()), facts, breaks }
}

/// Everything that can be known of a bucket.
pub(super) fn sharing(text: &str) -> Note {
    let all = || vec![text.to_owned(); 30];
    let bucket = BucketEvidence {
        name: text.to_owned(),
        policy: Some(PolicyFact { public: true, others: all(), cloudfront: true, endpoints: all() }),
        acl: Some(AclFact { disabled: false, everybody: all(), others: all(), logs: true }),
        access_points: all(),
        tags: vec![("data-class".to_owned(), text.to_owned())],
        ..BucketEvidence::default()
    };
    Note::Sharing { buckets: vec![bucket; 3], partition: Partition::Commercial, signed_hours: Some(36) }
}
