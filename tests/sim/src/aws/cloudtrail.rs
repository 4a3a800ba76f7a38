//! CloudTrail's `LookupEvents` over the records that were put in, newest first, each Region for itself.
//!
//! Records are the JSON of `CloudTrailEvent`; the fields beside it are derived from them here.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::State;
use super::server::{Call, Wrong};

pub(super) fn lookup(state: &State, call: &Call<'_>) -> Result<Value, Wrong> {
    let attributes = call.body["LookupAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
    if attributes.len() > 1 {
        let said = "You can only specify one lookup attribute.";
        return Err(Wrong::new(400, "InvalidLookupAttributesException", said));
    }
    let limit = call.body["MaxResults"].as_u64().unwrap_or(50);
    if limit == 0 || limit > 50 {
        return Err(Wrong::new(400, "InvalidMaxResultsException", "MaxResults must be from 1 to 50"));
    }
    let start = match call.body["NextToken"].as_str() {
        None => 0,
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| Wrong::new(400, "InvalidNextTokenException", "The token is invalid"))?,
    };
    let (from, to) = (&call.body["StartTime"], &call.body["EndTime"]);
    let mut found: Vec<Value> = state
        .events
        .iter()
        .filter(|(region, _)| region == call.region)
        .map(|(_, record)| event(record))
        .filter(|event| attributes.iter().all(|attribute| has(event, attribute)))
        .filter(|event| {
            let at = event["EventTime"].as_f64().unwrap_or_default();
            from.as_f64().is_none_or(|from| at >= from) && to.as_f64().is_none_or(|to| at <= to)
        })
        .collect();
    found.sort_by(|one, other| {
        let at = |event: &Value| event["EventTime"].as_f64().unwrap_or_default();
        at(other).total_cmp(&at(one))
    });
    let page: Vec<&Value> = found.iter().skip(start).take(usize::try_from(limit).unwrap_or(50)).collect();
    let end = start + page.len();
    let mut answer = json!({ "Events": page });
    if end < found.len() {
        answer["NextToken"] = json!(end.to_string());
    }
    Ok(answer)
}

fn event(record: &Value) -> Value {
    let identity = &record["userIdentity"];
    let time = record["eventTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    // A session's name is the last part of its ARN; a user has a name of its own.
    let session = identity["arn"].as_str().and_then(|arn| arn.rsplit('/').next());
    let mut event = json!({
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": time.map_or(0, Timestamp::as_second),
        "ReadOnly": record["readOnly"].as_bool().unwrap_or(false).to_string(),
        "Resources": [],
        "CloudTrailEvent": record.to_string(),
    });
    if let Some(name) = identity["userName"].as_str().or(session) {
        event["Username"] = json!(name);
    }
    if let Some(key) = identity["accessKeyId"].as_str() {
        event["AccessKeyId"] = json!(key);
    }
    let resources = record["resources"].as_array().into_iter().flatten();
    let shown = |resource: &Value| {
        let name = resource["ARN"].as_str().or(resource["resourceName"].as_str());
        json!({ "ResourceType": resource["type"].as_str().unwrap_or_default(), "ResourceName": name.unwrap_or_default() })
    };
    event["Resources"] = resources.map(shown).collect();
    event
}

fn has(event: &Value, attribute: &Value) -> bool {
    let wanted = &attribute["AttributeValue"];
    match attribute["AttributeKey"].as_str().unwrap_or_default() {
        "ResourceName" | "ResourceType" => {
            let key = attribute["AttributeKey"].as_str().unwrap_or_default();
            event["Resources"].as_array().into_iter().flatten().any(|resource| resource[key] == *wanted)
                // Requests name resources too, such as the user whose key was made; CloudTrail indexes those.
                || event["CloudTrailEvent"].as_str().is_some_and(|record| {
                    key == "ResourceName" && wanted.as_str().is_some_and(|name| record.contains(&format!("\"{name}\"")))
                })
        }
        key @ ("EventId" | "EventName" | "ReadOnly" | "Username" | "EventSource" | "AccessKeyId") => {
            event[key] == *wanted
        }
        _ => false,
    }
}
