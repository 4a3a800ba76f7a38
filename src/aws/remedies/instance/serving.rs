//! Whoever sends an instance work: its Auto Scaling group and its load balancers, told to leave it and to take it back.
//! Never here: detaching it from the group, which would launch a twin from the same image.

use super::protect::Step;
use super::{Instance, Thing};
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::{Isolation, Registration};
use crate::ports::Fault;
use aws_sdk_autoscaling::operation::RequestId as _;
use aws_sdk_elasticloadbalancingv2::types::TargetDescription;
use futures_util::future::join_all;

/// Entering standby is not safe to run twice (facts/aws.md 2.7), so its state is looked at first. The group's desired
/// capacity goes down by one, so that no twin is launched and leaving standby brings back exactly what was.
pub(super) async fn enter_standby(i: &Instance<'_>, group: Option<&str>) -> Vec<Step> {
    let Some(group) = group else { return vec![] };
    let what = format!("standby in {group} (it may end the instance when a health check fails)");
    let entered = async {
        match i.host.membership().await? {
            Some(now) if now.group == group && now.is_in_service() => {}
            // There already: an earlier try of ours got through, or there is nothing to keep it in.
            Some(_) | None => return Ok(None),
        }
        let call = i.host.scaling.client.enter_standby().auto_scaling_group_name(group);
        let sent = call.instance_ids(i.id()).should_decrement_desired_capacity(true).send();
        let answer = i.host.scaling.place.call("autoscaling", "EnterStandby", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    };
    vec![(what, entered.await)]
}

/// Deregistering what is not registered is no mistake (facts/aws.md 2.7).
pub(super) async fn deregister(i: &Instance<'_>, from: &[Registration]) -> Vec<Step> {
    let each = from.iter().map(|target| async move {
        let call = i.host.balancing.client.deregister_targets().target_group_arn(&target.group);
        let sent = call.targets(description(target)).send();
        let answer = i.host.balancing.place.call("elasticloadbalancing", "DeregisterTargets", sent).await;
        let result = answer.map(|a| a.request_id().map(str::to_owned)).map_err(Fault::from);
        (format!("taking it from {}", name(&target.group)), result)
    });
    join_all(each).await
}

/// Load balancers first, as before the group was told.
pub(super) async fn parts(i: &Instance<'_>, before: &Isolation) -> Result<Vec<Part>, Fault> {
    let mut parts = vec![];
    let part = |thing, stands, complaint| Part {
        what: What::Instance(thing),
        stands,
        // What is as before needs no undo, whoever did it.
        applied: false,
        complaint,
    };
    if !before.registrations.is_empty() {
        let addresses: Vec<String> = before.registrations.iter().map(|r| r.id.clone()).collect();
        let vpcs = crate::aws::ec2::vpcs(before.interfaces.values());
        let (now, _) = i.host.registrations(&vpcs, &addresses).await?;
        for target in &before.registrations {
            let stands = if now.contains(target) { Stands::AsBefore } else { Stands::AsWritten };
            parts.push(part(Thing::Registration(target.clone()), stands, String::new()));
        }
    }
    if let Some(group) = &before.standby {
        let now = i.host.membership().await?.filter(|m| m.group == *group);
        let (stands, complaint) = match now {
            Some(now) if now.is_standby() => (Stands::AsWritten, String::new()),
            Some(_) => (Stands::AsBefore, String::new()),
            None => {
                (Stands::Otherwise, format!("{} is not in the Auto Scaling group {group} any more", i.id()))
            }
        };
        parts.push(part(Thing::Service { group: group.clone() }, stands, complaint));
    }
    Ok(parts)
}

impl Instance<'_> {
    pub(super) async fn exit_standby(&self, group: &str) -> Result<Option<String>, Fault> {
        let call = self.host.scaling.client.exit_standby().auto_scaling_group_name(group);
        let sent = call.instance_ids(self.id()).send();
        let answer = self.host.scaling.place.call("autoscaling", "ExitStandby", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn register(&self, target: &Registration) -> Result<Option<String>, Fault> {
        let call = self.host.balancing.client.register_targets().target_group_arn(&target.group);
        let sent = call.targets(description(target)).send();
        let answer = self.host.balancing.place.call("elasticloadbalancing", "RegisterTargets", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

fn description(target: &Registration) -> TargetDescription {
    TargetDescription::builder().id(&target.id).set_port(target.port).build()
}

/// The name in a target group's ARN: `…:targetgroup/NAME/ID`.
fn name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}
