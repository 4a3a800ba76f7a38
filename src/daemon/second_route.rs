//! Joins the alarm of a case, the sentence for it, and the way it goes.
//! Never here: the sentence (`slack/texts`), or the wire (`pager`).

use crate::case::alarm::{Alarm, Signal};
use crate::config::Language;
use crate::pager;
use crate::ports::{Fault, Pager};
use crate::slack::blocks::page;
use crate::slack::texts::Lang;
use secrecy::SecretString;
use std::sync::Arc;

/// What the engine calls. Whoever is on call reads the language of the responders' channel.
pub(super) fn open(webhook: &SecretString, language: Language) -> Result<Pager, Fault> {
    let pager = Arc::new(pager::Pager::new(webhook)?);
    let lang = Lang::choose(language, "");
    Ok(Arc::new(move |alarm: Alarm| {
        let pager = pager.clone();
        Box::pin(async move {
            let summary = match &alarm.signal {
                Signal::Raise { facts } => page(lang, &alarm.case, facts),
                Signal::End => String::new(),
            };
            pager.send(&alarm, &summary).await
        })
    }))
}
