//! The two cards of the ledger: the switch that stops writes, and the open breaker.
//! Never here: words, or what the buttons do.

use super::kit::{Kit, SECTION, confirmed};
use super::mention;
use crate::case::message::{BreakerView, ControlView};
use crate::slack::escape::entities;
use crate::slack::texts::{Words, both};

/// Gives the top-level text.
pub(super) fn control(w: &dyn Words, kit: &mut Kit, view: &ControlView) -> String {
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
