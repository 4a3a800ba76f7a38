//! CloudTrail's event history: look-ups at the pace that AWS allows, shared by everybody who asks.
//! Never here: what an event means for a case.

mod chain;
mod record;

pub(super) use chain::{Followed, follow};
pub(super) use record::{Issuer, Record};

use super::clients::CloudTrail;
use crate::case::principal::AccountId;
use crate::ports::Fault;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// What reading the history needs in the account looked into.
pub const ACTIONS: [&str; 1] = ["cloudtrail:LookupEvents"];

/// Two look-ups a second for an account and Region (CloudTrail user guide, quotas), and a little more, since calls do
/// not arrive as evenly as they leave.
const PERIOD: Duration = Duration::from_millis(550);

/// How far back the history goes (CloudTrail user guide, event history).
pub(super) const HISTORY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What a page holds at most.
const PAGE: i32 = 50;

/// Pages read of one answer. What is on later ones is said to be missing.
const PAGES: usize = 4;

/// Others draw from the same allowance: a refused page is asked for again, this often in all.
const TRIES: usize = 3;

/// Look-ups of one place that wait for their turn, at most: more would not come in time, and only hold up the question.
const WAITING: usize = 20;

/// Accounts and Regions remembered before the idle ones are forgotten.
const PLACES: usize = 1000;

/// What is looked up. CloudTrail takes one attribute at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) attribute: Attribute,
    pub(super) value: String,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Attribute {
    /// Calls made with a key.
    AccessKey,
    /// Calls of a user; for sessions it is the session's name and never the role's.
    Username,
    /// Events that name a thing: a minted key, a user, an instance.
    Resource,
    EventName,
}

impl Attribute {
    fn key(self) -> LookupAttributeKey {
        match self {
            Self::AccessKey => LookupAttributeKey::AccessKeyId,
            Self::Username => LookupAttributeKey::Username,
            Self::Resource => LookupAttributeKey::ResourceName,
            Self::EventName => LookupAttributeKey::EventName,
        }
    }
}

/// What the history told, the newest first.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) records: Vec<Record>,
    /// Nothing older of the time asked about was left unread.
    pub(super) complete: bool,
}

/// The allowance of every account and Region.
pub(super) struct Trail {
    pace: DefaultKeyedRateLimiter<Place>,
    queues: Mutex<HashMap<Place, Arc<Semaphore>>>,
    clock: DefaultClock,
}

/// Account and Region.
type Place = (Option<AccountId>, String);

impl Trail {
    pub(super) fn new() -> Self {
        let quota = Quota::with_period(PERIOD).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self { pace: RateLimiter::keyed(quota), queues: Mutex::default(), clock: DefaultClock::default() }
    }

    /// Reads an answer to its end, or as far as we go.
    pub(super) async fn ask(&self, there: &CloudTrail, question: &Question) -> Result<Told, Fault> {
        let attribute = LookupAttribute::builder()
            .attribute_key(question.attribute.key())
            .attribute_value(&question.value)
            .build()
            .map_err(|error| Fault::never(format!("cloudtrail:LookupEvents cannot be asked: {error}")))?;
        let call = there
            .client
            .lookup_events()
            .lookup_attributes(attribute)
            .set_start_time(question.from.map(moment))
            .set_end_time(question.until.map(moment))
            .max_results(PAGE);
        let (mut records, mut token) = (vec![], None);
        for _ in 0..PAGES {
            let page = self.page(there, &call.clone().set_next_token(token)).await?;
            records.extend(page.events.unwrap_or_default().iter().filter_map(Record::read));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Told { records, complete: true });
            }
        }
        Ok(Told { records, complete: false })
    }

    async fn page(
        &self,
        there: &CloudTrail,
        call: &aws_sdk_cloudtrail::operation::lookup_events::builders::LookupEventsFluentBuilder,
    ) -> Result<aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput, Fault> {
        let mut tried = 0;
        loop {
            self.turn(there).await?;
            tried += 1;
            match there.place.call("cloudtrail", "LookupEvents", call.clone().send()).await {
                Ok(page) => return Ok(page),
                Err(failed) if failed.code.contains("Throttl") && tried < TRIES => {}
                Err(failed) => return Err(failed.fault),
            }
        }
    }

    async fn turn(&self, there: &CloudTrail) -> Result<(), Fault> {
        if self.pace.len() > PLACES {
            self.pace.retain_recent();
        }
        let key = (there.place.account.clone(), there.place.region.clone());
        let Ok(_waiting) = self.queue(&key).try_acquire_owned() else {
            let account = key.0.map_or("our own account".to_owned(), |account| format!("account {account}"));
            return Err(Fault::never(format!(
                "cloudtrail:LookupEvents in {account}, {}: too many look-ups wait for their turn",
                key.1
            )));
        };
        while let Err(not_yet) = self.pace.check_key(&key) {
            tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
        Ok(())
    }

    fn queue(&self, key: &Place) -> Arc<Semaphore> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if queues.len() > PLACES {
            queues.retain(|_, queue| queue.available_permits() < WAITING);
        }
        queues.entry(key.clone()).or_insert_with(|| Arc::new(Semaphore::new(WAITING))).clone()
    }
}

fn moment(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}
