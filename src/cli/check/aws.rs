//! The AWS side: who we are, the queue, GuardDuty, the roles of each account.
//! Never here: single permissions (`iam`).

use super::iam::{self, Acting};
use super::{Check, Verdict, check, lacking};
use crate::aws::clients::{Clients, Iam, Identity};
use crate::aws::{owners, probe};
use crate::case::owner::Source;
use crate::case::principal::AccountId;
use crate::cli::findings;
use crate::cli::iam_policy::Queue;
use crate::config::Settings;
use crate::ports::{Clock, Fault};
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// For finding credentials, which may mean asking the instance or the container for them.
const CREDENTIALS: Duration = Duration::from_secs(20);

/// Accounts looked at side by side.
const ACCOUNTS: usize = 8;

/// Below this a slow commit makes the same finding come twice.
const VISIBILITY_LEAST: u64 = 30;

/// Above this a finding that a crash left behind waits too long for the next try.
const VISIBILITY_MOST: u64 = 900;

/// Below this a few restarts send findings away unread.
const RECEIVES_LEAST: u64 = 3;

/// Below this an outage of a night loses findings; a week-end is better.
const RETENTION_LEAST: u64 = 86_400;

/// Everything, in the order it is read. What cannot be asked without an identity is not asked.
pub(super) async fn all(s: &Settings, clock: Arc<dyn Clock>) -> Vec<Check> {
    let clients = match timeout(CREDENTIALS, Clients::new(&s.aws, clock)).await {
        Ok(Ok(clients)) => clients,
        Ok(Err(fault)) => return vec![check(Verdict::Fail, "identity", fault.to_string())],
        Err(_) => return vec![nobody("no answer in time")],
    };
    let identity = match timeout(CREDENTIALS, clients.own_identity()).await {
        Ok(Ok(identity)) => identity.clone(),
        Ok(Err(fault)) => return vec![nobody(&fault.to_string())],
        Err(_) => return vec![nobody("no answer in time")],
    };
    let mut checks = who(s, &identity, clients.region());
    let (queue, guardduty, hub) =
        tokio::join!(queue(s, &clients), guardduty(s, &clients), iam::hub(s, &clients, &identity));
    checks.extend(queue);
    checks.extend(guardduty);
    checks.extend(hub);
    checks.extend(directory(s, &clients).await);
    let accounts = if s.aws.accounts.is_empty() {
        std::slice::from_ref(&identity.account)
    } else {
        s.aws.accounts.as_slice()
    };
    let each = accounts.iter().map(|account| of_account(s, &clients, &identity, account));
    let each: Vec<Vec<Check>> = stream::iter(each).buffered(ACCOUNTS).collect().await;
    checks.extend(each.into_iter().flatten());
    checks
}

fn nobody(why: &str) -> Check {
    let text = format!(
        "AWS does not say who we are ({why}); give the credentials and the Region that the daemon has, and a way to \
         sts of that Region. Nothing else in AWS was checked"
    );
    check(Verdict::Fail, "identity", text)
}

fn who(s: &Settings, us: &Identity, region: &str) -> Vec<Check> {
    let mut checks = vec![];
    let text = format!("{} in account {}, {region}", us.arn, us.account);
    checks.push(check(Verdict::Ok, "identity", text));
    if us.arn.ends_with(":root") {
        let text = "these are the account's root credentials; run vouch with a role of its own";
        checks.push(check(Verdict::Warn, "identity", text));
    }
    if !s.aws.accounts.is_empty() && !s.aws.accounts.contains(&us.account) {
        let text = format!(
            "our own account {} is not in aws.accounts: nothing is looked up or done there; name it if it should be",
            us.account
        );
        checks.push(check(Verdict::Warn, "identity", text));
    }
    checks
}

async fn queue(s: &Settings, clients: &Clients) -> Vec<Check> {
    let url = &s.queue.url;
    let shape = match probe::queue(clients, url).await {
        Ok(shape) => shape,
        Err(failed) => {
            let there = Queue::of(url).region;
            let elsewhere = if there == "*" || there == clients.region() {
                String::new()
            } else {
                format!(" The URL names {there}, and our Region is {}: set AWS_REGION.", clients.region())
            };
            let text = format!(
                "{url} cannot be read: {}.{elsewhere} Look at queue.url, and allow what `vouch iam-policy hub` prints",
                failed.fault
            );
            return vec![check(Verdict::Fail, "queue", text)];
        }
    };
    let mut checks = vec![check(Verdict::Ok, "queue", format!("{url} can be reached"))];
    checks.push(match &shape.redrive {
        None => {
            let text = "it has no redrive policy: what cannot be read is received for ever and then lost; name a \
                        dead-letter queue, with maxReceiveCount 5";
            check(Verdict::Warn, "redrive", text)
        }
        Some(redrive) if redrive.receives < RECEIVES_LEAST => {
            let text = format!(
                "maxReceiveCount is {}: a few restarts send findings to {} unread; set 5",
                redrive.receives, redrive.target
            );
            check(Verdict::Warn, "redrive", text)
        }
        Some(redrive) => {
            let text = format!("after {} receives to {}", redrive.receives, redrive.target);
            check(Verdict::Ok, "redrive", text)
        }
    });
    checks.push(match shape.visibility_seconds {
        None => check(Verdict::Warn, "visibility", "the queue does not tell its visibility timeout"),
        Some(seconds) if seconds < VISIBILITY_LEAST => {
            let text = format!(
                "{seconds} s: a slow moment makes findings come twice and counts as a receive; set 60 s"
            );
            check(Verdict::Warn, "visibility", text)
        }
        Some(seconds) if seconds > VISIBILITY_MOST => {
            let text = format!(
                "{seconds} s: so long a finding waits after a crash; set 60 s (it is prolonged as needed)"
            );
            check(Verdict::Warn, "visibility", text)
        }
        Some(seconds) => check(Verdict::Ok, "visibility", format!("{seconds} s")),
    });
    if let Some(seconds) = shape.retention_seconds.filter(|seconds| *seconds < RETENTION_LEAST) {
        let text = format!(
            "messages are kept for {seconds} s only: an outage of that length loses findings; set 4 days or more"
        );
        checks.push(check(Verdict::Warn, "retention", text));
    }
    checks
}

async fn guardduty(s: &Settings, clients: &Clients) -> Vec<Check> {
    let region = clients.region();
    let detector = match probe::detector(clients).await {
        Ok(Some(detector)) => detector,
        Ok(None) => {
            let text = format!(
                "it is not switched on in {region}: no finding can be confirmed, so nothing is written; switch it on, or \
                 run vouch where the findings are"
            );
            return vec![check(lacking(s.mode), "guardduty", text)];
        }
        Err(failed) => {
            let text = format!("{}; allow what `vouch iam-policy hub` prints", failed.fault);
            return vec![check(lacking(s.mode), "guardduty", text)];
        }
    };
    let mut checks = vec![check(Verdict::Ok, "guardduty", format!("detector {detector} in {region}"))];
    checks.push(match probe::get_findings(clients, &detector).await {
        Ok(()) => check(Verdict::Ok, "findings", "they may be fetched to be confirmed"),
        Err(failed) => {
            let text = format!(
                "they cannot be fetched to be confirmed, so nothing is ever written: {}; allow guardduty:GetFindings",
                failed.fault
            );
            check(lacking(s.mode), "findings", text)
        }
    });
    checks
}

/// Where the source `sso` looks people up, if it is used.
async fn directory(s: &Settings, clients: &Clients) -> Option<Check> {
    if !findings::uses(s, Source::Sso) {
        return None;
    }
    let (store, region) = (&s.owners.identity_store_id, &s.owners.identity_store_region);
    Some(match probe::directory(clients, &s.owners).await {
        Ok(()) => check(Verdict::Ok, "owners", format!("people can be looked up in {store}, {region}")),
        Err(fault) => {
            let who = if s.owners.identity_store_role.is_empty() {
                "our own role"
            } else {
                "owners.identity_store_role"
            };
            let text = format!(
                "the source sso finds nobody: {fault}; look at owners.identity_store_*, and allow {who} {}",
                owners::DIRECTORY.join(" and ")
            );
            check(Verdict::Warn, "owners", text)
        }
    })
}

/// The two ways into an account, and what may be done there.
async fn of_account(s: &Settings, clients: &Clients, us: &Identity, account: &AccountId) -> Vec<Check> {
    let mut checks = vec![];
    let (partition, region) = (us.partition, clients.region());
    let evidence = clients.evidence(account, partition, "check").await;
    checks.push(role(s, "evidence", &s.aws.evidence_role, account, evidence.as_ref().err()));
    let respond = clients.rehearse(account, partition).await;
    checks.push(role(s, "respond", &s.aws.respond_role, account, respond.as_ref().err()));
    let principal = async |template: &str, iam: &Iam| {
        if template.is_empty() {
            probe::with_path(iam, &us.arn).await
        } else {
            template.replace("{partition}", partition.as_str()).replace("{account}", account.as_str())
        }
    };
    // The evidence role may ask about both (`vouch iam-policy evidence`); then each about itself, and in our own account
    // we ourselves.
    let own = if *account == us.account { clients.own_iam().await.ok() } else { None };
    let askers = |itself: Option<&Iam>| {
        let in_turn = [evidence.as_ref().ok(), itself, own.as_ref()];
        in_turn.into_iter().flatten().cloned().collect::<Vec<_>>()
    };
    if let Ok(iam) = &evidence {
        let principal = principal(&s.aws.evidence_role, iam).await;
        let acting = Acting { account, partition, region, principal, askers: askers(None) };
        checks.push(iam::evidence(s, &acting).await);
    }
    if let Ok(iam) = &respond {
        let principal = principal(&s.aws.respond_role, iam).await;
        let acting = Acting { account, partition, region, principal, askers: askers(Some(iam)) };
        checks.extend(iam::remedies(s, &acting).await);
    }
    checks
}

fn role(s: &Settings, which: &str, template: &str, account: &AccountId, fault: Option<&Fault>) -> Check {
    match (fault, template.is_empty()) {
        (None, true) => check(Verdict::Ok, "roles", format!("{which} in {account} with our own credentials")),
        (None, false) => check(Verdict::Ok, "roles", format!("the {which} role of {account} can be assumed")),
        (Some(fault), true) => {
            let text = format!("{which} in {account}: {fault}; set aws.{which}_role");
            check(lacking(s.mode), "roles", text)
        }
        (Some(fault), false) => {
            let text = format!(
                "the {which} role of {account} cannot be assumed: {fault}. Its trust policy must name us, with \
                 sts:AssumeRole, sts:SetSourceIdentity and the external id of aws.external_id; and we need both \
                 actions on it (`vouch iam-policy hub`)"
            );
            check(lacking(s.mode), "roles", text)
        }
    }
}
