//! What CloudTrail tells of a credential: how its session came to be, and what it made since it was first seen.
//! Never here: whom that leads to (`owners`).

use super::look::{Look, keep};
use crate::aws::clients::iam_region;
use crate::aws::dossier::Identity;
use crate::aws::trail::{Attribute, Question, Record, Told};
use crate::case::evidence::{Chain, Evidence, Made};
use futures_util::future::{BoxFuture, join_all};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Kept of what was made, the newest.
const KEPT: usize = 12;

/// Things named of one event.
const NAMED: usize = 3;

/// Clocks differ, and GuardDuty rounds.
const BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// Beginnings of events that leave something behind.
const LASTING: [&str; 17] = [
    "Add",
    "Attach",
    "Authorize",
    "Create",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "Enable",
    "Import",
    "Put",
    "Register",
    "Run",
    "SetDefaultPolicyVersion",
    "Share",
    "UpdateAccessKey",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
    "Upload",
];

/// What every workload does all day.
const NOISE: [&str; 4] = ["CreateLogGroup", "CreateLogStream", "PutLogEvents", "PutMetricData"];

/// For principals about whom nothing else can be read.
pub(super) async fn look(look: &Look<'_>) -> Evidence {
    let mut e = Evidence::default();
    read(look).await.into(&mut e);
    e
}

/// What the history told.
pub(super) struct Past {
    chain: Option<Result<Chain, String>>,
    made: Vec<Result<Arc<Told>, String>>,
    /// The principal's unique id, by which its own events are told from others of the same session name.
    id: Option<String>,
}

pub(super) fn read<'a>(look: &'a Look<'_>) -> BoxFuture<'a, Past> {
    Box::pin(history(look))
}

async fn history(look: &Look<'_>) -> Past {
    let dossier = look.dossier;
    let finding = dossier.finding();
    let chain = async {
        let read = async { dossier.chain().await.transpose() };
        let read = look.in_time("cloudtrail:LookupEvents", read).await;
        read.map(|found| found.map(|followed| followed.chain.clone())).transpose()
    };
    let question = by_whom(look);
    let regions: BTreeSet<&str> = [finding.region.as_str(), iam_region(finding.partition)].into();
    let made = async {
        let Some(question) = &question else { return vec![] };
        let asked = regions.iter().map(|region| {
            look.in_time("cloudtrail:LookupEvents", dossier.ask(dossier.account(), region, question))
        });
        join_all(asked).await
    };
    let (chain, made) = tokio::join!(chain, made);
    Past { chain, made, id: finding.principal.unique_id.clone() }
}

/// Calls made with the key, else those of the user or session.
fn by_whom(look: &Look<'_>) -> Option<Question> {
    let finding = look.dossier.finding();
    let principal = &finding.principal;
    let (attribute, value) = match &principal.access_key {
        Some(key) => (Attribute::AccessKey, key.as_str()),
        None if principal.is_role() => (Attribute::Username, principal.session.as_deref()?),
        None => (Attribute::Username, principal.name.as_str()),
    };
    let from = finding.first_seen.unwrap_or_else(|| finding.seen_at()) - BEFORE;
    let value = Some(value.to_owned()).filter(|value| !value.is_empty())?;
    Some(Question { attribute, value, from: Some(from), until: None })
}

impl Past {
    pub(super) fn into(self, e: &mut Evidence) {
        e.chain = self.chain.and_then(|chain| keep(chain, &mut e.gaps));
        let mut complete = true;
        for told in self.made {
            // The same sentence about two Regions is no news.
            let Some(told) = told
                .map_err(|gap| {
                    if !e.gaps.contains(&gap) {
                        e.gaps.push(gap)
                    }
                })
                .ok()
            else {
                continue;
            };
            complete &= told.complete;
            let ours = |r: &&Record| self.id.as_deref().is_none_or(|id| r.who.unique_id() == Some(id));
            e.made.extend(told.records.iter().filter(|r| is_lasting(r)).filter(ours).map(made));
        }
        if !complete {
            e.gaps.push(
                "the credential made more calls than were read: only the newest were looked at".to_owned(),
            );
        }
        e.made.sort_by_key(|made| std::cmp::Reverse(made.at));
        e.made.truncate(KEPT);
    }
}

fn is_lasting(record: &Record) -> bool {
    let begins = LASTING.iter().any(|beginning| record.name.starts_with(beginning));
    begins && !record.failed && !record.read_only && !NOISE.contains(&record.name.as_str())
}

fn made(record: &Record) -> Made {
    let what: Vec<&str> = record.things.iter().map(String::as_str).take(NAMED).collect();
    Made { at: record.at, event: record.name.clone(), what: what.join(", ") }
}

/// What IAM says of a user or role.
pub(super) fn identify(e: &mut Evidence, identity: &Identity) {
    e.arn = Some(identity.arn.clone());
    e.unique_id = Some(identity.unique_id.clone());
    e.created_at = identity.created_at;
    e.boundary = identity.boundary.clone();
}
