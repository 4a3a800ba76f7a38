//! Arguments, telemetry, configuration, run, exit code.
//! Never here: logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    vouch::cli::main(|_| async { anyhow::bail!("the daemon is not built in this version") })
}
