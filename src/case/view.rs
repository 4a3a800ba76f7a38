//! The views that messages give of a case, made from the case alone.
//! Never here: words or markup.
