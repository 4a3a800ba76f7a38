//! The one place where tasks are started and clocks are read.
//! Never here: what a task does.

use crate::ports::Clock;
use jiff::Timestamp;
use std::future::Future;
use std::time::Duration;
use tokio::task::JoinSet;

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Named tasks that are watched: one that ends unasked ends the daemon, loudly.
#[derive(Debug, Default)]
pub struct Tasks {
    running: JoinSet<&'static str>,
}

impl Tasks {
    pub fn start(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(async move {
            task.await;
            name
        });
    }

    /// The first task that ends, and how.
    pub async fn first_to_end(&mut self) -> String {
        match self.running.join_next().await {
            Some(Ok(name)) => format!("{name} ended"),
            Some(Err(error)) => format!("a task died: {error}"),
            None => std::future::pending().await,
        }
    }

    /// Waits until this one has ended, no longer than this. Answers whether it did.
    pub async fn until(&mut self, name: &str, at_most: Duration) -> bool {
        let ended = async {
            while let Some(ended) = self.running.join_next().await {
                if ended.is_ok_and(|ended| ended == name) {
                    return;
                }
            }
        };
        tokio::time::timeout(at_most, ended).await.is_ok()
    }

    /// Waits until all have ended, no longer than this. Answers whether they did.
    pub async fn wait(&mut self, at_most: Duration) -> bool {
        let all = async { while self.running.join_next().await.is_some() {} };
        tokio::time::timeout(at_most, all).await.is_ok()
    }
}
