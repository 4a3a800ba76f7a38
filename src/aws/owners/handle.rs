//! What names a person in what others wrote: a Slack user id, or an e-mail address.
//! Never here: whether there is such a person; Slack says that.

use crate::case::owner::{Handle, PersonId};
use crate::config;

/// `None` for words that name nobody.
pub(super) fn handle(value: &str, settings: &config::Owners) -> Option<Handle> {
    if let Some(person) = PersonId::parse(value) {
        return Some(Handle::Slack(person));
    }
    address(value, settings)
}

/// Addresses only, for what comes from directories and identity providers.
pub(super) fn address(value: &str, settings: &config::Owners) -> Option<Handle> {
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
