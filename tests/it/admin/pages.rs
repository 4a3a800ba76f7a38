//! The operators' pages as text: what they tell, that nothing others wrote becomes markup, that they stay bounded.
//! How they look and how they are read aloud is `tests/look`.

use super::*;
use vouch::case::event::Answered;
use vouch::case::evidence::Evidence;

const HOSTILE: &str = "<img src=x onerror=alert(1)>\u{202e}";

/// A page must hold nothing that runs or loads, and no text of others as markup.
fn harmless(html: &str) {
    for bad in [
        "<script",
        "<img",
        "<style",
        " style=",
        " onerror=\"",
        "javascript:",
        "http://",
        "https://",
        "\u{202e}",
    ] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
}

fn entry(case: &str, kind: EntryKind, data: Value) -> Entry {
    Entry { case: CaseId::parse(case), kind, actor: Actor::Slack(person("U0ANA")), data }
}

/// The contained case as it really ends: answered by the second person who was asked.
fn told() -> Case {
    let mut case = contained("caseclosed1");
    case.first_delivery = Some(at("11:00:05"));
    case.answered = Some(Answered {
        by: person("U0ANA"),
        at: at("11:00:35"),
        verdict: Verdict::NotMine,
        reason: String::new(),
    });
    let first = Prompt { person: person("U0WRONG"), ..case.prompts[0].clone() };
    case.prompts.insert(0, first);
    case.finding.title = HOSTILE.to_owned();
    case.evidence = Some(Evidence { policies: vec![HOSTILE.to_owned()], ..Evidence::default() });
    if let Some(receipt) = case.plans[0].acts[0].receipt.as_mut() {
        receipt.request_ids = vec!["req-1".to_owned()];
        receipt.note = HOSTILE.to_owned();
    }
    case
}

#[tokio::test]
async fn the_overview_tells_what_is_open_and_how_well_it_goes() {
    let mut late = open_case("caseopen3", "zoe");
    late.deadline = Some(at("11:30:00"));
    let admin =
        served(Shelf { cases: vec![late, open_case("caseopen2", "<b>eve</b>"), told()], ..shelf() }).await;
    admin.readiness.not_ready("slack", HOSTILE);
    let (status, html) = admin.get("/").await;
    assert_eq!(status, 200);
    harmless(&html);
    for wanted in [
        "user/&lt;b&gt;eve&lt;/b&gt;",
        "Open cases (2)",
        "1h 0m",
        "<td class=\"late\">30m 0s ago",
        "line 1200",
        "<dt>Past their deadline</dt><dd>2</dd>",
        "<dt>Half answered within</dt><dd>30s</dd>",
        "<dt>Half contained within</dt><dd>42s</dd>",
        "<dt>Wrong person asked</dt><dd>50 % (1 of 2)</dd>",
        "<a href=\"/cases/caseclosed1\">",
        "up to 1 min: 1;",
        "<th scope=\"row\">Recon:IAMUser/TorIPCaller<td>1<td>0<td>0<td>0<td>0<td>",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing in {html}");
    }
}

#[tokio::test]
async fn an_empty_house_has_pages_too() {
    let admin = served(Shelf { cases: vec![], lines: vec![], ..shelf() }).await;
    let (status, html) = admin.get("/").await;
    assert_eq!(status, 200);
    harmless(&html);
    for wanted in ["Nothing is open.", "Nothing to count yet.", "Nobody was asked yet.", "<dd>–</dd>"] {
        assert!(html.contains(wanted), "{wanted} is missing in {html}");
    }
}

#[tokio::test]
async fn a_case_tells_its_story_with_its_own_lines_only() {
    let mut head = Head::default();
    let lines = vec![
        entry("caseclosed1", EntryKind::CaseOpened, json!({"type": HOSTILE})).seal(&mut head, at("11:00:00")),
        entry("caseopen2", EntryKind::Asked, json!({"person": "U0OTHER"})).seal(&mut head, at("11:00:01")),
        entry("caseclosed1", EntryKind::Wrote, json!({"request_id": "req-1"}))
            .seal(&mut head, at("11:00:42")),
    ];
    let admin = served(Shelf { cases: vec![told()], lines, ..shelf() }).await;
    let (status, html) = admin.get("/cases/caseclosed1").await;
    assert_eq!(status, 200);
    harmless(&html);
    assert!(!html.contains("U0OTHER"), "a line of another case: {html}");
    for wanted in [
        "<strong>case opened</strong>",
        "<li class=\"good\"><div class=\"what\"><strong>wrote</strong>",
        "T+42s · line 3",
        "<dt>request id</dt><dd>req-1</dd>",
        "<dt>AWS request ids</dt><dd>req-1</dd>",
        "<code>deactivate-key</code></strong> <span class=\"chip verified\">",
        "<dt>policies</dt><dd>&lt;img src=x onerror=alert(1)&gt;\u{fffd}</dd>",
        "U0WRONG",
        "U0ANA by static (high confidence)",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing in {html}");
    }
}

#[tokio::test]
async fn a_case_that_is_not_there_is_a_page_that_says_so() {
    let admin = served(shelf()).await;
    for path in ["/cases/caseopen9", "/cases/..%2Fv1", "/cases/%3Cscript%3E"] {
        let (status, html) = admin.get(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(html.contains("There is no such case"), "{html}");
        harmless(&html);
    }
}

#[tokio::test]
async fn nothing_but_the_own_style_sheet_is_allowed() {
    let admin = served(shelf()).await;
    for path in ["/", "/cases/caseopen1", "/cases/caseopen9"] {
        let answer = reqwest::get(format!("http://{}{path}", admin.address)).await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("style-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}: {policy}");
    }
    let sheet = reqwest::get(format!("http://{}/page.css", admin.address)).await.unwrap();
    assert!(sheet.headers()["content-type"].to_str().unwrap().starts_with("text/css"));
    let sheet = sheet.text().await.unwrap();
    assert!(!sheet.contains("url(") && !sheet.contains("@import"), "the style sheet loads something");
}

#[tokio::test]
async fn a_story_in_a_long_trail_is_found_without_reading_all_of_it() {
    let mut head = Head::default();
    let start = at("00:00:00");
    let line = |n: i64, head: &mut Head| {
        let case = if n == 5_000 { "caseclosed1" } else { "caseopen2" };
        entry(case, EntryKind::Asked, json!({})).seal(head, start + SignedDuration::from_millis(n * 500))
    };
    let lines: Vec<Line> = (0..26_000).map(|n| line(n, &mut head)).collect();
    let mut case = told();
    case.opened_at = start + SignedDuration::from_secs(2_500);
    let shelf = Shelf { cases: vec![case], lines, ..shelf() };
    let read = shelf.read.clone();
    let admin = served(shelf).await;
    let (status, html) = admin.get("/cases/caseclosed1").await;
    assert_eq!(status, 200);
    assert!(html.contains("line 5001") && html.contains("There may be more"), "{html}");
    let read = read.load(Ordering::Relaxed);
    assert!(read < 21_000, "{read} lines were read");
}
