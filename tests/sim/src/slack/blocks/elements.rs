//! Limits of the elements inside blocks: buttons, menus, checkboxes, text inputs, and their confirm dialogs.
//!
//! Which block may hold which element is said by the lists here and used by the file above.

use serde_json::Value;

use super::check::{Check, Kind};

/// Elements beside a section's text.
pub(super) const ACCESSORIES: &[&str] = &[
    "button",
    "static_select",
    "overflow",
    "checkboxes",
    "radio_buttons",
    "users_select",
    "datepicker",
    "image",
];
/// Elements in a row of actions.
pub(super) const ACTIONS: &[&str] =
    &["button", "static_select", "overflow", "checkboxes", "radio_buttons", "users_select", "datepicker"];
/// Elements of an input block.
pub(super) const INPUTS: &[&str] =
    &["plain_text_input", "static_select", "checkboxes", "radio_buttons", "users_select", "datepicker"];

/// One element at a place that allows these types.
pub(super) fn element(check: &mut Check, element: &Value, at: &str, allowed: &[&str]) {
    let kind = element["type"].as_str().unwrap_or_default();
    if !allowed.contains(&kind) {
        return check.fail(at, &format!("unsupported type: {kind}"));
    }
    if kind == "image" {
        return image(check, element, at, false);
    }
    check.string(element, at, "action_id", 255, false);
    if let Some(confirm) = element.get("confirm") {
        confirmation(check, confirm, &format!("{at}/confirm"));
    }
    match kind {
        "button" => button(check, element, at),
        "static_select" => select(check, element, at),
        "overflow" => {
            check.only(element, at, &["type", "action_id", "options", "confirm"]);
            options(check, element, at, 5, Kind::Plain);
        }
        "checkboxes" | "radio_buttons" => boxes(check, element, at, kind),
        "plain_text_input" => text_input(check, element, at),
        // Users and dates are chosen from what Slack offers: only the placeholder can be too long.
        _ => check.text(element, at, "placeholder", Kind::Plain, 150, false),
    }
}

/// An image block, or an image inside another block.
pub(super) fn image(check: &mut Check, image: &Value, at: &str, block: bool) {
    check.string(image, at, "image_url", 3000, true);
    check.string(image, at, "alt_text", 2000, true);
    if block {
        check.text(image, at, "title", Kind::Plain, 2000, false);
    }
}

fn button(check: &mut Check, button: &Value, at: &str) {
    let keys = ["type", "action_id", "text", "url", "value", "style", "confirm", "accessibility_label"];
    check.only(button, at, &keys);
    check.text(button, at, "text", Kind::Plain, 75, true);
    check.string(button, at, "value", 2000, false);
    check.string(button, at, "url", 3000, false);
    check.string(button, at, "accessibility_label", 75, false);
    if let Some(style) = button.get("style")
        && style != "primary"
        && style != "danger"
    {
        check.fail(&format!("{at}/style"), "must be a valid enum value: primary or danger");
    }
}

fn select(check: &mut Check, select: &Value, at: &str) {
    let keys = [
        "type",
        "action_id",
        "placeholder",
        "options",
        "option_groups",
        "initial_option",
        "confirm",
        "focus_on_load",
    ];
    check.only(select, at, &keys);
    check.text(select, at, "placeholder", Kind::Plain, 150, false);
    if let Some(groups) = select.get("option_groups") {
        for (n, group) in groups.as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate() {
            let at = format!("{at}/option_groups/{n}");
            check.text(group, &at, "label", Kind::Plain, 75, true);
            options(check, group, &at, 100, Kind::Plain);
        }
    } else {
        options(check, select, at, 100, Kind::Plain);
        initial(check, select, at);
    }
}

fn boxes(check: &mut Check, boxes: &Value, at: &str, kind: &str) {
    let first = if kind == "checkboxes" { "initial_options" } else { "initial_option" };
    check.only(boxes, at, &["type", "action_id", "options", first, "confirm", "focus_on_load"]);
    options(check, boxes, at, 10, Kind::Any);
    initial(check, boxes, at);
}

fn text_input(check: &mut Check, input: &Value, at: &str) {
    let keys = [
        "type",
        "action_id",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
        "focus_on_load",
        "placeholder",
    ];
    check.only(input, at, &keys);
    check.text(input, at, "placeholder", Kind::Plain, 150, false);
    check.string(input, at, "initial_value", 3000, false);
    for key in ["min_length", "max_length"] {
        if let Some(length) = input.get(key)
            && length.as_u64().is_none_or(|length| length > 3000)
        {
            check.fail(&format!("{at}/{key}"), "must be a number up to 3000");
        }
    }
}

fn options(check: &mut Check, holder: &Value, at: &str, max: usize, kind: Kind) {
    let mut values: Vec<&str> = Vec::new();
    for (n, option) in check.list(holder, at, "options", 1, max).iter().enumerate() {
        let at = format!("{at}/options/{n}");
        check.only(option, &at, &["text", "value", "description", "url"]);
        check.text(option, &at, "text", kind, 75, true);
        check.text(option, &at, "description", kind, 75, false);
        check.string(option, &at, "value", 150, true);
        if let Some(value) = option["value"].as_str() {
            if values.contains(&value) {
                check.fail(&at, "option values must be unique");
            }
            values.push(value);
        }
    }
}

/// What is chosen at first must be one of the options, to the letter.
fn initial(check: &mut Check, holder: &Value, at: &str) {
    let offered = holder["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(option) = holder.get("initial_option")
        && !offered.contains(option)
    {
        check.fail(&format!("{at}/initial_option"), "must be one of the options");
    }
    for option in holder["initial_options"].as_array().map(Vec::as_slice).unwrap_or_default() {
        if !offered.contains(option) {
            check.fail(&format!("{at}/initial_options"), "must be among the options");
        }
    }
}

fn confirmation(check: &mut Check, confirm: &Value, at: &str) {
    check.only(confirm, at, &["title", "text", "confirm", "deny", "style"]);
    check.text(confirm, at, "title", Kind::Plain, 100, true);
    check.text(confirm, at, "text", Kind::Plain, 300, true);
    check.text(confirm, at, "confirm", Kind::Plain, 30, true);
    check.text(confirm, at, "deny", Kind::Plain, 30, true);
}
