//! `quarantine-user` and `quarantine-role`: the one managed policy that denies everything, attached; detached again
//! if it was we who attached it. Actions: `Remedy::QuarantineUser.actions()`, `Remedy::QuarantineRole.actions()`.
//! Never here: what that policy says; it is deployed by whoever runs the account.

use super::Identity;
use crate::aws::call::Failed;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::Prior;
use crate::ports::Fault;

pub(in crate::aws::remedies) async fn prior(of: &Identity<'_>, policy: &str) -> Result<Prior, Fault> {
    Ok(Prior::Quarantine { policy: policy.to_owned(), attached: of.has_attached(policy).await? })
}

/// Request ids of the writes, and a note for people.
pub(in crate::aws::remedies) async fn apply(
    of: &Identity<'_>,
    prior: &Prior,
) -> Result<(Vec<String>, String), Fault> {
    let (policy, before) = expected(prior)?;
    if of.has_attached(policy).await? {
        let noun = of.sort.noun();
        let note = if before { format!("the {noun} was already in quarantine") } else { String::new() };
        return Ok((vec![], note));
    }
    let id = of.attach(policy).await.map_err(|failed| refused(of, policy, failed))?;
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    let shown = of.has_attached(policy).await?;
    let note = if shown { "" } else { "IAM does not show the quarantine policy yet" };
    Ok((id.into_iter().collect(), note.to_owned()))
}

pub(in crate::aws::remedies) async fn lost(
    of: &Identity<'_>,
    prior: Option<&Prior>,
) -> Result<Vec<String>, Fault> {
    let Some(prior) = prior else { return Ok(vec![]) };
    let (policy, _) = expected(prior)?;
    let gone = (!of.has_attached(policy).await?).then(|| detached(of, policy));
    Ok(gone.into_iter().collect())
}

/// None where the policy was attached before us.
pub(in crate::aws::remedies) async fn parts(
    of: &Identity<'_>,
    prior: &Prior,
    applied: bool,
) -> Result<Option<Part>, Fault> {
    let (policy, before) = expected(prior)?;
    if before {
        return Ok(None);
    }
    let (stands, complaint) = if of.has_attached(policy).await? {
        (Stands::AsWritten, String::new())
    } else {
        (Stands::AsBefore, detached(of, policy))
    };
    Ok(Some(Part { what: What::Attached { policy: policy.to_owned() }, stands, applied, complaint }))
}

fn expected(prior: &Prior) -> Result<(&str, bool), Fault> {
    let Prior::Quarantine { policy, attached } = prior else {
        return Err(Fault::never("the saved prior state is not one of a quarantine; nothing was written"));
    };
    Ok((policy, *attached))
}

fn detached(of: &Identity<'_>, policy: &str) -> String {
    format!("the policy {policy} is no longer attached to {}", of.whom())
}

/// It was looked at right before, so what is missing is the policy.
fn refused(of: &Identity<'_>, policy: &str, failed: Failed) -> Fault {
    let (whom, account, call) = (of.whom(), &of.target.account, of.op("Attach"));
    if failed.is_missing() {
        Fault::never(format!(
            "account {account}: there is no policy {policy} to attach ({call}): deploy it there, \
             or name the one you have in aws.quarantine_policy"
        ))
    } else if failed.code.starts_with("LimitExceeded") {
        Fault::never(format!(
            "account {account}: {whom} has as many managed policies as IAM allows ({call}): \
             detach one that grants something, or have the quota raised"
        ))
    } else {
        failed.into()
    }
}
