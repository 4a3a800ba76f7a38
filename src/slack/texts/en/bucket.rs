//! What is said about buckets in English.
//! Never here: layout.

use super::En;
use crate::case::evidence::BucketFact;
use crate::slack::texts::bucket::{BucketWords, Sharing};

impl BucketWords for En {
    fn bucket(&self, name: &str, region: Option<&str>, facts: &str) -> String {
        match region {
            Some(region) => format!("*Bucket* {name} in {region}: {facts}"),
            None => format!("*Bucket* {name}: {facts}"),
        }
    }

    fn bucket_fact(&self, fact: &BucketFact) -> String {
        match fact {
            BucketFact::PublicByPolicy => "*open to everybody by its policy*".to_owned(),
            BucketFact::PublicByAcl(given) => {
                format!("*open to everybody by its ACL* ({})", given.join(", "))
            }
            BucketFact::PublicButBlocked => {
                "would be public, but Block Public Access keeps it closed".to_owned()
            }
            BucketFact::NotPublic => "not public".to_owned(),
            BucketFact::OtherAccounts(names) => format!("other accounts use it: {}", names.join(", ")),
            BucketFact::CloudFront => {
                "CloudFront reads it under its own identity and goes on doing so".to_owned()
            }
            BucketFact::Site => "a static website is served from it".to_owned(),
            BucketFact::Origins(names) => format!("web pages of {} may use it", names.join(", ")),
            BucketFact::AccessPoints(names) => format!("access points: {}", names.join(", ")),
            BucketFact::Endpoints(names) => format!("its policy names VPC endpoints: {}", names.join(", ")),
            BucketFact::LogDelivery => "S3 writes access logs of other buckets to it".to_owned(),
            BucketFact::NotLogged => "no access logging".to_owned(),
            BucketFact::NotVersioned => "no versioning: what was overwritten or deleted is gone".to_owned(),
            BucketFact::DataClass(class) => format!("its tags call the data {class}"),
        }
    }

    fn breaks_here(&self, remedy: &str, facts: &str) -> String {
        format!("{remedy}, here: {facts}")
    }

    fn sharing(&self, about: &Sharing) -> Vec<String> {
        let bucket = &about.bucket;
        let mut lines = vec![format!("*If others need {bucket}, they need no public access for it:*")];
        if let Some(class) = &about.data_class {
            lines.push(format!("Its tags call the data {class}. Macie can say what really lies in it."));
        }
        let now =
            about.others.as_ref().map(|others| format!(" It lets in {others} now.")).unwrap_or_default();
        lines.push(format!("Name in its policy who may read it, and nobody else.{now}"));
        let ends = about.endpoints.as_ref().map(|e| format!(" It names {e} now.")).unwrap_or_default();
        lines.push(format!(
            "To hold it to a VPC endpoint, add this statement with your endpoint's id. It locks out the console, vouch \
             and everybody else.{ends}\n{}",
            about.statement
        ));
        let life = match about.signed_hours {
            Some(hours) => format!(
                " A link signed with the credential of this finding can work for {hours} hours; stopping that \
                 credential ends it."
            ),
            None => String::new(),
        };
        lines.push(format!(
            "For single objects and a short time, pre-signed links: at most 6 hours when an instance signs, 36 hours \
             with temporary credentials, 7 days with a user's key.{life}"
        ));
        let points = about.points.as_ref().map(|p| format!(" It has {p} now.")).unwrap_or_default();
        lines.push(format!("For data that many share inside private networks, access points.{points}"));
        lines.push(match about.acls_disabled {
            Some(true) => "ACLs mean nothing on this bucket, and that is well: use its policy for other accounts.".to_owned(),
            Some(false) | None => {
                "Other AWS accounts can be let in by ACL with their canonical ids; a policy says the same and is \
                 easier to read."
                    .to_owned()
            }
        });
        lines.push(format!("AWS's advice: {}", about.link));
        lines
    }
}
