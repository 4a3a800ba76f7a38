//! The responders' card, the breaker's card and the control card in English.
//! Never here: layout.

use super::En;
use crate::case::guard::Mode;
use crate::slack::texts::{Button, CardButtons, CardWords, Confirm, NoAnswerText, StuckText, SwitchButtons};

impl CardWords for En {
    fn summary(&self, stage: &str, what: &str, with: &str, account: &str, severity: &str) -> String {
        format!("{severity} severity. {stage}. {what}, with {with}, in account {account}.")
    }

    fn until(&self, when: &str) -> String {
        format!("until {when}")
    }

    fn asked(&self) -> &'static str {
        "*Asked whether this was them*"
    }

    fn asked_one(&self, person: &str, state: &str, at: Option<&str>, why: Option<&str>) -> String {
        let at = at.map(|at| format!(", {at}")).unwrap_or_default();
        match why {
            Some(why) => format!("{person}: {state}{at} ({why})"),
            None => format!("{person}: {state}{at}"),
        }
    }

    fn nobody_asked(&self) -> &'static str {
        "Nobody has been asked."
    }

    fn would_ask(&self, people: &str) -> String {
        format!("Would have asked: {people}")
    }

    fn would_ask_nobody(&self) -> &'static str {
        "Would have asked nobody but this channel."
    }

    fn would_offer(&self, remedies: &str) -> String {
        format!("Would have offered: {remedies}")
    }

    fn said(&self, verdict: &str, by: &str, when: &str) -> String {
        format!("*Answer:* {verdict} · by {by} · {when}")
    }

    fn reason(&self, reason: &str) -> String {
        format!("*Reason given:* {reason}")
    }

    fn acts(&self) -> &'static str {
        "*Remedies*"
    }

    fn contained_after(&self, seconds: i64) -> String {
        format!("Contained at T+{seconds} s")
    }

    fn proposal_line(&self, kind: &str, by: &str, parts: &str) -> String {
        let parts = if parts.is_empty() { String::new() } else { format!(" ({parts})") };
        format!(
            "*Waiting for a second person:* {kind}{parts}. Proposed by {by}; their own approval does not count."
        )
    }

    fn stuck(&self, reason: &StuckText) -> String {
        let why = match reason {
            StuckText::NoAnswer => "Nobody answered in time.".to_owned(),
            StuckText::Advice => "This has to be done by hand: see the thread, then press Done.".to_owned(),
            StuckText::NotConfirmed(why) => {
                format!("GuardDuty could not confirm the finding, so nothing is changed yet: {why}")
            }
            StuckText::Refuted(why) => {
                format!(
                    "GuardDuty does not know this finding as we received it, so nothing is changed: {why}"
                )
            }
            StuckText::Protected(pattern) => format!("This identity is protected by {pattern}."),
            StuckText::AccountNotAllowed => "vouch may not act in this account.".to_owned(),
            StuckText::WriteFailed { failed, done } if done.is_empty() => format!("This failed: {failed}"),
            StuckText::WriteFailed { failed, done } => {
                format!("This failed: {failed}. Done before it: {done}")
            }
            StuckText::EffectGone(lost) => format!("What was done is no longer in effect: {lost}"),
            StuckText::UndoFailed(failed) => format!("Undoing failed: {failed}"),
            StuckText::Rejected(by) => format!("{by} rejected the proposal."),
            StuckText::NotPossible(remedy) => format!("{remedy} cannot be done here."),
            StuckText::Lapsed => "Nobody approved or rejected the proposal within a day.".to_owned(),
        };
        format!("*A responder must act.* {why}")
    }

    fn taken(&self, by: &str) -> String {
        format!("{by} is on it.")
    }

    fn admin(&self, admin: bool) -> &'static str {
        if admin { "*Administrator rights*" } else { "No administrator rights found" }
    }

    fn console(&self, password: Option<bool>, mfa: Option<u32>) -> String {
        let password = match password {
            Some(true) => "has a console password",
            Some(false) => "no console password",
            None => "console password unknown",
        };
        match mfa {
            Some(0) => format!("{password}, no MFA device"),
            Some(count) => format!("{password}, MFA devices: {count}"),
            None => format!("{password}, MFA unknown"),
        }
    }

    fn key_fact(&self, last4: &str, active: bool, last_used: Option<&str>, service: Option<&str>) -> String {
        let state = if active { "active" } else { "inactive" };
        let used = last_used.map_or_else(|| "no use recorded".to_owned(), |at| format!("last used {at}"));
        let service = service.map(|s| format!(" with {s}")).unwrap_or_default();
        format!("key …{last4}: {state}, {used}{service}")
    }

    fn policies(&self, listed: &str) -> String {
        format!("Policies: {listed}")
    }

    fn gaps(&self, listed: &str) -> String {
        format!("Could not be read: {listed}")
    }

    fn remedy_menu(&self) -> &'static str {
        "*What to do if you contain*"
    }

    fn buttons(&self) -> CardButtons {
        CardButtons {
            contain: Button { text: "Contain", label: "Contain: carry out the remedy in the menu" },
            dismiss: Button { text: "Dismiss", label: "Dismiss: asks for a reason, changes nothing" },
            done: Button { text: "Done by hand", label: "I have done by hand what was needed" },
            undo: Button { text: "Undo", label: "Undo what was done; asks first" },
            approve: Button { text: "Approve", label: "Approve the proposal" },
            reject: Button { text: "Reject", label: "Reject the proposal" },
            take: Button { text: "I am on it", label: "I am on it: shown to all, decides nothing" },
        }
    }

    fn undo_confirm(&self, until: Option<&str>) -> Confirm {
        let sessions = match until {
            Some(until) => {
                format!("Sessions stolen before the cut would work again until {until}.")
            }
            None => "Whoever has this credential could use it again.".to_owned(),
        };
        Confirm {
            title: "Undo what was done?",
            text: format!("Access is given back as it was before. {sessions}"),
            yes: "Undo",
            no: "Leave it",
        }
    }

    fn rule(&self, rule: &str) -> String {
        format!("Rule {rule}")
    }

    fn no_answer(&self, what: &NoAnswerText) -> String {
        match what {
            NoAnswerText::Escalate => "If nobody answers: responders decide".to_owned(),
            NoAnswerText::Record => "If nobody answers: it is recorded".to_owned(),
            NoAnswerText::Run(remedy) => format!("If nobody answers: {remedy}"),
        }
    }

    fn breaker_open(&self, limit: &str, since: &str) -> String {
        format!(
            "*The circuit breaker is open since {since}.* The limit {limit} was reached, so every remedy is now only \
             proposed and waits for a responder's approval. If this is a real wave of attacks, approve case by case."
        )
    }

    fn breaker_reset(&self, by: Option<&str>) -> String {
        match by {
            Some(by) => {
                format!("The circuit breaker was reset by {by}. Remedies run again as the rules say.")
            }
            None => "The circuit breaker is closed. Remedies run as the rules say.".to_owned(),
        }
    }

    fn writes_on(&self, mode: Mode) -> &'static str {
        match mode {
            Mode::Enforce => {
                "*vouch may change things in AWS.* Press the button to stop all remedies at once."
            }
            Mode::DryRun => {
                "*vouch is in dry run.* It asks people, but changes nothing in AWS. The button stops remedies for later too."
            }
            Mode::Observe => "*vouch only observes.* It asks nobody and changes nothing in AWS.",
        }
    }

    fn writes_off(&self, by: &str, since: &str) -> String {
        format!(
            "*All remedies are stopped* by {by} since {since}. People are still asked. Remedies wait as proposals and \
             cannot be approved until they are resumed. Undo and archiving still work."
        )
    }

    fn switches(&self) -> SwitchButtons {
        SwitchButtons {
            stop: Button {
                text: "Stop all remedies",
                label: "Stop all remedies: undo and archiving still work",
            },
            resume: Button {
                text: "Resume remedies",
                label: "Resume remedies: let vouch change things in AWS again",
            },
            reset: Button {
                text: "Reset the breaker",
                label: "Reset the breaker: remedies run as the rules say",
            },
            revoke: Button { text: "Ask again", label: "Ask again: people are asked about this from now on" },
        }
    }

    fn quiet_heading(&self) -> &'static str {
        "*Not asked about for now*, since somebody said that it was them:"
    }

    fn quiet_line(&self, principal: &str, apis: &str, networks: &str, by: &str, until: &str) -> String {
        format!("{principal} · {apis} · from {networks} · said by {by} · until {until}")
    }

    fn crowd(&self, cases: u64, since: &str, last: &str) -> String {
        format!(
            "*Many cases at once:* {cases} opened since {since}, the last at {last}. Each has its card in this channel, \
             and nobody is called by name for each of them. If this is one attack, look for what they have in common \
             before you go through them one by one."
        )
    }

    fn stop_confirm(&self) -> Confirm {
        Confirm {
            title: "Stop all remedies?",
            text: "No remedy runs until a responder resumes, not even after Not me.".to_owned(),
            yes: "Stop",
            no: "Cancel",
        }
    }

    fn resume_confirm(&self) -> Confirm {
        Confirm {
            title: "Resume remedies?",
            text: "Remedies run again as the rules say. Waiting proposals still need an approval.".to_owned(),
            yes: "Resume",
            no: "Cancel",
        }
    }

    fn reset_confirm(&self) -> Confirm {
        Confirm {
            title: "Reset the circuit breaker?",
            text: "The counters start again from zero and remedies run as the rules say.".to_owned(),
            yes: "Reset",
            no: "Cancel",
        }
    }
}
