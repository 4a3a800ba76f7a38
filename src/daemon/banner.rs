//! What the operator is told at start, one line each: how far we go, where, and what we never touch.
//! Never here: secrets.

use crate::case::guard::Mode;
use crate::case::remedy::Remedy;
use crate::engine::Live;

pub fn banner(live: &Live) -> Vec<String> {
    let settings = &live.settings;
    let join = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    let writes = match live.guard.mode {
        Mode::Enforce => {
            let built = Remedy::ALL.into_iter().filter(|r| r.is_built() && !r.actions().is_empty());
            join(built.map(|r| r.as_str().to_owned()).collect())
        }
        Mode::DryRun => "none: dry-run only says what it would do".to_owned(),
        Mode::Observe => "none: observe asks nobody and writes nothing".to_owned(),
    };
    vec![
        format!("mode: {}", live.guard.mode.as_str()),
        format!("accounts: {}", join(live.guard.accounts.iter().map(ToString::to_string).collect())),
        format!("enabled writes: {writes}"),
        format!("protected: {}", join(live.guard.protected.clone())),
        format!("owner sources: {}", join(settings.owners.sources.iter().map(|s| s.as_str().to_owned()).collect())),
    ]
}
