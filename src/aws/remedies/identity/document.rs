//! The policy document we share with others: statements found, put, taken out by their `Sid`.
//! Never here: calls.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// Whose sessions lose everything, and up to when they were issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws::remedies) struct Cut {
    at: Timestamp,
    /// `aws:userid` of one session of a role; `None` for all sessions.
    one: Option<String>,
}

impl Cut {
    /// Token issue times have whole seconds, so a cut within a second must count the whole of it: a session
    /// from the first half of that second would live on otherwise.
    pub(in crate::aws::remedies) fn of_all(cut_off: Timestamp) -> Self {
        Self { at: whole_second(cut_off), one: None }
    }

    pub(in crate::aws::remedies) fn of_one(cut_off: Timestamp, user_id: String) -> Self {
        Self { at: whole_second(cut_off), one: Some(user_id) }
    }

    /// Whether nothing is left to do for `other` where this one stands.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.at >= other.at && self.spans(other)
    }

    /// Whether it is about every session that `other` is about.
    pub(super) fn spans(&self, other: &Self) -> bool {
        self.one.is_none() || self.one == other.one
    }

    /// No session is old enough for it any more.
    pub(super) fn is_expired(&self, now: Timestamp, life: SignedDuration) -> bool {
        now.duration_since(self.at) > life
    }
}

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

    pub(in crate::aws::remedies) fn has(&self, sid: &str) -> bool {
        self.get(sid).is_some()
    }

    /// What the statement cuts; `None` when it is absent or not to the letter what we write.
    pub(in crate::aws::remedies) fn cut(&self, sid: &str) -> Option<Cut> {
        cut(self.get(sid)?)
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
    pub(in crate::aws::remedies) fn drop_expired(&mut self, now: Timestamp, life: SignedDuration) {
        self.statements.retain(|s| {
            let ours = sid_of(s).is_some_and(|sid| sid.starts_with("Vouch"));
            !(ours && cut(s).is_some_and(|cut| cut.is_expired(now, life)))
        });
    }
}

/// Denies everything to the sessions that are cut.
pub(super) fn statement(sid: &str, cut: &Cut) -> Value {
    let mut condition = json!({ "DateLessThan": { "aws:TokenIssueTime": cut.at.to_string() } });
    if let Some(user_id) = &cut.one {
        condition["StringEquals"] = json!({ "aws:userid": user_id });
    }
    json!({ "Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition })
}

fn whole_second(at: Timestamp) -> Timestamp {
    let down = at.as_second();
    let up = if at.subsec_nanosecond() > 0 { down.saturating_add(1) } else { down };
    Timestamp::from_second(up).unwrap_or(at)
}

/// IAM hands policies out URL-encoded (IAM API reference, GetUserPolicy).
pub(super) fn plain(document: &str) -> String {
    percent_decode_str(document).decode_utf8_lossy().into_owned()
}

fn sid_of(statement: &Value) -> Option<&str> {
    statement.get("Sid")?.as_str()
}

fn cut(written: &Value) -> Option<Cut> {
    let condition = written.get("Condition")?;
    let at = condition.pointer("/DateLessThan/aws:TokenIssueTime")?.as_str()?.parse().ok()?;
    let one = condition.pointer("/StringEquals/aws:userid").and_then(Value::as_str).map(str::to_owned);
    let cut = Cut { at, one };
    (*written == statement(sid_of(written)?, &cut)).then_some(cut)
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
        for when in [Cut::of_all(when), Cut::of_one(when, "AROA1:one".to_owned())] {
            let mut policy = Document::new();
            policy.put("VouchA", statement("VouchA", &when));
            assert_eq!(policy.cut("VouchA"), Some(when.clone()));
            let mut weaker = statement("VouchA", &when);
            weaker["Action"] = json!("s3:*");
            let mut narrower = statement("VouchA", &when);
            narrower["Condition"]["StringEquals"]["aws:userid"] = json!(["AROA1:one"]);
            for changed in [weaker, narrower] {
                policy.put("VouchA", changed);
                assert_eq!((policy.has("VouchA"), policy.cut("VouchA")), (true, None));
            }
            policy.remove("VouchA");
            assert!(policy.is_empty());
        }
    }

    #[test]
    fn all_sessions_cover_one_and_one_does_not_cover_all() {
        let (early, late) = (at("2026-11-23T12:00:00Z"), at("2026-11-23T13:00:00Z"));
        let one = |when, name: &str| Cut::of_one(when, name.to_owned());
        let covers = |a: &Cut, b: &Cut| (a.covers(b), a.spans(b));
        assert_eq!(covers(&Cut::of_all(late), &one(early, "a")), (true, true));
        assert_eq!(covers(&Cut::of_all(early), &one(late, "a")), (false, true));
        assert_eq!(covers(&one(late, "a"), &Cut::of_all(early)), (false, false));
        assert_eq!(covers(&one(late, "a"), &one(late, "b")), (false, false));
        assert_eq!(covers(&one(late, "a"), &one(late, "a")), (true, true));
    }

    #[test]
    fn expired_ones_of_ours_go_and_nothing_else() {
        let (old, young) = (at("2026-11-20T12:00:00Z"), at("2026-11-23T11:00:00Z"));
        let mut policy = Document::parse(
            r#"{"Version":"2012-10-17","Statement":{"Sid":"Theirs","Effect":"Deny","Action":"*","Resource":"*"}}"#,
        )
        .unwrap();
        for (sid, at) in [("VouchOld", old), ("VouchYoung", young), ("Old", old)] {
            policy.put(sid, statement(sid, &Cut::of_all(at)));
        }
        policy.drop_expired(at("2026-11-23T12:00:00Z"), SignedDuration::from_hours(37));
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
