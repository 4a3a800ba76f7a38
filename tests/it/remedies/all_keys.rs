//! `deactivate-all-keys`.
//! Never here: what it shares with one key.

use super::*;

const ALL: [Remedy; 1] = [Remedy::DeactivateAllKeys];

#[tokio::test]
async fn keys_that_no_finding_named_go_too_and_come_back() {
    let s = Scene::new("all-there-and-back").await;
    let (second, secret) = s.aws.create_key(&s.user.name).await;
    let minted = Credentials::new(&second, &secret, None, None, "second");
    let acts = s.carry_out(&s.case, &s.target(), &ALL).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().request_ids.len(), 2);
    for key in [s.key(), minted.clone()] {
        assert_eq!(s.aws.call_as(key).await, Err("InvalidClientTokenId".to_owned()));
    }
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 2);
    assert!(s.aws.call_as(s.key()).await.is_ok() && s.aws.call_as(minted).await.is_ok());
}

#[tokio::test]
async fn applied_twice_it_writes_once_and_what_was_inactive_stays_so() {
    let s = Scene::new("all-twice").await;
    let (second, _) = s.aws.create_key(&s.user.name).await;
    s.aws.set_key(&s.user.name, &second, false).await;
    let acts = s.carry_out(&s.case, &s.target(), &ALL).await;
    let again = s.again(&acts[0]).await;
    assert_eq!((again.request_ids.len(), s.calls.writes()), (0, 1));
    assert_eq!(again.note, format!("key …{} was already inactive", &second[second.len() - 4..]));
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    let keys = s.aws.keys(&s.user.name).await;
    assert!(keys.contains(&(s.user.key.clone(), true)) && keys.contains(&(second, false)));
}

#[tokio::test]
async fn a_key_minted_while_we_act_goes_too_and_is_not_ours_to_bring_back() {
    let s = Scene::new("all-minted").await;
    let mut priors = saved(s.remedies.prepare(&s.case, &s.target(), &ALL).await.unwrap());
    let (fresh, _) = s.aws.create_key(&s.user.name).await;
    let prior = priors.remove(0);
    let receipt = s.remedies.apply(&s.case, &s.target(), ALL[0], &prior, s.cut_off).await.unwrap();
    assert_eq!(receipt.request_ids.len(), 2);
    assert!(receipt.note.contains("was made meanwhile"), "{}", receipt.note);
    let acts = [act(ALL[0], prior, receipt)];
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    let keys = s.aws.keys(&s.user.name).await;
    assert!(keys.contains(&(s.user.key.clone(), true)) && keys.contains(&(fresh, false)), "{keys:?}");
}

#[tokio::test]
async fn a_key_made_or_switched_on_since_is_told_and_the_latter_stops_the_undo() {
    let s = Scene::new("all-foreign").await;
    let acts = s.carry_out(&s.case, &s.target(), &ALL).await;
    let (fresh, _) = s.aws.create_key(&s.user.name).await;
    let lost = s.verify(&acts).await;
    assert!(lost.len() == 1 && lost[0].contains(&fresh), "{lost:?}");
    s.aws.set_key(&s.user.name, &s.user.key, true).await;
    assert_eq!(s.verify(&acts).await.len(), 2);
    let said = format!("key {} of user {} is active again", s.user.key, s.user.name);
    let before = s.calls.writes();
    assert_eq!(refused(s.undo(&acts, false).await), [said]);
    assert_eq!(s.calls.writes(), before);
}

#[tokio::test]
async fn a_user_without_keys_has_none_to_lose() {
    let s = Scene::new("all-none").await;
    let call = s.aws.iam().delete_access_key().user_name(&s.user.name).access_key_id(&s.user.key);
    call.send().await.unwrap();
    let acts = s.carry_out(&s.case, &s.user.target(&[]), &ALL).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().note, "the user has no access keys");
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!((restored(s.undo(&acts, false).await), s.calls.writes()), (0, 0));
}
