//! From a queue body to findings: one door, whatever the body was wrapped in.
//! Never here: the queue itself, opinions about findings, clocks. Nothing in a body can make this panic.

mod activity;
mod asff;
mod form;
mod guardduty;
mod json;
mod principal;
mod resource;
mod unusual;

use crate::case::finding::{Finding, Form};

/// What a body turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    /// At least one finding. `problems` has a sentence for each part that claims to be a finding and is none:
    /// such a body is handled like a bad one once its findings are safe.
    Findings { findings: Vec<Finding>, problems: Vec<String> },
    /// JSON that makes no claim to be a GuardDuty finding.
    NotFinding { what: NotFinding },
    /// Not JSON, or it claims to be a finding and lacks what a finding cannot do without.
    Bad { why: String, form: Option<Form> },
}

/// What arrives on the same queue without being a finding. Label of `findings_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotFinding {
    /// Security Hub V2: another schema, which we recognise and do not read.
    Ocsf,
    /// Runtime coverage, malware scan results and the like: same `source`, no finding.
    GuardDutyNotice,
    /// Somebody's call to the GuardDuty API.
    CloudTrailEvent,
    /// A Security Hub finding of another product.
    SecurityHubOther,
    Other,
}

impl NotFinding {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ocsf => "ocsf",
            Self::GuardDutyNotice => "guardduty-notice",
            Self::CloudTrailEvent => "cloudtrail-event",
            Self::SecurityHubOther => "security-hub-other",
            Self::Other => "other",
        }
    }
}

/// Reads a body. The form is decided by content, in the order SNS, EventBridge, ASFF, raw
/// (facts/findings.md 7.1).
pub fn decode(body: &[u8]) -> Decoded {
    let parts = match form::unwrap(body) {
        Ok(parts) => parts,
        Err(why) => return Decoded::Bad { why, form: None },
    };
    let mut findings = Vec::new();
    let mut problems = Vec::new();
    let (mut bad_form, mut other) = (None, None);
    for part in &parts {
        match part {
            form::Part::Raw { value, form } => match guardduty::read(value, *form) {
                Ok(finding) => findings.push(finding),
                Err(why) => {
                    bad_form = bad_form.or(Some(*form));
                    problems.push(why);
                }
            },
            form::Part::Broken { why, form } => {
                bad_form = bad_form.or(*form);
                problems.push(why.clone());
            }
            form::Part::Nothing(what) => other = other.or(Some(*what)),
        }
    }
    if !findings.is_empty() {
        Decoded::Findings { findings, problems }
    } else if problems.is_empty() {
        Decoded::NotFinding { what: other.unwrap_or(NotFinding::Other) }
    } else {
        Decoded::Bad { why: json::cap(&problems.join("; "), json::LONG), form: bad_form }
    }
}
