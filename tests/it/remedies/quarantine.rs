//! `quarantine-user`.
//! Never here: other parts of `contain`.

use super::*;
use crate::emulator::QUARANTINE_ARN;
use sim::aws::Front;
use sim::fault::Fault as Broken;

const QUARANTINED: [Remedy; 1] = [Remedy::QuarantineUser];

fn ids(act: &Act) -> usize {
    act.receipt.as_ref().unwrap().request_ids.len()
}

#[tokio::test]
async fn a_quarantined_user_can_do_nothing_until_released() {
    let s = Scene::new("quarantine").await;
    let session = s.aws.session(&s.user).await.credentials;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    assert_eq!((ids(&acts[0]), acts[0].receipt.as_ref().unwrap().note.as_str()), (1, ""));
    for credentials in [s.key(), session.clone()] {
        assert_eq!(s.aws.work_as(credentials).await, Err("AccessDenied".to_owned()));
    }
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert!(!s.aws.is_quarantined(&s.user.name).await);
    for credentials in [s.key(), session] {
        assert_eq!(s.aws.work_as(credentials).await, Ok(()));
    }
}

#[tokio::test]
async fn applied_twice_it_writes_once_and_undo_still_knows_it_was_us() {
    let s = Scene::new("quarantine-twice").await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    let again = s.again(&acts[0]).await;
    assert_eq!((again.request_ids.len(), again.note.as_str(), s.calls.writes()), (0, "", 1));
    let acts = [act(QUARANTINED[0], acts[0].prior.clone().unwrap(), again)];
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert_eq!(restored(s.undo(&acts, true).await), 0);
}

#[tokio::test]
async fn who_was_in_quarantine_before_stays_there() {
    let s = Scene::new("quarantine-before").await;
    s.aws.attach(&s.user.name, QUARANTINE_ARN).await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().note, "the user was already in quarantine");
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!((restored(s.undo(&acts, false).await), s.calls.writes()), (0, 0));
    assert!(s.aws.is_quarantined(&s.user.name).await);
}

#[tokio::test]
async fn a_policy_detached_by_somebody_else_is_told_and_left() {
    let s = Scene::new("quarantine-foreign").await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    s.aws.detach(&s.user.name, QUARANTINE_ARN).await;
    let said = format!("the policy {QUARANTINE_ARN} is no longer attached to user {}", s.user.name);
    assert_eq!(s.verify(&acts).await, std::slice::from_ref(&said));
    let before = s.calls.writes();
    assert_eq!(refused(s.undo(&acts, false).await), [said]);
    assert_eq!(s.calls.writes(), before);
}

#[tokio::test]
async fn undo_detaches_what_was_attached_whatever_the_setting_is_now() {
    let s = Scene::new("quarantine-setting").await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    let clients = Arc::new(s.aws.clients(s.hub.credentials(), &plain(), s.cut_off));
    let renamed = Remedies::new(clients, "arn:{partition}:iam::{account}:policy/Other");
    assert!(renamed.verify(&s.case, &s.target(), &acts, s.cut_off).await.unwrap().is_empty());
    assert_eq!(restored(renamed.undo(&s.case, &s.target(), &acts, s.cut_off, false).await), 1);
    assert!(!s.aws.is_quarantined(&s.user.name).await);
}

#[tokio::test]
async fn no_room_and_no_policy_are_said_in_words_that_help() {
    let s = Scene::new("quarantine-refused").await;
    let upstream = s.aws.url().trim_start_matches("http://").parse().unwrap();
    let front = Front::start(upstream, None).await.unwrap();
    let sdk = s.aws.sdk_as(s.hub.credentials()).into_builder().endpoint_url(front.url()).build();
    let clock = Arc::new(crate::emulator::Fixed(s.cut_off));
    let clients = vouch::aws::clients::Clients::with_sdk(sdk, &plain(), clock).unwrap();
    let remedies = Remedies::new(Arc::new(clients), QUARANTINE);
    let prior = saved(remedies.prepare(&s.case, &s.target(), &QUARANTINED).await.unwrap()).remove(0);
    for (code, help) in [
        ("NoSuchEntity", "deploy it there, or name the one you have in aws.quarantine_policy"),
        ("LimitExceeded", "as many managed policies as IAM allows"),
    ] {
        front.fault("AttachUserPolicy", Broken::Error { code: code.to_owned() }, 1);
        let tried = remedies.apply(&s.case, &s.target(), QUARANTINED[0], &prior, s.cut_off).await;
        let fault = tried.unwrap_err();
        // Not `gone`: that would say the user is.
        assert!(matches!(fault, Fault::Never { gone: false, .. }), "{fault}");
        assert!(fault.to_string().contains(help) && fault.to_string().contains("000000000000"), "{fault}");
    }
    assert!(!s.aws.is_quarantined(&s.user.name).await);
}
