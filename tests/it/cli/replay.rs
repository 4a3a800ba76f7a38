//! `vouch replay`: what would happen, for findings of our own and for the published ones.
//! Never here: how bodies are read; the decoder has tests of its own.

use super::{Home, Ran, home, ran_with_input, shown};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A raw finding about a user, as GuardDuty's API gives it.
fn finding(kind: &str, account: &str, user: &str) -> Value {
    json!({
        "schemaVersion": "2.0",
        "id": "0123456789abcdef0123456789abcdef",
        "arn": format!("arn:aws:guardduty:eu-central-1:{account}:detector/d/finding/f"),
        "accountId": account,
        "region": "eu-central-1",
        "partition": "aws",
        "type": kind,
        "severity": 5,
        "title": "title",
        "description": "description",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "principalId": "AIDAEXAMPLE",
                "userName": user,
                "userType": "IAMUser"
            }
        },
        "service": {
            "serviceName": "guardduty",
            "count": 1,
            "archived": false,
            "eventFirstSeen": "2026-01-01T00:00:00.000Z",
            "eventLastSeen": "2026-01-01T00:00:00.000Z",
            "action": {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {
                    "api": "GetSecretValue",
                    "serviceName": "secretsmanager.amazonaws.com",
                    "callerType": "Remote IP",
                    "remoteIpDetails": { "ipAddressV4": "198.51.100.7" }
                }
            }
        }
    })
}

const TOR: &str = "UnauthorizedAccess:IAMUser/TorIPCaller";

fn rows(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn owners() -> Home {
    home(
        "[owners.principals]\n\"arn:aws:iam::*:user/ci-*\" = \"U0CI\"\n\"*\" = \"U0EVERYBODY\"\n\
         [owners.accounts]\n\"111122223333\" = \"U0ACCOUNT\"\n\
         [[rule]]\nname = \"ours\"\nprincipals = [\"*/ci-quiet\"]\nno_answer = \"record\"\n",
    )
}

#[test]
fn each_finding_gets_a_line_with_exactly_the_named_keys() {
    let home = owners();
    let file = home.put("one.json", &finding(TOR, "111122223333", "ci-deploy").to_string());
    let ran = home.without_secrets(&["replay", "--json", shown(&file)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        rows(&ran),
        [json!({
            "file": shown(&file),
            "finding": "0123456789abcdef0123456789abcdef",
            "type": TOR,
            "sample": false,
            "kind": "iam-user",
            "principal": "arn:aws:iam::111122223333:user/ci-deploy",
            "rule": "call from Tor or a known bad address",
            "stance": "ask",
            "asks": ["U0CI"],
            // What the rule offers for roles does not fit a user.
            "offer": ["contain", "cut", "deactivate-key", "cut-sessions", "quarantine-user"],
            "no_answer": "cut",
            "error": null
        })]
    );
}

#[test]
fn who_is_asked_follows_patterns_accounts_and_the_stance() {
    let home = owners();
    let asked = |kind: &str, user: &str| {
        let file = home.put("f.json", &finding(kind, "111122223333", user).to_string());
        let row = rows(&home.without_secrets(&["replay", "--json", shown(&file)])).remove(0);
        (
            row["asks"][0].as_str().unwrap().to_owned(),
            row["rule"].as_str().unwrap().to_owned(),
            row["no_answer"].clone(),
        )
    };
    assert_eq!(asked(TOR, "bob").0, "U0EVERYBODY");
    assert_eq!(asked("Policy:IAMUser/RootCredentialUsage", "bob").0, "security");
    // The operator's rule names the silence; the rest comes from the built-in entry.
    assert_eq!(asked(TOR, "ci-quiet"), ("U0CI".to_owned(), "ours".to_owned(), json!("record")));

    let elsewhere = home.put("elsewhere.toml", "[aws]\naccounts = [\"444455556666\"]\n");
    let file = home.put("f.json", &finding(TOR, "111122223333", "ci-a").to_string());
    let ran = home.without_secrets(&["--config", shown(&elsewhere), "replay", "--json", shown(&file)]);
    assert_eq!(rows(&ran)[0]["asks"], json!(["security"]), "an account that is not ours");
}

#[test]
fn folders_lines_lists_and_standard_input_are_read() {
    let home = owners();
    let (a, b) = (finding(TOR, "111122223333", "a"), finding(TOR, "111122223333", "b"));
    home.put("all/deep/a.json", &a.to_string());
    home.put("all/lines.jsonl", &format!("{a}\n{b}\n"));
    home.put("all/list.json", &json!([a, b]).to_string());
    home.put("all/notes.txt", "not a finding");
    home.put("all/.hidden.json", "not a finding");
    let folder = home.folder.path().join("all");
    let ran = home.without_secrets(&["replay", "--json", shown(&folder)]);
    assert_eq!((ran.code, rows(&ran).len()), (0, 5), "{}", ran.err);
    let input =
        ran_with_input(&["--config", &home.config, "replay", "--json", "-"], a.to_string().as_bytes());
    assert_eq!((input.code, rows(&input)[0]["file"].as_str()), (0, Some("-")), "{}", input.err);
    let quiet = home.put("quiet.json", &finding(TOR, "111122223333", "ci-quiet").to_string());
    let text = home.without_secrets(&["replay", shown(&quiet)]);
    let why = "why        your rule 1 of 1: principal */ci-quiet; what it leaves open: built-in ";
    assert!(text.out.contains(why), "{}", text.out);
    let text = home.without_secrets(&["replay", shown(&folder)]);
    let why = format!("why        none of your own rules fits; built-in: type {TOR}");
    assert!(text.out.contains(&why), "{}", text.out);
    assert!(
        text.out.contains("asks       U0EVERYBODY") && text.out.ends_with("5 read, 0 not understood\n"),
        "{}",
        text.out
    );
}

#[test]
fn what_is_missing_or_not_understood_is_1_and_hides_nothing_else() {
    let home = owners();
    let good = finding(TOR, "111122223333", "a").to_string();
    let bad = [
        ("broken.json", "{\"detail-type\": \"GuardDuty Finding\"".to_owned()),
        ("empty.json", " \n".to_owned()),
        ("other.json", "{\"hello\": 1}".to_owned()),
        ("half.jsonl", format!("{good}\n{{\"oops\n")),
        ("short.json", good.replace("\"accountId\":\"111122223333\",", "")),
    ];
    for (name, text) in bad {
        let file = home.put(name, &text);
        let ran = home.without_secrets(&["replay", "--json", shown(&file), shown(&file)]);
        assert_eq!(ran.code, 1, "{name}");
        assert!(ran.err.starts_with("vouch: 2 of "), "{name}: {}", ran.err);
        assert_eq!(rows(&ran).iter().filter(|row| row["error"].is_string()).count(), 2, "{name}");
    }
    let file = home.put("good.json", &good);
    let ran = home.without_secrets(&["replay", "--json", "/nowhere.json", shown(&file)]);
    let rows = rows(&ran);
    assert_eq!((ran.code, rows.len()), (1, 2));
    assert!(rows[0]["error"].as_str().unwrap().starts_with("the file cannot be opened"), "{}", rows[0]);
    assert_eq!(rows[1]["error"], Value::Null);
}

/// The same finding about somebody else.
fn about(kind: &str, user_type: &str, id: &str, name: &str) -> Value {
    let mut finding = finding(kind, "111122223333", name);
    let key = &mut finding["resource"]["accessKeyDetails"];
    key["userType"] = json!(user_type);
    key["principalId"] = json!(id);
    key["accessKeyId"] = json!("ASIAIOSFODNN7EXAMPLE");
    finding
}

/// Even under a rule of the operator that would ask everybody about everything.
#[test]
fn root_actors_nobody_and_our_own_roles_are_never_asked_of_an_owner() {
    let home = home(
        "[aws]\nrespond_role = \"arn:{partition}:iam::{account}:role/vouch/vouch-respond\"\n\
         [owners.principals]\n\"*\" = \"U0EVERYBODY\"\n\
         [[rule]]\nname = \"ask all\"\nstance = \"ask\"\nask = \"owner\"\n",
    );
    let mut sequence = finding("AttackSequence:IAM/CompromisedCredentials", "111122223333", "x");
    sequence["resource"] = json!({ "resourceType": "AttackSequence" });
    let actor = |name: &str| json!({ "user": { "name": name, "uid": "AIDA1", "type": "IAMUser" } });
    sequence["service"]["detection"] = json!({ "sequence": { "actors": [actor("a"), actor("b")] } });
    let mut anonymous = about("Discovery:S3/MaliciousIPCaller", "AWSAccount", "", "ANONYMOUS_PRINCIPAL");
    let bucket = json!([{ "name": "photos", "arn": "arn:aws:s3:::photos", "type": "Destination" }]);
    anonymous["resource"]["s3BucketDetails"] = bucket.clone();
    let mut by_user = finding("Discovery:S3/MaliciousIPCaller", "111122223333", "bob");
    by_user["resource"]["s3BucketDetails"] = bucket;
    let everybody = json!(["U0EVERYBODY"]);
    for (finding, kind, asks) in [
        (about(TOR, "Root", "111122223333", "Root"), "root", json!(["security"])),
        (sequence, "actors", json!(["security"])),
        // Of the bucket's owner, who answers for it under the same pattern.
        (anonymous, "anonymous", everybody.clone()),
        (about(TOR, "AssumedRole", "AROA1:s", "vouch-respond"), "role-session", json!(["security"])),
        (about(TOR, "AssumedRole", "AROA1:s", "deploy"), "role-session", everybody.clone()),
        (by_user, "iam-user", everybody),
    ] {
        let file = home.put("f.json", &finding.to_string());
        let row = rows(&home.without_secrets(&["replay", "--json", shown(&file)])).remove(0);
        assert_eq!((&row["kind"], &row["asks"]), (&json!(kind), &asks), "{row}");
    }
}

/// The first digits of a SHA-256, which tell rows apart and nothing else.
fn short(text: &str) -> String {
    hex::encode(Sha256::digest(text)).chars().take(8).collect()
}

/// Types of the corpus that no GuardDuty ever told.
const INVENTED: [&str; 4] = [
    "Critical:Test/MaximumSeverity",
    "Malformed:Test/MissingFields",
    "Test:Minimal/Finding",
    "Test:Unicode/SpecialCharacters",
];

/// Whom the published findings lead to. No document is kept here: only what we make of each, under a hash of where it
/// lies and one of whom it names.
#[test]
fn every_published_finding_is_replayed_as_reviewed() {
    let Some(shared) = crate::shared() else { return };
    let home = home("[owners.principals]\n\"*\" = \"U0OWNER\"\n");
    let ran = home.without_secrets(&["replay", "--json", shown(&shared.join("findings"))]);
    // Some of the corpus is deliberately broken; that is told, never a crash.
    assert!([0, 1].contains(&ran.code), "{}", ran.err);
    let rows = rows(&ran);
    assert!(rows.len() > 100, "{}", rows.len());
    let mut said = vec![];
    for row in &rows {
        assert_eq!(row.as_object().unwrap().len(), 12, "{row}");
        let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        let file = text("file");
        let file = Path::new(&file).strip_prefix(shared.join("findings")).unwrap();
        let place = format!("{} {}", short(&file.display().to_string()), short(&text("principal")));
        if row["error"].is_string() {
            said.push(format!("{place} | not understood"));
            continue;
        }
        // The safe default and the entry for whatever else may come are for what nobody has heard of.
        let other = ["unknown type", "any other type"].contains(&text("rule").as_str());
        assert_eq!(other, INVENTED.contains(&text("type").as_str()), "{row}");
        let list = |key: &str| {
            let all = row[key].as_array().unwrap().iter();
            all.map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let kind = text("kind");
        if ["root", "actors"].contains(&kind.as_str()) || row["type"].as_str().unwrap().starts_with("AttackS")
        {
            assert_eq!(list("asks"), "security", "{row}");
        }
        said.push(format!(
            "{place} | {} | {kind} | {} | {} | {} | {} | {}",
            text("type"),
            text("rule"),
            text("stance"),
            list("asks"),
            list("offer"),
            text("no_answer"),
        ));
    }
    said.sort();
    assert_eq!(said.len(), rows.len());
    insta::assert_snapshot!(said.join("\n"));
}
