//! A house to tell a story in: the emulator, a Slack, a GuardDuty, and the real daemon between them.
//! Never here: what happens in a story.

use super::account::Account;
use super::daemon::{self, Daemon, LOOK, Recipe, free_address};
use super::report::{ACCOUNT, REGION, Report, Wrap};
use crate::emulator::Emulator;
use serde_json::Value;
use sim::aws::{Aws, Front};
use sim::slack::Slack;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use vouch::config::Transport;

/// How long anything may take on a machine that does other things besides.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// The room of the responders.
pub(crate) const SECURITY: &str = "C0SECURITY";

/// What Slack signs with, and what it signed with until lately. The daemon knows both.
pub(crate) const SIGNING: [&str; 2] = ["sim signing secret", "sim signing secret of last year"];

/// How clicks come where a story does not care: `VOUCH_STORIES_OVER=http` tells all of them over HTTP.
fn usual() -> Transport {
    match std::env::var("VOUCH_STORIES_OVER").as_deref() {
        Err(_) | Ok("" | "socket") => Transport::Socket,
        Ok("http") => Transport::Http,
        Ok(other) => panic!("VOUCH_STORIES_OVER is {other}; socket or http"),
    }
}

/// The rule that most stories go by: asked for longer than any story takes.
pub(crate) const CALM: &str = r#"
[[rule]]
name = "story"
types = ["*"]
stance = "ask"
ask = "owner"
deadline = "10m"
reminders = []
offer = ["cut", "deactivate-key"]
no_answer = "cut"
escalate_to = []
voices = 1
"#;

/// What a story needs before it can begin.
pub(crate) struct Plan {
    name: String,
    mode: &'static str,
    language: &'static str,
    owner: Option<String>,
    tables: String,
    rule: String,
    verify: &'static str,
    accounts: Option<String>,
    slack_away: bool,
    second_route: Option<String>,
    over: Transport,
    receives: u32,
    env: Vec<(String, String)>,
}

/// A house with its daemon at work.
pub(crate) struct House {
    pub(crate) slack: Slack,
    pub(crate) guardduty: Aws,
    pub(crate) front: Front,
    pub(crate) account: Account,
    pub(crate) recipe: Recipe,
    pub(crate) daemon: Daemon,
    pub(crate) dir: TempDir,
}

impl House {
    /// Named after its story: users and queues bear the name.
    pub(crate) fn build(name: &str) -> Plan {
        Plan {
            name: name.to_owned(),
            mode: "enforce",
            language: "auto",
            owner: Some("U0ALICE".to_owned()),
            tables: String::new(),
            rule: CALM.to_owned(),
            verify: r#"["1s", "2s"]"#,
            accounts: None,
            slack_away: false,
            second_route: None,
            over: usual(),
            receives: 3,
            env: vec![],
        }
    }
}

impl Plan {
    pub(crate) fn mode(mut self, mode: &'static str) -> Self {
        self.mode = mode;
        self
    }

    /// Who is the static owner of the accused.
    pub(crate) fn owner(mut self, person: Option<&str>) -> Self {
        self.owner = person.map(str::to_owned);
        self
    }

    /// `[[rule]]` tables instead of the calm one.
    pub(crate) fn rule(mut self, rule: &str) -> Self {
        self.rule = rule.to_owned();
        self
    }

    /// Changes one line of the rule, such as `no_answer = "escalate"`.
    pub(crate) fn with(mut self, line: &str) -> Self {
        let key = line.split('=').next().unwrap_or_default().trim_end();
        let changed = |old: &str| if old.starts_with(key) { line.to_owned() } else { old.to_owned() };
        assert!(self.rule.lines().any(|old| old.starts_with(key)), "the rule has no {key}");
        self.rule = self.rule.lines().map(changed).collect::<Vec<_>>().join("\n");
        self
    }

    /// Further tables of the configuration.
    pub(crate) fn tables(mut self, tables: &str) -> Self {
        self.tables.push_str(tables);
        self.tables.push('\n');
        self
    }

    /// `aws.accounts` other than our own.
    pub(crate) fn accounts(mut self, account: &str) -> Self {
        self.accounts = Some(account.to_owned());
        self
    }

    pub(crate) fn verify_after(mut self, passes: &'static str) -> Self {
        self.verify = passes;
        self
    }

    /// A message that comes back so often goes to the dead-letter queue.
    pub(crate) fn receives(mut self, receives: u32) -> Self {
        self.receives = receives;
        self
    }

    /// A variable beside those that every daemon has; it wins over them.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Slack answers nobody when the daemon starts.
    pub(crate) fn slack_away(mut self) -> Self {
        self.slack_away = true;
        self
    }

    /// Whoever is on call can be told here.
    pub(crate) fn second_route(mut self, url: String) -> Self {
        self.second_route = Some(url);
        self
    }

    /// Clicks come as signed requests.
    pub(crate) fn over_http(mut self) -> Self {
        self.over = Transport::Http;
        self
    }

    /// For what only a socket can do.
    pub(crate) fn over_sockets(mut self) -> Self {
        self.over = Transport::Socket;
        self
    }

    /// Everything in place but the daemon.
    pub(crate) async fn furnish(self) -> (Slack, Aws, Front, Account, Recipe, TempDir) {
        let emulator =
            tokio::task::spawn_blocking(|| Emulator::shared().url()).await.expect("the emulator starts");
        let emulator = emulator.trim_start_matches("http://").parse().expect("it has an address");
        let slack = Slack::start().await.expect("the Slack look-alike starts");
        let guardduty = Aws::start().await.expect("the AWS stubs start");
        let front = Front::start(emulator, Some(guardduty.address())).await.expect("the front starts");
        Emulator::shared().make_quarantine().await;
        let account = Account::open(emulator, &self.name, self.receives).await;
        let dir = tempfile::tempdir().expect("a folder can be made");
        let (admin, http) = (free_address(), free_address());
        let config = dir.path().join("vouch.toml");
        daemon::write(&config, &self.config(&account, &slack, admin, http, &dir));
        let rules = dir.path().join("rules.toml");
        daemon::write(&rules, &format!("{}\n{}", self.tables, self.rule));
        let signing = SIGNING.join(", ");
        // Only what this transport needs, so that it is seen to need no more.
        let door = match self.over {
            Transport::Socket => {
                [("VOUCH__SLACK__TRANSPORT", "socket"), ("VOUCH__SLACK__APP_TOKEN", "xapp-sim")]
            }
            Transport::Http => {
                slack.switch(|switches| {
                    switches.request_url = Some(format!("http://{http}/slack/interactivity"));
                    switches.signing_secret = SIGNING[0].to_owned();
                });
                [("VOUCH__SLACK__TRANSPORT", "http"), ("VOUCH__SLACK__SIGNING_SECRET", &signing)]
            }
        };
        let env = [
            ("VOUCH__SLACK__BOT_TOKEN", "xoxb-sim"),
            ("AWS_ENDPOINT_URL", &front.url()),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", &account.own.0),
            ("AWS_SECRET_ACCESS_KEY", &account.own.1),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("RUST_LOG", "info,vouch=debug"),
            ("NO_COLOR", "1"),
        ];
        let second = self.second_route.as_deref().map(|url| ("VOUCH__FALLBACK__WEBHOOK_URL", url));
        let env = env.into_iter().chain(door).chain(second);
        let env = env.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let env = env.chain(self.env.clone()).collect();
        let log = dir.path().join("vouch.log");
        let recipe = Recipe { configs: vec![config, rules], env, admin, http, log };
        if self.slack_away {
            slack.switch(|switches| switches.refuse_sockets = true);
            slack.plan(sim::fault::Planned {
                on: "*".to_owned(),
                fault: sim::fault::Fault::Status { status: 503, stored: false },
                times: None,
                skip: 0,
                saying: String::new(),
            });
        }
        (slack, guardduty, front, account, recipe, dir)
    }

    fn config(
        &self,
        account: &Account,
        slack: &Slack,
        admin: std::net::SocketAddr,
        http: std::net::SocketAddr,
        dir: &TempDir,
    ) -> String {
        let owners = self.owner.as_ref().map(|person| format!("\"{}*\" = \"{person}\"", account.arn()));
        format!(
            r#"
mode = "{mode}"
language = "{language}"
[queue]
url = "{queue}"
wait = "2s"
[slack]
api_url = "{api}"
security_channel = "{SECURITY}"
responders = ["U0RESP1", "U0RESP2"]
[http]
listen = "{http}"
[admin]
listen = "{admin}"
[store]
path = "{store}"
[aws]
accounts = ["{allowed}"]
[owners.principals]
{owners}
[verify]
after = {verify}
[prompts]
per_person_hour = 50
[log]
format = "text"
"#,
            mode = self.mode,
            language = self.language,
            queue = account.queue_url,
            api = slack.api_url(),
            store = dir.path().join("store").display(),
            allowed = self.accounts.as_deref().unwrap_or(ACCOUNT),
            owners = owners.unwrap_or_default(),
            verify = self.verify,
        )
    }

    /// Everything in place, the daemon started and ready.
    pub(crate) async fn start(self) -> House {
        let mut house = self.start_anyhow().await;
        house.wait_ready().await;
        house
    }

    /// The same without waiting for it to be ready.
    pub(crate) async fn start_anyhow(self) -> House {
        self.start_held(|_, _| {}).await
    }

    /// The same, with something held back from the daemon's first call on.
    pub(crate) async fn start_held(self, hold: impl FnOnce(&Slack, &Front)) -> House {
        let (slack, guardduty, front, account, recipe, dir) = self.furnish().await;
        hold(&slack, &front);
        let daemon = recipe.start();
        House { slack, guardduty, front, account, recipe, daemon, dir }
    }
}

impl House {
    pub(crate) async fn wait_ready(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.daemon.get("/readyz").await {
                Some((200, _)) => return,
                found if Instant::now() >= until => self.fail(&format!("it is not ready: {found:?}")),
                Some(_) | None => {}
            }
            if let Some(status) = self.daemon.ended() {
                self.fail(&format!("the daemon ended with {status}"));
            }
            sleep(LOOK).await;
        }
    }

    /// As the power cut would.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill();
    }

    /// On the same store.
    pub(crate) async fn start_again(&mut self) {
        self.daemon.kill();
        self.daemon = self.recipe.start();
        self.wait_ready().await;
    }

    /// GuardDuty knows it, and it is on its way through EventBridge.
    pub(crate) async fn finding(&self, report: &Report) {
        self.known(report);
        self.account.send(&report.body(Wrap::EventBridge)).await;
    }

    /// GuardDuty knows it; nothing was sent.
    pub(crate) fn known(&self, report: &Report) {
        self.guardduty.put_finding(report.json().clone()).expect("the stub takes a finding");
    }

    pub(crate) async fn send_raw(&self, body: &str) {
        self.account.send(body).await;
    }

    /// A finding about this story's own user.
    pub(crate) fn report(&self) -> Report {
        Report::about(&self.account.accused)
    }

    /// Every case, newest first.
    pub(crate) async fn cases(&self) -> Vec<Value> {
        let Some((200, body)) = self.daemon.get("/v1/cases").await else { return vec![] };
        let body: Value = serde_json::from_str(&body).expect("/v1/cases gives JSON");
        body["cases"].as_array().cloned().unwrap_or_default()
    }

    /// The newest case, once it is as wanted.
    pub(crate) async fn case_with(&self, wanted: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let cases = self.cases().await;
            if let Some(case) = cases.first().filter(|case| fits(case)) {
                return case.clone();
            }
            if Instant::now() >= until {
                self.fail(&format!("no case is {wanted}: {cases:#?}"));
            }
            sleep(LOOK).await;
        }
    }

    pub(crate) async fn case_in(&self, stage: &str) -> Value {
        self.case_with(stage, |case| case["stage"] == stage).await
    }

    /// Closed with this outcome.
    pub(crate) async fn closed(&self, outcome: &str) -> Value {
        self.case_with(outcome, |case| case["stage"] == "closed" && case["outcome"] == outcome).await
    }

    /// Every audit line so far.
    pub(crate) async fn audit(&self) -> Vec<Value> {
        let Some((200, body)) = self.daemon.get("/v1/audit").await else { return vec![] };
        body.lines().map(|line| serde_json::from_str(line).expect("an audit line is JSON")).collect()
    }

    /// Waits for an audit line.
    pub(crate) async fn audited(&self, wanted: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let audit = self.audit().await;
            if let Some(line) = audit.iter().find(|line| fits(line)) {
                return line.clone();
            }
            if Instant::now() >= until {
                let kinds: Vec<&Value> = audit.iter().map(|line| &line["kind"]).collect();
                self.fail(&format!("no audit line is {wanted}: {kinds:?}"));
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until the queue holds nothing, seen or unseen; nothing was given up on either.
    pub(crate) async fn queue_empty(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = self.account.queued(&self.account.queue_url).await;
            if left == (0, 0) {
                let dead = self.account.queued(&self.account.dead_url).await;
                assert_eq!(dead, (0, 0), "in the dead-letter queue");
                return;
            }
            if Instant::now() >= until {
                self.fail(&format!("the queue still holds {left:?}"));
            }
            sleep(LOOK * 4).await;
        }
    }

    /// Successful calls that changed something in IAM, in order.
    pub(crate) fn writes(&self) -> Vec<String> {
        let shown = |request: &sim::record::Request| {
            let status = request.body["Status"].as_str().map(|s| format!(" {s}")).unwrap_or_default();
            format!("{}{status}", request.method)
        };
        let writes = [
            "UpdateAccessKey",
            "PutUserPolicy",
            "DeleteUserPolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "DeleteLoginProfile",
        ];
        let all = self.front.all_requests();
        all.iter().filter(|r| writes.contains(&r.method.as_str()) && r.outcome == "ok").map(shown).collect()
    }

    /// Calls that changed something in GuardDuty, in order.
    pub(crate) fn archivals(&self) -> Vec<String> {
        let changing = ["ArchiveFindings", "UpdateFindingsFeedback", "UnarchiveFindings"];
        self.guardduty.peek(|state| {
            let all = state.requests.all().filter(|r| changing.contains(&r.method.as_str()));
            all.map(|r| r.method.clone()).collect()
        })
    }

    /// `vouch audit verify` in effect: the chain of what the daemon exports holds.
    pub(crate) async fn chain_holds(&self) {
        let audit = self.audit().await;
        let mut head = vouch::case::entry::Head::default();
        for value in &audit {
            let line: vouch::case::entry::Line =
                serde_json::from_value(value.clone()).expect("an audit line has the nine fields");
            let holds = line.seq == head.seq + 1 && line.prev == head.hash && line.hash == line.digest();
            if !holds {
                self.fail(&format!("the audit chain breaks at {value}"));
            }
            head = vouch::case::entry::Head { seq: line.seq, hash: line.hash.clone() };
        }
        assert!(!audit.is_empty(), "there is an audit");
    }

    /// Ends the story with everything that may explain why.
    pub(crate) fn fail(&self, why: &str) -> ! {
        panic!("{why}\n--- transcript\n{}\n--- daemon\n{}", self.transcript(), self.recipe.log_tail())
    }
}
