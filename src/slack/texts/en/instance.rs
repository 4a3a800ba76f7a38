//! An EC2 instance in English: seen, what acting costs, and what only people can do.
//! Never here: layout.

use super::En;
use crate::slack::texts::instance::{InstanceGuide, InstanceSeen, InstanceWords, console};

impl InstanceWords for En {
    fn instance_seen(&self, seen: &InstanceSeen<'_>) -> Vec<String> {
        let mut lines = vec![format!("Instance {}: {}{}", seen.id, seen.state, seen.about)];
        let reached = seen.addresses.map(|a| format!(", reached at {a}")).unwrap_or_default();
        lines.push(format!("Interfaces: {} in {} VPC(s){reached}", seen.interfaces, seen.vpcs));
        lines.extend(seen.ports.map(|ports| format!("Open to everybody: {ports}")));
        let imds = match seen.imdsv2 {
            Some(true) => "IMDSv2 required",
            Some(false) => "IMDSv1 allowed",
            None => "metadata options unknown",
        };
        let role = seen.role.map_or("no role".to_owned(), |role| format!("role {role}"));
        lines.push(format!("Acts with: {role}, {imds}"));
        lines.extend(seen.scaling.map(|(group, state)| format!("Auto Scaling group {group}: {state}")));
        lines.extend(seen.balancers.map(|groups| format!("Load balancers send it traffic: {groups}")));
        lines
    }

    fn costs_standby(&self, group: &str) -> String {
        format!("Auto Scaling group {group} runs with one instance less until this is undone")
    }

    fn costs_traffic(&self, groups: &str) -> String {
        format!("it no longer serves {groups}")
    }

    fn costs_interfaces(&self, count: usize, managed: usize) -> String {
        if managed == 0 {
            format!("all {count} network interfaces are cut off")
        } else {
            format!("{count} network interfaces are cut off; {managed} that AWS manages cannot be")
        }
    }

    fn costs_role(&self, role: &str) -> String {
        format!("its programs can no longer act as {role}")
    }

    fn costs_disks(&self) -> &'static str {
        "its instance store is wiped and is in no snapshot"
    }

    fn costs_address(&self, addresses: &str) -> String {
        format!("unless they are elastic, its public addresses are given up: {addresses}")
    }

    fn still_open(&self) -> &'static str {
        "Isolation cuts new connections. Those that EC2 tracks go on until they are idle, and DNS through the VPC's own \
         resolver stays possible. Only stopping the instance ends both."
    }

    fn advice_instance(&self, g: &InstanceGuide<'_>) -> Vec<String> {
        let console = console(g.partition);
        let (id, region) = (g.id, g.region);
        let image =
            g.image.map(|image| format!(", not from {image} unless you trust it")).unwrap_or_default();
        let store =
            if g.instance_store { " Its instance store is in no snapshot: copy it first." } else { "" };
        let ports = match g.ports {
            Some(ports) => {
                format!("its security groups let everybody in on {ports}; close what nobody needs")
            }
            None => {
                "its security groups let nobody in from everywhere; look for a way in through the application"
                    .to_owned()
            }
        };
        let group = g
            .scaling
            .map(|group| format!(" It belongs to Auto Scaling group {group}, which replaces it."))
            .unwrap_or_default();
        let protected = match g.protected {
            Some(true) => format!(
                " Lift its protection before: `aws ec2 modify-instance-attribute --region {region} --instance-id {id} \
                 --no-disable-api-termination`."
            ),
            Some(false) | None => String::new(),
        };
        let role = g
            .role
            .map(|role| format!("Treat the credentials of role {role} as stolen, and look in CloudTrail for sessions named {id}."));
        let mut steps = vec![
            format!(
                "Look for malware: `aws guardduty start-malware-scan --region {region} --resource-arn {}`, or scan a copy \
                 made from the snapshots. Do not work on the running host.",
                g.arn
            ),
            format!(
                "Remove what is found by rebuilding from a clean image{image}, rather than by cleaning.{store}"
            ),
            format!("Find how they came in: {ports}. Patch it, and change what it may do."),
        ];
        steps.extend(role);
        steps.extend([
            format!(
                "If it cannot be stopped otherwise, terminate and replace it, once the snapshots are complete and a second \
                 person agrees; vouch never does: `aws ec2 terminate-instances --region {region} --instance-ids {id}`.\
                 {protected}{group}"
            ),
            "Harden what replaces it: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-security.html and \
             https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html"
                .to_owned(),
            "Ask others: https://repost.aws/tags/TAnlifi4ZcQcGCEASm2ZPbYQ/amazon-guardduty".to_owned(),
            format!(
                "Ask AWS Support for a technical case, whatever your plan: {console}/support/home#/case/create (name {id} \
                 in {region}, when it was seen, and that snapshots are kept)."
            ),
            "If this is expected and always will be, propose a suppression rule with the type and the remote address to \
             two approvers; never for high severity."
                .to_owned(),
        ]);
        steps
    }
}
