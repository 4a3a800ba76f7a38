//! Slack's limits and our own rules on markup, checked on rendered messages (facts/slack.md 4).
//! Never here: messages.

use serde_json::Value;

/// Every fault found, one a line.
pub(super) fn message(text: &str, blocks: &[Value]) -> Vec<String> {
    let mut faults = vec![];
    if text.trim().is_empty() || units(text) > 3000 {
        faults.push(format!("text of {} units", units(text)));
    }
    markup(text, &mut faults);
    if blocks.is_empty() || blocks.len() > 50 {
        faults.push(format!("{} blocks", blocks.len()));
    }
    let total: usize = blocks.iter().map(total).sum();
    if total > 12_500 {
        faults.push(format!("{total} units of text in all"));
    }
    each(blocks, &mut faults);
    faults
}

pub(super) fn view(view: &Value) -> Vec<String> {
    let mut faults = vec![];
    for (key, limit) in [("title", 24), ("submit", 24), ("close", 24)] {
        limited(&view[key]["text"], 1, limit, key, &mut faults);
        plain(&view[key], &mut faults);
    }
    limited(&view["private_metadata"], 1, 3000, "private_metadata", &mut faults);
    limited(&view["callback_id"], 1, 255, "callback_id", &mut faults);
    let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
    if view.to_string().len() > 200_000 || blocks.is_empty() || blocks.len() > 100 {
        faults.push("size of the view".into());
    }
    each(&blocks, &mut faults);
    faults
}

fn each(blocks: &[Value], faults: &mut Vec<String>) {
    let mut ids: Vec<&str> = blocks.iter().filter_map(|block| block["block_id"].as_str()).collect();
    if ids.len() != blocks.len() || ids.iter().any(|id| units(id) > 255) {
        faults.push("a block without a good id".into());
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != blocks.len() {
        faults.push("two blocks with one id".into());
    }
    for block in blocks {
        one(block, faults);
    }
}

fn one(block: &Value, faults: &mut Vec<String>) {
    match block["type"].as_str().unwrap_or_default() {
        "header" => {
            limited(&block["text"]["text"], 1, 150, "header", faults);
            plain(&block["text"], faults);
        }
        "section" => {
            if block.get("text").is_some() {
                limited(&block["text"]["text"], 1, 3000, "section", faults);
                any(&block["text"], faults);
            }
            let fields = list(&block["fields"]);
            if fields.len() > 10 || (block.get("text").is_none() && fields.is_empty()) {
                faults.push("fields of a section".into());
            }
            for field in fields {
                limited(&field["text"], 1, 2000, "field", faults);
                any(field, faults);
            }
            if block.get("accessory").is_some() {
                element(&block["accessory"], faults);
            }
        }
        "context" => {
            let elements = list(&block["elements"]);
            if elements.is_empty() || elements.len() > 10 {
                faults.push("elements of a context".into());
            }
            for text in elements {
                limited(&text["text"], 1, 2000, "context", faults);
                any(text, faults);
            }
        }
        "actions" => {
            let elements = list(&block["elements"]);
            if elements.is_empty() || elements.len() > 25 {
                faults.push("elements of an actions block".into());
            }
            let mut ids: Vec<_> = elements.iter().map(|e| e["action_id"].to_string()).collect();
            ids.sort_unstable();
            ids.dedup();
            if ids.len() != elements.len() {
                faults.push("two elements with one action id".into());
            }
            elements.iter().for_each(|e| element(e, faults));
        }
        "input" => {
            limited(&block["label"]["text"], 1, 2000, "label", faults);
            if block.get("hint").is_some() {
                limited(&block["hint"]["text"], 1, 2000, "hint", faults);
            }
            element(&block["element"], faults);
        }
        other => faults.push(format!("block {other}")),
    }
}

fn element(element: &Value, faults: &mut Vec<String>) {
    limited(&element["action_id"], 1, 255, "action_id", faults);
    match element["type"].as_str().unwrap_or_default() {
        "button" => {
            limited(&element["text"]["text"], 1, 75, "button", faults);
            limited(&element["value"], 1, 2000, "value", faults);
            limited(&element["accessibility_label"], 1, 75, "accessibility_label", faults);
            plain(&element["text"], faults);
            if let Some(confirm) = element.get("confirm") {
                for (key, limit) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
                    limited(&confirm[key]["text"], 1, limit, key, faults);
                    plain(&confirm[key], faults);
                }
            }
        }
        "static_select" => {
            limited(&element["placeholder"]["text"], 1, 150, "placeholder", faults);
            options(element, 100, faults);
            if !list(&element["options"]).contains(&element["initial_option"]) {
                faults.push("initial option is none of the options".into());
            }
        }
        "checkboxes" => options(element, 10, faults),
        "plain_text_input" => {
            if element["max_length"] != 1000 {
                faults.push("length of an input".into());
            }
        }
        other => faults.push(format!("element {other}")),
    }
}

fn options(element: &Value, most: usize, faults: &mut Vec<String>) {
    let options = list(&element["options"]);
    let mut values: Vec<_> = options.iter().map(|o| o["value"].to_string()).collect();
    values.sort_unstable();
    values.dedup();
    if options.is_empty() || options.len() > most || values.len() != options.len() {
        faults.push(format!("{} options, {} values", options.len(), values.len()));
    }
    for option in options {
        limited(&option["text"]["text"], 1, 75, "option", faults);
        limited(&option["value"], 1, 75, "option value", faults);
        plain(&option["text"], faults);
        if option.get("description").is_some() {
            limited(&option["description"]["text"], 1, 75, "description", faults);
        }
    }
}

fn any(text: &Value, faults: &mut Vec<String>) {
    if text["type"] == "plain_text" {
        return plain(text, faults);
    }
    if text["type"] != "mrkdwn" || text["verbatim"] != true {
        faults.push(format!("not verbatim: {text}"));
    }
    markup(text["text"].as_str().unwrap_or_default(), faults);
}

fn plain(text: &Value, faults: &mut Vec<String>) {
    if text["type"] != "plain_text" || text["emoji"] != false {
        faults.push(format!("not plain, or with emoji: {text}"));
    }
    visible(text["text"].as_str().unwrap_or_default(), faults);
}

/// Only mentions of known people, dates, and links to the AWS guide; no entity cut in two.
fn markup(text: &str, faults: &mut Vec<String>) {
    visible(text, faults);
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let Some(end) = rest[at..].find('>') else {
            faults.push(format!("an open < in {text:?}"));
            return;
        };
        let tag = &rest[at..=at + end];
        let mention = ["<@U0ALICE>", "<@U0BOB>", "<@U0RESP1>", "<@U0RESP2>"].contains(&tag);
        if !mention && !is_date(tag) && !is_guide(tag) && !OURS.contains(&tag) {
            faults.push(format!("markup {tag:?}"));
        }
        rest = &rest[at + end + 1..];
    }
    if !text.matches('`').count().is_multiple_of(2) && !text.ends_with('…') {
        faults.push(format!("a code span left open in {text:?}"));
    }
    for part in text.split('&').skip(1) {
        if !["amp;", "lt;", "gt;"].iter().any(|entity| part.starts_with(entity)) {
            faults.push(format!("a bare & in {text:?}"));
        }
    }
}

/// A moment as we write it: nothing in it comes from outside.
fn is_date(tag: &str) -> bool {
    let Some(inside) = tag.strip_prefix("<!date^").and_then(|t| t.strip_suffix('>')) else { return false };
    let Some((seconds, shown)) = inside.split_once('^') else { return false };
    let Some(utc) = shown.strip_prefix("{date_short_pretty} {time_secs}|") else { return false };
    let digits = |c: char| c.is_ascii_digit();
    seconds.trim_start_matches('-').chars().all(digits)
        && utc.ends_with(" UTC")
        && utc.trim_end_matches(" UTC").chars().all(|c| digits(c) || "-: ".contains(c))
}

/// Links of our own, to the letter: nothing in them comes from outside.
const OURS: [&str; 7] = [
    "<https://repost.aws/knowledge-center/potential-account-compromise>",
    "<https://console.aws.amazon.com/support>",
    "<https://support.aws.amazon.com/#/contacts/report-abuse>",
    "<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html>",
    "<https://docs.aws.amazon.com/whitepapers/latest/aws-security-incident-response-guide/welcome.html>",
    "<https://repost.aws>",
    "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html|security-best-practices.html>",
];

/// A page of AWS's guide, with a label that opens no other link.
fn is_guide(tag: &str) -> bool {
    let link = tag.strip_prefix("<https://docs.aws.amazon.com/guardduty/latest/ug/");
    let Some((page, label)) = link.and_then(|t| t.strip_suffix('>')).and_then(|t| t.split_once('|')) else {
        return false;
    };
    page.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !label.contains('|')
}

fn visible(text: &str, faults: &mut Vec<String>) {
    let hidden = |c: &char| {
        (c.is_control() && *c != '\n')
            || ('\u{200b}'..='\u{200f}').contains(c)
            || ('\u{202a}'..='\u{202e}').contains(c)
            || ('\u{2066}'..='\u{2069}').contains(c)
            || ('\u{2060}'..='\u{2064}').contains(c)
            || ('\u{fe00}'..='\u{fe0f}').contains(c)
            || ('\u{e0000}'..='\u{e01ef}').contains(c)
            || ['\u{feff}', '\u{ad}', '\u{34f}', '\u{3164}', '\u{115f}', '\u{2800}'].contains(c)
    };
    if let Some(c) = text.chars().find(hidden) {
        faults.push(format!("invisible {c:?}"));
    }
}

fn limited(value: &Value, least: usize, most: usize, what: &str, faults: &mut Vec<String>) {
    let length = value.as_str().map(units);
    if length.is_none_or(|length| length < least || length > most) {
        faults.push(format!("{what}: {length:?} units, allowed {least} to {most}"));
    }
}

fn total(value: &Value) -> usize {
    if let Some(list) = value.as_array() {
        return list.iter().map(total).sum();
    }
    let object = value.as_object().into_iter().flatten();
    object
        .map(|(key, value)| value.as_str().filter(|_| key == "text").map_or_else(|| total(value), units))
        .sum()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
