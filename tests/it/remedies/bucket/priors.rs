//! Whatever stood on a bucket before stands there again after a remedy and its undo.
//! Never here: anything else that may be true of a remedy.

use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Policies as people write them; `B` stands for the bucket.
const POLICIES: [Option<&str>; 5] = [
    None,
    Some(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Site","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::B/*"}]}"#,
    ),
    Some(
        "{\n  \"Statement\": { \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:DeleteObject\", \"Resource\": \"arn:aws:s3:::B/*\" },\n  \"Version\": \"2012-10-17\"\n}",
    ),
    Some(
        r#"{"Id":"p","Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"s3:*","Resource":"arn:aws:s3:::B"}]}"#,
    ),
    Some(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Vouchc0ffee0000000009","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::B"],"Condition":{"StringEquals":{"aws:userid":"AIDAX"}}}]}"#,
    ),
];

type State = (usize, Option<[bool; 4]>, Option<usize>, Option<bool>);

fn states() -> impl Strategy<Value = State> {
    (0..POLICIES.len(), any::<Option<[bool; 4]>>(), proptest::option::of(0..4usize), any::<Option<bool>>())
}

async fn set(y: &Yard, (policy, block, acl, cors): State) {
    y.set_block(None).await;
    if let Some(acl) = acl {
        y.enable_acls().await;
        let canned = [
            s3::BucketCannedAcl::Private,
            s3::BucketCannedAcl::PublicRead,
            s3::BucketCannedAcl::PublicReadWrite,
            s3::BucketCannedAcl::AuthenticatedRead,
        ];
        y.set_acl(canned[acl].clone()).await;
    }
    if let Some(text) = POLICIES[policy] {
        y.set_policy(Some(&text.replace(":::B", &format!(":::{}", y.bucket)))).await;
    }
    if let Some(wide) = cors {
        y.set_cors(if wide { &["*"] } else { &["https://a.example", "https://b.example"] }).await;
    }
    if let Some([block_acls, ignore_acls, block_policy, restrict]) = block {
        y.set_block(Some(AccessBlock { block_acls, ignore_acls, block_policy, restrict })).await;
    }
}

#[tokio::test]
async fn any_remedy_and_its_undo_leave_no_trace() {
    let remedies = [
        Remedy::BlockBucketPublicAccess,
        Remedy::DenyPrincipalOnBucket,
        Remedy::MakeAclPrivate,
        Remedy::RemoveCors,
    ];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut done, mut refusals) = (0, 0);
    for round in 0..24 {
        let state = states().new_tree(&mut runner).unwrap().current();
        let y = Yard::new(&format!("priors-bucket-{round}")).await;
        set(&y, state).await;
        let before = y.whole().await;
        let eve = y.aws.create_user(&format!("{}-eve", y.bucket)).await;
        let target = Target { buckets: vec![y.bucket.clone()], ..eve.target(&[]) };
        for remedy in remedies {
            let at = format!("round {round}, {state:?}, {}", remedy.as_str());
            match y.carry_out(&target, remedy).await {
                Ok(act) => {
                    done += 1;
                    assert_eq!(y.verify(&target, &act).await, Vec::<String>::new(), "{at}");
                    restored(y.undo(&target, &act, false).await);
                }
                // S3 itself, or we, would not have been able to put it back.
                Err(Fault::Never { .. }) => refusals += 1,
                Err(fault) => assert_eq!(fault.to_string(), "", "{at}"),
            }
            assert_eq!(y.whole().await, before, "{at}");
        }
    }
    assert!(done > 60 && refusals > 0, "{done} done, {refusals} refused");
}

/// What `contain` is for a bucket, and then everything else, taken back newest first as a release does.
#[tokio::test]
async fn every_remedy_after_the_other_undone_newest_first_leaves_no_trace() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for round in 0..10 {
        let (policy, _, acl, cors) = states().new_tree(&mut runner).unwrap().current();
        let y = Yard::new(&format!("priors-all-{round}")).await;
        set(&y, (policy, None, acl, cors)).await;
        let before = y.whole().await;
        let eve = y.aws.create_user(&format!("{}-eve", y.bucket)).await;
        let target = Target { buckets: vec![y.bucket.clone()], ..eve.target(&[]) };
        let order = [
            Remedy::RemoveCors,
            Remedy::MakeAclPrivate,
            Remedy::DenyPrincipalOnBucket,
            Remedy::BlockBucketPublicAccess,
        ];
        let mut acts = vec![];
        for remedy in order {
            acts.push(y.carry_out(&target, remedy).await.unwrap());
        }
        assert_eq!(y.stranger().await, 403, "round {round}");
        for act in acts.iter().rev() {
            restored(y.undo(&target, act, false).await);
        }
        assert_eq!(y.whole().await, before, "round {round}");
    }
}
