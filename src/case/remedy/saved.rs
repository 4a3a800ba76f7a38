//! How an instance stood before it was changed: as much of it as an undo needs.
//! Never here: calls, or which of it an undo may still put back.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that isolating an instance changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Network interfaces that we may change, by id.
    pub interfaces: BTreeMap<String, Interface>,
    /// Network interfaces that AWS keeps to itself.
    pub managed: Vec<String>,
    /// `None` where an instance cannot be protected (Spot), or could not be read.
    pub protection: Option<Protection>,
    /// The Auto Scaling group it was in service in.
    pub standby: Option<String>,
    /// Where load balancers sent it traffic.
    pub registrations: Vec<Registration>,
    /// What could not be read, a sentence each; isolation does not wait for it.
    pub gaps: Vec<String>,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    pub vpc: String,
    /// Security groups, in EC2's order.
    pub groups: Vec<String>,
}

/// What keeps an instance and its volumes from being stopped or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    pub termination: bool,
    pub stop: bool,
    /// `stop` or `terminate`: what a shutdown from inside does.
    pub shutdown: String,
    /// By device name: whether the volume goes when the instance does.
    pub volumes: BTreeMap<String, bool>,
}

/// A target of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Registration {
    /// ARN of the target group.
    pub group: String,
    /// The instance's id, or one of its addresses.
    pub id: String,
    pub port: Option<i32>,
}

/// Whether it ran, and what keeps it from being stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    pub running: bool,
    pub stop_protected: bool,
    /// The Auto Scaling group it was in service in.
    pub standby: Option<String>,
    /// A public address that a stop gives back for good.
    pub address: Option<String>,
}
