//! Configuration: layers, secrets, every problem with its place, and the playbook's coverage.
//! Never here: what the rules then decide about cases.

use jiff::SignedDuration;
use secrecy::ExposeSecret;
use std::path::PathBuf;
use vouch::case::finding::Finding;
use vouch::case::guard::{Mode, Profile};
use vouch::case::owner::Source;
use vouch::case::playbook::{NoAnswer, Playbook, Rule, Stance};
use vouch::case::principal::PrincipalKind;
use vouch::case::remedy::{Remedy, parts};
use vouch::config::keys::{KEYS, Kind};
use vouch::config::{DEFAULTS, Language, Problems, Settings, Transport};

/// The least that is valid; tests add to it or break it.
const GOOD: &str = r#"
[queue]
url = "https://sqs.eu-central-1.amazonaws.com/111122223333/vouch"
[slack]
security_channel = "C0SECURITY"
responders = ["U0RESPOND1"]
"#;

const TOKENS: [(&str, &str); 2] =
    [("VOUCH__SLACK__BOT_TOKEN", "xoxb-test"), ("VOUCH__SLACK__APP_TOKEN", "xapp-test")];

/// Files in a folder of their own, named a.toml, b.toml, …
struct Files {
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

fn files(texts: &[&str]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let write = |(i, text): (usize, &&str)| {
        let path = folder.path().join(format!("{}.toml", char::from(b'a' + u8::try_from(i).unwrap())));
        std::fs::write(&path, text).unwrap();
        path
    };
    let paths = texts.iter().enumerate().map(write).collect();
    Files { folder, paths }
}

fn env(more: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let all: Vec<_> = TOKENS.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    all.into_iter()
}

fn load(texts: &[&str], more: &[(&str, &str)]) -> Result<Settings, Problems> {
    vouch::config::load(&files(texts).paths, env(more))
}

/// The lines of the problems, with the folder left out of the places.
fn lines(texts: &[&str], more: &[(&str, &str)]) -> Vec<String> {
    let files = files(texts);
    let problems = vouch::config::load(&files.paths, env(more)).unwrap_err().to_string();
    let folder = format!("{}/", files.folder.path().display());
    problems.lines().map(|line| line.replace(&folder, "")).collect()
}

#[test]
fn the_least_that_is_valid_gets_the_documented_defaults() {
    let s = load(&[GOOD], &[]).unwrap();
    assert_eq!(s.mode, Mode::DryRun);
    assert_eq!(s.language, Language::Auto);
    assert_eq!(s.queue.wait, SignedDuration::from_secs(20));
    assert_eq!(s.slack.transport, Transport::Socket);
    assert_eq!(s.slack.api_url, "https://slack.com/api/");
    assert_eq!(s.http.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(s.admin.listen.to_string(), "127.0.0.1:8081");
    assert_eq!(s.store.path, PathBuf::from("/var/lib/vouch"));
    assert_eq!((s.store.table.as_str(), s.store.create_table), ("vouch", false));
    assert!(s.aws.accounts.is_empty());
    assert_eq!(s.aws.profile, Profile::Surgical);
    assert_eq!(s.aws.quarantine_policy, "arn:{partition}:iam::{account}:policy/vouch/VouchQuarantine");
    assert_eq!(s.owners.sources, Source::ALL);
    assert_eq!(s.owners.tag_keys, ["owner", "email", "SlackUserId"]);
    assert_eq!(s.retention_closed, SignedDuration::from_hours(24 * 90));
    assert_eq!(s.group_window, SignedDuration::from_hours(1));
    assert_eq!(s.prompts_per_person_hour, 3);
    assert_eq!((s.limits.per_10m, s.limits.per_day, s.limits.per_account_hour), (5, 20, 3));
    let passes = [10, 60, 300].map(SignedDuration::from_secs);
    assert_eq!(s.verify_after, passes);
    assert_eq!(s.undo_window, SignedDuration::from_hours(72));
    assert!(s.fallback_webhook.is_none() && s.playbook.rules.is_empty());
}

#[test]
fn later_layers_win_and_lists_are_replaced_whole() {
    let second = r#"
mode = "observe"
[slack]
responders = ["U0RESPOND2", "W0RESPOND3"]
[owners.principals]
"arn:aws:iam::*:user/ci/*" = "U0CI"
"#;
    let third = "[owners.principals]\n\"arn:aws:iam::111122223333:user/*\" = \"U0USERS\"\n";
    let more = [
        ("VOUCH__MODE", "enforce"),
        ("VOUCH__AWS__ACCOUNTS", "111122223333, 444455556666"),
        ("VOUCH__GUARD__MAX_WRITES_10M", "7"),
        ("VOUCH__STORE__CREATE_TABLE", "true"),
        ("VOUCH__OWNERS__EMAILS", "Ana@Example.com=U0ANA"),
        ("VOUCH__UNDO__WINDOW", "1s"),
        ("VOUCH_CONFIG", "ignored here"),
    ];
    let s = load(&[GOOD, second, third], &more).unwrap();
    assert_eq!(s.mode, Mode::Enforce);
    let responders: Vec<&str> = s.slack.responders.iter().map(|p| p.as_str()).collect();
    assert_eq!(responders, ["U0RESPOND2", "W0RESPOND3"]);
    assert_eq!(s.aws.accounts.len(), 2);
    assert_eq!(s.limits.per_10m, 7);
    assert!(s.store.create_table);
    assert_eq!(s.owners.emails["ana@example.com"].as_str(), "U0ANA");
    assert_eq!(s.undo_window, SignedDuration::from_secs(1));
    // Tables are merged by key; the longest literal prefix stands first.
    let patterns: Vec<&str> = s.owners.principals.iter().map(|(p, _)| p.as_str()).collect();
    assert_eq!(patterns, ["arn:aws:iam::111122223333:user/*", "arn:aws:iam::*:user/ci/*"]);
}

#[test]
fn rules_of_a_later_file_replace_the_earlier_ones() {
    let one = format!("{GOOD}\n[[rule]]\nname = \"one\"\n[[rule]]\nname = \"two\"\n");
    let two =
        "[[rule]]\nname = \"three\"\ntypes = [\"*\"]\nreminders = [\"10m\", \"5m\"]\nno_answer = \"cut\"\n";
    let s = load(&[&one, two], &[]).unwrap();
    assert_eq!(s.playbook.rules.len(), 1);
    assert_eq!(s.playbook.rules[0].name, "three");
    assert_eq!(s.playbook.rules[0].no_answer, Some(NoAnswer::Run(Remedy::Cut)));
    assert_eq!(s.playbook.rules[0].reminders, Some([5, 10].map(SignedDuration::from_mins).to_vec()));
}

/// A file and the one line it leads to.
const MISTAKES: &[(&str, &str)] = &[
    (
        "mode = \"enforced\"",
        "a.toml:1: mode: \"enforced\" is no mode; did you mean enforce? Known: observe, dry-run, enforce",
    ),
    ("mode = 3", "a.toml:1: mode: 3 is not text; write it in quotes"),
    ("mdoe = \"observe\"", "a.toml:1: mdoe: there is no such key; did you mean mode?"),
    ("[[rules]]\nname = \"x\"", "a.toml:1: rules: there is no such key; did you mean rule?"),
    ("guard = 3", "a.toml:1: guard: this is a section, not a value; write its keys under [guard]"),
    (
        "[guard]\nmax_writes_10 = 3",
        "a.toml:2: guard.max_writes_10: there is no such key; did you mean guard.max_writes_10m?",
    ),
    (
        "[guard]\nmax_writes_day = \"3\"",
        "a.toml:2: guard.max_writes_day: \"3\" is not a whole number; write a whole number from 0 to 1000000, without quotes",
    ),
    (
        "[guard]\nmax_writes_day = -3",
        "a.toml:2: guard.max_writes_day: -3 is out of range; write a whole number from 0 to 1000000, without quotes",
    ),
    ("[undo]\nwindow = \"0s\"", "a.toml:2: undo.window: \"0s\" is too short; write 1s or more"),
    ("[undo]\nwindow = \"900ms\"", "a.toml:2: undo.window: \"900ms\" is too short; write 1s or more"),
    ("[undo]\nwindow = \"99999d\"", "a.toml:2: undo.window: \"99999d\" is too long; write 3650d or less"),
    ("[undo]\nwindow = 72", "a.toml:2: undo.window: 72 is not text; write it in quotes"),
    (
        "[verify]\nafter = []",
        "a.toml:2: verify.after: no pass is named; name one duration or more, such as [\"10s\", \"60s\"]",
    ),
    ("[verify]\nafter = \"10s\"", "a.toml:2: verify.after: \"10s\" is not a list; write [\"…\", \"…\"]"),
    (
        "known_networks = [\"198.51.100.7\"]",
        "a.toml:1: known_networks: \"198.51.100.7\" has no prefix length; write 198.51.100.7/32",
    ),
    (
        "known_networks = [\n  \"198.51.100.0/24\",\n  \"10.0.0/8\",\n]",
        "a.toml:3: known_networks: \"10.0.0/8\" is no CIDR; write a network such as 198.51.100.0/24 or 2001:db8::/48",
    ),
    (
        "[aws]\naccounts = [111122223333]",
        "a.toml:2: aws.accounts: 111122223333 is not text; write it in quotes",
    ),
    (
        "[aws]\naccounts = [\"1234\"]",
        "a.toml:2: aws.accounts: \"1234\" is no AWS account id; write twelve digits in quotes",
    ),
    (
        "[aws]\nrespond_role = \"vouch\"",
        "a.toml:2: aws.respond_role: \"vouch\" is no ARN template of a role; write one such as arn:{partition}:iam::{account}:role/vouch/name",
    ),
    (
        "[aws]\nrespond_role = \"arn:{partition}:iam::{acct}:role/x\"",
        "a.toml:2: aws.respond_role: \"arn:{partition}:iam::{acct}:role/x\" is no ARN template of a role; write one such as arn:{partition}:iam::{account}:role/vouch/name",
    ),
    (
        "[owners]\nsources = [\"taggs\"]",
        "a.toml:2: owners.sources: \"taggs\" is no source; did you mean tags? Known: static, sso, trail, tags, creator, account",
    ),
    (
        "[owners]\nsources = [\"sso\", \"sso\"]",
        "a.toml:2: owners.sources: sso is named twice; name each source once",
    ),
    (
        "[owners.accounts]\n\"12\" = \"U0ANA\"",
        "a.toml:2: owners.accounts.\"12\": \"12\" is no AWS account id; write twelve digits in quotes",
    ),
    (
        "[owners.emails]\n\"ana@x.org\" = \"ana\"",
        "a.toml:2: owners.emails.\"ana@x.org\": \"ana\" is no Slack user id; write an id such as U0123456789 (profile, Copy member ID)",
    ),
    // Machines are asked through a person: a channel is nobody (facts/aws.md 3.3, T6).
    (
        "[owners.principals]\n\"arn:aws:iam::111122223333:user/ci\" = \"C0TEAM\"",
        "a.toml:2: owners.principals.\"arn:aws:iam::111122223333:user/ci\": \"C0TEAM\" is no Slack user id; write an id such as U0123456789 (profile, Copy member ID)",
    ),
    (
        "[owners]\nidentity_store_id = \"d-1234567890\"",
        "b.toml: owners.identity_store_region: it is empty while owners.identity_store_id is set; name the Region of the identity store, such as eu-central-1",
    ),
    (
        "[http]\nlisten = \"localhost:8080\"",
        "a.toml:2: http.listen: \"localhost:8080\" is no address to listen on; write an IP address and a port, such as 127.0.0.1:8081 or [::]:8080",
    ),
    (
        "[http]\nlisten = \"127.0.0.1:8081\"",
        "b.toml: admin.listen: http.listen has the same address, 127.0.0.1:8081; give each an address of its own",
    ),
    ("[store]\nkind = \"dynamodb\"", "a.toml:2: store.kind: dynamodb is not built yet; write sled"),
    (
        "[store]\ncreate_table = \"yes\"",
        "a.toml:2: store.create_table: \"yes\" is not true or false; write true or false, without quotes",
    ),
    (
        "[slack]\napi_url = \"slack.com\"",
        "a.toml:2: slack.api_url: \"slack.com\" is no http address; write one such as https://slack.com/api/",
    ),
    (
        "[slack]\napi_url = \"http://slack.com/api/\"",
        "a.toml:2: slack.api_url: the tokens would go to Slack unencrypted; write https://slack.com/api/",
    ),
    (
        "[slack]\nbot_token = \"xoxb-1\"",
        "a.toml:2: slack.bot_token: a secret may not stand in a configuration file; set VOUCH__SLACK__BOT_TOKEN in the environment, or slack.bot_token_file to a file that holds it",
    ),
    (
        "[guard]\nprotected = [\"deployer\"]",
        "a.toml:2: guard.protected: \"deployer\" is no ARN pattern; write an ARN such as arn:aws:iam::111122223333:user/ci/*, where * is any run of characters",
    ),
];

#[test]
fn each_mistake_is_told_with_its_place_and_the_remedy() {
    for (text, expected) in MISTAKES {
        // The broken file comes first, so that the places are its own; the good one completes it.
        let got = lines(&[text, GOOD], &[]);
        assert_eq!(got, [*expected], "{text}");
    }
}

#[test]
fn what_is_no_toml_is_told_by_its_line_and_hides_no_other_mistake() {
    let got = lines(&["mode = \"loud\"\n\nlanguage = en\n", "[undo]\nwindow = \"0s\""], &[]);
    assert_eq!(
        got[0],
        "a.toml:3: toml: this cannot be read (string values must be quoted, expected literal string); \
         correct the TOML here"
    );
    assert!(got.iter().any(|line| line.starts_with("a.toml:1: mode: ")), "{got:#?}");
    assert!(got.iter().any(|line| line.starts_with("b.toml:2: undo.window: ")), "{got:#?}");
    // What is missing may stand in the part that could not be read.
    assert!(got.iter().all(|line| !line.contains("required")), "{got:#?}");
}

/// A rule and the one line it leads to.
const RULE_MISTAKES: &[(&str, &str)] = &[
    (
        "types = [\"*\"]",
        "a.toml:1: rule[1].name: the rule has no name; write name = \"…\"; it is shown in audit and messages",
    ),
    ("name = \" \"", "a.toml:2: rule[1].name: this is empty; write a name for the rule"),
    (
        "name = \"x\"\nstanze = \"ask\"",
        "a.toml:3: rule[1].stanze: there is no such key in a rule; did you mean stance?",
    ),
    (
        "name = \"x\"\nstance = \"wait\"",
        "a.toml:3: rule[1].stance: \"wait\" is no stance; write one of ask, contain, notify",
    ),
    (
        "name = \"x\"\nask = \"boss\"",
        "a.toml:3: rule[1].ask: \"boss\" is no audience; write one of owner, security, bucket-owner, instance-owner",
    ),
    (
        "name = \"x\"\nwhen = [\"torr\"]",
        "a.toml:3: rule[1].when: \"torr\" is no condition; did you mean tor? Known: call-succeeded, call-failed, tor, actor, target, affiliated, unaffiliated, known-network, unknown-network, instance-credentials",
    ),
    (
        "name = \"x\"\noffer = []",
        "a.toml:3: rule[1].offer: the offer is empty; name one remedy or more, or leave the key out",
    ),
    (
        "name = \"x\"\noffer = [\"cut\", \"cut\"]",
        "a.toml:3: rule[1].offer: cut is offered twice; name each remedy once",
    ),
    (
        "name = \"x\"\nvoices = 3",
        "a.toml:3: rule[1].voices: 3 is out of range; write a whole number from 1 to 2, without quotes",
    ),
    (
        "name = \"x\"\nmin_severity = 11",
        "a.toml:3: rule[1].min_severity: 11 is out of range; write a number from 0 to 10, without quotes",
    ),
    (
        "name = \"x\"\ndeadline = \"soon\"",
        "a.toml:3: rule[1].deadline: \"soon\" is no duration (expected number at 0); write a duration such as 90s, 15m, 4h or 90d",
    ),
    (
        "name = \"x\"\nescalate_to = [\"@ana\"]",
        "a.toml:3: rule[1].escalate_to: \"@ana\" is no Slack user id; write an id such as U0123456789 (profile, Copy member ID)",
    ),
    (
        "name = \"x\"\nstance = \"contain\"\noffer = [\"stop-instance\", \"cut\"]",
        "a.toml:4: rule[1].offer: stop-instance is a wide remedy, and stance contain carries out the first of the offer before anyone is asked; put a narrow remedy such as cut first, or set stance = \"ask\"",
    ),
    // The stance comes from the built-in entry for leaked credentials.
    (
        "name = \"x\"\ntypes = [\"CredentialAccess:*\"]\noffer = [\"quarantine-role\"]",
        "a.toml:4: rule[1].offer: quarantine-role is a wide remedy, and stance contain carries out the first of the offer before anyone is asked; put a narrow remedy such as cut first, or set stance = \"ask\"",
    ),
    (
        "name = \"x\"\n[[rule]]\nname = \"x\"",
        "a.toml:3: rule[2].name: the rule at a.toml:1 has the same name; give each rule a name of its own",
    ),
];

#[test]
fn each_mistake_in_a_rule_is_told() {
    for (text, expected) in RULE_MISTAKES {
        let got = lines(&[&format!("[[rule]]\n{text}\n"), GOOD], &[]);
        assert_eq!(got, [*expected], "{text}");
    }
    let unknown = lines(&["[[rule]]\nname = \"x\"\nno_answer = \"cutt\"\noffer = [\"nuke\"]", GOOD], &[]);
    assert!(
        unknown[0]
            .starts_with("a.toml:4: rule[1].offer: \"nuke\" is no remedy; write one of deactivate-key, "),
        "{unknown:#?}"
    );
    assert!(
        unknown[1].starts_with("a.toml:3: rule[1].no_answer: \"cutt\" is no remedy; did you mean cut? "),
        "{unknown:#?}"
    );
    assert!(unknown[1].ends_with("; or escalate, or record"), "{unknown:#?}");
}

#[test]
fn every_problem_is_told_at_once_and_variables_by_name() {
    let more = [
        ("VOUCH__MODE", "loud"),
        ("VOUCH__SLACK__API_TOKEN", "x"),
        ("VOUCH__RULE", "x"),
        ("VOUCH__SLACK__BOT_TOKEN", "xoxp-wrong-kind"),
        ("VOUCH__OWNERS__EMAILS", "ana"),
    ];
    let got = lines(&["[queue]\nurl = \"x\"\n"], &more);
    assert_eq!(
        got,
        [
            "env VOUCH__OWNERS__EMAILS: owners.emails: \"ana\" has no =; write KEY=VALUE,KEY=VALUE",
            "env VOUCH__RULE: rule: rules cannot stand in the environment; write [[rule]] in a --config file",
            "env VOUCH__SLACK__API_TOKEN: slack.api_token: there is no such key; did you mean slack.app_token?",
            "env VOUCH__SLACK__BOT_TOKEN: slack.bot_token: it does not begin with xoxb-; give the token that begins with xoxb-",
            "env VOUCH__MODE: mode: \"loud\" is no mode; write one of observe, dry-run, enforce",
            "a.toml:2: queue.url: \"x\" is no http address; write one such as https://sqs.eu-central-1.amazonaws.com/111122223333/vouch-findings",
            "a.toml: slack.security_channel: it is required; set slack.security_channel in a file, or VOUCH__SLACK__SECURITY_CHANNEL",
            "a.toml: slack.responders: it is required; set slack.responders in a file, or VOUCH__SLACK__RESPONDERS",
        ]
    );
}

#[test]
fn a_missing_key_stands_at_the_file_or_at_its_variable() {
    let none = vouch::config::load(&[], std::iter::empty()).unwrap_err().to_string();
    let keys: Vec<&str> = none.lines().map(|l| l.split(": ").next().unwrap()).collect();
    let expected = [
        "SLACK__BOT_TOKEN",
        "SLACK__APP_TOKEN",
        "QUEUE__URL",
        "SLACK__SECURITY_CHANNEL",
        "SLACK__RESPONDERS",
    ];
    assert_eq!(keys, expected.map(|k| format!("env VOUCH__{k}")));

    let file = files(&[GOOD]);
    let one = vouch::config::load(&file.paths, std::iter::empty()).unwrap_err().to_string();
    let place = file.paths[0].display();
    assert_eq!(
        one.lines().next().unwrap(),
        format!(
            "{place}: slack.bot_token: this secret is required; set VOUCH__SLACK__BOT_TOKEN or slack.bot_token_file"
        )
    );
    assert!(vouch::config::load_without_secrets(&file.paths, std::iter::empty()).is_ok());

    let gone = vouch::config::load(&[PathBuf::from("/nowhere.toml")], env(&[])).unwrap_err().to_string();
    assert_eq!(gone.lines().count(), 1, "{gone}");
    assert!(gone.starts_with("/nowhere.toml: --config: the file cannot be read ("), "{gone}");
}

#[test]
fn secrets_come_from_the_environment_or_from_files() {
    let secret = files(&["xoxb-from-file\n", "  \n"]);
    let (token, empty) = (secret.paths[0].display(), secret.paths[1].display());
    let text = format!("{GOOD}bot_token_file = \"{token}\"\n");
    let app = ("VOUCH__SLACK__APP_TOKEN".to_owned(), "xapp-env".to_owned());
    let from_file = |more: Vec<(String, String)>| {
        vouch::config::load(&files(&[&text]).paths, std::iter::once(app.clone()).chain(more)).unwrap()
    };
    assert_eq!(from_file(vec![]).slack.bot_token.expose_secret(), "xoxb-from-file");
    let over = vec![("VOUCH__SLACK__BOT_TOKEN".to_owned(), "xoxb-env".to_owned())];
    assert_eq!(from_file(over).slack.bot_token.expose_secret(), "xoxb-env");
    // An empty variable is none.
    let unset = vec![("VOUCH__SLACK__BOT_TOKEN".to_owned(), String::new())];
    assert_eq!(from_file(unset).slack.bot_token.expose_secret(), "xoxb-from-file");

    let bad = |path: &str| {
        let text =
            format!("{GOOD}signing_secret_file = \"{path}\"\n[fallback]\nwebhook_url_file = \"{path}\"");
        lines(&[&text], &[("VOUCH__SLACK__BOT_TOKEN", "xoxb-1")])
    };
    assert!(
        bad(&empty.to_string())[0].starts_with("a.toml:7: slack.signing_secret_file: the file is empty; ")
    );
    let pasted = bad("xoxb-pasted-token");
    assert!(
        pasted[0].starts_with("a.toml:7: slack.signing_secret_file: the file cannot be read ("),
        "{pasted:?}"
    );
    assert!(pasted.iter().all(|line| !line.contains("xoxb-")), "a secret was shown: {pasted:?}");
    let misplaced = lines(
        &["[slack]\nsecurity_channel = \"xoxb-oops\"\n", GOOD.replace("security_channel", "#").as_str()],
        &[],
    );
    assert!(misplaced.iter().all(|line| !line.contains("oops")), "{misplaced:?}");
}

#[test]
fn the_http_transport_needs_its_secrets() {
    let http = ("VOUCH__SLACK__TRANSPORT", "http");
    assert_eq!(
        lines(&[GOOD], &[http]),
        [
            "a.toml: slack.signing_secret: this secret is required; set VOUCH__SLACK__SIGNING_SECRET or slack.signing_secret_file"
        ]
    );
    let s = load(&[GOOD], &[http, ("VOUCH__SLACK__SIGNING_SECRET", "new, old")]).unwrap();
    let both: Vec<&str> = s.slack.signing_secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(both, ["new", "old"]);
    for none in [",", " , ,"] {
        let told = lines(&[GOOD], &[http, ("VOUCH__SLACK__SIGNING_SECRET", none)]);
        assert_eq!(
            told,
            [
                "env VOUCH__SLACK__SIGNING_SECRET: slack.signing_secret: it holds no secret; give the signing secret of the Slack app"
            ]
        );
    }
}

#[test]
fn the_admin_address_needs_no_other_key() {
    let listen = |texts: &[&str]| vouch::config::admin_listen(&files(texts).paths, std::iter::empty());
    assert_eq!(listen(&[]).unwrap().to_string(), "127.0.0.1:8081");
    assert_eq!(listen(&["[admin]\nlisten = \"127.0.0.1:9\""]).unwrap().port(), 9);
    assert!(listen(&["[admin]\nlisten = \"nine\""]).is_err());
}

#[test]
fn the_defaults_explain_every_key() {
    let mut section = String::new();
    let mut explained = vec![];
    let mut comment_above = false;
    for line in DEFAULTS.lines() {
        let bare = line.trim_start_matches("# ").trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = format!("{name}.");
            if comment_above {
                explained.push(name.to_owned());
            }
        } else if bare.starts_with("[[rule]]") {
            explained.push("rule".to_owned());
        } else if let Some((key, _)) = bare.split_once(" = ").filter(|(k, _)| !k.contains(' ')) {
            let key = format!("{section}{}", key.trim_end_matches("_file"));
            explained.push(key);
        }
        comment_above = line.starts_with('#') || (comment_above && !line.is_empty());
    }
    for (key, kind) in KEYS {
        assert!(explained.contains(&key.to_owned()), "config/default.toml does not explain {key}");
        let shown = DEFAULTS.contains(&format!("{} = \"xox", key.split('.').next_back().unwrap()));
        assert!(kind != Kind::Secret || !shown, "config/default.toml shows a secret");
    }
}

fn finding(kind: &str) -> Finding {
    crate::findings::bare(kind, "111122223333", "eu-central-1")
}

fn playbook() -> Playbook {
    load(&[GOOD], &[]).unwrap().playbook
}

#[test]
fn the_built_in_entries_are_complete_and_can_be_carried_out() {
    for spec in playbook().built_in {
        let name = &spec.name;
        assert!(!spec.types.is_empty(), "{name} matches every type");
        assert!(spec.stance.is_some() && spec.ask.is_some() && spec.deadline.is_some(), "{name}");
        assert!(spec.no_answer.is_some() && spec.voices == Some(1), "{name}");
        let reminders = spec.reminders.unwrap();
        assert!(reminders.len() <= 2 && reminders.iter().all(|r| *r < spec.deadline.unwrap()), "{name}");
        let offer = spec.offer.unwrap();
        assert!(offer.iter().all(|r| r.is_built()), "{name} offers what is not built");
        if let Some(NoAnswer::Run(remedy)) = spec.no_answer {
            assert!(remedy.is_built() && !remedy.is_wide(), "{name}");
        }
    }
}

/// Remedies that stand in no entry, and why.
const UNOFFERED: [(Remedy, &str); 1] =
    [(Remedy::RevokeSession, "it is what `cut` is for a session, and nothing but a session has it")];

#[test]
fn every_built_remedy_is_offered_by_some_entry() {
    let book = playbook();
    let offered =
        |remedy: &Remedy| book.built_in.iter().any(|spec| spec.offer.iter().flatten().any(|o| o == remedy));
    let missing: Vec<Remedy> =
        Remedy::ALL.into_iter().filter(|remedy| remedy.is_built() && !offered(remedy)).collect();
    assert_eq!(missing, UNOFFERED.map(|(remedy, _)| remedy));
    // Slack's menus hold a hundred; people in a hurry do not.
    assert!(book.built_in.iter().all(|spec| spec.offer.iter().flatten().count() <= 8));
}

/// A grant in an ACL and a rule for browsers can be taken away wherever somebody got in (S-12, S-21).
#[test]
fn whoever_got_into_a_bucket_may_have_come_by_its_acl_or_from_a_browser() {
    let book = playbook();
    for kind in [
        "Discovery:S3/TorIPCaller",
        "Discovery:S3/AnomalousBehavior",
        "Exfiltration:S3/AnomalousBehavior",
        "Impact:S3/MaliciousIPCaller",
        "PenTest:S3/KaliLinux",
        "Policy:S3/BucketAnonymousAccessGranted",
        "UnauthorizedAccess:S3/MaliciousIPCaller.Custom",
    ] {
        let offer = book.decide(&finding(kind), &[]).offer;
        let all = [Remedy::MakeAclPrivate, Remedy::RemoveCors].iter().all(|remedy| offer.contains(remedy));
        assert!(all, "{kind}: {offer:?}");
    }
}

/// The rows of the research that decide most, spot-checked by type.
#[test]
fn the_built_in_entries_say_what_the_research_says() {
    let book = playbook();
    let decide = |kind: &str, succeeded: bool| -> Rule {
        let mut finding = finding(kind);
        finding.activity.api = Some("GetSecretValue".to_owned());
        finding.activity.error_code = (!succeeded).then(|| "AccessDenied".to_owned());
        book.decide(&finding, &[])
    };
    let cut = NoAnswer::Run(Remedy::Cut);
    let mins = SignedDuration::from_mins;
    let table = [
        ("CredentialAccess:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(15), cut),
        ("CredentialAccess:IAMUser/AnomalousBehavior", false, Stance::Ask, mins(15), NoAnswer::Escalate),
        (
            "CredentialAccess:IAMUser/CompromisedCredentials",
            true,
            Stance::Contain,
            mins(15),
            NoAnswer::Escalate,
        ),
        ("DefenseEvasion:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(10), cut),
        ("DefenseEvasion:IAMUser/BedrockLoggingDisabled", true, Stance::Ask, mins(30), NoAnswer::Escalate),
        ("Discovery:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(240), NoAnswer::Record),
        ("Exfiltration:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(5), cut),
        ("Impact:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(5), cut),
        ("Impact:IAMUser/CostHarvesting", true, Stance::Ask, mins(15), NoAnswer::Escalate),
        ("Impact:IAMUser/PromptInjection.Direct", true, Stance::Ask, mins(60), NoAnswer::Escalate),
        ("InitialAccess:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(15), NoAnswer::Escalate),
        ("Persistence:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(10), cut),
        ("PrivilegeEscalation:IAMUser/AnomalousBehavior", true, Stance::Ask, mins(10), cut),
        ("PenTest:IAMUser/KaliLinux", true, Stance::Ask, mins(15), cut),
        ("Recon:IAMUser/MaliciousIPCaller", true, Stance::Ask, mins(15), NoAnswer::Escalate),
        ("Recon:IAMUser/TorIPCaller", true, Stance::Ask, mins(15), cut),
        (
            "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom",
            true,
            Stance::Ask,
            mins(15),
            NoAnswer::Escalate,
        ),
        ("UnauthorizedAccess:IAMUser/TorIPCaller", true, Stance::Ask, mins(10), cut),
        ("UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", true, Stance::Ask, mins(15), cut),
        ("Stealth:IAMUser/CloudTrailLoggingDisabled", true, Stance::Ask, mins(5), cut),
        ("Stealth:IAMUser/PasswordPolicyChange", true, Stance::Ask, mins(60), NoAnswer::Escalate),
        ("Policy:IAMUser/RootCredentialUsage", true, Stance::Notify, mins(10), NoAnswer::Escalate),
        ("AttackSequence:IAM/CompromisedCredentials", true, Stance::Notify, mins(10), NoAnswer::Escalate),
        ("Something:Entirely/New", true, Stance::Notify, mins(30), NoAnswer::Escalate),
    ];
    for (kind, succeeded, stance, deadline, no_answer) in table {
        let rule = decide(kind, succeeded);
        assert_eq!((rule.stance, rule.deadline, rule.no_answer), (stance, deadline, no_answer), "{kind}");
        let (family, name) = kind.split_once(':').unwrap();
        let quarantine = ["CredentialAccess", "DefenseEvasion", "Exfiltration", "Impact", "PenTest"];
        let more = ["Persistence", "PrivilegeEscalation", "Stealth", "UnauthorizedAccess"];
        let less =
            ["BedrockLogging", "CostHarvesting", "Injection", "Compromised", "Custom", "PasswordPolicy"];
        let expected = if stance == Stance::Notify {
            Remedy::Advise
        } else if (quarantine.contains(&family) || more.contains(&family))
            && !less.iter().any(|part| name.contains(part))
        {
            Remedy::Contain
        } else {
            Remedy::Cut
        };
        assert_eq!(rule.offer[0], expected, "{kind}");
    }
}

/// One type of each family that GuardDuty has, or had, and the entry that is meant for it.
#[test]
fn each_family_has_the_entry_that_is_meant_for_it() {
    let book = playbook();
    for (kind, name) in [
        ("Recon:IAMUser/NetworkPermissions", "retired IAM type"),
        ("UnauthorizedAccess:IAMUser/ConsoleLogin", "retired IAM type"),
        (
            "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration",
            "workload credentials used outside AWS",
        ),
        ("PenTest:IAMUser/ParrotLinux", "penetration test tools"),
        ("Impact:IAMUser/AnomalousModelInvocation", "unusual use of an AI model"),
        ("Policy:IAMUser/ShortTermRootCredentialUsage", "root credentials used"),
        ("AttackSequence:EKS/CompromisedCluster", "attack sequence"),
        ("Policy:Kubernetes/AdminAccessToDefaultServiceAccount", "Kubernetes"),
        ("Execution:Runtime/NewBinaryExecuted", "runtime"),
        ("CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin", "database"),
        ("Backdoor:Lambda/C&CActivity.B", "Lambda function"),
        ("Execution:ECS/MaliciousFile", "container"),
        ("Object:S3/MaliciousFile", "S3 object"),
        ("Policy:S3/BucketPublicAccessGranted", "bucket opened to everybody"),
        ("Policy:S3/AccountBlockPublicAccessDisabled", "Block Public Access of the account switched off"),
        ("Exfiltration:S3/AnomalousBehavior", "objects read, changed or deleted in an unusual way"),
        ("Exfiltration:S3/MaliciousIPCaller", "objects read or changed from a known bad address"),
        ("Discovery:S3/TorIPCaller", "bucket used from Tor or a known bad address"),
        ("Discovery:S3/AnomalousBehavior", "listing a bucket in an unusual way"),
        ("Trojan:EC2/DNSDataExfiltration", "data carried out by DNS"),
        ("CryptoCurrency:EC2/BitcoinTool.B!DNS", "instance does what attackers do"),
        ("Recon:EC2/PortProbeUnprotectedPort", "instance is scanned or attacked"),
        ("Execution:EC2/MaliciousFile!AMI", "malware outside a running instance"),
        ("Newly:Invented/Type", "any other type"),
    ] {
        assert_eq!(book.decide(&finding(kind), &[]).name, name, "{kind}");
    }
}

/// An egress that we know is asked about; the same from anywhere else is cut first.
#[test]
fn instance_credentials_seen_in_a_network_of_ours_are_asked_about() {
    let book = playbook();
    let mut seen = finding("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS");
    seen.activity.ip = Some("198.51.100.7".parse().unwrap());
    let known = ["198.51.100.0/24".parse().unwrap()];
    assert_eq!(book.decide(&seen, &known).stance, Stance::Ask);
    let unknown = book.decide(&seen, &[]);
    assert_eq!((unknown.stance, unknown.offer[0]), (Stance::Contain, Remedy::Cut));
    let mut inside = finding("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS");
    for (affiliated, stance) in
        [(Some(true), Stance::Ask), (Some(false), Stance::Contain), (None, Stance::Contain)]
    {
        inside.activity.affiliated = affiliated;
        assert_eq!(book.decide(&inside, &[]).stance, stance, "{affiliated:?}");
    }
}

/// What a bucket's finding says of whoever called leads to their credential too (S-5, S-7).
#[test]
fn a_bucket_s_finding_reaches_the_credential_too() {
    let bucket = serde_json::json!({ "type": "bucket", "name": "b", "arn": "arn:aws:s3:::b" });
    let mut about = finding("Exfiltration:S3/AnomalousBehavior");
    about.resource = Some(serde_json::from_value(bucket).unwrap());
    for (kind, session, cut) in [
        (PrincipalKind::IamUser, None, Remedy::CutSessions),
        (PrincipalKind::RoleSession, Some("s"), Remedy::RevokeSession),
        (PrincipalKind::InstanceRole, Some("i-0123456789abcdef0"), Remedy::RevokeSession),
    ] {
        about.principal.kind = kind;
        about.principal.name = "who".to_owned();
        about.principal.session = session.map(str::to_owned);
        assert_eq!(parts(Remedy::Cut, &about, Profile::Surgical), [cut], "{}", kind.as_str());
        let block = Remedy::BlockBucketPublicAccess;
        assert_eq!(parts(block, &about, Profile::Surgical), [block], "{}", kind.as_str());
    }
}

/// Somebody opened all buckets of the account: the finding names none, and what closes them all again is offered.
#[test]
fn block_public_access_of_the_account_needs_no_bucket() {
    let mut about = finding("Policy:S3/AccountBlockPublicAccessDisabled");
    about.resource = None;
    let parts = |remedy| parts(remedy, &about, Profile::Surgical);
    let all = Remedy::BlockAccountPublicAccess;
    assert_eq!(parts(all), [all]);
    assert!(parts(Remedy::BlockBucketPublicAccess).is_empty());
    assert_eq!(playbook().decide(&about, &[]).offer[0], all);
}

/// An attack on an instance of ours is nobody's doing whom we could ask; one from it is.
#[test]
fn targets_are_told_and_actors_are_asked() {
    let book = playbook();
    let mut about = finding("UnauthorizedAccess:EC2/SSHBruteForce");
    for (role, stance) in [("TARGET", Stance::Notify), ("ACTOR", Stance::Ask)] {
        about.activity.role = Some(role.to_owned());
        assert_eq!(book.decide(&about, &[]).stance, stance, "{role}");
    }
}

#[test]
fn every_published_type_has_an_entry() {
    let Some(shared) = crate::shared() else { return };
    let book = playbook();
    let text = std::fs::read_to_string(shared.join("guardduty-finding-types.tsv")).unwrap();
    let mut seen = 0;
    for row in text.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (kind, family, status) = (columns[0], columns[1], columns[6]);
        let rule = book.decide(&finding(kind), &[]);
        // The last of the built-in entries fits whatever there is.
        assert_ne!(rule.name, "any other type", "{kind}");
        if family == "IAM" && status == "active" {
            assert_ne!(rule.name, "other IAM type", "{kind}");
        }
        seen += 1;
    }
    assert!(seen > 200, "the list is cut short: {seen}");
}
