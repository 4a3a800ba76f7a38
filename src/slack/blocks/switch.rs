//! The two cards of the ledger: the switch that stops writes, and the open breaker.
//! Never here: words, or what the buttons do.

use super::kit::{Kit, SECTION, confirmed};
use super::{codes, few, mention, mrkdwn};
use crate::case::message::{BreakerView, ControlView, CrowdView};
use crate::slack::escape::{code, entities};
use crate::slack::texts::{Words, both, date};
use serde_json::json;

/// Patterns on the card; `/v1/patterns` lists all.
const SHOWN: usize = 10;

/// Gives the top-level text.
pub(super) fn control(w: &dyn Words, kit: &mut Kit, view: &ControlView, tokens: &[String]) -> String {
    let names = w.switches();
    let (text, button) = match &view.stopped {
        Some((by, since)) => (
            w.writes_off(&mention(by), &both(*since)),
            confirmed(kit.button("vouch.resume_writes", &names.resume), &w.resume_confirm()),
        ),
        None => (
            w.writes_on(view.mode).to_owned(),
            confirmed(kit.danger("vouch.stop_writes", &names.stop), &w.stop_confirm()),
        ),
    };
    kit.section(&text, SECTION);
    kit.actions(vec![button]);
    patterns(w, kit, view, tokens);
    text
}

/// What nobody is asked about for now, each with the button that ends it.
fn patterns(w: &dyn Words, kit: &mut Kit, view: &ControlView, tokens: &[String]) {
    if view.patterns.is_empty() {
        return;
    }
    kit.section(w.quiet_heading(), SECTION);
    let names = w.switches();
    for (pattern, token) in view.patterns.iter().zip(tokens).rev().take(SHOWN) {
        let all = |set: &std::collections::BTreeSet<String>| {
            let listed: Vec<String> = set.iter().cloned().collect();
            codes(w, &listed, 4)
        };
        let text = w.quiet_line(
            &code(&pattern.principal),
            &all(&pattern.facts.apis),
            &all(&pattern.facts.networks),
            &mention(&pattern.by),
            &date(pattern.until),
        );
        let mut button = kit.button("vouch.revoke_pattern", &names.revoke);
        button["value"] = json!(token);
        kit.push(json!({"type": "section", "text": mrkdwn(&text, 1000), "accessory": button}));
    }
    let more = view.patterns.len().saturating_sub(SHOWN);
    if more > 0 {
        kit.context(&w.and_more(more));
    }
}

/// Gives the top-level text.
pub(super) fn crowd(w: &dyn Words, kit: &mut Kit, view: &CrowdView) -> String {
    let text = w.crowd(view.cases, &both(view.since), &date(view.last));
    let called: Vec<String> = view.called.iter().map(mention).collect();
    let text = if called.is_empty() { text } else { format!("{}: {text}", few(w, called, 12).join(" ")) };
    kit.section(&text, SECTION);
    text
}

/// Gives the top-level text.
pub(super) fn breaker(w: &dyn Words, kit: &mut Kit, view: &BreakerView) -> String {
    let text = match view.tripped {
        Some((limit, since)) => w.breaker_open(&format!("`{}`", entities(limit.as_str())), &both(since)),
        None => w.breaker_reset(view.reset_by.as_ref().map(mention).as_deref()),
    };
    kit.section(&text, SECTION);
    if view.tripped.is_some() {
        let button = kit.button("vouch.reset_breaker", &w.switches().reset);
        kit.actions(vec![confirmed(button, &w.reset_confirm())]);
    }
    text
}
