//! Every language says everything: nothing is left in another one, nothing is missing, and markup comes alive.
//! Never here: layout, or limits.

use super::every;
use super::fixtures::{delivery, key};
use serde_json::Value;
use std::collections::BTreeSet;
use vouch::case::message::Message;
use vouch::case::remedy::Remedy;
use vouch::slack::blocks::{Rendered, render, trial, trial_end};
use vouch::slack::texts::Lang;

/// Every text that a reader meets in a message, screen readers' labels included.
fn texts(message: &Message, lang: Lang) -> Vec<String> {
    let mut found = vec![];
    match render(&delivery(message.clone()), &key(), lang) {
        Rendered::Message(content) => {
            found.push(content.text);
            content.blocks.iter().for_each(|block| gather(block, &mut found));
        }
        Rendered::View(view) => gather(&view, &mut found),
    }
    found
}

fn gather(value: &Value, found: &mut Vec<String>) {
    if let Some(list) = value.as_array() {
        list.iter().for_each(|one| gather(one, found));
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        match value.as_str() {
            Some(text) if ["text", "accessibility_label"].contains(&key.as_str()) => {
                found.push(text.to_owned());
            }
            _ => gather(value, found),
        }
    }
}

/// All that can be said, each sentence once, where it is said first.
fn catalogue(lang: Lang) -> String {
    let (mut known, mut lines) = (BTreeSet::new(), vec![]);
    for (name, message) in every::every(None) {
        let fresh = texts(&message, lang).into_iter().flat_map(|t| {
            let lines: Vec<String> = t.lines().map(str::to_owned).collect();
            lines
        });
        let fresh: Vec<String> = fresh.filter(|line| known.insert(line.clone())).collect();
        if !fresh.is_empty() {
            lines.push(format!("# {name}"));
            lines.extend(fresh);
        }
    }
    lines.join("\n")
}

#[test]
fn all_that_is_said_in_english() {
    insta::assert_snapshot!("words_en", catalogue(Lang::En));
}

#[test]
fn all_that_is_said_in_japanese() {
    insta::assert_snapshot!("words_ja", catalogue(Lang::Ja));
}

/// Without markup, links and values: `<…>`, code spans, and the value that stands for everything from outside.
fn own_words(text: &str, value: &str) -> String {
    let (mut out, mut tag, mut code) = (String::new(), false, false);
    let text = text.replace(value, "");
    let words: Vec<&str> = text.split(' ').filter(|word| !word.starts_with("https://")).collect();
    for c in words.join(" ").chars() {
        match c {
            '<' => tag = true,
            '>' => tag = false,
            '`' => code = !code,
            _ if tag || code => {}
            c => out.push(c),
        }
    }
    out
}

/// Names that are the same in every language.
const NAMES: [&str; 36] = [
    "Auto",
    "Scaling",
    "InService",
    "AWS",
    "IAM",
    "SSH",
    "GuardDuty",
    "Slack",
    "CloudTrail",
    "vouch",
    "IMDSv1",
    "IMDSv2",
    "ACL",
    "CORS",
    "CloudFront",
    "Macie",
    "S3",
    "URL",
    "VPC",
    "MFA",
    "ID",
    "UTC",
    "T",
    "s",
    "truncated",
    "system",
    "ARN",
    "IP",
    "U",
    "k3w7q2mz9a",
    "Identity",
    "Center",
    "Organizations",
    "Marketplace",
    "GetFederationToken",
    "DNS",
];

#[test]
fn no_english_is_left_in_japanese() {
    let mut left = BTreeSet::new();
    for (name, message) in every::every(Some("値")) {
        for text in texts(&message, Lang::Ja) {
            let own = own_words(&text, "値");
            for word in own.split(|c: char| !c.is_ascii_alphanumeric()) {
                let number = word.chars().all(|c| c.is_ascii_digit());
                if !number && !NAMES.contains(&word) {
                    left.insert(format!("{word} in {name}: {text}"));
                }
            }
        }
    }
    let lang = Lang::Ja;
    for content in [trial(lang, String::new()), trial_end(lang, true), trial_end(lang, false)] {
        if own_words(&content.text, "値").replace("vouch", "").contains(|c: char| c.is_ascii_alphabetic()) {
            left.insert(content.text);
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn no_japanese_is_left_in_english() {
    let foreign = |c: char| ('\u{3000}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c);
    for (name, message) in every::every(None) {
        for text in texts(&message, Lang::En) {
            assert!(!text.contains(foreign), "{name}: {text}");
        }
    }
}

/// Slack takes `*` and `` ` `` as markup only where they do not touch a letter, and kana and kanji are letters.
#[test]
fn markup_stands_apart_from_japanese_letters() {
    let touches =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "。、：（）「」？！".contains(c));
    let mut broken = BTreeSet::new();
    for (name, message) in every::every(None) {
        let Rendered::Message(content) = render(&delivery(message), &key(), Lang::Ja) else { continue };
        let mut found = vec![content.text];
        content.blocks.iter().for_each(|block| gather(block, &mut found));
        for text in found {
            let spans: String =
                text.split('`').enumerate().map(|(i, part)| if i % 2 == 0 { part } else { "" }).collect();
            for (mark, text) in [('*', &spans), ('`', &text)] {
                let at: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
                for pair in at.chunks(2) {
                    let [open, close] = pair else { continue };
                    let before = text[..*open].chars().next_back();
                    let after = text[close + 1..].chars().next();
                    if touches(before) || touches(after) {
                        broken.insert(format!("{name}: {text}"));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// What makes a missing text a compile error: no trait of words brings one along.
#[test]
fn no_text_has_a_default() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/slack/texts.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let traits: Vec<&str> =
        source.split("\npub trait ").skip(1).filter_map(|t| t.split("\n}").next()).collect();
    assert!(traits.len() >= 6, "{} traits of words", traits.len());
    for body in traits {
        let bodies = body
            .lines()
            .skip(1)
            .filter(|line| line.trim_end().ends_with('{') && line.trim() != "{")
            .collect::<Vec<_>>();
        assert!(bodies.is_empty(), "a text with a default: {bodies:?}");
    }
}

#[test]
fn every_remedy_has_a_name_and_says_what_it_breaks() {
    for lang in Lang::ALL {
        let w = lang.words();
        let names: BTreeSet<&str> = Remedy::ALL.iter().map(|remedy| w.remedy(*remedy)).collect();
        assert_eq!(names.len(), Remedy::ALL.len(), "two remedies with one name in {}", lang.as_str());
        for remedy in Remedy::ALL {
            for text in [w.remedy(remedy), w.breaks(remedy)] {
                assert!((3..=75).contains(&super::check::units(text)), "{}: {text}", remedy.as_str());
            }
        }
    }
}

/// Whoever says what they see must be understood by what listens (WCAG 2.2, 2.5.3).
#[test]
fn a_button_s_label_contains_what_stands_on_it() {
    fn buttons(value: &Value, found: &mut Vec<(String, String)>) {
        if value["type"] == "button" {
            let text = |v: &Value| v.as_str().unwrap().to_lowercase();
            found.push((text(&value["text"]["text"]), text(&value["accessibility_label"])));
        }
        value.as_array().into_iter().flatten().for_each(|one| buttons(one, found));
        value.as_object().into_iter().flatten().for_each(|(_, one)| buttons(one, found));
    }
    for lang in Lang::ALL {
        let mut found = vec![];
        for (_, message) in every::every(None) {
            if let Rendered::Message(content) = render(&delivery(message), &key(), lang) {
                content.blocks.iter().for_each(|block| buttons(block, &mut found));
            }
        }
        assert!(found.len() > 10);
        for (text, label) in found {
            assert!(label.contains(&text), "{}: {text:?} in {label:?}", lang.as_str());
        }
    }
}

#[test]
fn the_reader_s_language_is_chosen_by_setting_then_locale() {
    use vouch::config::Language;
    assert_eq!(Lang::choose(Language::Auto, "ja-JP"), Lang::Ja);
    assert_eq!(Lang::choose(Language::Auto, "en-GB"), Lang::En);
    assert_eq!(Lang::choose(Language::Auto, "fr-FR"), Lang::En);
    assert_eq!(Lang::choose(Language::Auto, ""), Lang::En);
    assert_eq!(Lang::choose(Language::Ja, "en-GB"), Lang::Ja);
    assert_eq!(Lang::choose(Language::En, "ja-JP"), Lang::En);
}
