//! Remedies for buckets: which remedy is which of the files below, and which buckets can be written to at all.
//! Never here: the calls they are made of; see `calls`.

mod account;
mod acl;
mod block;
mod calls;
mod cors;
mod deny;
mod who;

use super::hand::{Job, Written, misplaced};
use super::part::{Part, Stands, What};
use super::scope;
use crate::aws::bucket::{Bucket, missing};
use crate::aws::clients::{Clients, Iam, S3Control, Session};
use crate::case::remedy::{AccessBlock, Acl, Act, CorsRule, Prior, Remedy, Target};
use crate::ports::Fault;

/// The buckets we may have to write about, and the clients that can.
pub(super) struct Buckets<'a> {
    target: &'a Target,
    control: S3Control,
    iam: Iam,
    stores: Vec<Bucket>,
    /// Buckets that nothing can be done about here, a sentence each.
    left: Vec<String>,
    /// The identity is kept out of the buckets: whether it may be is asked of IAM first.
    denies: bool,
}

/// What an undo puts back on one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Back {
    Block { bucket: String, prior: Option<AccessBlock> },
    AccountBlock { prior: Option<AccessBlock> },
    Policy { bucket: String, prior: Option<String> },
    Acl { bucket: String, prior: Acl },
    Cors { bucket: String, prior: Vec<CorsRule> },
}

impl<'a> Buckets<'a> {
    /// Through credentials that can do these remedies to these buckets and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        let denies = acts.iter().any(|(remedy, _)| *remedy == Remedy::DenyPrincipalOnBucket);
        if denies {
            who::refuse_ourselves(target, &clients.own_identity().await?.arn)?;
        }
        let policy = scope::for_buckets(target, acts);
        let session = clients.respond_session(&target.account, target.partition, job.case, &policy).await?;
        let region = target.region.as_str();
        let mut buckets = Self {
            target,
            control: session.s3control(region),
            iam: session.iam(),
            stores: vec![],
            left: vec![],
            denies,
        };
        if acts.iter().any(|(remedy, _)| *remedy != Remedy::BlockAccountPublicAccess) {
            buckets.find(&session).await?;
        }
        Ok(buckets)
    }

    /// Each bucket's own Region. One bucket of several that is not there, or not ours, keeps nobody from the others:
    /// it may be the one of whoever copied data out of ours.
    async fn find(&mut self, session: &Session) -> Result<(), Fault> {
        let mut first = None;
        for name in &self.target.buckets {
            let (owner, region) = (&self.target.account, &self.target.region);
            match Bucket::find(session, name, owner, region).await {
                Ok(store) => self.stores.push(store),
                Err(fault @ Fault::Later { .. }) => return Err(fault),
                Err(fault @ Fault::Never { .. }) => {
                    self.left.push(format!("bucket {name} was left as it is: {fault}"));
                    first.get_or_insert(fault);
                }
            }
        }
        match first {
            Some(fault) if self.stores.is_empty() => Err(fault),
            Some(_) | None if !self.stores.is_empty() => Ok(()),
            Some(_) | None => {
                Err(Fault::never("the finding names no bucket that can be written to; nothing was written"))
            }
        }
    }
}

/// The remedies of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Block,
    AccountBlock,
    Deny,
    Acl,
    Cors,
}

impl Doing {
    fn of(remedy: Remedy) -> Result<Self, Fault> {
        if remedy == Remedy::BlockBucketPublicAccess {
            Ok(Self::Block)
        } else if remedy == Remedy::BlockAccountPublicAccess {
            Ok(Self::AccountBlock)
        } else if remedy == Remedy::DenyPrincipalOnBucket {
            Ok(Self::Deny)
        } else if remedy == Remedy::MakeAclPrivate {
            Ok(Self::Acl)
        } else if remedy == Remedy::RemoveCors {
            Ok(Self::Cors)
        } else {
            Err(misplaced(remedy))
        }
    }
}

impl Buckets<'_> {
    /// The buckets, and whoever is kept out of them: both may be protected.
    pub(super) async fn arns(&self) -> Result<Vec<String>, Fault> {
        let partition = self.target.partition.as_str();
        let mut arns: Vec<String> =
            self.stores.iter().map(|store| format!("arn:{partition}:s3:::{}", store.name)).collect();
        if self.denies {
            arns.extend(self.principal().await?);
        }
        Ok(arns)
    }

    pub(super) async fn prior(&self, job: Job<'_>, remedy: Remedy) -> Result<Prior, Fault> {
        match Doing::of(remedy)? {
            Doing::Block => block::prior(self).await,
            Doing::AccountBlock => account::prior(self).await,
            Doing::Deny => deny::prior(self, job.case).await,
            Doing::Acl => acl::prior(self).await,
            Doing::Cors => cors::prior(self).await,
        }
    }

    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        let (ids, mut notes) = match Doing::of(remedy)? {
            Doing::Block => block::apply(self, prior).await?,
            Doing::AccountBlock => return Ok(said(account::apply(self, prior).await?)),
            Doing::Deny => deny::apply(self, job.case, prior).await?,
            Doing::Acl => acl::apply(self, prior).await?,
            Doing::Cors => cors::apply(self, prior).await?,
        };
        notes.extend(self.left.iter().cloned());
        Ok(said((ids, notes)))
    }

    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        let Some(prior) = &act.prior else { return Ok(vec![]) };
        match Doing::of(act.remedy)? {
            Doing::Block => block::lost(self, prior).await,
            Doing::AccountBlock => account::lost(self).await,
            Doing::Deny => deny::lost(self, job.case, prior).await,
            Doing::Acl => acl::lost(self, prior).await,
            Doing::Cors => cors::lost(self, prior).await,
        }
    }

    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        let found = match Doing::of(act.remedy)? {
            Doing::Block => block::parts(self, prior).await?,
            Doing::AccountBlock => account::parts(self, prior).await?,
            Doing::Deny => deny::parts(self, job.case, prior).await?,
            Doing::Acl => acl::parts(self, prior).await?,
            Doing::Cors => cors::parts(self, prior).await?,
        };
        let applied = act.receipt.is_some();
        let part =
            |Found { back, stands, complaint }| Part { what: What::Bucket(back), stands, applied, complaint };
        Ok(found.into_iter().map(part).collect())
    }

    pub(super) async fn restore(&self, job: Job<'_>, back: &Back) -> Result<Option<String>, Fault> {
        match back {
            Back::Block { bucket, prior } => block::restore(self.store_of(bucket)?, *prior).await,
            Back::AccountBlock { prior } => self.put_account_block(*prior).await,
            Back::Policy { bucket, prior } => deny::restore(self, bucket, job.case, prior.as_deref()).await,
            Back::Acl { bucket, prior } => self.put_acl(self.store_of(bucket)?, prior).await,
            Back::Cors { bucket, prior } => self.put_cors(self.store_of(bucket)?, prior).await,
        }
    }

    /// `None` for a bucket that is gone, or that we cannot work with.
    fn find_store(&self, bucket: &str) -> Option<&Bucket> {
        self.stores.iter().find(|store| store.name == bucket)
    }

    fn store_of(&self, bucket: &str) -> Result<&Bucket, Fault> {
        self.find_store(bucket).ok_or_else(|| Fault::gone(missing(bucket)))
    }
}

/// One thing to put back, and how it stands.
struct Found {
    back: Back,
    stands: Stands,
    complaint: String,
}

impl Found {
    /// The bucket is not there to be put back.
    fn gone(back: Back, bucket: &str) -> Self {
        Self { back, stands: Stands::Otherwise, complaint: missing(bucket) }
    }

    fn of<T: PartialEq>(back: Back, now: &T, written: &T, before: &T, complaint: String) -> Self {
        let stands = if now == written {
            Stands::AsWritten
        } else if now == before {
            Stands::AsBefore
        } else {
            Stands::Otherwise
        };
        Self { back, stands, complaint }
    }
}

/// Request ids, and notes for people.
type Done = (Vec<String>, Vec<String>);

fn said((ids, notes): Done) -> Written {
    (ids, notes.join("; "))
}

/// A saved state of another remedy: a mistake of ours, said instead of acted on.
fn wrong_prior(what: &str) -> Fault {
    Fault::never(format!("the saved prior state is not one of {what}; nothing was written"))
}

/// S3 shows a write at once where it was made, but the settings of an account take a while everywhere.
fn late(what: &str) -> String {
    format!("S3 does not show {what} yet")
}
