//! Carries remedies out, checks that they hold, and takes them back: the only place that changes IAM.
//! Never here: whether to act (the case decides), pacing, retries. Every call is safe to run twice.

mod iam;
mod part;

use super::clients::Clients;
use crate::case::CaseId;
use crate::case::principal::PrincipalKind;
use crate::case::remedy::{Act, ActState, Prior, Receipt, Remedy, Target};
use crate::ports::{Fault, Prepared, Remediator, Undone};
use async_trait::async_trait;
use iam::{User, keys, sessions};
use jiff::Timestamp;
use part::{Part, What};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Remedies by AWS calls.
pub struct Remedies {
    clients: Arc<Clients>,
}

impl Remedies {
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }

    /// The user as IAM has them now, through credentials that can do these remedies to them and nothing else.
    async fn user<'a>(&self, case: &CaseId, target: &'a Target, acts: &[Remedy]) -> Result<User<'a>, Fault> {
        for act in acts {
            Doing::of(*act)?;
        }
        if target.kind != PrincipalKind::IamUser || !callable(&target.user) {
            let (kind, account) = (target.kind.as_str(), &target.account);
            return Err(Fault::never(format!(
                "account {account}: {:?} ({kind}) is no IAM user that can be named in a call; nothing was written",
                target.user
            )));
        }
        let policy = session_policy(target, acts);
        let iam = self.clients.respond(&target.account, target.partition, case, &policy).await?;
        let user = User { iam, target };
        user.same().await?;
        Ok(user)
    }
}

/// What is built of the remedies. Bundles arrive here opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Keys,
    Sessions,
}

impl Doing {
    fn of(remedy: Remedy) -> Result<Self, Fault> {
        if remedy == Remedy::DeactivateKey {
            Ok(Self::Keys)
        } else if remedy == Remedy::CutSessions {
            Ok(Self::Sessions)
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
        let user = self.user(case, target, acts).await?;
        let arn = user.same().await?;
        let mut priors = vec![];
        for act in acts {
            priors.push(match Doing::of(*act)? {
                Doing::Keys => keys::prior(&user).await?,
                Doing::Sessions => sessions::prior(&user).await?,
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
        let user = self.user(case, target, &[act]).await?;
        let (request_ids, note) = match Doing::of(act)? {
            Doing::Keys => keys::apply(&user, prior).await?,
            Doing::Sessions => sessions::apply(&user, case, cut_off, self.clients.now()).await?,
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
        let user = match self.user(case, target, &remedies).await {
            Ok(user) => user,
            // With the user went their keys and sessions.
            Err(Fault::Never { gone: true, .. }) => return Ok(vec![]),
            Err(fault) => return Err(fault),
        };
        let mut lost = vec![];
        for act in acts {
            lost.extend(match Doing::of(act.remedy)? {
                Doing::Keys => keys::lost(&user, act.prior.as_ref(), cut_off).await?,
                Doing::Sessions => sessions::lost(&user, case, cut_off).await?,
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
            return Ok(Undone::Restored { request_ids: vec![] });
        }
        let remedies: Vec<Remedy> = acts.iter().map(|a| a.remedy).collect();
        let user = self.user(case, target, &remedies).await?;
        let mut parts: Vec<Part> = vec![];
        for act in acts.iter().rev() {
            let applied = act.receipt.is_some();
            let Some(prior) = &act.prior else { continue };
            parts.extend(match Doing::of(act.remedy)? {
                Doing::Keys => keys::parts(&user, prior, applied).await?,
                Doing::Sessions => {
                    let now = self.clients.now();
                    sessions::parts(&user, case, prior, cut_off, now, applied).await?.into_iter().collect()
                }
            });
        }
        let changed = part::foreign(&parts, begun);
        if !changed.is_empty() {
            return Ok(Undone::Refused { changed });
        }
        let mut request_ids = vec![];
        for part in parts.into_iter().filter(Part::is_written) {
            request_ids.extend(match part.what {
                What::Key(id) => user.set_key(&id, true).await?,
                What::Statement { prior } => sessions::restore(&user, case, prior.as_deref()).await?,
            });
        }
        Ok(Undone::Restored { request_ids })
    }
}

/// Whether anything of this act can stand in AWS.
fn stands(act: &Act) -> bool {
    ![ActState::DryRun, ActState::Undone].contains(&act.state)
}

/// The characters IAM allows in a user name (IAM API reference, `UserName`). The core checks too.
fn callable(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// Holds a session to what these remedies do to this user. A finding names no path, so every path is
/// allowed: user names are unique within an account, whatever their path.
fn session_policy(target: &Target, acts: &[Remedy]) -> String {
    let actions: BTreeSet<&str> = acts.iter().flat_map(|act| act.actions()).copied().collect();
    let (partition, account, user) = (target.partition.as_str(), &target.account, &target.user);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": actions,
            "Resource": [
                format!("arn:{partition}:iam::{account}:user/{user}"),
                format!("arn:{partition}:iam::{account}:user/*/{user}"),
            ],
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::principal::{AccountId, Partition, Region};

    #[test]
    fn the_session_policy_names_one_user_and_only_declared_actions() {
        let target = Target {
            partition: Partition::Commercial,
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("eu-central-1").unwrap(),
            kind: PrincipalKind::IamUser,
            user: "u".repeat(64),
            unique_id: None,
            keys: vec![],
        };
        let policy = session_policy(&target, &[Remedy::DeactivateKey, Remedy::CutSessions]);
        assert!(policy.len() <= 2048, "{}", policy.len());
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(
            value["Statement"][0]["Action"],
            json!([
                "iam:DeleteUserPolicy",
                "iam:GetUser",
                "iam:GetUserPolicy",
                "iam:ListAccessKeys",
                "iam:PutUserPolicy",
                "iam:UpdateAccessKey"
            ])
        );
        assert!(!policy.contains(":role/"));
    }

    #[test]
    fn only_two_remedies_are_built() {
        let built: Vec<_> = Remedy::ALL.into_iter().filter(|r| Doing::of(*r).is_ok()).collect();
        assert_eq!(built, [Remedy::DeactivateKey, Remedy::CutSessions]);
        assert!(built.iter().all(|r| !r.actions().is_empty()));
    }
}
