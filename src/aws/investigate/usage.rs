//! Services that a principal used lately. IAM makes the list as a job of its own, about four hours behind.
//! Never here: what the use means.

use super::look::Look;
use crate::aws::dossier::moment;
use crate::case::evidence::ServiceUse;
use aws_sdk_iam::types::JobStatusType;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// Services kept, the newest.
const KEPT: usize = 8;

/// The first pause before the job is looked at again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(super) fn services<'a>(look: &'a Look<'_>) -> BoxFuture<'a, Result<Vec<ServiceUse>, String>> {
    Box::pin(used(look))
}

async fn used(look: &Look<'_>) -> Result<Vec<ServiceUse>, String> {
    let Ok(identity) = look.in_time("iam:GetUser", look.dossier.identity()).await else {
        // Who cannot be found is said once, by whoever looks for them.
        return Ok(vec![]);
    };
    let client = &look.iam.client;
    let sent = client.generate_service_last_accessed_details().arn(&identity.arn).send();
    let job = look.iam("GenerateServiceLastAccessedDetails", sent).await?.job_id;
    let job = job.ok_or("iam:GenerateServiceLastAccessedDetails answered without a job")?;
    let (mut pause, longest) = PAUSES;
    loop {
        let sent = client.get_service_last_accessed_details().job_id(&job).max_items(1000).send();
        let answer = look.iam("GetServiceLastAccessedDetails", sent).await?;
        if answer.job_status == JobStatusType::Completed {
            let used = answer.services_last_accessed.into_iter();
            let mut listed: Vec<ServiceUse> = used
                .filter_map(|s| {
                    let last = moment(s.last_authenticated?.secs())?;
                    Some(ServiceUse { service: s.service_namespace, last })
                })
                .collect();
            listed.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.service.cmp(&b.service)));
            listed.truncate(KEPT);
            return Ok(listed);
        }
        if answer.job_status != JobStatusType::InProgress {
            return Err("iam:GetServiceLastAccessedDetails: the list could not be made".to_owned());
        }
        if tokio::time::Instant::now() + pause >= look.until {
            return Err("iam:GetServiceLastAccessedDetails: the list was not ready in time".to_owned());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}
