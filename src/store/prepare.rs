//! A batch as rows: encoded by the caller, laid over the draft by the committer.
//! Never here: writing.

use super::draft::Draft;
use super::keys::{self, Hash};
use super::record::{self, CaseHead, CaseRow, Owned, ReplyHead, Versioned, encode};
use crate::case::CaseId;
use crate::case::effect::EffectNo;
use crate::case::entry::{Head, Line};
use crate::case::state::Stage;
use crate::ports::{Batch, Fault, Subject, WriteError};
use jiff::Timestamp;
use serde::de::IgnoredAny;

/// A batch whose rows are already in their stored form, so that the one writer has little left to do.
pub(super) struct Prepared {
    cases: Vec<PreparedCase>,
    budget: Option<(u64, Vec<u8>)>,
    people: Vec<Row>,
    effects: Vec<(Subject, EffectNo, Vec<u8>)>,
    finished: Vec<(Subject, EffectNo)>,
    /// Groups and findings: rows that go with their case.
    owned: Vec<(CaseId, Row)>,
    replies: Vec<(Hash, Timestamp, Vec<u8>)>,
    lines: Vec<PreparedLine>,
}

struct PreparedCase {
    id: CaseId,
    expected: u64,
    head: CaseHead,
    row: Vec<u8>,
}

struct Row {
    key: Vec<u8>,
    value: Vec<u8>,
}

struct PreparedLine {
    prev: String,
    head: Head,
    row: Vec<u8>,
}

impl Prepared {
    pub(super) fn of(batch: &Batch) -> Result<Self, Fault> {
        let people = batch.people.iter().map(|(person, budget)| {
            encode("budget of a person", budget).map(|value| Row { key: keys::person(person), value })
        });
        let addresses = batch.addresses.iter().map(|(address, row)| {
            let key = keys::address(&keys::hash(address));
            encode("owner of an address", row).map(|value| Row { key, value })
        });
        let effects = batch
            .effects
            .iter()
            .map(|errand| Ok((errand.subject.clone(), errand.effect.no, encode("effect", errand)?)));
        let groups = batch.groups.iter().map(|(group, case)| {
            let key = keys::group(&keys::hash(group.as_str()));
            Ok((case.clone(), Row { key, value: encode("group", &GroupRow { case })? }))
        });
        let findings = batch.findings.iter().map(|(finding, row)| {
            let key = keys::finding(&keys::hash(&finding.0));
            Ok((row.case.clone(), Row { key, value: encode("finding", row)? }))
        });
        let replies =
            batch.replies.iter().map(|(dedupe, row)| Ok((keys::hash(dedupe), row.at, encode("reply", row)?)));
        let budget = batch.budget.as_ref().map(|(expected, budget)| {
            let next = Versioned { version: expected + 1, value: budget };
            encode("write budget", &next).map(|row| (*expected, row))
        });
        Ok(Self {
            cases: batch.cases.iter().map(PreparedCase::of).collect::<Result<_, _>>()?,
            budget: budget.transpose()?,
            people: people.chain(addresses).collect::<Result<_, Fault>>()?,
            effects: effects.collect::<Result<_, Fault>>()?,
            finished: batch.finished.clone(),
            owned: groups.chain(findings).collect::<Result<_, Fault>>()?,
            replies: replies.collect::<Result<_, Fault>>()?,
            lines: batch.lines.iter().map(PreparedLine::of).collect::<Result<_, _>>()?,
        })
    }

    /// Lays the batch over the draft, or leaves the draft as it was.
    pub(super) fn lay(self, draft: &mut Draft<'_>) -> Result<(), WriteError> {
        draft.begin();
        let laid = self.check(draft).and_then(|()| self.put(draft).map_err(WriteError::Fault));
        if laid.is_err() {
            draft.roll_back();
        }
        laid
    }

    /// Whether nobody wrote in between.
    fn check(&self, draft: &Draft<'_>) -> Result<(), WriteError> {
        for case in &self.cases {
            let stored = draft.get::<CaseHead>("case", &keys::case(&case.id))?;
            if stored.map_or(0, |head| head.version) != case.expected {
                return Err(WriteError::Conflict(format!("case {}", case.id)));
            }
        }
        if let Some((expected, _)) = &self.budget {
            let stored = draft.get::<Versioned<IgnoredAny>>("write budget", keys::BUDGET)?;
            if stored.map_or(0, |row| row.version) != *expected {
                return Err(WriteError::Conflict("the write budget".to_owned()));
            }
        }
        if let Some(first) = self.lines.first() {
            let head: Head = draft.get("end of the audit", keys::HEAD)?.unwrap_or_default();
            let joined = self.lines.iter().zip(self.lines.iter().skip(1));
            if !first.follows(&head) || !joined.into_iter().all(|(line, next)| next.follows(&line.head)) {
                return Err(WriteError::Conflict("the audit chain".to_owned()));
            }
        }
        Ok(())
    }

    fn put(self, draft: &mut Draft<'_>) -> Result<(), Fault> {
        for case in self.cases {
            case.put(draft)?;
        }
        if let Some((_, row)) = self.budget {
            draft.put(keys::BUDGET.to_vec(), row)?;
        }
        for Row { key, value } in self.people {
            draft.put(key, value)?;
        }
        put_effects(draft, self.effects)?;
        for (subject, no) in self.finished {
            finish(draft, &subject, no)?;
        }
        for (case, Row { key, value }) in self.owned {
            if let Some(old) = draft.get::<Owned>("row of a case", &key)?.filter(|old| old.case != case) {
                draft.remove(keys::owned(&old.case, &key))?;
            }
            draft.put(keys::owned(&case, &key), Vec::new())?;
            draft.put(key, value)?;
        }
        for (hash, at, row) in self.replies {
            let key = keys::reply(&hash);
            if let Some(old) = draft.get::<ReplyHead>("reply", &key)? {
                draft.remove(keys::reply_time(old.at, &hash))?;
            }
            draft.put(keys::reply_time(at, &hash), Vec::new())?;
            draft.put(key, row)?;
        }
        let end = self.lines.last().map(|line| encode("end of the audit", &line.head)).transpose()?;
        for line in self.lines {
            draft.put(keys::line(line.head.seq), line.row)?;
        }
        end.map_or(Ok(()), |head| draft.put(keys::HEAD.to_vec(), head))
    }
}

#[derive(serde::Serialize)]
struct GroupRow<'a> {
    case: &'a CaseId,
}

impl PreparedCase {
    fn of((expected, case): &(u64, crate::case::state::Case)) -> Result<Self, Fault> {
        let head = CaseHead {
            version: expected + 1,
            stage: case.stage,
            wakes: case.wakes_at(),
            opened_at: case.opened_at,
            closed_at: case.closed_at,
        };
        let row = encode("case", &CaseRow { head: &head, case })?;
        Ok(Self { id: case.id.clone(), expected: *expected, head, row })
    }

    fn put(self, draft: &mut Draft<'_>) -> Result<(), Fault> {
        let key = keys::case(&self.id);
        if let Some(old) = draft.get::<CaseHead>("case", &key)? {
            for row in index(&self.id, &old) {
                draft.remove(row)?;
            }
        }
        for row in index(&self.id, &self.head) {
            draft.put(row, Vec::new())?;
        }
        draft.put(key, self.row)
    }
}

impl PreparedLine {
    fn of(line: &Line) -> Result<Self, Fault> {
        let head = Head { seq: line.seq, hash: line.hash.clone() };
        Ok(Self { prev: line.prev.clone(), head, row: encode("audit line", line)? })
    }

    fn follows(&self, head: &Head) -> bool {
        self.head.seq == head.seq + 1 && self.prev == head.hash
    }
}

/// The index rows of a case.
pub(super) fn index(id: &CaseId, head: &CaseHead) -> Vec<Vec<u8>> {
    let open = head.stage != Stage::Closed;
    let mut rows = vec![keys::listed(open, head.opened_at, id)];
    rows.extend(head.wakes.map(|at| keys::wakes(at, id)));
    if open {
        rows.push(keys::open(head.stage, id));
    } else {
        rows.extend(head.closed_at.map(|at| keys::closed(at, id)));
    }
    rows
}

/// Effects keep the order in which they were saved; one that is saved again keeps its place.
fn put_effects(draft: &mut Draft<'_>, effects: Vec<(Subject, EffectNo, Vec<u8>)>) -> Result<(), Fault> {
    if effects.is_empty() {
        return Ok(());
    }
    let mut next: u64 = draft.get("outbox counter", keys::NEXT_ERRAND)?.unwrap_or(0);
    for (subject, no, row) in effects {
        let place = keys::effect(&subject, no);
        let seq = match draft.get::<u64>("place in the outbox", &place)? {
            Some(seq) => seq,
            None => {
                next += 1;
                draft.put(place, encode("place in the outbox", &next)?)?;
                next
            }
        };
        draft.put(keys::errand(seq), row)?;
    }
    draft.put(keys::NEXT_ERRAND.to_vec(), record::encode("outbox counter", &next)?)
}

pub(super) fn finish(draft: &mut Draft<'_>, subject: &Subject, no: EffectNo) -> Result<(), Fault> {
    let place = keys::effect(subject, no);
    if let Some(seq) = draft.get::<u64>("place in the outbox", &place)? {
        draft.remove(keys::errand(seq))?;
        draft.remove(place)?;
    }
    Ok(())
}
