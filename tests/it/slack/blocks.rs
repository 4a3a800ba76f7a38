//! Every message and view, with ordinary and with hostile values, keeps Slack's limits and our rules on markup.
//! Never here: wording; the snapshots have that.

use super::fixtures::{card, delivery, key, prompt};
use super::{check, every};
use serde_json::{Value, json};
use std::io::Write;
use vouch::case::guard::Mode;
use vouch::case::message::{Message, PromptView};
use vouch::slack::blocks::{Rendered, guide_url, render};
use vouch::slack::texts::Lang;

fn faults(message: &Message) -> Vec<String> {
    let in_one = |lang: Lang| match render(&delivery(message.clone()), &key(), lang) {
        Rendered::Message(content) => check::message(&content.text, &content.blocks),
        Rendered::View(view) => check::view(&view),
    };
    Lang::ALL.into_iter().flat_map(in_one).collect()
}

fn nasty() -> Vec<String> {
    // A few at a time, so that none is cut away.
    let mut all: Vec<String> = super::escape::ATTACKS.chunks(4).map(|some| some.join(" ")).collect();
    for unit in ["&", "`<", "𝕏", "漢", "é\u{301}*_~\n"] {
        all.push(unit.repeat(3000 / unit.len()));
    }
    // Longer than any limit of Slack's; every message holds it in many places, and all of them are there at once.
    all.push("<!channel>&".repeat(1000));
    all.push(String::new());
    all
}

#[test]
fn ordinary_values_keep_every_limit() {
    for (name, message) in every::every(None) {
        assert_eq!(faults(&message), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_nastiest_values_keep_every_limit() {
    for text in nasty() {
        for (name, message) in every::every(Some(&text)) {
            let start: String = text.chars().take(20).collect();
            assert_eq!(faults(&message), Vec::<String>::new(), "{name} with {start:?}");
        }
    }
}

fn blocks_of(message: Message) -> Vec<Value> {
    match render(&delivery(message), &key(), Lang::En) {
        Rendered::Message(content) => content.blocks,
        Rendered::View(view) => view["blocks"].as_array().cloned().unwrap(),
    }
}

fn has(blocks: &[Value], id: &str) -> bool {
    json!(blocks).to_string().contains(&format!("\"{id}\""))
}

#[test]
fn a_closed_question_has_no_buttons_and_the_same_facts() {
    let open = blocks_of(Message::Prompt(Box::new(prompt())));
    let closed = blocks_of(Message::Prompt(Box::new(PromptView { open: false, ..prompt() })));
    for id in ["vouch.not_mine", "vouch.unsure", "vouch.mine", "vouch.not_my_credential", "vouch.remedy"] {
        assert!(has(&open, id) && !has(&closed, id), "{id}");
    }
    assert_eq!(open[1]["fields"], closed[1]["fields"]);
}

#[test]
fn not_me_is_one_tap_and_it_was_me_is_not_the_green_button() {
    let blocks = blocks_of(Message::Prompt(Box::new(prompt())));
    let row = blocks.iter().find(|block| block["type"] == "actions").unwrap();
    let buttons = row["elements"].as_array().unwrap();
    let of = |id: &str| buttons.iter().find(|button| button["action_id"] == id).unwrap();
    assert_eq!(of("vouch.not_mine")["style"], "danger");
    assert!(of("vouch.not_mine").get("confirm").is_none());
    assert!(of("vouch.mine").get("style").is_none());
    let menu = blocks.iter().find_map(|block| block.get("accessory")).unwrap();
    assert_eq!(menu["initial_option"], menu["options"][0]);
    assert_eq!(menu["options"][0]["value"], "cut");
}

#[test]
fn an_observer_s_card_has_nothing_to_press() {
    let mut view = card();
    view.mode = Mode::Observe;
    let blocks = blocks_of(Message::Card(Box::new(view)));
    assert!(blocks.iter().all(|block| block["type"] != "actions" && block.get("accessory").is_none()));
}

#[test]
fn block_ids_differ_between_deliveries() {
    let mut second = delivery(Message::Prompt(Box::new(prompt())));
    second.no.0 += 1;
    let Rendered::Message(second) = render(&second, &key(), Lang::En) else {
        panic!("a prompt is a message")
    };
    let first = blocks_of(Message::Prompt(Box::new(prompt())));
    for block in &second.blocks {
        assert!(first.iter().all(|other| other["block_id"] != block["block_id"]));
    }
}

#[test]
fn the_guide_s_page_follows_from_the_family() {
    let page = |kind: &str| guide_url(kind).rsplit('/').next().unwrap().to_owned();
    assert_eq!(page("UnauthorizedAccess:IAMUser/TorIPCaller"), "guardduty_finding-types-iam.html");
    assert_eq!(page("Recon:EC2/Portscan"), "guardduty_finding-types-ec2.html");
    assert_eq!(page("Execution:EC2/MaliciousFile"), "findings-malware-protection.html");
    assert_eq!(page("Exfiltration:S3/AnomalousBehavior"), "guardduty_finding-types-s3.html");
    assert_eq!(page("Object:S3/MaliciousFile"), "gdu-malware-protection-s3-finding-types.html");
    assert_eq!(
        page("Execution:Kubernetes/ExecInKubeSystemPod"),
        "guardduty-finding-types-eks-audit-logs.html"
    );
    assert_eq!(page("Execution:Runtime/ReverseShell"), "findings-runtime-monitoring.html");
    assert_eq!(
        page("AttackSequence:IAM/CompromisedCredentials"),
        "guardduty-attack-sequence-finding-types.html"
    );
    assert_eq!(page("x|>:IAMUser/<!channel>"), "guardduty_finding-types-iam.html");
    assert_eq!(page("something else"), "guardduty_finding-types-active.html");
}

/// For validators written by others: every message and view as JSON lines, if `VOUCH_BLOCKS_OUT` names a file.
#[test]
fn every_message_is_written_out_if_asked() {
    let Ok(path) = std::env::var("VOUCH_BLOCKS_OUT") else { return };
    let mut file = std::fs::File::create(path).unwrap();
    let hostile = "<!channel> *bold* `code` <https://evil.example|click> &amp; \u{202e}".repeat(100);
    for (suffix, nasty) in [("", None), ("-nasty", Some(hostile.as_str()))] {
        let all = Lang::ALL.into_iter().flat_map(|lang| {
            every::every(nasty).into_iter().map(move |(name, message)| (lang, name, message))
        });
        for (lang, name, message) in all {
            let name = format!("{}-{name}", lang.as_str());
            let line = match render(&delivery(message), &key(), lang) {
                Rendered::Message(content) => json!({
                    "kind": "message",
                    "name": format!("{name}{suffix}"),
                    "payload": {"channel": "C0SECURITY", "text": content.text, "blocks": content.blocks},
                }),
                Rendered::View(view) => {
                    json!({"kind": "view", "name": format!("{name}{suffix}"), "payload": view})
                }
            };
            writeln!(file, "{line}").unwrap();
        }
    }
}
