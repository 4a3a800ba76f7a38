//! Carries remedies out, checks that they hold, and takes them back: the only place that changes what AWS allows.
//! Never here: whether to act (the case decides), pacing, retries. Every call is safe to run twice.

mod bucket;
mod hand;
mod identity;
#[cfg(feature = "ec2")]
mod instance;
mod part;
mod role;
pub mod scope;
mod user;

use super::clients::Clients;
use crate::case::CaseId;
use crate::case::remedy::{Act, ActState, Family, Prior, Receipt, Remedy, Target};
use crate::ports::{Fault, Prepared, Remediator, Undone};
use async_trait::async_trait;
use bucket::Buckets;
use hand::{Hand, Job};
use jiff::Timestamp;
use part::{Part, What};
use role::Role;
use std::sync::Arc;
use user::User;

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

    /// With the true ARNs of what it would change: protection may rest on them, so nothing is done without.
    async fn known_hand<'a>(
        &self,
        job: Job<'a>,
        family: Family,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<(Hand<'a>, Vec<String>), Fault> {
        let hand = self.hand(job, family, acts).await?;
        let arns = hand.arns().await?;
        Ok((hand, arns))
    }

    /// For an undo: what is gone keeps nobody from putting back the rest, and is said. Refused if all of it is gone.
    async fn hands_left<'a>(
        &self,
        job: Job<'a>,
        acts: &[&Act],
    ) -> Result<(Vec<Hand<'a>>, Vec<String>), Fault> {
        let (mut hands, mut gone) = (vec![], vec![]);
        for family in Family::ALL {
            let own: Vec<&Act> = acts.iter().copied().filter(|a| a.remedy.family() == Some(family)).collect();
            if own.is_empty() {
                continue;
            }
            match self.hand(job, family, &pairs(&own)).await {
                Ok(hand) => hands.push(hand),
                Err(fault @ Fault::Never { gone: true, .. }) => gone.push(fault),
                Err(fault @ (Fault::Never { .. } | Fault::Later { .. })) => return Err(fault),
            }
        }
        match gone.pop() {
            Some(fault) if hands.is_empty() => Err(fault),
            last @ (Some(_) | None) => {
                let said = |fault: Fault| format!("{fault}; there is nothing to put back on it");
                Ok((hands, gone.into_iter().chain(last).map(said).collect()))
            }
        }
    }

    async fn hand<'a>(
        &self,
        job: Job<'a>,
        family: Family,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Hand<'a>, Fault> {
        match family {
            Family::User => User::reach(&self.clients, job, acts).await.map(Hand::User),
            Family::Role => Role::reach(&self.clients, job, acts).await.map(Hand::Role),
            #[cfg(feature = "ec2")]
            Family::Instance => {
                let reached = instance::Instance::reach(&self.clients, job, acts).await;
                reached.map(|instance| Hand::Instance(Box::new(instance)))
            }
            #[cfg(not(feature = "ec2"))]
            Family::Instance => {
                Err(Fault::never("this program was built without EC2 (feature `ec2`); nothing was written"))
            }
            Family::Bucket => Buckets::reach(&self.clients, job, acts).await.map(Hand::Bucket),
        }
    }

    fn quarantine(&self, target: &Target) -> String {
        target.partition.fill(&self.quarantine_policy, target.account.as_str())
    }

    fn job<'a>(
        &self,
        case: &'a CaseId,
        target: &'a Target,
        cut_off: Timestamp,
        quarantine: &'a str,
    ) -> Job<'a> {
        Job { case, target, cut_off, now: self.clients.now(), quarantine }
    }
}

#[async_trait]
impl Remediator for Remedies {
    async fn prepare(&self, case: &CaseId, target: &Target, acts: &[Remedy]) -> Result<Prepared, Fault> {
        let quarantine = self.quarantine(target);
        let job = self.job(case, target, self.clients.now(), &quarantine);
        let (mut hands, mut arns, mut priors) = (vec![], vec![], vec![]);
        for family in Family::ALL {
            let own = acts.iter().filter(|remedy| remedy.family() == Some(family));
            let own: Vec<_> = own.map(|remedy| (*remedy, None)).collect();
            if own.is_empty() {
                continue;
            }
            let known = lasting(self.known_hand(job, family, &own).await)?;
            let hand = known.map(|(hand, names)| {
                arns.extend(names);
                hand
            });
            hands.push((family, hand));
        }
        for remedy in acts {
            let family = family(*remedy)?;
            priors.push(match hands.iter().find(|(of, _)| *of == family) {
                Some((_, Ok(hand))) => lasting(hand.prior(job, *remedy).await)?,
                Some((_, Err(fault))) => Err(fault.clone()),
                None => Err(hand::misplaced(*remedy)),
            });
        }
        Ok(Prepared { arns, priors: each_or_none(priors)? })
    }

    async fn apply(
        &self,
        case: &CaseId,
        target: &Target,
        act: Remedy,
        prior: &Prior,
        cut_off: Timestamp,
    ) -> Result<Receipt, Fault> {
        let quarantine = self.quarantine(target);
        let job = self.job(case, target, cut_off, &quarantine);
        let hand = self.hand(job, family(act)?, &[(act, Some(prior))]).await?;
        let (request_ids, note) = hand.apply(job, act, prior).await?;
        Ok(Receipt { applied_at: self.clients.now(), request_ids, note })
    }

    async fn verify(
        &self,
        case: &CaseId,
        target: &Target,
        acts: &[Act],
        cut_off: Timestamp,
    ) -> Result<Vec<String>, Fault> {
        let quarantine = self.quarantine(target);
        let job = self.job(case, target, cut_off, &quarantine);
        let mut lost = vec![];
        for family in Family::ALL {
            let own = acts.iter().filter(|a| a.receipt.is_some() && stands(a));
            let own: Vec<&Act> = own.filter(|a| a.remedy.family() == Some(family)).collect();
            if own.is_empty() {
                continue;
            }
            let hand = match self.hand(job, family, &pairs(&own)).await {
                Ok(hand) => hand,
                // With the user went their keys and sessions, with the instance its network.
                Err(Fault::Never { gone: true, .. }) => continue,
                Err(fault) => return Err(fault),
            };
            for act in own {
                lost.extend(hand.lost(job, act).await?);
            }
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
        // Where nothing was saved, nothing was written: a target that could not be reached then keeps nobody from giving
        // back the rest.
        let acts: Vec<&Act> = acts.iter().filter(|a| stands(a) && a.prior.is_some()).collect();
        let quarantine = self.quarantine(target);
        let job = self.job(case, target, cut_off, &quarantine);
        let (hands, mut notes) = self.hands_left(job, &acts).await?;
        let mut parts: Vec<(&Hand<'_>, Part)> = vec![];
        for act in acts.iter().rev() {
            let Some(prior) = &act.prior else { continue };
            let Some(hand) = of(&hands, act.remedy) else { continue };
            parts.extend(hand.parts(job, act, prior).await?.into_iter().map(|part| (hand, part)));
        }
        let changed = part::foreign(parts.iter().map(|(_, part)| part), begun);
        if !changed.is_empty() {
            return Ok(Undone::Refused { changed });
        }
        let mut request_ids = vec![];
        for (hand, part) in parts.iter().filter(|(_, part)| part.is_written()) {
            if let What::Left { sentence } = &part.what {
                notes.push(sentence.clone());
            } else {
                request_ids.extend(hand.restore(job, part).await?);
            }
        }
        Ok(Undone::Restored { request_ids, notes })
    }
}

/// What may work later is tried again as a whole, and at once: there is little time for it.
fn lasting<T>(read: Result<T, Fault>) -> Result<Result<T, Fault>, Fault> {
    match read {
        Err(fault @ Fault::Later { .. }) => Err(fault),
        known @ (Ok(_) | Err(Fault::Never { .. })) => Ok(known),
    }
}

/// Each with why it cannot be done. Where nothing can be done the plan fails as one.
fn each_or_none(priors: Vec<Result<Prior, Fault>>) -> Result<Vec<Result<Prior, String>>, Fault> {
    match priors.iter().find_map(|prior| prior.as_ref().err()) {
        Some(fault) if priors.iter().all(Result::is_err) => Err(fault.clone()),
        Some(_) | None => {
            Ok(priors.into_iter().map(|prior| prior.map_err(|fault| fault.to_string())).collect())
        }
    }
}

fn family(remedy: Remedy) -> Result<Family, Fault> {
    remedy.family().ok_or_else(|| hand::misplaced(remedy))
}

/// None where the family's own target cannot be reached.
fn of<'h, 'a>(hands: &'h [Hand<'a>], remedy: Remedy) -> Option<&'h Hand<'a>> {
    hands.iter().find(|hand| Some(hand.family()) == remedy.family())
}

fn pairs<'a>(acts: &[&'a Act]) -> Vec<(Remedy, Option<&'a Prior>)> {
    acts.iter().map(|act| (act.remedy, act.prior.as_ref())).collect()
}

/// Whether anything of this act can stand in AWS.
fn stands(act: &Act) -> bool {
    ![ActState::DryRun, ActState::Undone].contains(&act.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_has_a_hand_and_declares_its_actions() {
        for remedy in Remedy::ALL {
            let Some(family) = remedy.family() else {
                assert!(remedy.is_built() && remedy.actions().is_empty(), "{}", remedy.as_str());
                continue;
            };
            let built = family != Family::Instance || cfg!(feature = "ec2");
            assert_eq!(remedy.is_built(), built, "{}", remedy.as_str());
            assert!(!remedy.is_built() || !remedy.actions().is_empty(), "{}", remedy.as_str());
        }
    }
}
