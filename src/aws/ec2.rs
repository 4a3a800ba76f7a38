//! An instance as AWS has it now, and what stands around it: interfaces, groups, scaling, load balancers, profile.
//! Never here: writes, or conclusions. Who only looks and who acts read alike.

mod around;
mod isolation;

pub(super) use isolation::{NAME, TAG, has_rules};

use super::clients::{Balancing, Ec2, Iam, Scaling, Session};
use crate::case::remedy::{Interface, Protection};
use crate::ports::Fault;
use aws_sdk_ec2::types::{Filter, InstanceAttributeName, InstanceLifecycleType, InstanceStateName};
use std::collections::BTreeMap;

/// One instance, and clients of its Region.
pub(super) struct Host {
    pub(super) ec2: Ec2,
    pub(super) scaling: Scaling,
    pub(super) balancing: Balancing,
    pub(super) iam: Iam,
    pub(super) id: String,
}

/// A network interface attached to the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Eni {
    pub(super) id: String,
    pub(super) now: Interface,
    /// AWS made it for a service and changes it alone.
    pub(super) managed: bool,
    pub(super) private: Vec<String>,
    pub(super) public: Option<String>,
}

/// Whether an id may go into a call: `i-` and hexadecimal digits (EC2 User Guide, resource ids).
pub(super) fn callable(id: &str) -> bool {
    let digits = id.strip_prefix("i-").unwrap_or_default();
    (8..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Host {
    pub(super) fn new(session: &Session, region: &str, id: &str) -> Self {
        Self {
            ec2: session.ec2(region),
            scaling: session.scaling(region),
            balancing: session.balancing(region),
            iam: session.iam(),
            id: id.to_owned(),
        }
    }

    /// `gone` when there is no such instance in this Region, or it was ended.
    pub(super) async fn instance(&self) -> Result<aws_sdk_ec2::types::Instance, Fault> {
        let sent = self.ec2.client.describe_instances().instance_ids(&self.id).send();
        let answer = self.ec2.place.call("ec2", "DescribeInstances", sent).await;
        let answer =
            answer.map_err(|failed| if failed.is_missing() { self.gone() } else { failed.into() })?;
        let mut all = answer.reservations.into_iter().flatten().flat_map(|r| r.instances.unwrap_or_default());
        let Some(found) = all.next() else { return Err(self.gone()) };
        match state(&found) {
            Some(InstanceStateName::Terminated | InstanceStateName::ShuttingDown) => Err(self.gone()),
            Some(_) | None => Ok(found),
        }
    }

    fn gone(&self) -> Fault {
        let (id, region) = (&self.id, &self.ec2.place.region);
        let account = self.ec2.place.account.as_ref().map(|a| a.to_string()).unwrap_or_default();
        Fault::gone(format!(
            "account {account}: there is no instance {id} in {region} (any more): it was terminated, or it is in \
             another Region (ec2:DescribeInstances)"
        ))
    }

    /// Attached to the instance now, in order of id.
    pub(super) async fn interfaces(&self) -> Result<Vec<Eni>, Fault> {
        let (mut found, mut token) = (vec![], None);
        loop {
            let call = self.ec2.client.describe_network_interfaces().set_next_token(token.take());
            let sent = call.filters(filter("attachment.instance-id", [&self.id])).send();
            let page = self.ec2.place.call("ec2", "DescribeNetworkInterfaces", sent).await?;
            found.extend(page.network_interfaces.into_iter().flatten().filter_map(eni));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// What keeps it from being stopped or ended. `instance`: as `instance` gave it.
    pub(super) async fn protection(
        &self,
        instance: &aws_sdk_ec2::types::Instance,
    ) -> Result<Protection, Fault> {
        let (termination, stop, shutdown) = tokio::join!(
            self.attribute(InstanceAttributeName::DisableApiTermination),
            self.attribute(InstanceAttributeName::DisableApiStop),
            self.attribute(InstanceAttributeName::InstanceInitiatedShutdownBehavior),
        );
        let on = |value: Option<aws_sdk_ec2::types::AttributeBooleanValue>| {
            value.and_then(|value| value.value).unwrap_or_default()
        };
        let shutdown = shutdown?.instance_initiated_shutdown_behavior.and_then(|v| v.value);
        Ok(Protection {
            termination: on(termination?.disable_api_termination),
            stop: on(stop?.disable_api_stop),
            shutdown: shutdown.unwrap_or_else(|| "stop".to_owned()),
            volumes: volumes(instance)
                .map(|(device, ebs)| (device.to_owned(), ebs.delete_on_termination.unwrap_or_default()))
                .collect(),
        })
    }

    pub(super) async fn attribute(
        &self,
        name: InstanceAttributeName,
    ) -> Result<aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput, Fault>
    {
        let sent = self.ec2.client.describe_instance_attribute().instance_id(&self.id).attribute(name).send();
        Ok(self.ec2.place.call("ec2", "DescribeInstanceAttribute", sent).await?)
    }
}

fn eni(found: aws_sdk_ec2::types::NetworkInterface) -> Option<Eni> {
    let operated = found.operator.as_ref().and_then(|o| o.managed).unwrap_or_default();
    let addresses = found.private_ip_addresses.into_iter().flatten();
    Some(Eni {
        id: found.network_interface_id?,
        now: Interface {
            vpc: found.vpc_id?,
            groups: found.groups.into_iter().flatten().filter_map(|group| group.group_id).collect(),
        },
        managed: operated || found.requester_managed.unwrap_or_default(),
        private: addresses.filter_map(|address| address.private_ip_address).collect(),
        public: found.association.and_then(|a| a.public_ip),
    })
}

pub(super) fn state(instance: &aws_sdk_ec2::types::Instance) -> Option<&InstanceStateName> {
    instance.state.as_ref()?.name.as_ref()
}

/// Runs, or is about to.
pub(super) fn is_running(instance: &aws_sdk_ec2::types::Instance) -> bool {
    [Some(&InstanceStateName::Running), Some(&InstanceStateName::Pending)].contains(&state(instance))
}

pub(super) fn is_spot(instance: &aws_sdk_ec2::types::Instance) -> bool {
    instance.instance_lifecycle == Some(InstanceLifecycleType::Spot)
}

/// Key and value.
pub(super) fn tags(instance: &aws_sdk_ec2::types::Instance) -> Vec<(String, String)> {
    instance.tags().iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone()?))).collect()
}

/// Device name and EBS volume, one each.
pub(super) fn volumes(
    instance: &aws_sdk_ec2::types::Instance,
) -> impl Iterator<Item = (&str, &aws_sdk_ec2::types::EbsInstanceBlockDevice)> {
    let mapped = instance.block_device_mappings.iter().flatten();
    mapped.filter_map(|mapping| Some((mapping.device_name.as_deref()?, mapping.ebs.as_ref()?)))
}

pub(super) fn filter<S: Into<String>>(name: &str, values: impl IntoIterator<Item = S>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The VPCs that these interfaces lie in, each once.
pub(super) fn vpcs<'a>(interfaces: impl Iterator<Item = &'a Interface>) -> Vec<String> {
    interfaces.map(|i| (i.vpc.clone(), ())).collect::<BTreeMap<_, _>>().into_keys().collect()
}
