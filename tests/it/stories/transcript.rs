//! A story as plain text: what each person saw, what was written in AWS, what the audit says. Compared with a
//! snapshot, and printed when a story fails.
//! Never here: judging; whatever happened is told as it happened.

use super::hands::elements;
use super::house::House;
use serde_json::Value;
use sim::slack::Message;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a story may take to come to its known end.
const SETTLING: Duration = Duration::from_secs(20);
/// Without a known end: so long nothing happened.
const QUIET: Duration = Duration::from_secs(5);

impl House {
    /// Waits until the story reads as its snapshot does. A new one is proposed as insta does it.
    pub(crate) async fn reads_as(&self, name: &str) {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/stories/snapshots/{name}.snap"));
        let known = std::fs::read_to_string(path).ok();
        let known = known.as_deref().and_then(|text| text.splitn(3, "---\n").nth(2)).map(str::trim);
        let began = Instant::now();
        let (mut last, mut since) = (String::new(), began);
        loop {
            let now = self.story().await;
            if known.is_some_and(|known| in_any_order(known) == in_any_order(now.trim())) {
                return;
            }
            if now != last {
                (last, since) = (now, Instant::now());
            }
            let quiet = since.elapsed() > QUIET;
            if (known.is_none() && quiet) || began.elapsed() > SETTLING {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, last));
    }

    /// The whole story with names instead of ids, so that it reads alike each time.
    async fn story(&self) -> String {
        let mut text = self.transcript();
        let _ = writeln!(text, "\naudit\n  {}", audit_kinds(&self.audit().await).join(", "));
        self.nameless(text).await
    }

    /// Every message that stands, as it is now, in no particular order; what only one person saw is not kept.
    pub(crate) async fn faces(&self) -> Vec<String> {
        let messages = self.slack.peek(|state| state.messages.clone());
        let mut faces = vec![];
        for message in messages.iter().filter(|m| !m.deleted && m.ephemeral_to.is_none()) {
            let mut told = String::new();
            let thread = if message.thread_ts.is_some() { " > " } else { " " };
            face(&mut told, &message.text, &message.blocks, "", "");
            faces.push(self.nameless(format!("{}{thread}{told}", message.channel)).await);
        }
        faces.sort();
        faces
    }

    async fn nameless(&self, mut text: String) -> String {
        let accused = &self.account.accused;
        let mut names = vec![
            (accused.user.clone(), "ci-story".to_owned()),
            (accused.unique_id.clone(), "AIDASTORY".to_owned()),
            (accused.key.clone(), "AKIASTORY".to_owned()),
            (accused.key.chars().skip(accused.key.len().saturating_sub(4)).collect(), "LAST".to_owned()),
        ];
        for case in self.cases().await {
            names.push((case["id"].as_str().unwrap_or_default().to_owned(), "CASE".to_owned()));
        }
        for (id, name) in names {
            text = text.replace(&id, &name);
        }
        timeless(&text)
    }

    /// What happened so far, with the ids as they are.
    pub(crate) fn transcript(&self) -> String {
        let mut out = String::new();
        let messages = self.slack.peek(|state| state.messages.clone());
        let mut places: Vec<&str> = messages.iter().map(|m| m.channel.as_str()).collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            let _ = writeln!(out, "{place}");
            let here: Vec<&Message> = messages.iter().filter(|m| m.channel == place).collect();
            let mut heads: Vec<&&Message> = here.iter().filter(|m| m.thread_ts.is_none()).collect();
            // The switch and the breaker stand beside the story.
            heads.sort_by_key(|m| {
                !has_any(m, &["vouch.stop_writes", "vouch.resume_writes", "vouch.reset_breaker"])
            });
            for head in heads {
                tell(&mut out, head, "  ");
                let mut replies: Vec<String> = here
                    .iter()
                    .filter(|m| m.thread_ts.as_deref() == Some(&head.ts))
                    .map(|reply| {
                        let mut told = String::new();
                        tell(&mut told, reply, "      > ");
                        told
                    })
                    .collect();
                replies.dedup();
                out.extend(replies);
            }
        }
        let _ = writeln!(out, "\nIAM\n  {}", listed(&self.writes()));
        let _ = writeln!(out, "\nGuardDuty\n  {}", listed(&self.archivals()));
        out
    }
}

/// The lines in a thread go out by their urgency, so that two of one moment may stand either way.
fn in_any_order(story: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = story.lines().collect();
    for thread in lines.chunk_by_mut(|a, b| replies(a) == replies(b)).filter(|run| replies(run[0])) {
        thread.sort_unstable();
    }
    lines
}

fn replies(line: &str) -> bool {
    line.starts_with("      >")
}

fn has_any(message: &Message, actions: &[&str]) -> bool {
    elements(message).iter().any(|e| actions.iter().any(|action| e["action_id"] == *action))
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { "nothing written".to_owned() } else { items.join(", ") }
}

/// A message as it was first and as it is now.
fn tell(out: &mut String, message: &Message, indent: &str) {
    let only = message.ephemeral_to.as_ref().map(|to| format!("(only {to}) ")).unwrap_or_default();
    let (mut first, mut last) = (String::new(), String::new());
    face(&mut last, &message.text, &message.blocks, indent, &only);
    if let Some(revision) = message.revisions.first() {
        face(&mut first, &revision.text, &revision.blocks, indent, "");
    }
    if !first.is_empty() && first != last {
        let _ = writeln!(out, "{first}{indent}at last");
    }
    out.push_str(&last);
    if message.deleted {
        let _ = writeln!(out, "{indent}(deleted)");
    }
}

/// The notification's text, then what stands in the message.
fn face(out: &mut String, text: &str, blocks: &[Value], indent: &str, prefix: &str) {
    let lines: Vec<String> = blocks.iter().flat_map(block_lines).collect();
    if !text.lines().eq(lines.iter().map(String::as_str)) {
        let _ = writeln!(out, "{indent}{prefix}{}", text.replace('\n', " / "));
    }
    for line in lines {
        let _ = writeln!(out, "{indent}  | {line}");
    }
}

fn block_lines(block: &Value) -> Vec<String> {
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<String> = vec![];
    if block["text"].is_object() {
        lines.extend(text(&block["text"]).lines().map(str::to_owned));
    }
    let fields = block["fields"].as_array().into_iter().flatten();
    lines.extend(fields.map(|field| text(field).replace('\n', " ")));
    let rows = block["elements"].as_array().into_iter().flatten().chain(block.get("accessory"));
    let mut buttons = vec![];
    for element in rows {
        match element["type"].as_str().unwrap_or_default() {
            "button" => buttons.push(format!("[{}]", text(&element["text"]))),
            "static_select" => {
                let options = element["options"].as_array().into_iter().flatten();
                let options: Vec<String> = options.map(|o| text(&o["text"])).collect();
                buttons.push(format!(
                    "({} v: {})",
                    text(&element["initial_option"]["text"]),
                    options.join("; ")
                ));
            }
            _ => lines.extend(text(element).lines().map(str::to_owned)),
        }
    }
    if !buttons.is_empty() {
        lines.push(buttons.join(" "));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Kinds in order. Look-ups run side by side, so what precedes the question is put in order; read-back passes
/// after the first and deliveries come when they come.
fn audit_kinds(audit: &[Value]) -> Vec<String> {
    let mut kinds: Vec<String> = vec![];
    for line in audit {
        let kind = line["kind"].as_str().unwrap_or_default();
        let again = kind == "verified" && kinds.iter().any(|known| known == kind);
        if !again && kind != "delivered" && kind != "started" {
            kinds.push(kind.to_owned());
        }
    }
    let opened = kinds.iter().position(|kind| kind == "case-opened").map_or(0, |at| at + 1);
    // Contain-first does not wait for the owner: the look-up may end before or after the first decision.
    if let Some(at) = kinds.iter().position(|kind| kind == "owner-found") {
        let owner = kinds.remove(at);
        kinds.insert(opened, owner);
    }
    let traced = ["finding-confirmed", "finding-refuted", "owner-found"];
    let end = kinds[opened..].iter().take_while(|kind| traced.contains(&kind.as_str())).count();
    kinds[opened..opened + end].sort();
    kinds
}

/// Moments and durations become words.
fn timeless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<!date^") {
        out.push_str(&rest[..at]);
        out.push_str("<time>");
        rest = rest[at..].split_once('>').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let out = shaped(&out, "dddd-dd-dd dd:dd:dd", "<time>");
    let out = shaped(&out, "dddd-dd-dd dd:dd", "<time>");
    let out = shaped(&out, "dddd-dd-ddTdd:dd:dd", "<time>");
    let out = shaped(&out, "dd:dd:dd", "<time>");
    let out = shaped(&out, "dd:dd", "<time>");
    let out = shaped(&out, "dd s", "<n> s");
    shaped(&out, "d s", "<n> s")
}

/// Every piece of this shape (`d`: a digit) becomes a word.
fn shaped(text: &str, shape: &str, word: &str) -> String {
    let fits = |piece: &str| {
        let mut letters = piece.chars();
        shape.chars().all(|wanted| {
            letters.next().is_some_and(|is| if wanted == 'd' { is.is_ascii_digit() } else { is == wanted })
        })
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let after = rest.chars().nth(shape.len()).unwrap_or(' ');
        if !before.is_alphanumeric() && fits(rest) && !after.is_alphanumeric() {
            out.push_str(word);
            rest = &rest[shape.len()..];
            before = 'd';
        } else {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
            before = letter;
        }
    }
    out
}
