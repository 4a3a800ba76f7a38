//! What Slack is answered: nothing, or the errors that keep a dialog open.
//! Never here: sending it; socket and HTTP do that.

use super::inbound::Form;
use crate::case::event::Answer;
use serde_json::{Map, Value, json};

/// The body of an acknowledgement; `None` is an empty one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AckPayload(pub Option<Value>);

impl AckPayload {
    /// For a click there is never more than an empty one; whatever is to be said is whispered.
    pub fn of(answer: &Answer, form: Option<&Form>) -> Self {
        let Some(form) = form else { return Self::default() };
        let words = form.lang.words();
        let modal = words.modal();
        let mut errors = Map::new();
        let mut mark = |block: &Option<String>, text: &str| {
            if let Some(block) = block {
                errors.insert(block.clone(), Value::String(text.to_owned()));
            }
        };
        match answer {
            Answer::Accepted => {}
            Answer::FieldErrors { facts, reason } => {
                if *facts {
                    mark(&form.facts, modal.missing_facts);
                }
                if *reason {
                    mark(&form.reason, modal.missing_reason);
                }
            }
            Answer::NotYours | Answer::FactsChanged | Answer::AlreadyAnswered | Answer::NotNow { .. } => {
                mark(&form.reason, words.answer(answer));
            }
        }
        let body = (!errors.is_empty()).then(|| json!({"response_action": "errors", "errors": errors}));
        Self(body)
    }
}
