//! The AWS stubs and the front before an emulator.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sim::aws::{Aws, Front};
use sim::fault::Fault;

const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=AKIATEST/20261123/eu-west-1/guardduty/aws4_request, Signature=x";

async fn call(url: &str, headers: &[(&str, &str)], body: &str) -> Option<(u16, String, String)> {
    let verb = if body.is_empty() { "GET" } else { "POST" };
    let mut request = Request::builder().method(verb).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answer = client.request(request).await.ok()?;
    let kind = answer.headers().get("x-amzn-errortype").map(|kind| kind.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
    Some((status, kind.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap()))
}

async fn guardduty(aws: &Aws, path: &str, body: Value) -> Value {
    let url = format!("{}/detector/{}/{path}", aws.url(), aws.detector("eu-west-1").unwrap());
    let (_, _, answer) = call(&url, &[("authorization", SIGNED)], &body.to_string()).await.unwrap();
    serde_json::from_str(&answer).unwrap()
}

fn finding(id: &str, updated: &str) -> Value {
    json!({"id": id, "region": "eu-west-1", "updatedAt": updated, "service": {}})
}

#[tokio::test]
async fn findings_are_listed_got_archived_and_judged() {
    let aws = Aws::start().await.unwrap();
    aws.put_finding(finding("a", "2026-11-23T10:00:00.000Z")).unwrap();
    aws.put_finding(finding("b", "2026-11-23T11:00:00.000Z")).unwrap();
    aws.put_finding(json!({"id": "elsewhere", "region": "us-east-1"})).unwrap();
    let page = guardduty(&aws, "findings", json!({"maxResults": 1})).await;
    assert_eq!(page, json!({"findingIds": ["a"], "nextToken": "1"}));
    let since = json!({"findingCriteria": {"criterion": {
        "updatedAt": {"gte": 1_795_431_600_000_i64}, "service.archived": {"eq": ["false"]}}}});
    assert_eq!(guardduty(&aws, "findings", since.clone()).await["findingIds"], json!(["b"]));
    let got = guardduty(&aws, "findings/get", json!({"findingIds": ["b", "never", "elsewhere"]})).await;
    assert_eq!(got["findings"].as_array().unwrap().len(), 1);
    guardduty(&aws, "findings/archive", json!({"findingIds": ["b"]})).await;
    let judged = json!({"findingIds": ["b"], "feedback": "NOT_USEFUL"});
    guardduty(&aws, "findings/feedback", judged).await;
    assert_eq!(aws.archived(), ["b"]);
    assert_eq!(aws.finding("b").unwrap().feedback.unwrap().feedback, "NOT_USEFUL");
    assert_eq!(guardduty(&aws, "findings", since).await["findingIds"], json!([]));
    let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
    let refused = guardduty(&aws, "findings/archive", json!({"findingIds": many})).await;
    assert_eq!(refused["__type"], "BadRequestException");
}

#[tokio::test]
async fn signatures_detectors_and_faults() {
    let aws = Aws::start().await.unwrap();
    let list = format!("{}/detector", aws.url());
    let (status, kind, _) = call(&list, &[], "").await.unwrap();
    assert_eq!((status, kind.as_str()), (403, "MissingAuthenticationTokenException"));
    aws.fault("ListDetectors", Fault::Error { code: "AccessDeniedException".into() }, 1);
    let (status, kind, _) = call(&list, &[("authorization", SIGNED)], "").await.unwrap();
    assert_eq!((status, kind.as_str()), (403, "AccessDeniedException"));
    aws.fault("ListDetectors", Fault::Reset { stored: false }, 1);
    assert!(call(&list, &[("authorization", SIGNED)], "").await.is_none());
    aws.set_detector("eu-west-1", None);
    let (_, _, body) = call(&list, &[("authorization", SIGNED)], "").await.unwrap();
    assert_eq!(body, r#"{"detectorIds":[]}"#);
    assert_eq!(aws.requests("ListDetectors").len(), 4);
}

#[tokio::test]
async fn events_are_looked_up_newest_first() {
    let aws = Aws::start().await.unwrap();
    let ago = |days: i64| sim::rt::now() - jiff::SignedDuration::from_hours(24 * days);
    for (id, time) in [("one", ago(2)), ("two", ago(1)), ("forgotten", ago(91))] {
        let identity = json!({"userName": "ci", "accessKeyId": "AKIAOLD"});
        let record =
            json!({"eventID": id, "eventName": "CreateUser", "eventTime": time, "userIdentity": identity});
        aws.put_event("eu-west-1", record);
    }
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let headers = [("authorization", SIGNED), ("x-amz-target", target)];
    let by_key = json!({"LookupAttributes": [{"AttributeKey": "AccessKeyId", "AttributeValue": "AKIAOLD"}]});
    let (_, _, body) = call(&aws.url(), &headers, &by_key.to_string()).await.unwrap();
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["Events"][0]["EventId"], "two");
    assert_eq!(answer["Events"].as_array().unwrap().len(), 2);
    let other = json!({"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "someone"}]});
    let (_, _, body) = call(&aws.url(), &headers, &other.to_string()).await.unwrap();
    assert_eq!(body, r#"{"Events":[]}"#);
}

#[tokio::test]
async fn the_front_passes_counts_and_faults() {
    let aws = Aws::start().await.unwrap();
    aws.put_finding(finding("a", "2026-11-23T10:00:00.000Z")).unwrap();
    // The stub plays the emulator here: what matters is what passes.
    let front = Front::start(aws.address(), None).await.unwrap();
    let archive = format!("{}/detector/{}/findings/archive", front.url(), aws.detector("eu-west-1").unwrap());
    let headers = [("authorization", SIGNED)];
    let operation = format!("POST /detector/{}/findings/archive", aws.detector("eu-west-1").unwrap());
    front.fault(&operation, Fault::Reset { stored: false }, 1);
    assert!(call(&archive, &headers, r#"{"findingIds":["a"]}"#).await.is_none());
    assert!(aws.archived().is_empty());
    front.fault(&operation, Fault::Reset { stored: true }, 1);
    assert!(call(&archive, &headers, r#"{"findingIds":["a"]}"#).await.is_none());
    assert_eq!(aws.archived(), ["a"]);
    let (status, _, _) = call(&archive, &headers, r#"{"findingIds":["a"]}"#).await.unwrap();
    assert_eq!(status, 200);

    // These never get further than the front, so nobody signs them.
    front.fault("UpdateAccessKey", Fault::Error { code: "AccessDenied".into() }, 1);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (status, _, body) =
        call(&front.url(), &form, "Action=UpdateAccessKey&Version=2010-05-08").await.unwrap();
    assert_eq!(status, 403);
    assert!(body.starts_with("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"));
    assert_eq!(front.requests("UpdateAccessKey")[0].body["Version"], "2010-05-08");
    front.fault("ReceiveMessage", Fault::Throttle { retry_after: 1 }, 1);
    let queue = [("x-amz-target", "AmazonSQS.ReceiveMessage")];
    let (status, _, body) = call(&front.url(), &queue, "{}").await.unwrap();
    assert_eq!((status, body.contains("Throttling")), (400, true));
}

#[tokio::test]
async fn things_sessions_accounts_and_pace_are_cloudtrails() {
    let aws = Aws::start().await.unwrap();
    let now = sim::rt::now();
    let assumed = json!({"type": "AssumedRole", "principalId": "AROAX:i-0abc", "arn": "arn:aws:sts::1:assumed-role/Web/i-0abc"});
    aws.put_event(
        "eu-west-1",
        json!({
            "eventID": "issued", "eventName": "AssumeRole", "eventTime": now, "userIdentity": assumed,
            "recipientAccountId": "111122223333", "requestParameters": {"roleArn": "arn:aws:iam::1:role/Deploy"},
            "responseElements": {"credentials": {"accessKeyId": "ASIAX"}},
        }),
    );
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let ask = async |key: &str, value: &str, account: &str| {
        let headers = [("authorization", SIGNED), ("x-amz-target", target), ("x-sim-account", account)];
        let body = json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]});
        let (status, _, body) = call(&aws.url(), &headers, &body.to_string()).await.unwrap();
        (status, serde_json::from_str::<Value>(&body).unwrap()["Events"].as_array().map_or(0, Vec::len))
    };
    for (key, value, found) in [
        ("ResourceName", "ASIAX", 1),
        ("ResourceName", "arn:aws:iam::1:role/Deploy", 1),
        ("ResourceType", "AWS::IAM::Role", 1),
        // The session's name and never the role's.
        ("Username", "i-0abc", 1),
        ("Username", "Web", 0),
        ("AccessKeyId", "ASIAX", 0),
    ] {
        assert_eq!(ask(key, value, "").await, (200, found), "{key}={value}");
    }
    assert_eq!(ask("ResourceName", "ASIAX", "111122223333").await, (200, 1));
    assert_eq!(ask("ResourceName", "ASIAX", "999988887777").await, (200, 0));
    assert_eq!(ask("Colour", "red", "").await, (400, 0));
    aws.limit_lookups(2);
    let answers = [
        ask("EventName", "x", "").await.0,
        ask("EventName", "x", "").await.0,
        ask("EventName", "x", "").await.0,
    ];
    assert_eq!(answers, [200, 200, 400]);
}

#[tokio::test]
async fn the_front_routes_by_service_and_can_be_slow() {
    let (one, other) = (Aws::start().await.unwrap(), Aws::start().await.unwrap());
    let front = Front::start(one.address(), None).await.unwrap();
    front.route("guardduty", other.address());
    front.fault("GET /detector", Fault::Slow { millis: 300 }, 1);
    let began = std::time::Instant::now();
    let (status, _, _) =
        call(&format!("{}/detector", front.url()), &[("authorization", SIGNED)], "").await.unwrap();
    assert_eq!(
        (status, other.requests("ListDetectors").len(), one.requests("ListDetectors").len()),
        (200, 1, 0)
    );
    assert!(began.elapsed().as_millis() >= 300);
}
