//! The policies of a user, a role or a group: their names, and what their documents grant.
//! Never here: reading a document (`document`).

use super::document::{Grants, grants};
use super::look::{Look, keep};
use aws_sdk_iam::types::AttachedPolicy;
use futures_util::future::{BoxFuture, join_all};

/// AWS's own policies whose contents are known, in every partition: not read again for each case.
const KNOWN: [(&str, Grants); 6] = [
    ("AdministratorAccess", Grants { admin: true, writes_iam: true }),
    ("IAMFullAccess", Grants { admin: false, writes_iam: true }),
    ("PowerUserAccess", NOTHING),
    ("ReadOnlyAccess", NOTHING),
    ("SecurityAudit", NOTHING),
    ("job-function/ViewOnlyAccess", NOTHING),
];

const NOTHING: Grants = Grants { admin: false, writes_iam: false };

/// Whose policies.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    User(&'a str),
    Role(&'a str),
    Group(&'a str),
}

/// What was found of one holder.
#[derive(Default)]
pub(super) struct Rights {
    /// Attached first, then inline.
    pub(super) names: Vec<String>,
    pub(super) grants: Grants,
    pub(super) gaps: Vec<String>,
}

impl Rights {
    fn read(&mut self, name: &str, document: Result<String, String>) {
        match document.map(|document| grants(&document)) {
            Ok(Some(found)) => self.grants.add(found),
            Ok(None) => self.gaps.push(format!("the policy {name} cannot be understood")),
            Err(gap) => self.gaps.push(gap),
        }
    }
}

/// IAM allows twenty attached policies and less than a page of inline ones.
pub(super) fn rights<'a>(look: &'a Look<'_>, holder: Holder<'a>) -> BoxFuture<'a, Rights> {
    Box::pin(all_rights(look, holder))
}

async fn all_rights(look: &Look<'_>, holder: Holder<'_>) -> Rights {
    let mut rights = Rights::default();
    let (attached, inline) = tokio::join!(all_attached(look, holder), all_inline(look, holder));
    for (policy, document) in keep(attached, &mut rights.gaps).unwrap_or_default() {
        let name = policy.policy_name.unwrap_or_default();
        match document {
            Document::Known(found) => rights.grants.add(found),
            Document::Read(document) => rights.read(&name, document),
        }
        rights.names.push(name);
    }
    for (name, document) in keep(inline, &mut rights.gaps).unwrap_or_default() {
        rights.read(&name, document);
        rights.names.push(name);
    }
    rights
}

enum Document {
    Known(Grants),
    Read(Result<String, String>),
}

async fn all_attached(
    look: &Look<'_>,
    holder: Holder<'_>,
) -> Result<Vec<(AttachedPolicy, Document)>, String> {
    let client = &look.iam.client;
    let listed = match holder {
        Holder::User(name) => {
            let sent = client.list_attached_user_policies().user_name(name).send();
            look.iam("ListAttachedUserPolicies", sent).await?.attached_policies
        }
        Holder::Role(name) => {
            let sent = client.list_attached_role_policies().role_name(name).send();
            look.iam("ListAttachedRolePolicies", sent).await?.attached_policies
        }
        Holder::Group(name) => {
            let sent = client.list_attached_group_policies().group_name(name).send();
            look.iam("ListAttachedGroupPolicies", sent).await?.attached_policies
        }
    };
    let read = listed.unwrap_or_default().into_iter().map(async |policy| {
        let arn = policy.policy_arn.clone().unwrap_or_default();
        let document = match known(&arn) {
            Some(grants) => Document::Known(grants),
            None => Document::Read(managed(look, &arn).await),
        };
        (policy, document)
    });
    Ok(join_all(read).await)
}

async fn managed(look: &Look<'_>, arn: &str) -> Result<String, String> {
    let sent = look.iam.client.get_policy().policy_arn(arn).send();
    let policy = look.iam("GetPolicy", sent).await?.policy;
    let version = policy.and_then(|policy| policy.default_version_id);
    let version = version.ok_or_else(|| format!("iam:GetPolicy answered without a version of {arn}"))?;
    let sent = look.iam.client.get_policy_version().policy_arn(arn).version_id(version).send();
    let document = look.iam("GetPolicyVersion", sent).await?.policy_version.and_then(|v| v.document);
    document.ok_or_else(|| format!("iam:GetPolicyVersion answered without a document of {arn}"))
}

async fn all_inline(
    look: &Look<'_>,
    holder: Holder<'_>,
) -> Result<Vec<(String, Result<String, String>)>, String> {
    let client = &look.iam.client;
    let names = match holder {
        Holder::User(name) => {
            let sent = client.list_user_policies().user_name(name).send();
            look.iam("ListUserPolicies", sent).await?.policy_names
        }
        Holder::Role(name) => {
            let sent = client.list_role_policies().role_name(name).send();
            look.iam("ListRolePolicies", sent).await?.policy_names
        }
        Holder::Group(name) => {
            let sent = client.list_group_policies().group_name(name).send();
            look.iam("ListGroupPolicies", sent).await?.policy_names
        }
    };
    let read = names.into_iter().map(async |policy| {
        let document = inline(look, holder, &policy).await;
        (policy, document)
    });
    Ok(join_all(read).await)
}

async fn inline(look: &Look<'_>, holder: Holder<'_>, policy: &str) -> Result<String, String> {
    let client = &look.iam.client;
    Ok(match holder {
        Holder::User(name) => {
            let sent = client.get_user_policy().user_name(name).policy_name(policy).send();
            look.iam("GetUserPolicy", sent).await?.policy_document
        }
        Holder::Role(name) => {
            let sent = client.get_role_policy().role_name(name).policy_name(policy).send();
            look.iam("GetRolePolicy", sent).await?.policy_document
        }
        Holder::Group(name) => {
            let sent = client.get_group_policy().group_name(name).policy_name(policy).send();
            look.iam("GetGroupPolicy", sent).await?.policy_document
        }
    })
}

fn known(arn: &str) -> Option<Grants> {
    let (_, name) = arn.strip_prefix("arn:aws")?.split_once(":iam::aws:policy/")?;
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, grants)| *grants)
}
