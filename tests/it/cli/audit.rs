//! `vouch audit verify` on good, changed, cut and shuffled trails.
//! Never here: where trails come from.

use super::{home, ran, shown};
use serde_json::{Value, json};
use vouch::case::entry::{Actor, Entry, EntryKind, Head, Line};

fn line(head: &mut Head, n: u64) -> Line {
    let entry = Entry {
        case: None,
        kind: EntryKind::Started,
        actor: Actor::System,
        data: json!({ "n": n, "text": "é" }),
    };
    entry.seal(head, "2026-01-01T00:00:00Z".parse().unwrap())
}

fn trail() -> Vec<String> {
    let mut head = Head::default();
    (0..5).map(|n| serde_json::to_string(&line(&mut head, n)).unwrap()).collect()
}

/// Exit code, stdout and stderr of `audit verify` over these lines.
fn verify(lines: &[String]) -> (i32, String, String) {
    let home = home("");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = home.put("audit.jsonl", &text);
    let ran = ran(&["audit", "verify", shown(&file)], &[]);
    (ran.code, ran.out, ran.err)
}

#[test]
fn a_good_trail_gives_the_count_and_the_head_of_each_chain() {
    let good = trail();
    let head: Value = serde_json::from_str(&good[4]).unwrap();
    let expected = format!("ok: 5 lines\nchain main: 5 lines, head {}\n", head["hash"].as_str().unwrap());
    assert_eq!(verify(&good), (0, expected, String::new()));
    assert_eq!(verify(&[]), (0, "ok: 0 lines\n".to_owned(), String::new()));

    // Chains of several writers stand between each other.
    let mut other = Head::default();
    let mut second = line(&mut other, 9);
    second.chain = "b".to_owned();
    second.hash = second.digest();
    let mut both = good;
    both.insert(2, serde_json::to_string(&second).unwrap());
    let (code, out, _) = verify(&both);
    assert_eq!((code, out.lines().next().unwrap()), (0, "ok: 6 lines"));
    assert_eq!(out.lines().nth(1), Some(format!("chain b: 1 lines, head {}", second.hash).as_str()));
}

#[test]
fn the_first_line_that_does_not_fit_is_named() {
    let good = trail();
    let changed = |at: usize, from: &str, to: &str| {
        let mut lines = good.clone();
        assert!(lines[at].contains(from), "{}", lines[at]);
        lines[at] = lines[at].replace(from, to);
        lines
    };
    let without = |at: usize| {
        let mut lines = good.clone();
        lines.remove(at);
        lines
    };
    let swapped = {
        let mut lines = good.clone();
        lines.swap(1, 2);
        lines
    };
    // A changed line whose own hash was made to fit breaks the line after it.
    let rehashed = {
        let mut lines = good.clone();
        let mut line: Line = serde_json::from_str(&lines[2]).unwrap();
        line.actor = "slack:U0LIAR".to_owned();
        line.hash = line.digest();
        lines[2] = serde_json::to_string(&line).unwrap();
        lines
    };
    let cases = [
        (changed(2, "\"n\":2", "\"n\":7"), 3, "its hash does not match"),
        (changed(0, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"), 1, "its fields are not spelled"),
        (changed(1, "{\"chain\"", "{\"more\":1,\"chain\""), 2, "it is no audit line"),
        (changed(4, "\"prev\"", "\"prec\""), 5, "it is no audit line"),
        (without(0), 1, "seq is 2 after 0"),
        (without(3), 4, "seq is 5 after 3"),
        (swapped, 2, "seq is 3 after 1"),
        (rehashed, 4, "prev is not the hash"),
    ];
    for (lines, at, why) in cases {
        let (code, out, err) = verify(&lines);
        assert_eq!((code, out.as_str()), (1, ""), "{why}");
        assert!(err.starts_with(&format!("vouch: line {at} does not fit: {why}")), "{why}: {err}");
    }
    let mut cut = good;
    cut[4].truncate(40);
    assert!(verify(&cut).2.starts_with("vouch: line 5 does not fit: it is no audit line"));
    assert_eq!(ran(&["audit", "verify", "/nowhere"], &[]).code, 1);
}
