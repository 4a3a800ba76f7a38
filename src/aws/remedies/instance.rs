//! Remedies for EC2 instances: which remedy is which of the files below.
//! Never here: reading an instance; see `aws/ec2`.

mod isolate;
mod metadata;
mod network;
mod power;
mod profile;
mod protect;
mod serving;
mod snapshots;
mod tally;

use super::hand::{Job, Written, misplaced};
use super::part::{Part, Stands, What};
use super::scope;
use crate::aws::clients::Clients;
use crate::aws::ec2::{self, Host};
use crate::case::remedy::{Act, Prior, Registration, Remedy, Target};
use crate::ports::Fault;

/// An instance we may have to change, and the clients that can.
pub(super) struct Instance<'a> {
    host: Host,
    target: &'a Target,
    /// As EC2 had it when we came, or why there is none.
    found: Result<Box<aws_sdk_ec2::types::Instance>, Fault>,
}

/// One thing of an instance that an undo puts back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws::remedies) enum Thing {
    /// The security groups of a network interface.
    Groups {
        interface: String,
        groups: Vec<String>,
    },
    Attribute(Attribute),
    /// Out of standby, into service in this Auto Scaling group.
    Service {
        group: String,
    },
    /// Traffic from a load balancer.
    Registration(Registration),
    /// The instance profile with this ARN.
    Profile {
        arn: String,
    },
    /// What the metadata service asks for.
    Tokens(String),
    Running,
}

/// An attribute of an instance; each is a call of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws::remedies) enum Attribute {
    Termination(bool),
    Stop(bool),
    Shutdown(String),
    /// Whether the volume behind this device goes when the instance does.
    Volume {
        device: String,
        goes: bool,
    },
}

impl<'a> Instance<'a> {
    /// Through credentials that can do these remedies to this instance and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        let account = &target.account;
        let Some(id) = target.instance.as_deref().filter(|id| ec2::callable(id)) else {
            return Err(Fault::never(format!(
                "account {account}: no instance that can be named in a call; nothing was written"
            )));
        };
        let policy = scope::for_instance(target, id, acts);
        let session = clients.respond_session(account, target.partition, job.case, &policy).await?;
        let host = Host::new(&session, target.region.as_str(), id);
        let found = match host.instance().await {
            Err(fault @ Fault::Later { .. }) => return Err(fault),
            found => found.map(Box::new),
        };
        Ok(Self { host, target, found })
    }

    fn id(&self) -> &str {
        &self.host.id
    }

    fn now(&self) -> Result<&aws_sdk_ec2::types::Instance, Fault> {
        self.found.as_deref().map_err(Clone::clone)
    }
}

/// The remedies of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Snapshots,
    Isolate,
    Profile,
    Metadata,
    Power,
}

impl Doing {
    fn of(remedy: Remedy) -> Result<Self, Fault> {
        if remedy == Remedy::SnapshotInstance {
            Ok(Self::Snapshots)
        } else if remedy == Remedy::IsolateInstance {
            Ok(Self::Isolate)
        } else if remedy == Remedy::DetachInstanceProfile {
            Ok(Self::Profile)
        } else if remedy == Remedy::RequireImdsv2 {
            Ok(Self::Metadata)
        } else if remedy == Remedy::StopInstance {
            Ok(Self::Power)
        } else {
            Err(misplaced(remedy))
        }
    }
}

impl Instance<'_> {
    pub(super) fn arn(&self) -> Result<String, Fault> {
        self.now()?;
        let (partition, account) = (self.target.partition.as_str(), &self.target.account);
        Ok(format!("arn:{partition}:ec2:{}:{account}:instance/{}", self.target.region, self.id()))
    }

    pub(super) async fn prior(&self, remedy: Remedy) -> Result<Prior, Fault> {
        self.now()?;
        match Doing::of(remedy)? {
            Doing::Snapshots => snapshots::prior(self),
            Doing::Isolate => isolate::prior(self).await,
            Doing::Profile => profile::prior(self).await,
            Doing::Metadata => metadata::prior(self),
            Doing::Power => power::prior(self).await,
        }
    }

    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        self.now()?;
        match Doing::of(remedy)? {
            Doing::Snapshots => snapshots::apply(self, job.case).await,
            Doing::Isolate => isolate::apply(self, prior).await,
            Doing::Profile => profile::apply(self, prior).await,
            Doing::Metadata => metadata::apply(self).await,
            Doing::Power => power::apply(self, prior).await,
        }
    }

    /// Nothing is lost of an instance that is gone: its network and its role went with it.
    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        let doing = Doing::of(act.remedy)?;
        if doing == Doing::Snapshots {
            return snapshots::lost(self, job.case).await;
        }
        match &self.found {
            Ok(_) => {}
            Err(Fault::Never { gone: true, .. }) => return Ok(vec![]),
            Err(fault) => return Err(fault.clone()),
        }
        match doing {
            Doing::Snapshots => Ok(vec![]),
            Doing::Isolate => isolate::lost(self).await,
            Doing::Profile => profile::lost(self).await,
            Doing::Metadata => metadata::lost(self),
            Doing::Power => power::lost(self),
        }
    }

    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        let applied = act.receipt.is_some();
        let doing = Doing::of(act.remedy)?;
        if doing == Doing::Snapshots {
            return snapshots::parts(self, job.case, applied).await;
        }
        match &self.found {
            Ok(_) => {}
            Err(fault @ Fault::Never { gone: true, .. }) => {
                return Ok(vec![left(format!("{fault}; there is nothing to put back on it"))]);
            }
            Err(fault) => return Err(fault.clone()),
        }
        match doing {
            Doing::Snapshots => Ok(vec![]),
            Doing::Isolate => isolate::parts(self, prior, applied).await,
            Doing::Profile => profile::parts(self, prior, applied).await,
            Doing::Metadata => metadata::parts(self, prior, applied),
            Doing::Power => power::parts(self, prior, applied).await,
        }
    }

    /// The request id of the write.
    pub(super) async fn restore(&self, thing: &Thing) -> Result<Option<String>, Fault> {
        match thing {
            Thing::Groups { interface, groups } => self.set_groups(interface, groups).await,
            Thing::Attribute(attribute) => self.set(attribute).await,
            Thing::Service { group } => self.exit_standby(group).await,
            Thing::Registration(target) => self.register(target).await,
            Thing::Profile { arn } => profile::restore(self, arn).await,
            Thing::Tokens(tokens) => self.set_tokens(tokens).await,
            Thing::Running => self.start().await,
        }
    }
}

/// A part that an undo only speaks of.
fn left(sentence: String) -> Part {
    let what = What::Left { sentence };
    Part { what, stands: Stands::AsWritten, applied: true, complaint: String::new() }
}

fn unfit(of: &str) -> Fault {
    Fault::never(format!("the saved prior state is not one of {of}; nothing was written"))
}
