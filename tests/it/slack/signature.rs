//! Slack's signature: its own example, and everything that is nearly one.
//! Never here: how a refusal is answered.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;
use sha2::Sha256;
use vouch::inbox::RefusalReason;
use vouch::slack::signature::verify;

// Of Slack's page "Verifying requests from Slack".
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const AT: i64 = 1_531_420_618;
const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SIGNED: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

pub(crate) fn sign(secret: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{time}:").as_bytes());
    mac.update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

fn headers(all: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
    };
    let mut map = HeaderMap::new();
    for (name, value) in all.iter().map(pair) {
        map.append(name, value);
    }
    map
}

fn judge(secrets: &[&str], all: &[(&str, &str)], body: &[u8], now: i64) -> Result<(), RefusalReason> {
    let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from((*s).to_owned())).collect();
    verify(&secrets, &headers(all), body, Timestamp::from_second(now).unwrap())
}

fn of(time: &str, signature: &str) -> Result<(), RefusalReason> {
    let all = [("X-Slack-Request-Timestamp", time), ("X-Slack-Signature", signature)];
    judge(&[SECRET], &all, BODY.as_bytes(), AT)
}

#[test]
fn slacks_own_example_fits() {
    assert_eq!(of(&AT.to_string(), SIGNED), Ok(()));
    assert_eq!(sign(SECRET, &AT.to_string(), BODY.as_bytes()), SIGNED);
}

#[test]
fn nothing_near_it_does() {
    let flipped = SIGNED.replace("503", "504");
    let upper = format!("v0={}", SIGNED[3..].to_uppercase());
    let doubled = format!("{SIGNED},{SIGNED}");
    let other = sign("another secret", &AT.to_string(), BODY.as_bytes());
    for signature in [
        &flipped,
        &upper,
        &doubled,
        &other,
        &SIGNED[3..],
        &SIGNED[..20],
        "",
        "v0=",
        &SIGNED.replace("v0", "v1"),
    ] {
        assert_eq!(of(&AT.to_string(), signature), Err(RefusalReason::BadSignature), "{signature}");
    }
    let all = [("x-slack-request-timestamp", "1531420618"), ("x-slack-signature", SIGNED)];
    for body in [&BODY[1..], "", &format!("{BODY}\n")] {
        assert_eq!(judge(&[SECRET], &all, body.as_bytes(), AT), Err(RefusalReason::BadSignature));
    }
    assert_eq!(judge(&[], &all, BODY.as_bytes(), AT), Err(RefusalReason::BadSignature));
}

#[test]
fn a_time_is_digits_within_five_minutes() {
    for off in [-300, -299, 0, 299, 300] {
        let time = (AT + off).to_string();
        assert_eq!(of(&time, &sign(SECRET, &time, BODY.as_bytes())), Ok(()), "{off}");
    }
    for off in [-301, 301, -86_400, 86_400, 900_000_000_000 - AT, -AT] {
        let time = (AT + off).to_string();
        let told = of(&time, &sign(SECRET, &time, BODY.as_bytes()));
        assert_eq!(told, Err(RefusalReason::StaleRequest), "{off}");
    }
    for time in
        ["+1531420618", "-1531420618", "1531420618.0", "0x5b479b0a", "15 31420618", "", "9999999999999"]
    {
        let told = of(time, &sign(SECRET, time, BODY.as_bytes()));
        assert_eq!(told, Err(RefusalReason::BadSignature), "{time}");
    }
}

#[test]
fn each_header_stands_there_once() {
    let (time, signature) = (("x-slack-request-timestamp", "1531420618"), ("x-slack-signature", SIGNED));
    for all in [
        &[time][..],
        &[signature],
        &[],
        &[time, signature, signature],
        &[time, time, signature],
        &[time, ("x-slack-signature", "v0=00"), signature],
        &[time, signature, ("x-slack-signature", "")],
    ] {
        let told = judge(&[SECRET], all, BODY.as_bytes(), AT);
        assert_eq!(told, Err(RefusalReason::BadSignature), "{all:?}");
    }
}

#[test]
fn while_rotating_both_secrets_fit_and_no_third() {
    let time = AT.to_string();
    let by = |secret: &str| {
        let signature = sign(secret, &time, BODY.as_bytes());
        let all = [("x-slack-request-timestamp", time.as_str()), ("x-slack-signature", &signature)];
        judge(&["the new one", SECRET], &all, BODY.as_bytes(), AT)
    };
    assert_eq!((by("the new one"), by(SECRET)), (Ok(()), Ok(())));
    assert_eq!(
        (by("the older one"), by("")),
        (Err(RefusalReason::BadSignature), Err(RefusalReason::BadSignature))
    );
}

proptest! {
    #[test]
    fn no_byte_can_be_changed(body in proptest::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0..8) {
        let time = AT.to_string();
        let signature = sign(SECRET, &time, &body);
        let all = [("x-slack-request-timestamp", time.as_str()), ("x-slack-signature", &signature)];
        prop_assert_eq!(judge(&[SECRET], &all, &body, AT), Ok(()));
        let mut other = body.clone();
        other[at.index(body.len())] ^= 1_u8 << bit;
        prop_assert_eq!(judge(&[SECRET], &all, &other, AT), Err(RefusalReason::BadSignature));
    }
}
