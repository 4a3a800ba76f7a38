//! Damaged and arbitrary bodies: whatever comes, the decoder answers, and what it answers is small.
//! Never here: what the right answer is.

use super::fixtures;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use vouch::aws::decode::{Decoded, decode};

/// Decodes, and checks what must hold of every answer.
fn survives(body: &[u8]) -> Decoded {
    let answer = decode(body);
    match &answer {
        Decoded::Findings { findings, .. } => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert!(!finding.id.is_empty() && !finding.kind.is_empty());
                assert!(finding.severity.is_finite() && finding.count >= 1);
                let size = serde_json::to_vec(finding).expect("a finding can be stored").len();
                assert!(size < 120_000, "a case must stay small, this is {size} bytes");
            }
        }
        Decoded::Bad { why, .. } => assert!(!why.is_empty() && why.chars().count() <= 4_096),
        Decoded::NotFinding { .. } => {}
    }
    answer
}

/// Our fixtures, and the corpus where it is.
fn documents() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = fixtures::names().iter().map(|name| fixtures::read(name)).collect();
    if let Some(folder) = crate::shared() {
        let files = std::fs::read_dir(folder.join("findings")).expect("the corpus is readable");
        let paths = files.filter_map(|f| f.ok()).map(|f| f.path());
        let mut paths: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
        paths.sort();
        all.extend(paths.iter().filter_map(|p| std::fs::read(p).ok()));
    }
    all
}

#[test]
fn truncated_bodies_are_bad() {
    let mut dice = StdRng::seed_from_u64(1);
    for body in documents() {
        let body = body.trim_ascii();
        for _ in 0..25 {
            let end = dice.random_range(0..body.len());
            assert!(matches!(survives(&body[..end]), Decoded::Bad { .. }));
        }
    }
}

#[test]
fn flipped_bytes_do_no_harm() {
    let mut dice = StdRng::seed_from_u64(2);
    for mut body in documents() {
        for _ in 0..25 {
            let at = dice.random_range(0..body.len());
            body[at] = dice.random();
            survives(&body);
        }
    }
}

#[test]
fn swapped_types_do_no_harm() {
    let mut dice = StdRng::seed_from_u64(3);
    for body in documents() {
        let original: Value = serde_json::from_slice(&body).expect("documents are JSON");
        for _ in 0..25 {
            let mut copy = original.clone();
            swap(&mut copy, &mut dice);
            survives(&serde_json::to_vec(&copy).expect("still JSON"));
        }
    }
}

/// Turns about one value in twenty into something of another type.
fn swap(value: &mut Value, dice: &mut StdRng) {
    if dice.random_ratio(1, 20) {
        *value = match dice.random_range(0..8) {
            0 => Value::Null,
            1 => json!(dice.random::<i64>()),
            2 => json!(dice.random::<f64>() * 1e18),
            3 => json!(value.to_string()),
            4 => json!([value.clone()]),
            5 => json!({ "value": value.clone() }),
            6 => json!([]),
            _ => json!(dice.random::<bool>()),
        };
        return;
    }
    if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(|item| swap(item, dice));
    } else if let Some(map) = value.as_object_mut() {
        map.values_mut().for_each(|item| swap(item, dice));
    }
}

#[test]
fn a_body_padded_to_a_mebibyte_makes_a_small_finding() {
    let mut body: Value = serde_json::from_slice(&fixtures::read("raw-camel")).unwrap();
    let filler = "\u{202e}<!channel>\\".repeat(80_000);
    for path in ["/title", "/service/resourceRole", "/resource/accessKeyDetails/principalId", "/unknown"] {
        let mut copy = body.clone();
        match copy.pointer_mut(path) {
            Some(place) => *place = json!(filler),
            None => drop(copy.as_object_mut().unwrap().insert("unknown".into(), json!(filler))),
        }
        assert!(matches!(survives(&serde_json::to_vec(&copy).unwrap()), Decoded::Findings { .. }));
    }
    for field in ["id", "type", "accountId", "region"] {
        let mut copy = body.clone();
        copy[field] = json!(filler);
        assert!(matches!(survives(&serde_json::to_vec(&copy).unwrap()), Decoded::Bad { .. }), "{field}");
    }
    body["service"] = json!((0..60_000).map(|n| (format!("k{n}"), json!(n))).collect::<Map<_, _>>());
    assert!(matches!(survives(&serde_json::to_vec(&body).unwrap()), Decoded::Findings { .. }));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in
        [("[", "]"), ("{\"detail\":", "}"), ("{\"Findings\":[", "]}"), ("{\"Records\":[", "]}")]
    {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(matches!(survives(deep.as_bytes()), Decoded::Bad { .. }));
        let legal = format!("{}{{}}{}", open.repeat(40), close.repeat(40));
        survives(legal.as_bytes());
    }
    let mut text = String::from_utf8(fixtures::read("raw-camel")).unwrap();
    for _ in 0..8 {
        text = serde_json::to_string(&text).unwrap();
    }
    assert!(matches!(survives(text.as_bytes()), Decoded::Bad { .. }));
}

#[test]
fn of_two_equal_keys_the_last_counts_and_camel_case_wins() {
    let body = br#"{"schemaVersion":"2.0","type":"A:B/C","type":"D:E/F","Type":"G:H/I","id":"1",
        "accountId":"444455556666","region":"eu-central-1"}"#;
    let Decoded::Findings { findings, .. } = survives(body) else { panic!("it is a finding") };
    assert_eq!(findings[0].kind, "D:E/F");
}

#[test]
fn times_in_every_spelling() {
    let at = |time: Value| {
        let body = json!({ "schemaVersion": "2.0", "type": "A:B/C", "id": "1", "accountId": "444455556666",
            "region": "eu-central-1", "updatedAt": time });
        super::one(&serde_json::to_vec(&body).unwrap()).updated_at
    };
    let expected = "2025-02-25T20:40:06.721Z".parse().unwrap();
    for spelling in [
        json!("2025-02-25T20:40:06.721Z"),
        json!("2025-02-25T20:40:06.721000000Z"),
        json!("2025-02-25T21:40:06.721+01:00"),
        json!("2025-02-25 20:40:06.721"),
        json!("2025-02-25 20:40:06.721000000"),
        json!("2025-02-25 20:40:06.721 UTC"),
        json!("1740516006.721"),
        json!("1.740516006721E9"),
        json!(1_740_516_006_721_u64),
        json!(1_740_516_006_721_000_u64),
    ] {
        assert_eq!(at(spelling.clone()), expected, "{spelling}");
    }
    for rubbish in [json!("yesterday"), json!(1e300), json!("NaN"), json!([]), json!("")] {
        assert_eq!(at(rubbish.clone()), jiff::Timestamp::UNIX_EPOCH, "{rubbish}");
    }
}

/// Keys that steer the decoder, so that arbitrary documents get past its first look.
fn key() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "detail",
        "detail-type",
        "Message",
        "Type",
        "Records",
        "Sns",
        "body",
        "findings",
        "Findings",
        "id",
        "arn",
        "type",
        "accountId",
        "region",
        "partition",
        "resource",
        "service",
        "schemaVersion",
        "productArn",
        "action",
        "Types",
        "ProductFields",
        "Resources",
        "accessKeyDetails",
        "userName",
        "principalId",
        "additionalInfo",
        "awsApiCallAction",
        "remoteIpDetails",
        "s3BucketDetails",
        "instanceDetails",
        "updatedAt",
        "severity",
    ];
    prop_oneof![9 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,9}"]
}

fn text() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "GuardDuty Finding",
        "Notification",
        "2.0",
        "2018-10-08",
        "444455556666",
        "eu-central-1",
        "Recon:EC2/X",
        "arn:aws:guardduty:eu-central-1:444455556666:detector/d/finding/f",
        "{\"sample\":true}",
        "AssumedRole",
        "arn:aws:securityhub:eu-central-1::product/aws/guardduty",
        "Security Hub Findings - Imported",
        "::::",
        "TTPs/é-",
        "\"{\\\"detail\\\":{}}\"",
        "[",
        "i-1",
        "AROA:i-0123456789",
    ];
    prop_oneof![7 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 3 => ".{0,20}"]
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 10, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            4 => proptest::collection::vec((key(), inner), 0..10)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_do_no_harm(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&body);
    }

    #[test]
    fn arbitrary_json_does_no_harm(document in document()) {
        survives(&serde_json::to_vec(&document).unwrap());
        let envelope = json!({ "detail-type": "GuardDuty Finding", "detail": document });
        survives(&serde_json::to_vec(&envelope).unwrap());
    }

    #[test]
    fn arbitrary_fields_of_a_finding_do_no_harm(resource in document(), service in document()) {
        let body = json!({ "schemaVersion": "2.0", "type": "A:B/C", "id": "1", "accountId": "444455556666",
            "region": "eu-central-1", "resource": resource, "service": service });
        let answer = survives(&serde_json::to_vec(&body).unwrap());
        let is_finding = matches!(answer, Decoded::Findings { .. });
        prop_assert!(is_finding);
    }
}
