//! `make-acl-private`.
//! Never here: ACLs of objects.

use super::*;

const REMEDY: Remedy = Remedy::MakeAclPrivate;

async fn with_public_acl(name: &str) -> Yard {
    let y = Yard::new(name).await;
    y.set_block(None).await;
    y.enable_acls().await;
    y.set_acl(s3::BucketCannedAcl::PublicReadWrite).await;
    y
}

#[tokio::test]
async fn a_stranger_can_no_longer_list_and_can_again_after_undo() {
    let y = with_public_acl("acl-there-and-back").await;
    let path = format!("/{}", y.bucket);
    let list = || y.status("GET", &path, "");
    assert_eq!(list().await, 200);
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    assert_eq!(list().await, 403);
    assert_eq!(restored(y.undo(&y.target(), &act, false).await), 1);
    assert_eq!(list().await, 200);
    y.there_and_back(&y.target(), REMEDY).await;
}

#[tokio::test]
async fn where_acls_mean_nothing_nothing_is_written() {
    let y = Yard::new("acl-disabled").await;
    let before = y.whole().await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    assert_eq!(act.receipt.as_ref().unwrap().note, format!("bucket {} does not use ACLs", y.bucket));
    assert!(y.verify(&y.target(), &act).await.is_empty());
    assert_eq!((restored(y.undo(&y.target(), &act, false).await), y.calls.writes()), (0, 0));
    assert_eq!(y.whole().await, before);
}

/// Written before public ACLs were blocked, it would be refused after.
#[tokio::test]
async fn an_acl_that_could_not_be_written_back_is_never_overwritten() {
    let y = with_public_acl("acl-blocked").await;
    y.set_block(Some(AccessBlock { block_acls: true, ..AccessBlock::default() })).await;
    let before = y.whole().await;
    let fault = y.carry_out(&y.target(), REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("while BlockPublicAcls is on"), "{fault}");
    assert_eq!((y.whole().await, y.calls.writes()), (before, 0));
}

/// While public grants are ignored S3 tells only what is left of the ACL, so it could not be put back.
#[tokio::test]
async fn an_acl_that_cannot_be_read_in_full_is_never_overwritten() {
    let y = with_public_acl("acl-ignored").await;
    y.set_block(Some(AccessBlock { ignore_acls: true, ..AccessBlock::default() })).await;
    let before = y.whole().await;
    let fault = y.carry_out(&y.target(), REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("could not be put back"), "{fault}");
    y.set_block(None).await;
    y.set_acl(s3::BucketCannedAcl::Private).await;
    y.set_block(Some(AccessBlock { ignore_acls: true, ..AccessBlock::default() })).await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    let note = format!("the ACL of bucket {} gives nobody else access as it is", y.bucket);
    assert_eq!((act.receipt.as_ref().unwrap().note.as_str(), y.calls.writes()), (note.as_str(), 0));
    assert_ne!(y.whole().await, before);
}

#[tokio::test]
async fn grants_that_somebody_gave_since_are_told_and_left() {
    let y = with_public_acl("acl-foreign").await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    y.set_acl(s3::BucketCannedAcl::AuthenticatedRead).await;
    let during = y.whole().await;
    let lost = y.verify(&y.target(), &act).await;
    assert_eq!(lost, [format!("the ACL of bucket {} gives others access again", y.bucket)]);
    assert_eq!(refused(y.undo(&y.target(), &act, false).await), lost);
    assert_eq!(y.whole().await, during);
}

/// The later block is taken back first: S3 takes no public ACL while it stands.
#[tokio::test]
async fn blocked_afterwards_both_are_undone_newest_first() {
    let y = with_public_acl("acl-then-block").await;
    let before = y.whole().await;
    let acl = y.carry_out(&y.target(), REMEDY).await.unwrap();
    let block = y.carry_out(&y.target(), Remedy::BlockBucketPublicAccess).await.unwrap();
    let early = y.undo(&y.target(), &acl, false).await.unwrap_err();
    assert!(early.to_string().contains("s3:PutBucketAcl"), "{early}");
    assert_eq!(restored(y.undo(&y.target(), &block, false).await), 1);
    assert_eq!(restored(y.undo(&y.target(), &acl, false).await), 1);
    assert_eq!(y.whole().await, before);
}
