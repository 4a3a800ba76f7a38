//! Who may answer for a principal or a resource: static patterns, Identity Center, CloudTrail, tags, the account's person.
//! Never here: asking anybody, or resolving an address to a Slack user. Session names, user agents, session tags and
//! other words that the caller chooses never lead to a person, except where an operator's own pattern names them.

mod creator;
mod handle;
mod patterns;
mod sso;
mod tags;
mod trail;

use super::dossier::{Dossier, Dossiers};
use crate::case::finding::Finding;
use crate::case::owner::{Handle, Lead, Source};
use crate::case::playbook::Ask;
use crate::case::principal::PrincipalKind;
use crate::config;
use crate::ports::{Fault, OwnerDirectory};
use async_trait::async_trait;
use futures_util::future::{BoxFuture, join_all};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What a source needs in the account looked into, to be kept beside the calls: `iam-policy` prints it, `check` tests it.
pub fn actions(source: Source) -> &'static [&'static str] {
    match source {
        // Patterns may name a path, which only IAM tells.
        Source::Static => &["iam:GetRole", "iam:GetUser"],
        Source::Sso => &["iam:GetRole"],
        Source::Trail => &["cloudtrail:LookupEvents"],
        Source::Tags => &[
            "cloudtrail:LookupEvents",
            #[cfg(feature = "ec2")]
            "ec2:DescribeInstances",
            "iam:GetRole",
            "iam:GetUser",
            "iam:ListRoleTags",
            "iam:ListUserTags",
            "s3:GetBucketTagging",
        ],
        Source::Creator => &["cloudtrail:LookupEvents", "iam:GetRole", "iam:GetUser"],
        Source::Account => &[],
    }
}

/// What `sso` needs where the directory is: of `owners.identity_store_role`, or of our own role without one.
pub const DIRECTORY: [&str; 2] = ["identitystore:DescribeUser", "identitystore:GetUserId"];

/// Looks owners up in the configured order of sources.
pub struct Owners {
    dossiers: Arc<Dossiers>,
    settings: config::Owners,
}

impl Owners {
    pub fn new(dossiers: Arc<Dossiers>, settings: config::Owners) -> Self {
        Self { dossiers, settings }
    }
}

/// What one source may take of the 20 s that a search has: its look-ups follow each other. Whoever another source names
/// is asked all the same.
const SOURCE: Duration = Duration::from_secs(14);
/// What is left for the others' answers where a search has less.
const SPARE: Duration = Duration::from_millis(500);

/// One search, as every source sees it.
struct Search<'a> {
    dossier: &'a Dossier,
    settings: &'a config::Owners,
    ask: Ask,
    /// For each source.
    within: Duration,
}

/// What came of asking one source.
#[derive(Default)]
struct Asked {
    leads: Vec<Lead>,
    notes: Vec<String>,
    /// A look-up that may work when it is tried again.
    later: Option<Fault>,
}

impl Asked {
    fn missed(&mut self, what: &str, fault: Fault) {
        self.notes.push(format!("{what}: {fault}"));
        match fault {
            Fault::Later { .. } => self.later = Some(fault),
            Fault::Never { .. } => {}
        }
    }
}

impl Search<'_> {
    fn finding(&self) -> &Finding {
        self.dossier.finding()
    }

    /// The principal is a user or a role that IAM can be asked about, and it is the principal's owner who is wanted.
    fn of_principal(&self) -> bool {
        let principal = &self.finding().principal;
        let user_or_role = principal.kind == PrincipalKind::IamUser || principal.is_role();
        self.ask == Ask::Owner && user_or_role && principal.has_callable_name()
    }

    fn ask(&self, source: Source) -> BoxFuture<'_, Asked> {
        Box::pin(async move {
            timeout(self.within, self.asked(source)).await.unwrap_or_else(|_| {
                let mut asked = Asked::default();
                asked.missed(source.as_str(), Fault::later("it took too long"));
                asked
            })
        })
    }

    async fn asked(&self, source: Source) -> Asked {
        let mut asked = Asked::default();
        match source {
            Source::Static => self.patterns(&mut asked).await,
            Source::Sso => sso::ask(self, &mut asked).await,
            Source::Trail => trail::ask(self, &mut asked).await,
            Source::Tags => tags::ask(self, &mut asked).await,
            Source::Creator => creator::ask(self, &mut asked).await,
            Source::Account => {
                let account = &self.finding().account;
                let person = self.settings.accounts.get(account);
                asked.leads.extend(person.map(|person| Lead {
                    handle: Handle::Slack(person.clone()),
                    source,
                    confidence: source.confidence(),
                    detail: account.to_string(),
                }));
            }
        }
        asked
    }

    async fn patterns(&self, asked: &mut Asked) {
        if self.settings.principals.is_empty() {
            return;
        }
        let (finding, source) = (self.finding(), Source::Static);
        let mut arns = vec![];
        match self.ask {
            Ask::Owner => {
                arns.extend(finding.principal.iam_arn());
                arns.extend(finding.principal.arn().filter(|_| finding.principal.is_role()));
            }
            Ask::BucketOwner | Ask::InstanceOwner => {
                arns.extend(finding.resource.as_ref().and_then(|r| r.arn()).map(str::to_owned));
            }
            Ask::Security => {}
        }
        if self.of_principal() {
            // A finding names no path; patterns may, but few do.
            let looked = timeout(self.within / 2, self.dossier.identity()).await;
            match looked.unwrap_or_else(|_| Err(Fault::later("it took too long"))) {
                Ok(identity) if arns.contains(&identity.arn) => {}
                Ok(identity) => arns.push(identity.arn.clone()),
                Err(fault) => asked.missed("patterns with a path could not be matched", fault),
            }
        }
        let lead = patterns::longest(&self.settings.principals, &arns);
        asked.leads.extend(lead.map(|(pattern, person)| Lead {
            handle: Handle::Slack(person.clone()),
            source,
            confidence: source.confidence(),
            detail: pattern.clone(),
        }));
    }
}

#[async_trait]
impl OwnerDirectory for Owners {
    async fn leads(
        &self,
        finding: &Finding,
        ask: Ask,
        within: Duration,
    ) -> Result<(Vec<Lead>, Vec<String>), Fault> {
        if ask == Ask::Security {
            return Ok((vec![], vec![]));
        }
        let dossier = self.dossiers.of(finding);
        let within = within.saturating_sub(SPARE).min(SOURCE);
        let search = Search { dossier: &dossier, settings: &self.settings, ask, within };
        let asked = join_all(self.settings.sources.iter().map(|source| search.ask(*source))).await;
        let (mut leads, mut notes, mut later) = (vec![], vec![], None);
        for one in asked {
            leads.extend(one.leads);
            // Sources share look-ups, and what could not be looked up.
            notes.extend(one.notes.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
            later = later.or(one.later);
        }
        // With somebody to ask there is no reason to wait; without anybody a second try may name them.
        if let (true, Some(fault)) = (leads.is_empty(), later) {
            return Err(fault);
        }
        Ok((distinct(leads), notes))
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
