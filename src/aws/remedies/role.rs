//! Remedies for roles: one session revoked, all of them, or the role in quarantine.
//! Never here: the calls they are made of (`identity`), or closing a role's trust, which is for people.

use super::hand::{Job, Written, misplaced};
use super::identity::inline::{self, Cut};
use super::identity::{Identity, Sort, quarantine};
use super::part::{Part, What};
use crate::aws::clients::Clients;
use crate::case::principal::callable;
use crate::case::remedy::{Act, Prior, Remedy};
use crate::ports::Fault;

/// A role we may have to write about.
pub(super) struct Role<'a>(Identity<'a>);

impl<'a> Role<'a> {
    /// The role as IAM has it now, through credentials that can do these remedies to it and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        if !target.kind.is_role() || !callable(&target.name) {
            let (kind, account) = (target.kind.as_str(), &target.account);
            return Err(Fault::never(format!(
                "account {account}: {:?} ({kind}) is no role that can be named in a call; nothing was written",
                target.name
            )));
        }
        Ok(Self(Identity::reach(clients, job, Sort::Role, acts).await?))
    }

    /// Whose sessions a remedy cuts; `None` for quarantine, which cuts none but denies all.
    fn cut(&self, job: Job<'_>, remedy: Remedy) -> Result<Option<Cut>, Fault> {
        if remedy == Remedy::RevokeSession {
            Ok(Some(Cut::of_one(job.cut_off, self.user_id(job)?)))
        } else if remedy == Remedy::RevokeRoleSessions {
            Ok(Some(Cut::of_all(job.cut_off)))
        } else if remedy == Remedy::QuarantineRole {
            Ok(None)
        } else {
            Err(misplaced(remedy))
        }
    }

    /// `aws:userid` of the session: the role's unique id and the session's name (IAM User Guide, policy variables).
    fn user_id(&self, job: Job<'_>) -> Result<String, Fault> {
        let session = job.target.session.as_deref().unwrap_or_default();
        if callable(session) {
            return Ok(format!("{}:{session}", self.0.id));
        }
        let (role, account) = (self.0.name(), &job.target.account);
        Err(Fault::never(format!(
            "account {account}: the finding names no session of role {role} that a policy can name ({session:?}); \
             revoke all sessions of the role, or put it in quarantine; nothing was written"
        )))
    }

    pub(super) async fn arn(&self) -> Result<String, Fault> {
        Ok(self.0.same().await?.arn)
    }

    pub(super) async fn prior(&self, job: Job<'_>, remedy: Remedy) -> Result<Prior, Fault> {
        match self.cut(job, remedy)? {
            Some(_) => inline::prior(&self.0).await,
            None => quarantine::prior(&self.0, job.quarantine).await,
        }
    }

    pub(super) async fn apply(&self, job: Job<'_>, remedy: Remedy, prior: &Prior) -> Result<Written, Fault> {
        match self.cut(job, remedy)? {
            Some(cut) => inline::apply(&self.0, job.case, &cut, job.now).await,
            None => quarantine::apply(&self.0, prior).await,
        }
    }

    pub(super) async fn lost(&self, job: Job<'_>, act: &Act) -> Result<Vec<String>, Fault> {
        match self.cut(job, act.remedy)? {
            Some(cut) => inline::lost(&self.0, job.case, &cut).await,
            None => quarantine::lost(&self.0, act.prior.as_ref()).await,
        }
    }

    pub(super) async fn parts(&self, job: Job<'_>, act: &Act, prior: &Prior) -> Result<Vec<Part>, Fault> {
        let applied = act.receipt.is_some();
        let one = match self.cut(job, act.remedy)? {
            Some(cut) => inline::parts(&self.0, job, &cut, prior, applied).await?,
            None => quarantine::parts(&self.0, prior, applied).await?,
        };
        Ok(one.into_iter().collect())
    }

    pub(super) async fn restore(&self, job: Job<'_>, part: &Part) -> Result<Option<String>, Fault> {
        match &part.what {
            What::Statement { prior } => inline::restore(&self.0, job.case, prior.as_deref()).await,
            What::Attached { policy } => self.0.detach(policy).await,
            // A role has neither.
            What::Key(_) | What::Bucket(_) | What::Left { .. } => Ok(None),
            #[cfg(feature = "ec2")]
            What::Instance(_) => Ok(None),
        }
    }
}
