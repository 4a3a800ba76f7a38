//! Writing HTML in which only our own constants are markup: every other text is escaped on its way in.
//! Never here: what a page says.

use jiff::{SignedDuration, Timestamp};

/// A page under construction.
pub(super) struct Html(String);

impl Html {
    /// The head of a page, up to the beginning of `main`.
    pub(super) fn page(title: &str) -> Self {
        let mut html = Self(String::with_capacity(16 * 1024));
        html.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>").text(title);
        html.raw(
            "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
             <link rel=\"stylesheet\" href=\"/page.css\"></head><body>\
             <a class=\"skip\" href=\"#main\">Skip to the content</a>\
             <header><a class=\"home\" href=\"/\">vouch</a><nav aria-label=\"Data\">\
             <a href=\"/v1/cases\">Cases as JSON</a> <a href=\"/v1/audit\">Audit as JSON lines</a> \
             <a href=\"/metrics\">Metrics</a></nav></header><main id=\"main\">",
        );
        html
    }

    /// Markup, which therefore can only be a constant of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, or the value of an attribute between double quotes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Marks that turn the reading direction could make one text look like another.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.0.push('\u{fffd}'),
                letter => self.0.push(letter),
            }
        }
        self
    }

    /// A term and what it is, unless there is nothing to say.
    pub(super) fn fact(&mut self, term: &'static str, text: &str) -> &mut Self {
        if text.is_empty() {
            return self;
        }
        self.raw("<div><dt>").raw(term).raw("</dt><dd>").text(text).raw("</dd></div>")
    }

    /// A moment, to the second.
    pub(super) fn moment(&mut self, at: Timestamp) -> &mut Self {
        let machine = at.to_string();
        self.raw("<time datetime=\"").text(&machine).raw("\">").text(&clock(at)).raw("</time>")
    }

    /// The end of the page.
    pub(super) fn end(mut self, now: Timestamp) -> String {
        self.raw("</main><footer>As of ").moment(now).raw("</footer></body></html>");
        self.0
    }
}

/// `2026-01-01 12:00:00 UTC`.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Two units at most, such as `3h 12m`.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    duration(to.duration_since(from))
}

/// The same for a length of time; what is negative counts as nothing.
pub(super) fn duration(length: SignedDuration) -> String {
    let seconds = length.max(SignedDuration::ZERO).as_secs();
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

/// `awaiting_approval` and `reply-accepted` as people write them.
pub(super) fn words(name: &str) -> String {
    name.replace(['_', '-'], " ")
}
