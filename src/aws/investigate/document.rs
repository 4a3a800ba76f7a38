//! What a policy document grants, as far as it matters at a glance: everything, or changes to IAM itself. Conditions and
//! denials are passed over, so that it errs on the side of saying too much.
//! Never here: calls, or a judgement of one request; IAM's simulation does that.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use wildmatch::WildMatch;

/// Changes that let somebody give themselves, or somebody else, more than they have.
const RAISING: [&str; 20] = [
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:createrole",
    "iam:createuser",
    "iam:deleterolepermissionsboundary",
    "iam:deleteuserpermissionsboundary",
    "iam:putgrouppolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:putuserpermissionsboundary",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateaccesskey",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
];

/// What one document, or many, allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Grants {
    pub(super) admin: bool,
    pub(super) writes_iam: bool,
}

impl Grants {
    pub(super) fn add(&mut self, other: Self) {
        self.admin |= other.admin;
        self.writes_iam |= other.writes_iam;
    }
}

/// `document` as IAM sends it: JSON, percent-encoded.
pub(super) fn grants(document: &str) -> Option<Grants> {
    let mut all = Grants::default();
    for statement in statements(&parsed(document)?) {
        if statement.get("Effect").and_then(Value::as_str) == Some("Allow") {
            all.add(of_statement(statement));
        }
    }
    Some(all)
}

/// Whom a role's trust policy lets in, such as ARNs and services.
pub(super) fn trusts(document: &str) -> Option<Vec<String>> {
    let mut who = vec![];
    for statement in statements(&parsed(document)?) {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        match statement.get("Principal") {
            Some(Value::Object(kinds)) => who.extend(kinds.values().flat_map(words)),
            Some(all) => who.extend(words(all)),
            None => who.extend(statement.get("NotPrincipal").map(|_| "everybody but some".to_owned())),
        }
    }
    who.dedup();
    Some(who)
}

fn parsed(document: &str) -> Option<Value> {
    serde_json::from_str(&percent_decode_str(document).decode_utf8().ok()?).ok()
}

/// One statement may stand alone, without a list.
fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
        None => vec![],
    }
}

fn of_statement(statement: &Value) -> Grants {
    let everywhere = statement.get("Resource").is_none_or(|r| words(r).iter().any(|r| r == "*"));
    let allowed = statement.get("Action").map(words);
    let but = statement.get("NotAction").map(words);
    let matches = |patterns: &[String], action: &str| {
        patterns.iter().any(|pattern| WildMatch::new(&pattern.to_lowercase()).matches(action))
    };
    let allows = |action: &str| match (&allowed, &but) {
        (Some(patterns), _) => matches(patterns, action),
        (None, Some(patterns)) => !matches(patterns, action),
        (None, None) => false,
    };
    let all = allowed.as_ref().is_some_and(|patterns| patterns.iter().any(|p| p == "*" || p == "*:*"));
    Grants { admin: all && everywhere, writes_iam: RAISING.iter().any(|action| allows(action)) }
}

/// A text, or a list of them.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(statement: Value) -> (bool, bool) {
        let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let got = grants(&document).unwrap();
        (got.admin, got.writes_iam)
    }

    #[test]
    fn everything_and_changes_to_iam_are_told_apart() {
        assert_eq!(of(json!({"Effect": "Allow", "Action": "*", "Resource": "*"})), (true, true));
        assert_eq!(
            of(json!([{"Effect": "Allow", "Action": ["s3:*", "*:*"], "Resource": ["*"]}])),
            (true, true)
        );
        assert_eq!(
            of(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a"})),
            (false, true)
        );
        assert_eq!(of(json!({"Effect": "Allow", "Action": "IAM:Put*", "Resource": "*"})), (false, true));
        assert_eq!(
            of(json!({"Effect": "Allow", "Action": "iam:?ttachUserPolicy", "Resource": "*"})),
            (false, true)
        );
        assert_eq!(
            of(json!({"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"})),
            (false, false)
        );
        assert_eq!(of(json!({"Effect": "Deny", "Action": "*", "Resource": "*"})), (false, false));
        assert_eq!(
            of(json!({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"})),
            (false, false)
        );
        assert_eq!(of(json!({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})), (false, true));
        assert_eq!(grants("{nonsense"), None);
        assert_eq!(grants("%7B%22Statement%22%3A%5B%5D%7D"), Some(Grants::default()));
    }

    #[test]
    fn trust_names_whom_it_lets_in() {
        let trust = json!({"Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com", "AWS": ["arn:aws:iam::1:root", "*"]}},
            {"Effect": "Deny", "Principal": "*"},
            {"Effect": "Allow", "Principal": "*"},
        ]});
        let mut who = trusts(&trust.to_string()).unwrap();
        who.sort();
        assert_eq!(who, ["*", "*", "arn:aws:iam::1:root", "ec2.amazonaws.com"]);
    }
}
