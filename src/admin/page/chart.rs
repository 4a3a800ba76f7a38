//! Charts as inline SVG: drawn with classes and attributes only, so that the strict policy lets them be.
//! Each says in words what it shows. Never here: counting (`figures`).

use super::figures::{Answers, BARS, Times};
use super::html::{Html, duration};
use std::fmt::Write;

const WIDTH: u64 = 420;
const HEIGHT: u64 = 150;
/// Room for the labels below and the numbers above the bars.
const BELOW: u64 = 22;
const ABOVE: u64 = 18;

/// How many took how long.
pub(super) fn times(html: &mut Html, title: &'static str, times: &Times) {
    html.raw("<figure><figcaption>").raw(title).raw("</figcaption>");
    let (Some(median), Some(ninth)) = (times.median, times.ninth) else {
        html.raw("<p class=\"soft\">Nothing to count yet.</p></figure>");
        return;
    };
    html.raw("<p class=\"soft\">Half within ").text(&duration(median)).raw(", nine of ten within ");
    html.text(&duration(ninth)).raw("; ").text(&times.count.to_string()).raw(" counted.</p>");
    let mut told = format!("{title}:");
    for (bar, (_, label)) in times.bars.iter().zip(BARS) {
        let _ = write!(told, " up to {label}: {bar};");
    }
    html.raw("<svg role=\"img\" viewBox=\"0 0 420 150\" aria-label=\"").text(&told).raw("\">");
    let most = times.bars.iter().copied().max().unwrap_or_default().max(1);
    let step = WIDTH / BARS.len() as u64;
    for (n, (bar, (_, label))) in times.bars.iter().zip(BARS).enumerate() {
        let height = (bar * (HEIGHT - BELOW - ABOVE)).div_ceil(most);
        let (left, top) = (n as u64 * step, HEIGHT - BELOW - height);
        let middle = (left + step / 2).to_string();
        if height > 0 {
            html.raw("<rect class=\"bar\" rx=\"3\" x=\"").text(&(left + 6).to_string()).raw("\" y=\"");
            html.text(&top.to_string()).raw("\" width=\"").text(&(step - 12).to_string());
            html.raw("\" height=\"").text(&height.to_string()).raw("\"/>");
            label_at(html, &middle, top - 5, &bar.to_string());
        }
        label_at(html, &middle, HEIGHT - 6, label);
    }
    html.raw("</svg></figure>");
}

fn label_at(html: &mut Html, x: &str, y: u64, label: &str) {
    html.raw("<text text-anchor=\"middle\" x=\"").text(x).raw("\" y=\"").text(&y.to_string());
    html.raw("\">").text(label).raw("</text>");
}

/// The answers about one type, as parts of a bar. Beside it stand the numbers, so it is not read out.
pub(super) fn shares(html: &mut Html, answers: &Answers, most: u64) {
    const LONG: u64 = 200;
    html.raw(
        "<svg class=\"shares\" aria-hidden=\"true\" viewBox=\"0 0 200 14\" preserveAspectRatio=\"none\">",
    );
    let mut left = 0;
    for (class, part) in [
        ("not-mine", answers.not_mine),
        ("partial", answers.partial),
        ("mine", answers.mine),
        ("unsure", answers.unsure),
        ("none", answers.none),
    ] {
        let wide = part * LONG / most.max(1);
        if wide > 0 {
            html.raw("<rect class=\"")
                .raw(class)
                .raw("\" y=\"0\" height=\"14\" x=\"")
                .text(&left.to_string());
            html.raw("\" width=\"").text(&wide.to_string()).raw("\"/>");
        }
        left += wide;
    }
    html.raw("</svg>");
}
