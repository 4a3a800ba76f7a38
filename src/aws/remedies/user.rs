//! Remedies for IAM users: which remedy is which of the files below.
//! Never here: the calls they are made of; see `calls` and `identity`.

mod calls;
mod console;
mod keys;

use super::hand::{Job, Written, misplaced};
use super::identity::inline::{self, Cut};
use super::identity::{Identity, Sort, quarantine};
use super::part::{Part, What};
use crate::aws::clients::Clients;
use crate::case::principal::{PrincipalKind, callable};
use crate::case::remedy::{Act, Prior, Remedy};
use crate::ports::Fault;
use keys::Which;

/// A user we may have to write about.
pub(super) struct User<'a>(Identity<'a>);

impl<'a> User<'a> {
    /// The user as IAM has them now, through credentials that can do these remedies to them and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        if target.kind != PrincipalKind::IamUser || !callable(&target.name) {
            let (kind, account) = (target.kind.as_str(), &target.account);
            return Err(Fault::never(format!(
                "account {account}: {:?} ({kind}) is no IAM user that can be named in a call; nothing was written",
                target.name
            )));
        }
        Ok(Self(Identity::reach(clients, job, Sort::User, acts).await?))
    }
}

/// The remedies of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Keys(Which),
    Sessions,
    Quarantine,
    Console,
}

impl Doing {
    fn of(remedy: Remedy) -> Result<Self, Fault> {
        if remedy == Remedy::DeactivateKey {
            Ok(Self::Keys(Which::Named))
        } else if remedy == Remedy::DeactivateAllKeys {
            Ok(Self::Keys(Which::All))
        } else if remedy == Remedy::CutSessions {
            Ok(Self::Sessions)
        } else if remedy == Remedy::QuarantineUser {
            Ok(Self::Quarantine)
        } else if remedy == Remedy::DisableConsole {
            Ok(Self::Console)
        } else {
            Err(misplaced(remedy))
        }
    }
}

impl User<'_> {
    pub(super) async fn arn(&self) -> Result<String, Fault> {
        Ok(self.0.same().await?.arn)
    }

    pub(super) async fn prior(&self, job: Job<'_>, remedy: Remedy) -> Result<Prior, Fault> {
        let user = &self.0;
        match Doing::of(remedy)? {
            Doing::Keys(which) => keys::prior(user, which).await,
            Doing::Sessions => inline::prior(user).await,
            Doing::Quarantine => quarantine::prior(user, job.quarantine).await,
            Doing::Console => console::prior(user).await,
        }
    }

    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        let user = &self.0;
        match Doing::of(remedy)? {
            Doing::Keys(which) => keys::apply(user, prior, which).await,
            Doing::Sessions => inline::apply(user, job.case, &Cut::of_all(job.cut_off), job.now).await,
            Doing::Quarantine => quarantine::apply(user, prior).await,
            Doing::Console => console::apply(user, prior).await,
        }
    }

    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        let user = &self.0;
        match Doing::of(act.remedy)? {
            Doing::Keys(which) => keys::lost(user, act.prior.as_ref(), job.cut_off, which).await,
            Doing::Sessions => inline::lost(user, job.case, &Cut::of_all(job.cut_off)).await,
            Doing::Quarantine => quarantine::lost(user, act.prior.as_ref()).await,
            Doing::Console => console::lost(user).await,
        }
    }

    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        let (user, applied) = (&self.0, act.receipt.is_some());
        let one = match Doing::of(act.remedy)? {
            Doing::Keys(_) => return keys::parts(user, prior, applied).await,
            Doing::Sessions => inline::parts(user, job, &Cut::of_all(job.cut_off), prior, applied).await?,
            Doing::Quarantine => quarantine::parts(user, prior, applied).await?,
            Doing::Console => console::parts(user, prior, applied).await?,
        };
        Ok(one.into_iter().collect())
    }

    pub(super) async fn restore(&self, job: Job<'_>, part: &Part) -> Result<Option<String>, Fault> {
        let user = &self.0;
        match &part.what {
            What::Key(id) => user.set_key(id, true).await,
            What::Statement { prior } => inline::restore(user, job.case, prior.as_deref()).await,
            What::Attached { policy } => user.detach(policy).await,
            What::Bucket(_) | What::Left { .. } => Ok(None),
            #[cfg(feature = "ec2")]
            What::Instance(_) => Ok(None),
        }
    }
}
