//! The stored shapes, each with the version it was written in.
//! Never here: keys, or what the values mean.

use crate::case::state::{Case, Stage};
use crate::ports::Fault;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What this version writes. Raise it with every change that an older vouch would misread, and teach `upgrade`.
/// A further variant of an enum is no such change: older rows read as before, and an older vouch refuses a row
/// that has the new variant instead of misreading it.
pub(super) const VERSION: u32 = 1;

/// How `encode` begins.
const THIS_VERSION: &[u8] = br#"{"v":1,"d":"#;

#[derive(Serialize)]
struct Written<'a, T> {
    v: u32,
    d: &'a T,
}

#[derive(Deserialize)]
struct Envelope {
    v: u32,
}

#[derive(Deserialize)]
struct Current<T> {
    d: T,
}

/// A case with what its index rows were built from, so that they can be found again by a later version whose
/// `wakes_at` answers differently.
#[derive(Serialize)]
pub(super) struct CaseRow<'a> {
    #[serde(flatten)]
    pub(super) head: &'a CaseHead,
    pub(super) case: &'a Case,
}

/// The case row without its body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CaseHead {
    pub(super) version: u64,
    pub(super) stage: Stage,
    pub(super) wakes: Option<Timestamp>,
    pub(super) opened_at: Timestamp,
    pub(super) closed_at: Option<Timestamp>,
}

/// The case row with its body.
#[derive(Deserialize)]
pub(super) struct CaseBody {
    pub(super) version: u64,
    pub(super) case: Case,
}

/// A row that belongs to a case and goes with it; only the owner is read.
#[derive(Deserialize)]
pub(super) struct Owned {
    pub(super) case: crate::case::CaseId,
}

/// When a reply was given, without the answer.
#[derive(Deserialize)]
pub(super) struct ReplyHead {
    pub(super) at: Timestamp,
}

/// A value with the version that writers must name.
#[derive(Serialize, Deserialize)]
pub(super) struct Versioned<T> {
    pub(super) version: u64,
    pub(super) value: T,
}

pub(super) fn encode<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(&Written { v: VERSION, d: value })
        .map_err(|e| Fault::never(format!("{what} has no stored form: {e}")))
}

pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Fault> {
    let broken = |e| Fault::never(format!("the stored {what} is damaged and cannot be read: {e}"));
    if bytes.starts_with(THIS_VERSION) {
        // As `encode` writes it: read once. A case is read for every commit.
        return serde_json::from_slice::<Current<T>>(bytes).map(|c| c.d).map_err(broken);
    }
    let Envelope { v } = serde_json::from_slice(bytes).map_err(broken)?;
    match v {
        VERSION => serde_json::from_slice::<Current<T>>(bytes).map(|c| c.d).map_err(broken),
        newer if newer > VERSION => Err(Fault::never(format!(
            "the stored {what} was written by a newer vouch (record version {newer}); this one reads up to \
             {VERSION}: upgrade, or restore the folder from before"
        ))),
        older => {
            let Current { d } = serde_json::from_slice::<Current<Value>>(bytes).map_err(broken)?;
            serde_json::from_value(upgrade(what, older, d)?).map_err(broken)
        }
    }
}

/// Brings an older shape up to `VERSION`, one version at a time. There is none before the first.
fn upgrade(what: &str, from: u32, value: Value) -> Result<Value, Fault> {
    let _ = value;
    Err(Fault::never(format!("the stored {what} names record version {from}, which no vouch ever wrote")))
}
