//! Protection of an instance: not to be ended or stopped, a shutdown from inside only stops it, and its volumes stay.
//! Never here: Spot instances, which cannot be protected.

use super::{Attribute, Instance, Thing};
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::Protection;
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, AttributeValue, EbsInstanceBlockDeviceSpecification,
    InstanceBlockDeviceMappingSpecification,
};
use futures_util::future::join_all;

/// A step with its name, and what came of it.
pub(super) type Step = (String, Result<Option<String>, Fault>);

/// Each attribute is a call of its own; they do not depend on each other.
pub(super) async fn apply(i: &Instance<'_>, before: Option<&Protection>) -> Vec<Step> {
    let Some(before) = before else { return vec![] };
    let wanted = changes(before).into_iter().map(|(_, wanted)| wanted);
    join_all(wanted.map(|wanted| async move { (name(&wanted), i.set(&wanted).await) })).await
}

/// What was otherwise before: as it was, and as we set it.
fn changes(before: &Protection) -> Vec<(Attribute, Attribute)> {
    let mut all = vec![];
    if !before.termination {
        all.push((Attribute::Termination(false), Attribute::Termination(true)));
    }
    if !before.stop {
        all.push((Attribute::Stop(false), Attribute::Stop(true)));
    }
    if before.shutdown != "stop" {
        let was = Attribute::Shutdown(before.shutdown.clone());
        all.push((was, Attribute::Shutdown("stop".to_owned())));
    }
    for (device, _) in before.volumes.iter().filter(|(_, goes)| **goes) {
        let volume = |goes| Attribute::Volume { device: device.clone(), goes };
        all.push((volume(true), volume(false)));
    }
    all
}

/// Never a reason to refuse an undo: what is as before already needs none, and there are but two ways to be.
pub(super) async fn parts(i: &Instance<'_>, before: Option<&Protection>) -> Result<Vec<Part>, Fault> {
    let Some(before) = before else { return Ok(vec![]) };
    let now = i.host.protection(i.now()?).await?;
    let part = |(was, wanted): (Attribute, Attribute)| {
        let stands = if holds(&now, &wanted) { Stands::AsWritten } else { Stands::AsBefore };
        let what = What::Instance(Thing::Attribute(was));
        Part { what, stands, applied: false, complaint: String::new() }
    };
    Ok(changes(before).into_iter().map(part).collect())
}

fn holds(now: &Protection, attribute: &Attribute) -> bool {
    match attribute {
        Attribute::Termination(on) => now.termination == *on,
        Attribute::Stop(on) => now.stop == *on,
        Attribute::Shutdown(what) => now.shutdown == *what,
        Attribute::Volume { device, goes } => now.volumes.get(device) == Some(goes),
    }
}

fn name(attribute: &Attribute) -> String {
    match attribute {
        Attribute::Termination(_) => "protection from termination".to_owned(),
        Attribute::Stop(_) => "protection from being stopped".to_owned(),
        Attribute::Shutdown(_) => "shutdown behaviour".to_owned(),
        Attribute::Volume { device, .. } => format!("keeping the volume {device}"),
    }
}

impl Instance<'_> {
    pub(super) async fn set(&self, attribute: &Attribute) -> Result<Option<String>, Fault> {
        let boolean = |on: bool| AttributeBooleanValue::builder().value(on).build();
        let call = self.host.ec2.client.modify_instance_attribute().instance_id(self.id());
        let call = match attribute {
            Attribute::Termination(on) => call.disable_api_termination(boolean(*on)),
            Attribute::Stop(on) => call.disable_api_stop(boolean(*on)),
            Attribute::Shutdown(what) => {
                call.instance_initiated_shutdown_behavior(AttributeValue::builder().value(what).build())
            }
            Attribute::Volume { device, goes } => {
                let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(*goes);
                let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name(device);
                call.block_device_mappings(mapping.ebs(ebs.build()).build())
            }
        };
        let answer = self.host.ec2.place.call("ec2", "ModifyInstanceAttribute", call.send()).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}
