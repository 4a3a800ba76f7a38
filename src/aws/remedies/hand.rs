//! One hand per family of targets: what the remedies of that family are carried out with.
//! Never here: calls; those stand in the family's own folder.

use super::bucket::Buckets;
#[cfg(feature = "ec2")]
use super::instance::Instance;
use super::part::{Part, What};
use super::role::Role;
use super::user::User;
use crate::case::CaseId;
use crate::case::remedy::{Act, Family, Prior, Remedy, Target};
use crate::ports::Fault;
use jiff::Timestamp;

/// What all remedies of one run share.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) case: &'a CaseId,
    pub(super) target: &'a Target,
    /// Sessions issued before this moment lose everything.
    pub(super) cut_off: Timestamp,
    pub(super) now: Timestamp,
    /// ARN of the policy that quarantine attaches, in the target's account.
    pub(super) quarantine: &'a str,
}

/// Request ids of the writes, and a note for people; it may be empty.
pub(super) type Written = (Vec<String>, String);

/// Credentials that can do the remedies of one family to one target, and nothing else.
pub(super) enum Hand<'a> {
    User(User<'a>),
    Role(Role<'a>),
    #[cfg(feature = "ec2")]
    Instance(Box<Instance<'a>>),
    Bucket(Buckets<'a>),
}

impl Hand<'_> {
    pub(super) fn family(&self) -> Family {
        match self {
            Self::User(_) => Family::User,
            Self::Role(_) => Family::Role,
            #[cfg(feature = "ec2")]
            Self::Instance(_) => Family::Instance,
            Self::Bucket(_) => Family::Bucket,
        }
    }

    /// The true ARNs of what is changed.
    pub(super) async fn arns(&self) -> Result<Vec<String>, Fault> {
        match self {
            Self::User(user) => Ok(vec![user.arn().await?]),
            Self::Role(role) => Ok(vec![role.arn().await?]),
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => Ok(vec![instance.arn()?]),
            Self::Bucket(buckets) => buckets.arns().await,
        }
    }

    /// What stands there before the remedy.
    pub(super) async fn prior(&self, job: Job<'_>, remedy: Remedy) -> Result<Prior, Fault> {
        match self {
            Self::User(user) => user.prior(job, remedy).await,
            Self::Role(role) => role.prior(job, remedy).await,
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => instance.prior(remedy).await,
            Self::Bucket(buckets) => buckets.prior(job, remedy).await,
        }
    }

    /// Safe to run twice with the same prior state.
    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        match self {
            Self::User(user) => user.apply(job, remedy, prior).await,
            Self::Role(role) => role.apply(job, remedy, prior).await,
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => instance.apply(job, remedy, prior).await,
            Self::Bucket(buckets) => buckets.apply(job, remedy, prior).await,
        }
    }

    /// What is no longer as we wrote it, a sentence each.
    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        match self {
            Self::User(user) => user.lost(job, act).await,
            Self::Role(role) => role.lost(job, act).await,
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => instance.lost(job, act).await,
            Self::Bucket(buckets) => buckets.lost(job, act).await,
        }
    }

    /// What an undo of this act puts back, in that order.
    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        match self {
            Self::User(user) => user.parts(job, act, prior).await,
            Self::Role(role) => role.parts(job, act, prior).await,
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => instance.parts(job, act, prior).await,
            Self::Bucket(buckets) => buckets.parts(job, act, prior).await,
        }
    }

    /// Puts one part back. The request id, if something was written.
    pub(super) async fn restore(&self, job: Job<'_>, part: &Part) -> Result<Option<String>, Fault> {
        match self {
            Self::User(user) => user.restore(job, part).await,
            Self::Role(role) => role.restore(job, part).await,
            #[cfg(feature = "ec2")]
            Self::Instance(instance) => match &part.what {
                What::Instance(thing) => instance.restore(thing).await,
                What::Bucket(_) => Ok(None),
                What::Key(_) | What::Statement { .. } | What::Attached { .. } | What::Left { .. } => Ok(None),
            },
            Self::Bucket(buckets) => match &part.what {
                What::Bucket(back) => buckets.restore(job, back).await,
                #[cfg(feature = "ec2")]
                What::Instance(_) => Ok(None),
                What::Key(_) | What::Statement { .. } | What::Attached { .. } | What::Left { .. } => Ok(None),
            },
        }
    }
}

/// A family was handed a remedy of another one: a mistake of ours, said instead of acted on.
pub(super) fn misplaced(remedy: Remedy) -> Fault {
    Fault::never(format!("{} is not built for this target; nothing was written", remedy.as_str()))
}
