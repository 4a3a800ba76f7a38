//! Owners that tags name. Whoever may tag may send the question to a friend: low confidence, unless CloudTrail shows that
//! nobody touched the tag since well before the activity.
//! Never here: other sources.

use super::handle::handle;
use super::{Asked, Search};
use crate::aws::bucket::Bucket;
use crate::aws::clients::iam_region;
use crate::aws::dossier::{Dossier, Identity};
use crate::aws::trail::{Attribute, HISTORY, Question};
use crate::case::finding::Resource;
use crate::case::owner::{Confidence, Lead, STANDING, Source};
use crate::case::playbook::Ask;
use crate::case::principal::PrincipalKind;
use crate::config;
use crate::ports::Fault;
use aws_sdk_iam::types::Tag;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;

pub(super) async fn ask(search: &Search<'_>, asked: &mut Asked) {
    if search.settings.tag_keys.is_empty() {
        return;
    }
    if search.ask == Ask::BucketOwner {
        return of_bucket(search, asked).await;
    }
    if search.ask == Ask::InstanceOwner {
        return of_instance(search, asked).await;
    }
    if !search.of_principal() {
        return;
    }
    let tags = match read(search.dossier).await {
        Ok(tags) => tags,
        Err(fault) => return asked.missed("tags could not be read", fault),
    };
    let mut found = leads(&tags, search.settings);
    if found.is_empty() {
        return;
    }
    match history(search.dossier).await {
        Ok(History::Known(changes)) => {
            for (key, lead) in &mut found {
                match changes.get(&key.to_lowercase()) {
                    Some(by) => asked.notes.push(format!("the tag {key} was changed lately, by {by}")),
                    None => lead.confidence = Confidence::Medium,
                }
            }
        }
        Ok(History::Unknown(why)) => asked.notes.push(format!("tags are not trusted: {why}")),
        Err(fault) => {
            asked.notes.push(format!("whether tags were changed lately could not be seen: {fault}"))
        }
    }
    asked.leads.extend(found.into_iter().map(|(_, lead)| lead));
}

/// The bucket that stands for the finding. Always of low confidence: S3 writes all tags of a bucket at once, so that
/// CloudTrail does not tell which of them was changed.
async fn of_bucket(search: &Search<'_>, asked: &mut Asked) {
    let finding = search.finding();
    let Some(Resource::Bucket { name, .. }) = &finding.resource else { return };
    let read: BoxFuture<'_, Result<Vec<(String, String)>, Fault>> = Box::pin(async {
        let session = search.dossier.session(&finding.account).await?;
        Bucket::find(&session, name, &finding.account, &finding.region).await?.tags().await
    });
    match read.await {
        Ok(tags) => asked.leads.extend(leads(&tags, search.settings).into_iter().map(|(_, lead)| lead)),
        Err(fault) => asked.missed("the bucket's tags could not be read", fault),
    }
}

/// The instance that the finding is about. Always of low confidence: one call may tag a thousand things of EC2 at once, and
/// what CloudTrail lists of them is not promised.
#[cfg(feature = "ec2")]
async fn of_instance(search: &Search<'_>, asked: &mut Asked) {
    use crate::aws::ec2;
    let finding = search.finding();
    let Some(id) = finding.instance().filter(|id| ec2::callable(id)) else { return };
    let read: BoxFuture<'_, Result<Vec<(String, String)>, Fault>> = Box::pin(async {
        let session = search.dossier.session(&finding.account).await?;
        let host = ec2::Host::new(&session, finding.region.as_str(), id);
        Ok(ec2::tags(&host.instance().await?))
    });
    match read.await {
        Ok(tags) => asked.leads.extend(leads(&tags, search.settings).into_iter().map(|(_, lead)| lead)),
        Err(fault) => asked.missed("the instance's tags could not be read", fault),
    }
}

#[cfg(not(feature = "ec2"))]
#[expect(clippy::unused_async, reason = "with EC2 it waits")]
async fn of_instance(search: &Search<'_>, asked: &mut Asked) {
    let missing =
        search.finding().instance().map(|id| format!("tags of {id} were not read: built without EC2"));
    asked.notes.extend(missing);
}

/// Tags of the finding's user or role, as `(key, value)`. IAM allows 50, which is less than a page.
async fn read(dossier: &Dossier) -> Result<Vec<(String, String)>, Fault> {
    let iam = dossier.iam().await?;
    let name = &dossier.finding().principal.name;
    let tags: Vec<Tag> = if is_user(dossier) {
        let sent = iam.client.list_user_tags().user_name(name).send();
        iam.place.call("iam", "ListUserTags", sent).await?.tags
    } else {
        let sent = iam.client.list_role_tags().role_name(name).send();
        iam.place.call("iam", "ListRoleTags", sent).await?.tags
    };
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn is_user(dossier: &Dossier) -> bool {
    dossier.finding().principal.kind == PrincipalKind::IamUser
}

/// What CloudTrail tells of the tags since `STANDING` before the activity.
enum History {
    /// Keys in small letters, and who changed them. IAM takes `Owner` and `owner` for one key.
    Known(BTreeMap<String, String>),
    /// A sentence.
    Unknown(String),
}

/// Every change is asked for by its event's name: what CloudTrail lists as the things of an event is not promised.
async fn history(dossier: &Dossier) -> Result<History, Fault> {
    let finding = dossier.finding();
    let since = finding.first_seen.unwrap_or_else(|| finding.seen_at()) - STANDING;
    if dossier.now().duration_since(since) > HISTORY {
        return Ok(History::Unknown(
            "the activity began longer ago than CloudTrail's history goes".to_owned(),
        ));
    }
    let Identity { created_at, .. } = dossier.identity().await?;
    if created_at.is_none_or(|at| at > since) {
        return Ok(History::Unknown(
            "the principal was made less than 7 days before the activity".to_owned(),
        ));
    }
    let (event, subject) = if is_user(dossier) { ("TagUser", "userName") } else { ("TagRole", "roleName") };
    let question =
        Question { attribute: Attribute::EventName, value: event.to_owned(), from: Some(since), until: None };
    let told = dossier.ask(dossier.account(), iam_region(finding.partition), &question).await?;
    if !told.complete {
        return Ok(History::Unknown("more tags were set in this account than could be read".to_owned()));
    }
    let mut changes = BTreeMap::new();
    let name = finding.principal.name.as_str();
    for record in told.records.iter().filter(|r| !r.failed && r.asked(subject).as_deref() == Some(name)) {
        let keys = record.tag_keys();
        if keys.is_empty() {
            return Ok(History::Unknown(format!(
                "{event} by {} does not say which tags",
                record.who.shown()
            )));
        }
        changes.extend(keys.into_iter().map(|key| (key.to_lowercase(), record.who.shown())));
    }
    Ok(History::Known(changes))
}

/// In the order of `owners.tag_keys`, each with its tag's key; values that name nobody are passed over.
fn leads(tags: &[(String, String)], settings: &config::Owners) -> Vec<(String, Lead)> {
    settings
        .tag_keys
        .iter()
        .flat_map(|wanted| tags.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(wanted)))
        .filter_map(|(key, value)| {
            let lead = Lead {
                handle: handle(value.trim(), settings)?,
                source: Source::Tags,
                confidence: Source::Tags.confidence(),
                detail: format!("{key}={value}"),
            };
            Some((key.clone(), lead))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::owner::{Handle, PersonId};
    use std::collections::BTreeMap;

    fn settings() -> config::Owners {
        let person = PersonId::parse("U0MAPPED").unwrap();
        config::Owners {
            sources: vec![],
            tag_keys: vec!["owner".into(), "email".into()],
            principals: vec![],
            emails: BTreeMap::from([("al@example.com".to_owned(), person)]),
            accounts: BTreeMap::new(),
            identity_store_id: String::new(),
            identity_store_region: String::new(),
            identity_store_role: String::new(),
        }
    }

    #[test]
    fn slack_ids_and_addresses_lead_and_words_do_not() {
        let tag = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let of = |tags: &[(String, String)]| {
            leads(tags, &settings()).into_iter().map(|(_, l)| l.handle).collect::<Vec<_>>()
        };
        let slack = |id: &str| Handle::Slack(PersonId::parse(id).unwrap());
        assert_eq!(of(&[tag("Owner", "U0ALICE")]), [slack("U0ALICE")]);
        assert_eq!(of(&[tag("EMAIL", "Al@Example.com")]), [slack("U0MAPPED")]);
        assert_eq!(of(&[tag("email", "Bo@example.com")]), [Handle::Email("bo@example.com".into())]);
        assert_eq!(of(&[tag("owner", "team platform"), tag("team", "U0ALICE")]), []);
        assert_eq!(of(&[tag("owner", "<!channel>@x.io"), tag("email", "a@b@c.io")]), []);
        let both = [tag("email", "bo@example.com"), tag("owner", "U0ALICE")];
        assert_eq!(of(&both), [slack("U0ALICE"), Handle::Email("bo@example.com".into())]);
    }
}
