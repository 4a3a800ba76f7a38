//! Faults planned by a test, counted down as calls arrive. Shared by the Slack look-alike and the AWS stubs.
//!
//! What a fault looks like on the wire is the servers' affair and never lives here.

use serde::{Deserialize, Serialize};

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Throttled: Slack's HTTP 429 with `Retry-After`, or AWS's throttling error. Nothing is done.
    Throttle {
        /// Seconds for `Retry-After` (Slack only).
        #[serde(default = "one")]
        retry_after: u64,
    },
    /// An HTTP status with an unhelpful body.
    Status {
        /// For example 500.
        status: u16,
        /// Whether the call took effect before the answer was lost.
        #[serde(default)]
        stored: bool,
    },
    /// Never answers.
    Hang {
        /// Whether the call took effect.
        #[serde(default)]
        stored: bool,
    },
    /// Answers as ever, only later.
    Slow {
        /// How much later.
        millis: u64,
    },
    /// The connection breaks without an answer.
    Reset {
        /// Whether the call took effect.
        #[serde(default)]
        stored: bool,
    },
    /// Slack's `ok:false` with this code, or an AWS error of this code. Nothing is done.
    Error {
        /// For example `fatal_error` or `AccessDenied`.
        code: String,
    },
}

fn one() -> u64 {
    1
}

impl Fault {
    /// Whether the call takes effect although its answer is lost.
    pub fn stored(&self) -> bool {
        match self {
            Self::Status { stored, .. } | Self::Hang { stored } | Self::Reset { stored } => *stored,
            Self::Throttle { .. } | Self::Slow { .. } | Self::Error { .. } => false,
        }
    }

    /// Waits, if that is all that is wrong; else gives the fault back.
    pub(crate) async fn but_for_time(fault: Option<Self>) -> Option<Self> {
        if let Some(Self::Slow { millis }) = fault {
            tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            return None;
        }
        fault
    }

    /// A short name for the record.
    pub fn label(&self) -> String {
        let (name, stored) = match self {
            Self::Throttle { .. } => ("throttled".to_owned(), false),
            Self::Status { status, stored } => (format!("http {status}"), *stored),
            Self::Hang { stored } => ("hang".to_owned(), *stored),
            Self::Reset { stored } => ("reset".to_owned(), *stored),
            Self::Slow { millis } => (format!("slow by {millis} ms"), false),
            Self::Error { code } => (format!("error {code}"), false),
        };
        if stored { format!("{name} after storing") } else { name }
    }
}

/// A fault waiting for its call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Planned {
    /// The method or operation, or `*` for any.
    pub on: String,
    /// What happens.
    pub fault: Fault,
    /// How many calls suffer; absent: every call until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many calls pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// Only calls that say this somewhere in their arguments suffer or are counted; empty: all.
    #[serde(default)]
    pub saying: String,
}

/// The faults still to happen, in the order planned.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Book {
    planned: Vec<Planned>,
}

impl Book {
    /// Adds a fault behind those already planned.
    pub fn plan(&mut self, planned: Planned) {
        self.planned.push(planned);
    }

    /// Forgets every fault, or those of one method.
    pub fn clear(&mut self, on: Option<&str>) {
        self.planned.retain(|planned| on.is_some_and(|on| planned.on != on));
    }

    /// The faults still to happen.
    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    /// The fault for this call with these arguments, counted down.
    pub fn take(&mut self, call: &str, said: impl Fn() -> String) -> Option<Fault> {
        let at = self.planned.iter_mut().position(|planned| {
            let named = planned.on == call || planned.on == "*";
            if !named || !(planned.saying.is_empty() || said().contains(&planned.saying)) {
                return false;
            }
            let due = planned.skip == 0;
            planned.skip = planned.skip.saturating_sub(1);
            due
        })?;
        let fault = self.planned.get(at)?.fault.clone();
        if let Some(times) = self.planned.get_mut(at).and_then(|planned| planned.times.as_mut()) {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.planned.remove(at);
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_skipped_counted_and_cleared() {
        let mut book = Book::default();
        let fault = Fault::Error { code: "fatal_error".into() };
        book.plan(Planned {
            on: "chat.update".into(),
            fault: fault.clone(),
            times: Some(1),
            skip: 1,
            saying: "C1".into(),
        });
        assert_eq!(book.take("chat.postMessage", || "C1".into()), None);
        assert_eq!(book.take("chat.update", || "to C2".into()), None);
        assert_eq!(book.take("chat.update", || "to C1".into()), None);
        assert_eq!(book.take("chat.update", || "to C1".into()), Some(fault.clone()));
        assert_eq!(book.take("chat.update", || "to C1".into()), None);
        book.plan(Planned { on: "*".into(), fault, times: None, skip: 0, saying: String::new() });
        assert!(book.take("a", String::new).is_some() && book.take("b", String::new).is_some());
        book.clear(None);
        assert_eq!(book.take("a", String::new), None);
    }
}
