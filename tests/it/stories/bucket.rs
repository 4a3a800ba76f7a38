//! A bucket that was opened to everybody: its owner is asked, says that it was not meant, and it is closed; and opened
//! again by an undo. Whether a stranger gets in is the emulator's verdict.

use super::crashes::opened;
use super::hands::{has, is, says};
use super::house::{House, SECURITY};
use super::report::{ACCOUNT, REGION, Report};
use crate::emulator::{Emulator, allow};
use aws_sdk_iam::config::Credentials;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vouch::aws::investigate::bucket::ACTIONS;
use vouch::case::remedy::Remedy;

const RULE: &str = r#"
[[rule]]
name = "story"
types = ["*"]
stance = "ask"
ask = "bucket-owner"
deadline = "10m"
reminders = []
offer = ["block-bucket-public-access", "make-acl-private", "remove-cors", "advise"]
no_answer = "escalate"
escalate_to = []
voices = 1
"#;

pub(super) fn root() -> aws_sdk_s3::Client {
    let aws = Emulator::shared();
    let sdk = aws.sdk_as(Credentials::new("test", "test", None, None, "root"));
    let conf =
        aws_sdk_s3::config::Builder::from(&sdk).region(aws_sdk_s3::config::Region::from_static(REGION));
    aws_sdk_s3::Client::from_conf(conf.force_path_style(true).build())
}

/// A static site, as somebody made it by mistake.
pub(super) async fn open_bucket(name: &str) -> String {
    let (s3, bucket) = (root(), format!("story-{name}"));
    s3.create_bucket().bucket(&bucket).send().await.expect("a bucket is made");
    s3.delete_public_access_block().bucket(&bucket).send().await.expect("its block is taken away");
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"hello");
    s3.put_object().bucket(&bucket).key("hello.txt").body(body).send().await.expect("an object is put");
    let read = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/*") });
    let policy = json!({ "Version": "2012-10-17", "Statement": [read] }).to_string();
    s3.put_bucket_policy().bucket(&bucket).policy(policy).send().await.expect("it is opened");
    bucket
}

/// Its owner says by a tag what kind of data it holds.
async fn classify(bucket: &str, class: &str) {
    use aws_sdk_s3::types::{Tag, Tagging};
    let tag = Tag::builder().key("data-class").value(class).build().expect("a tag");
    let tags = Tagging::builder().tag_set(tag).build().expect("tags");
    root().put_bucket_tagging().bucket(bucket).tagging(tags).send().await.expect("it is tagged");
}

/// The status that somebody without credentials is given.
async fn stranger(bucket: &str) -> u16 {
    let address = Emulator::shared().url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.expect("the emulator listens");
    let request = format!("GET /{bucket}/hello.txt HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it can be asked");
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.expect("it answers");
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("an HTTP status")
}

/// Anonymous reading of the bucket, as GuardDuty reports it.
fn report(house: &House, bucket: &str) -> Report {
    let details = json!({ "userType": "AWSAccount", "userName": "ANONYMOUS_PRINCIPAL", "accessKeyId": "", "principalId": "" });
    let named = json!([{ "name": bucket, "arn": format!("arn:aws:s3:::{bucket}"), "type": "Destination",
        "publicAccess": { "effectivePermission": "PUBLIC" } }]);
    house.report().kind("Policy:S3/BucketAnonymousAccessGranted").resource(json!({
        "resourceType": "S3Bucket",
        "accessKeyDetails": details,
        "s3BucketDetails": named,
    }))
}

/// What the daemon may do to this one bucket: what these remedies declare, and no more.
pub(super) async fn let_in(house: &House, bucket: &str, remedies: &[Remedy]) {
    let iam = Emulator::shared().iam();
    let asked = iam.get_access_key_last_used().access_key_id(&house.account.own.0).send().await;
    let daemon = asked.expect("IAM knows the key").user_name.expect("whose it is");
    let actions: Vec<&str> = remedies.iter().flat_map(|r| r.actions()).chain(&ACTIONS).copied().collect();
    let mut policy: Value = serde_json::from_str(&allow(&actions)).expect("a policy");
    policy["Statement"][0]["Resource"] =
        json!([format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:*:{ACCOUNT}:*")]);
    let call = iam.put_user_policy().user_name(daemon).policy_name("bucket");
    call.policy_document(policy.to_string()).send().await.expect("the daemon is let in");
}

/// Successful calls that changed the bucket, in order.
fn writes(house: &House, bucket: &str) -> Vec<String> {
    let own = |request: &&sim::record::Request| {
        let verb = request.method.split(' ').next().unwrap_or_default();
        request.method.trim_end_matches('/').ends_with(&format!("/{bucket}"))
            && ["PUT", "DELETE", "POST"].contains(&verb)
            && request.outcome == "ok"
    };
    let shown = |request: &sim::record::Request| {
        let verb = request.method.split(' ').next().unwrap_or_default();
        format!(
            "{verb} {}",
            request.body["query"].as_str().unwrap_or_default().split('&').next().unwrap_or_default()
        )
    };
    house.front.all_requests().iter().filter(own).map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_did_not_mean_it_so_it_is_closed_and_opened_again_by_undo() {
    let bucket = open_bucket("public").await;
    classify(&bucket, "personal").await;
    let owner = format!("[owners.principals]\n\"arn:aws:s3:::{bucket}\" = \"U0BOB\"\n");
    let house = House::build("bucket").rule(RULE).owner(None).tables(&owner).start().await;
    let offered = [Remedy::BlockBucketPublicAccess, Remedy::MakeAclPrivate, Remedy::RemoveCors];
    let_in(&house, &bucket, &offered).await;
    assert_eq!(stranger(&bucket).await, 200);
    house.finding(&report(&house, &bucket)).await;
    let prompt = house.prompt_for("U0BOB").await;
    assert!(says(&prompt, &bucket), "the question names the bucket");
    // Nothing that would change nothing is offered: ACLs mean nothing here, and there is no CORS.
    assert!(says(&prompt, "block-bucket-public-access"));
    assert!(!says(&prompt, "make-acl-private") && !says(&prompt, "remove-cors"));
    let card = house.card_with("vouch.contain").await;
    assert!(says(&card, "open to everybody by its policy"), "the card says how it is exposed");
    let advice = |m: &sim::slack::Message| {
        m.thread_ts.is_some() && is(m, "vouch_note") && says(m, "OnlyThroughOurEndpoint")
    };
    let advice = house.message("how it can be shared otherwise", SECURITY, advice).await;
    // What the guide names instead of public access (S-18 to S-23), with what was seen of this bucket; and its link.
    for said in [
        "personal",
        "Macie",
        "pre-signed links",
        "access points",
        "ACLs mean nothing on this bucket",
        "security-best-practices.html",
    ] {
        assert!(says(&advice, said), "the advice says {said:?}: {advice:?}");
    }

    house.click(&prompt, "U0BOB", "vouch.not_mine").await;
    let case = house.closed("contained").await;
    assert_eq!(case["resource"], format!("arn:aws:s3:::{bucket}"));
    assert_eq!(case["principal"]["kind"], "anonymous");
    assert_eq!(stranger(&bucket).await, 403);

    let card = house.card_with("vouch.undo").await;
    house.click(&card, "U0RESP1", "vouch.undo").await;
    house.closed("undone").await;
    house.becomes("without undo", &card, |m| !has(m, "vouch.undo")).await;
    assert_eq!(stranger(&bucket).await, 200);
    assert_eq!(writes(&house, &bucket), ["PUT publicAccessBlock", "DELETE publicAccessBlock"]);
    house.chain_holds().await;
}

/// Access to a bucket concerns whoever called and whoever owns it: if the one cannot answer, the other is asked.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_first_leads_to_the_other_of_caller_and_bucket() {
    for (ask, first, second) in [("owner", "U0ALICE", "U0BOB"), ("bucket-owner", "U0BOB", "U0ALICE")] {
        let name = format!("two-audiences-{ask}");
        let bucket = open_bucket(&name).await;
        let owners = format!(
            "[owners.principals]\n\"arn:aws:iam::*:user/ci-{name}-*\" = \"U0ALICE\"\n\
             \"arn:aws:s3:::{bucket}\" = \"U0BOB\"\n"
        );
        let rule = RULE.replace("\"bucket-owner\"", &format!("\"{ask}\""));
        let house = House::build(&name).rule(&rule).owner(None).tables(&owners).start().await;
        let_in(&house, &bucket, &[Remedy::BlockBucketPublicAccess]).await;
        house.finding(&opened(&house, &bucket)).await;
        let prompt = house.prompt_for(first).await;
        assert!(says(&prompt, &bucket) && says(&prompt, &house.account.accused.user), "{prompt:?}");
        assert!(house.prompts(second).is_empty(), "one after the other");
        house.click(&prompt, first, "vouch.not_my_credential").await;
        house.settled(&prompt).await;
        let prompt = house.prompt_for(second).await;
        assert!(says(&prompt, &bucket) && says(&prompt, &house.account.accused.user), "{prompt:?}");
        house.click(&prompt, second, "vouch.not_mine").await;
        house.closed("contained").await;
        assert_eq!(stranger(&bucket).await, 403);
        assert_eq!((house.prompts(first).len(), house.prompts(second).len()), (1, 1), "each asked once");
        house.chain_holds().await;
    }
}
