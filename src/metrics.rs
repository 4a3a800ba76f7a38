//! All metrics; labels are closed enums.
//! Never here: measuring; each room counts what it does.
