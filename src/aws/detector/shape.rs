//! From GuardDuty's own answer to our finding, and where two findings differ.
//! Never here: calls, or a second reading of findings. The SDK hands out types where the queue hands out JSON,
//! so the parts that are read are written down as JSON again and go through the same decoder.

use crate::aws::decode::{Decoded, decode};
use crate::case::finding::{Finding, Form, Resource};
use crate::case::principal::{KeyKind, Principal, PrincipalKind};
use aws_sdk_guardduty::types as sdk;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// GuardDuty's answer as a finding; `None` when it lacks what every finding has.
pub(super) fn finding(body: &sdk::Finding) -> Option<Finding> {
    let Decoded::Findings { findings, .. } = decode(as_json(body).to_string().as_bytes()) else {
        return None;
    };
    findings.into_iter().next().map(|finding| Finding { form: Form::Backfill, ..finding })
}

/// The first field that tells the queue's finding from GuardDuty's, as a sentence; `None` when they agree.
///
/// Compared are who acted, on what, and as what type. What was done, from where and how severe it is, GuardDuty's
/// updates replace, so those must agree only in the same version of the finding. What the queue's finding leaves
/// out is no difference, except that it is a sample; what it claims must hold.
pub(super) fn difference(ours: &Finding, theirs: &Finding) -> Option<String> {
    let differs = |field: &str, ours: &str, theirs: &str| {
        (ours != theirs).then(|| format!("the {field} is {ours} here and {} in GuardDuty", or_none(theirs)))
    };
    differs("account", ours.account.as_str(), theirs.account.as_str())
        .or_else(|| differs("Region", ours.region.as_str(), theirs.region.as_str()))
        .or_else(|| differs("partition", ours.partition.as_str(), theirs.partition.as_str()))
        .or_else(|| differs("type", &ours.kind, &theirs.kind))
        .or_else(|| sample_difference(ours, theirs))
        .or_else(|| principal_difference(ours, theirs))
        .or_else(|| resource_difference(ours, theirs))
        .or_else(|| version_difference(ours, theirs))
}

/// A rule that reshapes the body can lose the flag, and a sample must never lead to a write.
fn sample_difference(ours: &Finding, theirs: &Finding) -> Option<String> {
    (theirs.sample && !ours.sample)
        .then(|| "it is a sample in GuardDuty and not marked as one here".to_owned())
}

/// Facts that people are asked about. A body that shows others than GuardDuty in the very same version was changed
/// on its way.
fn version_difference(ours: &Finding, theirs: &Finding) -> Option<String> {
    if ours.updated_at != theirs.updated_at {
        return None;
    }
    let (o, t) = (&ours.activity, &theirs.activity);
    let severity = |f: &Finding| Some(f.severity.to_string());
    let claims = [
        ("API", o.api.clone(), t.api.clone()),
        ("address", o.ip.map(|ip| ip.to_string()), t.ip.map(|ip| ip.to_string())),
        ("error code", o.error_code.clone(), t.error_code.clone()),
        // Less than GuardDuty says would spare the second voice; more only costs one.
        ("severity", severity(ours).filter(|_| ours.severity < theirs.severity), severity(theirs)),
    ];
    claims.into_iter().find_map(|(field, ours, theirs)| {
        let ours = ours.filter(|text| !text.is_empty() && theirs.as_ref() != Some(text))?;
        let theirs = theirs.filter(|text| !text.is_empty())?;
        Some(format!("the {field} of this version is {ours} here and {theirs} in GuardDuty"))
    })
}

fn principal_difference(ours: &Finding, theirs: &Finding) -> Option<String> {
    let (o, t) = (&ours.principal, &theirs.principal);
    // No remedy follows from these, and a body that leaves fields out may know no better.
    let idle = [PrincipalKind::Actors, PrincipalKind::None, PrincipalKind::Unknown].contains(&o.kind);
    if o.kind != t.kind && !idle {
        let (o, t) = (o.kind.as_str(), t.kind.as_str());
        return Some(format!("the principal is of kind {o} here and {t} in GuardDuty"));
    }
    // The next session of the same principal has another key: what waited on the queue is not wrong for it.
    let session = |p: &Principal| p.access_key.as_ref().is_some_and(|k| k.kind() == KeyKind::Session);
    let moved_on = theirs.updated_at > ours.updated_at && session(o) && session(t);
    let key = |p: &Principal| p.access_key.as_ref().map(|k| k.as_str().to_owned()).filter(|_| !moved_on);
    let (our_key, their_key) = (key(o), key(t));
    let claims = [
        ("user name", Some(o.name.as_str()), Some(t.name.as_str())),
        ("principal id", o.unique_id.as_deref(), t.unique_id.as_deref()),
        ("session name", o.session.as_deref(), t.session.as_deref()),
        ("access key id", our_key.as_deref(), their_key.as_deref()),
    ];
    claims.into_iter().find_map(|(field, ours, theirs)| {
        let ours = ours.filter(|text| !text.is_empty() && Some(*text) != theirs)?;
        Some(format!("the {field} is {ours} here and {} in GuardDuty", or_none(theirs.unwrap_or_default())))
    })
}

fn resource_difference(ours: &Finding, theirs: &Finding) -> Option<String> {
    let ours = ours.resource.as_ref()?;
    let theirs = theirs.resource.as_ref();
    let (field, here, there) = match ours {
        Resource::Instance { id, .. } => ("instance", id.as_str(), theirs.and_then(instance)),
        Resource::Bucket { name, .. } => {
            // Every bucket may be written to, so GuardDuty must know every one.
            let known = theirs.map(Resource::buckets).unwrap_or_default();
            let stranger = ours.buckets().into_iter().find(|name| !known.contains(name));
            let name = name.as_str();
            let there = if stranger.is_none() { Some(name) } else { known.first().copied() };
            ("bucket", stranger.unwrap_or(name), there)
        }
        Resource::Other { .. } => return None,
    };
    let there = there.unwrap_or_default();
    (here != there).then(|| format!("the {field} is {here} here and {} in GuardDuty", or_none(there)))
}

fn instance(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::Instance { id, .. } => Some(id),
        Resource::Bucket { .. } | Resource::Other { .. } => None,
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// What the decoder reads of a finding, under the names of the wire (GuardDuty service model).
fn as_json(body: &sdk::Finding) -> Value {
    json!({
        "schemaVersion": "2.0",
        "id": body.id,
        "arn": body.arn,
        "type": body.r#type,
        "accountId": body.account_id,
        "region": body.region,
        "partition": body.partition,
        "severity": body.severity,
        "title": body.title,
        "description": body.description,
        "createdAt": body.created_at,
        "updatedAt": body.updated_at,
        "resource": body.resource.as_ref().map(resource),
        "service": body.service.as_ref().map(service),
    })
}

fn resource(r: &sdk::Resource) -> Value {
    let key = r.access_key_details.as_ref().map(|k| {
        json!({
            "accessKeyId": k.access_key_id,
            "principalId": k.principal_id,
            "userName": k.user_name,
            "userType": k.user_type,
        })
    });
    let permission = |b: &sdk::S3BucketDetail| Some(b.public_access.as_ref()?.effective_permission.clone());
    let bucket = |b: &sdk::S3BucketDetail| {
        json!({
            "name": b.name,
            "arn": b.arn,
            "type": b.r#type,
            "publicAccess": { "effectivePermission": permission(b) },
        })
    };
    let buckets: Vec<Value> = r.s3_bucket_details().iter().map(bucket).collect();
    json!({
        "resourceType": r.resource_type,
        "accessKeyDetails": key,
        "s3BucketDetails": buckets,
        "instanceDetails": r.instance_details.as_ref().map(|i| json!({ "instanceId": i.instance_id })),
        "lambdaDetails": r.lambda_details.as_ref().map(|l| json!({ "functionArn": l.function_arn })),
        "ecsClusterDetails": r.ecs_cluster_details.as_ref().map(|c| json!({ "arn": c.arn })),
        "eksClusterDetails": r.eks_cluster_details.as_ref().map(|c| json!({ "arn": c.arn })),
        "rdsDbInstanceDetails":
            r.rds_db_instance_details.as_ref().map(|d| json!({ "dbInstanceArn": d.db_instance_arn })),
        "rdsLimitlessDbDetails":
            r.rds_limitless_db_details.as_ref().map(|d| json!({ "dbShardGroupArn": d.db_shard_group_arn })),
        "ebsSnapshotDetails":
            r.ebs_snapshot_details.as_ref().map(|s| json!({ "snapshotArn": s.snapshot_arn })),
        "ec2ImageDetails": r.ec2_image_details.as_ref().map(|i| json!({ "imageArn": i.image_arn })),
        "recoveryPointDetails":
            r.recovery_point_details.as_ref().map(|p| json!({ "recoveryPointArn": p.recovery_point_arn })),
        "containerDetails": r.container_details.as_ref().map(|c| json!({ "id": c.id, "name": c.name })),
    })
}

fn service(s: &sdk::Service) -> Value {
    json!({
        "count": s.count,
        "archived": s.archived,
        "eventFirstSeen": s.event_first_seen,
        "eventLastSeen": s.event_last_seen,
        "resourceRole": s.resource_role,
        "additionalInfo": s.additional_info.as_ref().map(|i| json!({ "value": i.value })),
        "action": s.action.as_ref().map(action),
        "detection": s.detection.as_ref().map(|d| json!({
            "sequence": d.sequence.as_ref().map(sequence),
            "anomaly": d.anomaly.as_ref().map(anomaly),
        })),
    })
}

fn action(a: &sdk::Action) -> Value {
    json!({
        "awsApiCallAction": a.aws_api_call_action.as_ref().map(api_call),
        "networkConnectionAction": a.network_connection_action.as_ref().map(|n| json!({
            "remoteIpDetails": n.remote_ip_details.as_ref().map(remote),
        })),
        "portProbeAction": a.port_probe_action.as_ref().map(|p| json!({
            "portProbeDetails": p.port_probe_details().iter().map(|d| json!({
                "remoteIpDetails": d.remote_ip_details.as_ref().map(remote),
            })).collect::<Vec<_>>(),
        })),
        "kubernetesApiCallAction": a.kubernetes_api_call_action.as_ref().map(|k| json!({
            "verb": k.verb,
            "resource": k.resource,
            "statusCode": k.status_code,
            "userAgent": k.user_agent,
            "sourceIPs": k.source_ips,
            "remoteIpDetails": k.remote_ip_details.as_ref().map(remote),
        })),
        "rdsLoginAttemptAction": a.rds_login_attempt_action.as_ref().map(|l| json!({
            "remoteIpDetails": l.remote_ip_details.as_ref().map(remote),
        })),
        "dnsRequestAction": a.dns_request_action.as_ref().map(|d| json!({
            "domain": d.domain,
            "domainWithSuffix": d.domain_with_suffix,
        })),
    })
}

fn api_call(c: &sdk::AwsApiCallAction) -> Value {
    json!({
        "api": c.api,
        "serviceName": c.service_name,
        "errorCode": c.error_code,
        "userAgent": c.user_agent,
        "domainDetails": c.domain_details.as_ref().map(|d| json!({ "domain": d.domain })),
        "remoteIpDetails": c.remote_ip_details.as_ref().map(remote),
        "remoteAccountDetails": c.remote_account_details.as_ref().map(|r| json!({
            "accountId": r.account_id,
            "affiliated": r.affiliated,
        })),
    })
}

fn remote(r: &sdk::RemoteIpDetails) -> Value {
    json!({
        "ipAddressV4": r.ip_address_v4,
        "ipAddressV6": r.ip_address_v6,
        "city": r.city.as_ref().map(|c| json!({ "cityName": c.city_name })),
        "country": r.country.as_ref().map(|c| json!({
            "countryName": c.country_name,
            "countryCode": c.country_code,
        })),
        "organization": r.organization.as_ref().map(|o| json!({ "asn": o.asn, "asnOrg": o.asn_org })),
    })
}

fn sequence(s: &sdk::Sequence) -> Value {
    let actor = |a: &sdk::Actor| {
        let user = a.user.as_ref().map(|u| {
            json!({
                "name": u.name,
                "uid": u.uid,
                "credentialUid": u.credential_uid,
                "account": u.account.as_ref().map(|a| json!({ "uid": a.uid })),
            })
        });
        json!({ "user": user })
    };
    let endpoint = |e: &sdk::NetworkEndpoint| {
        let system = e.autonomous_system.as_ref();
        let location = e.location.as_ref();
        json!({
            "ip": e.ip,
            "domain": e.domain,
            "location": location.map(|l| json!({ "city": l.city, "country": l.country })),
            "autonomousSystem": system.map(|s| json!({ "number": s.number, "name": s.name })),
        })
    };
    json!({
        "actors": s.actors().iter().map(actor).collect::<Vec<_>>(),
        "endpoints": s.endpoints().iter().map(endpoint).collect::<Vec<_>>(),
    })
}

fn anomaly(a: &sdk::Anomaly) -> Value {
    let text = |o: &sdk::AnomalyObject| o.observations.as_ref().map(|o| json!({ "text": o.text }));
    let seen = |o: &sdk::AnomalyObject| json!({ "observations": text(o) });
    let behavior = a.unusual.as_ref().and_then(|unusual| unusual.behavior.as_ref());
    // Maps of the SDK come in any order; of two scopes the same one is to be read first.
    let scopes = behavior.into_iter().flatten().map(|(scope, kinds)| {
        let kinds: BTreeMap<&String, Value> = kinds.iter().map(|(kind, o)| (kind, seen(o))).collect();
        (scope, kinds)
    });
    json!({ "unusual": { "behavior": scopes.collect::<BTreeMap<_, _>>() } })
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
