//! The IAM calls that the remedies for a user are made of.
//! Never here: which remedy needs which.

use super::{User, document};
use crate::aws::call::Failed;
use crate::case::remedy::LoginProfile;
use crate::ports::Fault;
use aws_sdk_iam::operation::RequestId;
use aws_sdk_iam::types::StatusType;
use jiff::Timestamp;

/// The one inline policy we write, per principal.
pub(super) const POLICY: &str = "VouchRevoke";

/// Pages at most; IAM allows two keys a user, and ten to twenty attached policies.
const PAGES: usize = 10;

pub(super) struct Key {
    pub(super) id: String,
    pub(super) active: bool,
    pub(super) created: Option<Timestamp>,
}

impl User<'_> {
    pub(super) fn name(&self) -> &str {
        &self.target.name
    }

    /// Refuses a user who was deleted, or deleted and made again under the same name. Asked again before every
    /// write. Answers the true ARN.
    pub(super) async fn same(&self) -> Result<String, Fault> {
        let (name, account) = (self.name(), &self.target.account);
        let sent = self.iam.client.get_user().user_name(name).send();
        let answer = match self.iam.place.call("iam", "GetUser", sent).await {
            Ok(answer) => answer,
            Err(failed) if failed.is_missing() => {
                let cause = format!("account {account}: user {name} does not exist any more (iam:GetUser)");
                return Err(Fault::gone(cause));
            }
            Err(failed) => return Err(failed.into()),
        };
        let (now, arn) = answer.user.map(|user| (user.user_id, user.arn)).unwrap_or_default();
        match &self.target.unique_id {
            Some(expected) if *expected != now => Err(Fault::never(format!(
                "account {account}: user {name} was re-created: the finding says {expected}, IAM says {now}; \
                 nothing was written"
            ))),
            Some(_) | None => Ok(arn),
        }
    }

    pub(super) async fn keys(&self) -> Result<Vec<Key>, Fault> {
        let (mut keys, mut marker) = (vec![], None);
        for _ in 0..PAGES {
            let sent =
                self.iam.client.list_access_keys().user_name(self.name()).set_marker(marker.take()).send();
            let page = self.iam.place.call("iam", "ListAccessKeys", sent).await?;
            keys.extend(page.access_key_metadata.into_iter().filter_map(|key| {
                Some(Key {
                    active: key.status == Some(StatusType::Active),
                    created: key.create_date.and_then(|at| moment(&at)),
                    id: key.access_key_id?,
                })
            }));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                break;
            }
        }
        Ok(keys)
    }

    /// The write's request id.
    pub(super) async fn set_key(&self, id: &str, active: bool) -> Result<Option<String>, Fault> {
        self.same().await?;
        let status = if active { StatusType::Active } else { StatusType::Inactive };
        // Without the name IAM would look for the key among those of whoever signs the call.
        let call = self.iam.client.update_access_key().user_name(self.name());
        let sent = call.access_key_id(id).status(status).send();
        let answer = self.iam.place.call("iam", "UpdateAccessKey", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// The inline policy as JSON, or `None`.
    pub(super) async fn policy(&self) -> Result<Option<String>, Fault> {
        let call = self.iam.client.get_user_policy().user_name(self.name()).policy_name(POLICY);
        match self.iam.place.call("iam", "GetUserPolicy", call.send()).await {
            Ok(answer) => Ok(Some(document::plain(&answer.policy_document))),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    pub(super) async fn put_policy(&self, document: &str) -> Result<Option<String>, Failed> {
        self.same().await.map_err(unnamed)?;
        let call = self.iam.client.put_user_policy().user_name(self.name());
        let sent = call.policy_name(POLICY).policy_document(document).send();
        let answer = self.iam.place.call("iam", "PutUserPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn delete_policy(&self) -> Result<Option<String>, Fault> {
        self.same().await?;
        let call = self.iam.client.delete_user_policy().user_name(self.name()).policy_name(POLICY);
        match self.iam.place.call("iam", "DeleteUserPolicy", call.send()).await {
            Ok(answer) => Ok(answer.request_id().map(str::to_owned)),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    pub(super) async fn has_attached(&self, policy: &str) -> Result<bool, Fault> {
        let mut marker = None;
        for _ in 0..PAGES {
            let call = self.iam.client.list_attached_user_policies().user_name(self.name());
            let sent = call.set_marker(marker.take()).send();
            let page = self.iam.place.call("iam", "ListAttachedUserPolicies", sent).await?;
            if page.attached_policies().iter().any(|one| one.policy_arn() == Some(policy)) {
                return Ok(true);
            }
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                break;
            }
        }
        Ok(false)
    }

    pub(super) async fn attach(&self, policy: &str) -> Result<Option<String>, Failed> {
        self.same().await.map_err(unnamed)?;
        let sent = self.iam.client.attach_user_policy().user_name(self.name()).policy_arn(policy).send();
        let answer = self.iam.place.call("iam", "AttachUserPolicy", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    pub(super) async fn detach(&self, policy: &str) -> Result<Option<String>, Fault> {
        self.same().await?;
        let sent = self.iam.client.detach_user_policy().user_name(self.name()).policy_arn(policy).send();
        match self.iam.place.call("iam", "DetachUserPolicy", sent).await {
            Ok(answer) => Ok(answer.request_id().map(str::to_owned)),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    /// What IAM tells of the console password, or `None`.
    pub(super) async fn login_profile(&self) -> Result<Option<LoginProfile>, Fault> {
        let sent = self.iam.client.get_login_profile().user_name(self.name()).send();
        match self.iam.place.call("iam", "GetLoginProfile", sent).await {
            Ok(answer) => Ok(answer.login_profile.map(|profile| LoginProfile {
                created: moment(&profile.create_date),
                reset_required: profile.password_reset_required,
            })),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    pub(super) async fn delete_login_profile(&self) -> Result<Option<String>, Fault> {
        self.same().await?;
        let sent = self.iam.client.delete_login_profile().user_name(self.name()).send();
        match self.iam.place.call("iam", "DeleteLoginProfile", sent).await {
            Ok(answer) => Ok(answer.request_id().map(str::to_owned)),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }
}

fn moment(at: &aws_sdk_iam::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::from_second(at.secs()).ok()
}

fn unnamed(fault: Fault) -> Failed {
    Failed { code: String::new(), message: String::new(), fault }
}
