//! `cut-sessions`: sessions of the user issued before a moment lose everything, by one statement of the case
//! in the inline policy `VouchRevoke`. Actions: `Remedy::CutSessions.actions()`.
//! Never here: other people's statements; they are carried along untouched.

use super::User;
use super::calls::POLICY;
use super::document::{self, Document, whole_second};
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::CaseId;
use crate::case::remedy::{Prior, sid};
use crate::ports::Fault;
use jiff::Timestamp;

/// What the inline policies of a user may have altogether, white space not counted (IAM quotas).
const QUOTA: usize = 2048;

pub(super) async fn prior(user: &User<'_>) -> Result<Prior, Fault> {
    let document = user.policy().await?;
    if let Some(text) = &document {
        read(user, text)?;
    }
    Ok(Prior::Inline { document })
}

/// Request ids of the writes, and a note for people. The cut-off never moves back.
pub(super) async fn apply(
    user: &User<'_>,
    case: &CaseId,
    cut_off: Timestamp,
    now: Timestamp,
) -> Result<(Vec<String>, String), Fault> {
    let (sid, at) = (sid(case), whole_second(cut_off));
    let mut policy = current(user).await?;
    if policy.cut_off(&sid).is_some_and(|standing| standing >= at) {
        return Ok((vec![], String::new()));
    }
    policy.drop_expired(now);
    policy.put(&sid, document::statement(&sid, at));
    let text = policy.text();
    if text.chars().filter(|c| !c.is_whitespace()).count() > QUOTA {
        return Err(full(user));
    }
    let written = user.put_policy(&text).await;
    let id = written.map_err(|e| if e.code.starts_with("LimitExceeded") { full(user) } else { e.fault })?;
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    let shown = current(user).await?.cut_off(&sid) == Some(at);
    let note = if shown { String::new() } else { format!("IAM does not show the policy {POLICY} yet") };
    Ok((id.into_iter().collect(), note))
}

pub(super) async fn lost(user: &User<'_>, case: &CaseId, cut_off: Timestamp) -> Result<Vec<String>, Fault> {
    let (sid, name) = (sid(case), user.name());
    let policy = current(user).await?;
    let lost = match (policy.has(&sid), policy.cut_off(&sid)) {
        (_, Some(standing)) if standing >= whole_second(cut_off) => None,
        (true, _) => Some(format!("the statement {sid} in the policy {POLICY} of user {name} was changed")),
        (false, _) => Some(format!("the statement {sid} is gone from the policy {POLICY} of user {name}")),
    };
    Ok(lost.into_iter().collect())
}

/// None when there is nothing of ours to take out: an earlier plan's later cut-off stood already, or the
/// statement expired and another case cleared it away.
pub(super) async fn parts(
    user: &User<'_>,
    case: &CaseId,
    prior: &Prior,
    cut_off: Timestamp,
    now: Timestamp,
    applied: bool,
) -> Result<Option<Part>, Fault> {
    let (sid, at, name) = (sid(case), whole_second(cut_off), user.name());
    let before = earlier(user, prior)?;
    let policy = current(user).await?;
    let cleared = !policy.has(&sid) && document::is_expired(at, now);
    if cleared || before.cut_off(&sid).is_some_and(|standing| standing >= at) {
        return Ok(None);
    }
    let (stands, complaint) = if policy.cut_off(&sid) == Some(at) {
        (Stands::AsWritten, String::new())
    } else if policy.get(&sid) == before.get(&sid) {
        let complaint = format!("the statement {sid} is gone from the policy {POLICY} of user {name}");
        (Stands::AsBefore, complaint)
    } else {
        let what = if policy.has(&sid) { "was changed in" } else { "is gone from" };
        (Stands::Otherwise, format!("the statement {sid} {what} the policy {POLICY} of user {name}"))
    };
    let what = What::Statement { prior: text_of(prior)?.map(str::to_owned) };
    Ok(Some(Part { what, stands, applied, complaint }))
}

/// Takes our statement out. What others wrote beside it stays; if nothing did, the policy is as it was to the letter.
pub(super) async fn restore(
    user: &User<'_>,
    case: &CaseId,
    prior: Option<&str>,
) -> Result<Option<String>, Fault> {
    let sid = sid(case);
    let before = prior.map(|text| read(user, text)).transpose()?;
    let mut policy = current(user).await?;
    match before.as_ref().and_then(|b| b.get(&sid)) {
        Some(statement) => policy.put(&sid, statement.clone()),
        None => policy.remove(&sid),
    }
    let text = match (prior, before) {
        (Some(text), Some(before)) if before == policy => text.to_owned(),
        (_, _) if policy.is_empty() => return user.delete_policy().await,
        (_, _) => policy.text(),
    };
    Ok(user.put_policy(&text).await?)
}

async fn current(user: &User<'_>) -> Result<Document, Fault> {
    user.policy().await?.map_or_else(|| Ok(Document::new()), |text| read(user, &text))
}

fn earlier(user: &User<'_>, prior: &Prior) -> Result<Document, Fault> {
    text_of(prior)?.map_or_else(|| Ok(Document::new()), |text| read(user, text))
}

fn text_of(prior: &Prior) -> Result<Option<&str>, Fault> {
    let Prior::Inline { document } = prior else {
        return Err(Fault::never(
            "the saved prior state is not one of an inline policy; nothing was written",
        ));
    };
    Ok(document.as_deref())
}

fn read(user: &User<'_>, text: &str) -> Result<Document, Fault> {
    Document::parse(text).ok_or_else(|| {
        let (name, account) = (user.name(), &user.target.account);
        Fault::never(format!(
            "account {account}: the policy {POLICY} of user {name} cannot be read; nothing was written"
        ))
    })
}

fn full(user: &User<'_>) -> Fault {
    let (name, account) = (user.name(), &user.target.account);
    Fault::never(format!(
        "account {account}: the inline policies of user {name} have no room left ({QUOTA} characters, \
         iam:PutUserPolicy): quarantine the user instead"
    ))
}
