//! Clicks that must not count: from the wrong person, about old facts, forged, or from elsewhere. Each is refused,
//! audited, and changes nothing.

use super::hands::{has, says};
use super::house::House;
use serde_json::Value;
use sim::slack::{Click, Forged, Message};

impl House {
    /// The click is acknowledged, refused and audited; the case stands as it stood.
    async fn refuses(&self, click: Click) -> Value {
        let delivered =
            |case: &Value| case["prompts"].as_array().is_some_and(|p| p.iter().all(|p| p["state"] == "open"));
        self.case_with("delivered", delivered).await;
        let before = self.cases().await;
        let count = async || self.audit().await.iter().filter(|l| l["kind"] == "reply-refused").count();
        let known = count().await;
        self.send(click).await;
        let mut refused = known;
        for _ in 0..400 {
            refused = count().await;
            if refused > known {
                break;
            }
            tokio::time::sleep(super::daemon::LOOK).await;
        }
        if refused != known + 1 {
            self.fail("the click leaves one line in the audit");
        }
        let after = self.cases().await;
        assert_eq!(before, after, "nothing changes");
        assert!(self.writes().is_empty() && self.archivals().is_empty());
        let audit = self.audit().await;
        audit.into_iter().rfind(|l| l["kind"] == "reply-refused").expect("it was there")
    }
}

fn other(prompt: &Message, person: &str) -> Click {
    Click { raw: true, ..Click::on(prompt, person, "vouch.not_mine") }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_person_asked_may_answer() {
    let house = House::build("wrong-clicker").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    for person in ["U0BOB", "U0RESP1"] {
        let line = house.refuses(other(&prompt, person)).await;
        assert_eq!(line["actor"], format!("slack:{person}"));
    }
    // In the channel they are told; somebody else's direct messages they cannot see at all.
    let card = house.card_with("vouch.contain").await;
    for (person, action) in [("U0BOB", "vouch.contain"), ("U0ALICE", "vouch.dismiss")] {
        house.refuses(Click { raw: true, ..Click::on(&card, person, action) }).await;
        house.whisper_to(person).await;
    }
    house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    house.chain_holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_old_facts_does_not_count() {
    let house = House::build("stale").start().await;
    let report = house.report();
    house.finding(&report).await;
    let old = house.prompt_for("U0ALICE").await;
    let view = house.open(&old, "U0ALICE", "vouch.mine").await;
    house.finding(&report.again().from("203.0.113.9", "Brazil")).await;
    let fresh = house.becomes("about the new address", &old, |m| says(m, "203.0.113.9")).await;

    let line =
        house.refuses(Click { revision: Some(0), ..Click::on(&fresh, "U0ALICE", "vouch.not_mine") }).await;
    assert_eq!(line["data"]["answer"]["answer"], "facts-changed", "{line}");
    house.whisper_to("U0ALICE").await;
    // A modal that was open on the old facts.
    let answer = house.submit(&view, &["call", "time", "source"], "the old one").await;
    assert_eq!(answer.ack["response_action"], "errors", "{answer:?}");
    assert_eq!(house.case_in("asking").await["verdict"], Value::Null);

    house.click(&house.now(&fresh), "U0ALICE", "vouch.not_mine").await;
    house.closed("contained").await;
    assert_eq!(house.prompts("U0ALICE").len(), 1, "the message was edited, not sent again");
    assert!(!has(&house.settled(&fresh).await, "vouch.not_mine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_foreign_clicks_do_not_count() {
    let house = House::build("forged").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let honest = Click::on(&prompt, "U0ALICE", "vouch.not_mine");
    let value = |text: &str| Click { value: Some(text.to_owned()), ..honest.clone() };
    let lies = |forged: Forged| Click { forged, ..honest.clone() };
    let clicks = [
        (value("made up"), "forged"),
        (value(""), "forged"),
        (
            lies(Forged {
                team_id: Some("T0EVIL".into()),
                user_team: Some("T0EVIL".into()),
                ..Forged::default()
            }),
            "foreign-team",
        ),
        (lies(Forged { api_app_id: Some("A0EVIL".into()), ..Forged::default() }), "foreign-app"),
    ];
    for (click, reason) in clicks {
        let line = house.refuses(click).await;
        assert_eq!(line["data"]["reason"], reason, "{line}");
    }
    let metrics = house.daemon.get("/metrics").await.map(|(_, body)| body).unwrap_or_default();
    assert!(metrics.contains("vouch_replies_refused_total{reason=\"foreign-team\"} 1"), "{metrics}");
    house.send(honest).await;
    house.closed("contained").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_message_does_not_count() {
    let house = House::build("borrowed").start().await;
    house.finding(&house.report()).await;
    let prompt = house.prompt_for("U0ALICE").await;
    let card = house.card_with("vouch.contain").await;
    let token = super::hands::elements(&prompt)
        .into_iter()
        .find(|e| e["action_id"] == "vouch.not_mine")
        .and_then(|e| e["value"].as_str().map(str::to_owned))
        .expect("the button has a value");
    // A responder presses a button of the card with the prompt's token in it.
    let borrowed = Click { value: Some(token), ..Click::on(&card, "U0RESP1", "vouch.contain") };
    house.refuses(borrowed).await;
}
