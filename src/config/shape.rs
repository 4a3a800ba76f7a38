//! What single values must look like: durations, ids, patterns, addresses. Each answers the value or says
//! what is wrong and what would be right.
//! Never here: keys, places, or rules between keys.

use super::problem::{Wrong, shown, wrong};
use crate::case::owner::{PersonId, Source};
use crate::case::principal::{AccountId, Region};
use ipnet::IpNet;
use jiff::SignedDuration;
use std::net::{IpAddr, SocketAddr};

/// Long enough for any deadline, short enough that adding it to a time never overflows.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3650);

pub(super) fn duration(text: &str) -> Result<SignedDuration, Wrong> {
    let right = "write a duration such as 90s, 15m, 4h or 90d";
    let parsed = humantime::parse_duration(text.trim())
        .map_err(|error| wrong(format!("{} is no duration ({error})", shown(text)), right))?;
    let span = SignedDuration::try_from(parsed).unwrap_or(SignedDuration::MAX);
    if span < SignedDuration::from_secs(1) {
        return Err(wrong(format!("{} is too short", shown(text)), "write 1s or more"));
    }
    if span > LONGEST {
        return Err(wrong(format!("{} is too long", shown(text)), "write 3650d or less"));
    }
    Ok(span)
}

pub(super) fn person(text: &str) -> Result<PersonId, Wrong> {
    PersonId::parse(text).ok_or_else(|| {
        wrong(
            format!("{} is no Slack user id", shown(text)),
            "write an id such as U0123456789 (profile, Copy member ID)",
        )
    })
}

pub(super) fn channel(text: &str) -> Result<String, Wrong> {
    let shaped = (3..=32).contains(&text.len())
        && text.starts_with(['C', 'G'])
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    shaped.then(|| text.to_owned()).ok_or_else(|| {
        let right =
            "write the channel's id such as C0123456789, not its name (channel details, at the bottom)";
        wrong(format!("{} is no Slack channel id", shown(text)), right)
    })
}

pub(super) fn account(text: &str) -> Result<AccountId, Wrong> {
    AccountId::parse(text).ok_or_else(|| {
        wrong(format!("{} is no AWS account id", shown(text)), "write twelve digits in quotes")
    })
}

/// Digits and `*`.
pub(super) fn account_pattern(text: &str) -> Result<String, Wrong> {
    let shaped = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'*');
    let fits = shaped && (text.contains('*') || text.len() == 12);
    fits.then(|| text.to_owned()).ok_or_else(|| {
        let right = "write twelve digits, or fewer with *, in quotes";
        wrong(format!("{} is no pattern for account ids", shown(text)), right)
    })
}

pub(super) fn arn_pattern(text: &str) -> Result<String, Wrong> {
    let fits = text.starts_with("arn:") || text.starts_with('*') || text.starts_with("arn*");
    (fits && !text.contains(char::is_whitespace)).then(|| text.to_owned()).ok_or_else(|| {
        let right =
            "write an ARN such as arn:aws:iam::111122223333:user/ci/*, where * is any run of characters";
        wrong(format!("{} is no ARN pattern", shown(text)), right)
    })
}

/// An ARN pattern, or the unique id of a user or role.
pub(super) fn protected(text: &str) -> Result<String, Wrong> {
    let id = ["AIDA", "AROA"].iter().any(|prefix| text.starts_with(prefix))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if id { Ok(text.to_owned()) } else { arn_pattern(text) }
}

/// Finding types hold `:` and `/`; a pattern holds at least one of them or a `*`.
pub(super) fn type_pattern(text: &str) -> Result<String, Wrong> {
    let fits = text.contains(['*', ':']) && !text.contains(char::is_whitespace);
    fits.then(|| text.to_owned()).ok_or_else(|| {
        let right = "write one such as UnauthorizedAccess:IAMUser/TorIPCaller or *:IAMUser/*";
        wrong(format!("{} is no finding type pattern", shown(text)), right)
    })
}

/// A role or policy ARN with `{partition}` and `{account}` for the parts that differ; empty is allowed.
pub(super) fn arn_template(text: &str, kind: &str) -> Result<String, Wrong> {
    let right = format!("write one such as arn:{{partition}}:iam::{{account}}:{kind}/vouch/name");
    let rest = text.replace("{partition}", "aws").replace("{account}", "111122223333");
    let parts: Vec<&str> = rest.splitn(6, ':').collect();
    let shaped = matches!(parts.as_slice(), ["arn", _, "iam", "", account, name]
        if AccountId::parse(account).is_some() && name.strip_prefix(kind).is_some_and(|n| n.len() > 1 && n.starts_with('/')));
    let clean = !rest.contains(['{', '}', '*', ' ']);
    if text.is_empty() || (shaped && clean) {
        return Ok(text.to_owned());
    }
    Err(wrong(format!("{} is no ARN template of a {kind}", shown(text)), right))
}

pub(super) fn network(text: &str) -> Result<IpNet, Wrong> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        let length = if ip.is_ipv4() { 32 } else { 128 };
        return Err(wrong(format!("{} has no prefix length", shown(text)), format!("write {ip}/{length}")));
    }
    text.parse::<IpNet>().map(|net| net.trunc()).map_err(|_| {
        let right = "write a network such as 198.51.100.0/24 or 2001:db8::/48";
        wrong(format!("{} is no CIDR", shown(text)), right)
    })
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        let right = "write an IP address and a port, such as 127.0.0.1:8081 or [::]:8080";
        wrong(format!("{} is no address to listen on", shown(text)), right)
    })
}

pub(super) fn source(text: &str) -> Result<Source, Wrong> {
    let names = Source::ALL.map(Source::as_str);
    Source::parse(text).ok_or_else(|| not_one_of(text, "source", &names))
}

pub(super) fn region(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || Region::parse(text).is_some() {
        return Ok(text.to_owned());
    }
    Err(wrong(format!("{} is no AWS Region", shown(text)), "write one such as eu-central-1"))
}

/// An address that http can call.
pub(super) fn url(text: &str, example: &str) -> Result<String, Wrong> {
    let parsed = reqwest::Url::parse(text).ok();
    let fits = parsed.is_some_and(|u| ["http", "https"].contains(&u.scheme()) && u.has_host());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        wrong(format!("{} is no http address", shown(text)), format!("write one such as {example}"))
    })
}

/// Whether an address leads to Slack itself without TLS.
pub(super) fn is_slack_in_clear(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let slack = ["slack.com", "slack-gov.com"];
    url.scheme() == "http" && slack.iter().any(|d| host == *d || host.ends_with(&format!(".{d}")))
}

pub(super) fn text(text: &str, what: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(wrong("this is empty", format!("write {what}")));
    }
    Ok(text.to_owned())
}

/// One word of a closed list; the words stand in the message.
pub(super) fn word<T: Copy>(text: &str, what: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.ok_or_else(|| not_one_of(text, what, &names))
}

pub(super) fn not_one_of(text: &str, what: &str, names: &[&str]) -> Wrong {
    let right = match super::keys::nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean {near}? Known: {}", names.join(", ")),
        None => format!("write one of {}", names.join(", ")),
    };
    wrong(format!("{} is no {what}", shown(text)), right)
}
