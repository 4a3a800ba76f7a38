//! The page for people: open cases with their age and deadline, closed ones with answer times, the audit's head.
//! Never here: scripts, forms, anything loaded from elsewhere. Every text from outside is escaped.

use super::cases::page as cases_page;
use super::{Admin, unreadable};
use crate::case::state::Case;
use crate::ports::{Fault, Page, Query};
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;

/// Rows of each table; the rest is in `/v1/cases`.
const ROWS: usize = 200;
const CLOSED_ROWS: usize = 50;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>vouch</title>\
<meta name=\"viewport\" content=\"width=device-width\">\
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;\
border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:break-word}code{font-size:13px;\
overflow-wrap:anywhere}</style>";

pub(super) async fn page(State(admin): State<Admin>) -> Response {
    match render(&admin).await {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Err(fault) => unreadable(&fault),
    }
}

async fn render(admin: &Admin) -> Result<String, Fault> {
    let store = admin.store.as_ref();
    let query = |open, limit| Query::Cases { stage: Some(open), limit, after: None };
    let open = cases_page(store, query(true, ROWS)).await?;
    let closed = cases_page(store, query(false, CLOSED_ROWS)).await?;
    let head = match store.page(Query::Head).await? {
        Page::Head(head) => head,
        Page::Errands(_)
        | Page::Wakes(_)
        | Page::Counts(_)
        | Page::Cases(_)
        | Page::Lines(_)
        | Page::Expired(_) => {
            return Err(Fault::never("the store answered another question than the one asked"));
        }
    };
    let now = admin.clock.now();
    let mut html = format!("{HEAD}<h1>vouch</h1>");
    let reasons = admin.readiness.reasons();
    if reasons.is_empty() {
        html.push_str("<p>Ready.</p>");
    }
    for reason in reasons {
        let _ =
            write!(html, "<p><strong>Not ready</strong>: {}: {}</p>", reason.part, escape(&reason.reason));
    }
    table(
        &mut html,
        "Open cases",
        &["case", "stage", "principal", "finding", "age", "deadline"],
        &open,
        |c| {
            [
                id(c),
                c.stage.as_str().to_owned(),
                who(c),
                what(c),
                span(c.opened_at, now),
                until(c.deadline, now),
            ]
        },
    );
    table(
        &mut html,
        "Closed lately",
        &["case", "outcome", "principal", "finding", "answered after", "closed"],
        &closed,
        |c| {
            let outcome = c.closing.map_or("", |closing| closing.as_str()).to_owned();
            let answered = c.answered.as_ref().zip(c.first_delivery).map(|(a, sent)| span(sent, a.at));
            let closed = c.closed_at.map(|at| format!("{} ago", span(at, now)));
            [id(c), outcome, who(c), what(c), answered.unwrap_or_default(), closed.unwrap_or_default()]
        },
    );
    let _ = write!(
        html,
        "<h2>Audit</h2><p>Chain <code>main</code> ends at line {} with hash <code>{}</code>.</p>",
        head.seq,
        escape(&head.hash)
    );
    Ok(html)
}

/// Cells are escaped here and nowhere else.
fn table(
    html: &mut String,
    title: &str,
    columns: &[&str; 6],
    cases: &[Case],
    cells: impl Fn(&Case) -> [String; 6],
) {
    let _ = write!(html, "<h2>{title} ({})</h2><table><tr>", cases.len());
    columns.iter().for_each(|column| html.push_str(&format!("<th>{column}")));
    for case in cases {
        html.push_str("<tr>");
        cells(case).iter().for_each(|cell| html.push_str(&format!("<td>{}", escape(cell))));
    }
    html.push_str("</table>");
}

fn id(case: &Case) -> String {
    case.id.to_string()
}

fn who(case: &Case) -> String {
    let resource = || case.finding.resource.as_ref().map(|r| r.label().to_owned());
    let kind = || case.finding.principal.kind.as_str().to_owned();
    case.finding.principal.arn().or_else(resource).unwrap_or_else(kind)
}

fn what(case: &Case) -> String {
    let more = if case.total > 1 { format!(" (x{})", case.total) } else { String::new() };
    format!("{}{more}", case.finding.kind)
}

fn until(deadline: Option<Timestamp>, now: Timestamp) -> String {
    match deadline {
        Some(at) if at > now => format!("in {}", span(now, at)),
        Some(at) => format!("{} ago", span(at, now)),
        None => String::new(),
    }
}

/// Two units at most, such as `3h 12m`.
fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).max(SignedDuration::ZERO).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days}d {hours}h")
    } else if hours > 0 {
        format!("{hours}h {minutes}m")
    } else if minutes > 0 {
        format!("{minutes}m {}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
