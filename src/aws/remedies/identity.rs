//! A user or a role as IAM has it now: what the remedies for both are made of.
//! Never here: which remedy needs what; see `user` and `role`.

mod calls;
pub(super) mod document;
pub(super) mod inline;
pub(super) mod quarantine;

pub(super) use calls::{PAGES, missing_is_done};

use super::hand::Job;
use super::scope;
use crate::aws::clients::{Clients, Iam};
use crate::case::remedy::{Prior, Remedy, Target};
use crate::ports::Fault;
use jiff::SignedDuration;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// So long what IAM said of who it is holds for the next write of the same run.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// Which of the two: IAM has a call of its own for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    User,
    Role,
}

impl Sort {
    /// As sentences and ARNs call it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
        }
    }

    /// What all inline policies of one may have together, white space not counted (IAM quotas).
    fn quota(self) -> usize {
        match self {
            Self::User => 2048,
            Self::Role => 10_240,
        }
    }

    /// The longest a session lives: 36 h of a user, 12 h of a role (STS API reference, GetSessionToken and
    /// AssumeRole). Clocks, and a token issued at the very moment of the cut, get an hour on top.
    fn life(self) -> SignedDuration {
        match self {
            Self::User => SignedDuration::from_hours(37),
            Self::Role => SignedDuration::from_hours(13),
        }
    }
}

/// One that we may have to write about, and the client that can.
pub(super) struct Identity<'a> {
    pub(super) iam: Iam,
    pub(super) target: &'a Target,
    pub(super) sort: Sort,
    /// `AIDA…` or `AROA…`, as IAM says now.
    pub(super) id: String,
    /// When IAM last said that it is still the same one, and what it said.
    known: Mutex<Option<(Instant, calls::Seen)>>,
}

impl<'a> Identity<'a> {
    /// Through credentials that can do these remedies to it and nothing else.
    pub(super) async fn reach(
        clients: &Clients,
        job: Job<'a>,
        sort: Sort,
        acts: &[(Remedy, Option<&Prior>)],
    ) -> Result<Self, Fault> {
        let target = job.target;
        let policy = scope::for_identity(target, sort.noun(), acts, job.quarantine);
        let iam = clients.respond(&target.account, target.partition, job.case, &policy).await?;
        let mut found = Self { iam, target, sort, id: String::new(), known: Mutex::default() };
        found.id = found.same().await?.id;
        Ok(found)
    }

    /// What IAM said a moment ago.
    fn known(&self) -> Option<calls::Seen> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| at.elapsed() < KNOWN_FOR).map(|(_, seen)| seen.clone())
    }

    fn learn(&self, seen: &calls::Seen) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((Instant::now(), seen.clone()));
    }

    pub(super) fn name(&self) -> &str {
        &self.target.name
    }

    /// Such as `user alice`.
    pub(super) fn whom(&self) -> String {
        format!("{} {}", self.sort.noun(), self.name())
    }
}
