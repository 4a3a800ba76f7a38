//! Several buckets in one finding, buckets of other Regions, and buckets that are not there.
//! Never here: one bucket alone.

use super::*;

const REMEDY: Remedy = Remedy::BlockBucketPublicAccess;

#[tokio::test]
async fn a_bucket_of_another_region_is_worked_with_where_it_is() {
    let y = Yard::new("region").await;
    let far = "vouch-region-far";
    y.make(far, "us-west-2").await;
    let s3 = client(y.aws, "test", "test", "us-west-2");
    s3.delete_public_access_block().bucket(far).send().await.unwrap();
    let target = Target { buckets: vec![far.to_owned()], ..y.target() };
    let act = y.carry_out(&target, REMEDY).await.unwrap();
    assert!(s3.get_public_access_block().bucket(far).send().await.is_ok());
    assert!(y.verify(&target, &act).await.is_empty());
    assert_eq!(restored(y.undo(&target, &act, false).await), 1);
    assert!(s3.get_public_access_block().bucket(far).send().await.is_err());
}

#[tokio::test]
async fn all_buckets_are_blocked_and_one_that_is_not_there_is_said() {
    let y = Yard::new("several").await;
    y.open().await;
    let second = "vouch-several-second";
    y.make(second, REGION).await;
    y.root().delete_public_access_block().bucket(second).send().await.unwrap();
    let names = [y.bucket.as_str(), "vouch-several-gone", second, "express--euc1-az1--x-s3"];
    let target = Target { buckets: names.iter().map(|n| (*n).to_owned()).collect(), ..y.target() };
    let act = y.carry_out(&target, REMEDY).await.unwrap();
    let receipt = act.receipt.as_ref().unwrap();
    assert_eq!(receipt.request_ids.len(), 2);
    assert!(receipt.note.contains("bucket vouch-several-gone does not exist"), "{}", receipt.note);
    assert!(receipt.note.contains("a directory bucket has neither"), "{}", receipt.note);
    assert_eq!(y.stranger().await, 403);
    assert!(y.verify(&target, &act).await.is_empty());
    assert_eq!(restored(y.undo(&target, &act, false).await), 2);
    assert_eq!(y.stranger().await, 200);
}

#[tokio::test]
async fn an_undo_that_broke_off_between_two_buckets_goes_on() {
    let y = Yard::new("broken-off").await;
    let second = "vouch-broken-off-second";
    y.make(second, REGION).await;
    for bucket in [y.bucket.as_str(), second] {
        y.root().delete_public_access_block().bucket(bucket).send().await.unwrap();
    }
    let target = Target { buckets: vec![y.bucket.clone(), second.to_owned()], ..y.target() };
    let act = y.carry_out(&target, REMEDY).await.unwrap();
    // The first was put back, and then the daemon died.
    y.set_block(None).await;
    assert_eq!(refused(y.undo(&target, &act, false).await).len(), 1);
    assert_eq!(restored(y.undo(&target, &act, true).await), 1);
    assert!(y.root().get_public_access_block().bucket(second).send().await.is_err());
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_said_and_holds_nothing_up() {
    let y = Yard::new("gone").await;
    y.open().await;
    let act = y.carry_out(&y.target(), REMEDY).await.unwrap();
    y.root().delete_object().bucket(&y.bucket).key(KEY).send().await.unwrap();
    y.root().delete_bucket().bucket(&y.bucket).send().await.unwrap();
    // With the bucket went whatever was public.
    assert!(y.verify(&y.target(), &act).await.is_empty());
    let fault = y.undo(&y.target(), &act, false).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault:?}");
    let fault = y.carry_out(&y.target(), REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("does not exist"), "{fault}");
}

#[tokio::test]
async fn a_bucket_that_is_gone_keeps_nobody_from_giving_a_key_back() {
    let y = Yard::new("gone-beside").await;
    y.open().await;
    y.aws.put_policy(&y.hub.name, "Keys", &allow(Remedy::DeactivateKey.actions())).await;
    let user = y.aws.create_user("vouch-gone-beside-user").await;
    let target = Target { buckets: vec![y.bucket.clone()], ..user.target(&[&user.key]) };
    let key = y.carry_out(&target, Remedy::DeactivateKey).await.unwrap();
    let block = y.carry_out(&target, REMEDY).await.unwrap();
    y.root().delete_object().bucket(&y.bucket).key(KEY).send().await.unwrap();
    y.root().delete_bucket().bucket(&y.bucket).send().await.unwrap();
    let undone = y.remedies.undo(&y.case, &target, &[key, block], y.cut_off, false).await;
    let (writes, notes) = restored_with(undone);
    assert_eq!(writes, 1, "the key");
    assert!(notes.iter().any(|note| note.contains("does not exist")), "{notes:?}");
    // Nor does it keep anybody from switching it off again.
    let both = [REMEDY, Remedy::DeactivateKey];
    let prepared = y.remedies.prepare(&y.case, &target, &both).await.unwrap();
    let [Err(why), Ok(_)] = &prepared.priors[..] else { panic!("{:?}", prepared.priors) };
    assert!(why.contains("does not exist"), "{why}");
}
