//! What GuardDuty reports in a story, and the forms in which it reaches a queue.
//! Never here: how `vouch` reads it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where every story takes place.
pub(crate) const REGION: &str = "us-east-1";
/// The emulator's only account.
pub(crate) const ACCOUNT: &str = "000000000000";

/// One finding in GuardDuty's own camelCase.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    json: Value,
}

/// How it is wrapped on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    EventBridge,
    /// EventBridge inside an SNS envelope.
    Sns,
    Raw,
    /// As the AWS CLI prints it.
    Pascal,
}

/// The credential that a finding speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Accused {
    pub(crate) user: String,
    pub(crate) unique_id: String,
    pub(crate) key: String,
}

impl Report {
    /// An unusual call of low severity with this credential, half a minute ago, from a documentation address.
    pub(crate) fn about(accused: &Accused) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}{:024x}", std::process::id(), n);
        let then = ago(30);
        // Before the user was made, however slow the machine: what is younger than its activity is another one.
        let first = ago(3600);
        let json = json!({
            "schemaVersion": "2.0",
            "accountId": ACCOUNT,
            "region": REGION,
            "partition": "aws",
            "id": id,
            "arn": format!("arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/d/finding/{id}"),
            "type": "Discovery:IAMUser/AnomalousBehavior",
            "severity": 2,
            "createdAt": then,
            "updatedAt": then,
            "title": format!("User {} called an unusual API", accused.user),
            "description": "APIs commonly used to discover resources were called in an unusual way.",
            "resource": {
                "resourceType": "AccessKey",
                "accessKeyDetails": {
                    "accessKeyId": accused.key,
                    "principalId": accused.unique_id,
                    "userName": accused.user,
                    "userType": "IAMUser",
                },
            },
            "service": {
                "serviceName": "guardduty",
                "detectorId": "d",
                "archived": false,
                "count": 1,
                "eventFirstSeen": first,
                "eventLastSeen": then,
                "resourceRole": "TARGET",
                "additionalInfo": {},
                "action": {
                    "actionType": "AWS_API_CALL",
                    "awsApiCallAction": {
                        "api": "ListBuckets",
                        "serviceName": "s3.amazonaws.com",
                        "callerType": "Remote IP",
                        "remoteIpDetails": {
                            "ipAddressV4": "198.51.100.7",
                            "country": {"countryName": "Netherlands"},
                            "city": {"cityName": "Amsterdam"},
                            "geoLocation": {"lat": 52.4, "lon": 4.9},
                            "organization": {"asn": "64496", "asnOrg": "Example", "isp": "Example", "org": "Example"},
                        },
                        "affectedResources": {},
                    },
                },
            },
        });
        Self { json }
    }

    /// An instance that asks for a mining pool's address.
    pub(crate) fn mining(instance: &str) -> Self {
        let nobody = Accused { user: String::new(), unique_id: String::new(), key: String::new() };
        let mut report = Self::about(&nobody);
        report.json["type"] = json!("CryptoCurrency:EC2/BitcoinTool.B!DNS");
        report.json["title"] = json!(format!("EC2 instance {instance} is querying a mining pool."));
        report.json["resource"] =
            json!({"resourceType": "Instance", "instanceDetails": {"instanceId": instance}});
        report.json["service"]["resourceRole"] = json!("ACTOR");
        report.json["service"]["action"] = json!({
            "actionType": "DNS_REQUEST",
            "dnsRequestAction": {"domain": "pool.example", "protocol": "UDP", "blocked": false},
        });
        report
    }

    pub(crate) fn severity(mut self, severity: f64) -> Self {
        self.json["severity"] = json!(severity);
        self
    }

    pub(crate) fn kind(mut self, kind: &str) -> Self {
        self.json["type"] = json!(kind);
        self
    }

    /// With another credential.
    pub(crate) fn credential(mut self, details: &Value) -> Self {
        self.json["resource"]["accessKeyDetails"] = details.clone();
        self
    }

    /// About something else than a credential.
    pub(crate) fn resource(mut self, resource: Value) -> Self {
        self.json["resource"] = resource;
        self
    }

    /// From another address in another country.
    pub(crate) fn from(mut self, ip: &str, country: &str) -> Self {
        let remote = &mut self.json["service"]["action"]["awsApiCallAction"]["remoteIpDetails"];
        remote["ipAddressV4"] = json!(ip);
        remote["country"]["countryName"] = json!(country);
        self
    }

    /// By a session of a role instead of a user.
    pub(crate) fn session(mut self, role_id: &str, role: &str, session: &str) -> Self {
        self.json["resource"]["accessKeyDetails"] = json!({
            "accessKeyId": "ASIASTORYSTORYSTORY0",
            "principalId": format!("{role_id}:{session}"),
            "userName": role,
            "userType": "AssumedRole",
        });
        self
    }

    /// Under another finding's id.
    pub(crate) fn called(mut self, id: &str) -> Self {
        self.json["id"] = json!(id);
        self
    }

    /// The same finding, seen once more just now.
    pub(crate) fn again(mut self) -> Self {
        let count = self.json["service"]["count"].as_u64().unwrap_or(1);
        self.json["service"]["count"] = json!(count + 1);
        let now = ago(0);
        self.json["updatedAt"] = json!(now);
        self.json["service"]["eventLastSeen"] = json!(now);
        self
    }

    pub(crate) fn sample(mut self) -> Self {
        self.json["service"]["additionalInfo"] =
            json!({"type": "default", "value": r#"{"sample":true}"#, "sample": true});
        self
    }

    pub(crate) fn id(&self) -> &str {
        self.json["id"].as_str().expect("every report has an id")
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// The queue's body.
    pub(crate) fn body(&self, wrap: Wrap) -> String {
        match wrap {
            Wrap::Raw => self.json.to_string(),
            Wrap::Pascal => pascal(&self.json).to_string(),
            Wrap::EventBridge => json!({
                "version": "0",
                "id": format!("event-{}", self.id()),
                "detail-type": "GuardDuty Finding",
                "source": "aws.guardduty",
                "account": self.json["accountId"],
                "time": ago(0),
                "region": REGION,
                "resources": [],
                "detail": self.json,
            })
            .to_string(),
            Wrap::Sns => json!({
                "Type": "Notification",
                "MessageId": format!("sns-{}", self.id()),
                "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:findings"),
                "Message": self.body(Wrap::EventBridge),
                "Timestamp": ago(0),
                "SignatureVersion": "1",
                "Signature": "c2lnbmF0dXJl",
                "SigningCertURL": "https://sns.example/cert.pem",
                "UnsubscribeURL": "https://sns.example/unsubscribe",
            })
            .to_string(),
        }
    }
}

fn ago(seconds: i64) -> String {
    let then: Timestamp = sim::rt::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn pascal(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let capital = |key: &String| {
                let mut letters = key.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            };
            Value::Object(map.iter().map(|(key, value)| (capital(key), pascal(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(pascal).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
