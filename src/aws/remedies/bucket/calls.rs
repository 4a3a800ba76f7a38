//! The S3 calls that the remedies for buckets are made of. Each names the account that must own the bucket.
//! Never here: which remedy needs which.

use super::Buckets;
use crate::aws::bucket::Bucket;
use crate::aws::call::Failed;
use crate::case::remedy::{AccessBlock, Acl, CorsRule, Grantee};
use crate::ports::Fault;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::types as sdk;

impl Buckets<'_> {
    pub(super) async fn put_policy(&self, store: &Bucket, text: &str) -> Result<Option<String>, Failed> {
        let call = store.s3.client.put_bucket_policy().bucket(&store.name).policy(text);
        let sent = call.expected_bucket_owner(store.owner.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_policy(&self, store: &Bucket) -> Result<Option<String>, Fault> {
        let call = store.s3.client.delete_bucket_policy().bucket(&store.name);
        let sent = call.expected_bucket_owner(store.owner.as_str()).send();
        let answer = store.s3.place.call("s3", "DeleteBucketPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn put_acl(&self, store: &Bucket, acl: &Acl) -> Result<Option<String>, Fault> {
        let grants = acl.grants.iter().map(|grant| {
            let (kind, id, uri, email) = match &grant.to {
                Grantee::Id(id) => (sdk::Type::CanonicalUser, Some(id), None, None),
                Grantee::Group(uri) => (sdk::Type::Group, None, Some(uri), None),
                Grantee::Email(email) => (sdk::Type::AmazonCustomerByEmail, None, None, Some(email)),
            };
            let to = sdk::Grantee::builder().r#type(kind).set_id(id.cloned()).set_uri(uri.cloned());
            let to = to.set_email_address(email.cloned()).build()?;
            Ok(sdk::Grant::builder().grantee(to).permission(grant.permission.as_str().into()).build())
        });
        let grants = grants.collect::<Result<Vec<_>, BuildError>>().map_err(|e| unmade(store, &e))?;
        let owner = sdk::Owner::builder().id(&acl.owner).build();
        let policy = sdk::AccessControlPolicy::builder().owner(owner).set_grants(Some(grants)).build();
        let call = store.s3.client.put_bucket_acl().bucket(&store.name).access_control_policy(policy);
        let sent = call.expected_bucket_owner(store.owner.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketAcl", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn put_cors(&self, store: &Bucket, rules: &[CorsRule]) -> Result<Option<String>, Fault> {
        let some = |list: &[String]| Some(list.to_vec()).filter(|l| !l.is_empty());
        let rules = rules.iter().map(|rule| {
            let made = sdk::CorsRule::builder().set_id(rule.id.clone());
            let made = made
                .set_allowed_methods(Some(rule.methods.clone()))
                .set_allowed_origins(Some(rule.origins.clone()));
            let made = made.set_allowed_headers(some(&rule.headers)).set_expose_headers(some(&rule.exposed));
            made.set_max_age_seconds(rule.max_age).build()
        });
        let rules = rules.collect::<Result<Vec<_>, BuildError>>().map_err(|e| unmade(store, &e))?;
        let made = sdk::CorsConfiguration::builder().set_cors_rules(Some(rules)).build();
        let made = made.map_err(|e| unmade(store, &e))?;
        let call = store.s3.client.put_bucket_cors().bucket(&store.name).cors_configuration(made);
        let sent = call.expected_bucket_owner(store.owner.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketCors", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_cors(&self, store: &Bucket) -> Result<Option<String>, Fault> {
        let call = store.s3.client.delete_bucket_cors().bucket(&store.name);
        let sent = call.expected_bucket_owner(store.owner.as_str()).send();
        let answer = store.s3.place.call("s3", "DeleteBucketCors", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

impl Bucket {
    pub(super) async fn put_block(&self, block: AccessBlock) -> Result<Option<String>, Fault> {
        let made = sdk::PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_acls)
            .ignore_public_acls(block.ignore_acls)
            .block_public_policy(block.block_policy)
            .restrict_public_buckets(block.restrict)
            .build();
        let call = self.s3.client.put_public_access_block().bucket(&self.name);
        let call = call.public_access_block_configuration(made);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "PutPublicAccessBlock", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_block(&self) -> Result<Option<String>, Fault> {
        let call = self.s3.client.delete_public_access_block().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "DeletePublicAccessBlock", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

fn unmade(store: &Bucket, error: &BuildError) -> Fault {
    Fault::never(format!("what stood on bucket {} cannot be written back: {error}", store.name))
}
