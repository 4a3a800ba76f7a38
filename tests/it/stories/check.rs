//! `vouch check` against a real emulator and a Slack: what it says when all is well, and for each thing that is not.
//! Never here: what needs no network; `cli` tells of that.

use super::hands::has;
use super::house::{House, PATIENCE, Plan, SECURITY};
use super::report::{ACCOUNT, REGION};
use sim::fault::Fault;
use sim::slack::{Click, Message, Person, Slack};
use std::process::{Child, Output, Stdio};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// Everything that the plain configuration needs, and asking about oneself.
const EVERYTHING: [&str; 20] = [
    "cloudtrail:LookupEvents",
    "guardduty:ListDetectors",
    "guardduty:GetFindings",
    "guardduty:ListFindings",
    "guardduty:ArchiveFindings",
    "guardduty:UpdateFindingsFeedback",
    "iam:SimulatePrincipalPolicy",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:UpdateAccessKey",
    "iam:*LoginProfile",
    "iam:*UserPolicy",
    "iam:*RolePolicy",
    "iam:PassRole",
    "ec2:*",
    "autoscaling:*",
    "elasticloadbalancing:*",
    "s3:*",
    "sts:AssumeRole",
];

struct Ran {
    code: i32,
    out: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!err.contains("panicked"), "{err}");
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out }
    }
}

impl Ran {
    /// Ends with this code, and has a line that begins so.
    fn says(&self, code: i32, lines: &[&str]) {
        for line in lines {
            assert!(self.out.lines().any(|l| l.starts_with(line)), "no {line:?}:\n{}", self.out);
        }
        assert_eq!(self.code, code, "{}", self.out);
    }
}

/// A place to check from, without a daemon.
struct Site {
    slack: Slack,
    guardduty: sim::aws::Aws,
    front: sim::aws::Front,
    account: super::account::Account,
    recipe: super::daemon::Recipe,
    _dir: tempfile::TempDir,
}

impl Site {
    async fn of(plan: Plan) -> Self {
        // What is checked of the app token and the sockets needs them, whatever the other stories run over.
        let (slack, guardduty, front, account, recipe, dir) = plan.over_sockets().furnish().await;
        Self { slack, guardduty, front, account, recipe, _dir: dir }
    }

    async fn check(&self) -> Ran {
        self.check_with(&[]).await
    }

    async fn check_with(&self, env: &[(&str, &str)]) -> Ran {
        let mut command = self.recipe.command(&["check"]);
        command.envs(env.iter().copied());
        spawn_blocking(move || command.output().expect("vouch runs")).await.expect("it ends").into()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_and_says_so() {
    let site = Site::of(House::build("check-well")).await;
    site.account.allow_own(&EVERYTHING).await;
    let ran = site.check().await;
    let identity = format!("ok    identity: arn:aws:iam::{ACCOUNT}:user/vouch-check-well");
    let evidence = format!("ok    permissions: evidence in {ACCOUNT}: ");
    let remedies = format!("ok    permissions: remedies in {ACCOUNT}: ");
    let channel = format!("ok    channel: {SECURITY} (#security) is private");
    ran.says(
        0,
        &[
            "ok    store: ",
            &identity,
            "ok    queue: ",
            "ok    redrive: after ",
            "warn  visibility: 3 s",
            "ok    guardduty: detector ",
            "ok    findings: ",
            "ok    permissions: queue and findings: ",
            "ok    roles: evidence in ",
            "ok    roles: respond in ",
            &evidence,
            &remedies,
            "ok    slack token: bot U0VOUCHBOT of workspace T0VOUCH, app A0VOUCH",
            "ok    clock: ",
            "ok    app token: ",
            "ok    scopes: all 7",
            &channel,
            "ok    responders: 2 can be asked",
            "ok    owners: 1 can be asked",
        ],
    );
    // It only looked.
    let reads =
        |method: &str| ["Get", "List", "Simulate", "POST", "GET"].iter().any(|p| method.starts_with(p));
    let front: Vec<String> = site.front.all_requests().into_iter().map(|r| r.method).collect();
    assert!(front.iter().all(|method| reads(method)), "{front:?}");
    assert!(site.slack.peek(|state| state.messages.is_empty() && state.hellos == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_fails_in_enforce_and_warns_in_dry_run() {
    for (mode, word, code) in [("enforce", "FAIL", 1), ("dry-run", "warn", 0)] {
        let site = Site::of(House::build(&format!("check-{mode}")).mode(mode)).await;
        let unknown = site.check().await;
        unknown
            .says(0, &["warn  permissions: evidence in 000000000000: missing permissions cannot be known"]);

        let but: Vec<&str> = EVERYTHING.into_iter().filter(|a| *a != "iam:UpdateAccessKey").collect();
        site.account.allow_own(&but).await;
        let lacks = format!(
            "{word}  permissions: deactivate-key in {ACCOUNT} lacks iam:UpdateAccessKey; attach to arn:"
        );
        site.check().await.says(code, &[&lacks, "ok    permissions: remedies in 000000000000: "]);

        site.account.allow_own(&["iam:SimulatePrincipalPolicy"]).await;
        let hub = format!("{word}  permissions: queue and findings lacks guardduty:");
        let evidence = format!("{word}  permissions: evidence in {ACCOUNT} lacks ");
        site.check().await.says(code, &[&hub, &evidence]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_aws_has_its_line() {
    let site = Site::of(House::build("check-aws")).await;
    let gone = site.account.queue_url.replace("findings", "nowhere");
    site.check_with(&[("VOUCH__QUEUE__URL", &gone)]).await.says(1, &["FAIL  queue: "]);
    let dead = site.account.dead_url.clone();
    site.account.allow_own(&["sqs:GetQueueAttributes"]).await;
    let ran = site.check_with(&[("VOUCH__QUEUE__URL", &dead)]).await;
    ran.says(0, &["ok    queue: ", "warn  redrive: it has no redrive policy", "ok    visibility: 30 s"]);
    let refused = site.check_with(&[("AWS_SECRET_ACCESS_KEY", "another")]).await;
    refused.says(1, &["FAIL  identity: AWS does not say who we are", "ok    slack token: "]);

    site.guardduty.fault("GetFindings", Fault::Error { code: "AccessDeniedException".to_owned() }, 1);
    site.check().await.says(1, &["FAIL  findings: they cannot be fetched to be confirmed"]);
    site.guardduty.set_detector(REGION, None);
    site.check().await.says(1, &["FAIL  guardduty: it is not switched on in "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_tried_with_the_external_id() {
    let site = Site::of(House::build("check-roles")).await;
    site.account.allow_own(&EVERYTHING).await;
    let name = |which: &str| format!("{}-{which}", site.account.accused.user);
    for which in ["evidence", "respond"] {
        site.account.role(&name(which), "the-id", &EVERYTHING).await;
    }
    let arn = |which: &str| format!("arn:{{partition}}:iam::{{account}}:role/{}", name(which));
    let (evidence, respond) = (arn("evidence"), arn("respond"));
    let roles =
        [("VOUCH__AWS__EVIDENCE_ROLE", evidence.as_str()), ("VOUCH__AWS__RESPOND_ROLE", respond.as_str())];
    let right = site.check_with(&[roles[0], roles[1], ("VOUCH__AWS__EXTERNAL_ID", "the-id")]).await;
    right.says(
        0,
        &[
            "ok    roles: the evidence role of 000000000000 can be assumed",
            "ok    roles: the respond role of 000000000000 can be assumed",
            "ok    permissions: evidence in ",
            "ok    permissions: remedies in ",
        ],
    );
    let wrong = site.check_with(&[roles[0], roles[1], ("VOUCH__AWS__EXTERNAL_ID", "another")]).await;
    wrong.says(1, &["FAIL  roles: the evidence role of ", "FAIL  roles: the respond role of "]);
}

/// As it is deployed: nobody but the evidence role may ask, and it tells of the other role too.
#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_role_tells_what_either_role_lacks() {
    let site = Site::of(House::build("check-asker").mode("enforce")).await;
    let but = |lacks: &[&str]| -> Vec<&str> {
        EVERYTHING.into_iter().filter(|action| !lacks.contains(action)).collect()
    };
    site.account.allow_own(&but(&["iam:SimulatePrincipalPolicy"])).await;
    let name = |which: &str| format!("{}-{which}", site.account.accused.user);
    site.account.role(&name("evidence"), "the-id", &but(&["cloudtrail:LookupEvents"])).await;
    let lacks = but(&["iam:SimulatePrincipalPolicy", "iam:UpdateAccessKey"]);
    site.account.role(&name("respond"), "the-id", &lacks).await;
    let arn = |which: &str| format!("arn:{{partition}}:iam::{{account}}:role/{}", name(which));
    let (evidence, respond) = (arn("evidence"), arn("respond"));
    let ran = site
        .check_with(&[
            ("VOUCH__AWS__EVIDENCE_ROLE", &evidence),
            ("VOUCH__AWS__RESPOND_ROLE", &respond),
            ("VOUCH__AWS__EXTERNAL_ID", "the-id"),
        ])
        .await;
    let looks = format!("FAIL  permissions: evidence in {ACCOUNT} lacks cloudtrail:LookupEvents; attach to ");
    let acts =
        format!("FAIL  permissions: deactivate-key in {ACCOUNT} lacks iam:UpdateAccessKey; attach to arn:");
    ran.says(
        1,
        &[&looks, &acts, "warn  permissions: queue and findings: missing permissions cannot be known"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_slack_has_its_line() {
    let site = Site::of(House::build("check-slack").owner(Some("U0GONE"))).await;
    let gone = Person { deleted: true, ..Person::new("U0RESP2", "resp2") };
    site.slack.put_person(gone);
    site.slack.change(|state| {
        state.workspace.scopes.retain(|scope| scope != "users:read.email" && scope != "im:write");
        state.workspace.channels[0].is_ext_shared = true;
        state.workspace.channels[0].is_private = false;
        state.workspace.scopes.push("channels:read".to_owned());
        state.switches.clock_ahead = 30;
    });
    site.check().await.says(
        1,
        &[
            "FAIL  responders: U0RESP2 is deactivated; name somebody else in slack.responders",
            "ok    responders: 1 can be asked",
            "warn  owners: U0GONE is deactivated",
            "warn  scopes: users:read.email is missing (owners that are known by e-mail)",
            "FAIL  scopes: im:write is missing (opening a direct message)",
            "FAIL  channel: C0SECURITY (#security) is shared with another organisation",
            "warn  channel: C0SECURITY (#security) is public",
            "warn  clock: this machine is ",
        ],
    );
    site.slack.change(|state| {
        state.workspace.channels[0].is_member = false;
        state.switches.clock_ahead = -90;
        state.workspace.app_token = "xapp-other".to_owned();
    });
    let lines = ["FAIL  channel: C0SECURITY", "FAIL  clock: this machine is ", "FAIL  app token: "];
    site.check().await.says(1, &lines);
    site.slack.change(|state| state.workspace.channels.clear());
    site.check().await.says(1, &["FAIL  channel: C0SECURITY cannot be seen (channel_not_found)"]);
    site.slack.switch(|switches| switches.revoked = true);
    let revoked = site.check().await;
    revoked.says(1, &["FAIL  slack token: Slack refuses the bot token (invalid_auth)"]);
    assert!(!revoked.out.contains("  scopes: "), "{}", revoked.out);
}

fn ask(recipe: &super::daemon::Recipe, person: &str) -> Child {
    let mut command = recipe.command(&["check", "--prompt", person]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("vouch runs")
}

async fn ended(child: Child) -> Ran {
    spawn_blocking(move || child.wait_with_output().expect("it ends")).await.expect("it ends").into()
}

async fn question(slack: &Slack, person: &str) -> Message {
    let asked = slack
        .wait_message(person, PATIENCE, |m| has(m, "vouch.test"))
        .await
        .expect("the test question comes");
    assert!(asked.text.starts_with("This is a test from vouch: nothing happened."), "{}", asked.text);
    asked
}

fn click(person: &str, message: &Message) -> Click {
    let (channel, ts) = (message.channel.clone(), message.ts.clone());
    Click { user: person.to_owned(), channel, ts, action_id: "vouch.test".to_owned(), ..Click::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_question_is_heard_without_a_daemon() {
    let site = Site::of(House::build("prompt-alone")).await;
    let child = ask(&site.recipe, "U0ALICE");
    let asked = question(&site.slack, "U0ALICE").await;
    site.slack.wait_sockets(1, PATIENCE).await.expect("it listens");
    let clicked = site.slack.click(click("U0ALICE", &asked)).await.expect("the button is there");
    ended(child)
        .await
        .says(0, &["ok    prompt: sent to U0ALICE", "ok    prompt: U0ALICE pressed the button"]);
    let now = site.slack.message(&asked.channel, &asked.ts).expect("it stays");
    assert!(now.text.starts_with("Thank you: the test from vouch reached you") && !has(&now, "vouch.test"));
    assert!(clicked.acked, "{clicked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_daemon_the_daemon_hears_it_and_is_left_its_clicks() {
    let house = House::build("prompt-daemon").over_sockets().start().await;
    house.slack.wait_sockets(2, PATIENCE).await.expect("the daemon listens");
    let stored = Ran::from({
        let mut command = house.recipe.command(&["check"]);
        spawn_blocking(move || command.output().expect("vouch runs")).await.expect("it ends")
    });
    stored.says(0, &["ok    store: "]);
    assert!(stored.out.contains("is open in a vouch that runs"), "{}", stored.out);
    let (hellos, audit) = (house.slack.peek(|state| state.hellos), house.audit().await.len());
    let child = ask(&house.recipe, "U0BOB");
    let asked = question(&house.slack, "U0BOB").await;
    // A value that was not made for this person in this place changes nothing.
    let forged = Click { value: Some(format!("en.{}", "0".repeat(32))), ..click("U0BOB", &asked) };
    assert!(house.slack.click(forged).await.expect("it is sent").acked, "it is acknowledged all the same");
    assert_eq!(house.now(&asked).edits, 0);
    house.slack.click(click("U0BOB", &asked)).await.expect("the button is there");
    ended(child).await.says(0, &["ok    prompt: U0BOB pressed the button"]);
    assert_eq!(house.slack.peek(|state| state.hellos), hellos, "no socket was opened beside the daemon's");
    assert_eq!(house.audit().await.len(), audit, "nothing of it is saved");

    // Where the admin address does not tell, Slack does.
    let mut recipe = house.recipe;
    recipe.env.push(("VOUCH__ADMIN__LISTEN".to_owned(), "127.0.0.1:9".to_owned()));
    let child = ask(&recipe, "U0ALICE");
    let asked = question(&house.slack, "U0ALICE").await;
    let seen = |state: &sim::slack::State| (state.hellos > hellos && state.connected() == 2).then_some(());
    house.slack.wait_for(PATIENCE, seen).await.expect("it opens a socket, and closes it again");
    house.slack.click(click("U0ALICE", &asked)).await.expect("the button is there");
    ended(child).await.says(0, &["ok    prompt: U0ALICE pressed the button"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_question_that_nobody_answers_is_withdrawn() {
    let site = Site::of(House::build("prompt-over")).await;
    ended(ask(&site.recipe, "U0GONE")).await.says(1, &["FAIL  prompt: U0GONE is deactivated"]);
    assert!(site.slack.peek(|state| state.messages.is_empty()));

    let child = ask(&site.recipe, "U0ALICE");
    let asked = question(&site.slack, "U0ALICE").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let sent = std::process::Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
    ended(child).await.says(1, &["FAIL  prompt: ended before the click came"]);
    let now = site.slack.message(&asked.channel, &asked.ts).expect("it stays");
    assert!(now.text.contains("It is over") && !has(&now, "vouch.test"), "{}", now.text);
}
