//! Block Kit's limits, enforced: what a message or a modal may hold.
//!
//! Answers in Slack's manner, one line per violation with a JSON pointer. Stricter than Slack in one respect:
//! lengths are counted in UTF-16 units, so that nothing passes here which Slack might count as too long.
//! Rendering and interaction never live here.

mod check;
mod elements;

use serde_json::Value;

use self::check::{Check, Kind};

/// Characters of text over all blocks of a message, as reported by users of `msg_blocks_too_long`; undocumented.
pub(super) const MESSAGE_TEXT: usize = 13_200;

/// The violations of a message's blocks.
pub(super) fn message(blocks: &[Value]) -> Vec<String> {
    let mut check = Check::default();
    if blocks.len() > 50 {
        check.fail("/blocks", "no more than 50 items allowed");
    }
    all(&mut check, blocks, "/blocks", false);
    check.problems
}

/// The violations of a modal.
pub(super) fn view(view: &Value) -> Vec<String> {
    let mut check = Check::default();
    let at = "/view";
    const KEYS: [&str; 11] = [
        "type",
        "title",
        "submit",
        "close",
        "blocks",
        "callback_id",
        "private_metadata",
        "external_id",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    ];
    check.only(view, at, &KEYS);
    if view["type"] != "modal" {
        check.fail(at, "unsupported type: only modal");
    }
    check.text(view, at, "title", Kind::Plain, 24, true);
    check.text(view, at, "submit", Kind::Plain, 24, false);
    check.text(view, at, "close", Kind::Plain, 24, false);
    check.string(view, at, "callback_id", 255, false);
    check.string(view, at, "private_metadata", 3000, false);
    check.string(view, at, "external_id", 255, false);
    let blocks = check.list(view, at, "blocks", 1, 100).to_vec();
    all(&mut check, &blocks, "/view/blocks", true);
    let has_input = blocks.iter().any(|block| block["type"] == "input");
    if has_input && view.get("submit").is_none_or(Value::is_null) {
        check.fail(at, "submit is required when an input block is within blocks");
    }
    check.problems
}

/// Characters of text over all blocks.
pub(super) fn text_length(blocks: &[Value]) -> usize {
    fn of(value: &Value) -> usize {
        if let Some(list) = value.as_array() {
            return list.iter().map(of).sum();
        }
        let Some(object) = value.as_object() else { return 0 };
        object
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(text) if key == "text" => text.encode_utf16().count(),
                Some(_) => 0,
                None => of(value),
            })
            .sum()
    }
    blocks.iter().map(of).sum()
}

fn all(check: &mut Check, blocks: &[Value], at: &str, modal: bool) {
    let mut ids: Vec<&str> = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        let at = format!("{at}/{n}");
        one(check, block, &at, modal);
        if let Some(id) = block["block_id"].as_str() {
            if ids.contains(&id) {
                check.fail(&at, "`block_id` already exists within the message or view");
            }
            ids.push(id);
        }
    }
}

fn one(check: &mut Check, block: &Value, at: &str, modal: bool) {
    check.string(block, at, "block_id", 255, false);
    match block["type"].as_str().unwrap_or_default() {
        "section" => section(check, block, at),
        "header" => {
            check.only(block, at, &["type", "block_id", "text", "level"]);
            check.text(block, at, "text", Kind::Plain, 150, true);
        }
        "context" => context(check, block, at),
        "actions" => actions(check, block, at),
        "divider" => check.only(block, at, &["type", "block_id"]),
        "input" => input(check, block, at),
        "image" => elements::image(check, block, at, true),
        "markdown" if !modal => {
            check.only(block, at, &["type", "block_id", "text"]);
            check.string(block, at, "text", 12_000, true);
        }
        "rich_text" => {
            check.only(block, at, &["type", "block_id", "elements"]);
            check.list(block, at, "elements", 1, usize::MAX);
        }
        other => check.fail(at, &format!("unsupported block: {other}")),
    }
}

fn section(check: &mut Check, block: &Value, at: &str) {
    check.only(block, at, &["type", "block_id", "text", "fields", "accessory", "expand"]);
    check.text(block, at, "text", Kind::Any, 3000, false);
    if block.get("text").is_none() && block.get("fields").is_none() {
        check.fail(at, "missing required field: text or fields");
    }
    if block.get("fields").is_some() {
        for (n, field) in check.list(block, at, "fields", 1, 10).to_vec().iter().enumerate() {
            check.text_object(field, &format!("{at}/fields/{n}"), Kind::Any, 2000);
        }
    }
    if let Some(accessory) = block.get("accessory") {
        elements::element(check, accessory, &format!("{at}/accessory"), elements::ACCESSORIES);
    }
}

fn context(check: &mut Check, block: &Value, at: &str) {
    check.only(block, at, &["type", "block_id", "elements"]);
    for (n, element) in check.list(block, at, "elements", 1, 10).to_vec().iter().enumerate() {
        let at = format!("{at}/elements/{n}");
        if element["type"] == "image" {
            elements::image(check, element, &at, false);
        } else {
            check.text_object(element, &at, Kind::Any, 2000);
        }
    }
}

fn actions(check: &mut Check, block: &Value, at: &str) {
    check.only(block, at, &["type", "block_id", "elements"]);
    let listed = check.list(block, at, "elements", 1, 25).to_vec();
    let mut ids: Vec<&str> = Vec::new();
    for (n, element) in listed.iter().enumerate() {
        let at = format!("{at}/elements/{n}");
        elements::element(check, element, &at, elements::ACTIONS);
        if let Some(id) = element["action_id"].as_str() {
            if ids.contains(&id) {
                check.fail(&at, &format!("`action_id` \"{id}\" already exists within the block"));
            }
            ids.push(id);
        }
    }
}

fn input(check: &mut Check, block: &Value, at: &str) {
    check.only(block, at, &["type", "block_id", "label", "element", "hint", "optional", "dispatch_action"]);
    check.text(block, at, "label", Kind::Plain, 2000, true);
    check.text(block, at, "hint", Kind::Plain, 2000, false);
    match block.get("element") {
        Some(element) => elements::element(check, element, &format!("{at}/element"), elements::INPUTS),
        None => check.fail(at, "missing required field: element"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn button(id: &str) -> Value {
        json!({"type": "button", "action_id": id, "text": {"type": "plain_text", "text": "Go"}})
    }

    fn refused(block: Value) -> bool {
        !message(&[block]).is_empty()
    }

    #[test]
    fn a_plain_prompt_passes() {
        let blocks = [
            json!({"type": "header", "text": {"type": "plain_text", "text": "Was this you?", "emoji": false}}),
            json!({"type": "section", "fields": [{"type": "plain_text", "text": "x"}]}),
            json!({"type": "context", "elements": [{"type": "mrkdwn", "text": "x", "verbatim": true}]}),
            json!({"type": "actions", "elements": [button("a"), button("b")]}),
            json!({"type": "divider"}),
        ];
        assert_eq!(message(&blocks), Vec::<String>::new());
    }

    #[test]
    fn each_limit_bites() {
        let text = |n: usize| json!({"type": "plain_text", "text": "x".repeat(n)});
        assert!(refused(json!({"type": "section", "text": text(3001)})));
        assert!(refused(json!({"type": "section", "text": text(0)})));
        assert!(refused(json!({"type": "section"})));
        assert!(refused(json!({"type": "section", "fields": vec![text(1); 11]})));
        assert!(refused(json!({"type": "section", "fields": [text(2001)]})));
        assert!(refused(json!({"type": "header", "text": text(151)})));
        assert!(refused(json!({"type": "header", "text": {"type": "mrkdwn", "text": "x"}})));
        assert!(refused(json!({"type": "context", "elements": vec![text(1); 11]})));
        assert!(refused(json!({"type": "actions", "elements": [button("a"), button("a")]})));
        assert!(refused(json!({"type": "actions", "elements": vec![button("a"); 26]})));
        assert!(refused(json!({"type": "actions", "elements": [button(&"a".repeat(256))]})));
        assert!(refused(json!({"type": "divider", "surprise": 1})));
        assert!(refused(json!({"type": "sparkles"})));
        assert!(!message(&vec![json!({"type": "divider"}); 51]).is_empty());
        let twice = json!({"type": "divider", "block_id": "a"});
        assert!(!message(&[twice.clone(), twice]).is_empty());
    }

    #[test]
    fn a_modal_with_inputs_needs_submit() {
        let input = json!({"type": "input", "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "why"}});
        let mut modal =
            json!({"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [input]});
        assert!(view(&modal).iter().any(|problem| problem.contains("submit")));
        modal["submit"] = json!({"type": "plain_text", "text": "Send"});
        assert_eq!(view(&modal), Vec::<String>::new());
        modal["title"]["text"] = json!("x".repeat(25));
        assert_eq!(view(&modal).len(), 1);
    }
}
