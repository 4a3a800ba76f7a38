//! What goes wrong half-way: denied, throttled, crashed, gone, elsewhere. It is said, nothing is lost, and what was
//! done can be taken back.
//! Never here: the usual course.

use super::*;
use sim::fault::{Fault as Wrong, Planned};
use vouch::case::remedy::ActState;
use vouch::ports::Prepared;

fn denied() -> Wrong {
    Wrong::Error { code: "UnauthorizedOperation".to_owned() }
}

/// From the nth call of an operation on, so many fail.
fn fail(s: &Scene, on: &str, fault: Wrong, skip: u32, times: u32) {
    s.front.plan(Planned { on: on.to_owned(), fault, times: Some(times), skip, saying: String::new() });
}

#[tokio::test]
async fn denied_half_way_it_says_what_was_done_and_that_part_is_undone() {
    let s = Scene::new("c0ffee0000000301").await;
    let before = s.world.state().await;
    let prior = saved(s.remedies.prepare(&s.case, &s.target(), &CONTAIN[1..]).await.unwrap()).remove(0);
    fail(&s, "ModifyNetworkInterfaceAttribute", denied(), 2, 2);
    let done = s.remedies.apply(&s.case, &s.target(), Remedy::IsolateInstance, &prior, s.cut_off).await;
    let fault = done.unwrap_err();
    let said = fault.to_string();
    assert!(matches!(fault, Fault::Never { .. }), "{said}");
    assert!(said.contains("UnauthorizedOperation") && said.contains("; done: "), "{said}");
    let now = s.world.state().await;
    let moved: Vec<_> = now.groups.iter().filter(|(eni, groups)| before.groups[*eni] != **groups).collect();
    assert_eq!(moved.len(), 2, "the others did not wait for those that failed");
    for (eni, _) in moved {
        assert!(said.split("; done: ").nth(1).unwrap().contains(eni.as_str()), "{said}");
    }
    let mut act = act(
        Remedy::IsolateInstance,
        prior,
        Receipt { applied_at: s.cut_off, request_ids: vec![], note: String::new() },
    );
    act.receipt = None;
    restored(s.undo(&[act], false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn what_only_helps_keeps_nothing_from_being_isolated() {
    let world = World::in_service(moto().await, "vouch-helping").await;
    let s = Scene::around(world, "c0ffee0000000302").await;
    let before = s.world.state().await;
    let away = Wrong::Throttle { retry_after: 1 };
    for (helping, fault) in
        [("EnterStandby", denied()), ("DeregisterTargets", away), ("ModifyInstanceAttribute", denied())]
    {
        fail(&s, helping, fault, 0, 9);
    }
    let acts = s.carry_out(&CONTAIN).await;
    let note = &acts[1].receipt.as_ref().unwrap().note;
    for said in ["standby in vouch-helping", "taking it from vouch-helping", "protection from termination"] {
        assert!(note.contains(&format!("not done: {said}")), "{said}: {note}");
    }
    assert!(s.verify(&acts).await.is_empty());
    s.front.clear_faults(None);
    restored_with(s.undo(&acts, false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn what_cannot_be_read_around_it_does_not_keep_it_from_being_isolated() {
    let s = Scene::new("c0ffee0000000303").await;
    for around in ["DescribeTargetGroups", "DescribeAutoScalingInstances", "DescribeInstanceAttribute"] {
        fail(&s, around, denied(), 0, 9);
    }
    let acts = s.carry_out(&CONTAIN).await;
    let note = &acts[1].receipt.as_ref().unwrap().note;
    for said in ["protection could not be read", "Auto Scaling could not", "load balancers could not"] {
        assert!(note.contains(said), "{said}: {note}");
    }
}

#[tokio::test]
async fn throttled_it_is_for_later_and_the_rest_is_done_meanwhile() {
    let s = Scene::new("c0ffee0000000304").await;
    let before = s.world.state().await;
    let prior = saved(s.remedies.prepare(&s.case, &s.target(), &CONTAIN[1..]).await.unwrap()).remove(0);
    fail(&s, "ModifyNetworkInterfaceAttribute", Wrong::Throttle { retry_after: 1 }, 1, 1);
    let done = s.remedies.apply(&s.case, &s.target(), Remedy::IsolateInstance, &prior, s.cut_off).await;
    assert!(matches!(done, Err(Fault::Later { .. })), "{done:?}");
    let receipt =
        s.remedies.apply(&s.case, &s.target(), Remedy::IsolateInstance, &prior, s.cut_off).await.unwrap();
    let acts = [act(Remedy::IsolateInstance, prior, receipt)];
    assert_eq!(s.front.requests("ModifyNetworkInterfaceAttribute").len(), 5, "only the throttled one again");
    assert!(s.verify(&acts).await.is_empty());
    restored(s.undo(&acts, false).await);
    assert_eq!(s.world.state().await, before);
}

/// What may work later is tried again as a whole, and an API that is throttled is not asked more than that takes.
#[tokio::test]
async fn preparing_stops_at_the_first_thing_that_may_work_later() {
    let s = Scene::new("c0ffee0000000321").await;
    let acts = [Remedy::DetachInstanceProfile, Remedy::StopInstance];
    fail(&s, "DescribeIamInstanceProfileAssociations", Wrong::Throttle { retry_after: 1 }, 0, 1);
    let prepared = s.remedies.prepare(&s.case, &s.target(), &acts).await;
    assert!(matches!(prepared, Err(Fault::Later { .. })), "{prepared:?}");
    assert_eq!(s.front.requests("DescribeAutoScalingInstances").len(), 0, "what comes after it waits");
    saved(s.remedies.prepare(&s.case, &s.target(), &acts).await.unwrap());
    assert_eq!(s.front.requests("DescribeAutoScalingInstances").len(), 1);
}

/// A role that cannot be reached, by which nothing was written, keeps its instance from nothing.
#[tokio::test]
async fn what_was_never_prepared_does_not_keep_the_rest_from_being_undone() {
    let s = Scene::new("c0ffee0000000322").await;
    let before = s.world.state().await;
    let parts = [Remedy::IsolateInstance, Remedy::RevokeSession];
    let Prepared { priors, .. } = s.remedies.prepare(&s.case, &s.target(), &parts).await.unwrap();
    let [Ok(prior), Err(_)] = &priors[..] else { panic!("{priors:?}") };
    let receipt = s.remedies.apply(&s.case, &s.target(), parts[0], prior, s.cut_off).await.unwrap();
    let refused = Act { remedy: parts[1], state: ActState::Failed, prior: None, receipt: None };
    restored(s.undo(&[act(parts[0], prior.clone(), receipt), refused], false).await);
    assert_eq!(s.world.state().await, before);
}

/// The write got through, its answer did not, and the process died waiting for it.
#[tokio::test]
async fn a_crash_between_a_write_and_its_answer_writes_nothing_twice() {
    let writes =
        ["CreateSnapshots", "CreateSecurityGroup", "ModifyNetworkInterfaceAttribute", "EnterStandby"];
    for (n, write) in writes.into_iter().enumerate() {
        let world = World::in_service(moto().await, &format!("vouch-crash-{n}")).await;
        let s = Scene::around(world, &format!("c0ffee000000031{n}")).await;
        let before = s.world.state().await;
        let priors = saved(s.remedies.prepare(&s.case, &s.target(), &CONTAIN).await.unwrap());
        s.front.fault(write, Wrong::Hang { stored: true }, 1);
        let mut acts = vec![];
        for (remedy, prior) in CONTAIN.into_iter().zip(priors) {
            let target = s.target();
            let first = s.remedies.apply(&s.case, &target, remedy, &prior, s.cut_off);
            let heard = s.front.wait_request(write, 1, std::time::Duration::from_secs(20));
            let cut_short = tokio::select! {
                done = first => Some(done.unwrap()),
                _ = heard, if s.front.requests(write).is_empty() => None,
            };
            let receipt = match cut_short {
                Some(receipt) => receipt,
                None => s.remedies.apply(&s.case, &s.target(), remedy, &prior, s.cut_off).await.unwrap(),
            };
            acts.push(act(remedy, prior, receipt));
        }
        let once = |name: &str| s.front.requests(name).len();
        assert_eq!(once("CreateSnapshots"), 1, "{write}");
        assert_eq!(once("EnterStandby"), 1, "{write}");
        assert_eq!(once("CreateSecurityGroup"), 1, "{write}");
        assert!(s.verify(&acts).await.is_empty(), "{write}");
        restored_with(s.undo(&acts, false).await);
        assert_eq!(s.world.state().await, before, "{write}");
    }
}

#[tokio::test]
async fn an_undo_that_broke_off_goes_on_where_it_stopped() {
    let s = Scene::new("c0ffee0000000306").await;
    let before = s.world.state().await;
    let acts = s.carry_out(&CONTAIN[1..]).await;
    fail(&s, "ModifyNetworkInterfaceAttribute", denied(), 2, 1);
    s.undo(&acts, false).await.unwrap_err();
    // For all an unbegun undo knows, somebody else did it.
    assert_eq!(refused(s.undo(&acts, false).await).len(), 2);
    restored(s.undo(&acts, true).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn an_instance_that_is_gone_is_said_and_its_snapshots_are_kept() {
    let s = Scene::new("c0ffee0000000307").await;
    let acts = s.carry_out(&CONTAIN).await;
    let boolean = aws_sdk_ec2::types::AttributeBooleanValue::builder().value(false).build();
    let call = s.world.ec2.modify_instance_attribute().instance_id(&s.world.id);
    call.disable_api_termination(boolean).send().await.unwrap();
    s.world.end().await;
    assert!(s.verify(&acts).await.is_empty(), "with the instance went its network");
    let (written, notes) = restored_with(s.undo(&acts, false).await);
    assert_eq!(written, 0);
    assert!(notes.iter().any(|note| note.contains("there is nothing to put back on it")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("kept as evidence")), "{notes:?}");
    let fault = s.remedies.prepare(&s.case, &s.target(), &CONTAIN).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault}");
}

#[tokio::test]
async fn in_another_region_there_is_no_such_instance() {
    let s = Scene::new("c0ffee0000000308").await;
    let elsewhere = Target { region: Region::parse("us-west-2").unwrap(), ..s.target() };
    let fault = s.remedies.prepare(&s.case, &elsewhere, &CONTAIN).await.unwrap_err();
    let said = format!("there is no instance {} in us-west-2", s.world.id);
    assert!(matches!(fault, Fault::Never { gone: true, .. }) && fault.to_string().contains(&said), "{fault}");
    let nameless = Target { instance: Some("i-0; rm".to_owned()), ..s.target() };
    let fault = s.remedies.prepare(&s.case, &nameless, &CONTAIN).await.unwrap_err();
    assert!(fault.to_string().contains("no instance that can be named in a call"), "{fault}");
    assert_eq!(s.calls.writes(), 0);
}

#[tokio::test]
async fn a_group_of_our_name_without_our_tag_is_not_used() {
    let s = Scene::new("c0ffee0000000309").await;
    let call = s.world.ec2.create_security_group().vpc_id(&s.world.vpcs[1]).group_name("vouch-isolation");
    let theirs = call.description("theirs").send().await.unwrap().group_id.unwrap();
    let prior = saved(s.remedies.prepare(&s.case, &s.target(), &CONTAIN[1..]).await.unwrap()).remove(0);
    let done = s.remedies.apply(&s.case, &s.target(), Remedy::IsolateInstance, &prior, s.cut_off).await;
    let said = done.unwrap_err().to_string();
    assert!(said.contains("without the tag vouch:isolation"), "{said}");
    assert!(!s.world.is_empty(&theirs).await, "its rules are untouched");
    // The other VPC's interfaces are isolated all the same.
    assert_eq!(s.front.requests("ModifyNetworkInterfaceAttribute").len(), 2);
}
