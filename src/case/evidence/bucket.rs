//! What we looked up about a bucket: how it is exposed and to whom, and what each remedy would break there.
//! Never here: how it was looked up, or words.

use crate::case::remedy::{AccessBlock, Remedy};
use serde::{Deserialize, Serialize};

/// Read-only facts about one bucket. `None` is what could not be read, or is not set; the gaps say which. Names,
/// origins and tags are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEvidence {
    pub name: String,
    pub region: Option<String>,
    /// Block Public Access of the bucket, and of the account above it.
    pub block: Option<AccessBlock>,
    pub account_block: Option<AccessBlock>,
    pub policy: Option<PolicyFact>,
    pub acl: Option<AclFact>,
    /// Sites whose pages may use it.
    pub cors: Option<Vec<String>>,
    /// A static website is served from it.
    pub site: bool,
    pub access_points: Vec<String>,
    /// Server access logging is on.
    pub logged: Option<bool>,
    pub versioned: Option<bool>,
    pub tags: Vec<(String, String)>,
}

/// What the bucket's policy says, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFact {
    /// By S3's own verdict, or by ours where S3 gives none.
    pub public: bool,
    /// Other accounts, and identities of theirs, that are let in.
    pub others: Vec<String>,
    /// CloudFront reads it under an identity of its own, and so needs no public access.
    pub cloudfront: bool,
    /// VPC endpoints that the policy speaks of.
    pub endpoints: Vec<String>,
}

/// Whom the ACL lets in beside the owner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclFact {
    /// Object Ownership makes it mean nothing.
    pub disabled: bool,
    /// Permissions of everybody, or of everybody with any AWS account.
    pub everybody: Vec<String>,
    /// Canonical ids of other accounts.
    pub others: Vec<String>,
    /// S3 writes access logs of other buckets here.
    pub logs: bool,
}

/// One thing worth saying about a bucket; `Text` is what another has written, or the same made safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", content = "what", rename_all = "kebab-case")]
pub enum BucketFact {
    PublicByPolicy,
    /// The permissions given.
    PublicByAcl(Vec<String>),
    /// A policy or an ACL would make it public, and Block Public Access keeps it from that.
    PublicButBlocked,
    NotPublic,
    OtherAccounts(Vec<String>),
    CloudFront,
    Site,
    Origins(Vec<String>),
    AccessPoints(Vec<String>),
    Endpoints(Vec<String>),
    LogDelivery,
    /// Reads of objects leave no trace in access logs.
    NotLogged,
    NotVersioned,
    DataClass(String),
}

impl BucketFact {
    /// The same with every text passed through `safe`.
    pub fn map(&self, safe: impl Fn(&str) -> String) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| safe(text)).collect();
        match self {
            Self::PublicByAcl(texts) => Self::PublicByAcl(all(texts)),
            Self::OtherAccounts(texts) => Self::OtherAccounts(all(texts)),
            Self::Origins(texts) => Self::Origins(all(texts)),
            Self::AccessPoints(texts) => Self::AccessPoints(all(texts)),
            Self::Endpoints(texts) => Self::Endpoints(all(texts)),
            Self::DataClass(text) => Self::DataClass(safe(text)),
            Self::PublicByPolicy
            | Self::PublicButBlocked
            | Self::NotPublic
            | Self::CloudFront
            | Self::Site
            | Self::LogDelivery
            | Self::NotLogged
            | Self::NotVersioned => self.clone(),
        }
    }
}

impl BucketEvidence {
    /// Everything worth saying, the most telling first.
    pub fn facts(&self) -> Vec<BucketFact> {
        let mut facts = self.exposure();
        facts.extend(self.data_class().map(|class| BucketFact::DataClass(class.to_owned())));
        facts.extend(self.site.then_some(BucketFact::Site));
        facts.extend(list(BucketFact::OtherAccounts, self.others()));
        facts.extend(list(BucketFact::Origins, self.cors.clone().unwrap_or_default()));
        facts.extend(list(BucketFact::AccessPoints, self.access_points.clone()));
        facts.extend((self.logged == Some(false)).then_some(BucketFact::NotLogged));
        facts.extend((self.versioned == Some(false)).then_some(BucketFact::NotVersioned));
        facts
    }

    /// What a remedy would break here, as far as we know.
    pub fn breaks(&self, remedy: Remedy) -> Vec<BucketFact> {
        let mut facts = vec![];
        let policy = self.policy.clone().unwrap_or_default();
        let acl = self.acl.clone().unwrap_or_default();
        if [Remedy::BlockBucketPublicAccess, Remedy::BlockAccountPublicAccess].contains(&remedy) {
            facts.extend(self.site.then_some(BucketFact::Site));
            if policy.public {
                // Other accounts lose what a public policy gives them too (S3 User Guide, RestrictPublicBuckets).
                facts.extend(list(BucketFact::OtherAccounts, policy.others.clone()));
            }
            facts.extend(policy.cloudfront.then_some(BucketFact::CloudFront));
        } else if remedy == Remedy::MakeAclPrivate {
            facts.extend(list(BucketFact::OtherAccounts, acl.others.clone()));
            facts.extend(acl.logs.then_some(BucketFact::LogDelivery));
        } else if remedy == Remedy::RemoveCors {
            facts.extend(list(BucketFact::Origins, self.cors.clone().unwrap_or_default()));
        }
        facts
    }

    /// Whether the remedy would find nothing to change: there is no use in offering it.
    pub fn is_moot(&self, remedy: Remedy) -> bool {
        if remedy == Remedy::MakeAclPrivate {
            self.acl.as_ref().is_some_and(|acl| acl.disabled)
        } else if remedy == Remedy::BlockBucketPublicAccess {
            self.block == Some(AccessBlock::ALL)
        } else if remedy == Remedy::BlockAccountPublicAccess {
            self.account_block == Some(AccessBlock::ALL)
        } else {
            remedy == Remedy::RemoveCors && self.cors.as_ref().is_some_and(Vec::is_empty)
        }
    }

    fn exposure(&self) -> Vec<BucketFact> {
        let on = |setting: fn(AccessBlock) -> bool| {
            self.block.is_some_and(setting) || self.account_block.is_some_and(setting)
        };
        let policy = self.policy.as_ref().is_some_and(|policy| policy.public);
        let given = self.acl.as_ref().filter(|acl| !acl.disabled).map(|acl| acl.everybody.clone());
        let given = given.unwrap_or_default();
        let mut facts = vec![];
        facts.extend((policy && !on(|b| b.restrict)).then_some(BucketFact::PublicByPolicy));
        if !given.is_empty() && !on(|b| b.ignore_acls) {
            facts.push(BucketFact::PublicByAcl(given.clone()));
        }
        if facts.is_empty() && (policy || !given.is_empty()) {
            facts.push(BucketFact::PublicButBlocked);
        }
        // Only what was read says that nobody gets in.
        if facts.is_empty() && self.policy.is_some() && self.acl.is_some() {
            facts.push(BucketFact::NotPublic);
        }
        facts
    }

    fn others(&self) -> Vec<String> {
        let by_policy = self.policy.iter().flat_map(|policy| policy.others.iter());
        let by_acl = self.acl.iter().filter(|acl| !acl.disabled).flat_map(|acl| acl.others.iter());
        by_policy.chain(by_acl).cloned().collect()
    }

    /// By the tag that says what kind of data it holds (mission S-23).
    pub fn data_class(&self) -> Option<&str> {
        let named = |key: &str| {
            let plain: String = key.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
            ["dataclass", "dataclassification", "classification"].contains(&plain.as_str())
        };
        self.tags.iter().find(|(key, _)| named(key)).map(|(_, value)| value.as_str())
    }
}

fn list(fact: fn(Vec<String>) -> BucketFact, texts: Vec<String>) -> Option<BucketFact> {
    (!texts.is_empty()).then(|| fact(texts))
}

/// A bucket as the card shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketView {
    pub name: String,
    pub region: Option<String>,
    pub facts: Vec<BucketFact>,
    /// What each remedy on offer would break here; only where there is something to say.
    pub breaks: Vec<(Remedy, Vec<BucketFact>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> BucketEvidence {
        BucketEvidence {
            policy: Some(PolicyFact {
                public: true,
                others: vec!["210987654321".into()],
                ..PolicyFact::default()
            }),
            acl: Some(AclFact { everybody: vec!["READ".into()], ..AclFact::default() }),
            ..BucketEvidence::default()
        }
    }

    #[test]
    fn a_block_decides_whether_it_is_public() {
        let mut bucket = public();
        let acl = BucketFact::PublicByAcl(vec!["READ".into()]);
        assert_eq!(bucket.exposure(), [BucketFact::PublicByPolicy, acl.clone()]);
        bucket.account_block = Some(AccessBlock { restrict: true, ..AccessBlock::default() });
        assert_eq!(bucket.exposure(), [acl]);
        bucket.block = Some(AccessBlock::ALL);
        assert_eq!(bucket.exposure(), [BucketFact::PublicButBlocked]);
        bucket = BucketEvidence { policy: Some(PolicyFact::default()), ..BucketEvidence::default() };
        assert_eq!(bucket.exposure(), [], "the ACL was not read");
        bucket.acl = Some(AclFact { disabled: true, ..AclFact::default() });
        assert_eq!(bucket.exposure(), [BucketFact::NotPublic]);
    }

    #[test]
    fn each_remedy_breaks_what_it_takes_away() {
        let mut bucket = BucketEvidence { site: true, cors: Some(vec!["*".into()]), ..public() };
        let others = BucketFact::OtherAccounts(vec!["210987654321".into()]);
        let block = Remedy::BlockBucketPublicAccess;
        assert_eq!(bucket.breaks(block), [BucketFact::Site, others]);
        bucket.policy.as_mut().unwrap().public = false;
        assert_eq!(bucket.breaks(block), [BucketFact::Site], "a grant to one account is not public");
        assert_eq!(bucket.breaks(Remedy::RemoveCors), [BucketFact::Origins(vec!["*".into()])]);
        assert_eq!(bucket.breaks(Remedy::MakeAclPrivate), []);
    }

    #[test]
    fn a_tag_may_say_what_it_holds() {
        let tag = |key: &str| BucketEvidence { tags: vec![(key.into(), "personal".into())], ..public() };
        assert_eq!(tag("data-class").data_class(), Some("personal"));
        assert_eq!(tag("DataClassification").data_class(), Some("personal"));
        assert_eq!(tag("class").data_class(), None);
    }
}
