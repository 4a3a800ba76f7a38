//! `/cases/{id}`: one case from its first finding to its end, as its audit lines tell it, with what was looked up, what
//! was asked and what was written. Never here: message texts, or anything that can be pressed.

use super::html::{Html, clock, span, words};
use super::overview::{until, who};
use super::trail;
use crate::admin::Admin;
use crate::case::CaseId;
use crate::case::entry::Line;
use crate::case::remedy::Plan;
use crate::case::state::Case;
use crate::ports::Fault;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(super) async fn render(admin: &Admin, id: &CaseId) -> Result<Option<String>, Fault> {
    let Some(case) = admin.store.load(id).await? else { return Ok(None) };
    let case = case.value;
    let trail = trail::of(admin.store.as_ref(), &case).await?;
    let now = admin.clock.now();
    let mut html = Html::page(&format!("Case {id}"));
    html.raw("<nav aria-label=\"Where you are\"><a href=\"/\">All cases</a></nav><h1>Case <code>");
    html.text(id.as_str()).raw("</code></h1>");
    summary(&mut html, &case, now);
    html.raw("<section aria-labelledby=\"story\"><h2 id=\"story\">What happened</h2>");
    timeline(&mut html, &trail.lines, case.opened_at);
    if trail.cut {
        html.raw("<p class=\"soft\">There may be more: the whole trail is at <a href=\"/v1/audit\">/v1/audit</a>.</p>");
    }
    html.raw("</section>");
    asked(&mut html, &case);
    receipts(&mut html, &case);
    evidence(&mut html, &case);
    findings(&mut html, &case);
    Ok(Some(html.end(now)))
}

/// For an address that names no case.
pub(super) fn missing() -> String {
    let mut html = Html::page("No such case");
    html.raw("<h1>There is no such case</h1><p>It may have been dropped when its retention ended: the audit keeps what ")
        .raw("was decided and written. <a href=\"/\">All cases</a></p>");
    html.end(Timestamp::UNIX_EPOCH)
}

fn summary(html: &mut Html, case: &Case, now: Timestamp) {
    let f = &case.finding;
    let state = case.closing.map_or(case.stage.as_str(), |closing| closing.as_str());
    html.raw("<p><span class=\"chip ").text(state).raw("\">").text(&words(state)).raw("</span> ");
    html.text(&f.title).raw("</p><dl class=\"facts\">");
    html.fact("Principal", &who(case));
    html.fact("Resource", f.resource.as_ref().and_then(|r| r.arn()).unwrap_or_default());
    html.fact("Finding", &f.kind);
    html.fact("Severity", &format!("{:.1}", f.severity));
    html.fact("Account", &format!("{} ({})", f.account, f.region));
    let owner = case
        .owner()
        .map(|o| format!("{} by {} ({} confidence)", o.person, o.source.as_str(), name(&o.confidence)));
    html.fact("Owner", &owner.unwrap_or_default());
    html.fact("Rule", &case.terms.rule.name);
    html.fact("Mode", &name(&case.terms.mode));
    html.fact("Answer", &case.verdict.map(|v| words(v.as_str())).unwrap_or_default());
    html.fact("Opened", &format!("{} ({} ago)", clock(case.opened_at), span(case.opened_at, now)));
    html.fact(
        "Deadline",
        &case.deadline.map(|at| format!("{} ({})", clock(at), until(Some(at), now))).unwrap_or_default(),
    );
    html.fact("Closed", &case.closed_at.map(clock).unwrap_or_default());
    let stuck = case.stuck.as_ref().map(|why| plain(&json(why))).unwrap_or_default();
    html.fact("A human must act", &stuck);
    html.fact("Taken by", case.taken_by.as_ref().map(|person| person.as_str()).unwrap_or_default());
    html.raw("</dl>");
}

fn timeline(html: &mut Html, lines: &[Line], opened: Timestamp) {
    if lines.is_empty() {
        html.raw("<p class=\"soft\">No audit line names this case.</p>");
        return;
    }
    html.raw("<ol class=\"timeline\">");
    for line in lines {
        html.raw("<li class=\"").raw(tone(&line.kind)).raw("\"><div class=\"what\"><strong>");
        html.text(&words(&line.kind)).raw("</strong> <span class=\"actor\">").text(&line.actor);
        html.raw("</span></div><div class=\"soft\">")
            .moment(line.at)
            .raw(" · T+")
            .text(&span(opened, line.at));
        html.raw(" · line ").text(&line.seq.to_string()).raw("</div>");
        details(html, &line.data);
        html.raw("</li>");
    }
    html.raw("</ol>");
}

/// What an eye should stop at. Unknown kinds are calm.
fn tone(kind: &str) -> &'static str {
    const GOOD: [&str; 5] = ["wrote", "verified", "undone", "archived", "case-closed"];
    const BAD: [&str; 6] =
        ["write-failed", "effect-gone", "undo-refused", "archive-failed", "ask-failed", "stuck"];
    const WARN: [&str; 6] =
        ["reply-refused", "facts-changed", "escalated", "refused", "finding-refuted", "case-reopened"];
    if GOOD.contains(&kind) {
        "good"
    } else if BAD.contains(&kind) {
        "bad"
    } else if WARN.contains(&kind) {
        "warn"
    } else {
        "calm"
    }
}

fn asked(html: &mut Html, case: &Case) {
    if case.prompts.is_empty() {
        return;
    }
    html.raw(
        "<section aria-labelledby=\"asked\"><h2 id=\"asked\">Who was asked</h2>\
         <div class=\"wide\" role=\"group\" aria-labelledby=\"asked\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">Person<th scope=\"col\">As<th scope=\"col\">Sent<th scope=\"col\">State</tr></thead><tbody>",
    );
    for prompt in &case.prompts {
        html.raw("<tr><th scope=\"row\"><code>").text(prompt.person.as_str()).raw("</code><td>");
        html.text(&name(&prompt.role)).raw("<td>").text(&prompt.sent_at.map(clock).unwrap_or_default());
        html.raw("<td>").text(&name(&prompt.state)).raw("</tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn receipts(html: &mut Html, case: &Case) {
    if case.plans.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"receipts\"><h2 id=\"receipts\">What was written</h2>");
    for plan in &case.plans {
        one_plan(html, plan);
    }
    html.raw("</section>");
}

fn one_plan(html: &mut Html, plan: &Plan) {
    html.raw("<h3><code>").text(plan.chosen.as_str()).raw("</code>, wanted by ").text(&plan.by);
    if let Some(by) = plan.approval.as_ref().map(|approval| &approval.by) {
        html.raw(", approved by ").text(by.as_str());
    }
    html.raw("</h3><ul class=\"cards\">");
    for act in &plan.acts {
        let state = name(&act.state);
        html.raw("<li><div class=\"what\"><strong><code>").text(act.remedy.as_str());
        html.raw("</code></strong> <span class=\"chip ").text(&state).raw("\">").text(&words(&state));
        html.raw("</span></div><dl class=\"facts\">");
        if let Some(receipt) = &act.receipt {
            html.fact("Written", &clock(receipt.applied_at));
            html.fact("AWS request ids", &receipt.request_ids.join(", "));
            html.fact("Note", &receipt.note);
        }
        let prior = act.prior.as_ref().map(|prior| plain(&json(prior))).unwrap_or_default();
        html.fact("Before", &prior).raw("</dl></li>");
    }
    html.raw("</ul>");
}

fn evidence(html: &mut Html, case: &Case) {
    let Some(evidence) = &case.evidence else { return };
    html.raw("<section aria-labelledby=\"evidence\"><h2 id=\"evidence\">What was looked up</h2>");
    details(html, &json(evidence));
    html.raw("</section>");
}

fn findings(html: &mut Html, case: &Case) {
    html.raw("<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings (")
        .text(&case.total.to_string());
    html.raw(
        ")</h2><div class=\"wide\" role=\"group\" aria-labelledby=\"findings\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">Type<th scope=\"col\">Region<th scope=\"col\">Count<th scope=\"col\">Updated\
         <th scope=\"col\">Id</tr></thead><tbody>",
    );
    for seen in &case.seen {
        html.raw("<tr><td>").text(&seen.kind).raw("<td>").text(&seen.region).raw("<td>");
        html.text(&seen.count.to_string()).raw("<td>").moment(seen.updated_at).raw("<td><code>");
        html.text(&seen.id).raw("</code></tr>");
    }
    html.raw("</tbody></table></div></section>");
}

/// An object's fields, each with its value in one line; what is empty is left out.
fn details(html: &mut Html, value: &Value) {
    let Some(object) = value.as_object() else { return };
    let told: Vec<(&String, String)> =
        object.iter().map(|(key, value)| (key, plain(value))).filter(|(_, text)| !text.is_empty()).collect();
    if told.is_empty() {
        return;
    }
    html.raw("<dl class=\"facts\">");
    for (key, text) in told {
        html.raw("<div><dt>").text(&words(key)).raw("</dt><dd>").text(&text).raw("</dd></div>");
    }
    html.raw("</dl>");
}

/// JSON as somebody would say it. Nothing is cut: the audit is shown as it is.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            list.iter().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Value::Object(object) => {
            let field = |(key, value): (&String, &Value)| {
                let text = plain(value);
                (!text.is_empty()).then(|| format!("{} {text}", words(key)))
            };
            object.iter().filter_map(field).collect::<Vec<_>>().join("; ")
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The name of a plain enum, as the outside interface spells it.
fn name(value: &impl Serialize) -> String {
    json(value).as_str().unwrap_or_default().to_owned()
}
