//! What came of the many calls of one remedy: request ids, notes, and what failed.
//! Never here: calls.

use crate::aws::remedies::hand::Written;
use crate::ports::Fault;

#[derive(Default)]
pub(super) struct Tally {
    ids: Vec<String>,
    notes: Vec<String>,
    done: Vec<String>,
    /// Without these the remedy did not come about.
    failed: Vec<String>,
    /// Something that may work when the whole is tried again.
    later: Option<Fault>,
}

impl Tally {
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// A step that must work.
    pub(super) fn must(&mut self, what: impl Into<String>, result: Result<Option<String>, Fault>) {
        let what = what.into();
        match result {
            Ok(id) => {
                self.ids.extend(id);
                self.done.push(what);
            }
            Err(fault @ Fault::Later { .. }) => self.later = Some(fault),
            Err(Fault::Never { cause, .. }) => self.failed.push(format!("{what}: {cause}")),
        }
    }

    /// A step that helps, and that nothing waits for: whatever kept it from working is said. The SDK has tried
    /// again already, and a service that is away must not make an isolation that stands look like none.
    pub(super) fn may(&mut self, what: impl Into<String>, result: Result<Option<String>, Fault>) {
        match result {
            Ok(id) => self.ids.extend(id),
            Err(fault) => self.notes.push(format!("not done: {} ({fault})", what.into())),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        !self.failed.is_empty() || self.later.is_some()
    }

    /// What was written before something failed is told with the failure: nobody may have to guess it.
    pub(super) fn written(self) -> Result<Written, Fault> {
        if !self.has_failed() {
            return Ok((self.ids, self.notes.join("; ")));
        }
        let done =
            if self.done.is_empty() { String::new() } else { format!("; done: {}", self.done.join(", ")) };
        let ids =
            if self.ids.is_empty() { String::new() } else { format!(" (requests {})", self.ids.join(", ")) };
        match self.later {
            Some(Fault::Later { after, cause }) => {
                Err(Fault::Later { after, cause: format!("{cause}{done}{ids}") })
            }
            Some(Fault::Never { .. }) | None => {
                Err(Fault::never(format!("{}{done}{ids}", self.failed.join("; "))))
            }
        }
    }
}
