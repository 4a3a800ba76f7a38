//! Arguments, telemetry, configuration, run, exit code.
//! Never here: logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    vouch::cli::main(vouch::daemon::run)
}
