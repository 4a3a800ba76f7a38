//! One look at something in time: an answer, or a sentence that says what could not be read.
//! Never here: what is looked at.

use crate::aws::clients::Iam;
use crate::aws::dossier::Dossier;
use crate::ports::Fault;
use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use futures_util::future::BoxFuture;
use std::error::Error;
use std::future::Future;
use tokio::time::{Instant, timeout_at};

/// What every look-up about one principal needs.
pub(super) struct Look<'a> {
    pub(super) dossier: &'a Dossier,
    pub(super) iam: &'a Iam,
    /// The user's or the role's.
    pub(super) name: &'a str,
    pub(super) until: Instant,
}

impl Look<'_> {
    /// One call to IAM.
    pub(super) fn iam<'f, T, E>(
        &'f self,
        operation: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'f,
    ) -> BoxFuture<'f, Result<T, String>>
    where
        T: Send + 'f,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        // In a box: many of them run side by side, and the SDK's futures are big.
        Box::pin(async move {
            let call = async { self.iam.place.call("iam", operation, sent).await.map_err(Fault::from) };
            self.in_time(&format!("iam:{operation}"), call).await
        })
    }

    /// The same where it may well be that there is none.
    pub(super) fn is_there<'f, T, E>(
        &'f self,
        operation: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'f,
    ) -> BoxFuture<'f, Result<bool, String>>
    where
        T: Send + 'f,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        Box::pin(async move {
            let call = async {
                match self.iam.place.call("iam", operation, sent).await {
                    Ok(_) => Ok(true),
                    Err(failed) if failed.is_missing() => Ok(false),
                    Err(failed) => Err(failed.fault),
                }
            };
            self.in_time(&format!("iam:{operation}"), call).await
        })
    }

    pub(super) async fn in_time<T>(
        &self,
        what: &str,
        read: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, String> {
        match timeout_at(self.until, read).await {
            Ok(read) => read.map_err(|fault| fault.to_string()),
            Err(_) => Err(format!("{what} for {} took too long", self.name)),
        }
    }
}

/// The answer, or nothing and a gap.
pub(super) fn keep<T>(read: Result<T, String>, gaps: &mut Vec<String>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}
