//! The question and its dialogs in English.
//! Never here: layout.

use super::En;
use crate::case::guard::Mode;
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::question::{About, Question};
use crate::slack::texts::{BoxWords, Button, Labels, ModalWords, Nouns, PromptButtons, PromptWords};

impl PromptWords for En {
    fn question(&self, question: Question, about: Option<&About>) -> String {
        let bucket = about.and_then(About::bucket);
        match question {
            Question::Call => "Was this you?".to_owned(),
            Question::SignIn => "Did you sign in, or open this session?".to_owned(),
            Question::Data => "Did you read or copy these secrets or data?".to_owned(),
            Question::Protection => match bucket {
                Some(bucket) => {
                    format!("Did you switch off logging or protection of bucket {bucket}?")
                }
                None => "Did you switch off or change this logging or protection?".to_owned(),
            },
            Question::Access => match bucket {
                Some(bucket) => format!("Did you change who has access to bucket {bucket}?"),
                None => "Did you create or change this access?".to_owned(),
            },
            Question::Borrowed => match thing(about) {
                Some(thing) => format!("Do you expect the credentials of {thing} to be used from there?"),
                None => "Do you expect these credentials to be used from there?".to_owned(),
            },
            Question::Exposure => match bucket {
                Some(bucket) => format!("Did you mean bucket {bucket} to be public?"),
                None => "Did you mean this bucket to be public?".to_owned(),
            },
            Question::Objects => match bucket {
                Some(bucket) => format!("Did you do this in bucket {bucket}, or allow it?"),
                None => "Did you do this in S3, or allow it?".to_owned(),
            },
            Question::Expected => match about {
                Some(About::Bucket(bucket)) => format!("Do you expect this access to bucket {bucket}?"),
                Some(About::Role(role)) => format!("Do you expect role {role} to do this?"),
                Some(About::Instance(_) | About::Other(_)) | None => match thing(about) {
                    Some(thing) => format!("Do you expect this on {thing}?"),
                    None => "Do you expect this?".to_owned(),
                },
            },
        }
    }

    fn meaning(&self) -> &'static str {
        "“It was me” means: I did this, or it is meant to be so. “Not me” means: neither."
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

    fn facts(&self, what: &str, when: &str, from: &str, with: &str, account: &str) -> String {
        format!("What: {what}. When: {when}. From: {from}. With: {with}. Account: {account}.")
    }

    fn how_to_answer(&self) -> &'static str {
        "Four buttons follow: Not me, Not sure, It was me, Not my credential."
    }

    fn if_not_you(&self, deed: bool, dry: bool) -> &'static str {
        match (deed, dry) {
            (true, true) => "*If it was not you*, this would be done:",
            (true, false) => "*If it was not you*, this is done:",
            (false, true) => "*If you answer Not me*, this would be done:",
            (false, false) => "*If you answer Not me*, this is done:",
        }
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
            reason_hint: "One sentence is enough. The security team reads it.",
            submit: "Send",
            close: "Back",
            dismiss_title: "Dismiss this case",
            dismiss_intro: "The case is closed and nothing is changed. Your reason is kept with the case and shown on \
                            its card; the audit trail keeps only its fingerprint.",
            dismiss_reason: "Why is this nothing to act on?",
            dismiss_submit: "Dismiss",
            missing_facts: "Tick at least one box, or go back and press Not me.",
            missing_reason: "Please say it in a sentence.",
        }
    }

    fn boxes(&self, deed: bool) -> BoxWords {
        if deed {
            BoxWords {
                intro: "Please compare with what you did. Tick only what you did yourself.",
                heading: "Which of these was you?",
                call: "I made this call",
                time: "At this time",
                source: "From this address",
                reason: "What were you doing?",
            }
        } else {
            BoxWords {
                intro: "Please compare with what you know. Tick only what you did, or what is meant to be so.",
                heading: "Which of these are as they should be?",
                call: "This is right",
                time: "At this time",
                source: "From this address",
                reason: "What is it for?",
            }
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

/// With the word for what it is.
fn thing(about: Option<&About>) -> Option<String> {
    about.map(|about| match about {
        About::Bucket(name) => format!("bucket {name}"),
        About::Instance(id) => format!("instance {id}"),
        About::Role(name) => format!("role {name}"),
        About::Other(name) => name.clone(),
    })
}
