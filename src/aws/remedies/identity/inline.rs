//! `cut-sessions`, `revoke-session`, `revoke-role-sessions`: sessions issued before a moment lose everything, by one
//! statement of the case in the inline policy `VouchRevoke`. Actions: those of the remedies.
//! Never here: other people's statements; they are carried along untouched.

use super::Identity;
use super::calls::POLICY;
pub(in crate::aws::remedies) use super::document::Cut;
use super::document::{self, Document};
use crate::aws::remedies::hand::{Job, Written};
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::CaseId;
use crate::case::remedy::{Prior, sid};
use crate::ports::Fault;
use jiff::Timestamp;

pub(in crate::aws::remedies) async fn prior(of: &Identity<'_>) -> Result<Prior, Fault> {
    let document = of.policy().await?;
    if let Some(text) = &document {
        read(of, text)?;
    }
    Ok(Prior::Inline { document })
}

/// Request ids of the writes, and a note for people. A cut-off that stands is never moved back.
pub(in crate::aws::remedies) async fn apply(
    of: &Identity<'_>,
    case: &CaseId,
    cut: &Cut,
    now: Timestamp,
) -> Result<Written, Fault> {
    let sid = sid(case);
    let mut policy = current(of).await?;
    match policy.cut(&sid) {
        Some(standing) if standing.covers(cut) => return Ok((vec![], String::new())),
        // One statement a case: it cannot both stay as wide as it is and be about one session only.
        Some(standing) if !cut.spans(&standing) => return Err(wider(of, &sid)),
        Some(_) | None => {}
    }
    policy.drop_expired(now, of.sort.life());
    policy.put(&sid, document::statement(&sid, cut));
    let text = policy.text();
    if text.chars().filter(|c| !c.is_whitespace()).count() > of.sort.quota() {
        return Err(full(of));
    }
    let written = of.put_policy(&text).await;
    let id = written.map_err(|e| if e.code.starts_with("LimitExceeded") { full(of) } else { e.into() })?;
    // IAM may take seconds to show a write (facts/aws.md 2.1); the verification passes look again.
    let shown = current(of).await?.cut(&sid).as_ref() == Some(cut);
    let note = if shown { String::new() } else { format!("IAM does not show the policy {POLICY} yet") };
    Ok((id.into_iter().collect(), note))
}

pub(in crate::aws::remedies) async fn lost(
    of: &Identity<'_>,
    case: &CaseId,
    cut: &Cut,
) -> Result<Vec<String>, Fault> {
    let (sid, whom) = (sid(case), of.whom());
    let policy = current(of).await?;
    let lost = match (policy.has(&sid), policy.cut(&sid)) {
        (_, Some(standing)) if standing.covers(cut) => None,
        (true, _) => Some(format!("the statement {sid} in the policy {POLICY} of {whom} was changed")),
        (false, _) => Some(format!("the statement {sid} is gone from the policy {POLICY} of {whom}")),
    };
    Ok(lost.into_iter().collect())
}

/// None when there is nothing of ours to take out: an earlier plan's statement did for this one too, or the
/// statement expired and another case cleared it away.
pub(in crate::aws::remedies) async fn parts(
    of: &Identity<'_>,
    job: Job<'_>,
    cut: &Cut,
    prior: &Prior,
    applied: bool,
) -> Result<Option<Part>, Fault> {
    let (sid, whom) = (sid(job.case), of.whom());
    let before = earlier(of, prior)?;
    let policy = current(of).await?;
    let cleared = !policy.has(&sid) && cut.is_expired(job.now, of.sort.life());
    if cleared || before.cut(&sid).is_some_and(|standing| standing.covers(cut)) {
        return Ok(None);
    }
    let (stands, complaint) = if policy.cut(&sid).as_ref() == Some(cut) {
        (Stands::AsWritten, String::new())
    } else if policy.get(&sid) == before.get(&sid) {
        let complaint = format!("the statement {sid} is gone from the policy {POLICY} of {whom}");
        (Stands::AsBefore, complaint)
    } else {
        let what = if policy.has(&sid) { "was changed in" } else { "is gone from" };
        (Stands::Otherwise, format!("the statement {sid} {what} the policy {POLICY} of {whom}"))
    };
    let what = What::Statement { prior: text_of(prior)?.map(str::to_owned) };
    Ok(Some(Part { what, stands, applied, complaint }))
}

/// Takes our statement out. What others wrote beside it stays; if nothing did, the policy is as it was to the letter.
pub(in crate::aws::remedies) async fn restore(
    of: &Identity<'_>,
    case: &CaseId,
    prior: Option<&str>,
) -> Result<Option<String>, Fault> {
    let sid = sid(case);
    let before = prior.map(|text| read(of, text)).transpose()?;
    let mut policy = current(of).await?;
    match before.as_ref().and_then(|b| b.get(&sid)) {
        Some(statement) => policy.put(&sid, statement.clone()),
        None => policy.remove(&sid),
    }
    let text = match (prior, before) {
        (Some(text), Some(before)) if before == policy => text.to_owned(),
        (_, _) if policy.is_empty() => return of.delete_policy().await,
        (_, _) => policy.text(),
    };
    Ok(of.put_policy(&text).await?)
}

async fn current(of: &Identity<'_>) -> Result<Document, Fault> {
    of.policy().await?.map_or_else(|| Ok(Document::new()), |text| read(of, &text))
}

fn earlier(of: &Identity<'_>, prior: &Prior) -> Result<Document, Fault> {
    text_of(prior)?.map_or_else(|| Ok(Document::new()), |text| read(of, text))
}

fn text_of(prior: &Prior) -> Result<Option<&str>, Fault> {
    let Prior::Inline { document } = prior else {
        return Err(Fault::never(
            "the saved prior state is not one of an inline policy; nothing was written",
        ));
    };
    Ok(document.as_deref())
}

fn read(of: &Identity<'_>, text: &str) -> Result<Document, Fault> {
    Document::parse(text).ok_or_else(|| {
        let (whom, account) = (of.whom(), &of.target.account);
        Fault::never(format!(
            "account {account}: the policy {POLICY} of {whom} cannot be read; nothing was written"
        ))
    })
}

fn full(of: &Identity<'_>) -> Fault {
    let (whom, account, call) = (of.whom(), &of.target.account, of.op("Put"));
    let (noun, quota) = (of.sort.noun(), of.sort.quota());
    Fault::full(format!(
        "account {account}: the inline policies of {whom} have no room left ({quota} characters, {call}): \
         quarantine the {noun} instead"
    ))
}

fn wider(of: &Identity<'_>, sid: &str) -> Fault {
    let (whom, account) = (of.whom(), &of.target.account);
    Fault::never(format!(
        "account {account}: the statement {sid} in the policy {POLICY} cuts all sessions of {whom} already, up to an \
         earlier moment: revoke all sessions again, or undo that first; nothing was written"
    ))
}
