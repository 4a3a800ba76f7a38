//! Remedies for IAM users: which remedy is which of the files below.
//! Never here: the calls they are made of; see `calls`.

mod calls;
mod console;
pub(super) mod document;
mod keys;
mod quarantine;
mod sessions;

use super::hand::{Job, Written, misplaced};
use super::part::{Part, What};
use super::scope;
use crate::aws::clients::{Clients, Iam};
use crate::case::principal::PrincipalKind;
use crate::case::remedy::{Act, Prior, Remedy, Target};
use crate::ports::Fault;
use keys::Which;

/// A user we may have to write about, and the client that can.
pub(super) struct User<'a> {
    iam: Iam,
    target: &'a Target,
}

impl<'a> User<'a> {
    /// The user as IAM has them now, through credentials that can do these remedies to them and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        if target.kind != PrincipalKind::IamUser || !scope::callable(&target.name) {
            let (kind, account) = (target.kind.as_str(), &target.account);
            return Err(Fault::never(format!(
                "account {account}: {:?} ({kind}) is no IAM user that can be named in a call; nothing was written",
                target.name
            )));
        }
        let policy = scope::for_user(target, acts, job.quarantine);
        let iam = clients.respond(&target.account, target.partition, job.case, &policy).await?;
        let user = Self { iam, target };
        user.same().await?;
        Ok(user)
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
        self.same().await
    }

    pub(super) async fn prior(&self, job: Job<'_>, remedy: Remedy) -> Result<Prior, Fault> {
        match Doing::of(remedy)? {
            Doing::Keys(which) => keys::prior(self, which).await,
            Doing::Sessions => sessions::prior(self).await,
            Doing::Quarantine => quarantine::prior(self, job.quarantine).await,
            Doing::Console => console::prior(self).await,
        }
    }

    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        match Doing::of(remedy)? {
            Doing::Keys(which) => keys::apply(self, prior, which).await,
            Doing::Sessions => sessions::apply(self, job.case, job.cut_off, job.now).await,
            Doing::Quarantine => quarantine::apply(self, prior).await,
            Doing::Console => console::apply(self, prior).await,
        }
    }

    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        match Doing::of(act.remedy)? {
            Doing::Keys(which) => keys::lost(self, act.prior.as_ref(), job.cut_off, which).await,
            Doing::Sessions => sessions::lost(self, job.case, job.cut_off).await,
            Doing::Quarantine => quarantine::lost(self, act.prior.as_ref()).await,
            Doing::Console => console::lost(self).await,
        }
    }

    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        let applied = act.receipt.is_some();
        let one = match Doing::of(act.remedy)? {
            Doing::Keys(_) => return keys::parts(self, prior, applied).await,
            Doing::Sessions => sessions::parts(self, job.case, prior, job.cut_off, job.now, applied).await?,
            Doing::Quarantine => quarantine::parts(self, prior, applied).await?,
            Doing::Console => console::parts(self, prior, applied).await?,
        };
        Ok(one.into_iter().collect())
    }

    pub(super) async fn restore(&self, job: Job<'_>, part: &Part) -> Result<Option<String>, Fault> {
        match &part.what {
            What::Key(id) => self.set_key(id, true).await,
            What::Statement { prior } => sessions::restore(self, job.case, prior.as_deref()).await,
            What::Attached { policy } => self.detach(policy).await,
            What::Bucket(_) | What::Left { .. } => Ok(None),
        }
    }
}
