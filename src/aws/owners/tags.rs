//! Owners that tags name. Low confidence: whoever may tag may send the question to a friend.
//! Never here: other sources.

use crate::aws::clients::Iam;
use crate::case::finding::Finding;
use crate::case::owner::{Handle, Lead, PersonId, Source};
use crate::case::principal::PrincipalKind;
use crate::config;
use crate::ports::Fault;
use aws_sdk_iam::types::Tag;

/// Tags of the finding's user or role, as `(key, value)`. IAM allows 50, which is less than a page.
pub(super) async fn read(iam: &Iam, finding: &Finding) -> Result<Vec<(String, String)>, Fault> {
    let name = &finding.principal.name;
    let tags: Vec<Tag> = if finding.principal.kind == PrincipalKind::IamUser {
        let sent = iam.client.list_user_tags().user_name(name).send();
        iam.place.call("iam", "ListUserTags", sent).await?.tags
    } else {
        let sent = iam.client.list_role_tags().role_name(name).send();
        iam.place.call("iam", "ListRoleTags", sent).await?.tags
    };
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// In the order of `owners.tag_keys`; values that name nobody are passed over.
pub(super) fn leads(tags: &[(String, String)], settings: &config::Owners) -> Vec<Lead> {
    settings
        .tag_keys
        .iter()
        .flat_map(|wanted| tags.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(wanted)))
        .filter_map(|(key, value)| {
            Some(Lead {
                handle: handle(value.trim(), settings)?,
                source: Source::Tags,
                confidence: Source::Tags.confidence(),
                detail: format!("{key}={value}"),
            })
        })
        .collect()
}

fn handle(value: &str, settings: &config::Owners) -> Option<Handle> {
    if let Some(person) = PersonId::parse(value) {
        return Some(Handle::Slack(person));
    }
    if !is_address(value) {
        return None;
    }
    let known = settings.emails.iter().find(|(email, _)| email.eq_ignore_ascii_case(value));
    Some(known.map_or_else(|| Handle::Email(value.to_lowercase()), |(_, p)| Handle::Slack(p.clone())))
}

/// Shaped like an address; whether it exists is Slack's to say.
fn is_address(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "._%+-'".contains(c));
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.len() <= 254 && plain(local) && plain(domain) && domain.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;
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
            leads(tags, &settings()).into_iter().map(|l| l.handle).collect::<Vec<_>>()
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
