//! One bucket of one account: where it lies, and what is set on it. Every call names the account that must own it.
//! Never here: writes; those are the remedies'.

use super::call::Failed;
use super::clients::{S3, S3Control, Session};
use crate::case::principal::{AccountId, Region};
use crate::case::remedy::{AccessBlock, Acl, CorsRule, Grant, Grantee};
use crate::ports::Fault;
use aws_sdk_s3::types as sdk;

/// A bucket, worked with in its own Region.
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) owner: AccountId,
    pub(super) s3: S3,
}

impl Bucket {
    /// Its Region S3 tells with every answer, a refusal included, so nothing need be allowed for it.
    pub(super) async fn find(
        session: &Session,
        name: &str,
        owner: &AccountId,
        guess: &Region,
    ) -> Result<Self, Fault> {
        if is_directory(name) {
            let cause =
                "a directory bucket has neither public access, nor ACLs, nor CORS; see its policy by hand";
            return Err(Fault::never(format!("account {owner}: bucket {name} is {cause}")));
        }
        let s3 = session.s3(guess.as_str());
        let sent = s3.client.head_bucket().bucket(name).expected_bucket_owner(owner.as_str()).send().await;
        let told = match &sent {
            Ok(answer) => answer.bucket_region(),
            Err(error) => error.raw_response().and_then(|raw| raw.headers().get("x-amz-bucket-region")),
        };
        let told = told.and_then(Region::parse);
        if let Err(failed) = s3.place.call("s3", "HeadBucket", async { sent }).await {
            if failed.is_missing() {
                return Err(Fault::gone(format!(
                    "account {owner}: bucket {name} does not exist (s3:HeadBucket)"
                )));
            }
            // Refused is fine: whether we may do what we are here for, the next call says.
            if told.is_none() && matches!(failed.fault, Fault::Later { .. }) {
                return Err(failed.fault);
            }
        }
        let s3 = match told {
            Some(region) if region != *guess => session.s3(region.as_str()),
            Some(_) | None => s3,
        };
        Ok(Self { name: name.to_owned(), owner: owner.clone(), s3 })
    }

    pub(super) fn region(&self) -> &str {
        &self.s3.place.region
    }

    pub(super) async fn block(&self) -> Result<Option<AccessBlock>, Fault> {
        let call = self.s3.client.get_public_access_block().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.if_there(self.s3.place.call("s3", "GetPublicAccessBlock", sent).await)?;
        Ok(answer.and_then(|a| a.public_access_block_configuration).map(|c| AccessBlock {
            block_acls: c.block_public_acls == Some(true),
            ignore_acls: c.ignore_public_acls == Some(true),
            block_policy: c.block_public_policy == Some(true),
            restrict: c.restrict_public_buckets == Some(true),
        }))
    }

    pub(super) async fn policy(&self) -> Result<Option<String>, Fault> {
        let call = self.s3.client.get_bucket_policy().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketPolicy", sent).await;
        Ok(self.if_there(answer)?.and_then(|a| a.policy))
    }

    /// S3's own verdict whether the policy is public; `None` where it gives none.
    pub(super) async fn policy_is_public(&self) -> Result<Option<bool>, Fault> {
        let call = self.s3.client.get_bucket_policy_status().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketPolicyStatus", sent).await;
        Ok(self.if_there(answer)?.and_then(|a| a.policy_status?.is_public))
    }

    /// Whether ACLs mean nothing on this bucket.
    pub(super) async fn acls_are_disabled(&self) -> Result<bool, Fault> {
        let call = self.s3.client.get_bucket_ownership_controls().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketOwnershipControls", sent).await;
        let rules = self.if_there(answer)?.and_then(|a| a.ownership_controls).map(|c| c.rules);
        let enforced = |rule: &sdk::OwnershipControlsRule| {
            rule.object_ownership == sdk::ObjectOwnership::BucketOwnerEnforced
        };
        Ok(rules.unwrap_or_default().iter().any(enforced))
    }

    /// While public grants are ignored S3 does not tell them (facts/aws.md 2.8).
    pub(super) async fn acl(&self) -> Result<Acl, Fault> {
        let call = self.s3.client.get_bucket_acl().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketAcl", sent).await?;
        let owner = answer.owner.and_then(|o| o.id).unwrap_or_default();
        let grants = answer.grants.unwrap_or_default().into_iter().map(|grant| grant_of(&grant));
        let Some(grants) = grants.collect::<Option<Vec<Grant>>>() else {
            let (account, name) = (&self.owner, &self.name);
            return Err(Fault::never(format!(
                "account {account}: the ACL of bucket {name} cannot be read in full"
            )));
        };
        Ok(Acl::new(owner, grants))
    }

    pub(super) async fn cors(&self) -> Result<Option<Vec<CorsRule>>, Fault> {
        let call = self.s3.client.get_bucket_cors().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketCors", sent).await;
        let rules = self.if_there(answer)?.and_then(|a| a.cors_rules);
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

    pub(super) async fn tags(&self) -> Result<Vec<(String, String)>, Fault> {
        let call = self.s3.client.get_bucket_tagging().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketTagging", sent).await;
        let tags = self.if_there(answer)?.map(|a| a.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    pub(super) async fn serves_a_site(&self) -> Result<bool, Fault> {
        let call = self.s3.client.get_bucket_website().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketWebsite", sent).await;
        Ok(self.if_there(answer)?.is_some())
    }

    pub(super) async fn is_logged(&self) -> Result<bool, Fault> {
        let call = self.s3.client.get_bucket_logging().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketLogging", sent).await?;
        Ok(answer.logging_enabled.is_some())
    }

    pub(super) async fn is_versioned(&self) -> Result<bool, Fault> {
        let call = self.s3.client.get_bucket_versioning().bucket(&self.name);
        let sent = call.expected_bucket_owner(self.owner.as_str()).send();
        let answer = self.s3.place.call("s3", "GetBucketVersioning", sent).await?;
        Ok(answer.status == Some(sdk::BucketVersioningStatus::Enabled))
    }

    /// What is not set is no failure; a bucket that is gone is one.
    fn if_there<T>(&self, answer: Result<T, Failed>) -> Result<Option<T>, Fault> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(failed) if failed.code == "NoSuchBucket" => Err(Fault::gone(missing(&self.name))),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.fault),
        }
    }
}

/// Block Public Access of the whole account.
pub(super) async fn account_block(
    control: &S3Control,
    account: &AccountId,
) -> Result<Option<AccessBlock>, Fault> {
    let call = control.client.get_public_access_block().account_id(account.as_str());
    match control.place.call("s3control", "GetPublicAccessBlock", call.send()).await {
        Ok(answer) => Ok(answer.public_access_block_configuration.map(|c| AccessBlock {
            block_acls: c.block_public_acls == Some(true),
            ignore_acls: c.ignore_public_acls == Some(true),
            block_policy: c.block_public_policy == Some(true),
            restrict: c.restrict_public_buckets == Some(true),
        })),
        Err(failed) if failed.is_missing() => Ok(None),
        Err(failed) => Err(failed.fault),
    }
}

pub(super) fn missing(bucket: &str) -> String {
    format!("bucket {bucket} does not exist any more, or is not ours")
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

/// Directory buckets are named so (S3 User Guide, directory bucket naming rules).
fn is_directory(name: &str) -> bool {
    name.ends_with("--x-s3")
}
