//! The isolation groups of VPCs: security groups that let nothing in and nothing out, known by their tag.
//! Never here: making them.

use super::Host;
use super::filter;
use crate::ports::Fault;
use aws_sdk_ec2::types::SecurityGroup;
use std::collections::BTreeMap;

/// The key of the tag that makes a security group an isolation group. What is deployed beforehand carries it too.
pub(in crate::aws) const TAG: &str = "vouch:isolation";

/// What we call an isolation group that we make. Names are unique within a VPC, so two of us make one.
pub(in crate::aws) const NAME: &str = "vouch-isolation";

/// Isolation groups by VPC.
#[derive(Debug, Default)]
pub(in crate::aws) struct Groups(BTreeMap<String, Vec<SecurityGroup>>);

impl Host {
    pub(in crate::aws) async fn isolation_groups(&self, vpcs: &[String]) -> Result<Groups, Fault> {
        let (mut all, mut token) = (BTreeMap::<String, Vec<SecurityGroup>>::new(), None);
        loop {
            let call = self.ec2.client.describe_security_groups().set_next_token(token.take());
            let sent =
                call.filters(filter("vpc-id", vpcs)).filters(filter(&format!("tag:{TAG}"), ["true"])).send();
            let page = self.ec2.place.call("ec2", "DescribeSecurityGroups", sent).await?;
            for group in page.security_groups.into_iter().flatten() {
                all.entry(group.vpc_id.clone().unwrap_or_default()).or_default().push(group);
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(Groups(all))
    }
}

impl Groups {
    /// The one to use in a VPC: an empty one, or the one of our own name, which is then emptied. Another that has
    /// rules is left alone: whoever may write tags could have any group's rules taken away for good, but nobody can
    /// rename a group.
    pub(in crate::aws) fn best(&self, vpc: &str) -> Option<&SecurityGroup> {
        let here = self.0.get(vpc)?;
        here.iter()
            .find(|group| !has_rules(group))
            .or_else(|| here.iter().find(|group| group.group_name.as_deref() == Some(NAME)))
    }

    /// Whether these groups, of an interface in this VPC, let nothing through.
    pub(in crate::aws) fn isolate(&self, vpc: &str, groups: &[String]) -> bool {
        let [only] = groups else { return false };
        self.is_known(vpc, only, |group| !has_rules(group))
    }

    /// Whether they are one isolation group, whatever rules somebody may have put into it.
    pub(in crate::aws) fn contain(&self, vpc: &str, groups: &[String]) -> bool {
        let [only] = groups else { return false };
        self.is_known(vpc, only, |_| true)
    }

    fn is_known(&self, vpc: &str, id: &str, fits: impl Fn(&SecurityGroup) -> bool) -> bool {
        self.0.get(vpc).is_some_and(|here| here.iter().any(|g| g.group_id.as_deref() == Some(id) && fits(g)))
    }
}

/// In either direction.
pub(in crate::aws) fn has_rules(group: &SecurityGroup) -> bool {
    !group.ip_permissions().is_empty() || !group.ip_permissions_egress().is_empty()
}
