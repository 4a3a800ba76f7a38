//! Carries remedies out, checks that they hold, and takes them back: the only place that changes IAM.
//! Never here: whether to act (the case decides), pacing, retries. Every call is safe to run twice.

mod iam;
mod part;
mod scope;

use super::clients::Clients;
use crate::case::CaseId;
use crate::case::principal::PrincipalKind;
use crate::case::remedy::{Act, ActState, Prior, Receipt, Remedy, Target};
use crate::ports::{Fault, Prepared, Remediator, Undone};
use async_trait::async_trait;
use iam::keys::Which;
use iam::{User, console, keys, quarantine, sessions};
use jiff::Timestamp;
use part::{Part, What};
use std::sync::Arc;

/// Remedies by AWS calls.
pub struct Remedies {
    clients: Arc<Clients>,
    quarantine_policy: String,
}

impl Remedies {
    /// `quarantine_policy`: the ARN of the managed policy to attach, with `{partition}` and `{account}`.
    pub fn new(clients: Arc<Clients>, quarantine_policy: impl Into<String>) -> Self {
        Self { clients, quarantine_policy: quarantine_policy.into() }
    }

    /// The user as IAM has them now, through credentials that can do these remedies to them and nothing else.
    /// What was attached before counts, whatever the setting is now.
    async fn user<'a>(
        &self,
        case: &CaseId,
        target: &'a Target,
        acts: &[Remedy],
        priors: impl Iterator<Item = &Prior>,
    ) -> Result<User<'a>, Fault> {
        for act in acts {
            Doing::of(*act)?;
        }
        if target.kind != PrincipalKind::IamUser || !scope::callable(&target.user) {
            let (kind, account) = (target.kind.as_str(), &target.account);
            return Err(Fault::never(format!(
                "account {account}: {:?} ({kind}) is no IAM user that can be named in a call; nothing was written",
                target.user
            )));
        }
        let policy = scope::session_policy(target, acts, &scope::pins(priors, &self.quarantine(target)));
        let iam = self.clients.respond(&target.account, target.partition, case, &policy).await?;
        let user = User { iam, target };
        user.same().await?;
        Ok(user)
    }

    fn quarantine(&self, target: &Target) -> String {
        quarantine::policy_in(&self.quarantine_policy, target)
    }
}

/// What is built of the remedies. Bundles arrive here opened.
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
            Err(Fault::never(format!(
                "{} is not built in this version; nothing was written",
                remedy.as_str()
            )))
        }
    }
}

#[async_trait]
impl Remediator for Remedies {
    async fn prepare(&self, case: &CaseId, target: &Target, acts: &[Remedy]) -> Result<Prepared, Fault> {
        let user = self.user(case, target, acts, std::iter::empty()).await?;
        let arn = user.same().await?;
        let mut priors = vec![];
        for act in acts {
            priors.push(match Doing::of(*act)? {
                Doing::Keys(which) => keys::prior(&user, which).await?,
                Doing::Sessions => sessions::prior(&user).await?,
                Doing::Quarantine => quarantine::prior(&user, &self.quarantine(target)).await?,
                Doing::Console => console::prior(&user).await?,
            });
        }
        Ok(Prepared { arn, priors })
    }

    async fn apply(
        &self,
        case: &CaseId,
        target: &Target,
        act: Remedy,
        prior: &Prior,
        cut_off: Timestamp,
    ) -> Result<Receipt, Fault> {
        let user = self.user(case, target, &[act], std::iter::once(prior)).await?;
        let (request_ids, note) = match Doing::of(act)? {
            Doing::Keys(which) => keys::apply(&user, prior, which).await?,
            Doing::Sessions => sessions::apply(&user, case, cut_off, self.clients.now()).await?,
            Doing::Quarantine => quarantine::apply(&user, prior).await?,
            Doing::Console => console::apply(&user, prior).await?,
        };
        Ok(Receipt { applied_at: self.clients.now(), request_ids, note })
    }

    async fn verify(
        &self,
        case: &CaseId,
        target: &Target,
        acts: &[Act],
        cut_off: Timestamp,
    ) -> Result<Vec<String>, Fault> {
        let acts: Vec<&Act> = acts.iter().filter(|a| a.receipt.is_some() && stands(a)).collect();
        if acts.is_empty() {
            return Ok(vec![]);
        }
        let remedies: Vec<Remedy> = acts.iter().map(|a| a.remedy).collect();
        let user = match self.user(case, target, &remedies, priors(&acts)).await {
            Ok(user) => user,
            // With the user went their keys and sessions.
            Err(Fault::Never { gone: true, .. }) => return Ok(vec![]),
            Err(fault) => return Err(fault),
        };
        let mut lost = vec![];
        for act in acts {
            lost.extend(match Doing::of(act.remedy)? {
                Doing::Keys(which) => keys::lost(&user, act.prior.as_ref(), cut_off, which).await?,
                Doing::Sessions => sessions::lost(&user, case, cut_off).await?,
                Doing::Quarantine => quarantine::lost(&user, act.prior.as_ref()).await?,
                Doing::Console => console::lost(&user).await?,
            });
        }
        Ok(lost)
    }

    async fn undo(
        &self,
        case: &CaseId,
        target: &Target,
        acts: &[Act],
        cut_off: Timestamp,
        begun: bool,
    ) -> Result<Undone, Fault> {
        let acts: Vec<&Act> = acts.iter().filter(|a| stands(a)).collect();
        if acts.is_empty() {
            return Ok(Undone::Restored { request_ids: vec![], notes: vec![] });
        }
        let remedies: Vec<Remedy> = acts.iter().map(|a| a.remedy).collect();
        let user = self.user(case, target, &remedies, priors(&acts)).await?;
        let mut parts: Vec<Part> = vec![];
        for act in acts.iter().rev() {
            let applied = act.receipt.is_some();
            let Some(prior) = &act.prior else { continue };
            parts.extend(match Doing::of(act.remedy)? {
                Doing::Keys(_) => keys::parts(&user, prior, applied).await?,
                Doing::Sessions => {
                    let now = self.clients.now();
                    sessions::parts(&user, case, prior, cut_off, now, applied).await?.into_iter().collect()
                }
                Doing::Quarantine => quarantine::parts(&user, prior, applied).await?.into_iter().collect(),
                Doing::Console => console::parts(&user, prior, applied).await?.into_iter().collect(),
            });
        }
        let changed = part::foreign(&parts, begun);
        if !changed.is_empty() {
            return Ok(Undone::Refused { changed });
        }
        let (mut request_ids, mut notes) = (vec![], vec![]);
        for part in parts.into_iter().filter(Part::is_written) {
            request_ids.extend(match part.what {
                What::Key(id) => user.set_key(&id, true).await?,
                What::Statement { prior } => sessions::restore(&user, case, prior.as_deref()).await?,
                What::Attached { policy } => user.detach(&policy).await?,
                What::Password { sentence } => {
                    notes.push(sentence);
                    None
                }
            });
        }
        Ok(Undone::Restored { request_ids, notes })
    }
}

fn priors<'a>(acts: &[&'a Act]) -> impl Iterator<Item = &'a Prior> {
    acts.iter().filter_map(|act| act.prior.as_ref())
}

/// Whether anything of this act can stand in AWS.
fn stands(act: &Act) -> bool {
    ![ActState::DryRun, ActState::Undone].contains(&act.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remedy_for_users_is_built_and_declares_its_actions() {
        let built: Vec<_> = Remedy::ALL.into_iter().filter(|r| Doing::of(*r).is_ok()).collect();
        let users = [
            Remedy::DeactivateKey,
            Remedy::DeactivateAllKeys,
            Remedy::CutSessions,
            Remedy::DisableConsole,
            Remedy::QuarantineUser,
        ];
        assert_eq!(built, users);
        assert!(built.iter().all(|r| !r.actions().is_empty()));
        let others = [Remedy::Advise, Remedy::Cut, Remedy::Contain];
        for remedy in Remedy::ALL {
            let known = built.contains(&remedy) || others.contains(&remedy);
            assert_eq!(remedy.is_built(), known, "{}", remedy.as_str());
        }
    }
}
