//! Sessions of roles, kept until shortly before they end: one case needs the same one for every call.
//! Never here: assuming a role.

use aws_sdk_iam::config::Credentials;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// How much of its life a session must have left: a call and its read-back fit in.
const LEFT: SignedDuration = SignedDuration::from_secs(60);

/// What makes two sessions the same: the role, the session's name (which is its source identity too), and what the
/// session policy lets it do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) role: String,
    pub(super) session: String,
    pub(super) policy: Option<String>,
}

#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<Key, Credentials>>);

impl Kept {
    pub(super) fn get(&self, key: &Key, now: Timestamp) -> Option<Credentials> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|credentials| lives(credentials, now)).cloned()
    }

    /// What is over goes.
    pub(super) fn put(&self, key: Key, credentials: Credentials, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, credentials| lives(credentials, now));
        kept.insert(key, credentials);
    }
}

fn lives(credentials: &Credentials, now: Timestamp) -> bool {
    let end = credentials.expiry().and_then(|end| end.duration_since(SystemTime::UNIX_EPOCH).ok());
    end.and_then(|end| i64::try_from(end.as_secs()).ok()).is_some_and(|end| end > (now + LEFT).as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_session_is_kept_while_it_lives_and_for_its_own_policy_only() {
        let at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let end = at + SignedDuration::from_mins(15);
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(end.as_second().unsigned_abs());
        let credentials = Credentials::new("ASIA", "s", None, Some(expires), "test");
        let key =
            |policy: &str| Key { role: "r".into(), session: "vouch-1".into(), policy: Some(policy.into()) };
        let kept = Kept::default();
        kept.put(key("a"), credentials, at);
        let found =
            |policy, minutes| kept.get(&key(policy), at + SignedDuration::from_mins(minutes)).is_some();
        assert_eq!(
            [found("a", 0), found("a", 13), found("a", 14), found("b", 0)],
            [true, true, false, false]
        );
        kept.put(key("b"), Credentials::new("ASIA", "s", None, None, "test"), end);
        assert!(kept.0.lock().unwrap().len() == 1 && kept.get(&key("b"), at).is_none());
    }
}
