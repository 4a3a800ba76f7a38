//! Whatever stood at a role before stands there again after apply and undo.
//! Never here: anything else that may be true of a remedy.

use super::*;
use crate::emulator::QUARANTINE_ARN;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const POLICY: &str = "VouchRevoke";

/// An inline policy of that name as people, or we in other cases, may have left it.
fn documents() -> impl Strategy<Value = Option<String>> {
    let own = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    let lone = "{\n  \"Statement\": { \"Effect\": \"Deny\", \"Action\": \"ec2:*\", \"Resource\": \"*\" },\n  \"Version\": \"2012-10-17\"\n}";
    let wide = r#"{"Version":"2012-10-17","Statement":[{"Action":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}},"Effect":"Deny","Resource":"*","Sid":"Vouchc0ffee0000000009"}]}"#;
    let narrow = r#"{"Version":"2012-10-17","Statement":[{"Action":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"},"StringEquals":{"aws:userid":"AROAOTHER:x"}},"Effect":"Deny","Resource":"*","Sid":"Vouchc0ffee0000000008"}]}"#;
    proptest::option::of(proptest::sample::select(vec![own, lone, wide, narrow]))
        .prop_map(|text| text.map(str::to_owned))
}

#[tokio::test]
async fn contained_and_undone_a_role_is_as_it_was() {
    let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let plans = (documents(), any::<[bool; 2]>(), 0..3_usize, any::<[bool; 2]>());
    for round in 0..30 {
        let (document, [quarantined, more], cut, [quarantine, again]) =
            plans.new_tree(&mut runner).unwrap().current();
        let (s, role) = Scene::of_role(&format!("role-priors-{round}")).await;
        if let Some(text) = &document {
            s.aws.put_role_policy(&role.name, POLICY, text).await;
        }
        for (_, arn) in [(quarantined, QUARANTINE_ARN), (more, other)].iter().filter(|(on, _)| *on) {
            s.aws.attach_to_role(&role.name, arn).await;
        }
        let whole = async || {
            let inline = [POLICY, "Work"].map(|name| s.aws.role_policy(&role.name, name));
            let [ours, work] = inline;
            (s.aws.attached_to_role(&role.name).await, ours.await, work.await)
        };
        let before = whole().await;
        let cut = [None, Some(Remedy::RevokeSession), Some(Remedy::RevokeRoleSessions)][cut];
        let remedies: Vec<Remedy> =
            cut.into_iter().chain(quarantine.then_some(Remedy::QuarantineRole)).collect();
        let acts = s.carry_out(&s.case, &s.target(), &remedies).await;
        if again {
            for act in &acts {
                assert_eq!(s.again(act).await.request_ids.len(), 0, "round {round}");
            }
        }
        assert!(s.verify(&acts).await.is_empty(), "round {round}");
        restored(s.undo(&acts, false).await);
        assert_eq!(whole().await, before, "round {round}: {remedies:?}");
    }
}
