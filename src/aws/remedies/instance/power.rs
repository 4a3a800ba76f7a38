//! `stop-instance`: the only sure end of connections that EC2 tracks, and of DNS. What a stop destroys is said, and an
//! undo cannot bring it back. Actions: `Remedy::StopInstance.actions()`.
//! Never here: terminating, or forcing.

use super::tally::Tally;
use super::{Attribute, Instance, Thing, left, serving, unfit};
use crate::aws::ec2;
use crate::aws::remedies::hand::Written;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::{Isolation, Power, Prior};
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::InstanceAttributeName::DisableApiStop;

pub(super) async fn prior(i: &Instance<'_>) -> Result<Prior, Fault> {
    let now = i.now()?;
    let (protected, member) = tokio::join!(i.host.attribute(DisableApiStop), i.host.membership());
    let protected = protected?.disable_api_stop.and_then(|v| v.value).unwrap_or_default();
    // An elastic address is the account's own and comes back; another one is Amazon's and does not.
    let address = now.network_interfaces().iter().find_map(|eni| {
        let given = eni.association.as_ref()?;
        given.public_ip.clone().filter(|_| given.ip_owner_id.as_deref() == Some("amazon"))
    });
    Ok(Prior::Power(Power {
        running: ec2::is_running(now),
        stop_protected: protected,
        // A group that sees its instance stopped ends it.
        standby: member?.filter(|m| m.is_in_service()).map(|m| m.group),
        address,
    }))
}

pub(super) async fn apply(i: &Instance<'_>, prior: &Prior) -> Result<Written, Fault> {
    let before = expected(prior)?;
    if !ec2::is_running(i.now()?) {
        let note = if before.running { "" } else { "it was stopped already" };
        return Ok((vec![], note.to_owned()));
    }
    let mut tally = Tally::default();
    // Its group would end an instance that it sees stopped, disks and all: out of service first, or not at all.
    for (what, result) in serving::enter_standby(i, before.standby.as_deref()).await {
        tally.must(what, result);
    }
    if tally.has_failed() {
        return tally.written();
    }
    // Isolating it protected it from being stopped, by anybody but us.
    let protected = i.host.attribute(DisableApiStop).await?.disable_api_stop.and_then(|v| v.value);
    if protected == Some(true) {
        tally.must("protection from being stopped", i.set(&Attribute::Stop(false)).await);
    }
    tally.must(i.id(), i.stop().await);
    tally.note(losses(before));
    tally.written()
}

/// EC2 takes the start of an instance whose disks are under a customer's key and stops it again, if whoever starts it
/// may not use that key (EC2 User Guide, why an instance ends at once: `Client.InternalError`).
const BY_HAND: &str = "look whether it runs: with disks under a key of your own it has to be started by hand";

/// What an undo cannot bring back.
fn losses(before: &Power) -> String {
    let address =
        before.address.as_ref().map(|a| format!(", and its public address {a}")).unwrap_or_default();
    format!("memory and instance store are lost{address}")
}

pub(super) fn lost(i: &Instance<'_>) -> Result<Vec<String>, Fault> {
    let again = ec2::is_running(i.now()?).then(|| format!("{} runs again", i.id()));
    Ok(again.into_iter().collect())
}

/// Protection before it runs, so that it is as it was from its first moment.
pub(super) async fn parts(i: &Instance<'_>, prior: &Prior, applied: bool) -> Result<Vec<Part>, Fault> {
    let before = expected(prior)?;
    if !before.running {
        return Ok(vec![]);
    }
    let (stands, complaint) = if ec2::is_running(i.now()?) {
        (Stands::AsBefore, format!("{} runs again", i.id()))
    } else {
        (Stands::AsWritten, String::new())
    };
    let mut parts = vec![];
    if before.stop_protected {
        let now = i.host.attribute(DisableApiStop).await?.disable_api_stop.and_then(|v| v.value);
        let stands = if now == Some(true) { Stands::AsBefore } else { Stands::AsWritten };
        let what = What::Instance(Thing::Attribute(Attribute::Stop(true)));
        parts.push(Part { what, stands, applied: false, complaint: String::new() });
    }
    parts.push(Part { what: What::Instance(Thing::Running), stands, applied, complaint });
    let serving = Isolation { standby: before.standby.clone(), ..Isolation::default() };
    parts.extend(serving::parts(i, &serving).await?);
    if applied {
        parts.push(left(format!("{}: {}; {BY_HAND}", i.id(), losses(before))));
    }
    Ok(parts)
}

impl Instance<'_> {
    async fn stop(&self) -> Result<Option<String>, Fault> {
        let sent = self.host.ec2.client.stop_instances().instance_ids(self.id()).send();
        let answer = self.host.ec2.place.call("ec2", "StopInstances", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn start(&self) -> Result<Option<String>, Fault> {
        let sent = self.host.ec2.client.start_instances().instance_ids(self.id()).send();
        let answer = self.host.ec2.place.call("ec2", "StartInstances", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

fn expected(prior: &Prior) -> Result<&Power, Fault> {
    let Prior::Power(before) = prior else { return Err(unfit("whether the instance ran")) };
    Ok(before)
}
