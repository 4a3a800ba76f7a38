//! What the loop goes on with: the next input, and what shares its write.
//! Never here: stepping or saving.

use super::{Engine, GROUP, NAP};
use crate::inbox::Incoming;
use std::time::Duration;

/// What the loop goes on with.
pub(super) enum Taken {
    Click(Incoming),
    Other(Incoming),
    Nothing,
}

impl Engine {
    /// Waits for the next input, a due wake-up, or a nap's end.
    pub(super) async fn take(&mut self) -> Taken {
        let nap = self.nap();
        let busy = self.health.is_busy();
        tokio::select! {
            biased;
            Some(click) = self.lanes.clicks.recv() => Taken::Click(click),
            Some(receipt) = self.lanes.receipts.recv() => Taken::Other(receipt),
            Some(timer) = self.lanes.timers.recv() => Taken::Other(timer),
            () = tokio::time::sleep(nap) => Taken::Nothing,
            Some(finding) = self.lanes.findings.recv(), if !busy => Taken::Other(finding),
        }
    }

    fn nap(&self) -> Duration {
        let Some((at, _)) = self.wakes.first() else { return NAP };
        let until = at.duration_since(self.clock.now());
        Duration::try_from(until).unwrap_or(Duration::ZERO).min(NAP)
    }

    /// With what else is there, earlier lanes first, up to one group. Clicks share a write with clicks alone: a person
    /// waits, and Slack takes back what is not acknowledged within three seconds.
    pub(super) fn group_of(&mut self, first: Taken) -> Vec<Incoming> {
        let mut group = vec![];
        match first {
            Taken::Click(click) => {
                group.push(click);
                while group.len() < GROUP
                    && let Ok(click) = self.lanes.clicks.try_recv()
                {
                    group.push(click);
                }
                return group;
            }
            Taken::Other(incoming) => group.push(incoming),
            Taken::Nothing => {}
        }
        self.fill(&mut group);
        group
    }

    fn fill(&mut self, group: &mut Vec<Incoming>) {
        let busy = self.health.is_busy();
        while group.len() < GROUP {
            let next = self
                .lanes
                .receipts
                .try_recv()
                .or_else(|_| self.lanes.timers.try_recv())
                .or_else(|e| if busy { Err(e) } else { self.lanes.findings.try_recv() });
            match next {
                Ok(incoming) => group.push(incoming),
                Err(_) => return,
            }
        }
    }
}
