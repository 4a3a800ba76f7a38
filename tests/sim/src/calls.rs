//! Calls to AWS as they were made, one JSON line each, appended to the file that `VOUCH_CALLS_OUT` names. Which
//! permission a call needs is judged by others (`tests/deploy/calls.py`).
//!
//! Nothing is decided here, and without the variable nothing is written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;

use serde_json::Value;

/// Appends a line. Several processes may write into the same file.
pub fn tell(call: &Value) {
    static OUT: OnceLock<Option<File>> = OnceLock::new();
    let open = || {
        let path = std::env::var_os("VOUCH_CALLS_OUT")?;
        OpenOptions::new().create(true).append(true).open(path).ok()
    };
    if let Some(mut out) = OUT.get_or_init(open).as_ref() {
        // In one piece, so that lines stay whole. A file that cannot be written is missed by its reader.
        let _lost = out.write_all(format!("{call}\n").as_bytes());
    }
}
