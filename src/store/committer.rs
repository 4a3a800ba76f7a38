//! The one writer. Whoever comes while a commit is under way waits, and all who wait share the next one.
//! Never here: what is written, or retries.
//!
//! A commit that fails after sled took it (disk full, I/O error) leaves sled's memory ahead of the disk, and the disk
//! in doubt. Then the whole group is refused, nobody may read, and the next caller brings the store back first:
//! closes sled, reads the folder as after a crash, writes the rows of the group as they stood before, and syncs that.
//! Only when this worked is anything served again. So a refused batch is never seen, its versions never count, and
//! the same batch can be written again. If the process ends before that, the group may or may not be there at the
//! next start, as after any crash between a commit and its answer: whole, and with its effects in the outbox.

use super::disk::Disk;
use super::draft::{Before, Draft};
use super::guard::{Found, Ground, SEGMENT};
use super::prepare::Prepared;
use super::sled::Files;
use super::sweep;
use crate::ports::{Fault, WriteError};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::oneshot;

/// How many batches share a commit at most, so that none waits long for the others.
const GROUP: usize = 256;

/// Room that must be left beside what is written: sled moves pages while it writes.
const SPARE: u64 = 2 * SEGMENT as u64;

pub(super) enum Work {
    Write(Box<Prepared>),
    Sweep { closed_before: Timestamp, replies_before: Timestamp, limit: usize },
}

/// Work and the way to answer it: how many rows of cases and replies were dropped (none by a write).
struct Job {
    work: Work,
    answer: oneshot::Sender<Result<usize, WriteError>>,
}

enum State {
    Open(Files),
    /// In doubt since a commit failed; what to put back.
    Failing(Before),
}

pub(super) struct Committer {
    ground: Ground,
    disk: Box<dyn Disk>,
    queue: Mutex<VecDeque<Job>>,
    leader: tokio::sync::Mutex<()>,
    state: RwLock<State>,
    failing: Mutex<Option<String>>,
}

impl Committer {
    pub(super) fn new(ground: Ground, files: Files, disk: Box<dyn Disk>) -> Self {
        Self {
            ground,
            disk,
            queue: Mutex::default(),
            leader: tokio::sync::Mutex::default(),
            state: RwLock::new(State::Open(files)),
            failing: Mutex::default(),
        }
    }

    /// Why the store cannot be used at the moment.
    pub(super) fn failing(&self) -> Option<String> {
        sound(self.failing.lock()).clone()
    }

    /// Answers when the work is durable, or was refused.
    pub(super) async fn submit(self: &Arc<Self>, work: Work) -> Result<usize, WriteError> {
        let (answer, mut answered) = oneshot::channel();
        sound(self.queue.lock()).push_back(Job { work, answer });
        loop {
            tokio::select! {
                biased;
                answer = &mut answered => {
                    let stopped = |_| Err(Fault::later("the store stopped while writing").into());
                    return answer.unwrap_or_else(stopped);
                }
                _leader = self.leader.lock() => {
                    let this = Arc::clone(self);
                    // A panic is sled's; the state it leaves behind is Failing.
                    let _ = tokio::task::spawn_blocking(move || this.commit_next()).await;
                }
            }
        }
    }

    /// Reads what is committed. Blocks while a commit is under way.
    pub(super) fn read<T>(&self, read: impl FnOnce(&sled::Tree) -> Result<T, Fault>) -> Result<T, Fault> {
        if let State::Open(files) = &*sound(self.state.read()) {
            let done = read(&files.db);
            if done.as_ref().err().and_then(later).is_none() {
                return done;
            }
        } else {
            let mut state = sound(self.state.write());
            return read(&self.recovered(&mut state)?.db);
        }
        // sled remembers that its disk failed, and reads nothing more until it is opened anew.
        let mut state = sound(self.state.write());
        Err(Fault::later(self.fail(&mut state, Before::default(), "it cannot be read")))
    }

    /// Commits the work at the head of the queue: one sweep, or all writes up to the next sweep.
    fn commit_next(&self) {
        let mut state = sound(self.state.write());
        let group = self.take();
        if group.is_empty() {
            return;
        }
        let mut answers = Vec::with_capacity(group.len());
        let committed = catch_unwind(AssertUnwindSafe(|| self.commit(&mut state, group, &mut answers)))
            .unwrap_or_else(|_| Err(Fault::later(self.sentence("sled stopped while writing"))));
        drop(state);
        for (answer, done) in answers {
            let done = match &committed {
                Ok(()) => done,
                // Who was refused for a conflict read what stands no more or never stood: it has to load again
                // either way.
                Err(fault) => Err(fault.clone().into()),
            };
            let _ = answer.send(done);
        }
    }

    fn take(&self) -> Vec<Job> {
        let mut queue = sound(self.queue.lock());
        // Nobody waits for the answer any more: the caller was dropped, and must not find it written.
        queue.retain(|job| !job.answer.is_closed());
        let writes = queue.iter().take(GROUP).take_while(|job| matches!(job.work, Work::Write(_))).count();
        let count = writes.max(1).min(queue.len());
        queue.drain(..count).collect()
    }

    fn commit(&self, state: &mut State, group: Vec<Job>, answers: &mut Answers) -> Result<(), Fault> {
        let (works, senders): (Vec<_>, Vec<_>) = group.into_iter().map(|job| (job.work, job.answer)).unzip();
        // Everybody is answered, whatever happens below.
        answers.extend(senders.into_iter().map(|sender| (sender, Ok(0))));
        let files = self.recovered(state)?;
        let mut draft = Draft::new(&files.db);
        for (work, (_, answer)) in works.into_iter().zip(answers.iter_mut()) {
            *answer = match work {
                Work::Write(batch) => batch.lay(&mut draft).map(|()| 0),
                Work::Sweep { closed_before, replies_before, limit } => {
                    draft.begin();
                    let swept = sweep::sweep(&files.db, &mut draft, closed_before, replies_before, limit);
                    swept.inspect_err(|_| draft.roll_back()).map_err(WriteError::Fault)
                }
            };
        }
        let unread = |done: &Result<usize, WriteError>| {
            if let Err(WriteError::Fault(fault)) = done { later(fault).map(str::to_owned) } else { None }
        };
        if let Some(cause) = answers.iter().find_map(|(_, done)| unread(done)) {
            // As in `read`: what was laid over rows that could not be read is worth nothing.
            drop(draft);
            return Err(Fault::later(self.fail(state, Before::default(), &cause)));
        }
        if draft.is_empty() {
            return Ok(());
        }
        self.check_room(draft.len() as u64)?;
        let (batch, before) = draft.finish();
        let failed = self.seal(files, batch);
        if let Err(cause) = failed {
            return Err(Fault::later(self.fail(state, before, &cause)));
        }
        Ok(())
    }

    fn seal(&self, files: &mut Files, batch: sled::Batch) -> Result<(), String> {
        let committed =
            catch_unwind(AssertUnwindSafe(|| files.commit(&self.ground.id, batch, self.disk.as_ref())));
        committed.unwrap_or_else(|_| Err("sled stopped while writing".to_owned()))
    }

    /// A full disk is noticed before sled is: sled does not take it well.
    fn check_room(&self, bytes: u64) -> Result<(), Fault> {
        let needed = 2 * bytes + SPARE;
        let free =
            self.disk.free(&self.ground.folder).map_err(|e| Fault::later(self.sentence(&e.to_string())))?;
        let full = (free < needed).then(|| {
            let mib = |b: u64| b.div_ceil(1 << 20);
            self.sentence(&format!("{} MiB are free and {} are needed", mib(free), mib(needed)))
        });
        self.failing_is(full.clone());
        full.map_or(Ok(()), |sentence| Err(Fault::later(sentence)))
    }

    fn fail(&self, state: &mut State, before: Before, cause: &str) -> String {
        let sentence = self.sentence(cause);
        self.failing_is(Some(sentence.clone()));
        let failing = State::Failing(before);
        if let State::Open(files) = std::mem::replace(state, failing) {
            close(files);
        }
        sentence
    }

    /// The store as it was before the commit that failed, once that is durable again.
    fn recovered<'a>(&self, state: &'a mut State) -> Result<&'a mut Files, Fault> {
        if let State::Failing(before) = state {
            let files = self.recover(before).map_err(|cause| {
                let sentence = self.sentence(&cause);
                self.failing_is(Some(sentence.clone()));
                Fault::later(sentence)
            })?;
            *state = State::Open(files);
            self.failing_is(None);
        }
        match state {
            State::Open(files) => Ok(files),
            State::Failing(_) => Err(Fault::later(self.sentence("it is not open"))),
        }
    }

    fn recover(&self, before: &Before) -> Result<Files, String> {
        let Found::Ours { committed, mark } = self.ground.inspect()? else {
            return Err("the folder is empty".to_owned());
        };
        let mut files = Files::open(&self.ground, committed, mark)?;
        match self.seal(&mut files, before.batch()) {
            Ok(()) => Ok(files),
            Err(cause) => {
                close(files);
                Err(cause)
            }
        }
    }

    fn failing_is(&self, why: Option<String>) {
        *sound(self.failing.lock()) = why;
    }

    fn sentence(&self, cause: &str) -> String {
        format!("the store in {} cannot save: {cause}", self.ground.folder.display())
    }
}

type Answers = Vec<(oneshot::Sender<Result<usize, WriteError>>, Result<usize, WriteError>)>;

/// What may pass, in rows that were to be read: sled's own failure. Damage never passes.
fn later(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Later { cause, .. } => Some(cause),
        Fault::Never { .. } => None,
    }
}

/// sled flushes when it is dropped, and may panic when that fails.
fn close(files: Files) {
    let _ = catch_unwind(AssertUnwindSafe(move || drop(files)));
}

/// A panic elsewhere does not make the value unsound: states are replaced as a whole.
fn sound<T>(locked: Result<T, PoisonError<T>>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}
