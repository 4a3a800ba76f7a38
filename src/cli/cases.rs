//! `vouch cases`: the daemon's cases as a table, one in full, or its JSON as it is.
//! Never here: reading the store; the daemon does that.

use super::CasesCommand;
use super::client;
use super::out::{self, Exit};
use serde_json::Value;
use std::net::SocketAddr;

pub(super) async fn run(listen: SocketAddr, json: bool, command: CasesCommand) -> Exit {
    let path = match &command {
        CasesCommand::List { stage, limit, after } => {
            let stage = stage.as_ref().map(|stage| format!("&stage={stage}")).unwrap_or_default();
            let after = after.as_ref().map(|after| format!("&after={}", encoded(after))).unwrap_or_default();
            format!("/v1/cases?limit={limit}{stage}{after}")
        }
        CasesCommand::Show { id } => format!("/v1/cases/{}", encoded(id)),
    };
    let answer = match ask(listen, &path).await {
        Ok(answer) => answer,
        Err(sentence) => return out::failed(sentence),
    };
    match (json, command) {
        (true, CasesCommand::List { .. } | CasesCommand::Show { .. }) => out::line(&answer),
        (false, CasesCommand::Show { .. }) => out::json(&answer),
        (false, CasesCommand::List { .. }) => table(&answer),
    }
    Exit::Done
}

async fn ask(listen: SocketAddr, path: &str) -> Result<Value, String> {
    let answer = client::get(listen, path).await?;
    let status = answer.status();
    let body: Value =
        answer.json().await.map_err(|error| format!("the daemon's answer is no JSON: {error}"))?;
    if status.is_success() {
        return Ok(body);
    }
    let why = body.get("error").and_then(Value::as_str).unwrap_or("it did not say why");
    Err(format!("the daemon answered {}: {}", status.as_u16(), out::plain(why)))
}

fn table(answer: &Value) {
    let none = vec![];
    let cases = answer.get("cases").and_then(Value::as_array).unwrap_or(&none);
    if cases.is_empty() {
        return out::line("no cases");
    }
    for case in cases {
        let text = |path: &str| out::plain(case.pointer(path).and_then(Value::as_str).unwrap_or("-"));
        let state = match case.get("outcome").and_then(Value::as_str) {
            Some(outcome) => format!("{} ({outcome})", text("/stage")),
            None => text("/stage"),
        };
        let who = match text("/principal/arn").as_str() {
            "-" => text("/resource"),
            arn => arn.to_owned(),
        };
        let (id, opened, kind) = (text("/id"), text("/opened_at"), text("/findings/0/type"));
        let owner = text("/owner/slack_user");
        out::line(format!("{id}  {opened}  {state:<20}  owner {owner:<12}  {kind}  {who}"));
    }
}

/// An id in a path: anything that no id has is percent-encoded.
fn encoded(id: &str) -> String {
    let byte =
        |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    id.bytes().map(byte).collect()
}
