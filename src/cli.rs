//! The command line: words in, one command, an exit code out.
//! Never here: what a command does; each stands in its own file below `cli/`.

mod audit;
mod cases;
mod check;
mod client;
mod findings;
mod health;
mod iam_policy;
mod out;
mod replay;
mod run;
mod slack_manifest;
mod telemetry;

pub use out::Exit;

use crate::case::guard::Profile;
use crate::case::owner::PersonId;
use crate::config::{self, LogFormat, Problems, Settings};
use crate::ports::Clock;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Of each worker thread, in bytes: in a build that is not optimised the futures of EC2's calls, one within the other,
/// overflow the usual two megabytes. Memory is only taken as far as it is used.
const STACK: usize = 4 * 1024 * 1024;

/// Asks the owner of an AWS credential in Slack whether a GuardDuty finding was them, and runs the remedy
/// that their answer calls for.
#[derive(Debug, Parser)]
#[command(name = "vouch", version, after_help = AFTER)]
struct Cli {
    #[command(flatten)]
    source: SourceArgs,
    /// What to do; without it, run.
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Args)]
struct SourceArgs {
    /// Configuration file (TOML). May repeat; later files win. VOUCH_CONFIG names one too, which is read first
    #[arg(long, value_name = "FILE", global = true)]
    config: Vec<PathBuf>,
}

const AFTER: &str = "\
Configuration, later wins: the built-in defaults, each --config file, then VOUCH__SECTION__KEY variables.
Tokens come from VOUCH__SLACK__BOT_TOKEN and VOUCH__SLACK__APP_TOKEN, or from *_file keys.

Exit codes: 0 done, 1 failed while running, 2 wrong usage, 78 configuration refused.

Begin with `vouch check --offline`, then `vouch replay` over findings you have.";

#[derive(Debug, Subcommand)]
enum Command {
    /// The daemon, in the foreground, until SIGTERM or SIGINT (this is the default)
    Run,
    /// Check the configuration and say what is missing before it hurts
    ///
    /// One line per check: ok, warn or FAIL, each with what to do. Asks AWS and Slack as the daemon would, with the
    /// same credentials, and changes nothing; a daemon may run meanwhile. A missing IAM permission is FAIL in
    /// enforce and else warn. Exits 1 if one failed, 78 if the configuration is refused.
    Check {
        /// Only what can be checked without a network
        #[arg(long)]
        offline: bool,
        /// Instead: send this person (a Slack user id) a harmless test question and wait for the click
        ///
        /// Waits up to five minutes; exits 0 if the click came, else 1. Where a daemon runs, it hears the click and
        /// answers it; otherwise this command listens by itself.
        #[arg(long, value_name = "USER", value_parser = person, conflicts_with = "offline")]
        prompt: Option<PersonId>,
    },
    /// Say what would happen now for findings you have: nothing is sent, nothing is written
    ///
    /// Reads EventBridge events, SNS envelopes, raw findings, Security Hub findings, and lists of them. For
    /// each: the principal, the rule, who would be asked, what they could choose, what silence means. Needs
    /// no tokens. Exits 1 if a path is missing or a document could not be understood.
    Replay {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Files, folders (their .json, .jsonl and .ndjson files), or - for standard input
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<String>,
    },
    /// Ask the running daemon for its cases
    Cases {
        /// The daemon's JSON as it is
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Option<CasesCommand>,
    },
    /// Export the audit trail, or check an exported one
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Print the IAM policy that the enabled features need, and nothing more
    ///
    /// hub: the daemon's own role. evidence: the role it reads with in each account. respond: the role it
    /// acts with. Writes are listed whatever the mode, so that the policy is in place before `enforce`.
    IamPolicy {
        #[arg(value_enum)]
        role: Role,
        /// Instead of aws.profile
        #[arg(long, value_enum)]
        profile: Option<ProfileArg>,
    },
    /// Print the Slack app manifest for the chosen transport (JSON, for "create app from manifest")
    SlackManifest,
    /// Exit 0 if the daemon on admin.listen is ready, 1 if not (container health check)
    Health,
}

#[derive(Debug, Clone, Subcommand)]
enum CasesCommand {
    /// Newest first (this is the default)
    List {
        /// Only open or only closed ones
        #[arg(long, value_parser = ["open", "closed"])]
        stage: Option<String>,
        /// How many, up to 500
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// The last id of the page before
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// One case
    Show {
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// The audit trail as JSON lines, from the running daemon
    Export,
    /// Check the chain of an exported file, offline; names the first line that does not fit
    Verify {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    Hub,
    Evidence,
    Respond,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// No inline policy is ever written
    Strict,
    /// Inline cut-off policies
    Surgical,
}

/// The whole program. `daemon` is what `run` runs once the configuration is valid.
pub fn main<F, Fut>(daemon: F, clock: Arc<dyn Clock>) -> ExitCode
where
    F: FnOnce(Settings) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => {
            // Help and version come this way too; nothing can be done about a closed terminal.
            let _ = refusal.print();
            let code = u8::try_from(refusal.exit_code()).unwrap_or(2);
            return ExitCode::from(code);
        }
    };
    // Only the first install counts; tests may have made one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build() {
        Ok(runtime) => runtime.block_on(dispatch(cli, daemon, clock)).into(),
        Err(error) => out::failed(format!("the runtime cannot start: {error}")).into(),
    }
}

async fn dispatch<F, Fut>(cli: Cli, daemon: F, clock: Arc<dyn Clock>) -> Exit
where
    F: FnOnce(Settings) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let source = cli.source;
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => run::run(source.settings(), daemon).await,
        Command::Check { offline, prompt } => check::run(source.settings(), offline, prompt, clock).await,
        Command::Replay { json, paths } => {
            with(source.without_secrets(), |s| replay::run(s, json, paths)).await
        }
        Command::Cases { json, command } => {
            let list = CasesCommand::List { stage: None, limit: 50, after: None };
            with(source.admin(), |at| cases::run(at, json, command.unwrap_or(list))).await
        }
        Command::Audit { command: AuditCommand::Export } => with(source.admin(), audit::export).await,
        Command::Audit { command: AuditCommand::Verify { file } } => audit::verify(&file).await,
        Command::IamPolicy { role, profile } => {
            with(source.without_secrets(), |s| iam_policy::run(s, role, profile.map(Into::into))).await
        }
        Command::SlackManifest => with(source.without_secrets(), slack_manifest::run).await,
        Command::Health => with(source.admin(), health::run).await,
    }
}

/// Goes on with what the configuration gave, or tells every problem.
async fn with<T, Fut: Future<Output = Exit>>(
    read: Result<T, Problems>,
    go_on: impl FnOnce(T) -> Fut,
) -> Exit {
    match read {
        Ok(settings) => {
            telemetry::start(LogFormat::Text);
            go_on(settings).await
        }
        Err(problems) => out::refused(&problems),
    }
}

impl SourceArgs {
    fn settings(&self) -> Result<Settings, Problems> {
        config::load(&self.files(), variables())
    }

    fn without_secrets(&self) -> Result<Settings, Problems> {
        config::load_without_secrets(&self.files(), variables())
    }

    fn admin(&self) -> Result<std::net::SocketAddr, Problems> {
        config::admin_listen(&self.files(), variables())
    }

    fn files(&self) -> Vec<PathBuf> {
        let named = std::env::var_os("VOUCH_CONFIG").filter(|name| !name.is_empty());
        named.map(PathBuf::from).into_iter().chain(self.config.iter().cloned()).collect()
    }
}

impl From<ProfileArg> for Profile {
    fn from(arg: ProfileArg) -> Self {
        match arg {
            ProfileArg::Strict => Self::Strict,
            ProfileArg::Surgical => Self::Surgical,
        }
    }
}

/// The environment as text; a name or value that is none cannot be ours.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn person(text: &str) -> Result<PersonId, String> {
    PersonId::parse(text).ok_or_else(|| "this is no Slack user id such as U0123456789".to_owned())
}
