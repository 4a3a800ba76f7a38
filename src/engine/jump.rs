//! Whether the host's clock was set: it moved by something else than the time that passed.
//! Never here: what follows from the time.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Less is a clock that is kept in step.
const JUMP: SignedDuration = SignedDuration::from_secs(10);

/// The time when last looked, by the clock and by what cannot be set.
#[derive(Debug, Default)]
pub(super) struct Watch(Option<(Timestamp, Instant)>);

impl Watch {
    /// By how much the clock was set since the last look, forward or back.
    pub(super) fn look(&mut self, now: Timestamp, instant: Instant) -> Option<SignedDuration> {
        let (before, then) = self.0.replace((now, instant))?;
        let passed = SignedDuration::try_from(instant.duration_since(then)).unwrap_or(SignedDuration::MAX);
        let jump = now.duration_since(before).saturating_sub(passed);
        (jump.abs() > JUMP).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_a_clock_that_was_set_jumps() {
        let (now, instant): (Timestamp, _) = ("2026-11-23T12:00:00Z".parse().unwrap(), Instant::now());
        let mut watch = Watch::default();
        let mut look = |clock: i64, passed: u64| {
            let at = now + SignedDuration::from_secs(clock);
            watch.look(at, instant + Duration::from_secs(passed)).map(|jump| jump.as_secs())
        };
        assert_eq!(look(0, 0), None, "the first look");
        assert_eq!(look(3600, 3600), None, "an hour in an hour");
        assert_eq!(look(3605, 3601), None, "a little");
        assert_eq!(look(7201, 3602), Some(3595));
        assert_eq!(look(7202, 3603), None, "once");
        assert_eq!(look(3603, 3604), Some(-3600));
    }
}
