//! The question and its dialogs in English.
//! Never here: layout.

use super::En;
use crate::case::guard::Mode;
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::slack::texts::{Button, Labels, ModalWords, Nouns, PromptButtons, PromptWords};

impl PromptWords for En {
    fn was_this_you(&self) -> &'static str {
        "Was this you?"
    }

    fn changed(&self) -> &'static str {
        "*The facts have changed since you were asked.* Please look again: earlier answers to this message do not count."
    }

    fn labels(&self) -> Labels {
        Labels {
            what: "What",
            when: "When",
            from: "From",
            with: "With",
            account: "Account",
            kind: "GuardDuty type",
        }
    }

    fn call(&self, api: &str, service: Option<&str>, resource: Option<&str>, error: Option<&str>) -> String {
        let mut text = api.to_owned();
        if let Some(service) = service {
            text += &format!(" ({service})");
        }
        if let Some(resource) = resource {
            text += &format!(" on {resource}");
        }
        if let Some(error) = error {
            text += &format!(", refused with {error}");
        }
        text
    }

    fn times(&self, count: u64, findings: u64) -> String {
        if findings > 1 { format!("{count} times, in {findings} findings") } else { format!("{count} times") }
    }

    fn since(&self, first: &str) -> String {
        format!("since {first}")
    }

    fn known_network(&self) -> &'static str {
        "one of our own networks"
    }

    fn unknown_source(&self) -> &'static str {
        "unknown"
    }

    fn with_client(&self, user_agent: &str) -> String {
        format!("using “{user_agent}”")
    }

    fn key(&self, last4: &str) -> String {
        format!("key ending in {last4}")
    }

    fn question(&self, what: &str, when: &str, from: &str, with: &str, account: &str) -> String {
        format!("Was this you? What: {what}. When: {when}. From: {from}. With: {with}. Account: {account}.")
    }

    fn how_to_answer(&self) -> &'static str {
        "Four buttons follow: Not me, Not sure, It was me, Not my credential."
    }

    fn if_not_you(&self, dry: bool) -> &'static str {
        if dry { "*If it was not you*, this would be done:" } else { "*If it was not you*, this is done:" }
    }

    fn pick_remedy(&self) -> &'static str {
        "What to do"
    }

    fn breaks_heading(&self, dry: bool) -> &'static str {
        if dry { "What it would break" } else { "What it breaks" }
    }

    fn buttons(&self) -> PromptButtons {
        PromptButtons {
            not_mine: Button { text: "Not me", label: "Report: this was not me" },
            unsure: Button { text: "Not sure", label: "I am not sure: call a responder" },
            mine: Button { text: "It was me", label: "It was me: opens a form with three boxes" },
            not_my_credential: Button {
                text: "Not my credential",
                label: "Not my credential: ask somebody else",
            },
        }
    }

    fn why_owner(&self, source: Source, confidence: Confidence, detail: &str) -> String {
        format!("You are asked because {} ({detail}; {})", self.source(source), self.confidence(confidence))
    }

    fn why_escalated(&self) -> &'static str {
        "You are asked because nobody else answered"
    }

    fn logged(&self) -> &'static str {
        "Answers are logged and shown to the security team"
    }

    fn answer_by(&self, when: &str) -> String {
        format!("Please answer by {when}")
    }

    fn already_done(&self) -> &'static str {
        "*What was done*"
    }

    fn answered(&self, verdict: Verdict, by: &str, when: &str) -> String {
        format!("Answered: *{}* · by {by} · {when}", self.verdict(verdict))
    }

    fn ended(&self, state: PromptState) -> &'static str {
        match state {
            PromptState::Sending | PromptState::Open => "This question is closed.",
            PromptState::Answered => "You have answered this question.",
            PromptState::Superseded => {
                "This question was settled without your answer. There is nothing to do."
            }
            PromptState::Expired => "Nobody answered in time. The security team has taken over.",
            PromptState::Failed => "This question could not be asked properly. The security team knows.",
        }
    }

    fn modal(&self) -> ModalWords {
        ModalWords {
            title: "It was me",
            intro: "Please compare with what you did. Tick only what you did yourself.",
            boxes: "Which of these was you?",
            call: "I made this call",
            time: "At this time",
            source: "From this address",
            reason: "What were you doing?",
            reason_hint: "One sentence is enough. The security team reads it.",
            submit: "Send",
            close: "Back",
            dismiss_title: "Dismiss this case",
            dismiss_intro: "The case is closed and nothing is changed. Your reason is kept in the audit trail.",
            dismiss_reason: "Why is this nothing to act on?",
            dismiss_submit: "Dismiss",
            missing_facts: "Tick at least one box, or go back and press Not me.",
            missing_reason: "Please say in a sentence what you were doing.",
        }
    }

    fn empty_box(&self, remedy: &str, breaks: &str, mode: Mode) -> String {
        let then = match mode {
            Mode::Enforce => format!("Then this runs: *{remedy}*. It means: {breaks}."),
            Mode::DryRun | Mode::Observe => {
                format!(
                    "Then this would run: *{remedy}*. It would mean: {breaks}. (Dry run: nothing is changed.)"
                )
            }
        };
        format!("*A box left empty means: that was not you.* {then}")
    }
}
