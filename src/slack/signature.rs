//! Whether a request is Slack's own, said just now: the signature over its raw bytes (facts/slack.md 2.2).
//! Never here: what the request says, or how a refusal is answered.

use crate::inbox::RefusalReason;
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const TIME: &str = "x-slack-request-timestamp";
const SIGNATURE: &str = "x-slack-signature";
/// Older, or from further in the future, is refused.
const WINDOW_S: u64 = 300;
/// Digits of a time in seconds, until the year 33658.
const DIGITS: usize = 12;

/// Accepts what one of the secrets signed; there are several while they are being changed. `body` is the raw one,
/// before any decoding. Fails with `StaleRequest` or `BadSignature`.
pub fn verify(
    secrets: &[SecretString],
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), RefusalReason> {
    let (Some(time), Some(given)) = (only(headers, TIME), only(headers, SIGNATURE)) else {
        return Err(RefusalReason::BadSignature);
    };
    let at = seconds(time).ok_or(RefusalReason::BadSignature)?;
    if at.abs_diff(now.as_second()) > WINDOW_S {
        return Err(RefusalReason::StaleRequest);
    }
    // All are tried, so that the time taken does not tell which one fits.
    let fits = secrets.iter().fold(false, |fits, secret| fits | is_by(secret, time, body, given));
    if fits { Ok(()) } else { Err(RefusalReason::BadSignature) }
}

/// The header's text if it stands there exactly once: of two, another reader might believe the other.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

/// Digits and nothing else: no sign, no space, no fraction.
fn seconds(text: &str) -> Option<i64> {
    let strict = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| strict)
}

fn is_by(secret: &SecretString, time: &str, body: &[u8], given: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        // HMAC takes keys of any length.
        return false;
    };
    for part in [b"v0:", time.as_bytes(), b":", body] {
        mac.update(part);
    }
    let ours = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    ours.as_bytes().ct_eq(given.as_bytes()).into()
}
