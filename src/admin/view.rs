//! A case as `/v1/cases` and `cases --json` show it. The names are part of the outside interface.
//! Never here: what the interface does not name; texts of people and messages stay inside.

use crate::case::owner::Confidence;
use crate::case::principal::PrincipalKind;
use crate::case::prompt::{PromptState, Verdict};
use crate::case::remedy::{Act, ActState, Remedy};
use crate::case::state::{Case, Closing, Seen, Stage};
use jiff::Timestamp;
use serde::Serialize;

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseView {
    pub id: String,
    pub stage: Stage,
    pub outcome: Option<Closing>,
    pub account: String,
    pub region: String,
    pub principal: PrincipalView,
    /// An ARN.
    pub resource: Option<String>,
    pub severity: f64,
    /// The last ones; the case may have had more.
    pub findings: Vec<Seen>,
    pub owner: Option<OwnerView>,
    pub prompts: Vec<PromptView>,
    pub verdict: Option<Verdict>,
    pub remedies: Vec<RemedyView>,
    pub opened_at: Timestamp,
    pub deadline: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrincipalView {
    /// The STS session ARN for sessions.
    pub arn: Option<String>,
    pub kind: PrincipalKind,
    pub access_key_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerView {
    pub slack_user: String,
    pub source: &'static str,
    pub confidence: Confidence,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptView {
    pub person: String,
    pub sent_at: Option<Timestamp>,
    pub state: PromptState,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RemedyView {
    pub name: Remedy,
    pub state: ActState,
    pub applied_at: Option<Timestamp>,
    /// Seconds from the opening of the case to the write.
    pub contained_after: Option<f64>,
}

/// How the outside sees this case.
pub fn view(case: &Case) -> CaseView {
    let p = &case.finding.principal;
    let principal = PrincipalView {
        arn: p.arn(),
        kind: case.kind(),
        access_key_id: p.access_key.as_ref().map(|key| key.as_str().to_owned()),
    };
    let owner = case.owner().map(|candidate| OwnerView {
        slack_user: candidate.person.to_string(),
        source: candidate.source.as_str(),
        confidence: candidate.confidence,
    });
    let prompts = case.prompts.iter().map(|prompt| PromptView {
        person: prompt.person.to_string(),
        sent_at: prompt.sent_at,
        state: prompt.state,
    });
    CaseView {
        id: case.id.to_string(),
        stage: case.stage,
        outcome: case.closing,
        account: case.finding.account.to_string(),
        region: case.finding.region.to_string(),
        principal,
        resource: case.finding.resource.as_ref().and_then(|r| r.arn()).map(str::to_owned),
        severity: case.finding.severity,
        findings: case.seen.clone(),
        owner,
        prompts: prompts.collect(),
        verdict: case.verdict,
        remedies: case.plans.iter().flat_map(|plan| &plan.acts).map(|act| remedy(case, act)).collect(),
        opened_at: case.opened_at,
        deadline: case.deadline,
        closed_at: case.closed_at,
    }
}

fn remedy(case: &Case, act: &Act) -> RemedyView {
    let applied_at = act.receipt.as_ref().map(|receipt| receipt.applied_at);
    RemedyView {
        name: act.remedy,
        state: act.state,
        applied_at,
        contained_after: applied_at.map(|at| at.duration_since(case.opened_at).as_secs_f64()),
    }
}
