//! The S3 calls that the remedies for buckets are made of. Each names the account that must own the bucket.
//! Never here: which remedy needs which.

use super::{Buckets, Store, missing};
use crate::aws::call::Failed;
use crate::aws::clients::Session;
use crate::case::remedy::{AccessBlock, Acl, CorsRule, Grant, Grantee, Target};
use crate::ports::Fault;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::types as sdk;

impl Buckets<'_> {
    /// In the bucket's own Region: S3 tells it with every answer, a refusal included, so nothing need be allowed for it.
    pub(super) async fn store(&self, session: &Session, name: &str) -> Result<Store, Fault> {
        let account = &self.target.account;
        if is_directory(name) {
            let cause =
                "a directory bucket has neither public access, nor ACLs, nor CORS; see its policy by hand";
            return Err(Fault::never(format!(
                "account {account}: bucket {name} is {cause}; nothing was written"
            )));
        }
        let s3 = session.s3(self.target.region.as_str());
        let sent = s3.client.head_bucket().bucket(name).expected_bucket_owner(account.as_str()).send().await;
        let told = match &sent {
            Ok(answer) => answer.bucket_region().map(str::to_owned),
            Err(error) => error
                .raw_response()
                .and_then(|raw| raw.headers().get("x-amz-bucket-region"))
                .map(str::to_owned),
        };
        let answer = s3.place.call("s3", "HeadBucket", async { sent }).await;
        if let Err(failed) = answer {
            if failed.is_missing() {
                return Err(Fault::gone(format!(
                    "account {account}: bucket {name} does not exist (s3:HeadBucket)"
                )));
            }
            // Refused is fine: whether we may do what we are here for, the next call says.
            if told.is_none() && matches!(failed.fault, Fault::Later { .. }) {
                return Err(failed.fault);
            }
        }
        let s3 = match told {
            Some(region) if region != self.target.region.as_str() => session.s3(&region),
            Some(_) | None => s3,
        };
        Ok(Store { name: name.to_owned(), s3 })
    }

    pub(super) async fn block(&self, store: &Store) -> Result<Option<AccessBlock>, Fault> {
        let call = store.s3.client.get_public_access_block().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "GetPublicAccessBlock", sent).await;
        let answer = if_there(store, answer)?;
        Ok(answer.and_then(|a| a.public_access_block_configuration).map(|c| AccessBlock {
            block_acls: c.block_public_acls == Some(true),
            ignore_acls: c.ignore_public_acls == Some(true),
            block_policy: c.block_public_policy == Some(true),
            restrict: c.restrict_public_buckets == Some(true),
        }))
    }

    pub(super) async fn policy(&self, store: &Store) -> Result<Option<String>, Fault> {
        let call = store.s3.client.get_bucket_policy().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "GetBucketPolicy", sent).await;
        Ok(if_there(store, answer)?.and_then(|a| a.policy))
    }

    pub(super) async fn put_policy(&self, store: &Store, text: &str) -> Result<Option<String>, Failed> {
        let call = store.s3.client.put_bucket_policy().bucket(&store.name).policy(text);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_policy(&self, store: &Store) -> Result<Option<String>, Fault> {
        let call = store.s3.client.delete_bucket_policy().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "DeleteBucketPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// Whether ACLs mean nothing on this bucket.
    pub(super) async fn acls_are_disabled(&self, store: &Store) -> Result<bool, Fault> {
        let call = store.s3.client.get_bucket_ownership_controls().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "GetBucketOwnershipControls", sent).await;
        let rules = if_there(store, answer)?.and_then(|a| a.ownership_controls).map(|c| c.rules);
        Ok(rules
            .unwrap_or_default()
            .iter()
            .any(|r| r.object_ownership == sdk::ObjectOwnership::BucketOwnerEnforced))
    }

    pub(super) async fn acl(&self, store: &Store) -> Result<Acl, Fault> {
        let call = store.s3.client.get_bucket_acl().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "GetBucketAcl", sent).await?;
        let owner = answer.owner.and_then(|o| o.id).unwrap_or_default();
        let grants = answer.grants.unwrap_or_default().into_iter().map(|grant| grant_of(&grant));
        let Some(grants) = grants.collect::<Option<Vec<Grant>>>() else {
            let (account, name) = (&self.target.account, &store.name);
            return Err(Fault::never(format!(
                "account {account}: the ACL of bucket {name} cannot be read in full"
            )));
        };
        Ok(Acl::new(owner, grants))
    }

    pub(super) async fn put_acl(&self, store: &Store, acl: &Acl) -> Result<Option<String>, Fault> {
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
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketAcl", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn cors(&self, store: &Store) -> Result<Option<Vec<CorsRule>>, Fault> {
        let call = store.s3.client.get_bucket_cors().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "GetBucketCors", sent).await;
        let rules = if_there(store, answer)?.and_then(|a| a.cors_rules);
        let rule = |rule: sdk::CorsRule| CorsRule {
            id: rule.id,
            methods: rule.allowed_methods,
            origins: rule.allowed_origins,
            headers: rule.allowed_headers.unwrap_or_default(),
            exposed: rule.expose_headers.unwrap_or_default(),
            max_age: rule.max_age_seconds,
        };
        Ok(rules.map(|rules| rules.into_iter().map(rule).collect()))
    }

    pub(super) async fn put_cors(&self, store: &Store, rules: &[CorsRule]) -> Result<Option<String>, Fault> {
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
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "PutBucketCors", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_cors(&self, store: &Store) -> Result<Option<String>, Fault> {
        let call = store.s3.client.delete_bucket_cors().bucket(&store.name);
        let sent = call.expected_bucket_owner(self.target.account.as_str()).send();
        let answer = store.s3.place.call("s3", "DeleteBucketCors", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

impl Store {
    pub(super) async fn put_block(
        &self,
        target: &Target,
        block: AccessBlock,
    ) -> Result<Option<String>, Fault> {
        let made = sdk::PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_acls)
            .ignore_public_acls(block.ignore_acls)
            .block_public_policy(block.block_policy)
            .restrict_public_buckets(block.restrict)
            .build();
        let call = self.s3.client.put_public_access_block().bucket(&self.name);
        let call = call.public_access_block_configuration(made);
        let sent = call.expected_bucket_owner(target.account.as_str()).send();
        let answer = self.s3.place.call("s3", "PutPublicAccessBlock", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_block(&self, target: &Target) -> Result<Option<String>, Fault> {
        let call = self.s3.client.delete_public_access_block().bucket(&self.name);
        let sent = call.expected_bucket_owner(target.account.as_str()).send();
        let answer = self.s3.place.call("s3", "DeletePublicAccessBlock", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

/// What is not set is no failure; a bucket that is gone is one.
fn if_there<T>(store: &Store, answer: Result<T, Failed>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failed) if failed.code == "NoSuchBucket" => Err(Fault::gone(missing(&store.name))),
        Err(failed) if failed.is_missing() => Ok(None),
        Err(failed) => Err(failed.fault),
    }
}

/// `None` for a grantee that could not be written back.
fn grant_of(grant: &sdk::Grant) -> Option<Grant> {
    let (to, permission) = (grant.grantee.as_ref()?, grant.permission.as_ref()?);
    let to = match (&to.id, &to.uri, &to.email_address) {
        (Some(id), _, _) => Grantee::Id(id.clone()),
        (None, Some(uri), _) => Grantee::Group(uri.clone()),
        (None, None, email) => Grantee::Email(email.clone()?),
    };
    Some(Grant { to, permission: permission.as_str().to_owned() })
}

fn unmade(store: &Store, error: &BuildError) -> Fault {
    Fault::never(format!("what stood on bucket {} cannot be written back: {error}", store.name))
}

/// Directory buckets are named so (S3 User Guide, directory bucket naming rules).
fn is_directory(name: &str) -> bool {
    name.ends_with("--x-s3")
}
