//! `vouch iam-policy`: what the hub, the evidence role and the respond role must be allowed, from what is enabled.
//! Never here: actions of remedies; each declares its own (`case/remedy`).

use super::Role;
use super::findings;
use super::out::{self, Exit};
use crate::aws::owners;
use crate::aws::remedies::scope;
use crate::case::guard::{BUILT_IN_PROTECTED, Profile};
use crate::case::owner::Source;
use crate::case::principal::{AccountId, Partition, Region};
use crate::case::remedy::{Family, Remedy};
use crate::config::Settings;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FINDINGS: [&str; 5] = [
    "guardduty:ArchiveFindings",
    "guardduty:GetFindings",
    "guardduty:ListDetectors",
    "guardduty:ListFindings",
    "guardduty:UpdateFindingsFeedback",
];

pub(super) async fn run(mut settings: Settings, role: Role, profile: Option<Profile>) -> Exit {
    settings.aws.profile = profile.unwrap_or(settings.aws.profile);
    let statements = match role {
        Role::Hub => hub(&settings),
        Role::Evidence => evidence(&settings),
        Role::Respond => respond(&settings),
    };
    out::json(&json!({ "Version": "2012-10-17", "Statement": statements }));
    Exit::Done
}

fn hub(s: &Settings) -> Vec<Value> {
    let queue = Queue::of(&s.queue.url);
    let partition = queue.partition;
    let mut statements = vec![
        allow(
            "Queue",
            &[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            json!(queue.arn()),
        ),
        // GuardDuty has no resources to name here (Service Authorization Reference).
        allow("Findings", &FINDINGS, json!("*")),
    ];
    let directory = Some(&s.owners.identity_store_role).filter(|_| findings::uses(s, Source::Sso));
    let roles: BTreeSet<String> = [&s.aws.evidence_role, &s.aws.respond_role]
        .into_iter()
        .chain(directory)
        .filter(|template| !template.is_empty())
        .flat_map(|template| arns(s, template, partition))
        .collect();
    if !roles.is_empty() {
        statements.push(allow("Members", &["sts:AssumeRole", "sts:SetSourceIdentity"], json!(roles)));
    }
    if directory.is_some_and(String::is_empty) {
        statements.push(allow("Directory", &owners::DIRECTORY, json!("*")));
    }
    // Without roles the daemon reads and acts with its own credentials.
    if s.aws.evidence_role.is_empty() {
        statements.extend(evidence(s));
    }
    if s.aws.respond_role.is_empty() {
        statements.extend(respond(s));
    }
    if !s.aws.evidence_role.is_empty() && !s.aws.respond_role.is_empty() {
        let never = ["iam:*", "organizations:*", "sts:AssumeRoot", "sts:GetFederationToken"];
        statements.push(deny("NoDirectIam", &never, json!("*")));
    }
    statements
}

fn evidence(s: &Settings) -> Vec<Value> {
    let actions = findings::reads(s).into_iter().collect::<Vec<_>>();
    let mut statements = vec![allow("Evidence", &actions, json!("*"))];
    // `vouch check` asks what either role lacks, and the other is denied everything about itself (`NeverTouch`).
    let partition = Queue::of(&s.queue.url).partition;
    let roles: BTreeSet<String> = [&s.aws.evidence_role, &s.aws.respond_role]
        .into_iter()
        .filter(|template| !template.is_empty())
        .flat_map(|template| arns(s, template, partition))
        .collect();
    if !roles.is_empty() {
        statements.push(allow("Check", &["iam:SimulatePrincipalPolicy"], json!(roles)));
    }
    statements
}

fn respond(s: &Settings) -> Vec<Value> {
    let named = Queue::of(&s.queue.url).partition;
    let quarantine: BTreeSet<String> = arns(s, &s.aws.quarantine_policy, named).into_iter().collect();
    let partition = named.as_str();
    let remedies = findings::writes(s);
    let mut allowed: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    let (mut pinned, mut whom) = (BTreeSet::new(), BTreeSet::new());
    for remedy in &remedies {
        let Some(family) = remedy.family() else { continue };
        for action in remedy.actions().iter().filter(|action| !scope::is_ours(action)) {
            let (sid, resource) = resource(family, action, partition);
            if Remedy::PINNED.contains(action) {
                pinned.insert(*action);
                whom.insert(resource);
            } else {
                allowed.entry((sid, resource)).or_default().insert(action);
            }
        }
    }
    let each = allowed.into_iter();
    let mut statements: Vec<Value> = each
        .map(|((sid, on), actions)| allow(sid, &actions.into_iter().collect::<Vec<_>>(), json!(on)))
        .collect();
    statements.extend(scope::for_any(named, &remedies));
    if statements.is_empty() {
        return vec![deny("NothingEnabled", &["*"], json!("*"))];
    }
    let own = [format!("arn:{partition}:iam::*:policy/vouch/*")];
    let theirs = BUILT_IN_PROTECTED.into_iter().chain(s.protected.iter().map(String::as_str));
    // A policy needs the partition by name, and knows nothing of STS ARNs here.
    let theirs = theirs
        .filter(|arn| arn.contains(":iam:"))
        .map(|arn| arn.replacen("arn:*:", &format!("arn:{partition}:"), 1));
    let never: BTreeSet<String> = own.into_iter().chain(theirs).collect();
    if !pinned.is_empty() {
        let mut attach = allow("Quarantine", &pinned.into_iter().collect::<Vec<_>>(), json!(whom));
        attach["Condition"] = json!({ "ArnLike": { "iam:PolicyARN": quarantine } });
        statements.push(attach);
    }
    statements.push(deny("NeverTouch", &["iam:*"], json!(never)));
    statements
}

/// What an action of a family's remedies is done to, as a policy names it, under a name of its own.
fn resource(family: Family, action: &str, partition: &str) -> (&'static str, String) {
    // Calls on a bucket may need to look at who is named in its policy.
    let of_iam = action.starts_with("iam:");
    match family {
        Family::Bucket | Family::Instance if of_iam => ("Names", format!("arn:{partition}:iam::*:*")),
        Family::User => ("Users", format!("arn:{partition}:iam::*:user/*")),
        Family::Role => ("Roles", format!("arn:{partition}:iam::*:role/*")),
        // What only instances need is said action by action (`aws/remedies/scope`).
        Family::Instance => ("Instances", "*".to_owned()),
        // The account's own settings are no bucket's.
        Family::Bucket if action.contains("Account") => ("Account", "*".to_owned()),
        Family::Bucket => ("Buckets", format!("arn:{partition}:s3:::*")),
    }
}

/// An ARN template for each account it may act in, or for any.
fn arns(s: &Settings, template: &str, partition: Partition) -> Vec<String> {
    let arn = |account: &str| partition.fill(template, account);
    if s.aws.accounts.is_empty() || !template.contains("{account}") {
        return vec![arn("*")];
    }
    s.aws.accounts.iter().map(|account| arn(account.as_str())).collect()
}

fn allow(sid: &str, actions: &[&str], resource: Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
}

fn deny(sid: &str, actions: &[&str], resource: Value) -> Value {
    json!({ "Sid": sid, "Effect": "Deny", "Action": actions, "Resource": resource })
}

/// What a queue's URL tells; `*` for what it does not.
pub(super) struct Queue {
    partition: Partition,
    pub(super) region: String,
    account: String,
    name: String,
}

impl Queue {
    pub(super) fn of(url: &str) -> Self {
        let url = reqwest::Url::parse(url).ok();
        let host = url.as_ref().and_then(|u| u.host_str()).unwrap_or_default();
        let region = host.split('.').find_map(Region::parse);
        let mut path = url.as_ref().map(|u| u.path()).unwrap_or_default().rsplit('/');
        let mut part = || path.next().filter(|part| !part.is_empty()).unwrap_or("*").to_owned();
        Self {
            partition: region.as_ref().map_or(Partition::Commercial, Region::partition),
            region: region.map_or("*".to_owned(), |region| region.to_string()),
            name: part(),
            account: part(),
        }
    }

    /// With what the URL leaves open taken from who asks.
    pub(super) fn arn_in(&self, account: &AccountId, partition: Partition, region: &str) -> String {
        let account = if self.account == "*" { account.as_str() } else { &self.account };
        let region = if self.region == "*" { region } else { &self.region };
        format!("arn:{}:sqs:{region}:{account}:{}", partition.as_str(), self.name)
    }

    fn arn(&self) -> String {
        format!("arn:{}:sqs:{}:{}:{}", self.partition.as_str(), self.region, self.account, self.name)
    }
}
