//! Every kind of question, about every kind of thing that it can name.
//! Never here: assertions.

use super::super::fixtures::{mine, prompt};
use super::{all_facts, all_offers, or};
use vouch::case::message::{FactsView, Message, MineModal, PromptView};
use vouch::case::question::{About, Question};

fn abouts(nasty: Option<&str>) -> [(&'static str, Option<About>); 5] {
    let named = |name: &str| or(nasty, name);
    [
        ("nothing", None),
        ("bucket", Some(About::Bucket(named("reports")))),
        ("instance", Some(About::Instance(named("i-0123456789abcdef0")))),
        ("role", Some(About::Role(named("web")))),
        ("other", Some(About::Other(named("orders-db")))),
    ]
}

pub(super) fn prompts(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    for question in Question::ALL {
        // Hostile values are the same in each of them, and make for long messages.
        let most = if nasty.is_some() { 2 } else { 5 };
        for (of, about) in abouts(nasty).into_iter().take(most) {
            let facts = FactsView { question, about, ..all_facts(nasty) };
            let view = PromptView { facts, offers: all_offers(nasty), why: None, ..prompt() };
            all.push((format!("prompt-{question:?}-{of}"), Message::Prompt(Box::new(view))));
        }
        let facts = FactsView { question, ..all_facts(nasty) };
        let view = MineModal { facts, ..mine() };
        all.push((format!("modal-mine-{question:?}"), Message::MineModal(Box::new(view))));
    }
}
