//! What is counted when: entries of a saved group, and effects that came back.
//! Never here: the metrics themselves.
use crate::case::effect::Want;
use crate::case::entry::EntryKind;
use crate::case::event::Outcome;
use crate::inbox::RefusalReason;
use crate::metrics::Metrics;
pub(super) fn refused(_m: &Metrics, _r: RefusalReason) {}
pub(super) fn entry(_m: &Metrics, _k: EntryKind, _d: &serde_json::Value) {}
pub(super) fn effect(_m: &Metrics, _w: &Want, _o: &Outcome) {}
