//! Which permissions are missing, by IAM's own simulation for the identity that would act.
//! Never here: which actions a feature needs; the features declare them.

use super::{Check, Verdict, check, lacking};
use crate::aws::call::Failed;
use crate::aws::clients::{Clients, Iam, Identity};
use crate::aws::remedies::scope;
use crate::aws::{detector, probe};
use crate::case::guard::Mode;
use crate::case::principal::{AccountId, Partition};
use crate::cli::findings;
use crate::cli::iam_policy::Queue;
use crate::config::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// What the queue is used with.
const QUEUE: [&str; 4] =
    ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/// Whom a simulation is about, and who may be able to ask for one.
pub(super) struct Acting<'a> {
    pub(super) account: &'a AccountId,
    pub(super) partition: Partition,
    pub(super) region: &'a str,
    /// ARN with path.
    pub(super) principal: String,
    /// Tried in this order.
    pub(super) askers: Vec<Iam>,
}

/// The daemon's own: queue, findings, archiving.
pub(super) async fn hub(s: &Settings, clients: &Clients, us: &Identity) -> Vec<Check> {
    let iam = match clients.own_iam().await {
        Ok(iam) => iam,
        Err(fault) => return vec![unknown("the hub", &fault.to_string())],
    };
    let principal = probe::with_path(&iam, &us.arn).await;
    let (account, partition, region) = (&us.account, us.partition, clients.region());
    let acting = Acting { account, partition, region, principal, askers: vec![iam] };
    let archiving: &[&str] = match s.mode {
        Mode::Enforce => &detector::WRITES,
        Mode::Observe | Mode::DryRun => &[],
    };
    let actions: BTreeSet<&str> = QUEUE.iter().chain(&detector::READS).chain(archiving).copied().collect();
    let what = "queue and findings";
    vec![match acting.missing(s, &actions).await {
        Err(failed) => unknown(what, &cannot(&failed)),
        Ok(missing) if missing.is_empty() => {
            check(Verdict::Ok, "permissions", format!("{what}: {} actions are allowed", actions.len()))
        }
        Ok(missing) => acting.lacks(s, what, &missing, "hub"),
    }]
}

/// What is looked up about the accused and their owner.
pub(super) async fn evidence(s: &Settings, acting: &Acting<'_>) -> Check {
    let actions = findings::reads(s);
    let what = format!("evidence in {}", acting.account);
    match acting.missing(s, &actions).await {
        Err(failed) => unknown(&what, &cannot(&failed)),
        Ok(missing) if missing.is_empty() => {
            check(Verdict::Ok, "permissions", format!("{what}: {} actions are allowed", actions.len()))
        }
        Ok(missing) => acting.lacks(s, &what, &missing, "evidence"),
    }
}

/// One line for each remedy that lacks something, or one for all.
pub(super) async fn remedies(s: &Settings, acting: &Acting<'_>) -> Vec<Check> {
    let remedies = findings::writes(s);
    let actions: BTreeSet<&str> = remedies.iter().flat_map(|remedy| remedy.actions()).copied().collect();
    let what = format!("remedies in {}", acting.account);
    if actions.is_empty() {
        return vec![check(Verdict::Ok, "permissions", format!("{what}: no rule names one that writes"))];
    }
    let missing = match acting.missing(s, &actions).await {
        Err(failed) => return vec![unknown(&what, &cannot(&failed))],
        Ok(missing) => missing,
    };
    let mut checks = vec![];
    let mut fine = vec![];
    for remedy in remedies {
        let lacks: BTreeSet<String> = remedy
            .actions()
            .iter()
            .filter(|action| missing.contains(**action))
            .map(|a| (*a).to_owned())
            .collect();
        if lacks.is_empty() {
            fine.push(remedy.as_str());
        } else {
            let what = format!("{} in {}", remedy.as_str(), acting.account);
            checks.push(acting.lacks(s, &what, &lacks, "respond"));
        }
    }
    if !fine.is_empty() {
        let text = format!("{what}: {} are allowed", fine.join(", "));
        checks.insert(0, check(Verdict::Ok, "permissions", text));
    }
    checks
}

impl Acting<'_> {
    /// The first asker that gets an answer tells.
    async fn missing(&self, s: &Settings, actions: &BTreeSet<&str>) -> Result<BTreeSet<String>, Failed> {
        let mut last = None;
        for iam in &self.askers {
            match self.asked_by(iam, s, actions).await {
                Ok(missing) => return Ok(missing),
                Err(failed) => last = last.or(Some(failed)),
            }
        }
        last.map_or_else(|| Ok(BTreeSet::new()), Err)
    }

    /// Actions go together that work on the same kind of thing.
    async fn asked_by(
        &self,
        iam: &Iam,
        s: &Settings,
        actions: &BTreeSet<&str>,
    ) -> Result<BTreeSet<String>, Failed> {
        let mut by_resource: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for action in actions {
            by_resource.entry(self.resource(s, action)).or_default().push(action);
        }
        let pinned = ("iam:PolicyARN".to_owned(), self.here(&s.aws.quarantine_policy));
        let more = scope::circumstances(self.partition).map(|(key, value)| (key, value.to_owned()));
        let context: Vec<(String, String)> =
            more.into_iter().chain([pinned]).filter(|(_, value)| !value.is_empty()).collect();
        let mut missing = BTreeSet::new();
        for (resource, actions) in by_resource {
            missing.extend(probe::forbidden(iam, &self.principal, &actions, &resource, &context).await?);
        }
        Ok(missing)
    }

    /// What an action would be done to: somebody who is nobody, under a name that is not protected.
    fn resource(&self, s: &Settings, action: &str) -> String {
        if scope::is_ours(action) {
            return scope::sample(self.partition, self.account.as_str(), self.region, action);
        }
        let (service, verb) = action.split_once(':').unwrap_or((action, ""));
        let kind = match service {
            "sqs" => return Queue::of(&s.queue.url).arn_in(self.account, self.partition, self.region),
            // These have no resource to name (Service Authorization Reference, IAM).
            "iam" if ["GetAccountSummary", "GetServiceLastAccessedDetails"].contains(&verb) => {
                return "*".to_owned();
            }
            "iam" if ["GetPolicy", "GetPolicyVersion"].contains(&verb) => "policy",
            "iam" if verb.contains("Group") && !verb.contains("User") => "group",
            "iam" if verb.contains("Role") => "role",
            "iam" => "user",
            // The account's own settings have no ARN; a bucket's has no account.
            "s3" if !verb.contains("Account") && verb != "ListAccessPoints" => {
                return format!("arn:{}:s3:::vouch-check-nobody", self.partition.as_str());
            }
            _ => return "*".to_owned(),
        };
        format!("arn:{}:iam::{}:{kind}/vouch-check-nobody", self.partition.as_str(), self.account)
    }

    fn here(&self, template: &str) -> String {
        template.replace("{partition}", self.partition.as_str()).replace("{account}", self.account.as_str())
    }

    fn lacks(&self, s: &Settings, what: &str, missing: &BTreeSet<String>, policy: &str) -> Check {
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        let text = format!(
            "{what} lacks {}; attach to {} what `vouch iam-policy {policy}` prints",
            missing.join(", "),
            self.principal
        );
        check(lacking(s.mode), "permissions", text)
    }
}

fn cannot(failed: &Failed) -> String {
    if failed.is_denied() {
        "iam:SimulatePrincipalPolicy is not allowed; compare the policies with what `vouch iam-policy` prints, or let \
         the identity ask about itself, or the evidence role about it"
            .to_owned()
    } else {
        failed.fault.to_string()
    }
}

fn unknown(what: &str, why: &str) -> Check {
    check(Verdict::Warn, "permissions", format!("{what}: missing permissions cannot be known ({why})"))
}
