//! `vouch replay`: what would happen now for findings that lie in files. Touches no network, writes nothing.
//! Never here: reading findings (`aws/decode`) or choosing rules (`case/playbook`).

mod asked;
mod documents;
mod why;

use super::out::{self, Exit};
use crate::aws::decode::{Decoded, decode};
use crate::case::finding::Finding;
use crate::case::playbook::{NoAnswer, Rule, Stance};
use crate::case::remedy::{Remedy, parts};
use crate::config::Settings;
use serde::Serialize;

/// One finding, or one document that is none. The keys are part of the outside interface.
#[derive(Debug, Default, Serialize)]
struct Row {
    file: String,
    finding: Option<String>,
    #[serde(rename = "type")]
    kind_of_finding: Option<String>,
    sample: Option<bool>,
    kind: Option<&'static str>,
    principal: Option<String>,
    rule: Option<String>,
    /// For people only.
    #[serde(skip)]
    why: Option<String>,
    stance: Option<&'static str>,
    asks: Option<Vec<String>>,
    offer: Option<Vec<&'static str>>,
    no_answer: Option<&'static str>,
    error: Option<String>,
}

pub(super) async fn run(settings: Settings, json: bool, paths: Vec<String>) -> Exit {
    let (mut seen, mut failed) = (0_usize, 0_usize);
    for path in &paths {
        documents::each(path, &mut |file, document| {
            for row in rows(&settings, file, document) {
                seen += 1;
                failed += usize::from(row.error.is_some());
                show(&row, json);
            }
        });
    }
    if !json {
        out::line(format!("{seen} read, {failed} not understood"));
    }
    if failed == 0 {
        return Exit::Done;
    }
    out::failed(format!("{failed} of {seen} could not be understood"))
}

fn rows(settings: &Settings, file: &str, document: Result<&[u8], String>) -> Vec<Row> {
    let bad = |why: String| Row { file: file.to_owned(), error: Some(why), ..Row::default() };
    let body = match document {
        Ok(body) => body,
        Err(why) => return vec![bad(why)],
    };
    match decode(body) {
        Decoded::Findings { findings, problems } => {
            let good = findings.iter().map(|finding| row(settings, file, finding));
            good.chain(problems.into_iter().map(bad)).collect()
        }
        Decoded::NotFinding { what } => {
            vec![bad(format!("this is no GuardDuty finding ({})", what.as_str()))]
        }
        Decoded::Bad { why, .. } => vec![bad(why)],
    }
}

fn row(settings: &Settings, file: &str, finding: &Finding) -> Row {
    let rule = settings.playbook.decide(finding, &settings.known_networks);
    // A remedy that does not fit is not offered, and silence does not run it.
    let fits = |remedy: &Remedy| !parts(*remedy, finding, settings.aws.profile).is_empty();
    let idle = matches!(rule.no_answer, NoAnswer::Run(remedy) if !fits(&remedy));
    let silence = if idle { NoAnswer::Escalate } else { rule.no_answer };
    Row {
        file: file.to_owned(),
        finding: Some(finding.id.clone()),
        kind_of_finding: Some(finding.kind.clone()),
        sample: Some(finding.sample),
        kind: Some(finding.principal.kind.as_str()),
        principal: finding.principal.arn(),
        asks: Some(asked::by(settings, finding, &rule)),
        offer: Some(rule.offer.iter().copied().filter(fits).map(Remedy::as_str).collect()),
        no_answer: Some(silence.as_str()),
        stance: Some(rule.stance.as_str()),
        why: Some(why::of(settings, finding)),
        rule: Some(rule.name),
        error: None,
    }
}

fn show(row: &Row, json: bool) {
    if json {
        return match serde_json::to_string(row) {
            Ok(text) => out::line(text),
            Err(error) => out::note(format!("vouch: a finding of {} has no JSON: {error}", row.file)),
        };
    }
    let file = out::plain(&row.file);
    if let Some(error) = &row.error {
        return out::line(format!("{file}\n  not understood: {}\n", out::plain(error)));
    }
    let text = |text: &Option<String>| out::plain(text.as_deref().unwrap_or("-"));
    let sample = if row.sample == Some(true) { " (sample: a card, nobody asked)" } else { "" };
    let offer = row.offer.as_deref().unwrap_or_default().join(", ");
    let offer = if offer.is_empty() { "nothing that fits".to_owned() } else { offer };
    let silence = silence(row);
    out::line(format!(
        "{file}\n  {}{sample}\n  finding    {}\n  principal  {} {}\n  rule       {} (stance {})\n  why        {}\n  asks       {}\n  offers     {offer}\n  silence    {silence}\n",
        text(&row.kind_of_finding),
        text(&row.finding),
        row.kind.unwrap_or("-"),
        text(&row.principal),
        text(&row.rule),
        row.stance.unwrap_or("-"),
        text(&row.why),
        row.asks.as_deref().unwrap_or_default().join(", "),
    ));
}

/// What happens if nobody answers, in words.
fn silence(row: &Row) -> &'static str {
    if row.stance == Some(Stance::Contain.as_str()) {
        return "keeps what was contained";
    }
    match row.no_answer {
        Some("escalate") => "responders decide",
        Some("record") => "it is recorded",
        Some(remedy) => remedy,
        None => "-",
    }
}

/// Whether nobody but responders hears of it.
fn for_responders(finding: &Finding, rule: &Rule) -> bool {
    finding.sample || rule.stance == Stance::Notify
}
