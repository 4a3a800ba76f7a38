//! One CloudTrail record, cut down to who called, what was made, and which key was issued.
//! Never here: look-ups. Every string of a record is untrusted but for what AWS itself fills in: types, ARNs, ids, times.

use crate::case::principal::{AccessKeyId, AccountId};
use aws_sdk_cloudtrail::types::Event;
use jiff::Timestamp;
use serde_json::Value;

/// Most characters of one field that are kept.
const LONGEST: usize = 300;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::aws) struct Record {
    pub(in crate::aws) name: String,
    pub(in crate::aws) at: Timestamp,
    pub(in crate::aws) region: String,
    /// It was refused, or failed.
    pub(in crate::aws) failed: bool,
    pub(in crate::aws) read_only: bool,
    pub(in crate::aws) who: Who,
    /// Names and ARNs of what it was about, as CloudTrail indexes them.
    pub(in crate::aws) things: Vec<String>,
    request: Value,
    response: Value,
}

/// `userIdentity` (CloudTrail user guide).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::aws) struct Who {
    /// Such as `IAMUser`, `AssumedRole`, `AWSAccount`.
    pub(in crate::aws) kind: String,
    pub(in crate::aws) arn: Option<String>,
    pub(in crate::aws) principal_id: Option<String>,
    pub(in crate::aws) account: Option<AccountId>,
    pub(in crate::aws) key: Option<AccessKeyId>,
    pub(in crate::aws) user_name: Option<String>,
    pub(in crate::aws) invoked_by: Option<String>,
    pub(in crate::aws) provider: Option<String>,
    pub(in crate::aws) source_identity: Option<String>,
    pub(in crate::aws) issuer: Option<Issuer>,
}

/// `sessionContext.sessionIssuer`. Its ARN has the role's path, which AWS fills in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Issuer {
    pub(in crate::aws) arn: String,
    pub(in crate::aws) name: String,
}

impl Record {
    /// `None` for what is no record.
    pub(super) fn read(event: &Event) -> Option<Self> {
        let things = event.resources().iter().filter_map(|r| r.resource_name()).map(cap).collect();
        Self::of(serde_json::from_str(event.cloud_trail_event()?).ok()?, things)
    }

    pub(super) fn of(mut body: Value, things: Vec<String>) -> Option<Self> {
        let mut take = |key: &str| body.get_mut(key).map(Value::take).unwrap_or(Value::Null);
        let (request, response, who) =
            (take("requestParameters"), take("responseElements"), take("userIdentity"));
        Some(Self {
            name: text(&body, "/eventName")?,
            at: text(&body, "/eventTime")?.parse().ok()?,
            region: text(&body, "/awsRegion").unwrap_or_default(),
            failed: body.get("errorCode").is_some_and(|code| !code.is_null()),
            read_only: body.get("readOnly").and_then(Value::as_bool).unwrap_or(false),
            who: who_of(&who),
            things,
            request,
            response,
        })
    }

    /// A word of the request, such as `userName`.
    pub(in crate::aws) fn asked(&self, key: &str) -> Option<String> {
        text(&self.request, &format!("/{key}"))
    }

    /// The key of the session that this event issued.
    pub(in crate::aws) fn issued(&self) -> Option<AccessKeyId> {
        AccessKeyId::parse(&text(&self.response, "/credentials/accessKeyId")?)
    }

    /// The source identity that this very call set.
    pub(in crate::aws) fn sets_source_identity(&self) -> Option<String> {
        text(&self.request, "/sourceIdentity").or_else(|| text(&self.response, "/sourceIdentity"))
    }

    /// Keys of the tags that it set.
    pub(in crate::aws) fn tag_keys(&self) -> Vec<String> {
        let tags = self.request.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        tags.iter().filter_map(|tag| text(tag, "/key").or_else(|| text(tag, "/Key"))).collect()
    }
}

impl Who {
    /// What a person can recognise: the ARN, else the service, else the name and its provider, else the id.
    pub(in crate::aws) fn shown(&self) -> String {
        let named = self.user_name.as_ref().map(|name| match &self.provider {
            Some(provider) => format!("{name} ({provider})"),
            None => name.clone(),
        });
        let account = || self.account.as_ref().map(|account| format!("account {account}"));
        let candidates = [self.arn.clone(), self.invoked_by.clone(), named, self.principal_id.clone()];
        candidates.into_iter().flatten().next().or_else(account).unwrap_or_else(|| self.kind.clone())
    }

    /// An IAM user, or a session of one.
    pub(in crate::aws) fn is_user(&self) -> bool {
        self.kind == "IAMUser"
    }

    /// The part of an assumed role's id behind the colon.
    pub(in crate::aws) fn session(&self) -> Option<&str> {
        let (_, session) = self.principal_id.as_deref()?.split_once(':')?;
        (self.kind == "AssumedRole" && !session.is_empty()).then_some(session)
    }

    /// The unique id of the user or role.
    pub(in crate::aws) fn unique_id(&self) -> Option<&str> {
        self.principal_id.as_deref()?.split(':').next()
    }
}

fn who_of(body: &Value) -> Who {
    let at = |path: &str| text(body, path);
    let issuer = at("/sessionContext/sessionIssuer/arn")
        .map(|arn| Issuer { name: at("/sessionContext/sessionIssuer/userName").unwrap_or_default(), arn });
    Who {
        kind: at("/type").unwrap_or_default(),
        arn: at("/arn"),
        principal_id: at("/principalId"),
        account: at("/accountId").as_deref().and_then(AccountId::parse),
        key: at("/accessKeyId").as_deref().and_then(AccessKeyId::parse),
        user_name: at("/userName"),
        invoked_by: at("/invokedBy"),
        provider: at("/identityProvider"),
        source_identity: at("/sessionContext/sourceIdentity"),
        issuer,
    }
}

fn text(body: &Value, path: &str) -> Option<String> {
    body.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(cap)
}

fn cap(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
