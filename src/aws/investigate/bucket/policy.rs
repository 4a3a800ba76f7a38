//! A bucket's policy, read for whom it lets in.
//! Never here: calls, or whether that is wanted.

use crate::case::evidence::PolicyFact;
use crate::case::principal::AccountId;
use serde_json::Value;

/// Conditions that hold a statement for everybody to some: with one of these S3 does not call it public, as long as
/// its values are fixed (S3 User Guide, the meaning of "public").
const NARROWING: [&str; 12] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// What is no policy lets nobody in.
pub(super) fn read(text: &str, owner: &AccountId) -> PolicyFact {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let mut fact = PolicyFact::default();
    for statement in list(document.get("Statement")) {
        fact.endpoints.extend(values(statement, "aws:sourcevpce"));
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let principal = statement.get("Principal").unwrap_or(&Value::Null);
        let by_aws = || list(principal.get("AWS")).into_iter().filter_map(Value::as_str);
        let everybody =
            principal == "*" || by_aws().any(|arn| arn == "*") || statement.get("NotPrincipal").is_some();
        fact.public |= everybody && !NARROWING.iter().any(|key| is_fixed(&values(statement, key)));
        fact.cloudfront |= by_aws().any(|arn| arn.contains(":iam::cloudfront:"))
            || list(principal.get("Service")).into_iter().any(|s| s == "cloudfront.amazonaws.com")
            || principal.get("CanonicalUser").is_some();
        fact.others.extend(by_aws().filter(|arn| is_foreign(arn, owner)).map(str::to_owned));
    }
    for found in [&mut fact.others, &mut fact.endpoints] {
        found.sort();
        found.dedup();
    }
    fact
}

/// A value or a list of values (IAM policy grammar).
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => vec![],
    }
}

/// What the conditions of a statement compare a key with; keys are written in any case.
fn values(statement: &Value, wanted: &str) -> Vec<String> {
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let pairs = conditions.into_iter().flatten().filter(|(operator, _)| !operator.contains("Not"));
    let keys = pairs.filter_map(|(_, keys)| keys.as_object()).flatten();
    let found = keys.filter(|(key, _)| key.eq_ignore_ascii_case(wanted));
    found.flat_map(|(_, values)| list(Some(values))).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_fixed(values: &[String]) -> bool {
    let anybody = |value: &String| value.contains(['*', '?', '$']) || value.ends_with("/0");
    !values.is_empty() && !values.iter().any(anybody)
}

/// An ARN or an id of another account. The identities that CloudFront has are nobody's account.
fn is_foreign(arn: &str, owner: &AccountId) -> bool {
    let account = if arn.starts_with("arn:") { arn.split(':').nth(4).unwrap_or_default() } else { arn };
    AccountId::parse(account).is_some_and(|account| account != *owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(statement: Value) -> PolicyFact {
        let owner = AccountId::parse("123456789012").unwrap();
        read(&json!({ "Version": "2012-10-17", "Statement": statement }).to_string(), &owner)
    }

    fn allow(principal: Value, condition: Value) -> Value {
        json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", "Condition": condition })
    }

    #[test]
    fn everybody_is_public_unless_held_to_somebody() {
        assert!(of(allow(json!("*"), json!({}))).public);
        assert!(of(json!([allow(json!({ "AWS": ["*"] }), json!({}))])).public);
        assert!(of(allow(json!("*"), json!({ "StringLike": { "aws:PrincipalArn": "*" } }))).public);
        assert!(of(allow(json!("*"), json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }))).public);
        assert!(of(allow(json!("*"), json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }))).public);
        let endpoint =
            of(allow(json!("*"), json!({ "StringEquals": { "aws:sourceVpce": ["vpce-1", "vpce-2"] } })));
        assert_eq!((endpoint.public, endpoint.endpoints.len()), (false, 2));
        let mut deny = allow(json!("*"), json!({}));
        deny["Effect"] = json!("Deny");
        assert_eq!(of(deny), PolicyFact::default());
        assert_eq!(read("[", &AccountId::parse("123456789012").unwrap()), PolicyFact::default());
    }

    #[test]
    fn others_are_named_and_cloudfront_is_known() {
        let ours = "arn:aws:iam::123456789012:role/app";
        let theirs = ["210987654321", "arn:aws:iam::210987654321:root"];
        let fact = of(allow(json!({ "AWS": [ours, theirs[0], theirs[1]] }), json!({})));
        assert_eq!((fact.public, fact.others), (false, theirs.map(str::to_owned).to_vec()));
        let identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1";
        let fact = of(allow(json!({ "AWS": identity }), json!({})));
        assert!(fact.cloudfront && fact.others.is_empty() && !fact.public);
        assert!(of(allow(json!({ "Service": "cloudfront.amazonaws.com" }), json!({}))).cloudfront);
    }
}
