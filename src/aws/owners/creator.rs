//! Whoever made the thing: the user, its key, its password, the role, the instance, the bucket. Low confidence: the
//! attacker may have made it, so a maker who is the accused, or who came after the activity began, is not asked.
//! Never here: look-ups of the history (`aws/trail`).

use super::trail::behind;
use super::{Asked, Search, patterns};
use crate::aws::clients::iam_region;
use crate::aws::trail::{Attribute, HISTORY, Question, Record};
use crate::case::finding::{Finding, Resource};
use crate::case::owner::{Handle, Lead, Source};
use crate::case::playbook::Ask;
use crate::case::principal::{KeyKind, PrincipalKind};
use futures_util::future::join_all;
use jiff::SignedDuration;

/// A creation is found within this of the date that IAM names for it.
const AROUND: SignedDuration = SignedDuration::from_mins(5);

/// One creation to look for.
struct Sought {
    event: &'static str,
    /// In the request, what the event was about.
    subject: Option<(&'static str, String)>,
    question: Question,
    region: String,
}

pub(super) async fn ask(search: &Search<'_>, asked: &mut Asked) {
    let sought = sought(search, asked).await;
    let account = search.dossier.account();
    let answers = join_all(sought.iter().map(|s| search.dossier.ask(account, &s.region, &s.question))).await;
    for (sought, answer) in sought.iter().zip(answers) {
        match answer {
            Ok(told) => {
                if let Some(record) = told.records.iter().rev().find(|r| sought.fits(r)) {
                    of_record(search, asked, record).await;
                }
            }
            Err(fault) => asked.missed(&format!("who called {} could not be looked up", sought.event), fault),
        }
    }
}

impl Sought {
    fn fits(&self, record: &Record) -> bool {
        let right = |(key, value): &(&str, String)| record.asked(key).as_ref() == Some(value);
        record.name == self.event && !record.failed && self.subject.as_ref().is_none_or(right)
    }
}

async fn sought(search: &Search<'_>, asked: &mut Asked) -> Vec<Sought> {
    let finding = search.finding();
    let region = finding.region.to_string();
    match (search.ask, &finding.resource) {
        (Ask::Security, _) => vec![],
        (Ask::BucketOwner, Some(Resource::Bucket { name, .. })) => vec![Sought {
            event: "CreateBucket",
            subject: Some(("bucketName", name.clone())),
            question: any(Attribute::EventName, "CreateBucket"),
            region,
        }],
        (Ask::InstanceOwner, Some(Resource::Instance { id, .. })) => vec![launch(id, region)],
        (Ask::BucketOwner | Ask::InstanceOwner, _) => vec![],
        (Ask::Owner, _) => of_principal(search, asked).await,
    }
}

async fn of_principal(search: &Search<'_>, asked: &mut Asked) -> Vec<Sought> {
    let finding = search.finding();
    let principal = &finding.principal;
    let mut sought = vec![];
    if !search.of_principal() {
        return sought;
    }
    let region = iam_region(finding.partition).to_owned();
    let user = principal.kind == PrincipalKind::IamUser;
    let (event, key) = if user { ("CreateUser", "userName") } else { ("CreateRole", "roleName") };
    let subject = Some((key, principal.name.clone()));
    // The nearest to the credential first: who made the key, or the password, before who made the user.
    match principal.access_key.as_ref().filter(|_| user) {
        Some(key) if key.kind() == KeyKind::LongTerm => sought.push(Sought {
            event: "CreateAccessKey",
            subject: subject.clone(),
            question: any(Attribute::Resource, key.as_str()),
            region: region.clone(),
        }),
        Some(_) => {}
        None if user => sought.push(Sought {
            event: "CreateLoginProfile",
            subject: subject.clone(),
            question: any(Attribute::EventName, "CreateLoginProfile"),
            region: region.clone(),
        }),
        None => {}
    }
    if let (PrincipalKind::InstanceRole, Some(instance)) = (principal.kind, &principal.session) {
        sought.push(launch(instance, finding.region.to_string()));
    }
    match search.dossier.identity().await {
        Ok(identity) if identity.is_service_linked() => {}
        Ok(identity) => {
            // Older than the history: nothing to be found, and a call saved.
            let reaches = |at: &jiff::Timestamp| search.dossier.now().duration_since(*at) < HISTORY;
            sought.extend(identity.created_at.filter(reaches).map(|at| Sought {
                event,
                subject,
                question: Question {
                    from: Some(at - AROUND),
                    until: Some(at + AROUND),
                    ..any(Attribute::Resource, &principal.name)
                },
                region,
            }));
        }
        Err(fault) => asked.missed("when the principal was made could not be seen", fault),
    }
    sought
}

fn launch(instance: &str, region: String) -> Sought {
    Sought { event: "RunInstances", subject: None, question: any(Attribute::Resource, instance), region }
}

fn any(attribute: Attribute, value: &str) -> Question {
    Question { attribute, value: value.to_owned(), from: None, until: None }
}

async fn of_record(search: &Search<'_>, asked: &mut Asked, record: &Record) {
    let finding = search.finding();
    let maker = record.who.shown();
    let began = finding.first_seen.unwrap_or_else(|| finding.seen_at());
    if record.at >= began {
        asked.notes.push(format!("{} by {maker} came after the activity began: not asked", record.name));
        return;
    }
    if is_accused(record, finding) {
        asked.notes.push(format!("{} was called by the accused: not asked", record.name));
        return;
    }
    let arn = record.who.arn.clone().filter(|_| record.who.is_user());
    let known = arn.as_ref().and_then(|arn| {
        patterns::longest(&search.settings.principals, std::slice::from_ref(arn)).map(|(_, person)| person)
    });
    if let Some(person) = known {
        asked.leads.push(Lead {
            handle: Handle::Slack(person.clone()),
            source: Source::Creator,
            confidence: Source::Creator.confidence(),
            detail: format!("{} by {maker}", record.name),
        });
    } else if let Some(key) = record.who.key.as_ref().filter(|key| key.kind() == KeyKind::Session) {
        let account = record.who.account.as_ref().unwrap_or(search.dossier.account());
        match search.dossier.chain_of(key, account).await {
            Ok(followed) => behind(search, asked, &followed, Source::Creator).await,
            Err(fault) => asked.missed("who made it could not be followed", fault),
        }
    } else {
        asked
            .notes
            .push(format!("{} was called by {maker}, for whom owners.principals has nobody", record.name));
    }
}

/// The same user or role, whatever it is called now, or the very key.
fn is_accused(record: &Record, finding: &Finding) -> bool {
    let (who, accused) = (&record.who, &finding.principal);
    let same_id = who.unique_id().is_some() && who.unique_id() == accused.unique_id.as_deref();
    let same_key = who.key.is_some() && who.key == accused.access_key;
    let same_name = match &who.issuer {
        Some(issuer) => accused.is_role() && issuer.name == accused.name,
        None => who.is_user() && who.user_name.as_deref() == Some(accused.name.as_str()),
    };
    let here = who.account.is_none() || who.account == accused.account;
    same_id || same_key || (same_name && here)
}
