//! Japanese, as one engineer on call writes to another: polite, short, the fact before the question.
//! Slack marks text up only between spaces: `*`, code spans and the values we set in stand apart from the words.
//! Never here: markup beyond what a sentence needs.

mod bucket;
mod card;
mod evidence;
mod guidance;
mod instance;
mod note;
mod nouns;
mod prompt;
mod trial;

use super::Words;

pub(super) struct Ja;

impl Words for Ja {}
