//! GuardDuty: detectors, listing, getting, archiving and judging findings, each Region for itself.
//!
//! Which findings fit a criterion is decided in `criteria`.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::server::{Call, Wrong};
use super::{Feedback, Held, State, criteria};

/// Ids per call.
const MOST: usize = 50;

pub(super) fn perform(state: &mut State, call: &Call<'_>) -> Result<Value, Wrong> {
    let own = detector(state, call.region);
    if call.operation == "ListDetectors" {
        return Ok(json!({ "detectorIds": own.into_iter().collect::<Vec<_>>() }));
    }
    if own.is_none_or(|own| own != call.detector) {
        let said =
            "The request is rejected because the input detectorId is not owned by the current account.";
        return Err(bad(said));
    }
    match call.operation {
        "GetDetector" => Ok(json!({
            "createdAt": "2026-01-01T00:00:00.000Z",
            "findingPublishingFrequency": "FIFTEEN_MINUTES",
            "serviceRole": "arn:aws:iam::000000000000:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
            "status": "ENABLED",
        })),
        "ListFindings" => list(state, call),
        "GetFindings" => {
            let ids = ids(&call.body)?;
            let known = ids.iter().filter_map(|id| state.findings.get(*id));
            let found: Vec<&Value> =
                known.filter(|held| here(held, call)).map(|held| &held.finding).collect();
            Ok(json!({ "findings": found }))
        }
        "ArchiveFindings" => each(state, call, |held| held.finding["service"]["archived"] = json!(true)),
        "UnarchiveFindings" => each(state, call, |held| held.finding["service"]["archived"] = json!(false)),
        "UpdateFindingsFeedback" => judge(state, call),
        _ => Err(bad("no such operation")),
    }
}

/// A Region's detector id: what was set, else 32 hex digits that follow from the Region's name.
pub(super) fn detector(state: &State, region: &str) -> Option<String> {
    let usual = || Some(hex::encode(Sha256::digest(region)).chars().take(32).collect());
    state.detectors.get(region).cloned().unwrap_or_else(usual)
}

fn bad(message: &str) -> Wrong {
    Wrong::new(400, "BadRequestException", message)
}

fn here(held: &Held, call: &Call<'_>) -> bool {
    held.finding["region"].as_str().is_none_or(|region| region == call.region)
}

fn ids(body: &Value) -> Result<Vec<&str>, Wrong> {
    let listed = body["findingIds"].as_array().ok_or_else(|| bad("findingIds is required"))?;
    if listed.len() > MOST {
        return Err(bad("The request is rejected because more than 50 finding ids were given."));
    }
    listed.iter().map(|id| id.as_str().ok_or_else(|| bad("findingIds must hold texts"))).collect()
}

/// Ids that GuardDuty does not know are passed over without an error.
fn each(state: &mut State, call: &Call<'_>, change: impl Fn(&mut Held)) -> Result<Value, Wrong> {
    for id in ids(&call.body)? {
        if let Some(held) = state.findings.get_mut(id).filter(|held| here(held, call)) {
            change(held);
        }
    }
    Ok(json!({}))
}

fn judge(state: &mut State, call: &Call<'_>) -> Result<Value, Wrong> {
    let feedback = call.body["feedback"].as_str().unwrap_or_default().to_owned();
    if feedback != "USEFUL" && feedback != "NOT_USEFUL" {
        return Err(bad("feedback must be USEFUL or NOT_USEFUL"));
    }
    let given = Feedback { feedback: feedback.clone(), comments: call.body["comments"].clone() };
    each(state, call, |held| {
        held.finding["service"]["userFeedback"] = json!(feedback);
        held.feedback = Some(given.clone());
    })
}

fn list(state: &State, call: &Call<'_>) -> Result<Value, Wrong> {
    let limit = call.body["maxResults"].as_u64().unwrap_or(50);
    if limit == 0 || limit > 50 {
        return Err(bad("maxResults must be from 1 to 50"));
    }
    let start = match call.body["nextToken"].as_str() {
        None | Some("") => 0,
        Some(token) => token.parse::<usize>().map_err(|_| bad("invalid nextToken"))?,
    };
    let criterion = &call.body["findingCriteria"]["criterion"];
    let mut fitting: Vec<&Value> = Vec::new();
    for held in state.findings.values().filter(|held| here(held, call)) {
        if criteria::fits(&held.finding, criterion).map_err(|problem| bad(&problem))? {
            fitting.push(&held.finding);
        }
    }
    if let Some(attribute) = call.body["sortCriteria"]["attributeName"].as_str() {
        fitting.sort_by_key(|finding| criteria::sort_key(finding, attribute));
        if call.body["sortCriteria"]["orderBy"] == "DESC" {
            fitting.reverse();
        }
    }
    let page: Vec<&Value> = fitting
        .iter()
        .skip(start)
        .take(usize::try_from(limit).unwrap_or(MOST))
        .map(|finding| &finding["id"])
        .collect();
    let end = start + page.len();
    let next = if end < fitting.len() { end.to_string() } else { String::new() };
    Ok(json!({ "findingIds": page, "nextToken": next }))
}
