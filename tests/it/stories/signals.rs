//! What the daemon tells operators while it works: metrics, logs, traces; and what it never tells.
//! Never here: what the metrics are called in the code, or the page.

use super::house::{House, PATIENCE, SIGNING};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;
use sim::fault::{Fault, Planned};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The value of a series, or `None` while there is no such series.
fn series(metrics: &str, name: &str) -> Option<f64> {
    let line =
        metrics.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn planned(on: &str, fault: Fault, times: Option<u32>) -> Planned {
    Planned { on: on.to_owned(), fault, times, skip: 0, saying: String::new() }
}

impl House {
    async fn metrics(&self) -> String {
        self.daemon.get("/metrics").await.map(|(_, text)| text).unwrap_or_default()
    }

    /// Waits until every one of these is above nought.
    async fn moved(&self, names: &[&str]) {
        let until = Instant::now() + PATIENCE;
        loop {
            let metrics = self.metrics().await;
            let still: Vec<_> =
                names.iter().filter(|name| series(&metrics, name).is_none_or(|v| v <= 0.0)).collect();
            if still.is_empty() {
                return;
            }
            if Instant::now() >= until {
                self.fail(&format!("{still:?} did not move: {metrics}"));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_there_and_moves() {
    let house = House::build("metrics").over_sockets().start().await;
    let metrics = house.metrics().await;
    for name in ["vouch_queue_lag_seconds", "vouch_breaker_open", "vouch_cases_overdue"] {
        assert_eq!(series(&metrics, name), Some(0.0), "{name}: {metrics}");
    }
    house.moved(&["vouch_sockets_connected", "vouch_ready"]).await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.moved(&["vouch_cases_open{stage=\"asking\"}"]).await;
    let refused = house
        .send(sim::slack::Click { raw: true, ..sim::slack::Click::on(&prompt, "U0BOB", "vouch.not_mine") })
        .await;
    assert!(refused.acked, "{refused:?}");
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house
        .moved(&[
            "vouch_findings_total{form=\"eventbridge\",outcome=\"opened\"}",
            "vouch_prompts_total{result=\"delivered\"}",
            "vouch_replies_total{verdict=\"not-mine\"}",
            "vouch_replies_refused_total{reason=\"not-yours\"}",
            "vouch_answer_seconds_count",
            "vouch_contain_seconds_count",
            "vouch_remedies_total{remedy=\"deactivate-key\",result=\"applied\"}",
            "vouch_remedies_total{remedy=\"deactivate-key\",result=\"verified\"}",
            "vouch_slack_requests_total{method=\"chat.postMessage\",result=\"ok\"}",
            "vouch_aws_requests_total{service=\"iam\",operation=\"UpdateAccessKey\",result=\"ok\"}",
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_said_and_not_done_is_counted_too() {
    let house = House::build("metrics-dry").mode("dry-run").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("recorded").await;
    house.moved(&["vouch_remedies_total{remedy=\"deactivate-key\",result=\"dry-run\"}"]).await;
}

/// A remedy that AWS refuses: the metric, one line of the log, and the line of vitals all tell of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_one_line_that_names_its_case() {
    let house = House::build("one-line").env("VOUCH__LOG__FORMAT", "json").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.front.plan(planned("UpdateAccessKey", Fault::Error { code: "AccessDenied".into() }, None));
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.case_in("stuck").await;
    house.moved(&["vouch_remedies_total{remedy=\"deactivate-key\",result=\"failed\"}"]).await;
    let log = std::fs::read_to_string(&house.recipe.log).unwrap();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let errors: Vec<&Value> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0]["span"]["case"], case["id"], "{errors:#?}");
    assert!(
        errors[0]["cause"].as_str().is_some_and(|cause| cause.contains("UpdateAccessKey")),
        "{errors:#?}"
    );
    // What the audit tells stands in the log, in a metric and on the case's page, each by its own name.
    let id = case["id"].as_str().expect("a case has an id");
    let page = house.daemon.get(&format!("/cases/{id}")).await.map(|(_, text)| text).unwrap_or_default();
    for (kind, words) in [("write-failed", "write failed"), ("stuck", "stuck")] {
        let told = |line: &&Value| line["message"] == "audit" && line["kind"] == kind && line["case"] == id;
        assert_eq!(lines.iter().filter(told).count(), 1, "{kind}: {log}");
        house.moved(&[&format!("vouch_audit_total{{kind=\"{kind}\"}}")]).await;
        assert!(page.contains(&format!("<strong>{words}</strong>")), "{kind}: {page}");
    }
    let vitals = lines.iter().find(|line| line["message"] == "vitals").expect("the first line of vitals");
    for name in ["ready", "sockets_connected", "breaker_open", "cases_overdue", "remedies_failed"] {
        assert!(vitals[name].is_number(), "{name}: {vitals}");
    }
    house.moved(&["vouch_cases_overdue"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_no_metric_no_page_holds_a_secret() {
    for over_http in [false, true] {
        let name = if over_http { "secrets-http" } else { "secrets" };
        let plan = House::build(name)
            .env("RUST_LOG", "trace")
            .env("VOUCH__LOG__FORMAT", "json")
            .env("VOUCH__AWS__EXTERNAL_ID", "planted-external-id")
            .env("VOUCH__FALLBACK__WEBHOOK_URL", "https://hooks.example.com/planted-webhook");
        let house = if over_http { plan.over_http() } else { plan.over_sockets() }.start().await;
        house.finding(&house.report()).await;
        let prompt = house.prompt_for("U0ALICE").await;
        // What goes wrong is told at length: also there.
        house.slack.plan(planned("chat.update", Fault::Status { status: 500, stored: false }, Some(2)));
        house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
        let case = house.closed("contained").await;
        let id = case["id"].as_str().expect("a case has an id");
        house.settled(&prompt).await;
        let mut told = vec![("the log".to_owned(), std::fs::read_to_string(&house.recipe.log).unwrap())];
        let (story, row) = (format!("/cases/{id}"), format!("/v1/cases/{id}"));
        for path in [
            "/metrics",
            "/v1/cases",
            "/v1/audit",
            "/v1/patterns",
            "/readyz",
            "/",
            story.as_str(),
            row.as_str(),
        ] {
            let (status, text) = house.daemon.get(path).await.expect("it answers");
            assert_eq!(status, 200, "{path}: {text}");
            told.push((path.to_owned(), text));
        }
        house.daemon.terminate();
        assert!(told.iter().all(|(_, text)| !text.is_empty()), "{told:?}");
        let secrets = [
            "xoxb-sim",
            "xapp-sim",
            SIGNING[0],
            SIGNING[1],
            &house.account.own.1,
            "planted-external-id",
            "planted-webhook",
        ];
        for (place, text) in &told {
            for secret in secrets {
                let line = text.lines().find(|line| line.contains(secret));
                assert_eq!(line, None, "{place} of {name} holds {secret:?}");
            }
        }
    }
}

/// Takes what a collector would take.
async fn collector() -> (String, Arc<Mutex<Vec<Span>>>) {
    let taken: Arc<Mutex<Vec<Span>>> = Arc::default();
    let keep = taken.clone();
    let take = async move |body: Bytes| {
        let request = ExportTraceServiceRequest::decode(body).expect("it is OTLP");
        let spans = request.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans);
        keep.lock().unwrap().extend(spans);
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", post(take));
    sim::rt::spawn(async move { axum::serve(listener, router).await.expect("it is served") });
    (address, taken)
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == name)?;
    let Any::StringValue(text) = found.value.clone()?.value? else { return None };
    Some(text)
}

/// What a span is, and what about.
fn shown(span: &Span) -> String {
    let about = ["input", "want", "method", "operation"].iter().find_map(|name| attribute(span, name));
    format!("{} {}", span.name, about.unwrap_or_default()).trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_queue_to_the_remedy() {
    let (address, taken) = collector().await;
    let mut house = House::build("traces")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &address)
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .start()
        .await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let until = Instant::now() + PATIENCE;
    let first_life = ["receive", "step finding", "slack chat.postMessage"];
    while !first_life.iter().all(|told| taken.lock().unwrap().iter().any(|span| shown(span) == *told)) {
        assert!(Instant::now() < until, "{:#?}", taken.lock().unwrap().iter().map(shown).collect::<Vec<_>>());
        sleep(Duration::from_millis(100)).await;
    }
    // Another life in between, and it stays one trace.
    house.start_again().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    house.daemon.terminate();
    let status = house.daemon.wait_end(PATIENCE).await;
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{}", house.recipe.log_tail());
    let spans = taken.lock().unwrap().clone();
    let ids: BTreeMap<Vec<u8>, &Span> = spans.iter().map(|span| (span.span_id.clone(), span)).collect();
    let write = spans.iter().find(|s| shown(s) == "aws UpdateAccessKey").expect("a span of the write");
    let effect = ids.get(&write.parent_span_id).expect("it stands below its effect");
    assert_eq!(attribute(effect, "case").as_deref(), case["id"].as_str());
    let ours: Vec<&Span> = spans.iter().filter(|span| span.trace_id == write.trace_id).collect();
    let story: Vec<String> = ours.iter().map(|span| shown(span)).collect();
    for told in [
        "receive",
        "step finding",
        "aws GetFindings",
        "slack chat.postMessage",
        "step reply",
        "aws UpdateAccessKey",
        "aws PutUserPolicy",
        "step done",
    ] {
        assert!(story.iter().any(|line| line == told), "no {told:?} in {story:#?}");
    }
    let received = ours.iter().find(|span| span.name == "receive").expect("it was received");
    assert_eq!(received.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["decoded"]);
    // Whatever belongs to the case hangs below one and the same root, which no life of the daemon has to remember.
    let replied = ours.iter().find(|span| shown(span) == "step reply").expect("the click was decided on");
    assert_eq!(received.parent_span_id, replied.parent_span_id);
    assert_eq!(received.parent_span_id, effect.parent_span_id);
    let all = format!("{spans:?}");
    for secret in ["xoxb-sim", "xapp-sim", SIGNING[0], &house.account.own.1] {
        assert!(!all.contains(secret), "a span holds {secret:?}");
    }
}

/// Counts who comes by, and answers nobody.
async fn turnstile() -> (String, Arc<AtomicUsize>) {
    let passed: Arc<AtomicUsize> = Arc::default();
    let count = passed.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    sim::rt::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (address, passed)
}

/// All that a story needs is at 127.0.0.1. What is not, such as OpenTelemetry's own default address at `localhost`, is
/// asked for by way of the proxy.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_collectors_address_nothing_leaves_the_house() {
    for (name, collector) in [("traces-off", None), ("traces-out", Some("http://localhost:4318"))] {
        let (proxy, passed) = turnstile().await;
        let plan = House::build(name)
            .env("http_proxy", &proxy)
            .env("https_proxy", &proxy)
            .env("no_proxy", "127.0.0.1")
            .env("OTEL_BSP_SCHEDULE_DELAY", "100");
        let plan = match collector {
            Some(address) => plan.env("OTEL_EXPORTER_OTLP_ENDPOINT", address),
            None => plan,
        };
        let mut house = plan.start().await;
        house.finding(&house.report()).await;
        house.prompt_for("U0ALICE").await;
        // What was not sent by then is sent at the end.
        house.daemon.terminate();
        house.daemon.wait_end(PATIENCE).await.expect("it ends");
        assert_eq!(passed.load(Ordering::Relaxed) > 0, collector.is_some(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_hinders_nobody() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut house = House::build("traces-away")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}"))
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .start()
        .await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.daemon.terminate();
    let status = house.daemon.wait_end(PATIENCE).await;
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{}", house.recipe.log_tail());
}
