//! Whatever stood there before stands there again after apply and undo.
//! Never here: anything else that may be true of a remedy.

use super::*;
use crate::emulator::QUARANTINE_ARN;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What may stand there: keys active or not, and documents as people write them.
fn states() -> impl Strategy<Value = (bool, Option<bool>, bool, Option<String>)> {
    let own = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    let lone = "{\n  \"Statement\": { \"Effect\": \"Deny\", \"Action\": \"ec2:*\", \"Resource\": \"*\" },\n  \"Version\": \"2012-10-17\"\n}";
    let ours = r#"{"Version":"2012-10-17","Statement":[{"Action":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}},"Effect":"Deny","Resource":"*","Sid":"Vouchc0ffee0000000009"}]}"#;
    let documents = prop_oneof![
        Just(None),
        Just(Some(own.to_owned())),
        Just(Some(lone.to_owned())),
        Just(Some(ours.to_owned()))
    ];
    (any::<bool>(), any::<Option<bool>>(), any::<bool>(), documents)
}

#[tokio::test]
async fn apply_and_undo_leave_no_trace() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for round in 0..20 {
        let (first, second, named, document) = states().new_tree(&mut runner).unwrap().current();
        let s = Scene::new(&format!("priors-{round}")).await;
        let mut keys = vec![s.user.key.clone()];
        if let Some(active) = second {
            let (id, _) = s.aws.create_key(&s.user.name).await;
            s.aws.set_key(&s.user.name, &id, active).await;
            keys.extend(named.then_some(id));
        }
        s.aws.set_key(&s.user.name, &s.user.key, first).await;
        if let Some(text) = &document {
            s.aws.put_policy(&s.user.name, "VouchRevoke", text).await;
        }
        let before = (s.aws.keys(&s.user.name).await, s.aws.policy(&s.user.name, "VouchRevoke").await);
        let target = s.user.target(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let acts = s.carry_out(&s.case, &target, &BOTH).await;
        let during = s.aws.keys(&s.user.name).await;
        assert!(during.iter().all(|(id, active)| !active || !keys.contains(id)), "round {round}");
        let undone = s.remedies.undo(&s.case, &target, &acts, s.cut_off, false).await;
        restored(undone);
        let after = (s.aws.keys(&s.user.name).await, s.aws.policy(&s.user.name, "VouchRevoke").await);
        assert_eq!(after, before, "round {round}");
    }
}

/// Everything of a user that a remedy reads or writes, but the password.
async fn whole(s: &Scene) -> impl PartialEq + std::fmt::Debug {
    let user = &s.user.name;
    let inline = [s.aws.policy(user, "VouchRevoke").await, s.aws.policy(user, "Work").await];
    (s.aws.keys(user).await, s.aws.attached(user).await, inline)
}

#[tokio::test]
async fn contained_and_undone_everything_is_as_it_was_but_the_password() {
    let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let plans = (states(), any::<[bool; 2]>(), any::<Option<bool>>(), any::<[bool; 3]>());
    for round in 0..30 {
        let plan = plans.new_tree(&mut runner).unwrap().current();
        let ((first, second, named, document), [quarantined, more], password, [strict, console, again]) =
            plan;
        let s = Scene::new(&format!("contain-priors-{round}")).await;
        let user = s.user.name.clone();
        let mut keys = vec![s.user.key.clone()];
        if let Some(active) = second {
            let (id, _) = s.aws.create_key(&user).await;
            s.aws.set_key(&user, &id, active).await;
            keys.extend(named.then_some(id));
        }
        s.aws.set_key(&user, &s.user.key, first).await;
        if let Some(text) = &document {
            s.aws.put_policy(&user, "VouchRevoke", text).await;
        }
        for arn in [(quarantined, QUARANTINE_ARN), (more, other)].iter().filter(|(on, _)| *on) {
            s.aws.attach(&user, arn.1).await;
        }
        if let Some(reset) = password {
            s.aws.give_password(&user, reset).await;
        }
        let before = whole(&s).await;
        let had = s.aws.password(&user).await;
        let remedies: Vec<Remedy> = CONTAIN
            .into_iter()
            .filter(|r| !strict || *r != Remedy::CutSessions)
            .chain(console.then_some(Remedy::DisableConsole))
            .collect();
        let target = s.user.target(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let acts = s.carry_out(&s.case, &target, &remedies).await;
        if again {
            for act in &acts {
                assert_eq!(s.again(act).await.request_ids.len(), 0, "round {round}");
            }
        }
        assert!(s.aws.keys(&user).await.iter().all(|(_, active)| !active), "round {round}");
        assert!(s.aws.is_quarantined(&user).await, "round {round}");
        assert!(s.verify(&acts).await.is_empty(), "round {round}");
        let (_, notes) = restored_with(s.remedies.undo(&s.case, &target, &acts, s.cut_off, false).await);
        assert_eq!(notes.len(), usize::from(console && had.is_some()), "round {round}: {notes:?}");
        assert_eq!(whole(&s).await, before, "round {round}");
        let password = s.aws.password(&user).await;
        assert_eq!(password, had.filter(|_| !console), "round {round}");
    }
}
