//! The record of every request a server got, so that a test can assert on order and count.
//!
//! Never decides anything; a request is recorded once it is answered or its answer is lost.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// So many requests are kept; a sandbox may run for days.
const KEPT: usize = 20_000;

/// One request as it arrived and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Counts up from 1 per server.
    pub n: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Slack method or AWS operation, such as `chat.postMessage` or `ListFindings`.
    pub method: String,
    /// The arguments, whatever their encoding was.
    pub body: Value,
    /// `ok`, `error CODE`, or the name of the fault that struck.
    pub outcome: String,
    /// The answer, also when it was lost; null when there was none.
    pub answer: Value,
}

/// The requests so far, oldest first.
#[derive(Debug, Default)]
pub struct Recorder {
    count: u64,
    kept: VecDeque<Request>,
}

impl Recorder {
    /// Adds a request.
    pub fn add(&mut self, at: Timestamp, method: &str, body: Value, outcome: String, answer: Value) {
        self.count += 1;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Request { n: self.count, at, method: method.to_owned(), body, outcome, answer });
    }

    /// Every request kept.
    pub fn all(&self) -> impl Iterator<Item = &Request> {
        self.kept.iter()
    }

    /// The requests of one method, cloned.
    pub fn of(&self, method: &str) -> Vec<Request> {
        self.kept.iter().filter(|request| request.method == method).cloned().collect()
    }

    /// Forgets what was recorded; the numbers go on.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}
