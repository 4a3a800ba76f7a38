//! `disable-console`: the console password taken away. IAM never tells a password, so nobody can put it back: an
//! undo says so and leaves it. Actions: `Remedy::DisableConsole.actions()`.
//! Never here: making a password; it would have to travel to the person by a safe way, which Slack is not.

use crate::aws::remedies::identity::Identity;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::{LoginProfile, Prior};
use crate::ports::Fault;

pub(super) async fn prior(user: &Identity<'_>) -> Result<Prior, Fault> {
    Ok(Prior::Console { profile: user.login_profile().await? })
}

/// Request ids of the writes, and a note for people.
pub(super) async fn apply(user: &Identity<'_>, prior: &Prior) -> Result<(Vec<String>, String), Fault> {
    let before = expected(prior)?;
    let once = "this password cannot be restored: a new one has to be given";
    if user.login_profile().await?.is_none() {
        // Without a profile now, with one before: an earlier try of ours got through.
        let note = if before.is_some() { once } else { "the user had no console password" };
        return Ok((vec![], note.to_owned()));
    }
    let id = user.delete_login_profile().await?;
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    let shown = user.login_profile().await?.is_none();
    let late = if shown { "" } else { "; IAM does not show it as gone yet" };
    Ok((id.into_iter().collect(), format!("{once}{late}")))
}

pub(super) async fn lost(user: &Identity<'_>) -> Result<Vec<String>, Fault> {
    Ok(user.login_profile().await?.map(|profile| again(user, &profile)).into_iter().collect())
}

/// None where there was no password to take away.
pub(super) async fn parts(user: &Identity<'_>, prior: &Prior, applied: bool) -> Result<Option<Part>, Fault> {
    let Some(before) = expected(prior)? else { return Ok(None) };
    let (stands, complaint) = match user.login_profile().await? {
        None => (Stands::AsWritten, String::new()),
        Some(now) if now == *before => (Stands::AsBefore, again(user, &now)),
        Some(now) => (Stands::Otherwise, again(user, &now)),
    };
    let sentence = format!("the console password of user {} cannot be restored", user.name());
    Ok(Some(Part { what: What::Left { sentence }, stands, applied, complaint }))
}

fn expected(prior: &Prior) -> Result<Option<&LoginProfile>, Fault> {
    let Prior::Console { profile } = prior else {
        return Err(Fault::never(
            "the saved prior state is not one of a console password; nothing was written",
        ));
    };
    Ok(profile.as_ref())
}

fn again(user: &Identity<'_>, profile: &LoginProfile) -> String {
    let made = profile.created.map(|at| format!(", made at {at}")).unwrap_or_default();
    format!("user {} has a console password again{made}", user.name())
}
