//! The merged values as settings: each key through its shape, then the rules between keys.
//! Never here: layers, places, secrets' values.

use super::layers::Layers;
use super::problem::{Problem, Problems, wrong};
use super::read::Reader;
use super::secrets::{self, Needs, Secrets};
use super::{Admin, Aws, Http, Language, LogFormat, Owners, Queue, Settings, Slack, Store, Transport};
use super::{rules, shape};
use crate::case::guard::{Limits, Mode, Profile};
use crate::case::owner::Source;
use crate::case::playbook::Playbook;
use ::config::{Map, Value, ValueKind};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::net::SocketAddr;

const MODES: [(&str, Mode); 3] =
    [("observe", Mode::Observe), ("dry-run", Mode::DryRun), ("enforce", Mode::Enforce)];
const LANGUAGES: [(&str, Language); 3] =
    [("auto", Language::Auto), ("en", Language::En), ("ja", Language::Ja)];
const TRANSPORTS: [(&str, Transport); 2] = [("socket", Transport::Socket), ("http", Transport::Http)];
const PROFILES: [(&str, Profile); 2] = [("strict", Profile::Strict), ("surgical", Profile::Surgical)];
const FORMATS: [(&str, LogFormat); 2] = [("json", LogFormat::Json), ("text", LogFormat::Text)];

/// SQS holds a long poll no longer than this.
const LONGEST_POLL: SignedDuration = SignedDuration::from_secs(20);
/// Far above any sensible limit; keeps sums of counters from overflowing.
const MOST: u32 = 1_000_000;

/// Settings, or every problem of every layer.
pub(super) fn settings(layers: Layers, with_secrets: bool) -> Result<Settings, Problems> {
    let Layers { root, secrets, mut problems, last_file, broken } = layers;
    let map = root.into_table().unwrap_or_default();
    let built_in = rules::built_in(&mut problems);
    let own_rules = rules::read(map.get("rule"), &built_in, &mut problems);
    let mut r = Reader::new(&map, "", last_file);
    let transport = r.one("slack.transport", |t| shape::word(t, "transport", &TRANSPORTS));
    let needs = Needs {
        bot: with_secrets,
        app: with_secrets && transport == Some(Transport::Socket),
        signing: with_secrets && transport == Some(Transport::Http),
    };
    let secrets = secrets::read(&mut r, &secrets, needs);
    let playbook = Playbook { rules: own_rules, built_in };
    let settings = assemble(&mut r, transport, secrets, playbook);
    if broken {
        // What seems missing may stand in the part that could not be read.
        r.problems.retain(|p| !p.wrong.contains("required"));
    }
    problems.append(&mut r.problems);
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        Some(_) => Err(Problems(problems)),
        None if problems.is_empty() => Err(Problems(vec![unread(&map)])),
        None => Err(Problems(problems)),
    }
}

/// The one address that the commands which ask the daemon need.
pub(super) fn admin(layers: &Layers) -> Result<SocketAddr, Problems> {
    let empty = Map::new();
    let map = if let ValueKind::Table(map) = &layers.root.kind { map } else { &empty };
    let mut r = Reader::new(map, "", layers.last_file.clone());
    let listen = r.one("admin.listen", shape::listen);
    let mut problems = if layers.broken { layers.problems.clone() } else { vec![] };
    problems.append(&mut r.problems);
    match listen {
        Some(listen) if problems.is_empty() => Ok(listen),
        Some(_) | None => Err(Problems(problems)),
    }
}

fn assemble(
    r: &mut Reader<'_>,
    transport: Option<Transport>,
    secrets: Secrets,
    playbook: Playbook,
) -> Option<Settings> {
    // Every key is read before the first `?`, so that all problems are found.
    let mode = r.one("mode", |t| shape::word(t, "mode", &MODES));
    let language = r.one("language", |t| shape::word(t, "language", &LANGUAGES));
    let queue = queue(r);
    let fallback_webhook = secrets.fallback_webhook.clone();
    let slack = slack(r, transport, secrets);
    let http = http(r);
    let admin = admin_room(r, http.as_ref());
    let store = store(r);
    let aws = aws(r);
    let owners = owners(r);
    let known_networks = r.list("known_networks", shape::network);
    let retention_closed = r.duration("retention.closed");
    let group_window = r.duration("group.window");
    let prompts_per_person_hour = r.whole("prompts.per_person_hour", 1, MOST);
    let protected = r.list("guard.protected", shape::protected);
    let limits = limits(r);
    let verify_after = passes(r);
    let undo_window = r.duration("undo.window");
    let log_format = r.one("log.format", |t| shape::word(t, "log format", &FORMATS));
    Some(Settings {
        mode: mode?,
        language: language?,
        queue: queue?,
        slack: slack?,
        http: http?,
        admin: admin?,
        store: store?,
        aws: aws?,
        owners: owners?,
        known_networks: known_networks?,
        retention_closed: retention_closed?,
        group_window: group_window?,
        prompts_per_person_hour: prompts_per_person_hour?,
        fallback_webhook,
        protected: protected?,
        limits: limits?,
        verify_after: verify_after?,
        undo_window: undo_window?,
        log_format: log_format?,
        playbook,
    })
}

fn queue(r: &mut Reader<'_>) -> Option<Queue> {
    let example = "https://sqs.eu-central-1.amazonaws.com/111122223333/vouch-findings";
    let url = r.required("queue.url", |t| shape::url(t, example));
    let wait = r.one("queue.wait", |t| {
        let wait = shape::duration(t)?;
        let fits = wait <= LONGEST_POLL;
        fits.then_some(wait)
            .ok_or_else(|| wrong(format!("\"{t}\" is too long"), "write 20s or less: SQS allows no more"))
    });
    Some(Queue { url: url?, wait: wait? })
}

fn slack(r: &mut Reader<'_>, transport: Option<Transport>, secrets: Secrets) -> Option<Slack> {
    let api_url = r.one("slack.api_url", |t| {
        let url = shape::url(t, "https://slack.com/api/")?;
        if shape::is_slack_in_clear(&url) {
            return Err(wrong("the tokens would go to Slack unencrypted", "write https://slack.com/api/"));
        }
        Ok(url)
    });
    let security_channel = r.required("slack.security_channel", shape::channel);
    let responders = if r.at("slack.responders").is_none() {
        // A list cannot be read as one text, so its absence is told here.
        r.required("slack.responders", |_| Ok(vec![]))
    } else {
        r.list("slack.responders", shape::person)
    };
    if responders.as_ref().is_some_and(Vec::is_empty) {
        r.refuse(
            "slack.responders",
            "nobody is named",
            "name at least one Slack user id; two for a second voice",
        );
    }
    let api_url = api_url.map(|url| if url.ends_with('/') { url } else { format!("{url}/") });
    Some(Slack {
        transport: transport?,
        api_url: api_url?,
        bot_token: secrets.bot_token,
        app_token: secrets.app_token,
        signing_secrets: secrets.signing_secrets,
        security_channel: security_channel?,
        responders: responders?,
    })
}

fn http(r: &mut Reader<'_>) -> Option<Http> {
    let listen = r.one("http.listen", shape::listen);
    let public_url = r.one("http.public_url", |t| {
        if t.is_empty() { Ok(String::new()) } else { shape::url(t, "https://vouch.example.com") }
    });
    Some(Http { listen: listen?, public_url: public_url?.trim_end_matches('/').to_owned() })
}

fn admin_room(r: &mut Reader<'_>, http: Option<&Http>) -> Option<Admin> {
    let listen = r.one("admin.listen", shape::listen)?;
    if http.is_some_and(|http| http.listen == listen && listen.port() != 0) {
        let wrong = format!("http.listen has the same address, {listen}");
        r.refuse("admin.listen", wrong, "give each an address of its own");
    }
    Some(Admin { listen })
}

fn store(r: &mut Reader<'_>) -> Option<Store> {
    let kind = r.one("store.kind", |t| match t {
        "dynamodb" => Err(wrong("dynamodb is not built yet", "write sled")),
        _ => shape::word(t, "store", &[("sled", ())]),
    });
    let path = r.one("store.path", |t| shape::text(t, "a folder such as /var/lib/vouch"));
    let table = r.one("store.table", |t| shape::text(t, "a table name such as vouch"));
    let create_table = r.flag("store.create_table");
    kind?;
    Some(Store { path: path?.into(), table: table?, create_table: create_table? })
}

fn aws(r: &mut Reader<'_>) -> Option<Aws> {
    let accounts = r.list("aws.accounts", shape::account);
    let evidence_role = r.one("aws.evidence_role", |t| shape::arn_template(t, "role"));
    let respond_role = r.one("aws.respond_role", |t| shape::arn_template(t, "role"));
    let external_id = r.one("aws.external_id", |t| Ok(t.to_owned()));
    let profile = r.one("aws.profile", |t| shape::word(t, "profile", &PROFILES));
    let quarantine_policy = r.one("aws.quarantine_policy", |t| {
        shape::text(t, "the ARN of the quarantine policy").and_then(|t| shape::arn_template(&t, "policy"))
    });
    Some(Aws {
        accounts: accounts?,
        evidence_role: evidence_role?,
        respond_role: respond_role?,
        external_id: external_id?,
        profile: profile?,
        quarantine_policy: quarantine_policy?,
    })
}

fn owners(r: &mut Reader<'_>) -> Option<Owners> {
    let email = |t: &str| {
        let lower = t.to_lowercase();
        let fits = lower.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        fits.then_some(lower)
            .ok_or_else(|| wrong("the key is no e-mail address", "write one such as ana@example.com"))
    };
    let sources = r.list("owners.sources", shape::source);
    let tag_keys = r.list("owners.tag_keys", |t| shape::text(t, "the key of a tag"));
    let principals = r.pairs("owners.principals", shape::arn_pattern, shape::person);
    let emails = r.pairs("owners.emails", email, shape::person);
    let accounts = r.pairs("owners.accounts", shape::account, shape::person);
    let identity_store_id = r.one("owners.identity_store_id", |t| Ok(t.to_owned()));
    let identity_store_region = r.one("owners.identity_store_region", shape::region);
    let identity_store_role = r.one("owners.identity_store_role", |t| shape::arn_template(t, "role"));
    let twice = sources
        .iter()
        .flatten()
        .enumerate()
        .find(|(i, s)| sources.iter().flatten().take(*i).any(|o| o == *s));
    if let Some((_, source)) = twice {
        let wrong = format!("{} is named twice", Source::as_str(*source));
        r.refuse("owners.sources", wrong, "name each source once");
    }
    let homeless = identity_store_region.as_ref().is_some_and(String::is_empty);
    if homeless && identity_store_id.as_ref().is_some_and(|id| !id.is_empty()) {
        let right = "name the Region of the identity store, such as eu-central-1";
        r.refuse("owners.identity_store_region", "it is empty while owners.identity_store_id is set", right);
    }
    let mut principals = principals?;
    principals.sort_by(|(a, _), (b, _)| by_literal_prefix(a, b));
    Some(Owners {
        sources: sources?,
        tag_keys: tag_keys?,
        principals,
        emails: emails?.into_iter().collect(),
        accounts: accounts?.into_iter().collect::<BTreeMap<_, _>>(),
        identity_store_id: identity_store_id?,
        identity_store_region: identity_store_region?,
        identity_store_role: identity_store_role?,
    })
}

/// Longest literal prefix first; then the longer pattern; then by the alphabet, so that the order is one.
fn by_literal_prefix(a: &str, b: &str) -> std::cmp::Ordering {
    let rank = |p: &str| (p.find('*').unwrap_or(p.len()), p.len());
    rank(b).cmp(&rank(a)).then_with(|| a.cmp(b))
}

fn limits(r: &mut Reader<'_>) -> Option<Limits> {
    let per_10m = r.whole("guard.max_writes_10m", 0, MOST);
    let per_day = r.whole("guard.max_writes_day", 0, MOST);
    let per_account_hour = r.whole("guard.max_writes_account_hour", 0, MOST);
    Some(Limits { per_10m: per_10m?, per_day: per_day?, per_account_hour: per_account_hour? })
}

fn passes(r: &mut Reader<'_>) -> Option<Vec<SignedDuration>> {
    let mut spans = r.list("verify.after", shape::duration)?;
    if spans.is_empty() {
        r.refuse("verify.after", "no pass is named", "name one duration or more, such as [\"10s\", \"60s\"]");
    }
    // Passes are made in order, however they were written.
    spans.sort();
    Some(spans)
}

/// Only when a default is missing from `config/default.toml`, which a test rules out.
fn unread(map: &Map<String, Value>) -> Problem {
    Problem {
        place: "config/default.toml".to_owned(),
        key: "defaults".to_owned(),
        wrong: format!("a key has no default ({} sections read)", map.len()),
        right: "report this as a bug".to_owned(),
    }
}
