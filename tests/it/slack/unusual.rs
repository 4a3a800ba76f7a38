//! What an identity did for the first time, in the question and on the card.
//! Never here: how it is read from a finding.

use super::fixtures::{card, delivery, facts, key, prompt};
use vouch::case::finding::{Activity, Unusual, UnusualKind};
use vouch::case::message::{CardView, FactsView, Message, PromptView};
use vouch::slack::blocks::{Rendered, render};
use vouch::slack::texts::Lang;

fn shown(lang: Lang, message: Message) -> String {
    match render(&delivery(message), &key(), lang) {
        Rendered::Message(content) => serde_json::to_string(&content.blocks).unwrap(),
        Rendered::View(view) => view.to_string(),
    }
}

fn both(lang: Lang, facts: &FactsView) -> [String; 2] {
    let prompt = PromptView { facts: facts.clone(), ..prompt() };
    let card = CardView { facts: facts.clone(), ..card() };
    [Message::Prompt(Box::new(prompt)), Message::Card(Box::new(card))].map(|message| shown(lang, message))
}

fn with(values: &[&str]) -> FactsView {
    let one = |value: &&str| Unusual { kind: UnusualKind::Client, value: (*value).to_owned() };
    FactsView { unusual: values.iter().map(one).collect(), ..facts() }
}

#[test]
fn what_is_new_about_an_identity_stands_in_one_line() {
    for (lang, line) in [
        (Lang::En, "Unusual for this identity: `GetSecretValue`, `AS64500 Example Transit`"),
        (Lang::Ja, "この ID では初めて: `GetSecretValue`, `AS64500 Example Transit`"),
    ] {
        for shown in both(lang, &with(&["GetSecretValue", "AS64500 Example Transit"])) {
            assert!(shown.contains(line), "{shown}");
        }
    }
    let [asked, seen] = both(Lang::En, &facts());
    assert!(!asked.contains("Unusual") && !seen.contains("Unusual"), "nothing is said of nothing");
}

/// Clients are called what whoever acts wants them to be called.
#[test]
fn a_client_cannot_go_on_in_our_words() {
    for shown in both(Lang::En, &with(&["x` *It was approved* <!channel> <@U0ALICE>\u{202e}\n`y"])) {
        assert!(shown.contains("`x' *It was approved* &lt;!channel&gt; &lt;@U0ALICE&gt; 'y`"), "{shown}");
    }
}

/// What was kept before this was decoded still reads.
#[test]
fn a_finding_that_was_kept_before_has_nothing_new() {
    let activity: Activity = serde_json::from_value(serde_json::json!({ "api": "ListBuckets" })).unwrap();
    assert_eq!((activity.api.as_deref(), activity.unusual), (Some("ListBuckets"), vec![]));
}
