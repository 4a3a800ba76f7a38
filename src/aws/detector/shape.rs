//! From GuardDuty's own answer to our finding, and where the two differ.
//! Never here: calls, or queue bodies; those are read from JSON by `aws/decode`.

use crate::aws::principal::classify;
use crate::case::finding::{Activity, Finding, Form, Resource};
use crate::case::principal::{AccountId, Partition, Principal, PrincipalKind, Region};
use aws_sdk_guardduty::types as sdk;
use jiff::Timestamp;

/// The first field that tells the queue's finding from GuardDuty's, as a sentence; `None` when they agree.
///
/// GuardDuty's updates replace what was done and from where, so those are not compared: only who acted,
/// on what, and as what type. What the queue's finding leaves out is not a difference; what it claims must hold.
pub(super) fn difference(ours: &Finding, theirs: &sdk::Finding) -> Option<String> {
    let differs = |field: &str, ours: &str, theirs: &str| {
        (ours != theirs).then(|| format!("{field} is {ours} here and {theirs} in GuardDuty"))
    };
    let account = theirs.account_id.as_deref().unwrap_or_default();
    let region = theirs.region.as_deref().unwrap_or_default();
    let kind = theirs.r#type.as_deref().unwrap_or_default();
    differs("account", ours.account.as_str(), account)
        .or_else(|| differs("Region", ours.region.as_str(), region))
        .or_else(|| differs("type", &ours.kind, kind))
        .or_else(|| principal_difference(ours, theirs))
        .or_else(|| resource_difference(ours, theirs))
}

/// GuardDuty's answer as a finding; `None` when it lacks what every finding has.
pub(super) fn finding(body: &sdk::Finding) -> Option<Finding> {
    let account = AccountId::parse(body.account_id.as_deref()?)?;
    let region = Region::parse(body.region.as_deref()?)?;
    let partition =
        body.partition.as_deref().and_then(Partition::parse).unwrap_or_else(|| region.partition());
    let service = body.service.as_ref();
    let when = |text: Option<&String>| text.and_then(|t| t.parse::<Timestamp>().ok());
    Some(Finding {
        id: body.id.clone().filter(|id| !id.is_empty())?,
        kind: body.r#type.clone()?,
        severity: body.severity?,
        title: body.title.clone().unwrap_or_default(),
        description: body.description.clone().unwrap_or_default(),
        updated_at: when(body.updated_at.as_ref())?,
        first_seen: when(service.and_then(|s| s.event_first_seen.as_ref())),
        last_seen: when(service.and_then(|s| s.event_last_seen.as_ref())),
        count: service.and_then(|s| s.count).and_then(|n| u64::try_from(n).ok()).unwrap_or(1),
        sample: is_sample(service),
        archived: service.and_then(|s| s.archived).unwrap_or(false),
        form: Form::Backfill,
        principal: principal(body, &account, partition),
        resource: resource(body, &account, &region, partition),
        activity: service.map(activity).unwrap_or_default(),
        account,
        region,
        partition,
    })
}

fn principal_difference(ours: &Finding, theirs: &sdk::Finding) -> Option<String> {
    let (o, t) = (&ours.principal, principal(theirs, &ours.account, ours.partition));
    // Names nobody, or several: no remedy can follow from it.
    let unnamed = [PrincipalKind::Actors, PrincipalKind::None].contains(&o.kind);
    let both_roles = [PrincipalKind::WorkloadRole, PrincipalKind::RoleSession];
    let alike = o.kind == t.kind || (both_roles.contains(&o.kind) && both_roles.contains(&t.kind));
    if !alike && !unnamed {
        let (o, t) = (o.kind.as_str(), t.kind.as_str());
        return Some(format!("the principal is of kind {o} here and {t} in GuardDuty"));
    }
    let claims = [
        ("user name", Some(o.name.as_str()), t.name.as_str()),
        ("principal id", o.unique_id.as_deref(), t.unique_id.as_deref().unwrap_or_default()),
        ("session name", o.session.as_deref(), t.session.as_deref().unwrap_or_default()),
        (
            "access key id",
            o.access_key.as_ref().map(|k| k.as_str()),
            t.access_key.as_ref().map(|k| k.as_str()).unwrap_or_default(),
        ),
    ];
    claims.into_iter().find_map(|(field, ours, theirs)| {
        let ours = ours.filter(|text| !text.is_empty() && *text != theirs)?;
        Some(format!("the {field} is {ours} here and {} in GuardDuty", or_none(theirs)))
    })
}

fn resource_difference(ours: &Finding, theirs: &sdk::Finding) -> Option<String> {
    let body = theirs.resource.as_ref();
    match ours.resource.as_ref()? {
        Resource::Instance { id, .. } => {
            let known = body.and_then(|r| r.instance_details.as_ref()).and_then(|i| i.instance_id.as_deref());
            (known != Some(id)).then(|| {
                format!("the instance is {id} here and {} in GuardDuty", or_none(known.unwrap_or_default()))
            })
        }
        Resource::Bucket { name, .. } => {
            let known: Vec<&str> = buckets(theirs).filter_map(|b| b.name.as_deref()).collect();
            (!known.contains(&name.as_str()))
                .then(|| format!("the bucket is {name} here and {} in GuardDuty", or_none(&known.join(", "))))
        }
        Resource::Other { .. } => None,
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn principal(body: &sdk::Finding, account: &AccountId, partition: Partition) -> Principal {
    let Some(key) = body.resource.as_ref().and_then(|r| r.access_key_details.as_ref()) else {
        return Principal::nobody(partition);
    };
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let mut principal = classify(
        &text(&key.user_type),
        &text(&key.user_name),
        &text(&key.principal_id),
        &text(&key.access_key_id),
        Some(account),
        partition,
    );
    let workload = body.resource.as_ref().is_some_and(|r| {
        r.lambda_details.is_some() || r.ecs_cluster_details.is_some() || r.container_details.is_some()
    });
    if workload && principal.kind == PrincipalKind::RoleSession {
        principal.kind = PrincipalKind::WorkloadRole;
    }
    principal
}

fn buckets(body: &sdk::Finding) -> impl Iterator<Item = &sdk::S3BucketDetail> {
    body.resource.iter().flat_map(|r| r.s3_bucket_details())
}

fn resource(
    body: &sdk::Finding,
    account: &AccountId,
    region: &Region,
    partition: Partition,
) -> Option<Resource> {
    let (r, p) = (body.resource.as_ref()?, partition.as_str());
    if let Some(bucket) = buckets(body).find(|b| b.name.is_some()) {
        let name = bucket.name.clone().unwrap_or_default();
        let arn = bucket.arn.clone().unwrap_or_else(|| format!("arn:{p}:s3:::{name}"));
        return Some(Resource::Bucket { name, arn });
    }
    if let Some(id) = r.instance_details.as_ref().and_then(|i| i.instance_id.clone()) {
        let arn = format!("arn:{p}:ec2:{region}:{account}:instance/{id}");
        return Some(Resource::Instance { id, arn });
    }
    let arn = r.lambda_details.as_ref().and_then(|l| l.function_arn.clone());
    let arn = arn.or_else(|| r.eks_cluster_details.as_ref().and_then(|c| c.arn.clone()));
    let arn = arn.or_else(|| r.ecs_cluster_details.as_ref().and_then(|c| c.arn.clone()));
    let arn = arn.or_else(|| r.rds_db_instance_details.as_ref().and_then(|d| d.db_instance_arn.clone()));
    let kind = r.resource_type.clone().unwrap_or_default();
    // An access key is the credential itself, which the principal already names.
    (arn.is_some() || !["", "AccessKey"].contains(&kind.as_str())).then_some(Resource::Other { kind, arn })
}

fn is_sample(service: Option<&sdk::Service>) -> bool {
    let info = service.and_then(|s| s.additional_info.as_ref()).and_then(|i| i.value.as_deref());
    let info = info.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    info.is_some_and(|value| value.get("sample") == Some(&serde_json::Value::Bool(true)))
}

fn activity(service: &sdk::Service) -> Activity {
    let mut activity = Activity { role: service.resource_role.clone(), ..Activity::default() };
    let Some(action) = service.action.as_ref() else { return activity };
    if let Some(call) = &action.aws_api_call_action {
        activity.api = call.api.clone();
        activity.service = call.service_name.clone();
        activity.error_code = call.error_code.clone().filter(|code| !code.is_empty());
        activity.user_agent = call.user_agent.clone();
        activity.domain = call.domain_details.as_ref().and_then(|d| d.domain.clone());
        let remote = call.remote_account_details.as_ref();
        activity.remote_account = remote.and_then(|r| r.account_id.clone());
        activity.affiliated = remote.and_then(|r| r.affiliated);
    }
    if let Some(dns) = &action.dns_request_action {
        activity.domain = dns.domain.clone();
    }
    if let Some(call) = &action.kubernetes_api_call_action {
        activity.api = call.verb.clone();
    }
    if let Some(remote) = remote_ip(action) {
        locate(&mut activity, remote);
    }
    activity
}

fn remote_ip(action: &sdk::Action) -> Option<&sdk::RemoteIpDetails> {
    let call = action.aws_api_call_action.as_ref().and_then(|a| a.remote_ip_details.as_ref());
    let probe =
        || action.port_probe_action.as_ref()?.port_probe_details().first()?.remote_ip_details.as_ref();
    call.or_else(|| action.network_connection_action.as_ref()?.remote_ip_details.as_ref())
        .or_else(|| action.kubernetes_api_call_action.as_ref()?.remote_ip_details.as_ref())
        .or_else(|| action.rds_login_attempt_action.as_ref()?.remote_ip_details.as_ref())
        .or_else(probe)
}

fn locate(activity: &mut Activity, remote: &sdk::RemoteIpDetails) {
    let address = [&remote.ip_address_v4, &remote.ip_address_v6];
    activity.ip = address.into_iter().flatten().find_map(|text| text.parse().ok());
    activity.city = remote.city.as_ref().and_then(|c| c.city_name.clone()).filter(|name| !name.is_empty());
    activity.country = remote.country.as_ref().and_then(|c| c.country_name.clone());
    activity.asn = remote.organization.as_ref().and_then(|o| o.asn.clone());
    activity.asn_org = remote.organization.as_ref().and_then(|o| o.asn_org.clone());
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
