//! English. Plain words, short sentences, the fact before the question; never a threat, never a joke.
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

pub(super) struct En;

impl Words for En {}
