//! Arguments, telemetry, configuration, run, exit code.
//! Never here: logic.

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    vouch::cli::main(vouch::daemon::run, Arc::new(vouch::daemon::SystemClock))
}
