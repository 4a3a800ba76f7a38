//! An instance contained: snapshots taken, protected, out of service, alone; and everything taken back.
//! Never here: one remedy by itself.

use super::world::WITH_IPV6;
use super::*;
use crate::emulator::Calls;
use std::collections::BTreeSet;

/// Every interface is in one group of its own VPC that lets nothing through.
async fn assert_isolated(world: &World) {
    let state = world.state().await;
    for (eni, vpc) in world.interfaces().await {
        let groups = &state.groups[&eni];
        let only = groups.first().unwrap();
        assert_eq!(groups.len(), 1, "{eni}: {groups:?}");
        assert!(!world.groups[vpc].contains(only), "{eni} is in one of its old groups");
        assert!(world.is_empty(only).await, "{only} has rules");
    }
}

#[tokio::test]
async fn every_interface_in_every_vpc_is_isolated_and_comes_back() {
    let s = Scene::new("c0ffee0000000101").await;
    let before = s.world.state().await;
    assert_eq!((before.groups.len(), before.termination, before.stop), (4, false, false));
    let acts = s.carry_out(&CONTAIN).await;
    assert_isolated(&s.world).await;
    let during = s.world.state().await;
    assert!(during.termination && during.stop && during.volumes.values().all(|goes| !goes), "{during:?}");
    assert_eq!(s.world.snapshots(s.case.as_str()).await.len(), 1);
    assert!(s.verify(&acts).await.is_empty());
    let (written, notes) = restored_with(s.undo(&acts, false).await);
    assert_eq!(written, 4 + 3, "an interface each, termination, stop, one volume");
    assert_eq!(s.world.state().await, before);
    let kept = s.world.snapshots(s.case.as_str()).await;
    assert_eq!(kept.len(), 1);
    let sentence = format!(
        "the snapshots {} of {} are kept as evidence; delete them when they are not needed",
        kept[0], s.world.id
    );
    assert_eq!(notes, [sentence]);
}

/// A rule of its own lets IPv6 out, and only in a VPC that speaks it: what is revoked is what was found there.
#[tokio::test]
async fn over_ipv6_nothing_goes_out_either() {
    let s = Scene::new("c0ffee0000000109").await;
    s.carry_out(&CONTAIN[1..]).await;
    let revoked = s.front.requests("RevokeSecurityGroupEgress");
    let state = s.world.state().await;
    for (eni, vpc) in s.world.interfaces().await {
        let group = state.groups[&eni].first().unwrap().as_str();
        // EC2 takes no rule back that was not there.
        let had = revoked.iter().find(|call| call.body["GroupId"] == group && call.outcome == "ok").unwrap();
        let let_out = |everywhere: &str| had.body.to_string().contains(&format!("\"{everywhere}\""));
        assert_eq!((let_out("0.0.0.0/0"), let_out("::/0")), (true, vpc == WITH_IPV6), "{}", had.body);
    }
    assert_isolated(&s.world).await;
}

#[tokio::test]
async fn done_twice_nothing_is_written_twice() {
    let s = Scene::new("c0ffee0000000102").await;
    let before = s.world.state().await;
    let acts = s.carry_out(&CONTAIN).await;
    let writes = s.calls.writes();
    for act in &acts {
        let again = s.try_again(act).await.unwrap();
        assert_eq!(again.request_ids.len(), if act.remedy == Remedy::IsolateInstance { 3 } else { 0 });
    }
    // Setting an attribute to what it is changes nothing; EC2 is told all the same.
    assert_eq!(s.calls.writes() - writes, 3);
    assert_eq!(s.world.snapshots(s.case.as_str()).await.len(), 1);
    restored_with(s.undo(&acts, false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn out_of_service_before_it_falls_silent_and_back_into_it() {
    let world = World::in_service(moto().await, "vouch-serving").await;
    let s = Scene::around(world, "c0ffee0000000103").await;
    let before = s.world.state().await;
    assert_eq!(before.scaling, Some(("InService".to_owned(), 2)));
    assert_eq!(before.registrations.len(), 1);
    let acts = s.carry_out(&CONTAIN).await;
    let during = s.world.state().await;
    assert_eq!(during.scaling, Some(("Standby".to_owned(), 1)));
    assert!(during.registrations.is_empty());
    let order: Vec<String> = s.front.all_requests().iter().map(|r| r.method.clone()).collect();
    let at = |name: &str| order.iter().position(|method| method == name).unwrap();
    let silent = at("ModifyNetworkInterfaceAttribute");
    for first in ["CreateSnapshots", "EnterStandby", "DeregisterTargets", "RevokeSecurityGroupEgress"] {
        assert!(at(first) < silent, "{first} comes before the network goes: {order:?}");
    }
    // A second try does not lower the group's capacity once more.
    s.try_again(&acts[1]).await.unwrap();
    assert_eq!(s.world.state().await.scaling, Some(("Standby".to_owned(), 1)));
    assert!(s.verify(&acts).await.is_empty());
    restored_with(s.undo(&acts, false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn a_foreign_change_is_seen_and_keeps_everything_as_it_is() {
    let s = Scene::new("c0ffee0000000104").await;
    let acts = s.carry_out(&CONTAIN).await;
    let (eni, vpc) = s.world.interfaces().await.remove(3);
    s.world.put(&eni, &s.world.groups[vpc][2..]).await;
    let during = s.world.state().await;
    let lost = s.verify(&acts).await;
    let group = &s.world.groups[vpc][2];
    assert_eq!(
        lost,
        [format!("interface {eni} of {} is not isolated any more: it is in {group}", s.world.id)]
    );
    let writes = s.calls.writes();
    assert_eq!(
        refused(s.undo(&acts, false).await),
        [format!("interface {eni} is in other groups now: {group}")]
    );
    assert_eq!((s.calls.writes(), s.world.state().await), (writes, during));
}

#[tokio::test]
async fn an_isolation_group_that_somebody_opened_is_seen_and_closed() {
    let s = Scene::new("c0ffee0000000105").await;
    let acts = s.carry_out(&CONTAIN).await;
    let (eni, _) = s.world.interfaces().await.remove(0);
    let group = s.world.state().await.groups[&eni].first().unwrap().clone();
    let all = aws_sdk_ec2::types::IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .build();
    let call = s.world.ec2.authorize_security_group_ingress().group_id(&group);
    call.ip_permissions(all).send().await.unwrap();
    let lost = s.verify(&acts).await;
    assert_eq!(lost.len(), 2, "two interfaces are in it: {lost:?}");
    assert!(lost[0].starts_with(&format!("somebody put rules into the isolation group {group}")), "{lost:?}");
    s.try_again(&acts[1]).await.unwrap();
    assert!(s.verify(&acts).await.is_empty());
}

#[tokio::test]
async fn an_interface_attached_meanwhile_is_isolated_too() {
    let s = Scene::new("c0ffee0000000106").await;
    let priors = saved(s.remedies.prepare(&s.case, &s.target(), &CONTAIN[1..]).await.unwrap());
    let new = s.world.attach(4, 0).await;
    let done = s.remedies.apply(&s.case, &s.target(), CONTAIN[1], &priors[0], s.cut_off).await.unwrap();
    assert!(done.note.contains(&format!("{new} was attached meanwhile")), "{}", done.note);
    assert_isolated(&s.world).await;
    let acts = [act(CONTAIN[1], priors[0].clone(), done)];
    restored(s.undo(&acts, false).await);
    let left = &s.world.state().await.groups[&new];
    assert!(!left.contains(&s.world.groups[0][0]), "nobody saved what it had");
}

#[tokio::test]
async fn a_spot_instance_is_isolated_and_its_lack_of_protection_said() {
    let world = World::spot(moto().await).await;
    let s = Scene::around(world, "c0ffee0000000107").await;
    let before = s.world.state().await;
    let acts = s.carry_out(&CONTAIN).await;
    let note = &acts[1].receipt.as_ref().unwrap().note;
    assert!(note.contains("a Spot instance cannot be protected from termination"), "{note}");
    assert_isolated(&s.world).await;
    restored_with(s.undo(&acts, false).await);
    assert_eq!(s.world.state().await, before);
}

#[tokio::test]
async fn nothing_is_called_that_is_not_declared() {
    let world = World::in_service(moto().await, "vouch-declared").await;
    let s = Scene::around(world, "c0ffee0000000108").await;
    s.world.give_role("vouch-declared").await;
    let acts = s.carry_out(&EVERY).await;
    s.verify(&acts).await;
    restored_with(s.undo(&acts, false).await);
    let declared: BTreeSet<&str> = EVERY.iter().flat_map(|r| r.actions()).copied().collect();
    let verbs: BTreeSet<&str> = declared.iter().filter_map(|a| Some(a.split_once(':')?.1)).collect();
    let made = Calls::operations(&s.calls);
    let own = ["GetCallerIdentity"];
    let more: Vec<_> = made.iter().filter(|op| !verbs.contains(**op) && !own.contains(*op)).collect();
    assert!(more.is_empty(), "called, but not declared: {more:?}");
    // A passed role is a permission without a call; ingress is revoked only where somebody opened a group; tags come
    // with what is made.
    let silent = ["PassRole", "RevokeSecurityGroupIngress", "CreateTags"];
    let idle: Vec<_> = verbs.iter().filter(|v| !made.contains(**v) && !silent.contains(*v)).collect();
    assert!(idle.is_empty(), "declared, but never called: {idle:?}");
}
