//! The test question in English.
//! Never here: layout.

use super::En;
use crate::slack::texts::{Button, TrialWords};

impl TrialWords for En {
    fn trial(&self) -> &'static str {
        "This is a test from vouch: nothing happened. Press the button so that we know you can be reached."
    }

    fn trial_button(&self) -> Button {
        Button { text: "I can be reached", label: "Answer the test: I can be reached" }
    }

    fn trial_thanks(&self) -> &'static str {
        "Thank you: the test from vouch reached you, and your answer reached us. There is nothing else to do."
    }

    fn trial_over(&self) -> &'static str {
        "This was a test from vouch: nothing happened. It is over, and there is nothing to do."
    }
}
