//! GuardDuty itself: its word on a finding, archiving with feedback, and what we may have missed.
//! Never here: what follows from a confirmation. The queue's body is not trusted; this answer is.

mod shape;
mod together;

use super::call::Failed;
use super::clients::{Clients, GuardDuty};
use crate::case::event::Confirmation;
use crate::case::finding::Finding;
use crate::ports::{Detector, Fault};
use async_trait::async_trait;
use aws_sdk_guardduty::operation::RequestId;
use aws_sdk_guardduty::types::{self as sdk, Condition, Feedback, FindingCriteria};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use together::Together;

/// What confirming needs, and closing gaps.
pub const READS: [&str; 3] = ["guardduty:ListDetectors", "guardduty:GetFindings", "guardduty:ListFindings"];

/// What archiving needs.
pub const WRITES: [&str; 2] = ["guardduty:ArchiveFindings", "guardduty:UpdateFindingsFeedback"];

/// What one GetFindings, ArchiveFindings or ListFindings may carry (GuardDuty API reference).
const BATCH: usize = 50;

/// Pages of `ListFindings` read in one go: 1,000 findings a Region, so that a flood cannot hold the start up.
const PAGES: usize = 20;

/// GuardDuty through the own account's detector of each Region. A delegated administrator's detector
/// knows its members' findings too, so `service.detectorId` of a member is never used.
pub struct Watch {
    clients: Arc<Clients>,
    /// Detector ids by Region; dropped when GuardDuty refuses one.
    detectors: Mutex<BTreeMap<String, String>>,
    /// Regions to ask for what we missed: our own and all that findings came from.
    regions: Mutex<BTreeSet<String>>,
    /// By Region, kept: a new client means new connections.
    places: Mutex<BTreeMap<String, Arc<Region>>>,
}

/// GuardDuty in one Region, and the findings to be confirmed there.
struct Region {
    guardduty: GuardDuty,
    asked: Together<sdk::Finding>,
}

impl Watch {
    /// `regions`: where findings came from in an earlier life. Its own Region is always looked at.
    pub fn new(clients: Arc<Clients>, regions: impl IntoIterator<Item = String>) -> Self {
        let own = clients.region().to_owned();
        let regions = regions.into_iter().chain([own]).collect();
        let (detectors, places) = (Mutex::default(), Mutex::default());
        Self { clients, detectors, regions: Mutex::new(regions), places }
    }

    fn known(&self, region: &str) -> Option<String> {
        self.detectors.lock().unwrap_or_else(PoisonError::into_inner).get(region).cloned()
    }

    fn forget(&self, region: &str) {
        self.detectors.lock().unwrap_or_else(PoisonError::into_inner).remove(region);
    }

    /// `None` when GuardDuty is not switched on in that Region.
    async fn detector(&self, guardduty: &GuardDuty) -> Result<Option<String>, Fault> {
        let region = &guardduty.place.region;
        if let Some(id) = self.known(region) {
            return Ok(Some(id));
        }
        let sent = guardduty.client.list_detectors().send();
        let answer = guardduty.place.call("guardduty", "ListDetectors", sent).await?;
        let Some(id) = answer.detector_ids.unwrap_or_default().into_iter().next() else { return Ok(None) };
        let mut known = self.detectors.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(region.clone(), id.clone());
        Ok(Some(id))
    }

    /// Needed once for the error sentences; a deployment whose identity is unknown is heard of elsewhere.
    async fn region(&self, name: &str) -> Result<Arc<Region>, Fault> {
        self.clients.own_identity().await?;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Region { guardduty: self.clients.guardduty(name), asked: Together::default() };
        Ok(places.entry(name.to_owned()).or_insert_with(|| Arc::new(fresh())).clone())
    }

    async fn get(
        &self,
        guardduty: &GuardDuty,
        detector: &str,
        ids: &[String],
    ) -> Result<Vec<sdk::Finding>, Failed> {
        let sent =
            guardduty.client.get_findings().detector_id(detector).set_finding_ids(Some(ids.to_vec())).send();
        let answer = guardduty.place.call("guardduty", "GetFindings", sent).await;
        if answer.as_ref().is_err_and(|failed| failed.code == BAD_REQUEST) {
            self.forget(&guardduty.place.region);
        }
        Ok(answer?.findings.unwrap_or_default())
    }

    async fn recent_in(&self, region: &str, since: Timestamp) -> Result<Vec<Finding>, Fault> {
        let place = self.region(region).await?;
        let guardduty = &place.guardduty;
        let Some(detector) = self.detector(guardduty).await? else { return Ok(vec![]) };
        let criteria = FindingCriteria::builder()
            .criterion(
                "updatedAt",
                Condition::builder().greater_than_or_equal(since.as_millisecond()).build(),
            )
            .criterion("service.archived", Condition::builder().equals("false").build())
            .build();
        let (mut found, mut next) = (vec![], None);
        for _ in 0..PAGES {
            let sent = guardduty
                .client
                .list_findings()
                .detector_id(&detector)
                .finding_criteria(criteria.clone())
                .max_results(50)
                .set_next_token(next.take())
                .send();
            let page = guardduty.place.call("guardduty", "ListFindings", sent).await?;
            for ids in page.finding_ids.unwrap_or_default().chunks(BATCH) {
                let bodies = self.get(guardduty, &detector, ids).await?;
                found.extend(bodies.iter().filter_map(shape::finding));
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(found);
            }
        }
        let count = found.len();
        tracing::warn!(region, count, "more findings than are read at once; look at the others in GuardDuty");
        Ok(found)
    }

    async fn archive_in(
        &self,
        region: &str,
        ids: &[String],
        useful: bool,
        comment: &str,
    ) -> Result<Vec<String>, Fault> {
        let place = self.region(region).await?;
        let guardduty = &place.guardduty;
        let Some(detector) = self.detector(guardduty).await? else {
            return Err(Fault::never(format!(
                "GuardDuty has no detector in {region}: nothing can be archived"
            )));
        };
        let feedback = if useful { Feedback::Useful } else { Feedback::NotUseful };
        let mut request_ids = vec![];
        for ids in ids.chunks(BATCH) {
            let sent = guardduty
                .client
                .update_findings_feedback()
                .detector_id(&detector)
                .set_finding_ids(Some(ids.to_vec()))
                .feedback(feedback.clone())
                .comments(comment)
                .send();
            let told = guardduty.place.call("guardduty", "UpdateFindingsFeedback", sent).await?;
            request_ids.extend(told.request_id().map(str::to_owned));
            let sent = guardduty
                .client
                .archive_findings()
                .detector_id(&detector)
                .set_finding_ids(Some(ids.to_vec()))
                .send();
            let archived = guardduty.place.call("guardduty", "ArchiveFindings", sent).await?;
            request_ids.extend(archived.request_id().map(str::to_owned));
        }
        Ok(request_ids)
    }
}

const BAD_REQUEST: &str = "BadRequestException";

#[async_trait]
impl Detector for Watch {
    async fn confirm(&self, finding: &Finding) -> Result<Confirmation, Fault> {
        let region = finding.region.as_str();
        let place = self.region(region).await?;
        let guardduty = &place.guardduty;
        let Some(detector) = self.detector(guardduty).await? else {
            return Ok(refuted(format!("GuardDuty is not switched on in {region}")));
        };
        self.regions.lock().unwrap_or_else(PoisonError::into_inner).insert(region.to_owned());
        let get = |ids: Vec<String>| {
            let detector = &detector;
            async move { self.get(guardduty, detector, &ids).await }.boxed()
        };
        let body = match place.asked.ask(&finding.id, get, |body: &sdk::Finding| body.id.as_deref()).await {
            Ok(body) => body,
            // An id of the wrong shape is refused rather than not found.
            Err(failed) if failed.code == BAD_REQUEST && failed.message.contains("indingId") => None,
            // The detector we remembered may have been made anew; the next try asks for it again.
            Err(failed) if failed.code == BAD_REQUEST => return Err(Fault::later(failed.fault.to_string())),
            Err(failed) => return Err(failed.into()),
        };
        match body {
            None => Ok(refuted(format!("GuardDuty in {region} does not know a finding {}", finding.id))),
            Some(body) => Ok(match shape::finding(&body) {
                None => refuted(format!("GuardDuty's own answer about {} cannot be read", finding.id)),
                Some(theirs) => match shape::difference(finding, &theirs) {
                    None => Confirmation::Good { theirs: Some(Box::new(theirs)) },
                    Some(why) => Confirmation::Refuted { why, theirs: Some(Box::new(theirs)) },
                },
            }),
        }
    }

    async fn archive(
        &self,
        findings: &[(String, String)],
        useful: bool,
        comment: &str,
    ) -> Result<Vec<String>, Fault> {
        let mut by_region: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (region, id) in findings {
            by_region.entry(region).or_default().push(id.clone());
        }
        let mut request_ids = vec![];
        for (region, ids) in by_region {
            request_ids.extend(self.archive_in(region, &ids, useful, comment).await?);
        }
        Ok(request_ids)
    }

    async fn recent(&self, since: Timestamp) -> Result<Vec<Finding>, Fault> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found = vec![];
        for region in regions {
            match self.recent_in(&region, since).await {
                Ok(findings) => found.extend(findings),
                // A Region that is closed to us must not keep the others' findings from us for ever.
                Err(fault @ Fault::Never { .. }) => {
                    tracing::warn!(%fault, region, "findings that were missed there cannot be read");
                }
                Err(fault @ Fault::Later { .. }) => return Err(fault),
            }
        }
        Ok(found)
    }
}

fn refuted(why: String) -> Confirmation {
    Confirmation::Refuted { why, theirs: None }
}
