//! The settings, checked: what every other room is built from.
//! Never here: defaults (they stand in `config/default.toml`) or reading of files (`config/layers`).

mod build;
pub mod keys;
mod layers;
mod problem;
mod read;
mod rules;
mod secrets;
mod shape;

pub use layers::DEFAULTS;
pub use problem::{Problem, Problems};
pub use rules::{CONDITIONS, PLAYBOOK};

use crate::case::guard::{Limits, Mode, Profile};
use crate::case::owner::{PersonId, Source};
use crate::case::playbook::Playbook;
use crate::case::principal::AccountId;
use ipnet::IpNet;
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything, valid. Durations are positive; ids have their shapes; secrets are wrapped.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    pub language: Language,
    pub queue: Queue,
    pub slack: Slack,
    pub http: Http,
    pub admin: Admin,
    pub store: Store,
    pub aws: Aws,
    pub owners: Owners,
    pub known_networks: Vec<IpNet>,
    pub retention_closed: SignedDuration,
    pub group_window: SignedDuration,
    pub prompts_per_person_hour: u32,
    pub fallback_webhook: Option<SecretString>,
    /// Operator's patterns only; the built-in list is added where the guard is built.
    pub protected: Vec<String>,
    pub limits: Limits,
    pub verify_after: Vec<SignedDuration>,
    pub undo_window: SignedDuration,
    pub log_format: LogFormat,
    pub playbook: Playbook,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The person's Slack locale.
    Auto,
    En,
    Ja,
}

#[derive(Debug, Clone)]
pub struct Queue {
    pub url: String,
    /// Long poll, at most 20 s.
    pub wait: SignedDuration,
}

#[derive(Debug, Clone)]
pub struct Slack {
    pub transport: Transport,
    /// Ends in `/`.
    pub api_url: String,
    pub bot_token: SecretString,
    /// Present with the socket transport.
    pub app_token: Option<SecretString>,
    /// Several while rotating; not empty with the http transport.
    pub signing_secrets: Vec<SecretString>,
    pub security_channel: String,
    pub responders: Vec<PersonId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Socket,
    Http,
}

#[derive(Debug, Clone)]
pub struct Http {
    pub listen: SocketAddr,
    pub public_url: String,
}

#[derive(Debug, Clone)]
pub struct Admin {
    pub listen: SocketAddr,
}

#[derive(Debug, Clone)]
pub struct Store {
    pub path: PathBuf,
    pub table: String,
    pub create_table: bool,
}

#[derive(Debug, Clone)]
pub struct Aws {
    /// Empty: its own account only.
    pub accounts: Vec<AccountId>,
    /// ARN templates with `{partition}` and `{account}`; empty: own credentials.
    pub evidence_role: String,
    pub respond_role: String,
    pub external_id: String,
    pub profile: Profile,
    pub quarantine_policy: String,
}

impl Aws {
    /// Names of the roles taken in other accounts; findings tell no path.
    pub fn own_roles(&self) -> Vec<String> {
        let roles = [&self.evidence_role, &self.respond_role].into_iter();
        roles
            .filter_map(|role| role.rsplit('/').next())
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

#[derive(Debug, Clone)]
pub struct Owners {
    pub sources: Vec<Source>,
    pub tag_keys: Vec<String>,
    /// ARN pattern and person, longest literal prefix first.
    pub principals: Vec<(String, PersonId)>,
    pub emails: BTreeMap<String, PersonId>,
    pub accounts: BTreeMap<AccountId, PersonId>,
    pub identity_store_id: String,
    pub identity_store_region: String,
    pub identity_store_role: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

/// Everything from the embedded defaults, the files in order and `VOUCH__…` variables; later wins.
/// Fails with every problem at once.
pub fn load(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Result<Settings, Problems> {
    build::settings(layers::collect(files, env), true)
}

/// The same for commands that talk to nobody: secrets that are missing are left empty.
pub fn load_without_secrets(
    files: &[PathBuf],
    env: impl Iterator<Item = (String, String)>,
) -> Result<Settings, Problems> {
    build::settings(layers::collect(files, env), false)
}

/// Where the daemon's admin address is, for commands that ask it. Needs no other key to be right.
pub fn admin_listen(
    files: &[PathBuf],
    env: impl Iterator<Item = (String, String)>,
) -> Result<SocketAddr, Problems> {
    build::admin(&layers::collect(files, env))
}
