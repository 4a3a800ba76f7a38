//! The faces of the messages that people see most, word for word, in every language.
//! Never here: limits.

use super::fixtures::{
    acts, answered, candidate, card, delivery, facts, instance_facts, key, mine, noon, person, prompt,
    surface,
};
use serde_json::{Value, json};
use vouch::case::guard::Mode;
use vouch::case::guidance::{Advised, Step};
use vouch::case::ledger::Limit;
use vouch::case::message::{
    BreakerView, CallReason, CardButton, CardView, ControlView, EvidenceView, Message, MineModal, Note,
    Offer, PromptEnd, PromptView, ProposalView, StoryLine,
};
use vouch::case::prompt::{PromptState, Verdict};
use vouch::case::remedy::{ActState, Remedy};
use vouch::case::state::{Closing, ProposalKind, Stage};
use vouch::slack::blocks::{Rendered, render};
use vouch::slack::texts::Lang;

/// Once for each language; all but English carry its name.
fn in_all(check: impl Fn(Lang)) {
    for lang in Lang::ALL {
        let mut settings = insta::Settings::clone_current();
        if lang != Lang::En {
            settings.set_snapshot_suffix(lang.as_str());
        }
        settings.bind(|| check(lang));
    }
}

fn face(lang: Lang, message: Message) -> Value {
    match render(&delivery(message), &key(), lang) {
        Rendered::Message(content) => {
            json!({"event_type": content.event_type, "text": content.text, "blocks": content.blocks})
        }
        Rendered::View(view) => view,
    }
}

fn note(lang: Lang, note: Note) -> Value {
    let Rendered::Message(content) = render(&delivery(Message::Note(Box::new(note))), &key(), lang) else {
        panic!("a note is a message")
    };
    json!(content.text)
}

#[test]
fn the_question() {
    in_all(|lang| {
        insta::assert_json_snapshot!("prompt", face(lang, Message::Prompt(Box::new(prompt()))));
    });
}

#[test]
fn the_question_in_dry_run_after_the_facts_changed() {
    in_all(|lang| {
        let view = PromptView { mode: Mode::DryRun, changed: true, why: None, ..prompt() };
        insta::assert_json_snapshot!("prompt_dry_run_changed", face(lang, Message::Prompt(Box::new(view))));
    });
}

#[test]
fn the_question_answered() {
    in_all(|lang| {
        let end = PromptEnd {
            answered: Some(answered(Verdict::NotMine, "")),
            state: PromptState::Answered,
            stage: Stage::Closed,
            closing: Some(Closing::Contained),
        };
        let view = PromptView { open: false, end: Some(end), done: acts(ActState::Verified), ..prompt() };
        insta::assert_json_snapshot!("prompt_answered", face(lang, Message::Prompt(Box::new(view))));
    });
}

#[test]
fn the_modal() {
    in_all(|lang| {
        insta::assert_json_snapshot!("modal_mine", face(lang, Message::MineModal(Box::new(mine()))));
        let dry = face(lang, Message::MineModal(Box::new(MineModal { mode: Mode::DryRun, ..mine() })));
        let warning =
            dry["blocks"].as_array().unwrap().iter().rev().find(|b| b["type"] == "section").unwrap().clone();
        insta::assert_json_snapshot!("modal_warning_dry_run", warning["text"]["text"]);
        let dismiss = Message::DismissModal { case: super::fixtures::case(), surface: surface() };
        insta::assert_json_snapshot!("modal_dismiss", face(lang, dismiss));
    });
}

#[test]
fn the_card() {
    in_all(|lang| {
        insta::assert_json_snapshot!("card", face(lang, Message::Card(Box::new(card()))));
    });
}

#[test]
fn the_card_that_waits_for_a_second_voice() {
    in_all(|lang| {
        let view = CardView {
            stage: Stage::AwaitingApproval,
            answered: Some(answered(Verdict::NotMine, "")),
            proposal: Some(ProposalView {
                kind: ProposalKind::Plan,
                by: "slack:U0ALICE".into(),
                parts: vec![Remedy::QuarantineRole],
            }),
            buttons: vec![CardButton::Approve, CardButton::Reject, CardButton::Take],
            ..card()
        };
        insta::assert_json_snapshot!("card_approval", face(lang, Message::Card(Box::new(view))));
    });
}

#[test]
fn the_card_at_the_end() {
    in_all(|lang| {
        let view = CardView {
            stage: Stage::Closed,
            closing: Some(Closing::Contained),
            answered: Some(answered(Verdict::Partial, "I was deploying, but not from there")),
            acts: acts(ActState::Verified),
            contained_after: Some(42),
            buttons: vec![CardButton::Undo],
            revives_until: Some(noon()),
            ..card()
        };
        insta::assert_json_snapshot!("card_contained", face(lang, Message::Card(Box::new(view))));
    });
}

#[test]
fn the_card_of_an_observer_and_of_a_sample() {
    in_all(|lang| {
        let mut view = CardView {
            mode: Mode::Observe,
            would_ask: vec![person("U0ALICE")],
            stage: Stage::Closed,
            closing: Some(Closing::Recorded),
            ..card()
        };
        view.facts.sample = true;
        insta::assert_json_snapshot!("card_observe_sample", face(lang, Message::Card(Box::new(view))));
    });
}

#[test]
fn the_ledger_s_cards() {
    in_all(|lang| {
        let stopped = Some((person("U0RESP1"), noon()));
        let on = face(
            lang,
            Message::Control(ControlView { mode: Mode::Enforce, stopped: None, patterns: vec![] }),
        );
        let off =
            face(lang, Message::Control(ControlView { mode: Mode::Enforce, stopped, patterns: vec![] }));
        let open = BreakerView { tripped: Some((Limit::TenMinutes, noon())), reset_by: None };
        let reset = BreakerView { tripped: None, reset_by: Some(person("U0RESP1")) };
        insta::assert_json_snapshot!("control", json!([on, off]));
        let faces = [face(lang, Message::Breaker(open)), face(lang, Message::Breaker(reset))];
        insta::assert_json_snapshot!("breaker", json!(faces));
    });
}

#[test]
fn the_notes() {
    in_all(|lang| {
        let ended = |closing| Note::Ended {
            closing,
            acts: acts(ActState::Verified),
            by: "slack:U0ALICE".into(),
            key_last4: Some("WXYZ".into()),
        };
        let call = |why| Note::Call { why, responders: vec![person("U0RESP1"), person("U0RESP2")] };
        let story = Note::Story {
            lines: vec![
                StoryLine::Asked { person: person("U0ALICE"), why: Some(candidate()) },
                StoryLine::Overdue,
                StoryLine::Act { act: acts(ActState::Verified).remove(0) },
                StoryLine::Closed { closing: Closing::Contained, by: "rule:stolen keys".into() },
            ],
        };
        let texts = [
            note(lang, Note::Reminder { deadline: Some(noon()) }),
            note(lang, ended(Closing::Contained)),
            note(lang, ended(Closing::Vouched)),
            note(lang, Note::Guide { finding_type: facts().finding_type }),
            note(lang, Note::Advice { facts: Box::new(facts()), steps: vec![] }),
            note(lang, call(CallReason::Unsure { by: person("U0ALICE") })),
            note(lang, call(CallReason::NeedsApproval { kind: ProposalKind::Vouch })),
            note(lang, Note::AfterContainment { facts: Box::new(facts()), contained_at: noon() }),
            note(lang, Note::UndoRefused { changed: vec!["key …WXYZ is active again".into()] }),
            note(
                lang,
                Note::NotRestored {
                    notes: vec!["the console password of user deployer cannot be restored".into()],
                },
            ),
            note(lang, Note::LateAnswer { by: person("U0ALICE"), not_mine: false }),
            note(lang, story),
            note(lang, Note::StillWaiting { stage: Stage::Stuck, since: noon() }),
        ];
        insta::assert_json_snapshot!("notes", json!(texts));
    });
}

#[test]
fn an_instance() {
    in_all(|lang| {
        let parts = vec![Remedy::SnapshotInstance, Remedy::IsolateInstance, Remedy::RevokeSession];
        let offers = vec![
            Offer { remedy: Remedy::Contain, parts },
            Offer { remedy: Remedy::StopInstance, parts: vec![Remedy::StopInstance] },
        ];
        let prompt = PromptView { facts: instance_facts(), offers: offers.clone(), ..prompt() };
        let card = CardView { facts: instance_facts(), evidence: EvidenceView::default(), offers, ..card() };
        let asked = face(lang, Message::Prompt(Box::new(prompt))).to_string();
        let seen = face(lang, Message::Card(Box::new(card))).to_string();
        let steps = vec![Step::new(Advised::RoleTrust, None), Step::new(Advised::InstanceRebuild, None)];
        let advice = note(lang, Note::Advice { facts: Box::new(instance_facts()), steps }).to_string();
        for (said, values) in [
            (&asked, &["`web-fleet`", "`web-http`", "`web`", "`203.0.113.9`"][..]),
            (&seen, &["`i-0123456789abcdef0`", "`tcp 22`", "ami-0abc", "`web-fleet`", "`203.0.113.9`"][..]),
            (&advice, &["start-malware-scan", "`ami-0abc`", "`tcp 22`", "--no-disable-api-termination"][..]),
        ] {
            for value in values {
                assert!(said.contains(value), "{}: no {value} in {said}", lang.as_str());
            }
        }
    });
}

#[test]
fn the_test_question() {
    in_all(|lang| {
        let face =
            |content: vouch::slack::blocks::Content| json!({"text": content.text, "blocks": content.blocks});
        let asked = face(vouch::slack::blocks::trial(lang, format!("{}.seal", lang.as_str())));
        let ends = [true, false].map(|answered| face(vouch::slack::blocks::trial_end(lang, answered)));
        insta::assert_json_snapshot!("trial", json!({"asked": asked, "answered": ends[0], "over": ends[1]}));
    });
}
