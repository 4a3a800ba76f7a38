//! `vouch check`: one line per check, each saying what to do.
//! Never here: what makes a configuration valid (`config`); what is refused there never gets here.

mod aws;
mod iam;
mod people;
mod prompt;
mod rules;
mod slack;

use super::findings;
use super::out::{self, Exit};
use super::telemetry;
use crate::case::guard::Mode;
use crate::case::owner::PersonId;
use crate::config::{LogFormat, Problems, Settings, Transport};
use crate::ports::Clock;
use crate::slack::http::PATH;
use crate::store::{self, Look};
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug)]
struct Check {
    verdict: Verdict,
    name: &'static str,
    text: String,
}

pub(super) async fn run(
    settings: Result<Settings, Problems>,
    offline: bool,
    prompt: Option<PersonId>,
    clock: Arc<dyn Clock>,
) -> Exit {
    let settings = match settings {
        Ok(settings) => settings,
        Err(problems) => {
            let count = problems.0.len();
            let noun = if count == 1 { "problem" } else { "problems" };
            out::line(format!("FAIL  configuration: {count} {noun}, listed on stderr"));
            return out::refused(&problems);
        }
    };
    telemetry::start(LogFormat::Text);
    if let Some(person) = prompt {
        return prompt::run(&settings, &person, clock).await;
    }
    let mut fine = show(&all_offline(&settings));
    if !offline {
        let (aws, slack) = tokio::join!(aws::all(&settings, clock.clone()), slack::all(&settings, clock));
        fine &= show(&aws) & show(&slack);
    }
    if fine { Exit::Done } else { Exit::Failed }
}

/// False if one failed.
fn show(checks: &[Check]) -> bool {
    for Check { verdict, name, text } in checks {
        let word = match verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        // Much of it was said by others.
        out::line(format!("{word}  {name}: {}", out::plain(text)));
    }
    checks.iter().all(|c| c.verdict != Verdict::Fail)
}

/// What only `enforce` cannot do without.
fn lacking(mode: Mode) -> Verdict {
    match mode {
        Mode::Enforce => Verdict::Fail,
        Mode::Observe | Mode::DryRun => Verdict::Warn,
    }
}

fn all_offline(s: &Settings) -> Vec<Check> {
    let rules = s.playbook.rules.len();
    let mut checks = vec![
        check(Verdict::Ok, "configuration", format!("valid; {rules} rules before the built-in playbook")),
        check(Verdict::Ok, "secrets", "every secret that the transport needs is there"),
        mode(s.mode),
    ];
    checks.extend(transport(s));
    checks.push(folder(&s.store.path));
    checks.extend(accounts(s));
    checks.extend(sources(s));
    checks.extend(rules::coverage(s));
    checks.extend(remedies(s));
    checks.push(second_route(s));
    checks.extend(people(s));
    checks.extend(exposure(s));
    checks
}

/// Optional, but silence while Slack is away should be a choice.
fn second_route(s: &Settings) -> Check {
    if s.fallback_webhook.is_some() {
        return check(Verdict::Ok, "second route", "whoever is on call is told while Slack is away");
    }
    let text = "none; while Slack is away nobody is told of a deadline that passes (fallback.webhook_url)";
    check(Verdict::Ok, "second route", text)
}

fn transport(s: &Settings) -> Vec<Check> {
    match s.slack.transport {
        Transport::Socket => vec![],
        Transport::Http if s.http.public_url.is_empty() => {
            let text = "http.public_url is empty; set the address at which Slack reaches http.listen, and give Slack \
                        the manifest that slack-manifest then prints";
            vec![check(Verdict::Warn, "transport", text)]
        }
        Transport::Http => {
            let text = format!("http: Slack calls {}{}", out::plain(&s.http.public_url), PATH);
            let mut checks = vec![check(Verdict::Ok, "transport", text)];
            let secrets = s.slack.signing_secrets.len();
            if secrets > 1 {
                let text = format!(
                    "{secrets} signing secrets are accepted; take the old one out once Slack uses the new"
                );
                checks.push(check(Verdict::Ok, "transport", text));
            }
            checks
        }
    }
}

fn mode(mode: Mode) -> Check {
    let text = match mode {
        Mode::Observe => "observe: nobody is asked and nothing is written",
        Mode::DryRun => "dry-run: people are asked, nothing is written; set mode = \"enforce\" to act",
        Mode::Enforce => "enforce: remedies are carried out",
    };
    check(Verdict::Ok, "mode", text)
}

/// Without disturbing a daemon that has it open.
fn folder(path: &Path) -> Check {
    let shown = path.display();
    let writable = |folder: &Path| {
        let probe = folder.join(format!(".vouch-check-{}", std::process::id()));
        std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe))
    };
    let (tried, fine) = match store::look(path) {
        Err(sentence) => {
            let text = format!("{sentence}; name a folder of its own in store.path, on a disk that is kept");
            return check(Verdict::Fail, "store", text);
        }
        Ok(Look::Busy) => {
            return check(Verdict::Ok, "store", format!("{shown} is open in a vouch that runs"));
        }
        Ok(Look::Ours) => (writable(path), format!("{shown} is a vouch store, and writable")),
        Ok(Look::Empty) => (writable(path), format!("{shown} is empty and writable")),
        Ok(Look::Absent) => {
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            (writable(parent), format!("{shown} does not exist yet and can be made"))
        }
    };
    match tried {
        Ok(()) => check(Verdict::Ok, "store", fine),
        Err(error) => {
            let text = format!(
                "{shown} is not writable ({error}); make the folder, owned by the user that runs vouch"
            );
            check(Verdict::Fail, "store", text)
        }
    }
}

fn accounts(s: &Settings) -> Vec<Check> {
    let mut checks = vec![];
    let no_role = s.aws.evidence_role.is_empty() || s.aws.respond_role.is_empty();
    if s.aws.accounts.is_empty() {
        let text = "aws.accounts is empty: it acts in its own account only";
        checks.push(check(Verdict::Ok, "accounts", text));
    } else {
        checks.push(check(Verdict::Ok, "accounts", format!("{} named", s.aws.accounts.len())));
        if no_role {
            let text = "aws.accounts names accounts, but aws.evidence_role or aws.respond_role is empty: \
                        only the daemon's own account can be reached; set both";
            checks.push(check(Verdict::Warn, "roles", text));
        }
    }
    if !no_role && s.aws.external_id.is_empty() {
        let text = "aws.external_id is empty; set one and require it in the roles' trust policies";
        checks.push(check(Verdict::Warn, "roles", text));
    }
    checks
}

fn sources(s: &Settings) -> Vec<Check> {
    let skipped = findings::skipped_sources(s);
    let mut checks: Vec<Check> = skipped
        .iter()
        .map(|(source, why)| {
            check(Verdict::Warn, "owners", format!("source {} is skipped: {why}", source.as_str()))
        })
        .collect();
    if skipped.len() == s.owners.sources.len() {
        let text = "no source can name an owner, so every question goes to responders; fill owners.principals or owners.accounts";
        checks.push(check(Verdict::Warn, "owners", text));
    } else {
        let used = s.owners.sources.iter().filter(|s| skipped.iter().all(|(skipped, _)| skipped != *s));
        let used: Vec<&str> = used.map(|source| source.as_str()).collect();
        checks.push(check(Verdict::Ok, "owners", format!("looked for in {}", used.join(", "))));
    }
    checks
}

fn remedies(s: &Settings) -> Vec<Check> {
    let missing = findings::not_built(s);
    if missing.is_empty() {
        return vec![check(Verdict::Ok, "remedies", "every remedy that a rule names is built")];
    }
    let told = missing.into_iter().map(|(rule, remedies)| {
        let names: Vec<&str> = remedies.iter().map(|remedy| remedy.as_str()).collect();
        let text = format!("rule \"{}\" names {}, not built in this version: such a case waits for a responder; offer another", out::plain(&rule), names.join(", "));
        check(Verdict::Warn, "remedies", text)
    });
    told.collect()
}

fn people(s: &Settings) -> Vec<Check> {
    let mut different = s.slack.responders.clone();
    different.sort();
    different.dedup();
    if different.len() > 1 {
        return vec![check(Verdict::Ok, "responders", format!("{} named", different.len()))];
    }
    let text = "one responder alone cannot give a second voice; name two or more in slack.responders";
    vec![check(Verdict::Warn, "responders", text)]
}

fn exposure(s: &Settings) -> Vec<Check> {
    let mut checks = vec![];
    if !s.admin.listen.ip().is_loopback() {
        let text = format!(
            "admin.listen is {}, and it asks for no password: keep it from all but operators",
            s.admin.listen
        );
        checks.push(check(Verdict::Warn, "admin", text));
    }
    if s.known_networks.iter().any(|network| network.prefix_len() == 0) {
        let text =
            "known_networks holds every address, so no source is ever unknown; name your own egress only";
        checks.push(check(Verdict::Warn, "networks", text));
    }
    checks
}

fn check(verdict: Verdict, name: &'static str, text: impl Into<String>) -> Check {
    Check { verdict, name, text: text.into() }
}
