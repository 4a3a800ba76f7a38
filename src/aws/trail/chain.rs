//! From a session key back to whoever began: the event that issued it, the key that called for it, and so on.
//! Never here: whom to ask. A session's name, which its caller chose, leads nowhere.

use super::record::Record;
use super::{Attribute, Question};
use crate::aws::clients::iam_region;
use crate::aws::dossier::Dossier;
use crate::case::evidence::{Chain, ChainEnd, Hop};
use crate::case::principal::{AccessKeyId, AccountId, KeyKind};
use crate::ports::Fault;
use futures_util::future::join_all;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Credentials that issued the next, at most (facts/aws.md 3.2).
const HOPS: usize = 5;

/// CloudTrail is usually done within five minutes and promises nothing (facts/aws.md 3.2).
const LAG: SignedDuration = SignedDuration::from_mins(15);

/// Events that hand out session keys (AWS STS API reference).
const ISSUING: [&str; 6] = [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetFederationToken",
    "GetSessionToken",
];

/// A chain with the record of each hop.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Followed {
    pub(in crate::aws) chain: Chain,
    pub(in crate::aws) records: Vec<Record>,
}

/// Follows a session key that was used in `account`. A fault only if the very first step could not be looked up.
pub(in crate::aws) async fn follow(
    dossier: &Dossier,
    key: &AccessKeyId,
    account: &AccountId,
) -> Result<Followed, Fault> {
    let finding = dossier.finding();
    let mut regions: BTreeSet<String> = [finding.region.as_str(), iam_region(finding.partition)]
        .into_iter()
        // The endpoint that issued it is nowhere written. People and machines use that of the Region they work in.
        .chain([dossier.own_region()])
        .map(str::to_owned)
        .collect();
    let mut followed = Followed { chain: Chain { hops: vec![], end: ChainEnd::TooLong }, records: vec![] };
    let (mut key, mut account) = (key.clone(), account.clone());
    let mut visited = BTreeSet::new();
    while followed.records.len() < HOPS {
        // In the account of a caller from elsewhere the same event is found again, with more about the caller.
        if !visited.insert((key.clone(), account.clone())) {
            followed.chain.end = ChainEnd::Unclear { what: "a key that leads back to itself".to_owned() };
            return Ok(followed);
        }
        let found = match issuing(dossier, &key, &account, &regions).await {
            Ok(found) => found,
            Err(fault) if followed.records.is_empty() => return Err(fault),
            Err(fault) => {
                followed.chain.end = ChainEnd::Unclear { what: fault.to_string() };
                return Ok(followed);
            }
        };
        let Some(record) = found else {
            let seen = finding.first_seen.unwrap_or_else(|| finding.seen_at());
            followed.chain.end = ChainEnd::NotFound { yet: dossier.now().duration_since(seen) < LAG };
            return Ok(followed);
        };
        if !record.region.is_empty() {
            regions.insert(record.region.clone());
        }
        let step = Step::of(&record, &account, dossier).await;
        if let Step::Across(theirs) = step {
            account = theirs;
            continue;
        }
        followed.chain.hops.push(hop(&record));
        followed.records.push(record);
        match step {
            Step::Key(next) => key = next,
            Step::End(end) => {
                followed.chain.end = end;
                return Ok(followed);
            }
            Step::Across(_) => {}
        }
    }
    Ok(followed)
}

/// Where an issuing event leads.
enum Step {
    Key(AccessKeyId),
    /// The same event as its caller's own account saw it.
    Across(AccountId),
    End(ChainEnd),
}

impl Step {
    async fn of(record: &Record, account: &AccountId, dossier: &Dossier) -> Self {
        let who = &record.who;
        let caller = who.account.as_ref().unwrap_or(account);
        let unclear = || ChainEnd::Unclear { what: format!("{} by {}", record.name, who.shown()) };
        let end = match who.kind.as_str() {
            "IAMUser" => who.arn.clone().map_or_else(unclear, |arn| ChainEnd::User { arn }),
            "Root" => ChainEnd::Root { account: who.account.clone() },
            "AWSService" => ChainEnd::Service { name: who.invoked_by.clone().unwrap_or_else(|| who.shown()) },
            "SAMLUser" | "WebIdentityUser" | "IdentityCenterUser" => ChainEnd::Provider {
                provider: who.provider.clone().unwrap_or_else(|| who.kind.clone()),
                subject: who.user_name.clone().unwrap_or_else(|| who.shown()),
            },
            "AWSAccount" if caller != account => {
                if dossier.may_look_into(caller).await {
                    return Self::Across(caller.clone());
                }
                ChainEnd::Elsewhere { account: caller.to_string() }
            }
            "AssumedRole" | "FederatedUser" => match &who.key {
                Some(key) if key.kind() == KeyKind::Session => return Self::Key(key.clone()),
                Some(_) | None => unclear(),
            },
            _ => unclear(),
        };
        Self::End(end)
    }
}

fn hop(record: &Record) -> Hop {
    Hop {
        at: record.at,
        event: record.name.clone(),
        by: record.who.shown(),
        key: record.who.key.as_ref().map(|key| key.as_str().to_owned()),
        source_identity: record.who.source_identity.clone().or_else(|| record.sets_source_identity()),
    }
}

/// The event that issued a key. Every Region is asked at once; one that cannot be asked matters only if no other knows.
async fn issuing(
    dossier: &Dossier,
    key: &AccessKeyId,
    account: &AccountId,
    regions: &BTreeSet<String>,
) -> Result<Option<Record>, Fault> {
    let question =
        Question { attribute: Attribute::Resource, value: key.as_str().to_owned(), from: None, until: None };
    let asked = regions.iter().map(|region| dossier.ask(account, region, &question));
    let mut fault = None;
    let mut found: Vec<Record> = vec![];
    for told in join_all(asked).await {
        match told {
            Ok(told) => {
                let issuing =
                    |r: &&Record| ISSUING.contains(&r.name.as_str()) && r.issued().as_ref() == Some(key);
                found.extend(told.records.iter().filter(issuing).cloned());
            }
            Err(told) => fault = Some(told),
        }
    }
    found.sort_by_key(|record| record.at);
    match (found.into_iter().next(), fault) {
        (Some(record), _) => Ok(Some(record)),
        (None, Some(fault)) => Err(fault),
        (None, None) => Ok(None),
    }
}
