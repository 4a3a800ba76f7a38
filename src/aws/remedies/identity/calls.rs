//! The IAM calls that users and roles have alike, each under its own name.
//! Never here: keys and passwords, which only users have.

use super::{Identity, Sort, document};
use crate::aws::call::Failed;
use crate::ports::Fault;
use aws_sdk_iam::operation::RequestId;

/// The one inline policy we write, per principal.
pub(super) const POLICY: &str = "VouchRevoke";

/// Pages at most; IAM allows two keys a user, and ten to twenty attached policies.
pub(in crate::aws::remedies) const PAGES: usize = 10;

/// Paths that AWS keeps to itself, and who can do something there (facts/aws.md 2.3, 2.6).
const KEPT: [(&str, &str); 2] = [
    (
        "/aws-reserved/",
        "AWS keeps it to itself: end the person's access in IAM Identity Center, or deny it in the permission set or \
         by a service control policy",
    ),
    (
        "/aws-service-role/",
        "it belongs to an AWS service and its sessions cannot be revoked: look in that service for what used it",
    ),
];

/// What IAM says that it is.
#[derive(Clone)]
pub(in crate::aws::remedies) struct Seen {
    pub(in crate::aws::remedies) arn: String,
    pub(in crate::aws::remedies) id: String,
}

impl Identity<'_> {
    /// Refuses one that was deleted, or deleted and made again under the same name, and roles that AWS keeps to
    /// itself, whatever their names look like. Asked before every write,
    /// unless IAM said so a moment ago.
    pub(in crate::aws::remedies) async fn same(&self) -> Result<Seen, Fault> {
        if let Some(seen) = self.known() {
            return Ok(seen);
        }
        let (whom, account) = (self.whom(), &self.target.account);
        let (seen, path) = match self.sort {
            Sort::User => self.get_user().await,
            Sort::Role => self.get_role().await,
        }
        .map_err(|failed| {
            if failed.is_missing() {
                Fault::gone(format!("account {account}: {whom} does not exist any more ({})", self.op("Get")))
            } else {
                failed.into()
            }
        })?;
        if let Some((path, then)) = KEPT.into_iter().find(|(kept, _)| path.starts_with(kept)) {
            return Err(Fault::never(format!(
                "account {account}: {whom} lies under {path}: {then}; nothing was written"
            )));
        }
        match &self.target.unique_id {
            Some(expected) if *expected != seen.id => Err(Fault::never(format!(
                "account {account}: {whom} was re-created: the finding says {expected}, IAM says {}; nothing was \
                 written",
                seen.id
            ))),
            Some(_) | None => {
                self.learn(&seen);
                Ok(seen)
            }
        }
    }

    async fn get_user(&self) -> Result<(Seen, String), Failed> {
        let sent = self.iam.client.get_user().user_name(self.name()).send();
        let user = self.iam.place.call("iam", "GetUser", sent).await?.user;
        Ok(user.map_or_else(none, |user| (Seen { arn: user.arn, id: user.user_id }, user.path)))
    }

    async fn get_role(&self) -> Result<(Seen, String), Failed> {
        let sent = self.iam.client.get_role().role_name(self.name()).send();
        let role = self.iam.place.call("iam", "GetRole", sent).await?.role;
        Ok(role.map_or_else(none, |role| (Seen { arn: role.arn, id: role.role_id }, role.path)))
    }

    /// The inline policy as JSON, or `None`.
    pub(super) async fn policy(&self) -> Result<Option<String>, Fault> {
        let (client, name) = (&self.iam.client, self.name());
        let read = match self.sort {
            Sort::User => {
                let call = client.get_user_policy().user_name(name).policy_name(POLICY);
                let read = self.iam.place.call("iam", "GetUserPolicy", call.send()).await;
                read.map(|answer| answer.policy_document)
            }
            Sort::Role => {
                let call = client.get_role_policy().role_name(name).policy_name(POLICY);
                let read = self.iam.place.call("iam", "GetRolePolicy", call.send()).await;
                read.map(|answer| answer.policy_document)
            }
        };
        match read {
            Ok(document) => Ok(Some(document::plain(&document))),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    pub(super) async fn put_policy(&self, document: &str) -> Result<Option<String>, Failed> {
        self.same().await.map_err(unnamed)?;
        let (client, name) = (&self.iam.client, self.name());
        match self.sort {
            Sort::User => {
                let call = client.put_user_policy().user_name(name).policy_name(POLICY);
                let sent = call.policy_document(document).send();
                Ok(request(&self.iam.place.call("iam", "PutUserPolicy", sent).await?))
            }
            Sort::Role => {
                let call = client.put_role_policy().role_name(name).policy_name(POLICY);
                let sent = call.policy_document(document).send();
                Ok(request(&self.iam.place.call("iam", "PutRolePolicy", sent).await?))
            }
        }
    }

    pub(super) async fn delete_policy(&self) -> Result<Option<String>, Fault> {
        self.same().await?;
        let (client, name) = (&self.iam.client, self.name());
        missing_is_done(match self.sort {
            Sort::User => {
                let call = client.delete_user_policy().user_name(name).policy_name(POLICY);
                let done = self.iam.place.call("iam", "DeleteUserPolicy", call.send()).await;
                done.map(|answer| request(&answer))
            }
            Sort::Role => {
                let call = client.delete_role_policy().role_name(name).policy_name(POLICY);
                let done = self.iam.place.call("iam", "DeleteRolePolicy", call.send()).await;
                done.map(|answer| request(&answer))
            }
        })
    }

    pub(super) async fn has_attached(&self, policy: &str) -> Result<bool, Fault> {
        let mut marker = None;
        for _ in 0..PAGES {
            let (attached, next) = self.attached(marker.take()).await?;
            if attached.iter().any(|arn| arn == policy) {
                return Ok(true);
            }
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        Ok(false)
    }

    /// One page of ARNs, and where the next one begins.
    async fn attached(&self, marker: Option<String>) -> Result<(Vec<String>, Option<String>), Fault> {
        let (client, name) = (&self.iam.client, self.name());
        let (policies, marker, more) = match self.sort {
            Sort::User => {
                let sent = client.list_attached_user_policies().user_name(name).set_marker(marker).send();
                let page = self.iam.place.call("iam", "ListAttachedUserPolicies", sent).await?;
                (page.attached_policies, page.marker, page.is_truncated)
            }
            Sort::Role => {
                let sent = client.list_attached_role_policies().role_name(name).set_marker(marker).send();
                let page = self.iam.place.call("iam", "ListAttachedRolePolicies", sent).await?;
                (page.attached_policies, page.marker, page.is_truncated)
            }
        };
        let arns = policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
        Ok((arns.collect(), marker.filter(|_| more)))
    }

    pub(super) async fn attach(&self, policy: &str) -> Result<Option<String>, Failed> {
        self.same().await.map_err(unnamed)?;
        let (client, name) = (&self.iam.client, self.name());
        match self.sort {
            Sort::User => {
                let sent = client.attach_user_policy().user_name(name).policy_arn(policy).send();
                Ok(request(&self.iam.place.call("iam", "AttachUserPolicy", sent).await?))
            }
            Sort::Role => {
                let sent = client.attach_role_policy().role_name(name).policy_arn(policy).send();
                Ok(request(&self.iam.place.call("iam", "AttachRolePolicy", sent).await?))
            }
        }
    }

    pub(in crate::aws::remedies) async fn detach(&self, policy: &str) -> Result<Option<String>, Fault> {
        self.same().await?;
        let (client, name) = (&self.iam.client, self.name());
        missing_is_done(match self.sort {
            Sort::User => {
                let sent = client.detach_user_policy().user_name(name).policy_arn(policy).send();
                let done = self.iam.place.call("iam", "DetachUserPolicy", sent).await;
                done.map(|answer| request(&answer))
            }
            Sort::Role => {
                let sent = client.detach_role_policy().role_name(name).policy_arn(policy).send();
                let done = self.iam.place.call("iam", "DetachRolePolicy", sent).await;
                done.map(|answer| request(&answer))
            }
        })
    }

    /// Such as `iam:PutUserPolicy`, for the verbs that both have.
    pub(super) fn op(&self, verb: &str) -> String {
        let kind = match self.sort {
            Sort::User => "User",
            Sort::Role => "Role",
        };
        if verb == "Get" { format!("iam:Get{kind}") } else { format!("iam:{verb}{kind}Policy") }
    }
}

fn none() -> (Seen, String) {
    (Seen { arn: String::new(), id: String::new() }, String::new())
}

fn request(answer: &impl RequestId) -> Option<String> {
    answer.request_id().map(str::to_owned)
}

/// What is not there need not be taken away.
pub(in crate::aws::remedies) fn missing_is_done(
    done: Result<Option<String>, Failed>,
) -> Result<Option<String>, Fault> {
    match done {
        Ok(id) => Ok(id),
        Err(failed) if failed.is_missing() => Ok(None),
        Err(failed) => Err(failed.into()),
    }
}

fn unnamed(fault: Fault) -> Failed {
    Failed { code: String::new(), message: String::new(), fault }
}
