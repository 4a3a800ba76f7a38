//! How often and for how long each kind of effect is tried.
//! Never here: per-method pacing of Slack, which the Slack client keeps.

use crate::case::effect::Want;
use rand::RngExt;
use std::time::Duration;

/// What reads may take altogether (interface.md, retries).
pub(super) const READS: Duration = Duration::from_secs(20);

/// When to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Until the case withdraws it.
    Settled,
    /// This many tries (interface.md, retries: AWS writes 3).
    Tries(u32),
    /// This long altogether.
    For(Duration),
}

pub(super) fn patience(want: &Want) -> Patience {
    match want {
        Want::Post { .. } | Want::Update { .. } | Want::FindOwner { .. } | Want::Page { .. } => {
            Patience::Settled
        }
        Want::Whisper { .. } | Want::OpenView { .. } => Patience::Tries(1),
        Want::Apply { .. } | Want::Undo { .. } | Want::Archive { .. } => Patience::Tries(3),
        Want::Confirm { .. } | Want::Investigate { .. } | Want::Prepare { .. } | Want::Verify { .. } => {
            Patience::For(READS)
        }
        Want::Reserve { .. } | Want::Cancel { .. } => Patience::Tries(1),
    }
}

/// Exponential with full jitter between half and the whole; what the other side asked for is the least.
pub(super) fn pause(tried: u32, after: Option<Duration>) -> Duration {
    let ceiling = Duration::from_millis(500).saturating_mul(1 << tried.min(7)).min(Duration::from_secs(60));
    let jitter = rand::rng().random_range(0.5..1.0);
    ceiling.mul_f64(jitter).max(after.unwrap_or(Duration::ZERO))
}
