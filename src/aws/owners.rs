//! Who may answer for a principal or a resource: static patterns, tags, the account's person.
//! Never here: asking anybody, or resolving an address to a Slack user. Session names, user agents and other
//! words that the caller chooses never lead to a person, except where an operator's own pattern names them.

mod patterns;
mod tags;

use super::clients::{Clients, Iam};
use crate::case::finding::Finding;
use crate::case::owner::{Handle, Lead, Source};
use crate::case::playbook::Ask;
use crate::case::principal::PrincipalKind;
use crate::config;
use crate::ports::{Fault, OwnerDirectory};
use async_trait::async_trait;
use std::sync::Arc;

/// What looking owners up needs in the account looked at.
pub const ACTIONS: [&str; 4] = ["iam:GetUser", "iam:GetRole", "iam:ListUserTags", "iam:ListRoleTags"];

/// Looks owners up in the configured order of sources.
pub struct Owners {
    clients: Arc<Clients>,
    settings: config::Owners,
}

impl Owners {
    pub fn new(clients: Arc<Clients>, settings: config::Owners) -> Self {
        Self { clients, settings }
    }

    async fn of_principal(&self, finding: &Finding, found: &mut Search) {
        let user_or_role = finding.principal.kind == PrincipalKind::IamUser || finding.principal.is_role();
        let has = |source| self.settings.sources.contains(&source);
        let patterns = has(Source::Static) && !self.settings.principals.is_empty();
        if !user_or_role || !finding.principal.has_callable_name() || !(patterns || has(Source::Tags)) {
            return;
        }
        let account = finding.principal.account.as_ref().unwrap_or(&finding.account);
        match self.clients.evidence(account, finding.partition, &finding.id).await {
            Ok(iam) => {
                if patterns {
                    self.add_true_arn(&iam, finding, found).await;
                }
                found.iam = Some(iam);
            }
            Err(fault) => found.missed("the principal could not be looked at", fault),
        }
    }

    /// A finding names no path; patterns may.
    async fn add_true_arn(&self, iam: &Iam, finding: &Finding, found: &mut Search) {
        match true_arn(iam, finding).await {
            Ok(arn) if found.arns.contains(&arn) => {}
            Ok(arn) => found.arns.push(arn),
            Err(fault) => found.missed("patterns with a path could not be matched", fault),
        }
    }

    async fn ask(&self, source: Source, finding: &Finding, found: &mut Search) {
        match source {
            Source::Static => {
                let lead = patterns::longest(&self.settings.principals, &found.arns);
                found.leads.extend(lead.map(|(pattern, person)| Lead {
                    handle: Handle::Slack(person.clone()),
                    source,
                    confidence: source.confidence(),
                    detail: pattern.clone(),
                }));
            }
            Source::Tags => {
                let Some(iam) = &found.iam else { return };
                match tags::read(iam, finding).await {
                    Ok(tags) => found.leads.extend(tags::leads(&tags, &self.settings)),
                    Err(fault) => found.missed("tags could not be read", fault),
                }
            }
            Source::Account => {
                let person = self.settings.accounts.get(&finding.account);
                found.leads.extend(person.map(|person| Lead {
                    handle: Handle::Slack(person.clone()),
                    source,
                    confidence: source.confidence(),
                    detail: finding.account.to_string(),
                }));
            }
            Source::Sso | Source::Trail | Source::Creator => found.unbuilt.push(source.as_str()),
        }
    }
}

/// What one search has come to.
#[derive(Default)]
struct Search {
    /// Everything a pattern may match.
    arns: Vec<String>,
    iam: Option<Iam>,
    leads: Vec<Lead>,
    notes: Vec<String>,
    unbuilt: Vec<&'static str>,
    /// A look-up that may work when it is tried again.
    later: Option<Fault>,
}

impl Search {
    fn missed(&mut self, what: &str, fault: Fault) {
        self.notes.push(format!("{what}: {fault}"));
        match fault {
            Fault::Later { .. } => self.later = Some(fault),
            Fault::Never { .. } => {}
        }
    }
}

#[async_trait]
impl OwnerDirectory for Owners {
    async fn leads(&self, finding: &Finding, ask: Ask) -> Result<(Vec<Lead>, Vec<String>), Fault> {
        let mut found = Search::default();
        match ask {
            Ask::Security => return Ok((vec![], vec![])),
            Ask::Owner => {
                found.arns.extend(finding.principal.iam_arn());
                found.arns.extend(finding.principal.arn().filter(|_| finding.principal.is_role()));
                self.of_principal(finding, &mut found).await;
            }
            // Tags of buckets and instances are not read in this version.
            Ask::BucketOwner | Ask::InstanceOwner => {
                found.arns.extend(finding.resource.as_ref().and_then(|r| r.arn()).map(str::to_owned));
            }
        }
        for source in &self.settings.sources {
            self.ask(*source, finding, &mut found).await;
        }
        // With somebody to ask there is no reason to wait; without anybody a second try may name them.
        if let (true, Some(fault)) = (found.leads.is_empty(), found.later) {
            return Err(fault);
        }
        // Of use only to those who wonder why nobody was found.
        if found.leads.is_empty() && !found.unbuilt.is_empty() {
            let sources = found.unbuilt.join(", ");
            found.notes.push(format!("not built in this version and skipped: {sources}"));
        }
        Ok((distinct(found.leads), found.notes))
    }
}

/// The first of each handle: the source that was asked first is the one that counts.
fn distinct(leads: Vec<Lead>) -> Vec<Lead> {
    let mut kept: Vec<Lead> = vec![];
    for lead in leads {
        if kept.iter().all(|k| k.handle != lead.handle) {
            kept.push(lead);
        }
    }
    kept
}

async fn true_arn(iam: &Iam, finding: &Finding) -> Result<String, Fault> {
    let name = &finding.principal.name;
    if finding.principal.kind == PrincipalKind::IamUser {
        let sent = iam.client.get_user().user_name(name).send();
        let answer = iam.place.call("iam", "GetUser", sent).await?;
        answer.user.map(|user| user.arn)
    } else {
        let sent = iam.client.get_role().role_name(name).send();
        let answer = iam.place.call("iam", "GetRole", sent).await?;
        answer.role.map(|role| role.arn)
    }
    .ok_or_else(|| Fault::never(format!("IAM answered without an ARN for {name}")))
}
