//! What is said about an EC2 instance, in any language: what we saw of it, what acting on it costs, and what only
//! people can do.
//! Never here: the words themselves. Every value handed in is escaped already.

use crate::case::principal::Partition;

/// Seen on the card, in one line each.
pub struct InstanceSeen<'a> {
    /// Already code.
    pub id: &'a str,
    pub state: &'a str,
    /// Type, image and launch, as far as known.
    pub about: &'a str,
    pub interfaces: usize,
    pub vpcs: usize,
    pub addresses: Option<&'a str>,
    pub ports: Option<&'a str>,
    pub role: Option<&'a str>,
    pub scaling: Option<(&'a str, &'a str)>,
    pub balancers: Option<&'a str>,
    pub imdsv2: Option<bool>,
}

/// What guidance is filled in with.
pub struct InstanceGuide<'a> {
    /// Plain: it stands inside commands.
    pub id: &'a str,
    pub arn: &'a str,
    pub region: &'a str,
    pub partition: Partition,
    pub image: Option<&'a str>,
    pub ports: Option<&'a str>,
    pub role: Option<&'a str>,
    pub scaling: Option<&'a str>,
    pub protected: Option<bool>,
    pub instance_store: bool,
}

pub trait InstanceWords {
    fn instance_seen(&self, seen: &InstanceSeen<'_>) -> Vec<String>;
    /// Isolation does more to it than to any other one.
    fn costs_standby(&self, group: &str) -> String;
    fn costs_traffic(&self, groups: &str) -> String;
    fn costs_interfaces(&self, count: usize, managed: usize) -> String;
    fn costs_role(&self, role: &str) -> String;
    fn costs_disks(&self) -> &'static str;
    fn costs_address(&self, addresses: &str) -> String;
    /// Isolation leaves open what no security group closes.
    fn still_open(&self) -> &'static str;
    /// What a human does, in the order in which it is done (mission E-2, E-3, E-8 to E-13).
    fn advice_instance(&self, guide: &InstanceGuide<'_>) -> Vec<String>;
}

/// The console's address, by partition; to be filled in by those who know it where AWS publishes none.
pub fn console(partition: Partition) -> &'static str {
    match partition {
        Partition::Commercial => "https://console.aws.amazon.com",
        Partition::China => "https://console.amazonaws.cn",
        Partition::GovCloud => "https://console.amazonaws-us-gov.com",
        Partition::Sovereign | Partition::Iso | Partition::IsoB | Partition::IsoE | Partition::IsoF => {
            "https://YOUR-CONSOLE"
        }
    }
}
