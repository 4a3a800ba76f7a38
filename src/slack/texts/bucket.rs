//! What is said about buckets, by language.
//! Never here: layout, or escaping; every text handed in is escaped already.

use crate::case::evidence::BucketFact;

/// A bucket's facts, what a remedy would break there, and how else it can be shared.
pub trait BucketWords {
    /// The bucket and what is known of it, a line.
    fn bucket(&self, name: &str, region: Option<&str>, facts: &str) -> String;
    /// A clause.
    fn bucket_fact(&self, fact: &BucketFact) -> String;
    /// What a remedy breaks on this bucket, a line.
    fn breaks_here(&self, remedy: &str, facts: &str) -> String;
    /// Ways to share a bucket that need no public access, a line each.
    fn sharing(&self, about: &Sharing) -> Vec<String>;
}

/// One bucket, its values escaped.
pub struct Sharing {
    pub bucket: String,
    pub others: Option<String>,
    pub endpoints: Option<String>,
    /// The statement that lets in nothing but one VPC endpoint, to be filled in.
    pub statement: String,
    /// How long a pre-signed link of the credential in question lives at most.
    pub signed_hours: Option<u16>,
    pub points: Option<String>,
    pub acls_disabled: Option<bool>,
    pub data_class: Option<String>,
    /// AWS's own advice.
    pub link: String,
}
