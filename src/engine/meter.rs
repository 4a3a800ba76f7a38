//! What is counted and logged when: the entries of a saved group, and effects that came back.
//! Never here: the metrics themselves.

use crate::case::CaseId;
use crate::case::effect::{Destination, Want};
use crate::case::entry::{Entry, EntryKind};
use crate::case::event::Outcome;
use crate::case::prompt::Verdict;
use crate::inbox::RefusalReason;
use crate::metrics::{Metrics, PromptResult, RemedyResult};
use serde_json::Value;

pub(super) fn refused(metrics: &Metrics, reason: RefusalReason) {
    metrics.refused(reason.as_str());
}

/// What was saved can be found in the metrics, and what somebody may look for in the log, as the audit tells it.
/// Replies are counted by what they mean, too.
pub(super) fn entry(metrics: &Metrics, entry: &Entry) {
    let (kind, data) = (entry.kind.as_str(), &entry.data);
    metrics.audit(kind);
    if !entry.kind.is_calm() {
        let case = entry.case.as_ref().map(CaseId::as_str);
        tracing::info!(case, kind, actor = %entry.actor, %data, "audit");
    }
    if entry.kind == EntryKind::ReplyAccepted
        && let Some(verdict) = verdict(data)
    {
        metrics.reply(verdict);
    }
}

fn verdict(data: &Value) -> Option<Verdict> {
    let ticked = |fact: &str| data["detail"][fact].as_bool().unwrap_or(false);
    match data["choice"].as_str()? {
        "not-mine" => Some(Verdict::NotMine),
        "unsure" => Some(Verdict::Unsure),
        "facts" if ["call", "time", "source"].into_iter().all(ticked) => Some(Verdict::Mine),
        "facts" => Some(Verdict::Partial),
        _ => None,
    }
}

pub(super) fn effect(metrics: &Metrics, want: &Want, outcome: &Outcome) {
    let failed = outcome.failure().is_some();
    match want {
        Want::Post { to: Destination::Person { .. }, .. } => {
            metrics.prompt(if failed { PromptResult::Failed } else { PromptResult::Delivered });
        }
        Want::Apply { remedy, .. } => {
            metrics.remedy(*remedy, if failed { RemedyResult::Failed } else { RemedyResult::Applied });
        }
        Want::Verify { acts, .. } => {
            let good = *outcome == Outcome::Verified { lost: vec![] };
            acts.iter().filter(|_| good).for_each(|a| metrics.remedy(a.remedy, RemedyResult::Verified));
        }
        Want::Undo { acts, .. } => {
            let refused = if let Outcome::UndoRefused { .. } = outcome { true } else { failed };
            let result = if refused { RemedyResult::UndoRefused } else { RemedyResult::Undone };
            acts.iter().for_each(|a| metrics.remedy(a.remedy, result));
        }
        Want::Page { alarm } => metrics.page(alarm.signal.as_str(), !failed),
        Want::Confirm { .. }
        | Want::FindOwner { .. }
        | Want::Investigate { .. }
        | Want::Reserve { .. }
        | Want::Post { .. }
        | Want::Update { .. }
        | Want::Whisper { .. }
        | Want::OpenView { .. }
        | Want::Prepare { .. }
        | Want::Archive { .. }
        | Want::Cancel { .. } => {}
    }
}
