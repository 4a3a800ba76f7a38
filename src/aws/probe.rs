//! Questions about the deployment itself, for `vouch check`: the queue's attributes, the detector, what an identity
//! may do. All of them read.
//! Never here: what follows from an answer, or words to the operator.

use super::call::Failed;
use super::clients::{Clients, Iam};
use crate::config;
use crate::ports::Fault;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use aws_sdk_identitystore::types::{AlternateIdentifier, UniqueAttribute};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_types::Document;
use serde_json::Value;

/// A finding id of the right shape that no finding has: whoever may ask is told that there is none.
const NO_FINDING: &str = "00000000000000000000000000000000";

/// A user name, and a user's id, that no directory has.
const NOBODY: &str = "vouch-check-nobody";
const NO_USER: &str = "00000000-0000-0000-0000-000000000000";

/// A queue as its attributes tell; `None` for what they do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueShape {
    /// How long a received message stays hidden.
    pub visibility_seconds: Option<u64>,
    pub retention_seconds: Option<u64>,
    pub redrive: Option<Redrive>,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    pub target: String,
    pub receives: u64,
}

pub async fn queue(clients: &Clients, url: &str) -> Result<QueueShape, Failed> {
    let sent = aws_sdk_sqs::Client::new(clients.sdk())
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::RedrivePolicy)
        .attribute_names(QueueAttributeName::VisibilityTimeout)
        .attribute_names(QueueAttributeName::MessageRetentionPeriod)
        .send();
    let place = clients.place(clients.region());
    let told = place.call("sqs", "GetQueueAttributes", sent).await?.attributes.unwrap_or_default();
    let number = |name| told.get(&name).and_then(|text| text.parse().ok());
    Ok(QueueShape {
        visibility_seconds: number(QueueAttributeName::VisibilityTimeout),
        retention_seconds: number(QueueAttributeName::MessageRetentionPeriod),
        redrive: told.get(&QueueAttributeName::RedrivePolicy).and_then(|text| redrive(text)),
    })
}

fn redrive(text: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let target = policy.get("deadLetterTargetArn")?.as_str()?.to_owned();
    // SQS writes a number, some tools a text.
    let receives = policy.get("maxReceiveCount");
    let receives = receives.and_then(|n| n.as_u64().or_else(|| n.as_str()?.parse().ok()));
    Some(Redrive { target, receives: receives.unwrap_or(0) })
}

/// The detector of our Region; `None` when GuardDuty is not switched on there.
pub async fn detector(clients: &Clients) -> Result<Option<String>, Failed> {
    let guardduty = clients.guardduty(clients.region());
    let sent = guardduty.client.list_detectors().send();
    let answer = guardduty.place.call("guardduty", "ListDetectors", sent).await?;
    Ok(answer.detector_ids.unwrap_or_default().into_iter().next())
}

/// Whether findings may be fetched: asks for one that does not exist.
pub async fn get_findings(clients: &Clients, detector: &str) -> Result<(), Failed> {
    let guardduty = clients.guardduty(clients.region());
    let sent = guardduty.client.get_findings().detector_id(detector).finding_ids(NO_FINDING).send();
    match guardduty.place.call("guardduty", "GetFindings", sent).await {
        Ok(_) => Ok(()),
        // Refused for its contents, not for who asked.
        Err(failed) if failed.code == "BadRequestException" => Ok(()),
        Err(failed) => Err(failed),
    }
}

/// Whether people may be looked up: asks for somebody who does not exist.
pub async fn directory(clients: &Clients, owners: &config::Owners) -> Result<(), Fault> {
    let (role, region) = (&owners.identity_store_role, &owners.identity_store_region);
    let directory = clients.directory_session(role, "check").await?.identity_store(region);
    let (client, place) = (&directory.client, &directory.place);
    let attribute = UniqueAttribute::builder()
        .attribute_path("userName")
        .attribute_value(Document::String(NOBODY.to_owned()))
        .build()
        .map_err(|error| Fault::never(format!("identitystore:GetUserId cannot be asked: {error}")))?;
    let by_name = client
        .get_user_id()
        .identity_store_id(&owners.identity_store_id)
        .alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute))
        .send();
    let by_id = client.describe_user().identity_store_id(&owners.identity_store_id).user_id(NO_USER).send();
    let nobody =
        |failed: Failed| if failed.code == "ResourceNotFoundException" { Ok(()) } else { Err(failed) };
    place.call("identitystore", "GetUserId", by_name).await.map(|_| ()).or_else(nobody)?;
    place.call("identitystore", "DescribeUser", by_id).await.map(|_| ()).or_else(nobody)?;
    Ok(())
}

/// Of these actions those that `principal` may not do on `resource`, as IAM simulates it with the policies of the
/// identity, its boundary and the organisation. `context`: the keys that statements depend on, and what they
/// are when the call is really made.
pub async fn forbidden(
    iam: &Iam,
    principal: &str,
    actions: &[&str],
    resource: &str,
    context: &[(String, String)],
) -> Result<Vec<String>, Failed> {
    let mut call = iam
        .client
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()))
        .resource_arns(resource);
    for (key, value) in context {
        let entry = ContextEntry::builder()
            .context_key_name(key)
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(value);
        call = call.context_entries(entry.build());
    }
    let answer = iam.place.call("iam", "SimulatePrincipalPolicy", call.send()).await?;
    let told = answer.evaluation_results.unwrap_or_default();
    let allowed = |action: &str| {
        told.iter().any(|result| {
            result.eval_action_name.eq_ignore_ascii_case(action)
                && result.eval_decision == PolicyEvaluationDecisionType::Allowed
        })
    };
    Ok(actions.iter().filter(|action| !allowed(action)).map(|action| (*action).to_owned()).collect())
}

/// The ARN with its path, which STS leaves out of a role's; as it came when it is no role, or cannot be read.
pub async fn with_path(iam: &Iam, arn: &str) -> String {
    let Some((_, role)) = arn.split_once(":role/") else { return arn.to_owned() };
    let sent = iam.client.get_role().role_name(role).send();
    let answer = iam.place.call("iam", "GetRole", sent).await;
    answer.ok().and_then(|answer| answer.role).map_or_else(|| arn.to_owned(), |role| role.arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redrive_policies_are_read_however_the_count_is_written() {
        let target = "arn:aws:sqs:eu-central-1:111122223333:dead".to_owned();
        let of = |count: &str| {
            redrive(&format!("{{\"deadLetterTargetArn\":\"{target}\",\"maxReceiveCount\":{count}}}"))
        };
        assert_eq!(of("5"), Some(Redrive { target: target.clone(), receives: 5 }));
        assert_eq!(of("\"5\""), Some(Redrive { target: target.clone(), receives: 5 }));
        assert_eq!(redrive("{}"), None);
        assert_eq!(redrive("nonsense"), None);
    }
}
