//! A finding in GuardDuty's own shape, in either spelling, into ours.
//! Never here: envelopes, or Security Hub's format.

use super::form::{ENVELOPE_TIME, name_of};
use super::json::{LONG, Node, SHORT, quote};
use super::{activity, principal, resource};
use crate::case::finding::{Finding, Form};
use crate::case::principal::{AccountId, Partition, Region};
use jiff::Timestamp;
use serde_json::Value;

/// Names that GuardDuty or Security Hub no longer use -> the name of today
/// (GuardDuty document history; Security Hub integration page, 2022 and now).
const RENAMED: [(&str, &str); 2] = [
    (
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration",
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    ),
    ("Trojan:EC2/DNSDataExfiltration!DNS", "Trojan:EC2/DNSDataExfiltration"),
];

/// For bodies without one: neither enough for rules that wait for "high", nor so little that it is waved through.
const NO_SEVERITY: f64 = 4.0;

/// What every reader of a part of the finding needs to know about the whole.
pub(super) struct Place {
    pub(super) kind: String,
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) partition: Partition,
}

/// The finding, or a sentence that names every field it cannot do without.
pub(super) fn read(value: &Value, form: Form) -> Result<Finding, String> {
    let node = Node::new(value);
    let id = node.get("id").text_of(SHORT + 1).filter(|id| id.chars().count() <= SHORT);
    let (id, place) = match (id, place(node)) {
        (Some(id), Ok(place)) => (id, place),
        (Some(_), Err(lacks)) => return Err(format!("{}: {}", name_of(node), lacks.join(", "))),
        (None, lacks) => {
            let mut all = vec!["id is missing or too long".to_owned()];
            all.extend(lacks.err().unwrap_or_default());
            return Err(format!("{}: {}", name_of(node), all.join(", ")));
        }
    };
    let service = node.get("service");
    let (created, first, last) = times(node);
    let updated = node.get("updatedAt").time().or(created).or(last).or(node.get(ENVELOPE_TIME).time());
    Ok(Finding {
        id,
        severity: node.get("severity").number().unwrap_or(NO_SEVERITY).clamp(0.0, 10.0),
        title: node.get("title").text().unwrap_or_default(),
        description: node.get("description").text_of(LONG).unwrap_or_default(),
        // Without any time it is older than every other version of itself.
        updated_at: updated.unwrap_or(Timestamp::UNIX_EPOCH),
        first_seen: first,
        last_seen: last,
        count: count(service.get("count")),
        sample: is_sample(node),
        archived: service.get("archived").flag().or(node.get("archived").flag()).unwrap_or(false),
        form,
        principal: principal::read(node, &place),
        resource: resource::read(node, &place),
        activity: activity::read(service),
        kind: place.kind,
        account: place.account,
        region: place.region,
        partition: place.partition,
    })
}

fn place(node: Node<'_>) -> Result<Place, Vec<String>> {
    let kind = node.get("type").text_of(SHORT + 1).filter(|kind| kind.chars().count() <= SHORT);
    let kind = kind.ok_or_else(|| "type is missing or too long".to_owned());
    let account = field(node, "accountId", "twelve digits", AccountId::parse);
    let region = field(node, "region", "the name of a Region", Region::parse);
    let partition = match node.get("partition").is_there() {
        true => field(node, "partition", "a partition we know", Partition::parse).map(Some),
        false => Ok(None),
    };
    match (kind, account, region, partition) {
        (Ok(kind), Ok(account), Ok(region), Ok(partition)) => {
            let partition = partition.unwrap_or_else(|| region.partition());
            Ok(Place { kind: current_name(kind), account, region, partition })
        }
        (kind, account, region, partition) => {
            Err([kind.err(), account.err(), region.err(), partition.err()].into_iter().flatten().collect())
        }
    }
}

fn field<T>(node: Node<'_>, key: &str, shape: &str, parse: fn(&str) -> Option<T>) -> Result<T, String> {
    let text = node.get(key).text().ok_or_else(|| format!("{key} is missing"))?;
    parse(text.trim()).ok_or_else(|| format!("{key} {} is not {shape}", quote(&text)))
}

fn current_name(kind: String) -> String {
    let renamed = RENAMED.iter().find(|(old, _)| *old == kind.trim());
    renamed.map_or_else(|| kind.trim().to_owned(), |(_, now)| (*now).to_owned())
}

fn times(node: Node<'_>) -> (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>) {
    let service = node.get("service");
    let created = node.get("createdAt").time();
    (created, service.get("eventFirstSeen").time(), service.get("eventLastSeen").time())
}

fn count(node: Node<'_>) -> u64 {
    let whole = node.value().and_then(Value::as_u64);
    // `as` saturates: a negative or absurd count becomes the nearest one there is.
    whole.or_else(|| node.number().map(|n| n as u64)).unwrap_or(1).max(1)
}

/// The flag in each of its places, or ids that only a sample has (facts/findings.md 4.1 and 4.2).
fn is_sample(node: Node<'_>) -> bool {
    let info = node.at("service.additionalInfo");
    let said = [info.get("value"), info].into_iter().any(|text| {
        let inner = text.str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        inner.as_ref().is_some_and(|value| Node::new(value).get("sample").flag() == Some(true))
    });
    said || info.get("sample").flag() == Some(true) || has_sample_ids(node)
}

/// Only values that AWS fills in. A user name, bucket, tag or network owner of that spelling proves nothing:
/// whoever can choose it would choose it to have their finding taken for a sample.
fn has_sample_ids(node: Node<'_>) -> bool {
    let key = node.at("resource.accessKeyDetails");
    let actions = ["awsApiCallAction", "networkConnectionAction", "kubernetesApiCallAction"];
    let city =
        |action: &&str| node.at("service.action").get(action).at("remoteIpDetails.city.cityName").str();
    key.get("accessKeyId").str() == Some("GeneratedFindingAccessKeyId")
        || key.get("principalId").str() == Some("GeneratedFindingPrincipalId")
        || node.at("resource.instanceDetails.instanceId").str() == Some("i-99999999")
        || actions.iter().any(|action| city(action) == Some("GeneratedFindingCityName"))
}
