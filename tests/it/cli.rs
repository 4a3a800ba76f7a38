//! The command line as other people's scripts drive it: words, exit codes, lines.
//! Never here: what the daemon does once it runs.

mod audit;
mod replay;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use vouch::case::remedy::Remedy;

/// What a run of the real binary left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The binary with an environment of its own.
fn vouch(words: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.env_clear().args(words).envs(env.iter().copied());
    command
}

fn ran(words: &[&str], env: &[(&str, &str)]) -> Ran {
    vouch(words, env).output().unwrap().into()
}

fn ran_with_input(words: &[&str], input: &[u8]) -> Ran {
    let mut child = vouch(words, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

const TOKENS: [(&str, &str); 2] =
    [("VOUCH__SLACK__BOT_TOKEN", "xoxb-test"), ("VOUCH__SLACK__APP_TOKEN", "xapp-test")];

/// A folder with a valid configuration, and whatever else a test puts there.
struct Home {
    folder: tempfile::TempDir,
    config: String,
}

fn home(more: &str) -> Home {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let text = format!(
        "{more}\n[queue]\nurl = \"https://sqs.eu-central-1.amazonaws.com/111122223333/vouch\"\n\
         [slack]\nsecurity_channel = \"C0SECURITY\"\nresponders = [\"U0RESPOND1\", \"U0RESPOND2\"]\n\
         [store]\npath = \"{}\"\n",
        store.display()
    );
    let config = folder.path().join("vouch.toml");
    std::fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    Home { folder, config }
}

impl Home {
    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn ran(&self, words: &[&str]) -> Ran {
        ran(&[&["--config", &self.config], words].concat(), &TOKENS)
    }

    fn without_secrets(&self, words: &[&str]) -> Ran {
        ran(&[&["--config", &self.config], words].concat(), &[])
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_command_explains_itself() {
    let commands: [&[&str]; 13] = [
        &[],
        &["run"],
        &["check"],
        &["replay"],
        &["cases"],
        &["cases", "list"],
        &["cases", "show"],
        &["audit"],
        &["audit", "export"],
        &["audit", "verify"],
        &["iam-policy"],
        &["slack-manifest"],
        &["health"],
    ];
    for words in commands {
        let help = ran(&[words, &["--help"]].concat(), &[]);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{words:?}");
        assert!(help.out.contains("Usage: vouch"), "{words:?}: {}", help.out);
    }
    assert!(ran(&["--version"], &[]).out.starts_with("vouch "));
}

#[test]
fn wrong_usage_is_2() {
    let wrong: [&[&str]; 9] = [
        &["walk"],
        &["--confg", "x"],
        &["replay"],
        &["iam-policy"],
        &["iam-policy", "spoke"],
        &["iam-policy", "hub", "--profile", "loose"],
        &["cases", "list", "--limit", "501"],
        &["audit"],
        &["check", "--prompt", "@ana"],
    ];
    for words in wrong {
        let ran = ran(words, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.contains("Usage") || ran.err.contains("error:"), "{words:?}: {}", ran.err);
    }
}

#[test]
fn a_refused_configuration_is_78_with_every_problem_on_stderr() {
    let home = home("mdoe = \"observe\"\nlanguage = \"de\"");
    for words in [&["run"][..], &[], &["check"], &["check", "--offline"]] {
        let ran = home.without_secrets(words);
        assert_eq!(ran.code, 78, "{words:?}: {}", ran.err);
        let expected = [
            ":1: mdoe: there is no such key; did you mean mode?",
            ": slack.bot_token: this secret is required; set VOUCH__SLACK__BOT_TOKEN or slack.bot_token_file",
            ": slack.app_token: this secret is required; set VOUCH__SLACK__APP_TOKEN or slack.app_token_file",
            ":2: language: \"de\" is no language; write one of auto, en, ja",
        ];
        let expected: Vec<String> = expected.iter().map(|tail| format!("{}{tail}", home.config)).collect();
        assert_eq!(ran.err.lines().collect::<Vec<_>>(), expected, "{words:?}");
    }
    // A file that VOUCH_CONFIG names is read first; a flag wins.
    let flag = home.put("flag.toml", "language = \"en\"\nmdoe = 1\n");
    let both = ran(&["--config", shown(&flag), "check"], &[("VOUCH_CONFIG", home.config.as_str())]);
    assert_eq!(both.code, 78);
    assert!(!both.err.contains("language"), "{}", both.err);
    assert_eq!(both.err.matches("mdoe").count(), 2, "{}", both.err);
}

/// A rule that can never match is worse than none: somebody relies on it.
#[test]
fn check_tells_which_rules_are_never_reached_and_which_types_nobody_knows() {
    let home = home("");
    let well = home.ran(&["check", "--offline"]).out;
    assert!(well.contains("what none of them names is \"any other type\""), "{well}");
    let rules = r#"
[[rule]]
name = "roles of ours"
types = ["*:IAMUser/*"]
principals = ["arn:aws:iam::*:role/ours/*"]
[[rule]]
name = "all of IAM"
types = ["*:IAMUser/*"]
[[rule]]
name = "too late"
types = ["UnauthorizedAccess:IAMUser/MaliciousIPCaller"]
when = ["tor"]
[[rule]]
name = "misspelt"
types = ["UnauthorisedAccess:S3/MaliciousIPCaller", "*:S3/*"]
"#;
    let file = home.put("rules.toml", rules);
    let ran = home.ran(&["--config", shown(&file), "check", "--offline"]);
    let told: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("warn  playbook: ")).collect();
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].contains("\"too late\" is never reached: \"all of IAM\" before it"), "{told:#?}");
    assert!(
        told[1].contains("\"misspelt\" names UnauthorisedAccess:S3/MaliciousIPCaller, which"),
        "{told:#?}"
    );
}

#[test]
fn check_says_what_to_do_and_exits_1_only_for_a_failure() {
    let good = home("");
    let ran = good.ran(&["check", "--offline"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let words = |line: &str| ["ok    ", "warn  ", "FAIL  "].iter().any(|word| line.starts_with(word));
    assert!(ran.out.lines().all(words), "{}", ran.out);
    assert!(
        ran.out.contains("warn  owners: source sso is skipped: owners.identity_store_id is empty"),
        "{}",
        ran.out
    );
    // Every check is made, though AWS and Slack cannot be reached: no Region, and nobody on port 9.
    let away = [
        TOKENS[0],
        TOKENS[1],
        ("VOUCH__SLACK__API_URL", "http://127.0.0.1:9/"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let online: Ran = vouch(&["--config", &good.config, "check"], &away).output().unwrap().into();
    assert_eq!(online.code, 1, "{}", online.out);
    for line in ["FAIL  identity: no AWS Region is configured", "FAIL  slack token: ", "FAIL  app token: "] {
        assert!(online.out.lines().any(|l| l.starts_with(line)), "no {line:?}: {}", online.out);
    }

    let rule = "[[rule]]\nname = \"big\"\noffer = [\"isolate-instance\", \"cut\"]\n";
    let warned = home("").put("rule.toml", rule);
    let warned = good.ran(&["--config", shown(&warned), "check", "--offline"]);
    assert_eq!(warned.code, 78, "the file is gone with its folder: {}", warned.err);
    let rule = good.put("rule.toml", rule);
    let ran = good.ran(&["--config", shown(&rule), "check", "--offline"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains(if cfg!(feature = "ec2") {
            "ok    remedies: every remedy that a rule names is built"
        } else {
            "warn  remedies: rule \"big\" names isolate-instance, not built"
        }),
        "{}",
        ran.out
    );

    // What is set and does nothing yet is said, at the check and at the start: nobody may rely on it.
    let idle = good.put("idle.toml", "language = \"ja\"\n");
    let env = [TOKENS[0], TOKENS[1], ("VOUCH__FALLBACK__WEBHOOK_URL", "https://pager.example/events")];
    let ran = self::ran(&["--config", &good.config, "--config", shown(&idle), "check", "--offline"], &env);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("ok    second route: "), "{}", ran.out);
    assert!(!ran.out.contains("pager.example"), "the address is a secret: {}", ran.out);

    // What the profile leaves out is a choice, and no lack of this version.
    let strict = good.put("strict.toml", "[aws]\nprofile = \"strict\"\n");
    let ran = good.ran(&["--config", shown(&strict), "check", "--offline"]);
    assert!(!ran.out.contains("cut-sessions"), "{}", ran.out);

    let file = good.put("file", "");
    let path = good.put("path.toml", &format!("[store]\npath = \"{}\"\n", file.display()));
    let ran = good.ran(&["--config", shown(&path), "check", "--offline"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("FAIL  store: "), "{}", ran.out);

    // Neither a folder of somebody else's nor one that cannot be made passes, and neither is touched.
    for (path, why) in
        [(good.folder.path().to_owned(), "not a vouch store"), (file.join("a/b"), "cannot be made")]
    {
        let path = good.put("path.toml", &format!("[store]\npath = \"{}\"\n", path.display()));
        let ran = good.ran(&["--config", shown(&path), "check", "--offline"]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.out.contains("FAIL  store: ") && ran.out.contains(why), "{}", ran.out);
    }
    assert!(!good.folder.path().join("LOCK").exists());
}

#[test]
fn check_says_where_slack_will_call() {
    let home = home("");
    let http = home.put("http.toml", "[slack]\ntransport = \"http\"\n");
    let url = home.put("url.toml", "[http]\npublic_url = \"https://vouch.example.com\"\n");
    let env = [TOKENS[0], ("VOUCH__SLACK__SIGNING_SECRET", "new,old")];
    let told = ran(&["--config", &home.config, "--config", shown(&http), "check", "--offline"], &env).out;
    assert!(told.contains("warn  transport: http.public_url is empty"), "{told}");
    let files = ["--config", &home.config, "--config", shown(&http), "--config", shown(&url)];
    let told = ran(&[&files[..], &["check", "--offline"]].concat(), &env).out;
    assert!(
        told.contains("ok    transport: http: Slack calls https://vouch.example.com/slack/interactivity"),
        "{told}"
    );
    assert!(told.contains("ok    transport: 2 signing secrets are accepted"), "{told}");
}

#[test]
fn commands_that_ask_the_daemon_say_when_there_is_none() {
    // Port 9 of the loopback: nobody listens there, and no other key is needed.
    let home = home("");
    let nobody = home.put("admin.toml", "[admin]\nlisten = \"127.0.0.1:9\"\n");
    for words in [&["health"][..], &["cases"], &["cases", "show", "abcdefgh"], &["audit", "export"]] {
        let ran = ran(&[&["--config", shown(&nobody)], words].concat(), &[]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{words:?}");
        assert!(ran.err.starts_with("vouch: no daemon answers on http://127.0.0.1:9/"), "{}", ran.err);
    }
}

#[test]
fn policies_name_what_is_enabled_and_nothing_more() {
    let policy = |home: &Home, words: &[&str]| -> serde_json::Value {
        let ran = home.without_secrets(&[&["iam-policy"], words].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let plain = home("");
    let surgical = policy(&plain, &["respond"]).to_string();
    assert!(surgical.contains("iam:PutUserPolicy") && surgical.contains("iam:UpdateAccessKey"));
    assert!(surgical.contains("iam:DeleteLoginProfile"), "{surgical}");
    assert!(surgical.contains("iam:PutRolePolicy"), "{surgical}");
    let strict = policy(&plain, &["respond", "--profile", "strict"]);
    for action in ["iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:GetUserPolicy", "iam:PutRolePolicy"] {
        assert!(!strict.to_string().contains(action), "no inline policies in strict: {strict}");
    }
    assert!(strict.to_string().contains("iam:UpdateAccessKey"), "{strict}");
    // What attaches policies may attach one policy.
    let attach = |policy: &serde_json::Value| -> serde_json::Value {
        let statements = policy["Statement"].as_array().unwrap();
        let holds = |s: &&serde_json::Value| s["Action"].to_string().contains("iam:AttachUserPolicy");
        let found: Vec<_> = statements.iter().filter(holds).collect();
        assert_eq!(found.len(), 1, "{policy}");
        assert_eq!(found[0]["Action"], serde_json::json!(Remedy::PINNED));
        let whom = ["arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"];
        assert_eq!(found[0]["Resource"], serde_json::json!(whom));
        found[0]["Condition"]["ArnLike"]["iam:PolicyARN"].clone()
    };
    assert_eq!(attach(&strict), serde_json::json!(["arn:aws:iam::*:policy/vouch/VouchQuarantine"]));
    // Without roles the hub reads and acts by itself.
    assert!(policy(&plain, &["hub"]).to_string().contains("iam:UpdateAccessKey"));
    assert!(policy(&plain, &["evidence"]).to_string().contains("iam:ListUserTags"));

    let roles = home(
        "[aws]\naccounts = [\"444455556666\"]\nevidence_role = \"arn:{partition}:iam::{account}:role/vouch/evidence\"\n\
         respond_role = \"arn:{partition}:iam::{account}:role/vouch/respond\"\n[owners]\nsources = [\"static\"]\n",
    );
    let hub = policy(&roles, &["hub"]);
    assert!(hub.to_string().contains("arn:aws:sqs:eu-central-1:111122223333:vouch"), "{hub}");
    let members = hub["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == "Members").unwrap();
    assert_eq!(
        members["Resource"],
        serde_json::json!([
            "arn:aws:iam::444455556666:role/vouch/evidence",
            "arn:aws:iam::444455556666:role/vouch/respond"
        ])
    );
    assert!(!hub.to_string().contains("iam:UpdateAccessKey"));
    let respond = policy(&roles, &["respond"]);
    assert_eq!(
        attach(&respond),
        serde_json::json!(["arn:aws:iam::444455556666:policy/vouch/VouchQuarantine"])
    );
    let evidence = policy(&roles, &["evidence"]);
    assert!(!evidence.to_string().contains("Tags"));
    // What the two roles lack, the evidence role may ask; without roles there is nobody to ask about.
    let check = evidence["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == "Check").unwrap();
    assert_eq!(check["Action"], serde_json::json!(["iam:SimulatePrincipalPolicy"]));
    assert_eq!(check["Resource"], members["Resource"]);
    assert!(!policy(&plain, &["evidence"]).to_string().contains("iam:Simulate"));

    // Identity Center's directory is the hub's own affair, or that of the role that the operator named for it.
    let store = "identity_store_id = \"d-1234567890\"\nidentity_store_region = \"us-east-1\"\n";
    let own = policy(&home(&format!("[owners]\n{store}")), &["hub"]);
    assert!(own.to_string().contains(r#"["identitystore:DescribeUser","identitystore:GetUserId"]"#), "{own}");
    let role = "arn:aws:iam::777788889999:role/people";
    let through = policy(&home(&format!("[owners]\n{store}identity_store_role = \"{role}\"\n")), &["hub"]);
    assert!(
        through.to_string().contains(role) && !through.to_string().contains("identitystore"),
        "{through}"
    );
    assert!(!policy(&plain, &["hub"]).to_string().contains("identitystore"));
}

#[test]
fn the_manifest_fits_the_transport() {
    let manifest = |more: &str| -> serde_json::Value {
        let home = home("");
        let more = home.put("more.toml", more);
        let ran = home.without_secrets(&["--config", shown(&more), "slack-manifest"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let socket = manifest("");
    assert_eq!(socket["settings"]["socket_mode_enabled"], true);
    assert!(socket["settings"]["interactivity"].get("request_url").is_none());
    let scopes = socket["oauth_config"]["scopes"]["bot"].to_string();
    for scope in [
        "chat:write",
        "im:write",
        "im:history",
        "users:read",
        "users:read.email",
        "groups:read",
        "groups:history",
    ] {
        assert!(scopes.contains(&format!("\"{scope}\"")), "{scope} is missing");
    }
    let http =
        manifest("[slack]\ntransport = \"http\"\n[http]\npublic_url = \"https://vouch.example.com/\"\n");
    assert_eq!(http["settings"]["socket_mode_enabled"], false);
    assert_eq!(
        http["settings"]["interactivity"]["request_url"],
        "https://vouch.example.com/slack/interactivity"
    );
}
