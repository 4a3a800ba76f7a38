//! One AWS call: counted, and its failure turned into one sentence that says later or never.
//! Never here: retries, or what a caller makes of a failure.

use crate::case::principal::AccountId;
use crate::ports::Fault;
use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;
use tracing::field::Empty;

/// Label `result` of `vouch_aws_requests_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallResult {
    Ok,
    /// It may work later: throttled, timed out, 5xx, changed at the same moment.
    Later,
    Denied,
    /// The thing asked for does not exist.
    Missing,
    /// Any other refusal.
    Refused,
}

impl CallResult {
    pub const ALL: [Self; 5] = [Self::Ok, Self::Later, Self::Denied, Self::Missing, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Later => "later",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Refused => "refused",
        }
    }
}

/// Hears of every call: service, operation (AWS's own names), result.
#[derive(Clone)]
pub struct CallObserver(Arc<dyn Fn(&'static str, &'static str, CallResult) + Send + Sync>);

impl CallObserver {
    pub fn new(hear: impl Fn(&'static str, &'static str, CallResult) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub fn silent() -> Self {
        Self::new(|_, _, _| {})
    }

    pub(super) fn hear(&self, service: &'static str, operation: &'static str, result: CallResult) {
        (self.0)(service, operation, result);
    }
}

/// Where calls go: what an error sentence names.
#[derive(Clone)]
pub struct Place {
    pub account: Option<AccountId>,
    pub region: String,
    pub observer: CallObserver,
}

/// A failed call. `code` is AWS's own word, empty when the answer had none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub code: String,
    pub message: String,
    pub fault: Fault,
}

impl Failed {
    /// Whether AWS said that the thing asked for does not exist.
    pub fn is_missing(&self) -> bool {
        MISSING.contains(&self.code.as_str())
    }

    /// Whether AWS said that we may not.
    pub fn is_denied(&self) -> bool {
        DENIED.contains(&self.code.as_str())
    }
}

impl From<Failed> for Fault {
    /// Who reads it can only grant what is missing, so it says where that is written.
    fn from(failed: Failed) -> Self {
        match failed.fault {
            Fault::Never { cause, gone, full } if FORBIDDEN.contains(&failed.code.as_str()) => {
                let cause = format!("{cause}; `vouch iam-policy` prints what must be allowed");
                Fault::Never { cause, gone, full }
            }
            fault @ (Fault::Never { .. } | Fault::Later { .. }) => fault,
        }
    }
}

impl Place {
    /// Waits for the call and counts it.
    pub async fn call<T, E>(
        &self,
        service: &'static str,
        operation: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failed>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let account = self.account.as_ref().map(AccountId::as_str);
        let span =
            tracing::debug_span!("aws", service, operation, account, region = self.region, result = Empty);
        let (answer, result) = match sent.instrument(span.clone()).await {
            Ok(answer) => (Ok(answer), CallResult::Ok),
            Err(error) => {
                let failed = self.failed(service, operation, &error);
                let result = result_of(&failed);
                (Err(failed), result)
            }
        };
        span.record("result", result.as_str());
        self.observer.hear(service, operation, result);
        answer
    }

    fn failed<E>(
        &self,
        service: &'static str,
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Failed
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let message = match error.message() {
            Some(message) => message.to_owned(),
            None => DisplayErrorContext(error).to_string(),
        };
        Failed { fault: fault(service, operation, self, error), code, message: one_line(&message) }
    }
}

/// What the caller should do about it, in one sentence that names account, Region and call.
pub fn fault<E>(
    service: &'static str,
    operation: &'static str,
    place: &Place,
    error: &SdkError<E, HttpResponse>,
) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|r| r.status().as_u16());
    let says = match (code, error.message()) {
        ("", None) => DisplayErrorContext(error).to_string(),
        (code, message) => format!("{code}: {}", message.unwrap_or("no reason given")),
    };
    let id = error.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
    let cause = sentence(service, operation, place, &one_line(&says), &id);
    // An answer without a status never arrived, or never left: the network, a timeout, missing credentials.
    let unheard = status.is_none() && !matches!(error, SdkError::ConstructionFailure(_));
    if unheard || status.is_some_and(is_passing) || is_later(code) {
        return Fault::Later { after: error.raw_response().and_then(retry_after), cause };
    }
    Fault::Never { cause, gone: MISSING.contains(&code), full: false }
}

fn sentence(service: &str, operation: &str, place: &Place, says: &str, id: &str) -> String {
    let account = place.account.as_ref().map_or("own account".to_owned(), |a| format!("account {a}"));
    format!("{service}:{operation} in {account}, {} failed: {says}{id}", place.region)
}

/// Answers that say nothing about the request itself.
fn is_passing(status: u16) -> bool {
    status >= 500 || status == 429
}

const MISSING: [&str; 11] = [
    "NoSuchEntity",
    "NoSuchEntityException",
    "InvalidInstanceID.NotFound",
    // HeadBucket has no body, so the SDK names it after the status.
    "NotFound",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "OwnershipControlsNotFoundError",
];

/// A policy says no; the other codes below say that we are nobody.
const FORBIDDEN: [&str; 3] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

pub(super) const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
];

/// Codes that pass: throttling, a change under way, and our own token at its end (the next one is fresh).
/// Throttling codes are those the AWS SDKs share; the others are from the service models.
const LATER: [&str; 29] = [
    // Another change of the same bucket is under way (S3 API reference).
    "OperationAborted",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    // Auto Scaling: something else changes the group right now.
    "ScalingActivityInProgress",
    "ResourceContention",
    // EC2: the instance is on its way from one state to another.
    "IncorrectInstanceState",
    "SlowDown",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
    "EntityTemporarilyUnmodifiableException",
    "ServiceFailure",
    "ServiceFailureException",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalServerErrorException",
    "RequestTimeout",
    "RequestTimeoutException",
    "RequestExpired",
    "ExpiredToken",
    "ExpiredTokenException",
    "TransactionInProgressException",
];

fn is_later(code: &str) -> bool {
    LATER.contains(&code)
}

fn result_of(failed: &Failed) -> CallResult {
    match &failed.fault {
        Fault::Later { .. } => CallResult::Later,
        Fault::Never { .. } if failed.is_missing() => CallResult::Missing,
        Fault::Never { .. } if DENIED.contains(&failed.code.as_str()) => CallResult::Denied,
        Fault::Never { .. } => CallResult::Refused,
    }
}

/// Seconds only; bounded, because the other side's word must not stop us for a day.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds: u64 = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(900)))
}

/// AWS repeats parts of a request in its messages, so they are cut and kept on one line.
fn one_line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    flat.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::error::ErrorMetadata;
    use aws_sdk_iam::operation::get_user::GetUserError;

    fn refused(code: &str, status: u16, retry: Option<&str>) -> SdkError<GetUserError, HttpResponse> {
        let meta = ErrorMetadata::builder().code(code).message("two\nlines.").build();
        let mut raw = HttpResponse::new(status.try_into().unwrap(), "".into());
        if let Some(seconds) = retry {
            raw.headers_mut().insert("retry-after", seconds.to_owned());
        }
        SdkError::service_error(GetUserError::generic(meta), raw)
    }

    fn place() -> Place {
        Place {
            account: AccountId::parse("123456789012"),
            region: "us-east-1".into(),
            observer: CallObserver::silent(),
        }
    }

    #[test]
    fn later_or_never() {
        let of = |code, status| fault("iam", "GetUser", &place(), &refused(code, status, None));
        for (code, status) in [
            ("Throttling", 400),
            ("ConcurrentModification", 409),
            ("EntityTemporarilyUnmodifiable", 409),
            ("ServiceFailure", 500),
            ("", 503),
            ("", 429),
            ("ExpiredToken", 403),
        ] {
            assert!(matches!(of(code, status), Fault::Later { .. }), "{code} {status}");
        }
        for (code, status) in [
            ("AccessDenied", 403),
            ("LimitExceeded", 409),
            ("MalformedPolicyDocument", 400),
            ("UnmodifiableEntity", 400),
            ("InvalidClientTokenId", 403),
        ] {
            assert!(matches!(of(code, status), Fault::Never { gone: false, .. }), "{code} {status}");
        }
        assert!(matches!(of("NoSuchEntity", 404), Fault::Never { gone: true, .. }));
    }

    #[test]
    fn a_sentence_names_account_region_and_call() {
        let got = fault("iam", "GetUser", &place(), &refused("Throttling", 400, Some("7")));
        let cause = "iam:GetUser in account 123456789012, us-east-1 failed: Throttling: two lines";
        assert_eq!(got, Fault::Later { after: Some(Duration::from_secs(7)), cause: cause.to_owned() });
    }

    #[test]
    fn a_timeout_is_for_later() {
        let error: SdkError<GetUserError, HttpResponse> = SdkError::timeout_error("too slow");
        assert!(matches!(fault("iam", "GetUser", &place(), &error), Fault::Later { .. }));
        let error: SdkError<GetUserError, HttpResponse> = SdkError::construction_failure("no name");
        assert!(matches!(fault("iam", "GetUser", &place(), &error), Fault::Never { .. }));
    }
}
