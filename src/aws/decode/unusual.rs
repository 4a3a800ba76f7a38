//! What GuardDuty never saw of this identity before, out of an anomaly's details.
//! Never here: what it saw often, or of other identities.

use super::json::{Node, cap};
use crate::case::finding::{Unusual, UnusualKind};
use serde_json::Value;

/// Kept of one finding, and of one kind: more is not read in ten seconds.
const KEPT: usize = 5;
const OF_A_KIND: usize = 2;

/// Characters kept of one value.
const LONGEST: usize = 80;

/// Parts of the members' names, in the order in which they help to decide.
const KINDS: [(&str, UnusualKind); 4] = [
    ("APIs", UnusualKind::Api),
    ("ASNs", UnusualKind::Network),
    ("UserAgents", UnusualKind::Client),
    ("Buckets", UnusualKind::Bucket),
];

/// What nobody of the account did before, this identity did not do before either.
const SCOPES: [&str; 2] = ["UserIdentityProfiling", "AccountProfiling"];

/// Since 2021 a list in a text, in `additionalInfo`; the API has that as JSON in a text, and in its model lists
/// (facts/findings.md 4.11).
pub(super) fn read(service: Node<'_>) -> Vec<Unusual> {
    let info = service.get("additionalInfo");
    let within =
        [info.get("value"), info].into_iter().find_map(|n| serde_json::from_str::<Value>(n.str()?).ok());
    let places = [Some(info), within.as_ref().map(Node::new)];
    let behavior = places.into_iter().flatten().map(|place| place.get("unusualBehavior"));
    let mut found = behavior.filter(|n| n.is_there()).map(from_text).find(|all| !all.is_empty());
    if found.is_none() {
        found = Some(from_model(service.at("detection.anomaly.unusual.behavior")));
    }
    let mut found = found.unwrap_or_default();
    found.truncate(KEPT);
    found
}

fn from_text(behavior: Node<'_>) -> Vec<Unusual> {
    let mut all = vec![];
    for (part, kind) in KINDS {
        let listed = SCOPES.iter().filter_map(|scope| behavior.get(&format!("unusual{part}{scope}")).str());
        add(&mut all, kind, listed.flat_map(|list| split(kind, list)));
    }
    all
}

/// Scope, then kind, then what was observed. The names of the two are in no document: they are known by what they
/// have in common with the text's.
fn from_model(behavior: Node<'_>) -> Vec<Unusual> {
    let scopes = || behavior.object().into_iter().flat_map(|scopes| scopes.values());
    let mut all = vec![];
    for (part, kind) in KINDS {
        let named = |key: &str| {
            let plain: String = key.chars().filter(char::is_ascii_alphabetic).collect();
            plain.to_ascii_lowercase().contains(&part.trim_end_matches('s').to_ascii_lowercase())
        };
        let kinds = scopes().filter_map(Value::as_object).flatten().filter(|(key, _)| named(key));
        let seen = kinds.flat_map(|(_, seen)| Node::new(seen).at("observations.text").items());
        add(&mut all, kind, seen.filter_map(Node::str));
    }
    all
}

fn split(kind: UnusualKind, list: &str) -> std::str::Split<'_, &'static str> {
    match kind {
        UnusualKind::Api => list.split(","),
        // Names of networks and clients have commas of their own, with no space in front.
        UnusualKind::Network | UnusualKind::Client | UnusualKind::Bucket => list.split(" , "),
    }
}

fn add<'a>(all: &mut Vec<Unusual>, kind: UnusualKind, values: impl Iterator<Item = &'a str>) {
    let mut taken = 0;
    for value in values.map(str::trim).filter(|value| !value.is_empty()) {
        let value = if kind == UnusualKind::Network { network(value) } else { cap(value, LONGEST) };
        if all.iter().all(|known| known.value != value) {
            all.push(Unusual { kind, value });
            taken += 1;
        }
        if taken == OF_A_KIND {
            return;
        }
    }
}

/// `asnNumber: 64500 asnOrg: Example Transit` as people write it.
fn network(value: &str) -> String {
    let parts = value.strip_prefix("asnNumber:").and_then(|rest| rest.split_once("asnOrg:"));
    let short = parts.map(|(number, org)| format!("AS{} {}", number.trim(), org.trim()));
    cap(short.as_deref().unwrap_or(value), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn behavior() -> Value {
        json!({
            "unusualAPIsAccountProfiling": "GetSecretValue",
            "unusualAPIsUserIdentityProfiling": "GetSecretValue , ListSecrets,DescribeSecret",
            "unusualASNsAccountProfiling": "",
            "unusualASNsUserIdentityProfiling": "asnNumber: 64500 asnOrg: Example Transit, Inc. , odd one",
            "unusualUserAgentsUserIdentityProfiling": "Mozilla/5.0 (KHTML, like Gecko)",
            "unusualBucketsUserIdentityProfiling": "payroll",
            "unusualUserNamesAccountProfiling": "ana",
            "isUnusualUserIdentity": "false"
        })
    }

    fn shown(service: &Value) -> Vec<String> {
        read(Node::new(service)).into_iter().map(|one| format!("{:?} {}", one.kind, one.value)).collect()
    }

    const EXPECTED: [&str; 5] = [
        "Api GetSecretValue",
        "Api ListSecrets",
        "Network AS64500 Example Transit, Inc.",
        "Network odd one",
        "Client Mozilla/5.0 (KHTML, like Gecko)",
    ];

    #[test]
    fn the_same_from_an_event_and_from_the_api() {
        let event = json!({ "additionalInfo": { "unusualBehavior": behavior(), "type": "default" } });
        assert_eq!(shown(&event), EXPECTED);
        let text = json!({ "unusualBehavior": behavior() }).to_string();
        assert_eq!(shown(&json!({ "AdditionalInfo": { "Value": text, "Type": "default" } })), EXPECTED);
    }

    #[test]
    fn the_models_lists_are_read_where_there_is_no_text() {
        let seen = |text: &str| json!({ "profileSubtype": "UNSEEN", "observations": { "text": [text] } });
        let behavior = json!({
            "userIdentity": { "api": seen("GetSecretValue"), "user_agent": seen("curl"), "hour": seen("3") },
            "account": { "asnOrg": seen("Example Transit"), "api": seen("GetSecretValue"), "bucket": 7 },
        });
        let service = json!({ "detection": { "anomaly": { "unusual": { "behavior": behavior } } } });
        assert_eq!(shown(&service), ["Api GetSecretValue", "Network Example Transit", "Client curl"]);
    }

    #[test]
    fn what_is_there_before_an_anomaly_or_is_no_anomaly_is_nothing() {
        for info in [
            json!({ "unusual": { "isps": "amazon.com" } }),
            json!({ "unusual": 22, "value": "{" }),
            json!({ "unusualBehavior": "x" }),
            json!({ "unusualBehavior": { "unusualAPIsAccountProfiling": "" } }),
            json!({ "unusualBehavior": { "unusualAPIsAccountProfiling": { "a": 1 } } }),
            // A database's: logins, not calls.
            json!({ "unusualBehavior": { "unusualASNClusterProfiling": { "asnOrg": "x" } } }),
            json!("text"),
        ] {
            assert_eq!(shown(&json!({ "additionalInfo": info })), [""; 0]);
        }
    }

    /// Whoever acts chooses their client's name.
    #[test]
    fn long_and_many_values_are_cut() {
        let filler = "\u{202e}<!channel>".repeat(10_000);
        let many: Vec<String> = (0..10_000).map(|n| format!("Call{n}")).collect();
        let service = json!({ "additionalInfo": { "unusualBehavior": {
            "unusualUserAgentsUserIdentityProfiling": filler,
            "unusualAPIsUserIdentityProfiling": many.join(","),
            "unusualASNsAccountProfiling": format!("asnNumber: 1 asnOrg: {filler}"),
        } } });
        let all = read(Node::new(&service));
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|one| one.value.chars().count() <= LONGEST), "{all:?}");
    }
}
