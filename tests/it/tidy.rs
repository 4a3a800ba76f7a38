//! The house rules that a compiler does not check: floors, headers, sizes, seams.
//! Never here: what clippy can say.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Production lines of a file, at most: before a trailing test module.
const LONGEST: usize = 400;

/// Rooms by floor. A room may import only from floors below its own.
const FLOORS: [(&str, u8); 17] = [
    // Metrics take their labels from the nouns, so the nouns lie below.
    ("case", 0),
    ("metrics", 1),
    ("trace", 1),
    ("ports", 2),
    ("inbox", 2),
    ("config", 2),
    ("http", 2),
    ("engine", 3),
    ("store", 3),
    ("aws", 3),
    ("slack", 3),
    ("pager", 3),
    ("admin", 3),
    ("cli", 4),
    ("daemon", 4),
    ("main", 5),
    // The map names every room.
    ("lib", 5),
];

/// Seams that speak each other's nouns on one floor, in this direction only.
const ALLOWED: [(&str, &str); 1] = [("inbox", "ports")];

struct Source {
    /// From the root of the repository.
    path: String,
    text: String,
}

impl Source {
    /// The lines before a trailing `#[cfg(test)] mod tests`, which may stand in a file of its own.
    fn production(&self) -> Vec<&str> {
        if self.path.ends_with("_tests.rs") {
            return vec![];
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let opens = |i: &usize| {
            let after = lines[i + 1..].iter().find(|line| !line.starts_with("#[path"));
            lines[*i] == "#[cfg(test)]" && after.is_some_and(|line| line.starts_with("mod "))
        };
        let end = (0..lines.len()).find(opens).unwrap_or(lines.len());
        lines[..end].to_vec()
    }

    /// The first folder or file below `src`.
    fn room(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split(['/', '.']).next().unwrap_or(inside)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = vec![];
    gather(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

fn gather(folder: &Path, found: &mut Vec<Source>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            found.push(Source { path: shown, text: read_to_string(&path).unwrap() });
        }
    }
}

/// Fails with everything that breaks the rule, not only the first.
fn none(broken: Vec<String>, rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// Code without comments, so that a rule is not broken by a sentence.
fn code(source: &Source) -> String {
    let bare = |line: &str| line.split("//").next().unwrap_or(line).to_owned();
    source.production().into_iter().map(bare).collect::<Vec<_>>().join("\n")
}

/// The rooms that follow `crate::`, each with its line; groups in braces included.
fn rooms_named(code: &str) -> Vec<(usize, String)> {
    let mut rooms = vec![];
    for (at, path) in code.match_indices("crate::") {
        let line = 1 + code[..at].matches('\n').count();
        let after = &code[at + path.len()..];
        let names =
            if let Some(group) = after.strip_prefix('{') { group_names(group) } else { vec![word(after)] };
        rooms.extend(names.into_iter().filter(|name| !name.is_empty()).map(|name| (line, name)));
    }
    rooms
}

/// The first word of each entry at the top of a group, up to its closing brace.
fn group_names(group: &str) -> Vec<String> {
    let (mut depth, mut from, mut names) = (0, 0, vec![]);
    for (at, c) in group.char_indices() {
        match (c, depth) {
            ('}', 0) => {
                names.push(word(&group[from..at]));
                break;
            }
            (',', 0) => {
                names.push(word(&group[from..at]));
                from = at + 1;
            }
            ('{', _) => depth += 1,
            ('}', _) => depth -= 1,
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn the_reader_of_paths_sees_groups_and_single_paths() {
    let code = "use crate::{case::X, ports::{A, B},\n    config};\nfn f() { crate::aws::g() }";
    let rooms: Vec<String> =
        rooms_named(code).into_iter().map(|(line, room)| format!("{line} {room}")).collect();
    assert_eq!(rooms, ["1 case", "1 ports", "1 config", "3 aws"]);
}

#[test]
fn rooms_import_only_from_floors_below() {
    let floors: BTreeMap<&str, u8> = FLOORS.into_iter().collect();
    let mut broken = vec![];
    for source in sources("src") {
        let room = source.room().to_owned();
        let Some(floor) = floors.get(room.as_str()) else {
            broken.push(format!("{}: the room {room} has no floor", source.path));
            continue;
        };
        for (line, named) in rooms_named(&code(&source)) {
            let inside = named == room || ALLOWED.contains(&(room.as_str(), named.as_str()));
            let below = floors.get(named.as_str()).is_some_and(|other| other < floor);
            if !inside && !below {
                broken.push(format!("{}:{line}: {room} (floor {floor}) names {named}", source.path));
            }
        }
    }
    none(broken, "a file may import only from floors below its own");
}

#[test]
fn the_core_is_pure() {
    let banned = [
        "tokio::",
        "async fn",
        "async move",
        "Timestamp::now",
        "SystemTime",
        "rand::",
        "std::fs",
        "std::net::Tcp",
        "reqwest",
        "aws_sdk",
        "axum",
        "tracing::",
    ];
    let mut broken = vec![];
    for source in sources("src/case") {
        for (i, line) in source.production().iter().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            let found = banned.iter().filter(|word| code.contains(**word));
            broken.extend(found.map(|word| format!("{}:{}: {word}", source.path, i + 1)));
        }
    }
    none(broken, "case/ holds no I/O, clocks, chance or async");
}

#[test]
fn every_file_says_what_lives_in_it() {
    let all = sources("src").into_iter().chain(sources("tests"));
    let silent = all.filter(|s| !s.text.starts_with("//! "));
    none(silent.map(|s| s.path).collect(), "every file opens with //!");
}

#[test]
fn files_stay_short() {
    let mut lengths: Vec<(usize, String)> =
        sources("src").into_iter().map(|s| (s.production().len(), s.path)).collect();
    lengths.sort();
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 200, "the median file has {median} production lines");
    let long = lengths.into_iter().filter(|(lines, _)| *lines > LONGEST);
    none(
        long.map(|(lines, path)| format!("{path}: {lines}")).collect(),
        "split a file before it reaches 400 lines",
    );
}

#[test]
fn production_code_has_no_test_switches() {
    let mut broken = vec![];
    for source in sources("src") {
        let lines = source.production();
        let switched =
            lines.iter().enumerate().filter(|(_, l)| l.contains("cfg(test)") || l.contains("cfg(not(test))"));
        broken.extend(switched.map(|(i, _)| format!("{}:{}", source.path, i + 1)));
        let tests = source.text.lines().filter(|l| l.contains("cfg(test)")).count();
        if tests > 1 {
            broken.push(format!("{}: more than one test module", source.path));
        }
    }
    none(broken, "cfg(test) stands only on a trailing test module");
}

#[test]
fn seams_are_few_and_narrow() {
    let ports = read_to_string(root().join("src/ports.rs")).unwrap();
    let traits: Vec<&str> = ports.split("\npub trait ").skip(1).collect();
    assert!(traits.len() <= 8, "{} traits in ports.rs", traits.len());
    for text in traits {
        let body = text.split("\n}").next().unwrap();
        let methods = body
            .lines()
            .filter(|l| l.trim_start().starts_with("async fn ") || l.trim_start().starts_with("fn "))
            .count();
        let name = body.split([':', ' ', '{']).next().unwrap();
        assert!((1..6).contains(&methods), "{name} has {methods} methods");
    }
}

#[test]
fn folders_are_named_by_their_file() {
    // The look-alike in tests/sim is a member of its own, with a layout of its own.
    let all = sources("src").into_iter().chain(sources("tests/it"));
    none(all.map(|s| s.path).filter(|p| p.ends_with("/mod.rs")).collect(), "foo.rs + foo/, no mod.rs");
}

#[test]
fn tasks_and_clocks_have_one_place() {
    let allowed = |path: &str| path.starts_with("src/daemon");
    let mut broken = vec![];
    for source in sources("src").into_iter().filter(|s| !allowed(&s.path)) {
        for (i, line) in source.production().iter().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            let found = ["tokio::spawn", "task::spawn(", "Timestamp::now", "SystemTime::now"]
                .iter()
                .filter(|w| code.contains(**w));
            broken.extend(found.map(|word| format!("{}:{}: {word}", source.path, i + 1)));
        }
    }
    none(broken, "one clock, one spawn site");
}
