//! What a command leaves open is explained below it, in every language.
//! Never here: which commands a case gets.

use super::fixtures::{delivery, facts, key};
use vouch::case::guidance::{Advised, Blank, Step};
use vouch::case::message::{Message, Note};
use vouch::slack::blocks::{Rendered, render};
use vouch::slack::texts::Lang;

#[test]
fn each_blank_is_explained_once() {
    let words = Blank::ALL.map(Blank::word).join(" ");
    for lang in Lang::ALL {
        let steps = vec![Step::new(Advised::FederatedDeny, Some(format!("aws {words} {words}")))];
        let note = Note::Advice { facts: Box::new(facts()), steps };
        let Rendered::Message(content) = render(&delivery(Message::Note(Box::new(note))), &key(), lang)
        else {
            panic!("a note is a message")
        };
        for blank in Blank::ALL {
            let explained = content.text.matches(&format!("\n`{}`: ", blank.word())).count();
            assert_eq!(explained, 1, "{}: {} in {}", lang.as_str(), blank.word(), content.text);
        }
    }
}

#[test]
fn a_command_without_any_stands_alone() {
    let step = Step::new(Advised::ServiceLook, Some("aws iam get-role --role-name BUCKETEER".to_owned()));
    assert_eq!(step.blanks, []);
}
