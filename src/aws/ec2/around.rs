//! What sends an instance work and what it works with: Auto Scaling, target groups, the instance profile.
//! Never here: writes.

use super::Host;
use super::filter;
use crate::case::remedy::Registration;
use crate::ports::Fault;
use aws_sdk_ec2::types::{IamInstanceProfileAssociation, IamInstanceProfileAssociationState};
use aws_sdk_elasticloadbalancingv2::types::{
    TargetGroup, TargetHealthReasonEnum, TargetHealthStateEnum, TargetTypeEnum,
};
use futures_util::stream::{self, StreamExt};

/// Target groups looked into at most, and at once: each is a call, and the Region's accounts may have thousands.
const GROUPS: usize = 100;
const AT_ONCE: usize = 8;

/// What Auto Scaling thinks of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Membership {
    pub(in crate::aws) group: String,
    /// Such as `InService` or `Standby`.
    pub(in crate::aws) state: String,
}

impl Membership {
    pub(in crate::aws) fn is_in_service(&self) -> bool {
        self.state == "InService"
    }

    /// There, or on the way.
    pub(in crate::aws) fn is_standby(&self) -> bool {
        ["Standby", "EnteringStandby"].contains(&self.state.as_str())
    }
}

impl Host {
    /// `None` for an instance that no Auto Scaling group keeps.
    pub(in crate::aws) async fn membership(&self) -> Result<Option<Membership>, Fault> {
        let sent = self.scaling.client.describe_auto_scaling_instances().instance_ids(&self.id).send();
        let answer = self.scaling.place.call("autoscaling", "DescribeAutoScalingInstances", sent).await?;
        let mut found = answer.auto_scaling_instances.into_iter().flatten();
        Ok(found.next().and_then(|one| {
            Some(Membership { group: one.auto_scaling_group_name?, state: one.lifecycle_state? })
        }))
    }

    /// Where load balancers send it traffic, and a sentence if not every target group was looked into. Classic
    /// load balancers are Auto Scaling's or nobody's here.
    pub(in crate::aws) async fn registrations(
        &self,
        vpcs: &[String],
        addresses: &[String],
    ) -> Result<(Vec<Registration>, Option<String>), Fault> {
        let (groups, more) = self.target_groups(vpcs).await?;
        let looked = stream::iter(groups.into_iter().map(|arn| self.registered(arn, addresses)));
        let answers: Vec<_> = looked.buffer_unordered(AT_ONCE).collect().await;
        let mut found = vec![];
        for answer in answers {
            found.extend(answer?);
        }
        found.sort();
        let gap = more.then(|| format!("more than {GROUPS} target groups: not all were looked into"));
        Ok((found, gap))
    }

    /// ARNs of those that may hold the instance, and whether there are more than we look into.
    async fn target_groups(&self, vpcs: &[String]) -> Result<(Vec<String>, bool), Fault> {
        let fits = |group: &TargetGroup| {
            let near = group.vpc_id.as_ref().is_some_and(|vpc| vpcs.contains(vpc));
            let instances = group.target_type == Some(TargetTypeEnum::Instance);
            (near && instances) || group.target_type == Some(TargetTypeEnum::Ip)
        };
        let (mut arns, mut marker) = (vec![], None);
        loop {
            let call = self.balancing.client.describe_target_groups().page_size(400);
            let sent = call.set_marker(marker.take()).send();
            let page =
                self.balancing.place.call("elasticloadbalancing", "DescribeTargetGroups", sent).await?;
            let fitting = page.target_groups.into_iter().flatten().filter(fits);
            arns.extend(fitting.filter_map(|group| group.target_group_arn));
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if arns.len() > GROUPS || marker.is_none() {
                break;
            }
        }
        let more = arns.len() > GROUPS;
        arns.truncate(GROUPS);
        Ok((arns, more))
    }

    async fn registered(&self, arn: String, addresses: &[String]) -> Result<Vec<Registration>, Fault> {
        let sent = self.balancing.client.describe_target_health().target_group_arn(&arn).send();
        let answer = self.balancing.place.call("elasticloadbalancing", "DescribeTargetHealth", sent).await?;
        let told = answer.target_health_descriptions.into_iter().flatten();
        let kept = told.filter(|told| {
            let health = told.target_health.as_ref();
            let leaving = [TargetHealthStateEnum::Draining, TargetHealthStateEnum::UnhealthyDraining];
            let leaving = health.and_then(|h| h.state.as_ref()).is_some_and(|state| leaving.contains(state));
            let absent =
                health.and_then(|h| h.reason.as_ref()) == Some(&TargetHealthReasonEnum::NotRegistered);
            !leaving && !absent
        });
        let ours = kept.filter_map(|told| told.target).filter(|target| {
            let id = target.id.as_deref().unwrap_or_default();
            id == self.id || addresses.iter().any(|address| address == id)
        });
        Ok(ours.filter_map(|t| Some(Registration { group: arn.clone(), id: t.id?, port: t.port })).collect())
    }

    /// Of an instance profile with the instance: one at most, but for a moment there may be two.
    pub(in crate::aws) async fn associations(&self) -> Result<Vec<IamInstanceProfileAssociation>, Fault> {
        let call = self.ec2.client.describe_iam_instance_profile_associations();
        let sent = call.filters(filter("instance-id", [&self.id])).send();
        let answer = self.ec2.place.call("ec2", "DescribeIamInstanceProfileAssociations", sent).await?;
        let there = |one: &IamInstanceProfileAssociation| {
            [
                Some(IamInstanceProfileAssociationState::Associated),
                Some(IamInstanceProfileAssociationState::Associating),
            ]
            .contains(&one.state)
        };
        Ok(answer.iam_instance_profile_associations.into_iter().flatten().filter(there).collect())
    }

    /// The roles in a profile, by its ARN: one at most today.
    pub(in crate::aws) async fn roles(&self, profile: &str) -> Result<Vec<aws_sdk_iam::types::Role>, Fault> {
        let name = profile.rsplit('/').next().unwrap_or(profile);
        let sent = self.iam.client.get_instance_profile().instance_profile_name(name).send();
        let answer = self.iam.place.call("iam", "GetInstanceProfile", sent).await?;
        Ok(answer.instance_profile.map(|profile| profile.roles).unwrap_or_default())
    }
}
