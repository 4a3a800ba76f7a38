//! Security groups: the isolation group of each VPC made ready, and an interface's groups set.
//! Never here: which interfaces, or rules that let anything through.

use super::Instance;
use crate::aws::ec2::{NAME, TAG, filter, has_rules};
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::{ResourceType, SecurityGroup, Tag, TagSpecification};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// An empty isolation group for each of these VPCs, or why there is none; and the request ids of what was written.
pub(super) async fn ready(
    i: &Instance<'_>,
    vpcs: &[String],
) -> (BTreeMap<String, Result<String, Fault>>, Vec<String>) {
    let known = match i.host.isolation_groups(vpcs).await {
        Ok(known) => known,
        Err(fault) => return (vpcs.iter().map(|vpc| (vpc.clone(), Err(fault.clone()))).collect(), vec![]),
    };
    let each = vpcs.iter().map(|vpc| async {
        let mut ids = vec![];
        let group = match known.best(vpc) {
            Some(group) => emptied(i, group.clone(), &mut ids).await,
            None => made(i, vpc, &mut ids).await,
        };
        (vpc.clone(), group, ids)
    });
    let (mut groups, mut written) = (BTreeMap::new(), vec![]);
    for (vpc, group, ids) in join_all(each).await {
        groups.insert(vpc, group);
        written.extend(ids);
    }
    (groups, written)
}

async fn made(i: &Instance<'_>, vpc: &str, ids: &mut Vec<String>) -> Result<String, Fault> {
    let tag = Tag::builder().key(TAG).value("true").build();
    let tags = TagSpecification::builder().resource_type(ResourceType::SecurityGroup).tags(tag);
    let sent = i
        .host
        .ec2
        .client
        .create_security_group()
        .vpc_id(vpc)
        .group_name(NAME)
        .description("Lets nothing in and nothing out. Made by vouch to isolate instances.")
        .tag_specifications(tags.build())
        .send();
    let answer = match i.host.ec2.place.call("ec2", "CreateSecurityGroup", sent).await {
        Ok(answer) => answer,
        Err(failed) if failed.code == "InvalidGroup.Duplicate" => {
            // Somebody else made it just now, or one of that name is no isolation group.
            let again = i.host.isolation_groups(&[vpc.to_owned()]).await?;
            let Some(group) = again.best(vpc).cloned() else {
                return Err(Fault::never(format!(
                    "{vpc} has a security group named {NAME} without the tag {TAG}: tag it if it is ours to use, or \
                     rename it (ec2:CreateSecurityGroup)"
                )));
            };
            return emptied(i, group, ids).await;
        }
        Err(failed) => return Err(failed.into()),
    };
    ids.extend(answer.request_id().map(str::to_owned));
    let id = answer.group_id.unwrap_or_default();
    let group = look(i, &id).await?;
    emptied(i, group, ids).await
}

/// EC2 gives a new group rules that let everything out, over IPv4 and IPv6; and somebody may have put more into an
/// old one. What is revoked is what is found there, so nothing has to be guessed.
async fn emptied(i: &Instance<'_>, group: SecurityGroup, ids: &mut Vec<String>) -> Result<String, Fault> {
    let id = group.group_id.clone().unwrap_or_default();
    if !has_rules(&group) {
        return Ok(id);
    }
    let (out, inward) = (group.ip_permissions_egress(), group.ip_permissions());
    if !out.is_empty() {
        let call = i.host.ec2.client.revoke_security_group_egress().group_id(&id);
        let sent = call.set_ip_permissions(Some(out.to_vec())).send();
        let answer = i.host.ec2.place.call("ec2", "RevokeSecurityGroupEgress", sent).await?;
        ids.extend(answer.request_id().map(str::to_owned));
    }
    if !inward.is_empty() {
        let call = i.host.ec2.client.revoke_security_group_ingress().group_id(&id);
        let sent = call.set_ip_permissions(Some(inward.to_vec())).send();
        let answer = i.host.ec2.place.call("ec2", "RevokeSecurityGroupIngress", sent).await?;
        ids.extend(answer.request_id().map(str::to_owned));
    }
    if has_rules(&look(i, &id).await?) {
        return Err(Fault::later(format!(
            "the isolation group {id} still has rules; nothing was put into it"
        )));
    }
    Ok(id)
}

async fn look(i: &Instance<'_>, id: &str) -> Result<SecurityGroup, Fault> {
    let sent = i.host.ec2.client.describe_security_groups().filters(filter("group-id", [id])).send();
    let answer = i.host.ec2.place.call("ec2", "DescribeSecurityGroups", sent).await?;
    let found = answer.security_groups.into_iter().flatten().next();
    // EC2 may take a moment to show what it made.
    found.ok_or_else(|| Fault::later(format!("EC2 does not show the security group {id} yet")))
}

impl Instance<'_> {
    /// Replaces all groups of an interface.
    pub(super) async fn set_groups(&self, eni: &str, groups: &[String]) -> Result<Option<String>, Fault> {
        let call = self.host.ec2.client.modify_network_interface_attribute().network_interface_id(eni);
        let sent = call.set_groups(Some(groups.to_vec())).send();
        let answer = self.host.ec2.place.call("ec2", "ModifyNetworkInterfaceAttribute", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}
