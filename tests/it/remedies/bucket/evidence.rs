//! What is seen of a bucket before anybody is asked: everything that is set on it, and nothing on a new one.
//! Never here: acting.

use super::*;
use vouch::aws::dossier::Dossiers;
use vouch::aws::investigate::Investigate;
use vouch::aws::investigate::bucket::ACTIONS;
use vouch::case::evidence::{AclFact, BucketEvidence, PolicyFact};
use vouch::case::finding::{Finding, Resource};
use vouch::ports::Investigator;

const OTHERS: &str = "arn:aws:iam::210987654321:root";
const CANONICAL: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

fn finding(bucket: &str) -> Finding {
    let named = json!({ "type": "bucket", "name": bucket, "arn": format!("arn:aws:s3:::{bucket}") });
    let resource: Resource = serde_json::from_value(named).unwrap();
    let bare = crate::findings::bare("Policy:S3/BucketAnonymousAccessGranted", ACCOUNT, REGION);
    Finding { resource: Some(resource), ..bare }
}

/// With the permissions that looking declares, and no others.
async fn look(y: &Yard) -> BucketEvidence {
    y.aws.put_policy(&y.hub.name, "Vouch", &allow(&ACTIONS)).await;
    let calls = Calls::default();
    let clients = y.aws.clients(y.hub.credentials(), &plain(), y.cut_off);
    let dossiers = Dossiers::new(Arc::new(clients.observed_by(calls.observer(By::Evidence))));
    let mut evidence = Investigate::new(Arc::new(dossiers)).evidence(&finding(&y.bucket)).await.unwrap();
    // Of whoever did it nothing is known; and two calls the emulator does not have.
    let known = ["a principal of kind none", "s3:GetBucketPolicyStatus", "s3control:GetPublicAccessBlock"];
    let more: Vec<_> = evidence.gaps.iter().filter(|gap| !known.iter().any(|k| gap.contains(k))).collect();
    assert!(more.is_empty(), "{more:?}");
    assert_eq!((evidence.buckets.len(), calls.writes()), (1, 0));
    evidence.buckets.remove(0)
}

impl Yard {
    /// Let in: everybody, by the policy; an account of others; CloudFront; and whoever comes through one endpoint.
    async fn set_rich_policy(&self) {
        let allow = |principal: Value, condition: Value| {
            json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::{}/*", self.bucket), "Condition": condition })
        };
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            allow(json!("*"), json!({})),
            allow(json!({ "AWS": OTHERS }), json!({})),
            allow(json!({ "Service": "cloudfront.amazonaws.com" }), json!({})),
            allow(json!("*"), json!({ "StringEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } })),
        ]});
        self.set_policy(Some(&policy.to_string())).await;
    }

    async fn set_grants(&self) {
        let group = |name: &str| format!("uri=\"http://acs.amazonaws.com/groups/{name}\"");
        let call = self.root().put_bucket_acl().bucket(&self.bucket).grant_read(group("global/AllUsers"));
        let call =
            call.grant_write(group("s3/LogDelivery")).grant_full_control(format!("id=\"{CANONICAL}\""));
        call.send().await.unwrap();
    }

    async fn share_by_an_access_point(&self, name: &str) {
        let root = Credentials::new("test", "test", None, None, "root");
        let (clients, account) = (self.aws.clients(root, &plain(), self.cut_off), ACCOUNT.to_owned());
        let owner = AccountId::parse(&account).unwrap();
        let session = clients.evidence_session(&owner, Partition::Commercial, "test").await.unwrap();
        let call = session.s3control(REGION).client.create_access_point().account_id(account);
        call.name(name).bucket(&self.bucket).send().await.unwrap();
    }

    async fn set_tags(&self, tags: &[(&str, &str)]) {
        let tag = |(key, value): &(&str, &str)| s3::Tag::builder().key(*key).value(*value).build().unwrap();
        let all = s3::Tagging::builder().set_tag_set(Some(tags.iter().map(tag).collect())).build().unwrap();
        self.root().put_bucket_tagging().bucket(&self.bucket).tagging(all).send().await.unwrap();
    }

    async fn serve_a_site(&self) {
        let index = s3::IndexDocument::builder().suffix("index.html").build().unwrap();
        let site = s3::WebsiteConfiguration::builder().index_document(index).build();
        self.root()
            .put_bucket_website()
            .bucket(&self.bucket)
            .website_configuration(site)
            .send()
            .await
            .unwrap();
    }

    async fn log_and_keep_versions(&self) {
        let log =
            s3::LoggingEnabled::builder().target_bucket(&self.bucket).target_prefix("log/").build().unwrap();
        let status = s3::BucketLoggingStatus::builder().logging_enabled(log).build();
        self.root()
            .put_bucket_logging()
            .bucket(&self.bucket)
            .bucket_logging_status(status)
            .send()
            .await
            .unwrap();
        let kept = s3::VersioningConfiguration::builder().status(s3::BucketVersioningStatus::Enabled).build();
        let call = self.root().put_bucket_versioning().bucket(&self.bucket);
        call.versioning_configuration(kept).send().await.unwrap();
    }
}

#[tokio::test]
async fn everything_that_is_set_on_a_bucket_is_understood() {
    let y = Yard::new("seen-dressed").await;
    y.set_block(None).await;
    y.enable_acls().await;
    y.set_rich_policy().await;
    y.set_grants().await;
    let half = AccessBlock { block_acls: true, block_policy: true, ..AccessBlock::default() };
    y.set_block(Some(half)).await;
    y.set_cors(&["https://shop.example.com", "https://*.example.org"]).await;
    y.set_tags(&[("data-class", "personal"), ("team", "shop")]).await;
    y.serve_a_site().await;
    y.log_and_keep_versions().await;
    y.share_by_an_access_point("shop-inside").await;
    let set = BucketEvidence {
        name: y.bucket.clone(),
        region: Some(REGION.to_owned()),
        block: Some(half),
        account_block: None,
        policy: Some(PolicyFact {
            public: true,
            others: vec![OTHERS.to_owned()],
            cloudfront: true,
            endpoints: vec!["vpce-0123456789abcdef0".to_owned()],
        }),
        acl: Some(AclFact {
            disabled: false,
            everybody: vec!["READ".to_owned()],
            others: vec![CANONICAL.to_owned()],
            logs: true,
        }),
        cors: Some(vec!["https://shop.example.com".to_owned(), "https://*.example.org".to_owned()]),
        site: true,
        access_points: vec!["shop-inside".to_owned()],
        logged: Some(true),
        versioned: Some(true),
        tags: vec![("data-class".to_owned(), "personal".to_owned()), ("team".to_owned(), "shop".to_owned())],
    };
    assert_eq!(look(&y).await, set);
}

#[tokio::test]
async fn of_a_new_bucket_nothing_is_made_up() {
    let y = Yard::new("seen-new").await;
    let seen = look(&y).await;
    let acl = AclFact { disabled: true, ..AclFact::default() };
    let new = BucketEvidence {
        name: y.bucket.clone(),
        region: Some(REGION.to_owned()),
        block: Some(AccessBlock::ALL),
        policy: Some(PolicyFact::default()),
        acl: Some(acl),
        cors: Some(vec![]),
        logged: Some(false),
        versioned: Some(false),
        ..BucketEvidence::default()
    };
    assert_eq!(seen, new);
}
