//! `cut-sessions`, and undo of both remedies together.
//! Never here: keys alone.

use super::*;
use std::time::{Duration, Instant};

const POLICY: &str = "VouchRevoke";

#[tokio::test]
async fn old_sessions_die_and_new_ones_live() {
    let s = Scene::new("sessions-cut").await;
    let old = s.aws.session(&s.user).await;
    // The cut counts whole seconds: the old session's own second is the one to be cut.
    let cut_off = old.issued.checked_add(jiff::SignedDuration::from_millis(500)).unwrap();
    assert_eq!(s.aws.work_as(old.credentials.clone()).await, Ok(()));
    let target = s.target();
    let prior = saved(s.remedies.prepare(&s.case, &target, &[Remedy::CutSessions]).await.unwrap()).remove(0);
    let receipt = s.remedies.apply(&s.case, &target, Remedy::CutSessions, &prior, cut_off).await.unwrap();
    assert_eq!((receipt.request_ids.len(), receipt.note.as_str()), (1, ""));
    assert_eq!(s.aws.work_as(old.credentials.clone()).await, Err("AccessDenied".to_owned()));
    // Long-term keys carry no issue time: this is what `deactivate-key` is for.
    assert_eq!(s.aws.work_as(s.key()).await, Ok(()));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let new = s.aws.session(&s.user).await;
        if new.issued > old.issued && s.aws.work_as(new.credentials).await == Ok(()) {
            break;
        }
        assert!(Instant::now() < deadline, "new sessions are cut too");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let acts = [act(Remedy::CutSessions, prior, receipt)];
    assert!(s.remedies.verify(&s.case, &target, &acts, cut_off).await.unwrap().is_empty());
    assert_eq!(restored(s.remedies.undo(&s.case, &target, &acts, cut_off, false).await), 1);
    assert_eq!(s.aws.policy(&s.user.name, POLICY).await, None);
    assert_eq!(s.aws.work_as(old.credentials).await, Ok(()));
}

#[tokio::test]
async fn applied_twice_it_writes_once_and_the_cut_never_moves_back() {
    let s = Scene::new("sessions-twice").await;
    let acts = s.carry_out(&s.case, &s.target(), &[Remedy::CutSessions]).await;
    let written = s.aws.policy(&s.user.name, POLICY).await;
    let prior = acts[0].prior.as_ref().unwrap();
    let earlier = s.cut_off.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    for at in [s.cut_off, earlier] {
        s.remedies.apply(&s.case, &s.target(), Remedy::CutSessions, prior, at).await.unwrap();
    }
    assert_eq!(s.calls.writes(), 1);
    assert_eq!(s.aws.policy(&s.user.name, POLICY).await, written);
}

#[tokio::test]
async fn cases_stand_side_by_side_and_undo_takes_out_one() {
    let s = Scene::new("sessions-two-cases").await;
    let other = CaseId::parse("c0ffee0000000002").unwrap();
    let first = s.carry_out(&s.case, &s.target(), &[Remedy::CutSessions]).await;
    s.carry_out(&other, &s.target(), &[Remedy::CutSessions]).await;
    let both = s.aws.policy(&s.user.name, POLICY).await.unwrap();
    assert!(both.contains("Vouchc0ffee0000000001") && both.contains("Vouchc0ffee0000000002"), "{both}");
    assert_eq!(restored(s.undo(&first, false).await), 1);
    let left = s.aws.policy(&s.user.name, POLICY).await.unwrap();
    assert!(!left.contains("Vouchc0ffee0000000001") && left.contains("Vouchc0ffee0000000002"), "{left}");
}

#[tokio::test]
async fn expired_statements_make_room_and_their_undo_still_works() {
    let s = Scene::new("sessions-expired").await;
    let long_ago = s.cut_off.checked_sub(jiff::SignedDuration::from_hours(40)).unwrap();
    let old = CaseId::parse("01dcase00").unwrap();
    let target = s.target();
    let prior = saved(s.remedies.prepare(&old, &target, &[Remedy::CutSessions]).await.unwrap()).remove(0);
    let receipt = s.remedies.apply(&old, &target, Remedy::CutSessions, &prior, long_ago).await.unwrap();
    s.carry_out(&s.case, &target, &[Remedy::CutSessions]).await;
    let policy = s.aws.policy(&s.user.name, POLICY).await.unwrap();
    assert!(!policy.contains("Vouch01dcase00"), "{policy}");
    let acts = [act(Remedy::CutSessions, prior, receipt)];
    assert_eq!(restored(s.remedies.undo(&old, &target, &acts, long_ago, false).await), 0);
}

#[tokio::test]
async fn a_full_policy_is_said_and_nothing_is_written() {
    let s = Scene::new("sessions-full").await;
    let filler: Vec<String> = (0..60).map(|n| format!("arn:aws:s3:::{n:030}")).collect();
    let statement =
        serde_json::json!([{ "Sid": "Theirs", "Effect": "Deny", "Action": "s3:*", "Resource": filler }]);
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    s.aws.put_policy(&s.user.name, POLICY, &document).await;
    let prior =
        saved(s.remedies.prepare(&s.case, &s.target(), &[Remedy::CutSessions]).await.unwrap()).remove(0);
    let fault =
        s.remedies.apply(&s.case, &s.target(), Remedy::CutSessions, &prior, s.cut_off).await.unwrap_err();
    assert!(fault.to_string().contains("quarantine the user instead"), "{fault}");
    assert_eq!((s.calls.writes(), s.aws.policy(&s.user.name, POLICY).await), (0, Some(document)));
}

#[tokio::test]
async fn a_statement_taken_out_by_somebody_else_is_told_and_left() {
    let s = Scene::new("sessions-foreign").await;
    let acts = s.carry_out(&s.case, &s.target(), &BOTH).await;
    s.aws.iam().delete_user_policy().user_name(&s.user.name).policy_name(POLICY).send().await.unwrap();
    let lost = s.verify(&acts).await;
    assert!(lost.len() == 1 && lost[0].contains("is gone from the policy VouchRevoke"), "{lost:?}");
    let before = s.calls.writes();
    assert_eq!(refused(s.undo(&acts, false).await), lost);
    assert_eq!(s.calls.writes(), before);
    assert_eq!(s.aws.call_as(s.key()).await, Err("InvalidClientTokenId".to_owned()));
}

#[tokio::test]
async fn a_statement_weakened_by_somebody_else_is_no_longer_ours() {
    let s = Scene::new("sessions-weakened").await;
    let acts = s.carry_out(&s.case, &s.target(), &BOTH).await;
    let weaker =
        s.aws.policy(&s.user.name, POLICY).await.unwrap().replace(r#""Action":"*""#, r#""Action":"s3:*""#);
    s.aws.put_policy(&s.user.name, POLICY, &weaker).await;
    assert!(s.verify(&acts).await[0].contains("was changed"));
    for begun in [false, true] {
        assert!(refused(s.undo(&acts, begun).await)[0].contains("was changed"));
    }
}

#[tokio::test]
async fn an_undo_that_broke_off_goes_on_where_it_stopped() {
    let s = Scene::new("sessions-broken-undo").await;
    let acts = s.carry_out(&s.case, &s.target(), &BOTH).await;
    // The second half fails: the hub may not touch keys for a while.
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:UpdateAccessKey","Resource":"*"}}"#;
    s.aws.put_policy(&s.hub.name, "Broken", deny).await;
    let fault = s.undo(&acts, false).await.unwrap_err();
    assert!(fault.to_string().contains("iam:UpdateAccessKey in account 000000000000, us-east-1"), "{fault}");
    assert_eq!(s.aws.policy(&s.user.name, POLICY).await, None);
    s.aws.iam().delete_user_policy().user_name(&s.hub.name).policy_name("Broken").send().await.unwrap();
    // For all an unbegun undo knows, somebody else took the statement out.
    assert_eq!(refused(s.undo(&acts, false).await).len(), 1);
    assert_eq!(restored(s.undo(&acts, true).await), 1);
    assert!(s.aws.call_as(s.key()).await.is_ok());
    assert_eq!(restored(s.undo(&acts, true).await), 0);
}
