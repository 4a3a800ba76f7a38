//! Whether a finding fits a `FindingCriteria`: the comparisons of the GuardDuty API over dotted attribute names.
//!
//! Attributes inside lists are found in any element of the list, as GuardDuty does.

use jiff::Timestamp;
use serde_json::Value;

/// Whether every attribute's conditions hold; an unknown comparison is an error.
pub(super) fn fits(finding: &Value, criterion: &Value) -> Result<bool, String> {
    for (attribute, conditions) in criterion.as_object().into_iter().flatten() {
        let values = values(finding, attribute);
        for (comparison, wanted) in conditions.as_object().into_iter().flatten() {
            if !holds(&values, comparison, wanted)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A key by which findings can be put in order.
pub(super) fn sort_key(finding: &Value, attribute: &str) -> (i64, String) {
    let value = values(finding, attribute).into_iter().next().cloned().unwrap_or(Value::Null);
    (number(&value).unwrap_or(0), text(&value))
}

fn values<'a>(finding: &'a Value, attribute: &str) -> Vec<&'a Value> {
    let mut found = vec![finding];
    for key in attribute.split('.') {
        let deeper = |value: &'a Value| match value.as_array() {
            Some(list) => list.iter().collect(),
            None => vec![value],
        };
        found = found.into_iter().flat_map(deeper).filter_map(|value| value.get(key)).collect();
    }
    found
}

fn holds(values: &[&Value], comparison: &str, wanted: &Value) -> Result<bool, String> {
    let any = |fits: &dyn Fn(&str) -> bool| {
        let mut wanted = wanted.as_array().into_iter().flatten();
        wanted.any(|wanted| wanted.as_str().is_some_and(fits))
    };
    let among = |wanted: &str| values.iter().any(|value| text(value) == wanted);
    let compare = |fits: &dyn Fn(i64, i64) -> bool| {
        let bound = wanted.as_i64();
        let mut numbers = values.iter().filter_map(|value| number(value));
        numbers.any(|value| bound.is_some_and(|bound| fits(value, bound)))
    };
    Ok(match comparison {
        "eq" | "equals" => any(&among),
        "neq" | "notEquals" => !any(&among),
        "gt" | "greaterThan" => compare(&|value, bound| value > bound),
        "gte" | "greaterThanOrEqual" => compare(&|value, bound| value >= bound),
        "lt" | "lessThan" => compare(&|value, bound| value < bound),
        "lte" | "lessThanOrEqual" => compare(&|value, bound| value <= bound),
        other => return Err(format!("the stub does not know the comparison {other}")),
    })
}

/// Times as milliseconds since 1970, other numbers as they are (severities rounded down).
fn number(value: &Value) -> Option<i64> {
    if let Some(time) = value.as_str() {
        return time.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    }
    #[expect(clippy::cast_possible_truncation, reason = "severities are small")]
    value.as_i64().or_else(|| value.as_f64().map(|float| float.floor() as i64))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fits;

    #[test]
    fn times_flags_and_lists_are_compared() {
        let finding = json!({
            "updatedAt": "2026-11-23T10:00:00.000Z", "severity": 5.5, "service": {"archived": false},
            "resource": {"s3BucketDetails": [{"name": "a"}, {"name": "b"}]},
        });
        let fit = |criterion| fits(&finding, &criterion).unwrap();
        let at = 1_795_428_000_000_i64;
        assert!(fit(json!({"updatedAt": {"gte": at}, "service.archived": {"eq": ["false"]}})));
        assert!(!fit(json!({"updatedAt": {"greaterThan": at}})));
        assert!(fit(json!({"severity": {"gte": 5}, "resource.s3BucketDetails.name": {"equals": ["b"]}})));
        assert!(!fit(json!({"service.archived": {"neq": ["false"]}})));
        assert!(fits(&finding, &json!({"severity": {"about": 5}})).is_err());
    }
}
