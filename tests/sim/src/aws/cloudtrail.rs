//! CloudTrail's `LookupEvents` over the records that were put in: newest first, each account and Region for itself, the
//! last ninety days, at most fifty a page, and, if told so, no more than so many calls a second.
//!
//! Records are the JSON of `CloudTrailEvent`; the fields beside it are derived from them here, as CloudTrail does for the
//! events that `vouch` reads.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::State;
use super::server::{Call, Wrong};
use crate::rt;

/// The history's length (CloudTrail user guide, event history).
const HISTORY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What can be looked up (CloudTrail API reference, `LookupAttribute`).
const KEYS: [&str; 8] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
];

/// Where a record names things, and of which type.
const THINGS: [(&str, &str); 13] = [
    ("/responseElements/credentials/accessKeyId", "AWS::IAM::AccessKey"),
    ("/responseElements/assumedRoleUser/assumedRoleId", "AWS::STS::AssumedRole"),
    ("/responseElements/assumedRoleUser/arn", "AWS::STS::AssumedRole"),
    ("/requestParameters/roleArn", "AWS::IAM::Role"),
    ("/responseElements/accessKey/accessKeyId", "AWS::IAM::AccessKey"),
    ("/requestParameters/accessKeyId", "AWS::IAM::AccessKey"),
    ("/requestParameters/userName", "AWS::IAM::User"),
    ("/responseElements/user/arn", "AWS::IAM::User"),
    ("/requestParameters/roleName", "AWS::IAM::Role"),
    ("/responseElements/role/arn", "AWS::IAM::Role"),
    ("/requestParameters/groupName", "AWS::IAM::Group"),
    ("/requestParameters/policyArn", "AWS::IAM::Policy"),
    ("/requestParameters/bucketName", "AWS::S3::Bucket"),
];

pub(super) fn lookup(state: &mut State, call: &Call<'_>) -> Result<Value, Wrong> {
    let now = rt::now();
    throttle(state, call, now)?;
    let attributes = attributes(call)?;
    let told = Some(&call.body["MaxResults"]).filter(|told| !told.is_null());
    let limit = told.map_or(Some(50), |told| told.as_u64().filter(|limit| (1..=50).contains(limit)));
    let Some(limit) = limit else {
        return Err(Wrong::new(400, "InvalidMaxResultsException", "MaxResults must be from 1 to 50"));
    };
    let (from, to) = (call.body["StartTime"].as_f64(), call.body["EndTime"].as_f64());
    if from.is_some_and(|from| to.is_some_and(|to| from > to)) {
        let said = "The start time must not be after the end time.";
        return Err(Wrong::new(400, "InvalidTimeRangeException", said));
    }
    let start = start(call)?;
    let mut found: Vec<Value> = state
        .events
        .iter()
        .filter(|(region, record)| region == call.region && is_of(record, call.account))
        .map(|(_, record)| event(record))
        .filter(|event| attributes.iter().all(|attribute| has(event, attribute)))
        .filter(|event| {
            let at = event["EventTime"].as_f64().unwrap_or_default();
            let kept = at >= seconds(now - HISTORY);
            kept && from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to)
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
        answer["NextToken"] = json!(format!("{end}.{}", digest(call)));
    }
    Ok(answer)
}

/// The limit is the account's and Region's, whoever calls.
fn throttle(state: &mut State, call: &Call<'_>, now: Timestamp) -> Result<(), Wrong> {
    let Some(limit) = state.lookups_per_second else { return Ok(()) };
    let place = (call.account.unwrap_or_default().to_owned(), call.region.to_owned());
    let lately = state.lookups.entry(place).or_default();
    lately.retain(|at| now.duration_since(*at) < SignedDuration::from_secs(1));
    if lately.len() >= limit {
        return Err(Wrong::new(400, "ThrottlingException", "Rate exceeded"));
    }
    lately.push(now);
    Ok(())
}

fn attributes<'a>(call: &'a Call<'_>) -> Result<&'a [Value], Wrong> {
    let attributes = call.body["LookupAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wrong = |said| Err(Wrong::new(400, "InvalidLookupAttributesException", said));
    if attributes.len() > 1 {
        return wrong("You can only specify one lookup attribute.");
    }
    for attribute in attributes {
        if !attribute["AttributeKey"].as_str().is_some_and(|key| KEYS.contains(&key)) {
            return wrong("The lookup attribute key is not one of those that can be looked up.");
        }
        if !attribute["AttributeValue"].as_str().is_some_and(|value| (1..=2000).contains(&value.len())) {
            return wrong("The lookup attribute value must have from 1 to 2000 characters.");
        }
    }
    Ok(attributes)
}

/// A token goes with the very question that it came from.
fn start(call: &Call<'_>) -> Result<usize, Wrong> {
    let Some(token) = call.body["NextToken"].as_str() else { return Ok(0) };
    let read = token.split_once('.').filter(|(_, asked)| *asked == digest(call));
    let start = read.and_then(|(start, _)| start.parse().ok());
    start.ok_or_else(|| Wrong::new(400, "InvalidNextTokenException", "The token is invalid"))
}

fn digest(call: &Call<'_>) -> String {
    let asked = ["LookupAttributes", "StartTime", "EndTime"].map(|key| call.body[key].to_string());
    hex::encode(&Sha256::digest(asked.join("|").as_bytes())[..8])
}

/// Whose trail it is in; without an account known all are one.
fn is_of(record: &Value, account: Option<&str>) -> bool {
    let owner = record["recipientAccountId"].as_str().or(record["userIdentity"]["accountId"].as_str());
    account.is_none_or(|account| owner.is_none_or(|owner| owner == account))
}

fn event(record: &Value) -> Value {
    let time = record["eventTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    let mut event = json!({
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": time.map_or(0, Timestamp::as_second),
        "ReadOnly": record["readOnly"].as_bool().unwrap_or(false).to_string(),
        "Resources": things(record),
        "CloudTrailEvent": record.to_string(),
    });
    if let Some(name) = username(&record["userIdentity"]) {
        event["Username"] = json!(name);
    }
    if let Some(key) = record["userIdentity"]["accessKeyId"].as_str() {
        event["AccessKeyId"] = json!(key);
    }
    event
}

/// A session is known by its own name and never by its role's.
fn username(identity: &Value) -> Option<&str> {
    match identity["type"].as_str() {
        Some("AssumedRole") => identity["principalId"].as_str()?.split_once(':').map(|(_, session)| session),
        Some("Root") => Some("root"),
        Some(_) | None => identity["userName"].as_str(),
    }
}

fn things(record: &Value) -> Vec<Value> {
    let mut things: Vec<(String, String)> = vec![];
    let mut put = |kind: &str, name: Option<&str>| {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        if things.iter().all(|(_, known)| known != name) {
            things.push((kind.to_owned(), name.to_owned()));
        }
    };
    for resource in record["resources"].as_array().into_iter().flatten() {
        let name = resource["ARN"].as_str().or(resource["resourceName"].as_str());
        put(resource["type"].as_str().unwrap_or_default(), name);
    }
    for (path, kind) in THINGS {
        put(kind, record.pointer(path).and_then(Value::as_str));
    }
    let launched = record.pointer("/responseElements/instancesSet/items");
    for instance in launched.and_then(Value::as_array).into_iter().flatten() {
        put("AWS::EC2::Instance", instance["instanceId"].as_str());
    }
    let shown = |(kind, name): (String, String)| json!({ "ResourceType": kind, "ResourceName": name });
    things.into_iter().map(shown).collect()
}

fn has(event: &Value, attribute: &Value) -> bool {
    let wanted = &attribute["AttributeValue"];
    match attribute["AttributeKey"].as_str().unwrap_or_default() {
        key @ ("ResourceName" | "ResourceType") => {
            event["Resources"].as_array().into_iter().flatten().any(|resource| resource[key] == *wanted)
        }
        key => event[key] == *wanted,
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this century fit")]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}
