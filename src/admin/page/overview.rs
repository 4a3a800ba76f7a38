//! `/`: whether all is well, what is open, how well it goes, what was closed lately, where the audit ends.
//! Never here: one case's story (`story`).

use super::super::cases::page as cases_page;
use super::chart;
use super::figures::{self, Figures};
use super::html::{Html, duration, span, words};
use crate::admin::Admin;
use crate::case::entry::Head;
use crate::case::state::Case;
use crate::ports::{Fault, Found, Lookup, Query};
use jiff::Timestamp;

/// Rows of each table; the rest is in `/v1/cases`.
const OPEN_ROWS: usize = 200;
const CLOSED_ROWS: usize = 50;
/// How many of the latest cases are counted.
const COUNTED: usize = 500;

pub(super) async fn render(admin: &Admin) -> Result<String, Fault> {
    let store = admin.store.as_ref();
    let query = |stage, limit| Query::Cases { stage, limit, after: None };
    let mut open = cases_page(store, query(Some(true), OPEN_ROWS)).await?;
    let now = admin.clock.now();
    // What is overdue comes first, what has no deadline last.
    open.sort_by_key(|case| (!case.is_overdue(now), case.deadline.is_none(), case.deadline));
    let latest = cases_page(store, query(None, COUNTED)).await?;
    let head = head(admin).await?;
    let mut html = Html::page("vouch");
    html.raw("<h1>Cases</h1>");
    standing(&mut html, admin, now).await?;
    let figures = figures::count(&latest);
    tiles(&mut html, &open, &figures, now);
    open_cases(&mut html, &open, now);
    charts(&mut html, &figures);
    closed_cases(&mut html, &latest, now);
    html.raw("<section aria-labelledby=\"audit\"><h2 id=\"audit\">Audit</h2><p>Chain <code>main</code> ends at line ");
    html.text(&head.seq.to_string()).raw(" with hash <code>").text(&head.hash);
    html.raw("</code>. Keep it somewhere else: a trail that was cut off ends with another.</p></section>");
    Ok(html.end(now))
}

async fn head(admin: &Admin) -> Result<Head, Fault> {
    super::trail::head(admin.store.as_ref()).await
}

/// What keeps the daemon from its work, and what keeps it from writing.
async fn standing(html: &mut Html, admin: &Admin, now: Timestamp) -> Result<(), Fault> {
    let reasons = admin.readiness.reasons();
    if reasons.is_empty() {
        html.raw("<p class=\"well\">Ready.</p>");
    }
    for reason in reasons {
        html.raw("<p class=\"alarm\"><strong>Not ready</strong>: ").text(reason.part).raw(": ");
        html.text(&reason.reason).raw("</p>");
    }
    let Some(Found::Budget(budget)) = admin.store.lookup(Lookup::Budget).await? else { return Ok(()) };
    if let Some((limit, since)) = &budget.value.tripped {
        html.raw("<p class=\"alarm\"><strong>The breaker is open</strong>: <code>").text(limit.as_str());
        html.raw("</code> was reached ").text(&span(*since, now));
        html.raw(" ago. Plans wait for a responder's approval until one resets it in Slack.</p>");
    }
    if let Some((by, since)) = &budget.value.stopped {
        html.raw("<p class=\"alarm\"><strong>Writes are stopped</strong> by <code>").text(by.as_str());
        html.raw("</code> since ").text(&span(*since, now));
        html.raw(". Plans wait until a responder resumes them in Slack.</p>");
    }
    Ok(())
}

fn tiles(html: &mut Html, open: &[Case], figures: &Figures, now: Timestamp) {
    let late = open.iter().filter(|case| case.is_overdue(now)).count();
    let middle = |times: &figures::Times| times.median.map_or("–".to_owned(), duration);
    html.raw("<dl class=\"tiles\">");
    let more = if open.len() == OPEN_ROWS { "+" } else { "" };
    html.fact("Open", &format!("{}{more}", open.len()));
    html.fact("Past their deadline", &late.to_string());
    html.fact("Half answered within", &middle(&figures.answer));
    html.fact("Half contained within", &middle(&figures.contain));
    let rate = (figures.wrong * 100 + figures.asked / 2).checked_div(figures.asked);
    let wrong =
        rate.map_or("–".to_owned(), |rate| format!("{rate} % ({} of {})", figures.wrong, figures.asked));
    html.fact("Wrong person asked", &wrong);
    html.raw("</dl><p class=\"soft\">Counted over the latest ")
        .text(&figures.cases.to_string())
        .raw(" cases.</p>");
}

fn open_cases(html: &mut Html, cases: &[Case], now: Timestamp) {
    html.raw("<section aria-labelledby=\"open\"><h2 id=\"open\">Open cases (");
    html.text(&cases.len().to_string()).raw(")</h2>");
    if cases.is_empty() {
        html.raw("<p class=\"soft\">Nothing is open.</p></section>");
        return;
    }
    html.raw(
        "<div class=\"wide\" role=\"group\" aria-labelledby=\"open\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">Case<th scope=\"col\">Stage<th scope=\"col\">Principal<th scope=\"col\">Finding\
         <th scope=\"col\">Age<th scope=\"col\">Deadline</tr></thead><tbody>",
    );
    for case in cases {
        first_cells(html, case, case.stage.as_str());
        html.raw("<td>").text(&span(case.opened_at, now));
        let late = case.is_overdue(now);
        let waits = late && case.deadline.is_none();
        html.raw(if late { "<td class=\"late\">" } else { "<td>" })
            .text(&if waits { "waits for a responder".to_owned() } else { until(case.deadline, now) })
            .raw("</tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn closed_cases(html: &mut Html, latest: &[Case], now: Timestamp) {
    html.raw("<section aria-labelledby=\"closed\"><h2 id=\"closed\">Closed lately</h2>");
    let mut closed = latest.iter().filter(|case| !case.is_open()).take(CLOSED_ROWS).peekable();
    if closed.peek().is_none() {
        html.raw("<p class=\"soft\">Nothing was closed yet.</p></section>");
        return;
    }
    html.raw(
        "<div class=\"wide\" role=\"group\" aria-labelledby=\"closed\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">Case<th scope=\"col\">Outcome<th scope=\"col\">Principal<th scope=\"col\">Finding\
         <th scope=\"col\">Answered after<th scope=\"col\">Closed</tr></thead><tbody>",
    );
    for case in closed {
        first_cells(html, case, case.closing.map_or("", |closing| closing.as_str()));
        let answered = case.answered.as_ref().zip(case.first_delivery).map(|(a, sent)| span(sent, a.at));
        html.raw("<td>").text(&answered.unwrap_or_default()).raw("<td>");
        let closed = case.closed_at.map(|at| format!("{} ago", span(at, now)));
        html.text(&closed.unwrap_or_default()).raw("</tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn first_cells(html: &mut Html, case: &Case, state: &str) {
    html.raw("<tr><th scope=\"row\"><a href=\"/cases/").text(case.id.as_str()).raw("\"><code>");
    html.text(case.id.as_str()).raw("</code></a><td><span class=\"chip ").text(state).raw("\">");
    html.text(&words(state)).raw("</span><td><code>").text(&who(case)).raw("</code><td>").text(&what(case));
}

fn charts(html: &mut Html, figures: &Figures) {
    html.raw(
        "<section aria-labelledby=\"figures\"><h2 id=\"figures\">How well it goes</h2><div class=\"charts\">",
    );
    chart::times(html, "Time to answer", &figures.answer);
    chart::times(html, "Time to contain", &figures.contain);
    html.raw("</div><h3 id=\"answers\">Answers by finding type</h3>");
    if figures.answers.is_empty() {
        html.raw("<p class=\"soft\">Nobody was asked yet.</p></section>");
        return;
    }
    html.raw(
        "<div class=\"wide\" role=\"group\" aria-labelledby=\"answers\" tabindex=\"0\"><table class=\"numbers\"><thead>\
         <tr><th scope=\"col\">Finding type<th scope=\"col\"><span class=\"key not-mine\"></span>Not me\
         <th scope=\"col\"><span class=\"key partial\"></span>Partly<th scope=\"col\"><span class=\"key mine\"></span>It was me\
         <th scope=\"col\"><span class=\"key unsure\"></span>Not sure<th scope=\"col\"><span class=\"key none\"></span>No answer\
         <th scope=\"col\">Share</tr></thead><tbody>",
    );
    let most = figures.answers.iter().map(|(_, answers)| answers.total()).max().unwrap_or_default();
    for (kind, answers) in &figures.answers {
        html.raw("<tr><th scope=\"row\">").text(kind);
        for number in [answers.not_mine, answers.partial, answers.mine, answers.unsure, answers.none] {
            html.raw("<td>").text(&number.to_string());
        }
        html.raw("<td>");
        chart::shares(html, answers, most);
        html.raw("</tr>");
    }
    html.raw("</tbody></table></div></section>");
}

/// The principal, or the resource when nobody is named.
pub(super) fn who(case: &Case) -> String {
    let resource = || case.finding.resource.as_ref().map(|r| r.label().to_owned());
    let kind = || case.finding.principal.kind.as_str().to_owned();
    case.finding.principal.arn().or_else(resource).unwrap_or_else(kind)
}

fn what(case: &Case) -> String {
    let more = if case.total > 1 { format!(" (×{})", case.total) } else { String::new() };
    format!("{}{more}", case.finding.kind)
}

/// How long until then, or since.
pub(super) fn until(deadline: Option<Timestamp>, now: Timestamp) -> String {
    match deadline {
        Some(at) if at > now => format!("in {}", span(now, at)),
        Some(at) => format!("{} ago", span(at, now)),
        None => String::new(),
    }
}
