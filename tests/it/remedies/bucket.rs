//! The remedies for buckets against an emulator that enforces policies, ACLs and Block Public Access: whether
//! somebody still gets in is its verdict, not ours.
//! Never here: remedies for identities.

mod account;
mod acl;
mod block;
mod cors;
mod deny;
mod evidence;
pub(super) mod permits;
mod priors;
mod several;

use super::{act, refused, restored, restored_with, saved};
use crate::emulator::{ACCOUNT, By, Calls, Emulator, QUARANTINE, TestUser, allow, plain};
use aws_sdk_iam::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types as s3;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vouch::aws::remedies::Remedies;
use vouch::case::CaseId;
use vouch::case::principal::{AccountId, Partition, PrincipalKind, Region};
use vouch::case::remedy::{AccessBlock, Act, ActState, Family, Receipt, Remedy, Target};
use vouch::ports::{Fault, Remediator, Undone};

const REGION: &str = "eu-central-1";
const KEY: &str = "hello.txt";

/// A bucket that something happened to, and a vouch with the permissions it declares and no others.
struct Yard {
    aws: &'static Emulator,
    bucket: String,
    hub: TestUser,
    case: CaseId,
    remedies: Remedies,
    calls: Calls,
    cut_off: Timestamp,
}

impl Yard {
    async fn new(name: &str) -> Self {
        let aws = Emulator::shared();
        let hub = aws.create_user(&format!("{name}-hub")).await;
        let own = Remedy::ALL.into_iter().filter(|r| r.family() == Some(Family::Bucket));
        let actions: Vec<&str> = own.flat_map(|r| r.actions()).copied().collect();
        aws.put_policy(&hub.name, "Vouch", &allow(&actions)).await;
        let cut_off = "2026-11-26T12:00:00Z".parse().unwrap();
        let calls = Calls::default();
        let clients =
            aws.clients(hub.credentials(), &plain(), cut_off).observed_by(calls.observer(By::Respond));
        let remedies = Remedies::new(Arc::new(clients), QUARANTINE);
        let case = CaseId::parse("c0ffee0000000002").unwrap();
        let yard = Self { aws, bucket: format!("vouch-{name}"), hub, case, remedies, calls, cut_off };
        yard.make(&yard.bucket, REGION).await;
        yard
    }

    fn root(&self) -> aws_sdk_s3::Client {
        client(self.aws, "test", "test", REGION)
    }

    /// A bucket as it is today when it is new: nothing public, ACLs without meaning.
    async fn make(&self, bucket: &str, region: &str) {
        let s3 = client(self.aws, "test", "test", region);
        let place = s3::CreateBucketConfiguration::builder().location_constraint(region.into()).build();
        s3.create_bucket().bucket(bucket).create_bucket_configuration(place).send().await.unwrap();
        let body = ByteStream::from_static(b"hello");
        s3.put_object().bucket(bucket).key(KEY).body(body).send().await.unwrap();
    }

    /// Open to everybody by its policy.
    async fn open(&self) {
        self.set_block(None).await;
        self.set_policy(Some(&everybody(&self.bucket))).await;
    }

    async fn set_block(&self, block: Option<AccessBlock>) {
        let Some(block) = block else {
            self.root().delete_public_access_block().bucket(&self.bucket).send().await.unwrap();
            return;
        };
        let made = s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_acls)
            .ignore_public_acls(block.ignore_acls)
            .block_public_policy(block.block_policy)
            .restrict_public_buckets(block.restrict)
            .build();
        let call = self.root().put_public_access_block().bucket(&self.bucket);
        call.public_access_block_configuration(made).send().await.unwrap();
    }

    async fn set_policy(&self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.root().put_bucket_policy().bucket(&self.bucket).policy(text).send().await.unwrap();
            }
            None => {
                self.root().delete_bucket_policy().bucket(&self.bucket).send().await.unwrap();
            }
        }
    }

    async fn policy(&self) -> Option<String> {
        self.root().get_bucket_policy().bucket(&self.bucket).send().await.ok()?.policy
    }

    async fn statements(&self) -> Vec<Value> {
        let text = self.policy().await.unwrap_or_else(|| "{}".to_owned());
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["Statement"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    async fn enable_acls(&self) {
        let rule = s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::ObjectWriter);
        let controls = s3::OwnershipControls::builder().rules(rule.build().unwrap()).build().unwrap();
        let call = self.root().put_bucket_ownership_controls().bucket(&self.bucket);
        call.ownership_controls(controls).send().await.unwrap();
    }

    async fn set_acl(&self, canned: s3::BucketCannedAcl) {
        self.root().put_bucket_acl().bucket(&self.bucket).acl(canned).send().await.unwrap();
    }

    async fn set_cors(&self, origins: &[&str]) {
        let rule = s3::CorsRule::builder()
            .set_allowed_origins(Some(origins.iter().map(|o| (*o).to_owned()).collect()));
        let rule = rule
            .allowed_methods("GET")
            .allowed_headers("x-a")
            .expose_headers("etag")
            .max_age_seconds(300)
            .id("web");
        let cors = s3::CorsConfiguration::builder().cors_rules(rule.build().unwrap()).build().unwrap();
        self.root().put_bucket_cors().bucket(&self.bucket).cors_configuration(cors).send().await.unwrap();
    }

    /// Everything of the bucket that a remedy reads or writes.
    async fn whole(&self) -> impl PartialEq + std::fmt::Debug {
        let (s3, bucket) = (self.root(), &self.bucket);
        let block = s3.get_public_access_block().bucket(bucket).send().await.ok();
        let acl = s3.get_bucket_acl().bucket(bucket).send().await.ok();
        let cors = s3.get_bucket_cors().bucket(bucket).send().await.ok();
        (
            self.policy().await,
            block.and_then(|b| b.public_access_block_configuration),
            acl.map(|a| (a.owner.and_then(|o| o.id), grants(a.grants.unwrap_or_default()))),
            cors.and_then(|c| c.cors_rules),
        )
    }

    /// As a stranger without credentials: the status of reading the object.
    async fn stranger(&self) -> u16 {
        self.status("GET", &format!("/{}/{KEY}", self.bucket), "").await
    }

    /// As a browser on another site asks first.
    async fn preflight(&self, origin: &str) -> u16 {
        let headers = format!("Origin: {origin}\r\nAccess-Control-Request-Method: GET\r\n");
        self.status("OPTIONS", &format!("/{}/{KEY}", self.bucket), &headers).await
    }

    async fn status(&self, verb: &str, path: &str, headers: &str) -> u16 {
        let address = self.aws.url().replace("http://", "");
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = format!("{verb} {path} HTTP/1.0\r\nHost: {address}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![];
        stream.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer);
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// A finding about an anonymous caller.
    fn target(&self) -> Target {
        Target {
            partition: Partition::Commercial,
            account: AccountId::parse(ACCOUNT).unwrap(),
            region: Region::parse(REGION).unwrap(),
            kind: PrincipalKind::Anonymous,
            name: "ANONYMOUS_PRINCIPAL".to_owned(),
            session: None,
            unique_id: None,
            keys: vec![],
            instance: None,
            buckets: vec![self.bucket.clone()],
        }
    }

    /// Prepares and applies one remedy, as the engine does.
    async fn carry_out(&self, target: &Target, remedy: Remedy) -> Result<Act, Fault> {
        let prepared = self.remedies.prepare(&self.case, target, &[remedy]).await?;
        let prior = saved(prepared).remove(0);
        let receipt = self.remedies.apply(&self.case, target, remedy, &prior, self.cut_off).await?;
        Ok(act(remedy, prior, receipt))
    }

    /// As after a crash between the write and its receipt: the saved prior state, and the same again.
    async fn again(&self, target: &Target, act: &Act) -> Receipt {
        let prior = act.prior.as_ref().unwrap();
        self.remedies.apply(&self.case, target, act.remedy, prior, self.cut_off).await.unwrap()
    }

    async fn verify(&self, target: &Target, act: &Act) -> Vec<String> {
        let acts = std::slice::from_ref(act);
        self.remedies.verify(&self.case, target, acts, self.cut_off).await.unwrap()
    }

    async fn undo(&self, target: &Target, act: &Act, begun: bool) -> Result<Undone, Fault> {
        let acts = std::slice::from_ref(act);
        self.remedies.undo(&self.case, target, acts, self.cut_off, begun).await
    }

    /// What every remedy must do, given that its effect stands in the bucket after it: verified, written once however
    /// often it is run, and taken back without a trace whether or not its receipt was lost.
    async fn there_and_back(&self, target: &Target, remedy: Remedy) {
        let (before, earlier) = (self.whole().await, self.calls.writes());
        let mut act = self.carry_out(target, remedy).await.unwrap();
        let during = self.whole().await;
        assert_ne!(during, before);
        assert_eq!(self.verify(target, &act).await, Vec::<String>::new());
        let written = self.calls.writes();
        let writes = written - earlier;
        assert_eq!(writes, act.receipt.as_ref().unwrap().request_ids.len());
        let again = self.again(target, &act).await;
        assert_eq!((again.request_ids.len(), self.calls.writes()), (0, written), "{again:?}");
        act.receipt = Some(again);
        assert_eq!(restored(self.undo(target, &act, false).await), writes);
        assert_eq!(self.whole().await, before);
        // An undo whose answer was lost finds its work done; one that nobody began finds somebody else's.
        assert_eq!(restored(self.undo(target, &act, true).await), 0);
        assert_eq!(refused(self.undo(target, &act, false).await).len(), writes);
        assert_eq!(self.verify(target, &act).await.len(), writes);
        assert_eq!(self.whole().await, before);
    }
}

fn client(aws: &Emulator, id: &str, secret: &str, region: &str) -> aws_sdk_s3::Client {
    let sdk = aws.sdk_as(Credentials::new(id, secret, None, None, "test"));
    let conf =
        aws_sdk_s3::config::Builder::from(&sdk).region(aws_sdk_s3::config::Region::new(region.to_owned()));
    aws_sdk_s3::Client::from_conf(conf.force_path_style(true).build())
}

fn everybody(bucket: &str) -> String {
    let read = json!({
        "Sid": "Site",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/*"),
    });
    json!({ "Version": "2012-10-17", "Statement": [read] }).to_string()
}

fn grants(grants: Vec<s3::Grant>) -> Vec<(Option<String>, Option<String>, Option<String>)> {
    let mut all: Vec<_> = grants
        .into_iter()
        .map(|grant| {
            let to = grant.grantee.unwrap();
            (to.id, to.uri, grant.permission.map(|p| p.as_str().to_owned()))
        })
        .collect();
    all.sort();
    all
}
