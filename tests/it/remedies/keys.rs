//! `deactivate-key`.
//! Never here: sessions.

use super::*;

#[tokio::test]
async fn a_deactivated_key_is_refused_and_undo_brings_it_back() {
    let s = Scene::new("keys-there-and-back").await;
    assert!(s.aws.call_as(s.key()).await.is_ok());
    let acts = s.carry_out(&s.case, &s.target(), &[Remedy::DeactivateKey]).await;
    assert_eq!(s.aws.call_as(s.key()).await, Err("InvalidClientTokenId".to_owned()));
    let receipt = acts[0].receipt.as_ref().unwrap();
    assert_eq!((receipt.request_ids.len(), receipt.note.as_str()), (1, ""));
    assert_eq!(s.verify(&acts).await, Vec::<String>::new());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert!(s.aws.call_as(s.key()).await.is_ok());
}

#[tokio::test]
async fn applied_twice_it_writes_once() {
    let s = Scene::new("keys-twice").await;
    let acts = s.carry_out(&s.case, &s.target(), &[Remedy::DeactivateKey]).await;
    assert_eq!(s.calls.writes(), 1);
    let prior = acts[0].prior.clone().unwrap();
    let again =
        s.remedies.apply(&s.case, &s.target(), Remedy::DeactivateKey, &prior, s.cut_off).await.unwrap();
    assert_eq!((again.request_ids.len(), s.calls.writes()), (0, 1));
    // It was our own doing, so nobody is told that the key was inactive before.
    assert_eq!(again.note, "");
}

#[tokio::test]
async fn what_was_inactive_before_stays_so() {
    let s = Scene::new("keys-inactive").await;
    let (second, _) = s.aws.create_key(&s.user.name).await;
    s.aws.set_key(&s.user.name, &second, false).await;
    let target = s.user.target(&[&s.user.key, &second]);
    let acts = s.carry_out(&s.case, &target, &[Remedy::DeactivateKey]).await;
    let note = &acts[0].receipt.as_ref().unwrap().note;
    assert_eq!(*note, format!("key …{} was already inactive", &second[second.len() - 4..]));
    assert!(s.aws.keys(&s.user.name).await.iter().all(|(_, active)| !active));
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    let keys = s.aws.keys(&s.user.name).await;
    assert!(keys.contains(&(s.user.key.clone(), true)) && keys.contains(&(second, false)));
}

#[tokio::test]
async fn a_key_made_active_by_somebody_else_is_told_and_left() {
    let s = Scene::new("keys-foreign").await;
    let acts = s.carry_out(&s.case, &s.target(), &BOTH).await;
    s.aws.set_key(&s.user.name, &s.user.key, true).await;
    let said = format!("key {} of user {} is active again", s.user.key, s.user.name);
    assert_eq!(s.verify(&acts).await, std::slice::from_ref(&said));
    let before = s.calls.writes();
    assert_eq!(refused(s.undo(&acts, false).await), std::slice::from_ref(&said));
    // Even a second try: an undo of ours would have taken the statement out first.
    assert_eq!(refused(s.undo(&acts, true).await), [said]);
    assert_eq!(s.calls.writes(), before);
    assert!(s.aws.policy(&s.user.name, "VouchRevoke").await.is_some());
}

#[tokio::test]
async fn a_key_made_since_is_told() {
    let s = Scene::new("keys-new").await;
    let mut acts = s.carry_out(&s.case, &s.target(), &[Remedy::DeactivateKey]).await;
    let (fresh, _) = s.aws.create_key(&s.user.name).await;
    let earlier = s.cut_off.checked_sub(jiff::SignedDuration::from_mins(1)).unwrap();
    let lost = s.remedies.verify(&s.case, &s.target(), &acts, earlier).await.unwrap();
    assert!(lost.len() == 1 && lost[0].contains(&fresh), "{lost:?}");
    acts[0].state = ActState::DryRun;
    assert!(s.verify(&acts).await.is_empty());
}

#[tokio::test]
async fn a_user_made_again_under_the_same_name_is_not_touched() {
    let s = Scene::new("keys-recreated").await;
    let target = s.target();
    let acts = s.carry_out(&s.case, &target, &[Remedy::DeactivateKey]).await;
    let before = s.calls.writes();
    let stranger = Target { unique_id: Some("AIDASOMEBODYELSE00000".to_owned()), ..target };
    let prior = acts[0].prior.clone().unwrap();
    s.aws.set_key(&s.user.name, &s.user.key, true).await;
    for fault in [
        s.remedies.prepare(&s.case, &stranger, &BOTH).await.unwrap_err(),
        s.remedies.apply(&s.case, &stranger, Remedy::DeactivateKey, &prior, s.cut_off).await.unwrap_err(),
        s.remedies.undo(&s.case, &stranger, &acts, s.cut_off, false).await.unwrap_err(),
    ] {
        let said = fault.to_string();
        assert!(matches!(fault, Fault::Never { gone: false, .. }), "{said}");
        assert!(said.contains("was re-created") && said.contains(&s.user.id), "{said}");
    }
    assert_eq!(s.calls.writes(), before);
    assert!(s.aws.call_as(s.key()).await.is_ok());
}

#[tokio::test]
async fn who_is_gone_is_gone_and_foreign_keys_are_left_alone() {
    let s = Scene::new("keys-gone").await;
    let nobody = Target { name: "keys-nobody".to_owned(), ..s.target() };
    let fault = s.remedies.prepare(&s.case, &nobody, &BOTH).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault}");
    let foreign = s.user.target(&[&s.user.key, &s.hub.key]);
    let unnamed = Target { name: "a b".to_owned(), ..s.target() };
    assert!(s.remedies.prepare(&s.case, &unnamed, &BOTH).await.is_err());
    let fault = s.remedies.prepare(&s.case, &s.target(), &[Remedy::QuarantineRole]).await.unwrap_err();
    assert!(fault.to_string().contains("is no role"), "{fault}");
    assert_eq!(s.calls.writes(), 0);
    // A key that is not this user's is left alone, said so, and keeps nothing else from being done.
    let acts = s.carry_out(&s.case, &foreign, &[Remedy::DeactivateKey]).await;
    assert!(acts[0].receipt.as_ref().unwrap().note.contains("not among the user's keys"), "{acts:?}");
    assert_eq!(s.calls.writes(), 1);
    assert!(s.aws.call_as(s.hub.credentials()).await.is_ok());
}
