//! Findings asked about at the same time share one GetFindings: a flood is 50 to a call, a single one waits for nobody.
//! Never here: what an answer means.

use super::BATCH;
use crate::aws::call::Failed;
use crate::ports::Fault;
use futures_util::future::BoxFuture;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Answer<T> = Result<Option<T>, Failed>;

struct Asked<T> {
    id: String,
    answer: oneshot::Sender<Answer<T>>,
}

/// The questions of one Region.
pub(super) struct Together<T> {
    waiting: Mutex<Vec<Asked<T>>>,
    /// Held by whoever asks for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<T: Clone + Send> Together<T> {
    /// `get` answers what GuardDuty knows of these ids; `id_of` names the finding that a body is about.
    pub(super) async fn ask<'a>(
        &self,
        id: &str,
        get: impl Fn(Vec<String>) -> BoxFuture<'a, Result<Vec<T>, Failed>> + Send + Sync,
        id_of: fn(&T) -> Option<&str>,
    ) -> Answer<T> {
        let (answer, mut heard) = oneshot::channel();
        self.waiting().push(Asked { id: id.to_owned(), answer });
        let turn = self.turn.lock().await;
        match heard.try_recv() {
            Ok(answer) => return answer,
            // Whoever had asked for this one was cut short.
            Err(oneshot::error::TryRecvError::Closed) => return Err(cut_short()),
            Err(oneshot::error::TryRecvError::Empty) => {}
        }
        // Whoever is ahead in the line is ahead among those who wait: this one is among the first.
        let asked = self.next();
        // Several versions of one finding may be asked about.
        let ids: BTreeSet<&String> = asked.iter().map(|asked| &asked.id).collect();
        let about = |bodies: &[T], id: &str| bodies.iter().find(|body| id_of(body) == Some(id)).cloned();
        match get(ids.into_iter().cloned().collect()).await {
            Ok(bodies) => {
                for Asked { id, answer } in asked {
                    // Nobody waits for it any more: nobody needs it.
                    let _gone = answer.send(Ok(about(&bodies, &id)));
                }
            }
            // One id of the wrong shape has all of them refused: each on its own then.
            Err(failed) if failed.code == super::BAD_REQUEST && asked.len() > 1 => {
                for Asked { id, answer } in asked {
                    let found = get(vec![id.clone()]).await.map(|bodies| about(&bodies, &id));
                    let _gone = answer.send(found);
                }
            }
            Err(failed) => {
                for Asked { answer, .. } in asked {
                    let _gone = answer.send(Err(failed.clone()));
                }
            }
        }
        drop(turn);
        heard.try_recv().unwrap_or_else(|_| Err(cut_short()))
    }

    /// A call's worth of those that somebody still waits for.
    fn next(&self) -> Vec<Asked<T>> {
        let mut waiting = self.waiting();
        waiting.retain(|asked| !asked.answer.is_closed());
        let some = waiting.len().min(BATCH);
        waiting.drain(..some).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Asked<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut_short() -> Failed {
    let fault = Fault::later("guardduty:GetFindings was cut short");
    Failed { code: String::new(), message: String::new(), fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Knows ids that begin with `known`, and refuses those that begin with `bad`.
    fn get(calls: &AtomicUsize, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Failed>> {
        let answer = async move {
            calls.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            assert!(ids.len() <= BATCH);
            if ids.iter().any(|id| id.starts_with("bad")) {
                return Err(Failed { code: super::super::BAD_REQUEST.to_owned(), ..cut_short() });
            }
            Ok(ids.into_iter().filter(|id| id.starts_with("known")).rev().collect())
        };
        answer.boxed()
    }

    async fn ask(together: &Together<String>, calls: &AtomicUsize, id: &str) -> Answer<String> {
        together.ask(id, |ids| get(calls, ids), |body| Some(body)).await
    }

    #[tokio::test]
    async fn each_hears_of_its_own_and_few_calls_are_made() {
        let (together, calls) = (Together::default(), AtomicUsize::new(0));
        let id = |n| if n % 3 == 0 { format!("other{n}") } else { format!("known{}", n % 100) };
        let ids: Vec<String> = (0..201).map(id).collect();
        let answers = join_all(ids.iter().map(|id| ask(&together, &calls, id))).await;
        for (id, answer) in ids.iter().zip(answers) {
            assert_eq!(answer.unwrap(), id.starts_with("known").then(|| id.clone()));
        }
        // The first went alone, the others while it was under way.
        assert_eq!(calls.load(Ordering::Relaxed), 5);
    }

    #[tokio::test]
    async fn an_id_of_the_wrong_shape_spoils_nobody_elses_answer() {
        let (together, calls) = (Together::default(), AtomicUsize::new(0));
        let ids = ["known0", "known1", "bad", "known2"];
        let answers = join_all(ids.map(|id| ask(&together, &calls, id))).await;
        for (id, answer) in ids.into_iter().zip(answers) {
            match answer {
                Ok(body) => assert_eq!(body.as_deref(), Some(id)),
                Err(failed) => assert_eq!((id, failed.code.as_str()), ("bad", super::super::BAD_REQUEST)),
            }
        }
    }

    #[tokio::test]
    async fn who_is_cut_short_holds_up_nobody() {
        let (together, calls) = (Together::default(), AtomicUsize::new(0));
        let never = |_| std::future::pending().boxed();
        let first = together.ask("known1", never, |body: &String| Some(body));
        let first = tokio::time::timeout(Duration::from_millis(20), first);
        let (first, second) = tokio::join!(first, ask(&together, &calls, "known2"));
        assert!(first.is_err());
        assert_eq!(second.unwrap().as_deref(), Some("known2"));
    }
}
