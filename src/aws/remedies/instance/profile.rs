//! `detach-instance-profile`: the instance's role taken from it; what it fetched already stays good until revoked.
//! Actions: `Remedy::DetachInstanceProfile.actions()`.
//! Never here: changing the role.

use super::{Instance, Thing, unfit};
use crate::aws::remedies::hand::Written;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::Prior;
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::{IamInstanceProfileAssociation, IamInstanceProfileSpecification};

pub(super) async fn prior(i: &Instance<'_>) -> Result<Prior, Fault> {
    let arn = i.host.associations().await?.iter().find_map(arn_of).map(str::to_owned);
    let roles = match &arn {
        Some(arn) => i.host.roles(arn).await?.into_iter().map(|role| role.arn).collect(),
        None => vec![],
    };
    Ok(Prior::InstanceProfile { arn, roles })
}

/// Only the profile that was saved: what somebody attached meanwhile is not ours to put back.
pub(super) async fn apply(i: &Instance<'_>, prior: &Prior) -> Result<Written, Fault> {
    let Some(arn) = expected(prior)? else { return Ok((vec![], "it had no instance profile".to_owned())) };
    let (mut ids, mut notes) = (vec![], vec![]);
    for association in i.host.associations().await? {
        if arn_of(&association) != Some(arn) {
            notes.push(format!(
                "another profile was attached meanwhile: {}",
                arn_of(&association).unwrap_or("?")
            ));
            continue;
        }
        let id = association.association_id.unwrap_or_default();
        let sent = i.host.ec2.client.disassociate_iam_instance_profile().association_id(id).send();
        let answer = i.host.ec2.place.call("ec2", "DisassociateIamInstanceProfile", sent).await?;
        ids.extend(answer.request_id().map(str::to_owned));
    }
    notes.push("credentials that it fetched before stay good until they are revoked".to_owned());
    Ok((ids, notes.join("; ")))
}

pub(super) async fn lost(i: &Instance<'_>) -> Result<Vec<String>, Fault> {
    let there = i.host.associations().await?;
    let again = there.iter().filter_map(arn_of);
    Ok(again.map(|arn| format!("{} has the instance profile {arn}", i.id())).collect())
}

pub(super) async fn parts(i: &Instance<'_>, prior: &Prior, applied: bool) -> Result<Vec<Part>, Fault> {
    let Some(arn) = expected(prior)? else { return Ok(vec![]) };
    let there = i.host.associations().await?;
    let (stands, complaint) = match there.first().and_then(arn_of) {
        None => (Stands::AsWritten, String::new()),
        Some(now) if now == arn => (Stands::AsBefore, format!("{} has its instance profile again", i.id())),
        Some(now) => (Stands::Otherwise, format!("{} has another instance profile now: {now}", i.id())),
    };
    let what = What::Instance(Thing::Profile { arn: arn.to_owned() });
    Ok(vec![Part { what, stands, applied, complaint }])
}

/// Giving a role to an instance is passing it, which IAM allows for itself.
pub(super) async fn restore(i: &Instance<'_>, arn: &str) -> Result<Option<String>, Fault> {
    let profile = IamInstanceProfileSpecification::builder().arn(arn).build();
    let call = i.host.ec2.client.associate_iam_instance_profile().instance_id(i.id());
    let sent = call.iam_instance_profile(profile).send();
    let answer = i.host.ec2.place.call("ec2", "AssociateIamInstanceProfile", sent).await;
    let answer = answer.map_err(|failed| {
        if failed.is_denied() {
            let (id, region, name) = (i.id(), &i.target.region, arn.rsplit('/').next().unwrap_or(arn));
            Fault::never(format!(
                "{}; it needs iam:PassRole for the role of {arn}. By hand: aws ec2 associate-iam-instance-profile \
                 --region {region} --instance-id {id} --iam-instance-profile Name={name}",
                failed.fault
            ))
        } else {
            failed.into()
        }
    })?;
    Ok(answer.request_id().map(str::to_owned))
}

fn arn_of(association: &IamInstanceProfileAssociation) -> Option<&str> {
    association.iam_instance_profile.as_ref()?.arn.as_deref()
}

fn expected(prior: &Prior) -> Result<Option<&str>, Fault> {
    let Prior::InstanceProfile { arn, .. } = prior else { return Err(unfit("an instance profile")) };
    Ok(arn.as_deref())
}
