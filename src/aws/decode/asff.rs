//! Security Hub's format back into GuardDuty's, so that one reader serves both (facts/findings.md 6).
//! Never here: our own types.

use super::json::Node;
use serde_json::{Map, Value, json};

/// Segments in a `ProductFields` path; GuardDuty's deepest has nine.
const DEPTH: usize = 16;

/// A GuardDuty-shaped document with everything the ASFF one tells.
pub(super) fn to_raw(asff: Node<'_>) -> Value {
    let arn = asff.get("id").str().unwrap_or_default();
    let arn_parts: Vec<&str> = arn.split(':').collect();
    let resources = asff.get("resources").items();
    let beside = |key: &str| resources.iter().find_map(|r| r.get(key).text());
    let in_arn = |at: usize| arn_parts.get(at).filter(|p| !p.is_empty()).map(|p| (*p).to_owned());
    let mut service = service(asff.get("productFields"));
    let observed = [("eventFirstSeen", "firstObservedAt"), ("eventLastSeen", "lastObservedAt")];
    for (ours, theirs) in observed {
        if let Some(time) = asff.get(theirs).value() {
            service.entry(ours).or_insert_with(|| time.clone());
        }
    }
    if asff.get("recordState").str() == Some("ARCHIVED") {
        service.insert("archived".to_owned(), Value::Bool(true));
    }
    if asff.get("sample").flag() == Some(true) {
        let info = service.entry("additionalInfo").or_insert_with(|| json!({}));
        *info = json!({ "sample": true });
    }
    json!({
        "id": arn.rsplit('/').next(),
        "arn": arn,
        "accountId": asff.get("awsAccountId").value(),
        // Absent in 2019 documents: the finding's ARN has it too.
        "region": asff.get("region").text().or_else(|| in_arn(3)).or_else(|| beside("region")),
        "partition": beside("partition").or_else(|| in_arn(1)),
        "type": asff.get("types").first().str().map(guardduty_type),
        "severity": severity(asff),
        "title": asff.get("title").value(),
        "description": asff.get("description").value(),
        "createdAt": asff.get("createdAt").value(),
        "updatedAt": asff.get("updatedAt").value(),
        "service": Value::Object(service),
        "resource": resource(&resources),
    })
}

/// `TTPs/Discovery/Recon:EC2-Portscan` -> `Recon:EC2/Portscan`, with the irregular ones of the table in
/// "Integration with AWS Security Hub" (GuardDuty user guide). What fits no pattern stays as it is.
pub(super) fn guardduty_type(asff: &str) -> String {
    let (category, name) = split_name(asff);
    let recovered = match (category, name.split_once(':')) {
        // `TTPs/AnomalousBehavior/Execution:Kubernetes-ExecInPod`: the threat's first word became the category.
        (Some("AnomalousBehavior"), Some((purpose, rest))) => {
            split_threat(rest).map(|(on, threat)| format!("{purpose}:{on}/AnomalousBehavior.{threat}"))
        }
        // `TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver`: the purpose is the category, and dashes were added.
        (Some(purpose), Some(("EC2", threat))) => {
            Some(format!("{}:EC2/{}", squeezed(purpose), threat.replace('-', "")))
        }
        (_, Some((purpose, rest))) => {
            split_threat(rest).map(|(on, threat)| format!("{purpose}:{on}/{threat}"))
        }
        // `TTPs/Discovery/IAMUser-AnomalousBehavior`: the purpose is the category.
        (Some(purpose), None) => {
            split_threat(name).map(|(on, threat)| format!("{}:{on}/{threat}", squeezed(purpose)))
        }
        (None, None) => None,
    };
    recovered.unwrap_or_else(|| asff.to_owned())
}

/// The category before the name, and the name: from the segment with the colon on, else the last segment.
fn split_name(asff: &str) -> (Option<&str>, &str) {
    let colon = asff.find(':').unwrap_or(asff.len());
    let before = asff.get(..colon).unwrap_or_default();
    match before.rfind('/') {
        Some(slash) => {
            let path = asff.get(..slash).unwrap_or_default();
            (path.rsplit('/').next(), asff.get(slash + 1..).unwrap_or_default())
        }
        None => (None, asff),
    }
}

/// `EC2-Portscan`, `IAMUser/KaliLinux`, `EC2.C&CActivity.B`: no resource's name has any of the three signs in it.
fn split_threat(rest: &str) -> Option<(&str, &str)> {
    rest.split_once(['-', '/', '.']).filter(|(on, threat)| !on.is_empty() && !threat.is_empty())
}

/// `Credential Access` -> `CredentialAccess`; `Data Exfiltration` is GuardDuty's `Exfiltration`.
fn squeezed(category: &str) -> String {
    let words: String = category.split_whitespace().collect();
    words.strip_prefix("Data").map(str::to_owned).unwrap_or(words)
}

/// GuardDuty's own number, else a tenth of the normalised one, else the label's middle.
fn severity(asff: Node<'_>) -> Option<f64> {
    let severity = asff.get("severity");
    let labelled = || match severity.get("label").str()? {
        "INFORMATIONAL" | "LOW" => Some(2.0),
        "MEDIUM" => Some(5.0),
        "HIGH" => Some(8.0),
        "CRITICAL" => Some(9.0),
        _ => None,
    };
    let tenth = || severity.get("normalized").number().map(|n| n / 10.0);
    severity.get("product").number().or_else(tenth).or_else(labelled)
}

/// `aws/guardduty/service/action/…` or the short `action/…` of 2019, as nested objects.
fn service(fields: Node<'_>) -> Map<String, Value> {
    let mut service = Map::new();
    for (path, value) in fields.object().into_iter().flatten() {
        let path = path.strip_prefix("aws/guardduty/").unwrap_or(path);
        if path.starts_with("aws/") {
            continue; // Security Hub's own fields.
        }
        let path = path.strip_prefix("service/").unwrap_or(path);
        let segments: Vec<&str> = path.split('/').collect();
        if segments.len() <= DEPTH {
            put(&mut service, &segments, value);
        }
    }
    service
}

/// Lists are spelled `name.0_`; of those the first element is kept, which is the one the reader looks at.
fn put(into: &mut Map<String, Value>, path: &[&str], value: &Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let (key, index) = first.rsplit_once('.').unwrap_or((first, "0_"));
    let (key, index) = if index.ends_with('_') { (key, index) } else { (*first, "0_") };
    if index != "0_" {
        return;
    }
    if rest.is_empty() {
        into.entry(key).or_insert_with(|| value.clone());
        return;
    }
    let inner = into.entry(key).or_insert_with(|| json!({}));
    if !inner.is_object() {
        // 2019: the whole of it as JSON text, and nothing beside it that matters more.
        return;
    }
    if let Some(inner) = inner.as_object_mut() {
        put(inner, rest, value);
    }
}

fn resource(resources: &[Node<'_>]) -> Value {
    let mut out = Map::new();
    let mut buckets = Vec::new();
    for resource in resources {
        let id = resource.get("id").str().unwrap_or_default();
        match resource.get("type").str().unwrap_or_default() {
            "AwsIamAccessKey" => {
                out.entry("accessKeyDetails").or_insert_with(|| access_key(*resource, id));
            }
            "AwsEc2Instance" => {
                let instance = id.rsplit('/').next().unwrap_or_default();
                out.entry("instanceDetails").or_insert_with(|| json!({ "instanceId": instance }));
            }
            "AwsS3Bucket" => {
                let name = id.rsplit(':').next().unwrap_or_default();
                buckets.push(json!({ "name": name, "arn": id }));
            }
            "AwsEksCluster" => {
                out.entry("eksClusterDetails").or_insert_with(|| json!({ "arn": id }));
            }
            "AwsEcsCluster" => {
                out.entry("ecsClusterDetails").or_insert_with(|| json!({ "arn": id }));
            }
            "AwsLambdaFunction" => {
                out.entry("lambdaDetails").or_insert_with(|| json!({ "functionArn": id }));
            }
            "AwsRdsDbInstance" => {
                out.entry("rdsDbInstanceDetails").or_insert_with(|| json!({ "dbInstanceArn": id }));
            }
            _ => {}
        }
    }
    if !buckets.is_empty() {
        out.insert("s3BucketDetails".to_owned(), Value::Array(buckets));
    }
    Value::Object(out)
}

/// `AWS::IAM::AccessKey:null` is real: a console login that names no key.
fn access_key(resource: Node<'_>, id: &str) -> Value {
    let details = resource.at("details.awsIamAccessKey");
    let key = id.strip_prefix("AWS::IAM::AccessKey:").unwrap_or(id);
    let name = details.get("principalName").value().or_else(|| details.get("userName").value());
    json!({
        "accessKeyId": Some(key).filter(|key| *key != "null"),
        "principalId": details.get("principalId").value(),
        "userType": details.get("principalType").value(),
        "userName": name,
    })
}
