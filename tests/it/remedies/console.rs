//! `disable-console`: what it takes away nobody can put back, and it says so.
//! Never here: signing in; the emulator has no console.

use super::*;

const CONSOLE: [Remedy; 1] = [Remedy::DisableConsole];

fn unrestorable(s: &Scene) -> Vec<String> {
    vec![format!("the console password of user {} cannot be restored", s.user.name)]
}

#[tokio::test]
async fn the_password_goes_and_undo_says_that_it_cannot_come_back() {
    let s = Scene::new("console").await;
    s.aws.give_password(&s.user.name, true).await;
    let acts = s.carry_out(&s.case, &s.target(), &CONSOLE).await;
    assert_eq!(s.aws.password(&s.user.name).await, None);
    let receipt = acts[0].receipt.as_ref().unwrap();
    assert_eq!(receipt.request_ids.len(), 1);
    assert_eq!(receipt.note, "this password cannot be restored: a new one has to be given");
    assert_eq!(s.aws.work_as(s.key()).await, Ok(()), "keys are another remedy's matter");
    assert!(s.verify(&acts).await.is_empty());
    for begun in [false, true] {
        assert_eq!(restored_with(s.undo(&acts, begun).await), (0, unrestorable(&s)));
    }
    assert_eq!((s.aws.password(&s.user.name).await, s.calls.writes()), (None, 1));
}

#[tokio::test]
async fn the_rest_of_a_plan_is_restored_beside_it() {
    let s = Scene::new("console-beside").await;
    s.aws.give_password(&s.user.name, false).await;
    let every = [Remedy::DeactivateAllKeys, Remedy::DisableConsole, Remedy::QuarantineUser];
    let acts = s.carry_out(&s.case, &s.target(), &every).await;
    s.forbid("iam:UpdateAccessKey").await;
    s.undo(&acts, false).await.unwrap_err();
    s.allow_again().await;
    // The quarantine was lifted by ourselves, before the password that nobody puts back.
    assert_eq!(restored_with(s.undo(&acts, true).await), (1, unrestorable(&s)));
    assert_eq!(s.aws.work_as(s.key()).await, Ok(()));
}

#[tokio::test]
async fn applied_twice_it_writes_once() {
    let s = Scene::new("console-twice").await;
    s.aws.give_password(&s.user.name, false).await;
    let acts = s.carry_out(&s.case, &s.target(), &CONSOLE).await;
    let again = s.again(&acts[0]).await;
    assert_eq!((again.request_ids.len(), s.calls.writes()), (0, 1));
    assert_eq!(again.note, acts[0].receipt.as_ref().unwrap().note);
}

#[tokio::test]
async fn who_had_no_password_loses_none() {
    let s = Scene::new("console-none").await;
    let acts = s.carry_out(&s.case, &s.target(), &CONSOLE).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().note, "the user had no console password");
    assert_eq!((restored(s.undo(&acts, false).await), s.calls.writes()), (0, 0));
    // Somebody gives them one: not what a disabled console looks like, and not ours to take or keep.
    s.aws.give_password(&s.user.name, false).await;
    assert!(s.verify(&acts).await[0].contains("has a console password again"));
    assert_eq!(restored(s.undo(&acts, false).await), 0);
    assert!(s.aws.password(&s.user.name).await.is_some());
}

#[tokio::test]
async fn a_new_password_is_told_and_nothing_is_undone_over_it() {
    let s = Scene::new("console-foreign").await;
    s.aws.give_password(&s.user.name, false).await;
    let both = [Remedy::QuarantineUser, Remedy::DisableConsole];
    let acts = s.carry_out(&s.case, &s.target(), &both).await;
    // Its date has whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    s.aws.give_password(&s.user.name, false).await;
    let lost = s.verify(&acts).await;
    assert!(lost.len() == 1 && lost[0].contains("has a console password again, made at"), "{lost:?}");
    let before = s.calls.writes();
    for begun in [false, true] {
        assert_eq!(refused(s.undo(&acts, begun).await), lost);
    }
    assert_eq!(s.calls.writes(), before);
    assert!(s.aws.is_quarantined(&s.user.name).await);
}
