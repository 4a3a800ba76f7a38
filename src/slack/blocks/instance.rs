//! What was seen of an instance, what acting on it costs, and the steps that only people can take.
//! Never here: words. Names, tags and images are untrusted and escaped here.

use super::{codes, few};
use crate::case::evidence::InstanceEvidence;
use crate::case::message::{FactsView, Offer};
use crate::case::principal::Partition;
use crate::case::remedy::Remedy;
use crate::slack::escape::{code, entities, plain_to};
use crate::slack::texts::instance::{InstanceGuide, InstanceSeen};
use crate::slack::texts::{Words, utc};
use std::collections::BTreeSet;

/// Things named before "and n more".
const FEW: usize = 6;

/// Lines for the card; none without an instance.
pub(super) fn seen(w: &dyn Words, instance: Option<&InstanceEvidence>) -> String {
    let Some(i) = instance else { return String::new() };
    let launched = i.launched_at.map(utc);
    let about: String = [i.kind.as_deref(), i.image.as_deref(), launched.as_deref()]
        .into_iter()
        .flatten()
        .map(|text| format!(", {}", entities(&plain_to(text, 60))))
        .collect();
    let some = |list: &[String]| (!list.is_empty()).then(|| codes(w, list, FEW));
    let scaling = i.scaling.as_ref().map(|s| (code(&s.group), entities(&plain_to(&s.state, 40))));
    let vpcs: BTreeSet<&str> = i.interfaces.iter().map(|eni| eni.vpc.as_str()).collect();
    w.instance_seen(&InstanceSeen {
        id: &code(&i.id),
        state: &entities(&plain_to(&i.state, 40)),
        about: &about,
        interfaces: i.interfaces.len(),
        vpcs: vpcs.len(),
        addresses: some(&i.public_addresses).as_deref(),
        ports: some(&i.open_ports).as_deref(),
        role: i.role.as_ref().map(|role| code(&role.name)).as_deref(),
        scaling: scaling.as_ref().map(|(group, state)| (group.as_str(), state.as_str())),
        balancers: some(&i.target_groups).as_deref(),
        imdsv2: i.imdsv2,
    })
    .join("\n")
}

/// What acting on this very instance costs beyond what the remedy costs anywhere: a line each.
pub(super) fn costs(w: &dyn Words, offers: &[Offer], instance: Option<&InstanceEvidence>) -> Vec<String> {
    let Some(i) = instance else { return vec![] };
    let any = |remedy: Remedy| offers.iter().any(|offer| offer.parts.contains(&remedy));
    let (isolates, stops) = (any(Remedy::IsolateInstance), any(Remedy::StopInstance));
    let mut lines = vec![];
    if isolates {
        let managed = i.interfaces.iter().filter(|eni| eni.managed).count();
        lines.push(w.costs_interfaces(i.interfaces.len() - managed, managed));
        if !i.target_groups.is_empty() {
            lines.push(w.costs_traffic(&codes(w, &i.target_groups, FEW)));
        }
    }
    if let Some(scaling) = i.scaling.as_ref().filter(|s| (isolates || stops) && s.state == "InService") {
        lines.push(w.costs_standby(&code(&scaling.group)));
    }
    let revokes = any(Remedy::DetachInstanceProfile) || any(Remedy::RevokeSession);
    if let Some(role) = i.role.as_ref().filter(|_| revokes) {
        lines.push(w.costs_role(&code(&role.name)));
    }
    if stops && i.instance_store {
        lines.push(w.costs_disks().to_owned());
    }
    if stops && !i.public_addresses.is_empty() {
        lines.push(w.costs_address(&codes(w, &i.public_addresses, FEW)));
    }
    if isolates {
        lines.push(w.still_open().to_owned());
    }
    few(w, lines.into_iter().map(|line| format!("• {line}")).collect(), 8)
}

/// Guidance with this instance's facts.
pub(super) fn advice(w: &dyn Words, view: &FactsView, i: &InstanceEvidence) -> Vec<String> {
    let region = view.regions.first().map(|region| plain_to(region, 24)).unwrap_or_default();
    let arn = view.resource.clone().unwrap_or_default();
    let partition = arn.split(':').nth(1).and_then(Partition::parse).unwrap_or_default();
    let ports = (!i.open_ports.is_empty()).then(|| codes(w, &i.open_ports, FEW));
    w.advice_instance(&InstanceGuide {
        id: &entities(&plain_to(&i.id, 40)),
        arn: &entities(&plain_to(&arn, 120)),
        region: &entities(&region),
        partition,
        image: i.image.as_deref().map(code).as_deref(),
        ports: ports.as_deref(),
        role: i.role.as_ref().map(|role| code(&role.name)).as_deref(),
        scaling: i.scaling.as_ref().map(|s| code(&s.group)).as_deref(),
        protected: i.termination_protected,
        instance_store: i.instance_store,
    })
}
