//! Outside text cannot mean anything to Slack, nor deceive a reader's eye.
//! Never here: layout.

use super::check::units;
use proptest::prelude::*;
use vouch::slack::escape::{CAP, CUT, NOTHING, clean, code, fit, fit_plain, mrkdwn, plain};

/// What attackers put into names, user agents and tags.
pub(super) const ATTACKS: [&str; 16] = [
    "<!channel>",
    "<!here> <!everyone> <!subteam^S123>",
    "<@U0EVIL>",
    "<https://evil.example/login|Slack security>",
    "https://evil.example/login",
    "`break` out ``` of code",
    "*bold* _it_ ~no~ > quote",
    "line\none\r\ntwo\u{2028}three\u{85}four",
    "\u{202e}drawkcab\u{202c}",
    "zero\u{200b}width\u{200d}joi\u{2060}ner\u{feff}",
    "tab\tnul\u{0}bell\u{7}esc\u{1b}[31m",
    "&lt;!channel&gt; &amp;amp;",
    ":rotating_light: @here #general",
    "Z\u{335}\u{321}\u{336}\u{328}\u{337}algo",
    "\u{3164}\u{115f}\u{2800}",
    "<!date^0^{date}|<!channel>>",
];

#[test]
fn the_corpus_is_harmless() {
    assert_eq!(mrkdwn(ATTACKS[0]), "&lt;!channel&gt;");
    assert_eq!(mrkdwn(ATTACKS[3]), "&lt;https://evil.example/login|Slack security&gt;");
    assert_eq!(plain(ATTACKS[5]), "'break' out ''' of code");
    assert_eq!(plain(ATTACKS[7]), "line one two three four");
    assert_eq!(plain(ATTACKS[8]), "drawkcab");
    assert_eq!(plain(ATTACKS[9]), "zerowidthjoiner");
    assert_eq!(plain(ATTACKS[10]), "tab nulbellesc[31m");
    assert_eq!(mrkdwn(ATTACKS[11]), "&amp;lt;!channel&amp;gt; &amp;amp;amp;");
    assert_eq!(plain(ATTACKS[13]), "Z\u{335}\u{321}algo");
    assert_eq!(plain(ATTACKS[14]), NOTHING);
    assert_eq!(plain("   "), NOTHING);
    assert_eq!(code("a`b"), "`a'b`");
}

#[test]
fn long_values_are_cut_before_they_are_escaped() {
    let long = "&".repeat(100_000);
    assert_eq!(plain(&long), format!("{}{CUT}", "&".repeat(CAP)));
    assert_eq!(mrkdwn(&long), format!("{}{CUT}", "&amp;".repeat(CAP)));
    // Two units each: never half a character.
    assert_eq!(clean(&"𝕏".repeat(9), 5), format!("𝕏𝕏{CUT}"));
}

#[test]
fn a_plain_value_cannot_hide_what_stands_behind_it() {
    assert_eq!(fit_plain("AT&T <b", 7), "AT&T <b");
    assert_eq!(fit_plain("&bucket from 198.51.100.7, Berlin", 28), "&bucket from 198.51.100.7, …");
    assert_eq!(fit_plain("𝕏𝕏𝕏", 4), "𝕏…");
}

#[test]
fn finished_text_is_never_cut_inside_an_entity_or_a_tag() {
    assert_eq!(fit("short", 10), "short");
    assert_eq!(fit("abc&amp;def", 7), "abc…");
    assert_eq!(fit("abc <@U0ALICE> def", 9), "abc …");
    assert_eq!(fit("abc <@U0ALICE> def", 16), "abc <@U0ALICE> …");
}

proptest! {
    #[test]
    fn no_text_survives_as_markup(text in any::<String>()) {
        let escaped = mrkdwn(&text);
        let found = escaped.contains(['<', '>', '`', '\n', '\r', '\u{202e}', '\u{200b}', '\0']);
        prop_assert!(!found);
        let bare = escaped.split('&').skip(1).any(|p| !p.starts_with("amp;") && !p.starts_with("lt;") && !p.starts_with("gt;"));
        prop_assert!(!bare);
        prop_assert!(units(&plain(&text)) <= CAP + units(CUT));
    }

    #[test]
    fn fitting_keeps_the_limit(text in any::<String>(), limit in 1usize..60) {
        prop_assert!(units(&fit(&text, limit)) <= limit);
    }
}
