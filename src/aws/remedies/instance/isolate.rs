//! `isolate-instance`: every network interface of the instance into the isolation group of its own VPC. Before that
//! the instance is protected from being ended, set to standby in Auto Scaling and taken from its load balancers, so
//! that a failing health check does not destroy the evidence. Actions: `Remedy::IsolateInstance.actions()`.
//! Never here: network ACLs (they hit the whole subnet), or terminating anything.
//!
//! Connections that EC2 tracks go on until they are idle, and security groups filter neither the VPC's own DNS nor the
//! metadata service (facts/aws.md 2.7): people are told, and offered to stop the instance.

use super::tally::Tally;
use super::{Instance, Thing, network, protect, serving, unfit};
use crate::aws::ec2::{self, Eni};
use crate::aws::remedies::hand::Written;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::{Isolation, Prior};
use crate::ports::Fault;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::timeout;

/// Load balancers are looked through for so long at most: a Region may have thousands of target groups.
const LOOK: Duration = Duration::from_secs(5);

/// Only the interfaces must be readable: containing does not wait for a load balancer's API.
pub(super) async fn prior(i: &Instance<'_>) -> Result<Prior, Fault> {
    let now = i.now()?;
    let all = i.host.interfaces().await?;
    let (managed, own): (Vec<Eni>, Vec<Eni>) = all.into_iter().partition(|eni| eni.managed);
    if own.is_empty() {
        let (id, account) = (i.id(), &i.target.account);
        return Err(Fault::never(format!(
            "account {account}: {id} has no network interface that we may change"
        )));
    }
    let vpcs = ec2::vpcs(own.iter().map(|eni| &eni.now));
    let addresses: Vec<String> = own.iter().flat_map(|eni| eni.private.iter().cloned()).collect();
    let protection =
        async { if ec2::is_spot(now) { Ok(None) } else { i.host.protection(now).await.map(Some) } };
    let registrations = timeout(LOOK, i.host.registrations(&vpcs, &addresses));
    let (protection, member, registrations) = tokio::join!(protection, i.host.membership(), registrations);
    let registrations = registrations.unwrap_or_else(|_| Err(Fault::later("they took too long")));
    let mut gaps = vec![];
    let mut missed = |what: &str, fault: Fault| gaps.push(format!("{what} could not be read: {fault}"));
    let protection = protection.unwrap_or_else(|fault| {
        missed("protection", fault);
        None
    });
    let member = member.unwrap_or_else(|fault| {
        missed("Auto Scaling", fault);
        None
    });
    let (registrations, more) = registrations.unwrap_or_else(|fault| {
        missed("load balancers", fault);
        (vec![], None)
    });
    gaps.extend(more);
    Ok(Prior::Isolation(Box::new(Isolation {
        interfaces: own.into_iter().map(|eni| (eni.id, eni.now)).collect(),
        managed: managed.into_iter().map(|eni| eni.id).collect(),
        protection,
        standby: member.filter(|m| m.is_in_service()).map(|m| m.group),
        registrations,
        gaps,
    })))
}

pub(super) async fn apply(i: &Instance<'_>, prior: &Prior) -> Result<Written, Fault> {
    let before = expected(prior)?;
    let mut tally = Tally::default();
    let enis = i.host.interfaces().await?;
    let own: Vec<&Eni> = enis.iter().filter(|eni| !eni.managed).collect();
    let vpcs = ec2::vpcs(own.iter().map(|eni| &eni.now));
    // The groups stand ready while whatever could end a silent instance is told to leave it alone.
    let (protected, standby, deregistered, ready) = tokio::join!(
        protect::apply(i, before.protection.as_ref()),
        serving::enter_standby(i, before.standby.as_deref()),
        serving::deregister(i, &before.registrations),
        network::ready(i, &vpcs)
    );
    let helping = protected.into_iter().chain(standby).chain(deregistered);
    helping.for_each(|(what, result)| tally.may(what, result));
    let (ready, ids) = ready;
    ids.into_iter().for_each(|id| tally.must("isolation group", Ok(Some(id))));
    let ready = &ready;
    let moved = join_all(own.iter().map(|eni| async move {
        let result = match ready.get(&eni.now.vpc) {
            Some(Ok(group)) if eni.now.groups == [group.as_str()] => Ok(None),
            Some(Ok(group)) => i.set_groups(&eni.id, std::slice::from_ref(group)).await,
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(Fault::never(format!("no isolation group in {}", eni.now.vpc))),
        };
        (eni, result)
    }));
    for (eni, result) in moved.await {
        if result.is_ok() && !before.interfaces.contains_key(&eni.id) {
            tally.note(format!("{} was attached meanwhile and stays isolated after an undo", eni.id));
        }
        tally.must(&eni.id, result);
    }
    let many = if own.len() == 1 { "" } else { "s" };
    tally.note(format!("{} interface{many} isolated", own.len()));
    if !before.managed.is_empty() {
        tally.note(format!("left to AWS, which manages them: {}", before.managed.join(", ")));
    }
    if before.protection.is_none() && ec2::is_spot(i.now()?) {
        tally.note("a Spot instance cannot be protected from termination");
    }
    before.gaps.iter().for_each(|gap| tally.note(gap));
    tally.written()
}

/// Interfaces that are in other groups again, or new; and isolation groups that somebody opened.
pub(super) async fn lost(i: &Instance<'_>) -> Result<Vec<String>, Fault> {
    let enis = i.host.interfaces().await?;
    let own: Vec<&Eni> = enis.iter().filter(|eni| !eni.managed).collect();
    let vpcs = ec2::vpcs(own.iter().map(|eni| &eni.now));
    let groups = i.host.isolation_groups(&vpcs).await?;
    Ok(own
        .into_iter()
        .filter(|eni| !groups.isolate(&eni.now.vpc, &eni.now.groups))
        .map(|eni| {
            let which = eni.now.groups.join(", ");
            if groups.contain(&eni.now.vpc, &eni.now.groups) {
                format!("somebody put rules into the isolation group {which} of {}", eni.id)
            } else {
                format!("interface {} of {} is not isolated any more: it is in {which}", eni.id, i.id())
            }
        })
        .collect())
}

/// In the order they are put back: the network first, then whoever sends it work, then protection.
pub(super) async fn parts(i: &Instance<'_>, prior: &Prior, applied: bool) -> Result<Vec<Part>, Fault> {
    let before = expected(prior)?;
    let vpcs = ec2::vpcs(before.interfaces.values());
    let (enis, groups, serving, protection) = tokio::join!(
        i.host.interfaces(),
        i.host.isolation_groups(&vpcs),
        serving::parts(i, before),
        protect::parts(i, before.protection.as_ref())
    );
    let (enis, groups) = (enis?, groups?);
    let mut parts = vec![];
    for (id, was) in &before.interfaces {
        if groups.contain(&was.vpc, &was.groups) {
            // Isolated before us.
            continue;
        }
        let now = enis.iter().find(|eni| eni.id == *id).map(|eni| eni.now.groups.clone());
        let (stands, complaint) = match now {
            None => (Stands::Otherwise, format!("interface {id} is not attached to {} any more", i.id())),
            Some(now) if same(&now, &was.groups) => {
                (Stands::AsBefore, format!("interface {id} has its old security groups again"))
            }
            Some(now) if groups.contain(&was.vpc, &now) => (Stands::AsWritten, String::new()),
            Some(now) => {
                (Stands::Otherwise, format!("interface {id} is in other groups now: {}", now.join(", ")))
            }
        };
        let what = Thing::Groups { interface: id.clone(), groups: was.groups.clone() };
        parts.push(Part { what: What::Instance(what), stands, applied, complaint });
    }
    parts.extend(serving?);
    parts.extend(protection?);
    Ok(parts)
}

/// EC2 promises no order.
fn same(one: &[String], other: &[String]) -> bool {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    sorted(one) == sorted(other)
}

fn expected(prior: &Prior) -> Result<&Isolation, Fault> {
    let Prior::Isolation(before) = prior else { return Err(unfit("network interfaces")) };
    Ok(before)
}
