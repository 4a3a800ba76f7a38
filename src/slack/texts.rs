//! All words to people, by language. A further language is one more file like `texts/en` and one line in `words`; it
//! compiles only when no text is missing, since `Words` has no defaults.
//! Never here: layout, escaping, or decisions. Every text handed in is escaped already; nothing that comes out
//! of here is escaped again, so no sentence of ours may hold `&`, `<` or `>`.

pub mod bucket;
mod en;
pub mod instance;
mod ja;

use crate::case::event::{Answer, NotNow};
use crate::case::evidence::OtherKind;
use crate::case::guard::Mode;
use crate::case::guidance::{Advised, Blank};
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::question::{About, Question};
use crate::case::remedy::{ActState, Family, Remedy};
use crate::case::state::{Closing, ProposalKind, Stage};
use crate::config::Language;
use bucket::BucketWords;
use instance::InstanceWords;
use jiff::Timestamp;

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    En,
    Ja,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The operator's choice, else the reader's locale (`ja-JP`), else English.
    pub fn choose(setting: Language, locale: &str) -> Self {
        match setting {
            Language::En => Self::En,
            Language::Ja => Self::Ja,
            Language::Auto if locale.starts_with("ja") => Self::Ja,
            Language::Auto => Self::En,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// English for everything that is no language of ours.
    pub fn parse(text: &str) -> Self {
        if text == Self::Ja.as_str() { Self::Ja } else { Self::En }
    }

    /// The words of this language.
    pub fn words(self) -> &'static dyn Words {
        match self {
            Self::En => &en::En,
            Self::Ja => &ja::Ja,
        }
    }
}

/// Where following a session back ended, with values escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainEndText {
    Provider { subject: String, provider: String },
    Elsewhere(String),
    NotFound { yet: bool },
    TooLong,
    Unclear(String),
}

/// Everything we say.
pub trait Words:
    Nouns
    + PromptWords
    + CardWords
    + BucketWords
    + EvidenceWords
    + InstanceWords
    + NoteWords
    + GuidanceWords
    + TrialWords
    + Sync
{
}

/// What was looked up about who acted, a line each.
pub trait EvidenceWords {
    fn writes_iam(&self) -> &'static str;
    /// Of a principal that is younger than a week.
    fn made_lately(&self, when: &str) -> String;
    fn boundary(&self, policy: &str) -> String;
    /// Whom a role's trust policy lets in.
    fn trusts(&self, listed: &str) -> String;
    fn services(&self, listed: &str) -> String;
    fn other_fact(&self, kind: OtherKind, name: &str, active: bool) -> String;
    fn root_fact(&self, keys: bool, mfa: bool) -> String;
    /// One event that issued a session.
    fn hop(&self, event: &str, by: &str, when: &str) -> String;
    fn chain_end(&self, end: &ChainEndText) -> String;
    fn made(&self) -> &'static str;
    fn made_one(&self, event: &str, what: Option<&str>, when: &str) -> String;
    /// What GuardDuty never saw of them before.
    fn unusual(&self, listed: &str) -> String;
}

/// Names for the values of a case.
pub trait Nouns {
    /// At most 75 characters: it stands in a menu.
    fn remedy(&self, remedy: Remedy) -> &'static str;
    /// What stops working, a clause of at most 75 characters: it stands below the name in the menu.
    fn breaks(&self, remedy: Remedy) -> &'static str;
    fn act_state(&self, state: ActState) -> &'static str;
    fn prompt_state(&self, state: PromptState) -> &'static str;
    fn verdict(&self, verdict: Verdict) -> &'static str;
    fn stage(&self, stage: Stage) -> &'static str;
    fn closing(&self, closing: Closing) -> &'static str;
    /// To the person themselves.
    fn source(&self, source: Source) -> &'static str;
    /// About the person, to others.
    fn source_of(&self, source: Source) -> &'static str;
    fn confidence(&self, confidence: Confidence) -> &'static str;
    fn proposal(&self, kind: ProposalKind) -> &'static str;
    fn severity(&self, severity: f64) -> &'static str;
    /// Empty for `enforce`.
    fn mode(&self, mode: Mode) -> &'static str;
    /// Why a click did not count. One sentence.
    fn answer(&self, answer: &Answer) -> &'static str;
    fn not_now(&self, why: NotNow) -> &'static str;
    /// Several clauses of `breaks` in one sentence.
    fn clauses(&self, clauses: &[&str]) -> String;
    fn sample(&self) -> &'static str;
    fn and_more(&self, count: usize) -> String;
    fn case(&self, case: &str) -> String;
}

/// The labels that prompt, card and modal share, and the question.
pub trait PromptWords {
    /// One sentence; `about` is cleaned, and escaped where the sentence is markup.
    fn question(&self, question: Question, about: Option<&About>) -> String;
    /// What the buttons mean where the person need not have done it themselves.
    fn meaning(&self) -> &'static str;
    fn changed(&self) -> &'static str;
    fn labels(&self) -> Labels;
    /// `api (service)`, what it was done to, and the error if it was refused.
    fn call(&self, api: &str, service: Option<&str>, resource: Option<&str>, error: Option<&str>) -> String;
    fn times(&self, count: u64, findings: u64) -> String;
    fn since(&self, first: &str) -> String;
    fn known_network(&self) -> &'static str;
    fn unknown_source(&self) -> &'static str;
    fn with_client(&self, user_agent: &str) -> String;
    fn key(&self, last4: &str) -> String;
    /// The facts in one paragraph, behind the question: screen readers and lock screens show only this.
    fn facts(&self, what: &str, when: &str, from: &str, with: &str, account: &str) -> String;
    fn how_to_answer(&self) -> &'static str;
    /// `deed`: the person is asked for something that they did themselves.
    fn if_not_you(&self, deed: bool, dry: bool) -> &'static str;
    fn pick_remedy(&self) -> &'static str;
    fn breaks_heading(&self, dry: bool) -> &'static str;
    fn buttons(&self) -> PromptButtons;
    fn why_owner(&self, source: Source, confidence: Confidence, detail: &str) -> String;
    fn why_escalated(&self) -> &'static str;
    fn logged(&self) -> &'static str;
    fn answer_by(&self, when: &str) -> String;
    fn already_done(&self) -> &'static str;
    fn answered(&self, verdict: Verdict, by: &str, when: &str) -> String;
    /// A question that ended without this person's answer.
    fn ended(&self, state: PromptState) -> &'static str;
    fn modal(&self) -> ModalWords;
    fn boxes(&self, deed: bool) -> BoxWords;
    /// What a box left empty means, and what then runs.
    fn empty_box(&self, remedy: &str, breaks: &str, mode: Mode) -> String;
}

/// Labels of the facts.
pub struct Labels {
    pub what: &'static str,
    pub when: &'static str,
    pub from: &'static str,
    pub with: &'static str,
    pub account: &'static str,
    pub kind: &'static str,
}

/// A button's text (75) and what a screen reader says for it (75).
pub struct Button {
    pub text: &'static str,
    pub label: &'static str,
}

pub struct PromptButtons {
    pub not_mine: Button,
    pub unsure: Button,
    pub mine: Button,
    pub not_my_credential: Button,
}

/// Titles, submit and close hold at most 24 characters.
pub struct ModalWords {
    pub title: &'static str,
    pub reason_hint: &'static str,
    pub submit: &'static str,
    pub close: &'static str,
    pub dismiss_title: &'static str,
    pub dismiss_intro: &'static str,
    pub dismiss_reason: &'static str,
    pub dismiss_submit: &'static str,
    pub missing_facts: &'static str,
    pub missing_reason: &'static str,
}

/// The three facts behind *It was me*, and what is to be written beside them.
pub struct BoxWords {
    pub intro: &'static str,
    pub heading: &'static str,
    pub call: &'static str,
    pub time: &'static str,
    pub source: &'static str,
    pub reason: &'static str,
}

/// The responders' card, and the cards of breaker and switch.
pub trait CardWords {
    fn summary(&self, stage: &str, what: &str, with: &str, account: &str, severity: &str) -> String;
    fn until(&self, when: &str) -> String;
    fn asked(&self) -> &'static str;
    fn asked_one(&self, person: &str, state: &str, at: Option<&str>, why: Option<&str>) -> String;
    fn nobody_asked(&self) -> &'static str;
    fn would_ask(&self, people: &str) -> String;
    fn would_ask_nobody(&self) -> &'static str;
    fn would_offer(&self, remedies: &str) -> String;
    fn said(&self, verdict: &str, by: &str, when: &str) -> String;
    fn reason(&self, reason: &str) -> String;
    fn acts(&self) -> &'static str;
    fn contained_after(&self, seconds: i64) -> String;
    fn proposal_line(&self, kind: &str, by: &str, parts: &str) -> String;
    fn stuck(&self, reason: &StuckText) -> String;
    fn taken(&self, by: &str) -> String;
    fn admin(&self, admin: bool) -> &'static str;
    fn console(&self, password: Option<bool>, mfa: Option<u32>) -> String;
    fn key_fact(&self, last4: &str, active: bool, last_used: Option<&str>, service: Option<&str>) -> String;
    fn policies(&self, listed: &str) -> String;
    fn gaps(&self, listed: &str) -> String;
    fn remedy_menu(&self) -> &'static str;
    fn buttons(&self) -> CardButtons;
    fn undo_confirm(&self, until: Option<&str>) -> Confirm;
    fn rule(&self, rule: &str) -> String;
    fn no_answer(&self, what: &NoAnswerText) -> String;
    fn breaker_open(&self, limit: &str, since: &str) -> String;
    fn breaker_reset(&self, by: Option<&str>) -> String;
    fn writes_on(&self, mode: Mode) -> &'static str;
    fn writes_off(&self, by: &str, since: &str) -> String;
    fn switches(&self) -> SwitchButtons;
    fn stop_confirm(&self) -> Confirm;
    fn resume_confirm(&self) -> Confirm;
    fn quiet_heading(&self) -> &'static str;
    fn quiet_line(&self, principal: &str, apis: &str, networks: &str, by: &str, until: &str) -> String;
    fn crowd(&self, cases: u64, since: &str, last: &str) -> String;
    fn reset_confirm(&self) -> Confirm;
}

pub struct CardButtons {
    pub contain: Button,
    pub dismiss: Button,
    pub done: Button,
    pub undo: Button,
    pub approve: Button,
    pub reject: Button,
    pub take: Button,
}

pub struct SwitchButtons {
    pub stop: Button,
    pub resume: Button,
    pub reset: Button,
    pub revoke: Button,
}

/// Title 100, text 300, both buttons 30.
pub struct Confirm {
    pub title: &'static str,
    pub text: String,
    pub yes: &'static str,
    pub no: &'static str,
}

/// Why a human must act, its values escaped.
pub enum StuckText {
    NoAnswer,
    Advice,
    NotConfirmed(String),
    Refuted(String),
    Protected(String),
    AccountNotAllowed,
    WriteFailed { failed: String, done: String },
    EffectGone(String),
    UndoFailed(String),
    Rejected(String),
    NotPossible(String),
    Lapsed,
}

/// What happens if nobody answers.
pub enum NoAnswerText {
    Escalate,
    Record,
    Run(&'static str),
}

/// The lines below a prompt or a card.
pub trait NoteWords {
    fn reminder(&self, deadline: Option<&str>) -> String;
    fn over(&self, closing: Closing, by: &str) -> String;
    fn what_was_done(&self) -> &'static str;
    /// What the owner of what was changed does next; empty if nothing.
    fn next(&self, closing: Closing, of: Family, key_last4: Option<&str>) -> String;
    fn waits(&self) -> &'static str;
    fn held_back(&self, until: &str) -> String;
    fn guide(&self, link: &str) -> String;
    fn advice_heading(&self) -> &'static str;
    fn advice_other(&self, resource: &str) -> Vec<String>;
    fn call_unsure(&self, by: &str) -> String;
    fn call_nobody_found(&self) -> &'static str;
    fn call_nobody_left(&self) -> &'static str;
    fn call_could_not_ask(&self, person: &str, cause: &str) -> String;
    fn call_too_many(&self, person: &str) -> String;
    fn call_no_answer(&self) -> &'static str;
    fn call_approval(&self, kind: &str) -> String;
    fn call_refuted(&self, why: &str) -> String;
    fn call_not_allowed(&self) -> &'static str;
    fn call_disagreement(&self) -> &'static str;
    fn call_security_only(&self) -> &'static str;
    fn call_ahead(&self) -> &'static str;
    fn call_moved(&self, person: &str) -> String;
    fn after_containment(&self, what: &str, from: &str, contained: &str) -> String;
    fn undo_refused(&self, changed: &str) -> String;
    fn not_restored(&self, notes: &str) -> String;
    fn archive_failed(&self, cause: &str) -> String;
    fn late(&self, by: &str, not_mine: bool) -> String;
    fn rejected(&self, by: &str, open: bool) -> String;
    fn quiet(&self, by: &str, case: &str, until: &str) -> String;
    fn still_waiting(&self, stage: &str, since: &str) -> String;
    /// One line of the story of the case, in the card's thread.
    fn story(&self, line: &StoryText) -> String;
    /// For the second route: one plain line.
    fn page(&self, severity: &str, what: &str, with: &str, account: &str, case: &str) -> String;
    /// Put behind a message whose buttons Slack would not take.
    fn no_buttons(&self) -> &'static str;
}

/// What happened to a case, its values escaped.
pub enum StoryText {
    Asked { person: String, why: Option<String> },
    Changed { what: String, from: String },
    Answered { by: String, verdict: &'static str },
    Overdue,
    Taken { by: String },
    Closed { how: &'static str, by: String },
}

/// What only people can do, a sentence or two for each step; its command stands below.
pub trait GuidanceWords {
    fn advised(&self, what: Advised) -> &'static str;
    /// How to find what a command leaves open; follows its word and a colon.
    fn blank(&self, what: Blank) -> &'static str;
}

/// The question that only proves that somebody can be reached.
pub trait TrialWords {
    fn trial(&self) -> &'static str;
    fn trial_button(&self) -> Button;
    fn trial_thanks(&self) -> &'static str;
    /// Nobody waits for the click any more.
    fn trial_over(&self) -> &'static str;
}

/// A moment in the reader's own zone; readers that cannot do that are shown UTC.
pub fn date(at: Timestamp) -> String {
    format!("<!date^{}^{{date_short_pretty}} {{time_secs}}|{}>", at.as_second(), utc(at))
}

/// Both: the reader's zone, and UTC for whoever compares logs.
pub fn both(at: Timestamp) -> String {
    format!("{} ({})", date(at), utc(at))
}

/// Such as `2026-11-23 14:08:43 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
