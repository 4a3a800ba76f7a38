//! Whatever stood there before stands there again after apply and undo.
//! Never here: anything else that may be true of a remedy.

use super::*;
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
