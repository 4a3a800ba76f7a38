//! Stubs for the AWS calls that no emulator offers: GuardDuty findings, CloudTrail look-ups and a few of IAM's, on one
//! address.
//!
//! This file holds the handle that tests keep. What the calls do lives in `guardduty`, `cloudtrail` and `iam`; the rest
//! of IAM, STS and SQS never live here: for those there is an emulator, and [`Front`] to stand before it.

mod cloudtrail;
mod control;
mod criteria;
mod front;
mod guardduty;
mod iam;
mod server;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::front::Front;
pub use self::iam::{Extra, Job};
use crate::fault::{Book, Fault, Planned};
use crate::record::{Recorder, Request};
use crate::watched::Watched;
use crate::wire;

/// Feedback as given with `UpdateFindingsFeedback`.
#[derive(Clone, Debug, Serialize)]
pub struct Feedback {
    /// `USEFUL` or `NOT_USEFUL`.
    pub feedback: String,
    /// Free text, or null.
    pub comments: Value,
}

/// A finding held by the stub.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// The finding as on the wire (camelCase), with `service.archived` as it is now.
    pub finding: Value,
    /// The latest feedback.
    pub feedback: Option<Feedback>,
}

impl Held {
    /// Whether it is archived.
    pub fn archived(&self) -> bool {
        self.finding["service"]["archived"] == true
    }
}

/// What the stubs remember.
#[derive(Default)]
pub struct State {
    /// Findings by id.
    pub findings: BTreeMap<String, Held>,
    /// CloudTrail records with their Region.
    pub events: Vec<(String, Value)>,
    /// How many look-ups CloudTrail takes in a second, for an account and Region; `None`: any number.
    pub lookups_per_second: Option<usize>,
    /// The look-ups of late, by account and Region.
    pub lookups: HashMap<(String, String), Vec<jiff::Timestamp>>,
    /// Users' credentials beside keys and password.
    pub extras: BTreeMap<String, Vec<Extra>>,
    /// Services that a principal used, by its ARN; `None`: allowed, and never used.
    pub services: BTreeMap<String, Vec<(String, Option<jiff::Timestamp>)>>,
    /// Jobs that gather them.
    pub jobs: HashMap<String, Job>,
    /// Detector ids by Region, where they are not the usual ones; `None`: no detector there.
    pub detectors: HashMap<String, Option<String>>,
    /// Requests so far.
    pub requests: Recorder,
    /// Faults still to happen.
    pub faults: Book,
}

/// The running stubs. Clones share them; they end with [`Aws::stop`] or with the runtime.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
}

struct Inner {
    state: Watched<State>,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Aws {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts on this address.
    pub async fn start_at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let inner = Inner {
            state: Watched::new(State::default()),
            address: listener.local_addr()?,
            stop: CancellationToken::new(),
        };
        let aws = Self { inner: Arc::new(inner) };
        let routes = control::routes().fallback(server::call).with_state(aws.clone());
        wire::serve(listener, routes, aws.inner.stop.clone());
        Ok(aws)
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// What belongs into `AWS_ENDPOINT_URL_GUARDDUTY` and `AWS_ENDPOINT_URL_CLOUDTRAIL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// Looks at the state.
    pub fn peek<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        self.inner.state.peek(look)
    }

    /// Changes the state directly and wakes whoever waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        self.inner.state.change(change)
    }

    /// Waits until `pick` finds something; `None` when the time is over.
    pub async fn wait_for<T>(&self, timeout: Duration, pick: impl FnMut(&State) -> Option<T>) -> Option<T> {
        self.inner.state.wait_for(timeout, pick).await
    }

    /// Waits until an operation was called so often in all; gives the last of these calls.
    pub async fn wait_request(&self, operation: &str, count: usize, timeout: Duration) -> Option<Request> {
        self.wait_for(timeout, |state| state.requests.of(operation).get(count.checked_sub(1)?).cloned()).await
    }

    /// Adds or replaces a finding in its wire form (camelCase). Without an `id` it is refused.
    pub fn put_finding(&self, mut finding: Value) -> Result<(), String> {
        let id = finding["id"].as_str().ok_or("a finding needs a camelCase `id`")?.to_owned();
        if !finding["service"].is_object() {
            finding["service"] = json!({});
        }
        if finding["service"]["archived"].is_null() {
            finding["service"]["archived"] = json!(false);
        }
        self.change(|state| {
            let feedback = state.findings.get(&id).and_then(|held| held.feedback.clone());
            state.findings.insert(id, Held { finding, feedback });
        });
        Ok(())
    }

    /// GuardDuty forgets a finding.
    pub fn remove_finding(&self, id: &str) {
        self.change(|state| state.findings.remove(id));
    }

    /// A finding as it is now.
    pub fn finding(&self, id: &str) -> Option<Held> {
        self.peek(|state| state.findings.get(id).cloned())
    }

    /// Ids of the archived findings.
    pub fn archived(&self) -> Vec<String> {
        let archived = |(id, held): (&String, &Held)| held.archived().then(|| id.clone());
        self.peek(|state| state.findings.iter().filter_map(archived).collect())
    }

    /// Adds a CloudTrail record (the JSON that `CloudTrailEvent` holds) to a Region.
    pub fn put_event(&self, region: &str, record: Value) {
        self.change(|state| state.events.push((region.to_owned(), record)));
    }

    /// CloudTrail refuses more look-ups than this in a second, for each account and Region.
    pub fn limit_lookups(&self, per_second: usize) {
        self.change(|state| state.lookups_per_second = Some(per_second));
    }

    /// Gives a user a credential of the kind that this operation lists.
    pub fn put_extra(&self, user: &str, listed_by: &str, name: &str, status: &str) {
        let extra = Extra { listed_by: listed_by.into(), name: name.into(), status: status.into() };
        self.change(|state| state.extras.entry(user.to_owned()).or_default().push(extra));
    }

    /// A principal used a service last at this time.
    pub fn put_service(&self, arn: &str, service: &str, last: Option<jiff::Timestamp>) {
        self.change(|state| state.services.entry(arn.to_owned()).or_default().push((service.into(), last)));
    }

    /// Sets a Region's detector; `None`: GuardDuty is off there.
    pub fn set_detector(&self, region: &str, id: Option<&str>) {
        self.change(|state| state.detectors.insert(region.to_owned(), id.map(str::to_owned)));
    }

    /// The detector of a Region.
    pub fn detector(&self, region: &str) -> Option<String> {
        self.peek(|state| guardduty::detector(state, region))
    }

    /// Plans a fault for the next `times` calls of an operation (`*`: any).
    pub fn fault(&self, on: &str, fault: Fault, times: u32) {
        self.plan(Planned { on: on.to_owned(), fault, times: Some(times), skip: 0, saying: String::new() });
    }

    /// Plans a fault with every detail.
    pub fn plan(&self, planned: Planned) {
        self.change(|state| state.faults.plan(planned));
    }

    /// Forgets the faults of an operation, or all.
    pub fn clear_faults(&self, on: Option<&str>) {
        self.change(|state| state.faults.clear(on));
    }

    /// The calls of one operation so far.
    pub fn requests(&self, operation: &str) -> Vec<Request> {
        self.peek(|state| state.requests.of(operation))
    }
}
