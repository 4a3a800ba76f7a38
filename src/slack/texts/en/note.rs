//! The lines below prompts and cards in English, and the sentence for the second route.
//! Never here: layout.

use super::En;
use crate::case::remedy::Family;
use crate::case::state::Closing;
use crate::slack::texts::{NoteWords, StoryText};

impl NoteWords for En {
    fn reminder(&self, deadline: Option<&str>) -> String {
        match deadline {
            Some(by) => {
                format!("Reminder: please answer the question above by {by}. No answer never counts as yes.")
            }
            None => "Reminder: please answer the question above. No answer never counts as yes.".to_owned(),
        }
    }

    fn over(&self, closing: Closing, by: &str) -> String {
        let how = match closing {
            Closing::Vouched => "it was accepted as yours",
            Closing::Contained => "the credential or resource was contained",
            Closing::Dismissed => "the security team saw no need to act",
            Closing::Recorded => "it was recorded and nothing was changed",
            Closing::Undone => "what was done has been undone",
        };
        format!("*This is settled:* {how}. Decided by {by}.")
    }

    fn what_was_done(&self) -> &'static str {
        "*What was done*"
    }

    fn next(&self, closing: Closing, of: Family, key_last4: Option<&str>) -> String {
        let key = key_last4.map(|k| format!(" (key ending in {k})")).unwrap_or_default();
        match (closing, of) {
            (Closing::Contained, Family::Instance) => {
                "*What to do next:* do not log in to the instance, and do not start another from its disk. Find out from \
                 the snapshots how somebody got in, build it again from an image that you trust, and give it new \
                 credentials."
                    .to_owned()
            }
            (Closing::Contained, Family::Bucket) => {
                "*What to do next:* tell the security team what lies in the bucket and who has to read it: it can be \
                 shared without being open to everybody."
                    .to_owned()
            }
            (Closing::Contained, Family::User | Family::Role) => format!(
                "*What to do next:* make a new credential for your programs, find where the old one{key} was kept and \
                 remove it there, and tell the security team what you find. Do not switch the old one on again."
            ),
            (Closing::Undone, _) => {
                "*What to do next:* check that your programs work again, and tell the security team if they do not."
                    .to_owned()
            }
            (Closing::Vouched | Closing::Dismissed | Closing::Recorded, _) => String::new(),
        }
    }

    fn waits(&self) -> &'static str {
        "Thank you. A responder has to confirm this before it takes effect; you will hear here how it ends."
    }

    fn held_back(&self, until: &str) -> String {
        format!(
            "There are more questions about your credentials. So that you are not asked too often, they wait, and the \
             security team was told of each. What is still open then comes here after {until}."
        )
    }

    fn guide(&self, link: &str) -> String {
        format!("AWS's guide for this type of finding: {link}")
    }

    fn advice_heading(&self) -> &'static str {
        "*To be done by hand.* When it is done, press Done by hand on the card."
    }

    fn advice_other(&self, resource: &str) -> Vec<String> {
        vec![
            format!("Find out what runs on or uses {resource}, and ask its owner whether this was expected."),
            "If not: isolate it, keep evidence (snapshots, logs), and then rebuild it from a known good source."
                .to_owned(),
            "Treat every credential that was within its reach as stolen.".to_owned(),
        ]
    }

    fn call_unsure(&self, by: &str) -> String {
        format!("{by} is not sure. Please talk to them and decide.")
    }

    fn call_nobody_found(&self) -> &'static str {
        "No owner was found for this. Please decide."
    }

    fn call_nobody_left(&self) -> &'static str {
        "Nobody is left to ask: everybody said it is not theirs, or could not be asked. Please decide."
    }

    fn call_could_not_ask(&self, person: &str, cause: &str) -> String {
        format!("{person} could not be asked: {cause}.")
    }

    fn call_too_many(&self, person: &str) -> String {
        format!("{person} was asked often enough in the last hour and is not asked again now. Please decide.")
    }

    fn call_no_answer(&self) -> &'static str {
        "Nobody answered in time. Please decide."
    }

    fn call_approval(&self, kind: &str) -> String {
        format!("A second person is needed to {kind}. Please approve or reject on the card.")
    }

    fn call_refuted(&self, why: &str) -> String {
        format!(
            "GuardDuty does not know a further finding of this case as we received it. Nothing is done because of it, and \
             the case goes on without it: {why}"
        )
    }

    fn call_not_allowed(&self) -> &'static str {
        "vouch may not act in this account, so nobody was asked. Please decide."
    }

    fn call_disagreement(&self) -> &'static str {
        "Two people gave different answers. Please decide."
    }

    fn call_security_only(&self) -> &'static str {
        "The rule for this asks no owner, only you. Please decide."
    }

    fn call_ahead(&self) -> &'static str {
        "What arrived claims to be newer than GuardDuty's own copy of this finding. People are asked about it, but \
         nobody can vouch for it alone."
    }

    fn call_moved(&self, person: &str) -> String {
        format!(
            "In Slack the e-mail address that names {person} belonged to somebody else until lately. They are asked, but \
             cannot vouch for this alone."
        )
    }

    fn after_containment(&self, what: &str, from: &str, contained: &str) -> String {
        format!(
            "*Activity after containment.* This was seen although the case was contained at {contained}: {what}, from \
             {from}. Something else may be in the wrong hands."
        )
    }

    fn undo_refused(&self, changed: &str) -> String {
        format!("Nothing was undone, because what stands there is no longer what vouch wrote: {changed}")
    }

    fn not_restored(&self, notes: &str) -> String {
        format!(
            "Undone, except what nobody can restore: {notes}. If it was a password: give the user a new one that must \
             be changed at the first sign-in, and never send it through Slack."
        )
    }

    fn archive_failed(&self, cause: &str) -> String {
        format!("The finding could not be archived in GuardDuty; the outcome stands. {cause}")
    }

    fn late(&self, by: &str, not_mine: bool) -> String {
        if not_mine {
            format!("{by} answered late: Not me. That confirms what was done.")
        } else {
            format!("{by} answered late: It was me. A responder can release what was done on the card.")
        }
    }

    fn rejected(&self, by: &str, open: bool) -> String {
        let now =
            if open { "A responder must decide what happens now." } else { "Everything stays as it is." };
        format!("{by} rejected the proposal. {now}")
    }

    fn quiet(&self, by: &str, case: &str, until: &str) -> String {
        format!(
            "Nobody was asked: {by} said in {case} that the same calls from the same place were theirs, and the rule \
             keeps that quiet until {until}. To be asked again, press Ask again on the control card."
        )
    }

    fn still_waiting(&self, stage: &str, since: &str) -> String {
        format!("Still open: {stage}, since {since}. Please act on the card.")
    }

    fn story(&self, line: &StoryText) -> String {
        match line {
            StoryText::Asked { person, why: Some(why) } => format!("{person} was asked ({why})"),
            StoryText::Asked { person, why: None } => format!("{person} was asked"),
            StoryText::Changed { what, from } => {
                format!("New facts: {what}, from {from}. Earlier answers do not count")
            }
            StoryText::Answered { by, verdict } => format!("{by} answered: {verdict}"),
            StoryText::Overdue => "Nobody answered in time".to_owned(),
            StoryText::Taken { by } => format!("{by} is on it"),
            StoryText::Closed { how, by } => format!("Closed: {how}. Decided by {by}"),
        }
    }

    fn page(&self, severity: &str, what: &str, with: &str, account: &str, case: &str) -> String {
        format!(
            "vouch case {case}: the time to answer is over and Slack cannot be reached. {severity} severity: {what}, with {with}, in account {account}."
        )
    }

    fn no_buttons(&self) -> &'static str {
        "(The buttons could not be shown. Please tell the security team your answer.)"
    }
}
