//! People behind a session key, by the events that issued it: the subject an identity provider vouched for, the person
//! behind an Identity Center session, the IAM user who began. What a caller chose to be called leads nowhere.
//! Never here: look-ups of the history (`aws/trail`).

use super::handle::address;
use super::sso::{self, Found};
use super::{Asked, Search, patterns};
use crate::aws::dossier::is_identity_center;
use crate::aws::trail::{Followed, Issuer, Record};
use crate::case::evidence::ChainEnd;
use crate::case::owner::{Confidence, Handle, Lead, Source};

pub(super) async fn ask(search: &Search<'_>, asked: &mut Asked) {
    if !search.of_principal() {
        return;
    }
    match search.dossier.chain().await {
        None => {}
        Some(Ok(followed)) => behind(search, asked, &followed, Source::Trail).await,
        Some(Err(fault)) => asked.missed("how the session key came to be could not be looked up", fault),
    }
}

/// Whoever a chain leads to, in the words of `source`. What is less sure than the source goes in as less sure.
pub(super) async fn behind(search: &Search<'_>, asked: &mut Asked, followed: &Followed, source: Source) {
    let mut put = |handle: Handle, confidence: Confidence, detail: String| {
        let confidence = confidence.min(source.confidence());
        asked.leads.push(Lead { handle, source, confidence, detail });
    };
    let mut notes = vec![];
    for record in followed.records.iter().filter(|r| is_center_session(r)) {
        let Some(session) = record.who.session() else { continue };
        if search.settings.identity_store_id.is_empty() {
            continue;
        }
        match sso::person(search.dossier, search.settings, session).await {
            Ok(Found::Person(handle)) => {
                put(handle, Confidence::Medium, format!("{} by {session}", record.name))
            }
            Ok(Found::Nobody(why)) => notes.push(why),
            Err(fault) => notes.push(format!("Identity Center's directory could not be asked: {fault}")),
        }
    }
    let last = followed.records.last();
    match &followed.chain.end {
        ChainEnd::Provider { provider, subject } => {
            // In a federated call the provider sets the source identity, not the caller (facts/aws.md 3.1).
            let identity = last.and_then(Record::sets_source_identity);
            for word in identity.iter().chain([subject]) {
                if let Some(handle) = address(word, search.settings) {
                    put(handle, Confidence::Medium, format!("{provider}: {word}"));
                }
            }
            if !asked_somebody(&asked.leads, source) {
                notes.push(format!(
                    "the session was issued to {subject} of {provider}, which names no address"
                ));
            }
        }
        ChainEnd::User { arn } => {
            let own = search.finding().principal.iam_arn().is_some_and(|own| own == *arn);
            let known = patterns::longest(&search.settings.principals, std::slice::from_ref(arn));
            match known.filter(|_| !own) {
                Some((_, person)) => put(Handle::Slack(person.clone()), Confidence::Medium, arn.clone()),
                None if own => {}
                None => notes
                    .push(format!("the session was issued to {arn}, for whom owners.principals has nobody")),
            }
        }
        ChainEnd::Root { .. } | ChainEnd::Service { .. } => {}
        ChainEnd::Elsewhere { .. }
        | ChainEnd::NotFound { .. }
        | ChainEnd::TooLong
        | ChainEnd::Unclear { .. } => {
            // Set by somebody further back whom we cannot see, and never changed since: a hint.
            let inherited = last.and_then(|record| record.who.source_identity.as_deref());
            if let Some(handle) = inherited.and_then(|word| address(word, search.settings)) {
                put(handle, Confidence::Low, format!("source identity {}", inherited.unwrap_or_default()));
            }
            notes.extend(unfinished(&followed.chain.end));
        }
    }
    asked.notes.extend(notes);
}

fn asked_somebody(leads: &[Lead], source: Source) -> bool {
    leads.iter().any(|lead| lead.source == source)
}

fn unfinished(end: &ChainEnd) -> Option<String> {
    match end {
        ChainEnd::Elsewhere { account } => {
            Some(format!("the session was issued to account {account}, which is not in aws.accounts"))
        }
        ChainEnd::NotFound { yet: true } => Some(
            "CloudTrail does not have the event that issued the session key yet; it lags by minutes"
                .to_owned(),
        ),
        ChainEnd::NotFound { yet: false } => {
            Some("CloudTrail has no event that issued the session key".to_owned())
        }
        ChainEnd::TooLong => {
            Some("the session comes from a longer chain of roles than is followed".to_owned())
        }
        ChainEnd::Unclear { what } => {
            Some(format!("the session was issued by what cannot be followed: {what}"))
        }
        ChainEnd::User { .. }
        | ChainEnd::Root { .. }
        | ChainEnd::Provider { .. }
        | ChainEnd::Service { .. } => None,
    }
}

/// The caller was a session of a role under Identity Center's path; AWS writes the issuer's ARN.
fn is_center_session(record: &Record) -> bool {
    record.who.issuer.as_ref().and_then(path).is_some_and(|path| is_identity_center(&path))
}

fn path(issuer: &Issuer) -> Option<String> {
    let (_, role) = issuer.arn.split_once(":role/")?;
    let (path, _) = role.rsplit_once('/')?;
    Some(format!("/{path}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_issuer_decides_and_not_its_name() {
        let of = |role: &str| {
            path(&Issuer { arn: format!("arn:aws:iam::123456789012:role/{role}"), name: String::new() })
        };
        let real = of("aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef");
        assert_eq!(real.as_deref(), Some("/aws-reserved/sso.amazonaws.com/eu-central-1/"));
        assert!(is_identity_center(&real.unwrap()));
        assert_eq!(of("AWSReservedSSO_Admin_0123456789abcdef"), None);
        assert!(!is_identity_center(&of("x/aws-reserved/sso.amazonaws.com/AWSReservedSSO_a").unwrap()));
    }
}
