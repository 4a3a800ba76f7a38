//! Whether the daemon can do its work, and why not.
//! Never here: finding out; each room reports through the daemon.

use super::Admin;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the daemon is not ready: one part and one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub part: &'static str,
    pub reason: String,
}

/// What is known about each part. Shared and cheap to clone; no reasons means ready.
#[derive(Clone)]
pub struct Readiness {
    told: Arc<Mutex<BTreeMap<&'static str, String>>>,
    asked: Arc<dyn Fn() -> Vec<Reason> + Send + Sync>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::asking(Vec::new)
    }
}

impl Readiness {
    /// Asks `probe` at each request, beside what it is told. The probe must not wait.
    pub fn asking(probe: impl Fn() -> Vec<Reason> + Send + Sync + 'static) -> Self {
        Self { told: Arc::default(), asked: Arc::new(probe) }
    }

    /// The part cannot work; the sentence says why and replaces the last one.
    pub fn not_ready(&self, part: &'static str, reason: impl Into<String>) {
        self.told().insert(part, reason.into());
    }

    /// The part works again.
    pub fn ready(&self, part: &'static str) {
        self.told().remove(part);
    }

    /// Empty when ready.
    pub fn reasons(&self) -> Vec<Reason> {
        let told: Vec<Reason> =
            self.told().iter().map(|(part, reason)| Reason { part, reason: reason.clone() }).collect();
        told.into_iter().chain((self.asked)()).collect()
    }

    fn told(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn readyz(State(admin): State<Admin>) -> (StatusCode, Json<Value>) {
    let reasons = admin.readiness.reasons();
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons })))
}
