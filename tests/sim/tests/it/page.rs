//! The page as files: complete, under a policy that lets nothing else run, and never parsing text as HTML.
//! What it looks like and how it is used is `tests/look`.

use std::collections::BTreeSet;

use sim::slack::Slack;

use crate::app::fetch;

/// Ways by which a text could become markup or code.
const FORBIDDEN: [&str; 8] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "new Function",
    "DOMParser",
    "createContextualFragment",
];

/// What stands between each pair of these marks.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split(close).next())
}

#[tokio::test]
async fn every_part_of_the_page_is_served_and_nothing_from_elsewhere() {
    let slack = Slack::start().await.unwrap();
    let (status, headers, page) = fetch(&slack.url()).await;
    assert_eq!(status, 200);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.contains("http://") && !page.contains("https://"), "something is loaded from elsewhere");
    let mut wanted: Vec<String> = between(&page, "\"/page/", '"').map(str::to_owned).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let (status, headers, text) = fetch(&format!("{}/page/{name}", slack.url())).await;
        assert_eq!(status, 200, "{name}");
        let kind = headers["content-type"].to_str().unwrap();
        assert!(
            kind.starts_with(if name.ends_with(".css") { "text/css" } else { "text/javascript" }),
            "{kind}"
        );
        let found: Vec<_> = FORBIDDEN.iter().filter(|word| text.contains(*word)).collect();
        assert!(found.is_empty(), "{name} holds {found:?}");
        wanted.extend(between(&text, "from \"./", '"').map(str::to_owned));
    }
    assert!(seen.len() > 10, "only {seen:?}");
    let (status, _, _) = fetch(&format!("{}/page/index.html", slack.url())).await;
    assert_eq!(status, 404);
}
