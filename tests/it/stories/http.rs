//! Clicks as signed requests: the same answers lead to the same ends, and nothing counts that Slack did not sign.
//! Never here: what each answer means; every story can be told over HTTP (`VOUCH_STORIES_OVER=http`).

use super::daemon::get;
use super::hands::has;
use super::house::{House, PATIENCE, SIGNING};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sim::slack::{Click, Submit};

const FORM: &str = "application/x-www-form-urlencoded";

fn now() -> i64 {
    use vouch::ports::Clock;
    vouch::daemon::SystemClock.now().as_second()
}

fn form(payload: &Value) -> String {
    let text = payload.to_string();
    format!("payload={}", percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC))
}

impl House {
    /// Posts as anybody on the way could, with this time and this signature.
    async fn post(&self, time: i64, signature: &str, body: String) -> u16 {
        // Without a provider the client panics, plain HTTP or not. Whoever was first has won; all are the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let url = format!("http://{}/slack/interactivity", self.recipe.http);
        let request = reqwest::Client::new()
            .post(url)
            .header(CONTENT_TYPE, FORM)
            .header("x-slack-request-timestamp", time.to_string())
            .header("x-slack-signature", signature)
            .body(body);
        let answer = request.send().await.expect("it is answered");
        let status = answer.status().as_u16();
        assert_eq!(answer.text().await.expect("the answer is whole"), "", "nothing is told to strangers");
        status
    }

    /// The same, signed with this secret.
    async fn post_signed(&self, secret: &str, time: i64, body: String) -> u16 {
        let signature = crate::slack::signature::sign(secret, &time.to_string(), body.as_bytes());
        self.post(time, &signature, body).await
    }

    async fn refused(&self, reason: &str) -> usize {
        let fits = |l: &&Value| l["kind"] == "reply-refused" && l["data"]["reason"] == reason;
        self.audit().await.iter().filter(fits).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn not_me_over_http_stops_the_key() {
    let house = House::build("http-not-me").over_http().start().await;
    let session = house.account.session().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let clicked = house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    assert!(clicked.ack.is_null(), "an empty body: {clicked:?}");
    house.closed("contained").await;
    assert_eq!(house.account.use_key().await, Err("InvalidClientTokenId".to_owned()));
    house.account.use_session(&session).await.expect_err("the session is dead");
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    house.settled(&prompt).await;
    assert_eq!(house.slack.peek(|state| state.hellos), 0, "no socket was ever opened");
    house.chain_holds().await;
    house.reads_as("not_me").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mine_over_http_shows_the_errors_of_the_form() {
    let house = House::build("http-mine").over_http().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let view = house.open(&prompt, "U0ALICE", "vouch.mine").await;
    let values = [("vouch.facts", json!([])), ("vouch.reason", json!(" "))];
    let answer = house.hand_in(Submit { raw: true, ..Submit::of(&view, values) }).await;
    assert_eq!(answer.ack["response_action"], "errors", "{answer:?}");
    assert_eq!(answer.errors().len(), 2, "{answer:?}");
    assert!(has(&house.now(&prompt), "vouch.not_mine"), "the question stands");
    let done = house.submit(&view, &["call", "time", "source"], "I listed the buckets").await;
    assert!(done.ack.is_null(), "{done:?}");
    house.closed("vouched").await;
    assert!(house.writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_slack_signed_just_now_counts() {
    let house = House::build("http-forged").over_http().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    // A click of Alice's that Slack never carried: everything in it is right but the signature.
    house.slack.switch(|switches| switches.signing_secret = "a guess".to_owned());
    let forged =
        house.slack.click(Click::on(&prompt, "U0ALICE", "vouch.not_mine")).await.expect("it is made");
    assert_eq!(forged.error.as_deref(), Some("http 401"), "{forged:?}");
    let body = form(&forged.payload);
    assert_eq!(house.post_signed(SIGNING[0], now() - 301, body.clone()).await, 401);
    assert_eq!(house.post_signed(SIGNING[0], now() + 330, body.clone()).await, 401);
    assert_eq!(house.post(now(), "", body.clone()).await, 401);
    let large = format!("{body}&more={}", "a".repeat(1024 * 1024));
    assert_eq!(house.post_signed(SIGNING[0], now(), large).await, 413);
    assert_eq!(house.post_signed(SIGNING[0], now(), "payload=%7B".to_owned()).await, 400);

    let reasons = [("bad-signature", 2), ("stale-request", 2), ("oversized", 1), ("unreadable", 1)];
    let metrics = house.daemon.get("/metrics").await.map(|(_, body)| body).unwrap_or_default();
    for (reason, times) in reasons {
        assert_eq!(house.refused(reason).await, times, "{reason}");
        let line = format!("vouch_replies_refused_total{{reason=\"{reason}\"}} {times}");
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
    let log = std::fs::read_to_string(&house.recipe.log).expect("there is a log");
    assert!(!log.contains("v0=") && SIGNING.iter().all(|secret| !log.contains(secret)), "{log}");
    assert_eq!(house.case_in("asking").await["verdict"], Value::Null);
    assert!(house.writes().is_empty());
    for (path, status) in [("/healthz", 200), ("/slack/interactivity", 405), ("/metrics", 404)] {
        assert_eq!(get(house.recipe.http, path).await.map(|(status, _)| status), Some(status), "{path}");
    }

    // Slack has not changed over to the new secret yet.
    house.slack.switch(|switches| switches.signing_secret = SIGNING[1].to_owned());
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_changes_nothing() {
    let mut house = House::build("http-replay").over_http().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let clicked = house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.audited("archived or not", |line| line["kind"] == "case-closed").await;
    house.settled(&prompt).await;
    let (body, time) = (form(&clicked.payload), now());
    let accepted = async |house: &House| {
        let audit = house.audit().await;
        let reply = |line: &Value| match line["kind"].as_str()? {
            "reply-accepted" => Some("accepted".to_owned()),
            "reply-refused" => line["data"]["reason"].as_str().map(str::to_owned),
            _ => None,
        };
        audit.iter().filter_map(reply).collect::<Vec<_>>()
    };
    for _ in 0..3 {
        assert_eq!(
            house.post_signed(SIGNING[0], time, body.clone()).await,
            200,
            "it hears what the first heard"
        );
    }
    house.start_again().await;
    assert_eq!(house.post_signed(SIGNING[0], time, body).await, 200);
    assert_eq!(accepted(&house).await, ["accepted", "repeated"], "one reply, and that it was sent again");
    assert_eq!(house.writes(), ["UpdateAccessKey Inactive", "PutUserPolicy"]);
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_found_nobody_is_made_again() {
    let mut house = House::build("http-again").over_http().start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.kill();
    let lost = house.slack.click(Click::on(&prompt, "U0ALICE", "vouch.not_mine")).await.expect("it is made");
    assert!(!lost.acked, "the person sees an error");
    house.start_again().await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_slack_away_at_start_is_no_readiness() {
    let mut house = House::build("http-away").over_http().slack_away().start_anyhow().await;
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        match house.daemon.get("/readyz").await {
            Some((503, body)) if body.contains("not reached yet") && body.contains("\"slack\"") => break,
            found if tokio::time::Instant::now() > until => {
                house.fail(&format!("it says why not: {found:?}"))
            }
            Some(_) | None => tokio::time::sleep(super::daemon::LOOK).await,
        }
    }
    house.slack.clear_faults(None);
    house.wait_ready().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
}
