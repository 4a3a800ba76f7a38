//! Doing one effect through the ports, and what came of it. Safe to run twice, every one.
//! Never here: when or how often (`worker`, `pace`).

use super::live::Live;
use super::pace::{READS, pause};
use crate::case::effect::{Destination, Want};
use crate::case::event::{Failure, Outcome};
use crate::case::finding::Finding;
use crate::case::message::Message;
use crate::case::owner::{Candidate, Handle, Lead, PersonId};
use crate::case::playbook::Ask;
use crate::case::prompt::Surface;
use crate::config::Language;
use crate::ports::{
    CaseStore, Clock, Delivery, Detector, Errand, Fault, Investigator, Messenger, OwnerDirectory, Pager,
    People, Profile, Remediator, Subject, Undone,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// A dialog's trigger lives 3 s: looking up a language may not use it up.
const LOCALE_BUDGET: Duration = Duration::from_millis(700);

/// How often an owner is looked for within the time for reads.
const SEARCHES: u32 = 3;

/// Every seam, as the daemon built it.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn CaseStore>,
    pub clock: Arc<dyn Clock>,
    pub owners: Arc<dyn OwnerDirectory>,
    pub people: Arc<dyn People>,
    pub investigator: Arc<dyn Investigator>,
    pub messenger: Arc<dyn Messenger>,
    pub remediator: Arc<dyn Remediator>,
    pub detector: Arc<dyn Detector>,
    /// `None` where no second route is configured.
    pub pager: Option<Pager>,
}

impl Ports {
    /// One try. `again`: an earlier try may have got through.
    pub(super) async fn run(&self, errand: &Errand, live: &Live, again: bool) -> Result<Outcome, Fault> {
        if let Err(cause) = errand.effect.want.allowed_by(&live.guard) {
            return Ok(Outcome::Failed { cause, kind: Failure::Guarded });
        }
        let Subject::Case(case) = &errand.subject else { return self.send(errand, live, again).await };
        match &errand.effect.want {
            Want::Confirm { finding } => self.detector.confirm(finding).await.map(Outcome::Confirmed),
            Want::FindOwner { finding, ask } => self.find_owner(finding, *ask).await,
            Want::Investigate { finding } => {
                self.investigator.evidence(finding).await.map(|e| Outcome::Evidence(Box::new(e)))
            }
            Want::Prepare { target, acts } => {
                let prepared = self.remediator.prepare(case, target, acts).await?;
                Ok(match live.guard.protects(target.kind, &prepared.arns) {
                    Some(pattern) => {
                        let cause =
                            format!("{} is protected by {pattern}; nothing was written", target.arn());
                        Outcome::Failed { cause, kind: Failure::Guarded }
                    }
                    None => Outcome::Prepared { priors: prepared.priors },
                })
            }
            Want::Apply { target, remedy, prior, cut_off, .. } => {
                self.remediator.apply(case, target, *remedy, prior, *cut_off).await.map(Outcome::Applied)
            }
            Want::Verify { target, acts, cut_off, .. } => {
                let lost = self.remediator.verify(case, target, acts, *cut_off).await?;
                Ok(Outcome::Verified { lost })
            }
            Want::Undo { target, acts, cut_off, begun } => {
                let undone = self.remediator.undo(case, target, acts, *cut_off, again || *begun).await?;
                Ok(match undone {
                    Undone::Restored { request_ids, notes } => Outcome::Undone { request_ids, notes },
                    Undone::Refused { changed } => Outcome::UndoRefused { changed },
                })
            }
            Want::Archive { findings, useful, comment } => {
                let request_ids = self.detector.archive(findings, *useful, comment).await?;
                Ok(Outcome::Ok { request_ids })
            }
            Want::Post { .. } | Want::Update { .. } | Want::Whisper { .. } | Want::OpenView { .. } => {
                self.send(errand, live, again).await
            }
            Want::Page { alarm } => match &self.pager {
                Some(pager) => pager(alarm.clone()).await.map(|()| Outcome::Ok { request_ids: vec![] }),
                None => {
                    let cause = "fallback.webhook_url is not set: nobody was told".to_owned();
                    Ok(Outcome::Failed { cause, kind: Failure::Refused })
                }
            },
            // The engine settles these inside the commit; they never reach the outbox.
            Want::Reserve { .. } | Want::Cancel { .. } => Ok(Outcome::Ok { request_ids: vec![] }),
        }
    }

    async fn send(&self, errand: &Errand, live: &Live, again: bool) -> Result<Outcome, Fault> {
        match &errand.effect.want {
            Want::Post { to, message } => {
                let locale = match to {
                    Destination::Person { person } => self.fit(person).await?.locale,
                    Destination::Thread { reader: Some(reader), .. } => self.locale(reader).await?,
                    Destination::Channel | Destination::Thread { reader: None, .. } => String::new(),
                };
                let delivery = delivery(errand, message, language(live, locale), again);
                self.messenger.post(to, &delivery).await.map(Outcome::Posted)
            }
            Want::Update { at, message } => {
                let locale = match message.reader() {
                    Some(reader) => self.locale(reader).await?,
                    None => String::new(),
                };
                let delivery = delivery(errand, message, language(live, locale), again);
                self.messenger.update(at, &delivery).await.map(|()| Outcome::Ok { request_ids: vec![] })
            }
            Want::Whisper { .. } if again => {
                // From an earlier life: the click it is about is long forgotten, and it may have been said.
                Err(Fault::never("a whisper is not repeated"))
            }
            Want::Whisper { at, to, message } => {
                let delivery = delivery(errand, message, language(live, self.locale_now(to).await), again);
                self.messenger.whisper(at, to, &delivery).await.map(|()| Outcome::Ok { request_ids: vec![] })
            }
            Want::OpenView { trigger, not_after, to, message } => {
                if self.clock.now() > *not_after {
                    return Err(Fault::never("the dialog's trigger is too old; the person can click again"));
                }
                let locale = match to {
                    Some(person) => self.locale_now(person).await,
                    None => String::new(),
                };
                let delivery = delivery(errand, message, language(live, locale), again);
                self.messenger
                    .open_view(trigger, &delivery)
                    .await
                    .map(|()| Outcome::Ok { request_ids: vec![] })
            }
            Want::Confirm { .. }
            | Want::FindOwner { .. }
            | Want::Investigate { .. }
            | Want::Reserve { .. }
            | Want::Prepare { .. }
            | Want::Apply { .. }
            | Want::Verify { .. }
            | Want::Undo { .. }
            | Want::Archive { .. }
            | Want::Page { .. }
            | Want::Cancel { .. } => Ok(Outcome::Ok { request_ids: vec![] }),
        }
    }

    /// A deactivated person's messages are accepted by Slack and read by nobody: look first.
    async fn fit(&self, person: &PersonId) -> Result<Profile, Fault> {
        match self.people.profile(person).await? {
            None => Err(Fault::gone(format!("{person} is not in the workspace"))),
            Some(profile) => match profile.unfit {
                Some(why) => Err(Fault::gone(format!("{person} is {}", why.as_str()))),
                None => Ok(profile),
            },
        }
    }

    async fn locale(&self, person: &PersonId) -> Result<String, Fault> {
        Ok(self.people.profile(person).await?.map(|profile| profile.locale).unwrap_or_default())
    }

    /// For what must be said at once: rather in another language than too late.
    async fn locale_now(&self, person: &PersonId) -> String {
        let read = tokio::time::timeout(LOCALE_BUDGET, self.locale(person)).await;
        read.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn find_owner(&self, finding: &Finding, ask: Ask) -> Result<Outcome, Fault> {
        let beside = async {
            match ask.beside(finding) {
                Some(beside) => self.leads(finding, beside).await,
                None => (vec![], vec![]),
            }
        };
        // Neither waits for the other, nor loses whom the other found.
        let ((mut leads, mut notes), (more, said)) = tokio::join!(self.leads(finding, ask), beside);
        leads.extend(more);
        let new: Vec<String> = said.into_iter().filter(|note| !notes.contains(note)).collect();
        notes.extend(new);
        let mut candidates: Vec<Candidate> = vec![];
        for lead in leads {
            match self.resolve(lead).await? {
                Ok(candidate) if candidates.iter().any(|c| c.person == candidate.person) => {}
                Ok(candidate) => candidates.push(candidate),
                Err(note) => notes.push(note),
            }
        }
        Ok(Outcome::Owners { candidates, notes })
    }

    /// Whoever can be named within the time for reads, or why nobody can. What may work later is tried again meanwhile.
    async fn leads(&self, finding: &Finding, ask: Ask) -> (Vec<Lead>, Vec<String>) {
        let (until, mut tried, mut missed) = (Instant::now() + READS, 0, vec![]);
        loop {
            let within = until.duration_since(Instant::now());
            let after = match timeout_at(until, self.owners.leads(finding, ask, within)).await {
                Ok(Ok(found)) => return found,
                Ok(Err(Fault::Later { after, cause })) => {
                    missed = vec![cause];
                    after
                }
                Ok(Err(fault @ Fault::Never { .. })) => return (vec![], vec![fault.to_string()]),
                Err(_) => {
                    missed.push("looking for the owner took longer than 20 s".to_owned());
                    return (vec![], missed);
                }
            };
            tried += 1;
            let next = Instant::now() + pause(tried, after);
            // Whoever is throttled is not asked for ever: every case asks.
            if tried == SEARCHES || next >= until {
                return (vec![], missed);
            }
            sleep_until(next).await;
        }
    }

    /// A lead whose person can be asked, or why not.
    async fn resolve(&self, lead: Lead) -> Result<Result<Candidate, String>, Fault> {
        let address = if let Handle::Email(address) = &lead.handle { Some(address.clone()) } else { None };
        let person = match &lead.handle {
            Handle::Slack(person) => person.clone(),
            Handle::Email(address) => match self.people.by_email(address).await? {
                Some(person) => person,
                None => {
                    return Ok(Err(format!(
                        "nobody in Slack has the address that {} names",
                        lead.source.as_str()
                    )));
                }
            },
        };
        Ok(match self.people.profile(&person).await? {
            None => Err(format!("{person} is not in the workspace")),
            Some(Profile { unfit: Some(why), .. }) => Err(format!("{person} is {}", why.as_str())),
            Some(Profile { unfit: None, .. }) => Ok(Candidate {
                person,
                source: lead.source,
                confidence: lead.confidence,
                detail: lead.detail,
                address,
                moved: false,
            }),
        })
    }
}

fn delivery(errand: &Errand, message: &Message, locale: String, again: bool) -> Delivery {
    let own = Surface { effect: errand.effect.no, revision: 0 };
    let surface = message.surface().unwrap_or(own);
    Delivery {
        subject: errand.subject.clone(),
        no: errand.effect.no,
        surface,
        message: message.clone(),
        locale,
        since: errand.saved_at,
        maybe_sent: again,
    }
}

fn language(live: &Live, locale: String) -> String {
    match live.settings.language {
        Language::Auto => locale,
        Language::En => "en".to_owned(),
        Language::Ja => "ja".to_owned(),
    }
}
