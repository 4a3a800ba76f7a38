//! `contain` as a whole: what one call carries out after the other, taken back in reverse.
//! Never here: a part alone.

use super::*;
use crate::emulator::QUARANTINE_ARN;

#[tokio::test]
async fn contained_nothing_works_and_undone_everything_does() {
    let s = Scene::new("contain").await;
    let session = s.aws.session(&s.user).await.credentials;
    let acts = s.carry_out(&s.case, &s.target(), &CONTAIN).await;
    assert_eq!(s.aws.call_as(s.key()).await, Err("InvalidClientTokenId".to_owned()));
    assert_eq!(s.aws.work_as(session.clone()).await, Err("AccessDenied".to_owned()));
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 3);
    assert_eq!(s.aws.work_as(s.key()).await, Ok(()));
    assert_eq!(s.aws.work_as(session).await, Ok(()));
    assert_eq!(s.aws.attached(&s.user.name).await, Vec::<String>::new());
    assert_eq!(s.aws.policy(&s.user.name, "VouchRevoke").await, None);
}

#[tokio::test]
async fn a_crash_before_any_receipt_writes_nothing_twice_and_is_undone_exactly() {
    for crashed_at in 0..CONTAIN.len() {
        let s = Scene::new(&format!("contain-crash-{crashed_at}")).await;
        let acts = s.carry_out(&s.case, &s.target(), &CONTAIN).await;
        let before = s.calls.writes();
        let receipt = s.again(&acts[crashed_at]).await;
        assert_eq!((receipt.request_ids.len(), s.calls.writes()), (0, before));
        let mut told = acts.clone();
        told[crashed_at].receipt = Some(receipt);
        assert_eq!(restored(s.undo(&told, false).await), 3);
    }
}

#[tokio::test]
async fn a_part_that_never_came_about_is_not_missed() {
    let s = Scene::new("contain-partly").await;
    let mut acts = s.carry_out(&s.case, &s.target(), &CONTAIN).await;
    // The quarantine failed and nobody knows whether it got through: it did not.
    s.aws.detach(&s.user.name, QUARANTINE_ARN).await;
    acts[2].receipt = None;
    acts[2].state = ActState::Failed;
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 2);
}

#[tokio::test]
async fn an_undo_that_broke_off_anywhere_goes_on_where_it_stopped() {
    let steps = ["iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:UpdateAccessKey"];
    for (done, action) in steps.into_iter().enumerate() {
        let s = Scene::new(&format!("contain-broken-{done}")).await;
        let acts = s.carry_out(&s.case, &s.target(), &CONTAIN).await;
        s.forbid(action).await;
        let fault = s.undo(&acts, false).await.unwrap_err();
        assert!(fault.to_string().contains(action), "{fault}");
        assert_eq!(s.aws.is_quarantined(&s.user.name).await, done == 0);
        s.allow_again().await;
        // For all an unbegun undo knows, somebody else did it.
        if done > 0 {
            assert_eq!(refused(s.undo(&acts, false).await).len(), done);
        }
        assert_eq!(restored(s.undo(&acts, true).await), 3 - done);
        assert_eq!(s.aws.work_as(s.key()).await, Ok(()));
    }
}

#[tokio::test]
async fn one_foreign_change_keeps_every_part_as_it_is() {
    for (n, part) in ["key", "statement", "quarantine"].into_iter().enumerate() {
        let s = Scene::new(&format!("contain-foreign-{n}")).await;
        let acts = s.carry_out(&s.case, &s.target(), &CONTAIN).await;
        let user = &s.user.name;
        match n {
            0 => s.aws.set_key(user, &s.user.key, true).await,
            1 => s.aws.put_policy(user, "VouchRevoke", &allow(&["s3:*"])).await,
            _ => s.aws.detach(user, QUARANTINE_ARN).await,
        }
        let lost = s.verify(&acts).await;
        assert_eq!(lost.len(), 1, "{part}: {lost:?}");
        let before = s.calls.writes();
        assert_eq!(refused(s.undo(&acts, false).await), lost, "{part}");
        assert_eq!(s.calls.writes(), before, "{part}");
    }
}

#[tokio::test]
async fn strict_containment_writes_no_inline_policy() {
    let s = Scene::new("contain-strict").await;
    let strict = [Remedy::DeactivateAllKeys, Remedy::QuarantineUser];
    let session = s.aws.session(&s.user).await.credentials;
    let acts = s.carry_out(&s.case, &s.target(), &strict).await;
    assert_eq!(s.aws.work_as(session.clone()).await, Err("AccessDenied".to_owned()));
    assert_eq!(s.aws.policy(&s.user.name, "VouchRevoke").await, None);
    assert_eq!(restored(s.undo(&acts, false).await), 2);
    assert_eq!(s.aws.work_as(session).await, Ok(()));
}
