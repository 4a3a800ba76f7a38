//! `vouch slack-manifest`: the Slack app as this configuration needs it (facts/slack.md 6).
//! Never here: tokens; Slack gives them when the app is installed.

use super::out::{self, Exit};
use crate::config::{Settings, Transport};
use crate::slack::http::PATH;
use serde_json::{Value, json};

/// Every scope, and what breaks without it.
pub(super) const SCOPES: [(&str, &str); 7] = [
    ("chat:write", "questions, cards and notes"),
    ("im:write", "opening a direct message"),
    ("im:history", "finding a question again after a crash, instead of asking twice"),
    ("users:read", "people who left are not asked"),
    ("users:read.email", "owners that are known by e-mail"),
    ("groups:read", "checking that the security channel is not shared outside"),
    ("groups:history", "finding cards again after a crash, in a private security channel"),
];

pub(super) async fn run(settings: Settings) -> Exit {
    let http = settings.slack.transport == Transport::Http;
    if http && settings.http.public_url.is_empty() {
        return out::failed(
            "http.public_url is empty, and the http transport needs the address Slack reaches",
        );
    }
    out::json(&manifest(&settings));
    Exit::Done
}

fn manifest(settings: &Settings) -> Value {
    let socket = settings.slack.transport == Transport::Socket;
    let mut interactivity = json!({ "is_enabled": true });
    if !socket {
        interactivity["request_url"] = json!(format!("{}{PATH}", settings.http.public_url));
    }
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    json!({
        "_metadata": { "major_version": 2 },
        "display_information": {
            "name": "vouch",
            "description": "Asks owners of AWS credentials whether an API call was theirs"
        },
        "features": {
            "app_home": {
                "home_tab_enabled": false,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": true
            },
            "bot_user": { "display_name": "vouch", "always_online": false }
        },
        "oauth_config": { "scopes": { "bot": scopes } },
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": false
        }
    })
}
