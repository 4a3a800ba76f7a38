//! Every key of the outside interface and what kind of value it takes.
//! Never here: defaults (`config/default.toml`) or what a valid value is (`config/build`).

/// What stands behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Whole,
    Flag,
    List,
    Map,
    /// Only from the environment, or from a file that `KEY_file` names.
    Secret,
    /// `[[rule]]` tables.
    Rules,
}

/// All of them, in the order of the documents.
pub const KEYS: [(&str, Kind); 45] = [
    ("mode", Kind::Text),
    ("language", Kind::Text),
    ("queue.url", Kind::Text),
    ("queue.wait", Kind::Text),
    ("slack.transport", Kind::Text),
    ("slack.api_url", Kind::Text),
    ("slack.bot_token", Kind::Secret),
    ("slack.app_token", Kind::Secret),
    ("slack.signing_secret", Kind::Secret),
    ("slack.security_channel", Kind::Text),
    ("slack.responders", Kind::List),
    ("http.listen", Kind::Text),
    ("http.public_url", Kind::Text),
    ("admin.listen", Kind::Text),
    ("store.kind", Kind::Text),
    ("store.path", Kind::Text),
    ("store.table", Kind::Text),
    ("store.create_table", Kind::Flag),
    ("aws.accounts", Kind::List),
    ("aws.evidence_role", Kind::Text),
    ("aws.respond_role", Kind::Text),
    ("aws.external_id", Kind::Text),
    ("aws.profile", Kind::Text),
    ("aws.quarantine_policy", Kind::Text),
    ("owners.sources", Kind::List),
    ("owners.tag_keys", Kind::List),
    ("owners.principals", Kind::Map),
    ("owners.emails", Kind::Map),
    ("owners.accounts", Kind::Map),
    ("owners.identity_store_id", Kind::Text),
    ("owners.identity_store_region", Kind::Text),
    ("owners.identity_store_role", Kind::Text),
    ("known_networks", Kind::List),
    ("retention.closed", Kind::Text),
    ("group.window", Kind::Text),
    ("prompts.per_person_hour", Kind::Whole),
    ("fallback.webhook_url", Kind::Secret),
    ("guard.protected", Kind::List),
    ("guard.max_writes_10m", Kind::Whole),
    ("guard.max_writes_day", Kind::Whole),
    ("guard.max_writes_account_hour", Kind::Whole),
    ("verify.after", Kind::List),
    ("undo.window", Kind::Text),
    ("log.format", Kind::Text),
    ("rule", Kind::Rules),
];

/// What stands behind this path: a key, a section of keys, or nothing we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Key(Kind),
    Section,
    Unknown,
}

pub(super) fn place(path: &str) -> Place {
    if let Some((_, kind)) = KEYS.iter().find(|(key, _)| *key == path) {
        return Place::Key(*kind);
    }
    let secret = |file: &str| KEYS.iter().any(|(key, kind)| *key == file && *kind == Kind::Secret);
    if path.strip_suffix("_file").is_some_and(secret) {
        return Place::Key(Kind::Text);
    }
    let inside = |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    if KEYS.iter().any(|(key, _)| inside(key)) { Place::Section } else { Place::Unknown }
}

/// The variable that sets this key.
pub(super) fn variable(path: &str) -> String {
    format!("VOUCH__{}", path.to_uppercase().replace('.', "__"))
}

/// The known name nearest to a mistyped one, if any is near.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (distance(typed, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .map(|(_, name)| name)
}

/// Letters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
