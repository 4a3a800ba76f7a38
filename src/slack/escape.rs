//! The one way in which outside text gets into a message: cleaned, cut, escaped (facts/slack.md 4.2).
//! Never here: our own words, or markup that we mean.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_security::skeleton;

/// UTF-16 units kept of one outside value, unless said otherwise.
pub const CAP: usize = 256;
/// Put behind a value that was cut.
pub const CUT: &str = "…(truncated)";
/// Shown for a value that is empty, or was nothing but invisible characters.
pub const NOTHING: &str = "–";
/// Combining marks kept on one letter; more only serves to paint over the neighbours.
const MARKS: usize = 2;
/// What is painted onto the letter before it.
const MARK: [GeneralCategory; 2] = [GeneralCategory::NonspacingMark, GeneralCategory::EnclosingMark];

/// For `plain_text`: cleaned and cut. Slack interprets nothing there.
pub fn plain(text: &str) -> String {
    plain_to(text, CAP)
}

/// `plain` with a cap of its own.
pub fn plain_to(text: &str, cap: usize) -> String {
    let cleaned = clean(text, cap);
    if cleaned.is_empty() { NOTHING.to_owned() } else { cleaned }
}

/// For mrkdwn and top-level texts: cleaned, cut, then escaped.
pub fn mrkdwn(text: &str) -> String {
    entities(&plain(text))
}

/// For mrkdwn, in a code span, so that `*`, `_` and `~` stay what they are.
pub fn code(text: &str) -> String {
    format!("`{}`", mrkdwn(text))
}

/// Escapes the three characters that Slack interprets, `&` first. For text that is clean already.
pub fn entities(clean: &str) -> String {
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One line without control, format, private and invisible characters; backticks become apostrophes, letters that
/// pose as others become their code points. At most `cap` UTF-16 units, and `CUT` behind them if something is missing.
/// May be empty.
pub fn clean(text: &str, cap: usize) -> String {
    let line = line(text, cap);
    if line.is_ascii() { line } else { unmask(&line, cap) }
}

/// Names in AWS are ASCII. A word of ASCII letters and letters that only look like some, such as a Cyrillic `а`, is
/// somebody else's name: the letters that pose are shown as `[U+0430]`. Words of another script stay as they are.
fn unmask(line: &str, cap: usize) -> String {
    let (kept, was_cut) = line.strip_suffix(CUT).map_or((line, false), |kept| (kept, true));
    let (mut out, mut units) = (String::new(), 0);
    for word in kept.split_inclusive(|c: char| !c.is_alphanumeric() && !is_mark(c)) {
        // Most words end this at their first letter: looking a letter up is dear.
        let posed = !word.is_ascii()
            && word.chars().all(|c| c.is_ascii() || is_mark(c) || poses(c))
            && word.chars().any(poses);
        for c in word.chars() {
            let shown = if posed && poses(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() };
            units += shown.encode_utf16().count();
            if units > cap {
                out.push_str(CUT);
                return out;
            }
            out.push_str(&shown);
        }
    }
    if was_cut {
        out.push_str(CUT);
    }
    out
}

/// A letter that a reader takes for an ASCII letter or digit (Unicode Technical Standard 39, skeletons). Full-width
/// forms are wide enough to be seen.
fn poses(c: char) -> bool {
    let seen = c.is_ascii() || !c.is_alphanumeric() || ('\u{ff01}'..='\u{ff5e}').contains(&c);
    !seen && {
        let mut buffer = [0; 4];
        skeleton(c.encode_utf8(&mut buffer)).all(|like| like.is_ascii_alphanumeric())
    }
}

fn line(text: &str, cap: usize) -> String {
    let (mut out, mut units, mut marks, mut gap) = (String::new(), 0, 0, false);
    for c in text.chars() {
        match sort(c) {
            Sort::Drop => continue,
            Sort::Space => {
                gap = !out.is_empty();
                continue;
            }
            Sort::Mark if marks == MARKS => continue,
            Sort::Mark => marks += 1,
            Sort::Keep => marks = 0,
        }
        let c = if c == '`' { '\'' } else { c };
        let more = c.len_utf16() + usize::from(gap);
        if units + more > cap {
            out.push_str(CUT);
            return out;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
        units += more;
    }
    out
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && MARK.contains(&get_general_category(c))
}

enum Sort {
    Keep,
    Mark,
    Space,
    Drop,
}

fn sort(c: char) -> Sort {
    use GeneralCategory as G;
    // Nearly every character: looking a category up is dear.
    if c.is_ascii_graphic() {
        return Sort::Keep;
    }
    // Letters by category, yet invisible: Hangul fillers, and the empty braille cell. Marks that paint nothing: the
    // grapheme joiner and variation selectors.
    let selector = ('\u{fe00}'..='\u{fe0f}').contains(&c) || ('\u{e0100}'..='\u{e01ef}').contains(&c);
    if selector
        || ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{2800}', '\u{34f}'].contains(&c)
        || ('\u{180b}'..='\u{180f}').contains(&c)
    {
        return Sort::Drop;
    }
    if ['\n', '\r', '\t', '\u{b}', '\u{c}', '\u{85}'].contains(&c) {
        return Sort::Space;
    }
    let category = get_general_category(c);
    let is = |some: &[G]| some.contains(&category);
    if is(&[G::SpaceSeparator, G::LineSeparator, G::ParagraphSeparator]) {
        Sort::Space
    } else if is(&[G::Control, G::Format, G::PrivateUse, G::Surrogate, G::Unassigned]) {
        Sort::Drop
    } else if MARK.contains(&category) {
        Sort::Mark
    } else {
        Sort::Keep
    }
}

/// Cuts a finished mrkdwn text to a limit of Slack's, in UTF-16 units: never inside an entity, a link or a mention.
pub fn fit(text: &str, limit: usize) -> String {
    let Some(mut kept) = head(text, limit) else { return text.to_owned() };
    for (open, close) in [('<', '>'), ('&', ';')] {
        if let Some(at) = kept.rfind(open)
            && !kept.get(at..).unwrap_or_default().contains(close)
        {
            kept = kept.get(..at).unwrap_or_default();
        }
    }
    format!("{kept}…")
}

/// The same for `plain_text`, where `<` and `&` are letters like others: a value must not be able to hide what
/// stands behind it.
pub fn fit_plain(text: &str, limit: usize) -> String {
    head(text, limit).map_or_else(|| text.to_owned(), |kept| format!("{kept}…"))
}

/// What is left of a text that is too long, with room for the dots; `None` when it fits.
fn head(text: &str, limit: usize) -> Option<&str> {
    if text.encode_utf16().count() <= limit {
        return None;
    }
    let mut units = 1;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > limit {
            break;
        }
        end = at + c.len_utf8();
    }
    text.get(..end)
}
