//! Payloads in: from what Slack sends, of which everything but the sender is attacker-supplied text, to an input.
//! Never here: whether a reply counts; the case decides that.

mod payload;

use self::payload::Payload;
use super::blocks::{FACTS_BLOCK, REASON_BLOCK, pattern_surface};
use super::client::Identity;
use super::texts::Lang;
use super::token::TokenKey;
use super::trial::{self, Pressed};
use crate::case::ledger::LedgerEvent;
use crate::case::owner::PersonId;
use crate::case::prompt::{Choice, Posted, Reply, Surface};
use crate::inbox::{Input, RefusalReason};
use crate::ports::Subject;
use serde_json::Value;

/// What a payload is to us.
#[derive(Debug)]
pub enum Inbound {
    /// Acknowledged, nothing else: menus, closed dialogs, whatever we do not know.
    Ignore,
    /// An answer to the test question; no case is concerned.
    Trial(Pressed),
    Event {
        input: Box<Input>,
        /// Set for submissions: where errors of the form go.
        form: Option<Form>,
    },
}

/// The blocks of a submitted dialog that can carry an error, and its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub facts: Option<String>,
    pub reason: Option<String>,
    pub lang: Lang,
}

/// Reads a payload. Total: hostile JSON is ignored or refused. `responders` are those of this moment.
pub fn inbound(payload: &Value, us: &Identity, key: &TokenKey, responders: &[PersonId]) -> Inbound {
    let payload = Payload(payload);
    match payload.kind() {
        "block_actions" => block_actions(&payload, us, key, responders),
        "view_submission" => view_submission(&payload, us, key, responders),
        _ => Inbound::Ignore,
    }
}

fn block_actions(payload: &Payload<'_>, us: &Identity, key: &TokenKey, responders: &[PersonId]) -> Inbound {
    let Some((action, value)) = payload.action() else { return Inbound::Ignore };
    let place = payload.place();
    let dedupe = payload.click_key();
    let refuse = |case, reason| refusal(payload, case, place.clone(), reason, dedupe.clone());
    if let Some(reason) = stranger(payload, us) {
        return refuse(None, reason);
    }
    if action == trial::ACTION {
        let pressed = payload.user().zip(place).map(|(by, at)| Pressed { by, at, value: value.to_owned() });
        return pressed.map_or(Inbound::Ignore, Inbound::Trial);
    }
    let (Some(by), Some((subject, surface))) = (payload.user(), key.verify(value)) else {
        return refuse(None, RefusalReason::Forged);
    };
    let is_responder = responders.contains(&by);
    match (subject, switch(action, &by, surface), choice(action, payload)) {
        (Subject::Ledger, Some(event), _) if is_responder => {
            Inbound::Event { input: Box::new(Input::Switch { event, dedupe }), form: None }
        }
        (Subject::Ledger, Some(_), _) => refuse(None, RefusalReason::NotYours),
        (Subject::Case(case), None, Some(choice)) => {
            let Some(place) = place.clone() else { return refuse(Some(case), RefusalReason::WrongPlace) };
            let trigger = payload.trigger();
            let reply = Reply { by, is_responder, surface, place, trigger, choice };
            Inbound::Event { input: Box::new(Input::Reply { case, reply, dedupe }), form: None }
        }
        // A token on a button that it was not made for.
        (Subject::Case(case), _, _) => refuse(Some(case), RefusalReason::Forged),
        (Subject::Ledger, None, _) => refuse(None, RefusalReason::Forged),
    }
}

fn view_submission(payload: &Payload<'_>, us: &Identity, key: &TokenKey, responders: &[PersonId]) -> Inbound {
    let choice = match payload.callback() {
        "vouch.mine" => Choice::Facts { ticks: payload.ticks(), reason: payload.reason() },
        "vouch.dismiss" => Choice::DismissReason { reason: payload.reason() },
        _ => return Inbound::Ignore,
    };
    let (token, lang) = payload.metadata();
    let or = |block: Option<String>, known: &str| Some(block.unwrap_or_else(|| known.to_owned()));
    let form = Form {
        facts: or(payload.block_of("vouch.facts"), FACTS_BLOCK),
        reason: or(payload.block_of("vouch.reason"), REASON_BLOCK),
        lang: Lang::parse(lang),
    };
    let dedupe = payload.submission_key(&choice);
    let refuse = |case, reason| match refusal(payload, case, None, reason, dedupe.clone()) {
        Inbound::Event { input, .. } => Inbound::Event { input, form: Some(form.clone()) },
        Inbound::Ignore | Inbound::Trial(_) => Inbound::Ignore,
    };
    if let Some(reason) = stranger(payload, us) {
        return refuse(None, reason);
    }
    let (Some(by), Some((Subject::Case(case), surface))) = (payload.user(), key.verify(token)) else {
        return refuse(None, RefusalReason::Forged);
    };
    let is_responder = responders.contains(&by);
    let reply = Reply { by, is_responder, surface, place: nowhere(), trigger: payload.trigger(), choice };
    Inbound::Event { input: Box::new(Input::Reply { case, reply, dedupe }), form: Some(form) }
}

/// A submission names no message; its surface does, and its errors go into the dialog.
fn nowhere() -> Posted {
    Posted { channel: String::new(), ts: String::new() }
}

fn refusal(
    payload: &Payload<'_>,
    case: Option<crate::case::CaseId>,
    place: Option<Posted>,
    reason: RefusalReason,
    dedupe: String,
) -> Inbound {
    let input = Input::Refusal { case, by: payload.user(), place, reason, dedupe };
    Inbound::Event { input: Box::new(input), form: None }
}

/// Another app's payload, or somebody from another workspace (facts/slack.md 2.5).
fn stranger(payload: &Payload<'_>, us: &Identity) -> Option<RefusalReason> {
    if let (Some(app), Some(ours)) = (payload.app(), us.app.as_deref())
        && app != ours
    {
        return Some(RefusalReason::ForeignApp);
    }
    let enterprise = us.enterprise.as_deref();
    let same_enterprise = enterprise.is_some() && payload.enterprise() == enterprise;
    // Members of an organisation are at home in any of its workspaces; who may answer is decided by their id. `team` is
    // null when the app is installed for the whole organisation.
    let ours = same_enterprise
        || match (payload.team(), payload.user_team()) {
            (Some(team), Some(user)) => team == us.team && user == us.team,
            (Some(team), None) => team == us.team,
            (None, Some(user)) => user == us.team && payload.enterprise().is_none(),
            (None, None) => false,
        };
    (!ours).then_some(RefusalReason::ForeignTeam)
}

fn switch(action: &str, by: &PersonId, surface: Surface) -> Option<LedgerEvent> {
    let by = by.clone();
    match action {
        "vouch.stop_writes" => Some(LedgerEvent::Stop { by }),
        "vouch.resume_writes" => Some(LedgerEvent::Resume { by }),
        "vouch.reset_breaker" => Some(LedgerEvent::ResetBreaker { by }),
        "vouch.revoke_pattern" if surface == pattern_surface(surface.effect.0) => {
            Some(LedgerEvent::Revoke { by, pattern: surface.effect.0 })
        }
        _ => None,
    }
}

fn choice(action: &str, payload: &Payload<'_>) -> Option<Choice> {
    let remedy = || payload.remedy();
    Some(match action {
        "vouch.not_mine" => Choice::NotMine { remedy: remedy() },
        "vouch.mine" => Choice::Mine { remedy: remedy() },
        "vouch.unsure" => Choice::Unsure,
        "vouch.not_my_credential" => Choice::NotMyCredential,
        "vouch.contain" => Choice::Contain { remedy: remedy() },
        "vouch.dismiss" => Choice::Dismiss,
        "vouch.done" => Choice::Done,
        "vouch.undo" => Choice::Undo,
        "vouch.approve" => Choice::Approve,
        "vouch.reject" => Choice::Reject,
        "vouch.take" => Choice::Take,
        _ => return None,
    })
}
