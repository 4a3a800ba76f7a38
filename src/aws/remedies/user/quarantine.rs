//! `quarantine-user`: the one managed policy that denies everything, attached to the user; detached again if it
//! was we who attached it. Actions: `Remedy::QuarantineUser.actions()`.
//! Never here: what that policy says; it is deployed by whoever runs the account.

use super::User;
use crate::aws::call::Failed;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::Prior;
use crate::ports::Fault;

pub(super) async fn prior(user: &User<'_>, policy: &str) -> Result<Prior, Fault> {
    Ok(Prior::Quarantine { policy: policy.to_owned(), attached: user.has_attached(policy).await? })
}

/// Request ids of the writes, and a note for people.
pub(super) async fn apply(user: &User<'_>, prior: &Prior) -> Result<(Vec<String>, String), Fault> {
    let (policy, before) = expected(prior)?;
    if user.has_attached(policy).await? {
        let note = if before { "the user was already in quarantine" } else { "" };
        return Ok((vec![], note.to_owned()));
    }
    let id = user.attach(policy).await.map_err(|failed| refused(user, policy, failed))?;
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    let shown = user.has_attached(policy).await?;
    let note = if shown { "" } else { "IAM does not show the quarantine policy yet" };
    Ok((id.into_iter().collect(), note.to_owned()))
}

pub(super) async fn lost(user: &User<'_>, prior: Option<&Prior>) -> Result<Vec<String>, Fault> {
    let Some(prior) = prior else { return Ok(vec![]) };
    let (policy, _) = expected(prior)?;
    let gone = (!user.has_attached(policy).await?).then(|| detached(user, policy));
    Ok(gone.into_iter().collect())
}

/// None where the policy was attached before us.
pub(super) async fn parts(user: &User<'_>, prior: &Prior, applied: bool) -> Result<Option<Part>, Fault> {
    let (policy, before) = expected(prior)?;
    if before {
        return Ok(None);
    }
    let (stands, complaint) = if user.has_attached(policy).await? {
        (Stands::AsWritten, String::new())
    } else {
        (Stands::AsBefore, detached(user, policy))
    };
    Ok(Some(Part { what: What::Attached { policy: policy.to_owned() }, stands, applied, complaint }))
}

fn expected(prior: &Prior) -> Result<(&str, bool), Fault> {
    let Prior::Quarantine { policy, attached } = prior else {
        return Err(Fault::never("the saved prior state is not one of a quarantine; nothing was written"));
    };
    Ok((policy, *attached))
}

fn detached(user: &User<'_>, policy: &str) -> String {
    format!("the policy {policy} is no longer attached to user {}", user.name())
}

/// The user was looked at right before, so what is missing is the policy.
fn refused(user: &User<'_>, policy: &str, failed: Failed) -> Fault {
    let (name, account) = (user.name(), &user.target.account);
    if failed.is_missing() {
        Fault::never(format!(
            "account {account}: there is no policy {policy} to attach (iam:AttachUserPolicy): deploy it there, \
             or name the one you have in aws.quarantine_policy"
        ))
    } else if failed.code.starts_with("LimitExceeded") {
        Fault::never(format!(
            "account {account}: user {name} has as many managed policies as IAM allows (iam:AttachUserPolicy): \
             detach one that grants something, or have the quota raised"
        ))
    } else {
        failed.fault
    }
}
