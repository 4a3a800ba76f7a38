//! The second route over the wire, against a service that pages people: the shape of events, and every way to fail.
//! Never here: when somebody is paged.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use crate::slack::fixtures::{case, facts, noon};
use secrecy::SecretString;
use sim::fault::Fault as Broken;
use sim::pager::Pager as Service;
use std::time::Duration;
use vouch::case::alarm::{Alarm, Signal};
use vouch::pager::Pager;
use vouch::ports::Fault;

fn raise() -> Alarm {
    Alarm { case: case(), at: noon(), signal: Signal::Raise { facts: Box::new(facts()) } }
}

fn end() -> Alarm {
    Alarm { case: case(), at: noon(), signal: Signal::End }
}

fn pager(url: &str) -> Pager {
    Pager::new(&SecretString::from(url.to_owned())).unwrap().within(Duration::from_millis(500))
}

#[tokio::test]
async fn an_alarm_is_raised_and_ended_under_the_case_s_id() {
    let service = Service::start().await.unwrap();
    let pager = pager(&format!("{}?routing_key=R0SECRET&team=blue", service.url()));
    pager.send(&raise(), "vouch case k3w7q2mz9a: nobody answered").await.unwrap();
    pager.send(&end(), "").await.unwrap();
    let requests = service.requests();
    // The key is for the body only: addresses end up in the logs of everything in between.
    assert!(requests.iter().all(|r| r.body["query"] == "team=blue"), "{requests:?}");
    let events = service.events();
    assert!(events.iter().all(|e| e["routing_key"] == "R0SECRET" && e["dedup_key"] == "k3w7q2mz9a"));
    assert_eq!(
        (&events[0]["event_action"], &events[1]["event_action"]),
        (&"trigger".into(), &"resolve".into())
    );
    let payload = &events[0]["payload"];
    assert_eq!(payload["summary"], "vouch case k3w7q2mz9a: nobody answered");
    assert_eq!(payload["severity"], "error");
    assert_eq!(payload["custom_details"]["call"], "CreateAccessKey");
    assert_eq!(payload["timestamp"], "2026-11-23T12:00:00Z");
}

#[tokio::test]
async fn what_may_pass_is_tried_later_and_what_will_not_is_given_up() {
    let service = Service::start().await.unwrap();
    let pager = pager(&service.url());
    let later = [
        (Broken::Status { status: 503, stored: false }, None),
        (Broken::Status { status: 500, stored: false }, None),
        (Broken::Throttle { retry_after: 7 }, Some(Duration::from_secs(7))),
        (Broken::Hang { stored: false }, None),
        (Broken::Reset { stored: false }, None),
    ];
    for (broken, pause) in later {
        service.fault(broken.clone(), 1);
        match pager.send(&raise(), "a summary").await {
            Err(Fault::Later { after, .. }) => assert_eq!(after, pause, "{broken:?}"),
            other => panic!("{broken:?}: {other:?}"),
        }
    }
    for status in [400, 401, 404, 302] {
        service.fault(Broken::Status { status, stored: false }, 1);
        let refused = pager.send(&raise(), "a summary").await;
        assert!(matches!(refused, Err(Fault::Never { .. })), "{status}: {refused:?}");
    }
    pager.send(&raise(), "a summary").await.unwrap();
    assert_eq!(service.events().len(), 1);
}

#[tokio::test]
async fn no_failure_tells_the_address() {
    let service = Service::start().await.unwrap();
    let url = format!("{}?routing_key=R0SECRET&token=T0SECRET", service.url());
    let said = |fault: Fault| fault.to_string();
    for broken in
        [Broken::Hang { stored: false }, Broken::Reset { stored: false }, Broken::Error { code: "x".into() }]
    {
        service.fault(broken, 1);
        let text = said(pager(&url).send(&raise(), "a summary").await.unwrap_err());
        assert!(!text.contains("SECRET") && !text.contains("127.0.0.1"), "{text}");
    }
    service.stop();
    let nobody = pager("http://127.0.0.1:1/T0SECRET").send(&raise(), "a summary").await.unwrap_err();
    assert!(matches!(&nobody, Fault::Later { .. }) && !said(nobody.clone()).contains("SECRET"), "{nobody}");
    let none = Pager::new(&SecretString::from("T0SECRET is no address".to_owned())).err().unwrap();
    assert!(!said(none).contains("SECRET"));
}

#[tokio::test]
async fn whatever_a_finding_says_makes_an_event_that_is_taken() {
    let service = Service::start().await.unwrap();
    let pager = pager(&service.url());
    for nasty in ["", "\u{0}\u{202e}<!channel>\n", &"漢&<".repeat(40_000)] {
        let mut facts = facts();
        facts.account = nasty.to_owned();
        facts.principal = nasty.to_owned();
        facts.finding_type = nasty.to_owned();
        facts.api = Some(nasty.to_owned());
        facts.regions = vec![nasty.to_owned(); 50];
        facts.severity = f64::NAN;
        let text = vouch::slack::blocks::page(vouch::slack::texts::Lang::Ja, &case(), &facts);
        let alarm = Alarm { case: case(), at: noon(), signal: Signal::Raise { facts: Box::new(facts) } };
        pager.send(&alarm, &text).await.unwrap();
        let sent = service.requests().last().unwrap().body.to_string();
        assert!(sent.len() < 20_000, "{} bytes", sent.len());
    }
}
