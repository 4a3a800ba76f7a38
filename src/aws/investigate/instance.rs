//! What can be read about the instance that a finding is about: what runs, who reaches it, what it may do, who sends it
//! work (E-1, E-8, S-5).
//! Never here: writes, or logging in to the host. What cannot be read is a gap, said in a sentence.

use crate::aws::clients::Clients;
use crate::aws::ec2::{self, Host};
use crate::case::evidence::{InstanceEvidence, InterfaceFact, RoleFact, ScalingFact};
use crate::case::finding::Finding;
use crate::ports::Fault;
use aws_sdk_ec2::types::{DeviceType, HttpTokensState, IpPermission};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::future::Future;
use tokio::time::{Instant, timeout_at};

/// What the look-ups need in the account looked into.
pub const ACTIONS: [&str; 10] = [
    "autoscaling:DescribeAutoScalingInstances",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "iam:GetInstanceProfile",
];

/// Nothing and no gap where a finding is about no instance.
pub(super) async fn look(
    clients: &Clients,
    finding: &Finding,
    until: Instant,
) -> (Option<Box<InstanceEvidence>>, Vec<String>) {
    let Some(id) = finding.instance().filter(|id| ec2::callable(id)) else { return (None, vec![]) };
    let mut gaps = vec![];
    let opened = clients.evidence_session(&finding.account, finding.partition, &finding.id);
    let look = Look { id, until };
    let Some(session) = keep(look.read("credentials to look it up with", opened).await, &mut gaps) else {
        return (None, gaps);
    };
    let host = Host::new(&session, finding.region.as_str(), id);
    let Some(instance) = keep(look.read("the instance", host.instance()).await, &mut gaps) else {
        return (None, gaps);
    };
    let mut e = described(&instance);
    let (interfaces, role, protection, scaling, store) = tokio::join!(
        look.read("its network interfaces", host.interfaces()),
        look.read("its role", role(&host)),
        look.read("its protection", host.protection(&instance)),
        look.read("its Auto Scaling group", host.membership()),
        look.read("its instance type", has_instance_store(&host, &instance)),
    );
    e.role = keep(role, &mut gaps).flatten();
    e.termination_protected = keep(protection, &mut gaps).map(|p| p.termination);
    let scaling = keep(scaling, &mut gaps).flatten();
    e.scaling = scaling.map(|m| ScalingFact { group: m.group, state: m.state });
    e.instance_store = keep(store, &mut gaps).unwrap_or_default();
    if let Some(enis) = keep(interfaces, &mut gaps) {
        let vpcs = ec2::vpcs(enis.iter().map(|eni| &eni.now));
        let addresses: Vec<String> = enis.iter().flat_map(|eni| eni.private.iter().cloned()).collect();
        e.public_addresses = enis.iter().filter_map(|eni| eni.public.clone()).collect();
        let groups: BTreeSet<String> = enis.iter().flat_map(|eni| eni.now.groups.iter().cloned()).collect();
        e.interfaces = enis
            .into_iter()
            .map(|eni| InterfaceFact {
                id: eni.id,
                vpc: eni.now.vpc,
                groups: eni.now.groups,
                managed: eni.managed,
            })
            .collect();
        let (ports, targets) = tokio::join!(
            look.read("its security groups", open_ports(&host, groups)),
            look.read("its load balancers", host.registrations(&vpcs, &addresses))
        );
        e.open_ports = keep(ports, &mut gaps).unwrap_or_default();
        if let Some((registrations, more)) = keep(targets, &mut gaps) {
            let names = registrations.iter().filter_map(|r| r.group.split('/').nth(1).map(str::to_owned));
            e.target_groups = names.collect::<BTreeSet<_>>().into_iter().collect();
            gaps.extend(more);
        }
    }
    (Some(Box::new(e)), gaps)
}

struct Look<'a> {
    id: &'a str,
    until: Instant,
}

impl Look<'_> {
    /// The answer, or what is missing. In a box: seven of them run side by side, and EC2's are the deepest there are.
    async fn read<T>(&self, what: &str, sent: impl Future<Output = Result<T, Fault>>) -> Result<T, String> {
        match timeout_at(self.until, Box::pin(sent)).await {
            Ok(read) => read.map_err(|fault| fault.to_string()),
            Err(_) => Err(format!("reading {what} of {} took too long", self.id)),
        }
    }
}

fn keep<T>(read: Result<T, String>, gaps: &mut Vec<String>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}

/// What one description tells.
fn described(instance: &aws_sdk_ec2::types::Instance) -> InstanceEvidence {
    let tokens = instance.metadata_options.as_ref().and_then(|o| o.http_tokens.as_ref());
    InstanceEvidence {
        id: instance.instance_id.clone().unwrap_or_default(),
        state: ec2::state(instance).map(|s| s.as_str().to_owned()).unwrap_or_default(),
        kind: instance.instance_type.as_ref().map(|kind| kind.as_str().to_owned()),
        image: instance.image_id.clone(),
        launched_at: instance.launch_time.and_then(|at| Timestamp::from_second(at.secs()).ok()),
        spot: ec2::is_spot(instance),
        volumes: ec2::volumes(instance)
            .map(|(device, ebs)| (device.to_owned(), ebs.delete_on_termination.unwrap_or_default()))
            .collect(),
        imdsv2: tokens.map(|tokens| *tokens == HttpTokensState::Required),
        tags: ec2::tags(instance),
        ..InstanceEvidence::default()
    }
}

async fn role(host: &Host) -> Result<Option<RoleFact>, Fault> {
    let Some(profile) = host.associations().await?.into_iter().find_map(|a| a.iam_instance_profile?.arn)
    else {
        return Ok(None);
    };
    let role = host.roles(&profile).await?.into_iter().next();
    Ok(role.map(|role| RoleFact { name: role.role_name, arn: role.arn, unique_id: role.role_id }))
}

/// Disks of the host itself, which no snapshot shows.
async fn has_instance_store(host: &Host, instance: &aws_sdk_ec2::types::Instance) -> Result<bool, Fault> {
    if instance.root_device_type == Some(DeviceType::InstanceStore) {
        return Ok(true);
    }
    let Some(kind) = instance.instance_type.clone() else { return Ok(false) };
    let sent = host.ec2.client.describe_instance_types().instance_types(kind).send();
    let answer = host.ec2.place.call("ec2", "DescribeInstanceTypes", sent).await?;
    let told = answer.instance_types.into_iter().flatten().next();
    Ok(told.and_then(|told| told.instance_storage_supported).unwrap_or_default())
}

/// What these groups let in from anywhere.
async fn open_ports(host: &Host, groups: BTreeSet<String>) -> Result<Vec<String>, Fault> {
    if groups.is_empty() {
        return Ok(vec![]);
    }
    let ids = ec2::filter("group-id", groups);
    let sent = host.ec2.client.describe_security_groups().filters(ids).send();
    let answer = host.ec2.place.call("ec2", "DescribeSecurityGroups", sent).await?;
    let rules =
        answer.security_groups.into_iter().flatten().flat_map(|g| g.ip_permissions.unwrap_or_default());
    let open: BTreeSet<(i32, String)> = rules.filter(is_open).map(|rule| ports(&rule)).collect();
    Ok(open.into_iter().map(|(_, text)| text).collect())
}

fn is_open(rule: &IpPermission) -> bool {
    rule.ip_ranges().iter().any(|range| range.cidr_ip() == Some("0.0.0.0/0"))
        || rule.ipv6_ranges().iter().any(|range| range.cidr_ipv6() == Some("::/0"))
}

/// In order of port: `tcp 22`, `udp 8000-8100`, `all`.
fn ports(rule: &IpPermission) -> (i32, String) {
    let protocol = rule.ip_protocol.as_deref().unwrap_or("-1");
    if protocol == "-1" {
        return (-1, "all".to_owned());
    }
    match (rule.from_port, rule.to_port) {
        (Some(from), Some(to)) if from == to => (from, format!("{protocol} {from}")),
        (Some(from), Some(to)) => (from, format!("{protocol} {from}-{to}")),
        (_, _) => (0, protocol.to_owned()),
    }
}
