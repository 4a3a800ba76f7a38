//! One remedy at a time: profile, metadata options, a stop; each applied, verified, undone, and done twice.
//! Never here: containment; see `contain`.

use super::*;

#[tokio::test]
async fn snapshots_that_somebody_deleted_are_told_and_hold_no_undo_up() {
    let s = Scene::new("c0ffee0000000209").await;
    let acts = s.carry_out(&[Remedy::SnapshotInstance]).await;
    assert!(s.verify(&acts).await.is_empty());
    for id in s.world.snapshots(s.case.as_str()).await {
        s.world.ec2.delete_snapshot().snapshot_id(id).send().await.unwrap();
    }
    assert_eq!(s.verify(&acts).await, [format!("the snapshots of {} are gone", s.world.id)]);
    let gone = format!("the snapshots of {} are gone: somebody else deleted them", s.world.id);
    assert_eq!(restored_with(s.undo(&acts, false).await), (0, vec![gone]));
}

#[tokio::test]
async fn the_profile_is_taken_and_given_back() {
    let s = Scene::new("c0ffee0000000201").await;
    let arn = s.world.give_role("vouch-profile").await;
    let before = s.world.state().await;
    let acts = s.carry_out(&[Remedy::DetachInstanceProfile]).await;
    assert_eq!(s.world.state().await.profile, None);
    assert!(s.verify(&acts).await.is_empty());
    assert!(s.try_again(&acts[0]).await.unwrap().request_ids.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert_eq!((s.world.state().await.profile.as_ref(), s.world.state().await), (Some(&arn), before));
}

#[tokio::test]
async fn another_profile_meanwhile_is_not_ours_to_replace() {
    let s = Scene::new("c0ffee0000000202").await;
    s.world.give_role("vouch-swapped").await;
    let acts = s.carry_out(&[Remedy::DetachInstanceProfile]).await;
    let other = s.world.give_role("vouch-other").await;
    assert_eq!(s.verify(&acts).await, [format!("{} has the instance profile {other}", s.world.id)]);
    let changed = refused(s.undo(&acts, false).await);
    assert_eq!(changed, [format!("{} has another instance profile now: {other}", s.world.id)]);
    assert_eq!(s.world.state().await.profile, Some(other));
}

#[tokio::test]
async fn without_leave_to_pass_the_role_an_undo_says_what_to_run() {
    let s = Scene::new("c0ffee0000000203").await;
    s.world.give_role("vouch-unpassable").await;
    let acts = s.carry_out(&[Remedy::DetachInstanceProfile]).await;
    let denied = sim::fault::Fault::Error { code: "UnauthorizedOperation".to_owned() };
    s.front.fault("AssociateIamInstanceProfile", denied, 1);
    let fault = s.undo(&acts, false).await.unwrap_err().to_string();
    let command = format!(
        "aws ec2 associate-iam-instance-profile --region {REGION} --instance-id {} --iam-instance-profile \
         Name=vouch-unpassable",
        s.world.id
    );
    assert!(fault.contains("iam:PassRole") && fault.contains(&command), "{fault}");
}

#[tokio::test]
async fn imdsv2_is_required_and_optional_again() {
    let s = Scene::new("c0ffee0000000204").await;
    let before = s.world.state().await;
    let acts = s.carry_out(&[Remedy::RequireImdsv2]).await;
    assert_eq!(s.world.state().await.tokens, "required");
    assert!(s.verify(&acts).await.is_empty());
    assert!(s.try_again(&acts[0]).await.unwrap().request_ids.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert_eq!(s.world.state().await, before);

    let acts = s.carry_out(&[Remedy::RequireImdsv2]).await;
    s.world.require_tokens(false).await;
    let again = format!("{} answers IMDSv1 again", s.world.id);
    assert_eq!(s.verify(&acts).await, std::slice::from_ref(&again));
    assert_eq!(refused(s.undo(&acts, false).await), [again]);
}

#[tokio::test]
async fn what_was_required_before_stays_so() {
    let s = Scene::new("c0ffee0000000205").await;
    s.world.require_tokens(true).await;
    let acts = s.carry_out(&[Remedy::RequireImdsv2, Remedy::DetachInstanceProfile]).await;
    assert!(acts.iter().all(|a| a.receipt.as_ref().unwrap().request_ids.is_empty()));
    assert_eq!(acts[1].receipt.as_ref().unwrap().note, "it had no instance profile");
    assert_eq!(restored(s.undo(&acts, false).await), 0);
    assert_eq!(s.world.state().await.tokens, "required");
}

#[tokio::test]
async fn a_stop_works_on_what_we_protected_and_says_what_is_lost() {
    let s = Scene::new("c0ffee0000000206").await;
    let before = s.world.state().await;
    let isolated = s.carry_out(&[Remedy::IsolateInstance]).await;
    let stopped = s.carry_out(&[Remedy::StopInstance]).await;
    assert!(!s.world.state().await.running);
    let note = &stopped[0].receipt.as_ref().unwrap().note;
    assert!(note.contains("memory and instance store are lost"), "{note}");
    assert!(s.verify(&stopped).await.is_empty());
    assert!(s.try_again(&stopped[0]).await.unwrap().request_ids.is_empty());
    let (written, notes) = restored_with(s.undo(&stopped, false).await);
    assert_eq!((written, notes.len()), (2, 1));
    assert!(s.world.state().await.running && s.world.state().await.stop);
    restored(s.undo(&isolated, false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn what_somebody_started_again_is_seen_and_left() {
    let s = Scene::new("c0ffee0000000207").await;
    let acts = s.carry_out(&[Remedy::StopInstance]).await;
    s.world.run(true).await;
    let again = format!("{} runs again", s.world.id);
    assert_eq!(s.verify(&acts).await, std::slice::from_ref(&again));
    assert_eq!(refused(s.undo(&acts, false).await), [again]);
}

#[tokio::test]
async fn what_stood_still_before_is_not_started() {
    let s = Scene::new("c0ffee0000000208").await;
    s.world.run(false).await;
    let acts = s.carry_out(&[Remedy::StopInstance]).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().note, "it was stopped already");
    assert_eq!(restored(s.undo(&acts, false).await), 0);
    assert!(!s.world.state().await.running);
}
