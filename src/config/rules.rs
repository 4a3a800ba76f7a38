//! `[[rule]]` tables as rules: the operator's and the built-in playbook's, by the same reading.
//! Never here: which rule wins (`case/playbook`).

use super::keys::nearest;
use super::layers::document;
use super::problem::{Problem, Wrong, wrong};
use super::read::{Reader, origin};
use super::shape;
use crate::case::guard::matches;
use crate::case::playbook::{Ask, NoAnswer, RuleSpec, Stance, When};
use crate::case::remedy::Remedy;
use ::config::{Map, Value, ValueKind};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// The built-in rules, as they stand in the source.
pub const PLAYBOOK: &str = include_str!("../../config/playbook.toml");

const RULE_KEYS: [&str; 15] = [
    "name",
    "types",
    "accounts",
    "principals",
    "min_severity",
    "when",
    "stance",
    "ask",
    "deadline",
    "reminders",
    "offer",
    "no_answer",
    "escalate_to",
    "voices",
    "quiet_for",
];

/// Longer than this, what one person said once would be a suppression rule, and those take two people.
const LONGEST_QUIET: SignedDuration = SignedDuration::from_hours(24 * 7);

const STANCES: [(&str, Stance); 3] =
    [("ask", Stance::Ask), ("contain", Stance::Contain), ("notify", Stance::Notify)];

const ASKED: [(&str, Ask); 4] = [
    ("owner", Ask::Owner),
    ("security", Ask::Security),
    ("bucket-owner", Ask::BucketOwner),
    ("instance-owner", Ask::InstanceOwner),
];

/// `when` as it is written.
pub const CONDITIONS: [(&str, When); 10] = [
    ("call-succeeded", When::CallSucceeded),
    ("call-failed", When::CallFailed),
    ("tor", When::Tor),
    ("actor", When::Actor),
    ("target", When::Target),
    ("affiliated", When::Affiliated),
    ("unaffiliated", When::Unaffiliated),
    ("known-network", When::KnownNetwork),
    ("unknown-network", When::UnknownNetwork),
    ("instance-credentials", When::InstanceCredentials),
];

/// The built-in playbook. A problem here is ours; a test keeps it from happening.
pub(super) fn built_in(problems: &mut Vec<Problem>) -> Vec<RuleSpec> {
    let (value, _) = document("config/playbook.toml", PLAYBOOK, problems);
    let rules = value.into_table().unwrap_or_default().remove("rule");
    read(rules.as_ref(), &[], problems)
}

/// The operator's rules; `built_in` gives what they leave unset. No rules are no problem.
pub(super) fn read(
    value: Option<&Value>,
    built_in: &[RuleSpec],
    problems: &mut Vec<Problem>,
) -> Vec<RuleSpec> {
    let Some(value) = value else { return vec![] };
    let ValueKind::Array(tables) = &value.kind else {
        problems.push(at(value, "rule", "this is no list of rules", "write [[rule]]"));
        return vec![];
    };
    let mut rules = vec![];
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (i, table) in tables.iter().enumerate() {
        let prefix = format!("rule[{}]", i + 1);
        let ValueKind::Table(map) = &table.kind else {
            problems.push(at(table, &prefix, "this is no rule", "write [[rule]] and its keys below it"));
            continue;
        };
        let place = origin(table).unwrap_or_default();
        let spec = rule(map, &prefix, &place, built_in, problems);
        if let Some(earlier) =
            names.insert(spec.name.clone(), place.clone()).filter(|_| !spec.name.is_empty())
        {
            let wrong = format!("the rule at {earlier} has the same name");
            let key = format!("{prefix}.name");
            problems.push(Problem {
                place,
                key,
                wrong,
                right: "give each rule a name of its own".to_owned(),
            });
        }
        rules.push(spec);
    }
    rules
}

fn rule(
    map: &Map<String, Value>,
    prefix: &str,
    place: &str,
    built_in: &[RuleSpec],
    problems: &mut Vec<Problem>,
) -> RuleSpec {
    let mut r = Reader::new(map, &format!("{prefix}."), Some(place.to_owned()));
    unknown_keys(&mut r, map);
    if r.at("name").is_none() {
        r.missing("name", "the rule has no name", "write name = \"…\"; it is shown in audit and messages");
    }
    let tenths = r.number("min_severity", 0.0, 10.0).map(|severity| (severity * 10.0).round());
    let spec = RuleSpec {
        name: r.one("name", |t| shape::text(t, "a name for the rule")).unwrap_or_default(),
        types: r.list("types", shape::type_pattern).unwrap_or_default(),
        accounts: r.list("accounts", shape::account_pattern).unwrap_or_default(),
        principals: r.list("principals", shape::arn_pattern).unwrap_or_default(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: 0 to 100")]
        min_severity_tenths: tenths.unwrap_or_default() as u32,
        when: r.list("when", |t| shape::word(t, "condition", &CONDITIONS)).unwrap_or_default(),
        stance: r.one("stance", |t| shape::word(t, "stance", &STANCES)),
        ask: r.one("ask", |t| shape::word(t, "audience", &ASKED)),
        deadline: r.duration("deadline"),
        reminders: r.list("reminders", shape::duration).map(sorted),
        offer: r.list("offer", remedy),
        no_answer: r.one("no_answer", no_answer),
        escalate_to: r.list("escalate_to", shape::person),
        voices: r.whole("voices", 1, 2).and_then(|n| u8::try_from(n).ok()),
        quiet_for: r.duration("quiet_for"),
    };
    across(&mut r, &spec, built_in);
    problems.append(&mut r.problems);
    spec
}

fn unknown_keys(r: &mut Reader<'_>, map: &Map<String, Value>) {
    let mut names: Vec<&String> = map.keys().filter(|name| !RULE_KEYS.contains(&name.as_str())).collect();
    names.sort();
    for name in names {
        let right = match nearest(name, RULE_KEYS) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("a rule knows {}", RULE_KEYS.join(", ")),
        };
        r.refuse(name, "there is no such key in a rule", right);
    }
}

/// What one key alone cannot show.
fn across(r: &mut Reader<'_>, spec: &RuleSpec, built_in: &[RuleSpec]) {
    quiet(r, spec);
    let Some(offer) = &spec.offer else { return };
    let Some(first) = offer.first() else {
        r.refuse("offer", "the offer is empty", "name one remedy or more, or leave the key out");
        return;
    };
    let twice = offer.iter().enumerate().find(|(i, remedy)| offer[..*i].contains(remedy));
    if let Some((_, remedy)) = twice {
        let wrong = format!("{} is offered twice", remedy.as_str());
        r.refuse("offer", wrong, "name each remedy once");
    }
    // With the stance unset, the built-in entry decides; any it may fall through to counts.
    let inherited =
        || built_in.iter().find(|b| b.stance == Some(Stance::Contain) && overlap(&spec.types, &b.types));
    let contains = spec.stance == Some(Stance::Contain) || (spec.stance.is_none() && inherited().is_some());
    if contains && first.is_wide() {
        let wrong = format!(
            "{} is a wide remedy, and stance contain carries out the first of the offer before anyone is asked",
            first.as_str()
        );
        r.refuse("offer", wrong, "put a narrow remedy such as cut first, or set stance = \"ask\"");
    }
}

/// Only a question can be quiet, and only for a time.
fn quiet(r: &mut Reader<'_>, spec: &RuleSpec) {
    let Some(span) = spec.quiet_for else { return };
    if span > LONGEST_QUIET {
        r.refuse("quiet_for", "this is longer than a week", "write 7d or less");
    }
    if let Some(stance) = spec.stance.filter(|stance| *stance != Stance::Ask) {
        let wrong = format!("with stance {} there is no question that could be quiet", stance.as_str());
        r.refuse("quiet_for", wrong, "leave quiet_for out, or set stance = \"ask\"");
    }
    if spec.voices == Some(2) {
        r.refuse(
            "quiet_for",
            "with two voices nobody vouches alone",
            "leave quiet_for out, or set voices = 1",
        );
    }
}

/// Whether two lists of patterns may match the same type. Says yes when in doubt.
fn overlap(a: &[String], b: &[String]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|x| b.iter().any(|y| matches(x, y) || matches(y, x)))
}

fn remedy(text: &str) -> Result<Remedy, Wrong> {
    Remedy::parse(text).ok_or_else(|| shape::not_one_of(text, "remedy", &Remedy::ALL.map(Remedy::as_str)))
}

fn no_answer(text: &str) -> Result<NoAnswer, Wrong> {
    match text {
        "escalate" => Ok(NoAnswer::Escalate),
        "record" => Ok(NoAnswer::Record),
        _ => remedy(text)
            .map(NoAnswer::Run)
            .map_err(|refused| wrong(refused.wrong, format!("{}; or escalate, or record", refused.right))),
    }
}

/// Reminders are sent in order, however they were written.
fn sorted(mut spans: Vec<jiff::SignedDuration>) -> Vec<jiff::SignedDuration> {
    spans.sort();
    spans
}

fn at(value: &Value, key: &str, wrong: &str, right: &str) -> Problem {
    let place = origin(value).unwrap_or_default();
    Problem { place, key: key.to_owned(), wrong: wrong.to_owned(), right: right.to_owned() }
}
