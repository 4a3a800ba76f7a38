//! Which of the operator's patterns names an ARN best.
//! Never here: calls.

use crate::case::guard::matches;
use crate::case::owner::PersonId;

/// The matching pattern with the longest text before its first `*`; of equals the longer pattern, then the first.
pub(super) fn longest<'a>(
    patterns: &'a [(String, PersonId)],
    arns: &[String],
) -> Option<&'a (String, PersonId)> {
    let fits = |pattern: &str| arns.iter().any(|arn| matches(pattern, arn));
    // `max_by_key` keeps the last of equals, so the list is walked from its end.
    patterns.iter().rev().filter(|(pattern, _)| fits(pattern)).max_by_key(|(pattern, _)| literal(pattern))
}

fn literal(pattern: &str) -> (usize, usize) {
    (pattern.find('*').unwrap_or(pattern.len()), pattern.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_literal_prefix_wins() {
        let person = |id: &str| PersonId::parse(id).unwrap();
        let patterns = vec![
            ("*".to_owned(), person("U1ALL")),
            ("arn:aws:iam::123456789012:user/*".to_owned(), person("U2ACCOUNT")),
            ("arn:aws:iam::123456789012:user/ci-*".to_owned(), person("U3CI")),
            ("arn:aws:iam::123456789012:user/ops/*".to_owned(), person("U4OPS")),
        ];
        let of = |arns: &[&str]| {
            let arns: Vec<String> = arns.iter().map(|a| (*a).to_owned()).collect();
            longest(&patterns, &arns).map(|(_, p)| p.as_str())
        };
        assert_eq!(of(&["arn:aws:iam::123456789012:user/ci-1"]), Some("U3CI"));
        assert_eq!(of(&["arn:aws:iam::123456789012:user/bob"]), Some("U2ACCOUNT"));
        let with_path = ["arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/ops/bob"];
        assert_eq!(of(&with_path), Some("U4OPS"));
        assert_eq!(of(&["arn:aws:iam::210987654321:user/bob"]), Some("U1ALL"));
        assert_eq!(of(&[]), None);
    }
}
