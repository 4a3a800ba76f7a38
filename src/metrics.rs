//! All metrics; labels are closed enums, or the constant names that a closed enum's `as_str` gives.
//! Never here: measuring; each room counts what it does.

use crate::case::finding::Form;
use crate::case::prompt::Verdict;
use crate::case::remedy::Remedy;
use crate::case::state::Stage;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What came of a body from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingOutcome {
    Opened,
    Joined,
    /// Seen before, in this version or a newer one.
    Duplicate,
    /// Claims to be a finding and cannot be read.
    Unreadable,
    /// Makes no claim to be a finding.
    Ignored,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromptResult {
    Delivered,
    Failed,
    /// Too many questions to one person; responders were told.
    Held,
}

/// What came of one remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemedyResult {
    Applied,
    Verified,
    Failed,
    DryRun,
    Undone,
    UndoRefused,
}

/// Names of labels are part of the outside interface; values are constants of closed enums.
type Labels<const N: usize> = [(&'static str, &'static str); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;

/// Cheap to share behind an `Arc`; every method may be called from anywhere.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    findings: Counters<2>,
    cases_open: Family<Labels<1>, Gauge>,
    prompts: Counters<1>,
    replies: Counters<1>,
    refused: Counters<1>,
    answer_seconds: Histogram,
    contain_seconds: Histogram,
    remedies: Counters<2>,
    audit: Counters<1>,
    pages: Counters<2>,
    slack_requests: Counters<2>,
    aws_requests: Counters<3>,
    queue_lag: Gauge<f64, AtomicU64>,
    breaker_open: Gauge,
    sockets: Gauge,
    overdue: Gauge,
    ready: Gauge,
    /// The sum of what `remedies` counts as failed: a family cannot be summed.
    remedies_failed: AtomicU64,
}

/// How it stands, for the log: whoever watches logs and no metrics is told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub ready: i64,
    pub sockets: i64,
    pub breaker_open: i64,
    pub overdue: i64,
    /// Since the start of the process.
    pub remedies_failed: u64,
}

/// A person answers within seconds or within hours.
const ANSWER: [f64; 12] =
    [5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14400.0, 86400.0];
/// Containment is quick, or waits for a person.
const CONTAIN: [f64; 12] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("vouch"),
            findings: Family::default(),
            cases_open: Family::default(),
            prompts: Family::default(),
            replies: Family::default(),
            refused: Family::default(),
            answer_seconds: Histogram::new(ANSWER),
            contain_seconds: Histogram::new(CONTAIN),
            remedies: Family::default(),
            audit: Family::default(),
            pages: Family::default(),
            slack_requests: Family::default(),
            aws_requests: Family::default(),
            queue_lag: Gauge::default(),
            breaker_open: Gauge::default(),
            sockets: Gauge::default(),
            overdue: Gauge::default(),
            ready: Gauge::default(),
            remedies_failed: AtomicU64::new(0),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    /// OpenMetrics text, for `/metrics`.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail; half a text would be refused by the reader.
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }

    pub fn finding(&self, form: Form, outcome: FindingOutcome) {
        self.body(Some(form), outcome);
    }

    /// A body whose form may not be known.
    pub fn body(&self, form: Option<Form>, outcome: FindingOutcome) {
        let form = form.map_or("unknown", Form::as_str);
        count(&self.findings, [("form", form), ("outcome", outcome.as_str())]);
    }

    pub fn cases_open(&self, stage: Stage, n: i64) {
        self.cases_open.get_or_create(&[("stage", stage.as_str())]).set(n);
    }

    pub fn prompt(&self, result: PromptResult) {
        count(&self.prompts, [("result", result.as_str())]);
    }

    pub fn reply(&self, verdict: Verdict) {
        count(&self.replies, [("verdict", verdict.as_str())]);
    }

    /// `reason` is `inbox::RefusalReason::as_str`, or `case::event::Answer`'s word for a refused click.
    pub fn refused(&self, reason: &'static str) {
        count(&self.refused, [("reason", reason)]);
    }

    /// From first delivery to the final answer.
    pub fn answer_seconds(&self, seconds: f64) {
        self.answer_seconds.observe(seconds);
    }

    /// From the opening of the case to containment.
    pub fn contain_seconds(&self, seconds: f64) {
        self.contain_seconds.observe(seconds);
    }

    pub fn remedy(&self, remedy: Remedy, result: RemedyResult) {
        if result == RemedyResult::Failed {
            self.remedies_failed.fetch_add(1, Ordering::Relaxed);
        }
        count(&self.remedies, [("remedy", remedy.as_str()), ("result", result.as_str())]);
    }

    /// A line of the audit; `kind` is `case::entry::EntryKind::as_str`.
    pub fn audit(&self, kind: &'static str) {
        count(&self.audit, [("kind", kind)]);
    }

    /// Over the second route; `action` is `case::alarm::Signal::as_str`.
    pub fn page(&self, action: &'static str, delivered: bool) {
        let result = if delivered { "delivered" } else { "failed" };
        count(&self.pages, [("action", action), ("result", result)]);
    }

    /// `method` and `result` are constants of the Slack client.
    pub fn slack_request(&self, method: &'static str, result: &'static str) {
        count(&self.slack_requests, [("method", method), ("result", result)]);
    }

    /// `service` and `operation` are AWS's own names, `result` is `aws::call::CallResult::as_str`.
    pub fn aws_request(&self, service: &'static str, operation: &'static str, result: &'static str) {
        count(&self.aws_requests, [("service", service), ("operation", operation), ("result", result)]);
    }

    /// Age of the oldest message just received.
    pub fn queue_lag(&self, lag: Duration) {
        self.queue_lag.set(lag.as_secs_f64());
    }

    pub fn breaker_open(&self, open: bool) {
        self.breaker_open.set(i64::from(open));
    }

    pub fn sockets_connected(&self, n: usize) {
        self.sockets.set(i64::try_from(n).unwrap_or(i64::MAX));
    }

    pub fn cases_overdue(&self, n: usize) {
        self.overdue.set(i64::try_from(n).unwrap_or(i64::MAX));
    }

    pub fn ready(&self, ready: bool) {
        self.ready.set(i64::from(ready));
    }

    pub fn standing(&self) -> Standing {
        Standing {
            ready: self.ready.get(),
            sockets: self.sockets.get(),
            breaker_open: self.breaker_open.get(),
            overdue: self.overdue.get(),
            remedies_failed: self.remedies_failed.load(Ordering::Relaxed),
        }
    }

    /// The encoder appends `_total` to counters by itself.
    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("findings", "Bodies from the queue, by form and what came of them", self.findings.clone());
        r.register("cases_open", "Open cases by stage", self.cases_open.clone());
        r.register("prompts", "Questions to people, by what came of them", self.prompts.clone());
        r.register("replies", "Replies that counted, by verdict", self.replies.clone());
        r.register("replies_refused", "Clicks that were refused, by reason", self.refused.clone());
        r.register("answer_seconds", "From first delivery to the final answer", self.answer_seconds.clone());
        r.register("contain_seconds", "From opening to containment", self.contain_seconds.clone());
        r.register("remedies", "Remedies, by what came of them", self.remedies.clone());
        r.register("audit", "Lines of the audit, by what they tell", self.audit.clone());
        r.register("pages", "Alarms over the second route", self.pages.clone());
        r.register("slack_requests", "Calls to Slack's Web API", self.slack_requests.clone());
        r.register("aws_requests", "Calls to AWS", self.aws_requests.clone());
        r.register("queue_lag_seconds", "Age of the oldest message just received", self.queue_lag.clone());
        r.register("breaker_open", "1 while plans become proposals", self.breaker_open.clone());
        r.register("sockets_connected", "Socket Mode connections that stand", self.sockets.clone());
        r.register(
            "cases_overdue",
            "Open cases whose time is over and that no responder took",
            self.overdue.clone(),
        );
        r.register("ready", "1 while /readyz answers 200", self.ready.clone());
    }
}

impl FindingOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Joined => "joined",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::Ignored => "ignored",
        }
    }
}

impl PromptResult {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }
}

impl RemedyResult {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::DryRun => "dry-run",
            Self::Undone => "undone",
            Self::UndoRefused => "undo-refused",
        }
    }
}

fn count<const N: usize>(family: &Counters<N>, labels: Labels<N>) {
    family.get_or_create(&labels).inc();
}
