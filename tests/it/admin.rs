//! The admin address: what operators and other people's scripts read from it.
//! Never here: how cases come to be; these stand in a store of three rows.

mod pages;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::sync::CancellationToken;
use vouch::admin::{Admin, Readiness, Reason, router, view::view};
use vouch::case::CaseId;
use vouch::case::effect::EffectNo;
use vouch::case::entry::{Actor, Entry, EntryKind, Head, Line};
use vouch::case::evidence::Evidence;
use vouch::case::finding::{Activity, Finding, Form, Resource};
use vouch::case::guard::{Mode, Profile};
use vouch::case::owner::{Candidate, Confidence, PersonId, Source};
use vouch::case::playbook::{Ask, NoAnswer, Rule, Stance};
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind, Region};
use vouch::case::prompt::{Prompt, PromptRole, PromptState, Verdict};
use vouch::case::remedy::{Act, ActState, Plan, Prior, Receipt, Remedy, Target};
use vouch::case::state::{Case, Closing, Stage, Terms};
use vouch::metrics::{FindingOutcome, Metrics, PromptResult, RemedyResult};
use vouch::ports::{Batch, CaseStore, Clock, Fault, Found, Lookup, Page, Query, Stored, WriteError};

/// Cases, newest first, and an audit of this many lines.
struct Shelf {
    cases: Vec<Case>,
    lines: Vec<Line>,
    broken: bool,
    /// Audit lines handed out so far.
    read: Arc<AtomicUsize>,
}

#[async_trait]
impl CaseStore for Shelf {
    async fn load(&self, id: &CaseId) -> Result<Option<Stored<Case>>, Fault> {
        let found = self.cases.iter().find(|case| case.id == *id);
        Ok(found.map(|case| Stored { version: 1, value: case.clone() }))
    }

    async fn lookup(&self, _: Lookup) -> Result<Option<Found>, Fault> {
        Ok(None)
    }

    async fn write(&self, _: &Batch) -> Result<(), WriteError> {
        panic!("the admin address wrote something")
    }

    async fn page(&self, query: Query) -> Result<Page, Fault> {
        if self.broken {
            return Err(Fault::later("the disk is away"));
        }
        Ok(match query {
            Query::Cases { stage, limit, after } => {
                let skip = after.map_or(0, |id| 1 + self.cases.iter().position(|c| c.id == id).unwrap());
                let wanted = |c: &&Case| stage.is_none_or(|open| open == c.is_open());
                Page::Cases(self.cases.iter().skip(skip).filter(wanted).take(limit).cloned().collect())
            }
            Query::Lines { after, limit } => {
                let from = usize::try_from(after).unwrap().min(self.lines.len());
                let lines: Vec<Line> = self.lines[from..].iter().take(limit).cloned().collect();
                self.read.fetch_add(lines.len(), Ordering::Relaxed);
                Page::Lines(lines)
            }
            Query::Head => Page::Head(Head { seq: self.lines.len() as u64, hash: "ab".repeat(32) }),
            Query::Errands | Query::Wakes | Query::Counts | Query::Expired { .. } => {
                panic!("the admin address asked for {query:?}")
            }
        })
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        at("12:00:00")
    }
}

fn at(time: &str) -> Timestamp {
    format!("2026-01-01T{time}Z").parse().unwrap()
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn finding(user: &str) -> Finding {
    Finding {
        id: "f1".to_owned(),
        kind: "Recon:IAMUser/TorIPCaller".to_owned(),
        account: AccountId::parse("111122223333").unwrap(),
        region: Region::parse("eu-central-1").unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: String::new(),
        description: String::new(),
        updated_at: at("10:00:00"),
        first_seen: None,
        last_seen: None,
        count: 2,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind: PrincipalKind::IamUser,
            account: AccountId::parse("111122223333"),
            name: user.to_owned(),
            access_key: AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE"),
            ..Principal::nobody(Partition::Commercial)
        },
        resource: Some(Resource::Bucket {
            name: "b".to_owned(),
            arn: "arn:aws:s3:::b".to_owned(),
            all: vec![],
        }),
        activity: Activity::default(),
    }
}

fn terms() -> Terms {
    let rule = Rule {
        name: "r".to_owned(),
        stance: Stance::Ask,
        ask: Ask::Owner,
        deadline: SignedDuration::from_mins(15),
        reminders: vec![],
        offer: vec![Remedy::Cut],
        no_answer: NoAnswer::Escalate,
        escalate_to: vec![],
        voices: 1,
        quiet_for: None,
    };
    Terms {
        rule,
        mode: Mode::Enforce,
        profile: Profile::Surgical,
        account_allowed: true,
        known_networks: vec![],
        verify_after: vec![SignedDuration::from_secs(10)],
        undo_window: SignedDuration::from_hours(72),
        group_window: SignedDuration::from_hours(1),
        responders: vec![person("U0RESPOND1")],
        released: false,
        crowd: false,
        own: None,
        known: vouch::case::guidance::Known::default(),
    }
}

fn open_case(id: &str, user: &str) -> Case {
    Case::open(CaseId::parse(id).unwrap(), finding(user), terms(), at("11:00:00")).case
}

/// A contained one, with everything that the view shows.
fn contained(id: &str) -> Case {
    let mut case = open_case(id, "ana");
    let target = Target {
        partition: Partition::Commercial,
        account: AccountId::parse("111122223333").unwrap(),
        region: Region::parse("eu-central-1").unwrap(),
        kind: PrincipalKind::IamUser,
        name: "ana".to_owned(),
        session: None,
        unique_id: None,
        keys: vec![],
        instance: None,
        buckets: vec![],
    };
    let receipt = Receipt { applied_at: at("11:00:42"), request_ids: vec![], note: String::new() };
    let acts = vec![
        Act {
            remedy: Remedy::DeactivateKey,
            state: ActState::Verified,
            prior: Some(Prior::Nothing),
            receipt: Some(receipt),
        },
        Act { remedy: Remedy::CutSessions, state: ActState::Failed, prior: None, receipt: None },
    ];
    case.plans = vec![Plan {
        chosen: Remedy::Cut,
        target,
        cut_off: at("11:00:40"),
        acts,
        by: "slack:U0ANA".to_owned(),
        approval: None,
        undo_begun: false,
    }];
    case.candidates = vec![Candidate {
        person: person("U0ANA"),
        source: Source::Static,
        confidence: Confidence::High,
        detail: "arn:aws:iam::*:user/ana".to_owned(),
        address: None,
        moved: false,
    }];
    case.prompts = vec![Prompt {
        person: person("U0ANA"),
        effect: EffectNo(7),
        state: PromptState::Answered,
        sent_at: Some(at("11:00:05")),
        shown: None,
        spent: true,
        role: PromptRole::Owner,
    }];
    case.stage = Stage::Closed;
    case.closing = Some(Closing::Contained);
    case.verdict = Some(Verdict::NotMine);
    case.deadline = Some(at("11:15:00"));
    case.closed_at = Some(at("11:01:00"));
    case
}

fn trail(n: u64) -> Vec<Line> {
    let mut head = Head::default();
    let entry =
        |n| Entry { case: None, kind: EntryKind::Started, actor: Actor::System, data: json!({ "n": n }) };
    (0..n).map(|n| entry(n).seal(&mut head, at("09:00:00"))).collect()
}

fn shelf() -> Shelf {
    let cases =
        vec![open_case("caseopen2", "<b>eve</b>"), contained("caseclosed1"), open_case("caseopen1", "bob")];
    Shelf { cases, lines: trail(1200), broken: false, read: Arc::default() }
}

/// A served admin address; stops when dropped.
struct Served {
    address: SocketAddr,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    _stop: tokio_util::sync::DropGuard,
}

async fn served(shelf: Shelf) -> Served {
    // A test may be the first to need it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (readiness, metrics) = (Readiness::default(), Arc::new(Metrics::default()));
    let admin = Admin {
        store: Arc::new(shelf),
        metrics: metrics.clone(),
        readiness: readiness.clone(),
        clock: Arc::new(Noon),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = vouch::http::serve(listener, router(admin), stop.clone());
    #[expect(clippy::disallowed_methods, reason = "a test has no Tasks; the runtime ends with it")]
    tokio::spawn(serving);
    Served { address, readiness, metrics, _stop: stop.drop_guard() }
}

impl Served {
    async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn json(&self, path: &str) -> Value {
        let (status, text) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn ids(&self, path: &str) -> Vec<String> {
        let cases = self.json(path).await;
        let id = |case: &Value| case["id"].as_str().unwrap().to_owned();
        cases["cases"].as_array().unwrap().iter().map(id).collect()
    }
}

#[test]
fn a_case_shows_what_the_interface_names() {
    insta::assert_json_snapshot!(view(&contained("caseclosed1")), @r#"
    {
      "id": "caseclosed1",
      "stage": "closed",
      "outcome": "contained",
      "account": "111122223333",
      "region": "eu-central-1",
      "principal": {
        "arn": "arn:aws:iam::111122223333:user/ana",
        "kind": "iam-user",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE"
      },
      "resource": "arn:aws:s3:::b",
      "severity": 5.0,
      "findings": [
        {
          "id": "f1",
          "type": "Recon:IAMUser/TorIPCaller",
          "region": "eu-central-1",
          "count": 2,
          "updated_at": "2026-01-01T10:00:00Z"
        }
      ],
      "owner": {
        "slack_user": "U0ANA",
        "source": "static",
        "confidence": "high"
      },
      "prompts": [
        {
          "person": "U0ANA",
          "sent_at": "2026-01-01T11:00:05Z",
          "state": "answered"
        }
      ],
      "verdict": "not-mine",
      "remedies": [
        {
          "name": "deactivate-key",
          "state": "verified",
          "applied_at": "2026-01-01T11:00:42Z",
          "contained_after": 42.0
        },
        {
          "name": "cut-sessions",
          "state": "failed",
          "applied_at": null,
          "contained_after": null
        }
      ],
      "opened_at": "2026-01-01T11:00:00Z",
      "deadline": "2026-01-01T11:15:00Z",
      "closed_at": "2026-01-01T11:01:00Z"
    }
    "#);
}

/// A name can be imitated: what a role really is comes from the look-ups, and decides what is offered.
#[test]
fn the_kind_of_a_role_is_what_the_look_ups_found() {
    use PrincipalKind::{RoleSession, ServiceLinkedRole, SsoUser};
    let mut finding = finding("AWSReservedSSO_Admin_0123456789abcdef");
    finding.principal.kind = RoleSession;
    finding.principal.session = Some("mallory@example.com".to_owned());
    let mut case = Case::open(CaseId::parse("caserole1").unwrap(), finding, terms(), at("11:00:00")).case;
    assert_eq!(
        (view(&case).principal.kind, case.parts(Remedy::Cut)),
        (RoleSession, vec![Remedy::RevokeSession])
    );
    for (found, cut) in
        [(RoleSession, vec![Remedy::RevokeSession]), (SsoUser, vec![]), (ServiceLinkedRole, vec![])]
    {
        case.evidence = Some(Evidence { kind: Some(found), ..Evidence::default() });
        assert_eq!((view(&case).principal.kind, case.parts(Remedy::Cut)), (found, cut));
    }
}

#[tokio::test]
async fn cases_are_listed_in_pages_and_found_by_id() {
    let admin = served(shelf()).await;
    assert_eq!(admin.ids("/v1/cases").await, ["caseopen2", "caseclosed1", "caseopen1"]);
    assert_eq!(admin.ids("/v1/cases?stage=open").await, ["caseopen2", "caseopen1"]);
    assert_eq!(admin.ids("/v1/cases?stage=closed&limit=500").await, ["caseclosed1"]);
    assert_eq!(admin.ids("/v1/cases?limit=1&after=caseopen2").await, ["caseclosed1"]);
    assert_eq!(admin.json("/v1/cases/caseopen1").await["stage"], "tracing");
    assert_eq!(admin.get("/v1/cases/caseopen9").await.0, 404);
    assert_eq!(admin.get("/v1/cases/..%2Fx").await.0, 404);
    for bad in ["stage=half", "limit=0", "limit=501", "limit=x", "after=%2e", "page=2"] {
        let (status, text) = admin.get(&format!("/v1/cases?{bad}")).await;
        assert_eq!(status, 400, "{bad}");
        assert!(text.starts_with("{\"error\":\""), "{bad}: {text}");
    }
}

#[tokio::test]
async fn the_whole_audit_is_streamed_as_lines() {
    let admin = served(shelf()).await;
    let (status, text) = admin.get("/v1/audit").await;
    assert_eq!((status, text.lines().count()), (200, 1200));
    let last: Line = serde_json::from_str(text.lines().next_back().unwrap()).unwrap();
    assert_eq!((last.seq, last.hash.clone()), (1200, last.digest()));
    let empty = served(Shelf { lines: vec![], ..shelf() }).await;
    assert_eq!(empty.get("/v1/audit").await, (200, String::new()));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_503_and_not_an_empty_answer() {
    let admin = served(Shelf { broken: true, ..shelf() }).await;
    for path in ["/", "/v1/cases", "/v1/audit"] {
        let (status, text) = admin.get(path).await;
        assert_eq!(
            (status, text.as_str()),
            (503, "{\"error\":\"the store cannot be read: the disk is away\"}"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn readiness_tells_its_reasons() {
    let admin = served(shelf()).await;
    assert_eq!(admin.get("/readyz").await, (200, "{\"ready\":true,\"reasons\":[]}".to_owned()));
    admin.readiness.not_ready("slack", "token refused (invalid_auth)");
    let (status, text) = admin.get("/readyz").await;
    assert_eq!(status, 503);
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["reasons"], json!([{ "part": "slack", "reason": "token refused (invalid_auth)" }]));
    admin.readiness.ready("slack");
    assert_eq!(admin.get("/readyz").await.0, 200);

    let asked = Readiness::asking(|| vec![Reason { part: "queue", reason: "away".to_owned() }]);
    assert_eq!(asked.reasons().len(), 1);
}

#[tokio::test]
async fn the_address_only_reads_and_has_no_other_places() {
    let admin = served(shelf()).await;
    assert_eq!(admin.get("/else").await.0, 404);
    let posted =
        reqwest::Client::new().post(format!("http://{}/v1/cases", admin.address)).send().await.unwrap();
    assert_eq!(posted.status().as_u16(), 405);
}

#[tokio::test]
async fn metrics_carry_the_names_of_the_interface() {
    let admin = served(shelf()).await;
    let m = &admin.metrics;
    m.finding(Form::Sns, FindingOutcome::Opened);
    m.body(None, FindingOutcome::Ignored);
    m.cases_open(Stage::Asking, 3);
    m.prompt(PromptResult::Delivered);
    m.reply(Verdict::NotMine);
    m.refused("not-yours");
    m.answer_seconds(12.0);
    m.contain_seconds(3.0);
    m.remedy(Remedy::Cut, RemedyResult::DryRun);
    m.slack_request("chat.postMessage", "ok");
    m.aws_request("iam", "UpdateAccessKey", "denied");
    m.queue_lag(std::time::Duration::from_millis(1500));
    m.breaker_open(true);
    m.sockets_connected(2);
    let (status, text) = admin.get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "vouch_findings_total{form=\"sns\",outcome=\"opened\"} 1",
        "vouch_findings_total{form=\"unknown\",outcome=\"ignored\"} 1",
        "vouch_cases_open{stage=\"asking\"} 3",
        "vouch_prompts_total{result=\"delivered\"} 1",
        "vouch_replies_total{verdict=\"not-mine\"} 1",
        "vouch_replies_refused_total{reason=\"not-yours\"} 1",
        "vouch_answer_seconds_count 1",
        "vouch_contain_seconds_sum 3.0",
        "vouch_remedies_total{remedy=\"cut\",result=\"dry-run\"} 1",
        "vouch_slack_requests_total{method=\"chat.postMessage\",result=\"ok\"} 1",
        "vouch_aws_requests_total{service=\"iam\",operation=\"UpdateAccessKey\",result=\"denied\"} 1",
        "vouch_queue_lag_seconds 1.5",
        "vouch_breaker_open 1",
        "vouch_sockets_connected 2",
        "# EOF",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn the_health_route_stands_alone() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/healthz", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let asked = async {
        let ok = reqwest::get(&url).await.unwrap().status().as_u16();
        let put = reqwest::Client::new().put(&url).send().await.unwrap().status().as_u16();
        let else_ = reqwest::get(url.replace("healthz", "else")).await.unwrap().status().as_u16();
        stop.cancel();
        (ok, put, else_)
    };
    let (served, asked) =
        tokio::join!(vouch::http::serve(listener, vouch::http::health(), stop.clone()), asked);
    assert!(served.is_ok());
    assert_eq!(asked, (200, 405, 404));
}

/// The real binary against this address, off the runtime's threads.
async fn cli(admin: &Served, words: &'static [&'static str]) -> (i32, String, String) {
    let listen = admin.address.to_string();
    let run = move || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vouch"));
        command.env_clear().env("VOUCH__ADMIN__LISTEN", listen).args(words).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn the_command_line_shows_what_the_daemon_says() {
    let admin = served(shelf()).await;
    assert_eq!(cli(&admin, &["health"]).await, (0, String::new(), String::new()));
    let (code, out, _) = cli(&admin, &["cases", "--json", "list", "--stage", "open"]).await;
    let cases: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, cases["cases"].as_array().unwrap().len()), (0, 2));
    let (code, out, _) = cli(&admin, &["cases"]).await;
    assert_eq!((code, out.lines().count()), (0, 3));
    assert!(out.lines().nth(1).unwrap().contains("closed (contained)"), "{out}");
    let (code, out, _) = cli(&admin, &["cases", "show", "caseclosed1"]).await;
    assert_eq!(
        (code, serde_json::from_str::<Value>(&out).unwrap()["verdict"].clone()),
        (0, json!("not-mine"))
    );
    let (code, out, err) = cli(&admin, &["cases", "show", "../admin"]).await;
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (1, "", "vouch: the daemon answered 404: there is no such case\n")
    );

    let (code, out, _) = cli(&admin, &["audit", "export"]).await;
    assert_eq!((code, out.lines().count()), (0, 1200));

    admin.readiness.not_ready("slack", "no socket for 60 s");
    let (code, _, err) = cli(&admin, &["health"]).await;
    assert_eq!(code, 1);
    assert!(
        err.starts_with("vouch: the daemon is not ready: ") && err.contains("no socket for 60 s"),
        "{err}"
    );
}
