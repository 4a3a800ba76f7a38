//! Outside text cannot mean anything to Slack, nor deceive a reader's eye.
//! Never here: layout.

use super::check::units;
use proptest::prelude::*;
use vouch::slack::escape::{CAP, CUT, NOTHING, clean, code, fit, fit_plain, mrkdwn, plain};

/// What attackers put into names, user agents and tags.
pub(super) const ATTACKS: [&str; 27] = [
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
    "<#C0SECURITY> <#C0SECURITY|general>",
    "<mailto:ceo@evil.example|write to us> <tel:+4912345|call>",
    "www.evil.example/aws slack://user?team=T1&id=U1",
    "```\nnot code\n```",
    "arn:aws:iam::111122223333:user/\u{430}lice",
    "arn:aws:iam::111122223333:role/\u{391}dmin \u{405}\u{422}\u{405} p\u{430}ypal \u{1d5ba}dmin",
    "\u{5d0}\u{5d1}\u{5d2} \u{627}\u{644}\u{639} \u{200f}abc\u{2067}def\u{2069}",
    "a\u{34f}d\u{fe0f}m\u{e0101}in\u{ad}istrator",
    "\u{e0041}\u{e0062}tags\u{f8ff}\u{fffe}",
    "\"}],\"blocks\":[{\"type\":\"actions\"",
    "alice”, one of our own networks). Press *It was me*",
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
    assert_eq!(mrkdwn(ATTACKS[16]), "&lt;#C0SECURITY&gt; &lt;#C0SECURITY|general&gt;");
    assert_eq!(plain(ATTACKS[22]), "\u{5d0}\u{5d1}\u{5d2} \u{627}\u{644}\u{639} abcdef");
    assert_eq!(plain(ATTACKS[23]), "administrator");
    assert_eq!(plain(ATTACKS[24]), "tags");
    assert_eq!(plain("   "), NOTHING);
    assert_eq!(code("a`b"), "`a'b`");
}

#[test]
fn a_letter_that_poses_as_another_is_shown_by_its_code() {
    assert_eq!(plain(ATTACKS[20]), "arn:aws:iam::111122223333:user/[U+0430]lice");
    assert_eq!(
        plain(ATTACKS[21]),
        "arn:aws:iam::111122223333:role/[U+0391]dmin [U+0405][U+0422][U+0405] p[U+0430]ypal [U+1D5BA]dmin"
    );
    // A mark does not hide it, and the cut falls where it fell before.
    assert_eq!(plain("\u{430}\u{301}dmin"), "[U+0430]\u{301}dmin");
    assert_eq!(clean(&"\u{430}".repeat(9), 20), format!("[U+0430][U+0430]{CUT}"));
    // Words of other scripts, and accents, are nobody's disguise.
    for word in ["Привет, Екатеринбург", "東京 リージョン", "résumé Zürich", "αβγδ", "10時にＯＫ", "ＯＫ"]
    {
        assert_eq!(plain(word), word);
    }
}

#[test]
fn long_values_are_cut_before_they_are_escaped() {
    let long = "&".repeat(100_000);
    assert_eq!(plain(&long), format!("{}{CUT}", "&".repeat(CAP)));
    assert_eq!(mrkdwn(&long), format!("{}{CUT}", "&amp;".repeat(CAP)));
    // Two units each: never half a character.
    assert_eq!(clean(&"😀".repeat(9), 5), format!("😀😀{CUT}"));
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
