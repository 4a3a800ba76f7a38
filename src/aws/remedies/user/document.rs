//! The policy document we share with others: statements found, put, taken out by their `Sid`.
//! Never here: calls.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The longest an STS session of a user lives is 36 h (STS API reference, GetSessionToken); clocks and
/// the issue of a token at the very moment of the cut get an hour on top.
const LIFE: SignedDuration = SignedDuration::from_hours(37);

/// Statements in order, and the rest of the document as it was.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::aws::remedies) struct Document {
    rest: Map<String, Value>,
    statements: Vec<Value>,
}

impl Document {
    pub(in crate::aws::remedies) fn new() -> Self {
        let rest = Map::from_iter([("Version".to_owned(), json!("2012-10-17"))]);
        Self { rest, statements: vec![] }
    }

    /// `None` for what is no policy. A lone statement may stand without its list (IAM policy grammar).
    pub(in crate::aws::remedies) fn parse(text: &str) -> Option<Self> {
        let Value::Object(mut rest) = serde_json::from_str(text).ok()? else { return None };
        let statements = rest.remove("Statement").unwrap_or(Value::Null);
        let statements = if let Value::Array(list) = statements {
            list
        } else {
            Some(statements).filter(Value::is_object).into_iter().collect()
        };
        Some(Self { rest, statements })
    }

    pub(in crate::aws::remedies) fn text(&self) -> String {
        let mut all = self.rest.clone();
        all.insert("Statement".to_owned(), Value::Array(self.statements.clone()));
        Value::Object(all).to_string()
    }

    pub(in crate::aws::remedies) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    pub(in crate::aws::remedies) fn get(&self, sid: &str) -> Option<&Value> {
        self.statements.iter().find(|s| sid_of(s) == Some(sid))
    }

    pub(super) fn has(&self, sid: &str) -> bool {
        self.get(sid).is_some()
    }

    /// Where the statement cuts; `None` when it is absent or not to the letter what we write.
    pub(super) fn cut_off(&self, sid: &str) -> Option<Timestamp> {
        cut_off(self.get(sid)?)
    }

    pub(in crate::aws::remedies) fn put(&mut self, sid: &str, statement: Value) {
        match self.statements.iter_mut().find(|s| sid_of(s) == Some(sid)) {
            Some(place) => *place = statement,
            None => self.statements.push(statement),
        }
    }

    pub(in crate::aws::remedies) fn remove(&mut self, sid: &str) {
        self.statements.retain(|s| sid_of(s) != Some(sid));
    }

    /// Statements of ours that no session is old enough for any more.
    pub(super) fn drop_expired(&mut self, now: Timestamp) {
        self.statements.retain(|s| {
            let ours = sid_of(s).is_some_and(|sid| sid.starts_with("Vouch"));
            !(ours && cut_off(s).is_some_and(|at| is_expired(at, now)))
        });
    }
}

/// Denies everything to sessions issued before `at`, which is a whole second.
pub(super) fn statement(sid: &str, at: Timestamp) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": { "DateLessThan": { "aws:TokenIssueTime": at.to_string() } },
    })
}

/// Token issue times have whole seconds, so a cut within a second must count the whole of it: a session
/// from the first half of that second would live on otherwise.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    let down = at.as_second();
    let up = if at.subsec_nanosecond() > 0 { down.saturating_add(1) } else { down };
    Timestamp::from_second(up).unwrap_or(at)
}

pub(super) fn is_expired(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > LIFE
}

/// IAM hands policies out URL-encoded (IAM API reference, GetUserPolicy).
pub(super) fn plain(document: &str) -> String {
    percent_decode_str(document).decode_utf8_lossy().into_owned()
}

fn sid_of(statement: &Value) -> Option<&str> {
    statement.get("Sid")?.as_str()
}

fn cut_off(written: &Value) -> Option<Timestamp> {
    let at = written.pointer("/Condition/DateLessThan/aws:TokenIssueTime")?.as_str()?.parse().ok()?;
    (*written == statement(sid_of(written)?, at)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_cut_within_a_second_counts_all_of_it() {
        assert_eq!(whole_second(at("2026-11-23T12:00:00.001Z")), at("2026-11-23T12:00:01Z"));
        assert_eq!(whole_second(at("2026-11-23T12:00:00Z")), at("2026-11-23T12:00:00Z"));
    }

    #[test]
    fn only_what_is_ours_to_the_letter_has_a_cut_off() {
        let when = at("2026-11-23T12:00:00Z");
        let mut policy = Document::new();
        policy.put("VouchA", statement("VouchA", when));
        assert_eq!(policy.cut_off("VouchA"), Some(when));
        let mut weaker = statement("VouchA", when);
        weaker["Action"] = json!("s3:*");
        policy.put("VouchA", weaker);
        assert_eq!((policy.has("VouchA"), policy.cut_off("VouchA")), (true, None));
        policy.remove("VouchA");
        assert!(policy.is_empty());
    }

    #[test]
    fn expired_ones_of_ours_go_and_nothing_else() {
        let (old, young) = (at("2026-11-20T12:00:00Z"), at("2026-11-23T11:00:00Z"));
        let mut policy = Document::parse(
            r#"{"Version":"2012-10-17","Statement":{"Sid":"Theirs","Effect":"Deny","Action":"*","Resource":"*"}}"#,
        )
        .unwrap();
        policy.put("VouchOld", statement("VouchOld", old));
        policy.put("VouchYoung", statement("VouchYoung", young));
        policy.put("Old", statement("Old", old));
        policy.drop_expired(at("2026-11-23T12:00:00Z"));
        let left: Vec<_> = ["Theirs", "VouchOld", "VouchYoung", "Old"].map(|sid| policy.has(sid)).into();
        assert_eq!(left, [true, false, true, true]);
        assert_eq!(Document::parse(&policy.text()).unwrap(), policy);
    }

    #[test]
    fn what_is_no_policy_is_not_read() {
        assert_eq!(Document::parse("[]"), None);
        assert_eq!(Document::parse("{"), None);
        assert_eq!(plain("%7B%22a%22%3A%22b+c%22%7D"), r#"{"a":"b+c"}"#);
    }
}
