//! What `SECURITY.md` says of whose word counts stands where it says, and is shown by the tests it names.
//! Never here: the tests themselves.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Rule, says, where, shown by.
fn rules(root: &Path) -> Vec<Vec<String>> {
    let text = read_to_string(root.join("SECURITY.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| T"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands in code spans.
fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn read_all(folder: &Path, text: &mut String) {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in paths {
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs") {
            text.push_str(&read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn each_rule_of_trust_has_a_place_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = rules(root);
    let names: Vec<&str> = rules.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"]);
    let mut tests = String::new();
    read_all(&root.join("tests/it"), &mut tests);
    for row in &rules {
        let (places, shown) = (spans(&row[2]), spans(&row[3]));
        assert!(!places.is_empty() && !shown.is_empty(), "{row:?}");
        let missing: Vec<&str> = places.into_iter().filter(|place| !root.join(place).exists()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let missing: Vec<&str> =
            shown.into_iter().filter(|name| !tests.contains(&format!("fn {name}()"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
