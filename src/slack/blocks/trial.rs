//! The test question, before and after it ended.
//! Never here: words.

use super::Content;
use super::kit::{Kit, SECTION};
use crate::slack::texts::Lang;
use crate::slack::trial::ACTION;

/// With its one button, which carries `value`.
pub fn trial(lang: Lang, value: String) -> Content {
    let w = lang.words();
    let mut kit = Kit::new(value, "trial".to_owned());
    kit.section(w.trial(), SECTION);
    let button = kit.button(ACTION, &w.trial_button());
    kit.actions(vec![button]);
    content(kit, w.trial())
}

/// Without a button: `answered`, or nobody waits any more.
pub fn trial_end(lang: Lang, answered: bool) -> Content {
    let w = lang.words();
    let text = if answered { w.trial_thanks() } else { w.trial_over() };
    let mut kit = Kit::new(String::new(), "trial.end".to_owned());
    kit.section(text, SECTION);
    content(kit, text)
}

fn content(kit: Kit, text: &str) -> Content {
    let interactive = kit.interactive();
    Content { text: text.to_owned(), blocks: kit.blocks(), event_type: "vouch_note", interactive }
}
