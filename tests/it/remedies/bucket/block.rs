//! `block-bucket-public-access`.
//! Never here: the account's settings.

use super::*;

const REMEDY: Remedy = Remedy::BlockBucketPublicAccess;

#[tokio::test]
async fn a_public_read_is_refused_and_works_again_after_undo() {
    let y = Yard::new("block-there-and-back").await;
    y.open().await;
    assert_eq!(y.stranger().await, 200);
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    assert_eq!(y.stranger().await, 403);
    let receipt = act.receipt.as_ref().unwrap();
    assert_eq!((receipt.request_ids.len(), receipt.note.as_str()), (1, ""));
    // The policy stays: it is what an undo opens the bucket by.
    assert_eq!(y.policy().await, Some(everybody(&y.bucket)));
    assert_eq!(restored(y.undo(&y.target(), &act, false).await), 1);
    assert_eq!(y.stranger().await, 200);
    y.there_and_back(&y.target(), REMEDY).await;
}

#[tokio::test]
async fn settings_that_stood_there_stand_there_again() {
    let y = Yard::new("block-some").await;
    y.set_block(Some(AccessBlock { block_policy: true, ..AccessBlock::default() })).await;
    y.there_and_back(&y.target(), REMEDY).await;
}

#[tokio::test]
async fn a_bucket_that_was_blocked_is_left_alone() {
    let y = Yard::new("block-already").await;
    let before = y.whole().await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    let receipt = act.receipt.as_ref().unwrap();
    let note = format!("public access to bucket {} was already blocked", y.bucket);
    assert_eq!((receipt.request_ids.len(), receipt.note.as_str(), y.calls.writes()), (0, note.as_str(), 0));
    assert_eq!(restored(y.undo(&y.target(), &act, false).await), 0);
    assert_eq!(y.whole().await, before);
}

#[tokio::test]
async fn settings_changed_by_somebody_else_are_told_and_left() {
    let y = Yard::new("block-foreign").await;
    y.open().await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    let theirs = Some(AccessBlock { restrict: true, ..AccessBlock::default() });
    y.set_block(theirs).await;
    let during = y.whole().await;
    let lost = y.verify(&y.target(), &act).await;
    assert_eq!(lost, [format!("public access to bucket {} is not blocked in full any more", y.bucket)]);
    assert_eq!(refused(y.undo(&y.target(), &act, false).await), lost);
    assert_eq!(refused(y.undo(&y.target(), &act, true).await), lost);
    assert_eq!(y.whole().await, during);
}

#[tokio::test]
async fn the_bucket_must_be_the_accounts_and_the_permission_ours() {
    let y = Yard::new("block-denied").await;
    y.open().await;
    let deny = json!({ "Effect": "Deny", "Action": "s3:PutBucketPublicAccessBlock", "Resource": "*" });
    let document = json!({ "Version": "2012-10-17", "Statement": deny }).to_string();
    y.aws.put_policy(&y.hub.name, "Broken", &document).await;
    let fault = y.carry_out(&y.target(), REMEDY).await.unwrap_err();
    assert!(matches!(&fault, Fault::Never { gone: false, .. }), "{fault:?}");
    assert!(fault.to_string().contains("s3:PutPublicAccessBlock in account 000000000000"), "{fault}");
    assert_eq!(y.stranger().await, 200);
}
