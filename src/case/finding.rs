//! What GuardDuty reported, cut down to what we decide on and show.
//! Never here: wire formats (they live in `aws/decode`), or opinions about the finding.

use super::principal::{AccountId, Partition, Principal, PrincipalKind, Region};
use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One finding in one version. Strings marked *untrusted* are written by whoever acted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// GuardDuty's id; 32 hex digits in AWS-made bodies, but anything non-empty is accepted.
    pub id: String,
    /// Such as `UnauthorizedAccess:IAMUser/MaliciousIPCaller`; retired names already mapped.
    pub kind: String,
    pub account: AccountId,
    pub region: Region,
    pub partition: Partition,
    /// 1.0 to 10.0.
    pub severity: f64,
    pub title: String,
    pub description: String,
    /// Orders the versions of one finding.
    pub updated_at: Timestamp,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub count: u64,
    pub sample: bool,
    pub archived: bool,
    pub form: Form,
    pub principal: Principal,
    pub resource: Option<Resource>,
    pub activity: Activity,
}

impl Finding {
    /// The account in which who acted can be looked up: a stranger's, or a stranger's root's, is none of ours to
    /// enter, and what they touched lies in the finding's own.
    pub fn home(&self) -> &AccountId {
        let theirs = [PrincipalKind::Account, PrincipalKind::Root].contains(&self.principal.kind);
        self.principal.account.as_ref().filter(|_| !theirs).unwrap_or(&self.account)
    }

    /// The time the activity is judged by: last seen, else the update.
    pub fn seen_at(&self) -> Timestamp {
        self.last_seen.unwrap_or(self.updated_at)
    }

    /// 7.0 and above: one person's "it was me" does not close it.
    pub fn is_high(&self) -> bool {
        self.severity >= 7.0
    }

    /// The body as GuardDuty's own copy has it: whoever can write to the queue could have made it say more, or
    /// less. The second value tells that the body claims to be newer than what GuardDuty knows.
    pub fn corrected_by(self, theirs: Option<Self>) -> (Self, bool) {
        let Some(theirs) = theirs else { return (self, false) };
        let unique_id = self.principal.unique_id.clone().or_else(|| theirs.principal.unique_id.clone());
        if theirs.updated_at < self.updated_at {
            let principal = Principal { unique_id, ..self.principal };
            // Nor does it come to be newer by claiming so.
            return (Self { principal, updated_at: theirs.updated_at, ..self }, true);
        }
        let (ours, t) = (self.activity, theirs.activity);
        let activity = Activity {
            api: t.api.or(ours.api),
            service: t.service.or(ours.service),
            error_code: t.error_code.or(ours.error_code),
            user_agent: t.user_agent.or(ours.user_agent),
            ip: t.ip.or(ours.ip),
            domain: t.domain.or(ours.domain),
            city: t.city.or(ours.city),
            country: t.country.or(ours.country),
            asn: t.asn.or(ours.asn),
            asn_org: t.asn_org.or(ours.asn_org),
            remote_account: t.remote_account.or(ours.remote_account),
            affiliated: t.affiliated.or(ours.affiliated),
            role: t.role.or(ours.role),
            unusual: if t.unusual.is_empty() { ours.unusual } else { t.unusual },
        };
        let access_key = theirs.principal.access_key.or(self.principal.access_key);
        let session = theirs.principal.session.or(self.principal.session);
        let principal = Principal { unique_id, access_key, session, ..self.principal };
        let resource = theirs.resource.or(self.resource);
        let severity = theirs.severity.max(self.severity);
        (Self { form: self.form, principal, resource, activity, severity, ..theirs }, false)
    }

    /// The keys under which its case is found: its own, and the one that a body without the unique id would have.
    pub fn group_keys(&self) -> Vec<GroupKey> {
        let nameless =
            Self { principal: Principal { unique_id: None, ..self.principal.clone() }, ..self.clone() };
        let mut keys = vec![self.group_key(), nameless.group_key()];
        keys.dedup();
        keys
    }

    /// The key that a body would have which names nobody.
    pub fn resource_key(&self) -> Option<GroupKey> {
        Some(GroupKey::new(&self.account, &["resource", self.resource.as_ref()?.label()], ""))
    }

    /// One case per account and principal, or per resource when nobody is named (interface.md, grouping).
    pub fn group_key(&self) -> GroupKey {
        use super::principal::PrincipalKind::{Account, Actors, Anonymous, None as Nobody, Service, Unknown};
        let p = &self.principal;
        let account = p.account.as_ref().unwrap_or(&self.account);
        let named =
            !p.name.is_empty() && ![Anonymous, Account, Actors, Nobody, Service, Unknown].contains(&p.kind);
        let who = if named {
            let session = p.session.as_deref().filter(|_| p.is_role());
            vec![p.kind.as_str(), p.name.as_str(), session.unwrap_or("")]
        } else if let Some(resource) = &self.resource {
            vec!["resource", resource.label()]
        } else {
            vec!["finding", self.kind.as_str()]
        };
        // A re-created user under the same name is another user (facts/aws.md 2.1).
        let unique = p.unique_id.as_deref().filter(|_| named).unwrap_or("");
        GroupKey::new(account, &who, unique)
    }
}

/// What makes findings one case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupKey(String);

impl GroupKey {
    fn new(account: &AccountId, who: &[&str], unique: &str) -> Self {
        // Lengths in front keep two different lists from meeting in one text.
        let parts: Vec<String> = who.iter().chain([&unique]).map(|s| format!("{}:{s}", s.len())).collect();
        Self(format!("{account}/{}", parts.join("/")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the body was wrapped when it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    Eventbridge,
    Sns,
    RawCamel,
    RawPascal,
    Asff,
    /// Read from GuardDuty itself, to close a gap.
    Backfill,
}

impl Form {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eventbridge => "eventbridge",
            Self::Sns => "sns",
            Self::RawCamel => "raw-camel",
            Self::RawPascal => "raw-pascal",
            Self::Asff => "asff",
            Self::Backfill => "backfill",
        }
    }
}

/// What was acted on, when it is not just the credential itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Resource {
    Instance {
        id: String,
        arn: String,
    },
    /// `all` says more about each bucket that the finding names, this one included.
    Bucket {
        name: String,
        arn: String,
        #[serde(default)]
        all: Vec<BucketNote>,
    },
    Other {
        kind: String,
        arn: Option<String>,
    },
}

/// What GuardDuty says about one of the buckets of a finding. Its words are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketNote {
    pub name: String,
    pub arn: String,
    /// `SOURCE` or `DESTINATION` of what was done.
    pub side: Option<String>,
    /// `PUBLIC` or `NOT_PUBLIC`, when the finding was made.
    pub permission: Option<String>,
}

impl Resource {
    /// Names of the buckets, each once.
    pub fn buckets(&self) -> Vec<&str> {
        match self {
            Self::Bucket { name, all, .. } => {
                let mut names = vec![name.as_str()];
                for note in all {
                    if !names.contains(&note.name.as_str()) {
                        names.push(&note.name);
                    }
                }
                names
            }
            Self::Instance { .. } | Self::Other { .. } => vec![],
        }
    }

    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Instance { arn, .. } | Self::Bucket { arn, .. } => Some(arn),
            Self::Other { arn, .. } => arn.as_deref(),
        }
    }

    /// The ARN, else the kind: what identifies it among the findings of one account.
    pub fn label(&self) -> &str {
        match self {
            Self::Instance { arn, .. } | Self::Bucket { arn, .. } => arn,
            Self::Other { arn, kind } => arn.as_deref().unwrap_or(kind),
        }
    }
}

/// What was done, from where. Every string is untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub api: Option<String>,
    pub service: Option<String>,
    /// Present when the call failed, such as `AccessDenied`.
    pub error_code: Option<String>,
    pub user_agent: Option<String>,
    pub ip: Option<IpAddr>,
    pub domain: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub asn: Option<String>,
    pub asn_org: Option<String>,
    pub remote_account: Option<String>,
    /// `Some(false)` when GuardDuty says the remote account is not one of ours.
    pub affiliated: Option<bool>,
    /// `ACTOR` or `TARGET` for instances.
    pub role: Option<String>,
    /// What GuardDuty never saw of this identity before; a few.
    #[serde(default)]
    pub unusual: Vec<Unusual>,
}

/// Something new about an identity, as GuardDuty words it. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unusual {
    pub kind: UnusualKind,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnusualKind {
    Api,
    /// An autonomous system.
    Network,
    /// A user agent, or its category.
    Client,
    Bucket,
}

/// What a message, or a vouching, has named: anything outside it reopens the question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub networks: BTreeSet<String>,
    pub countries: BTreeSet<String>,
    pub apis: BTreeSet<String>,
}

impl Facts {
    pub fn of(finding: &Finding, known: &[IpNet]) -> Self {
        let a = &finding.activity;
        let network = a.ip.map(|ip| network(ip, known)).or_else(|| a.domain.clone());
        Self {
            networks: network.into_iter().collect(),
            countries: a.country.clone().into_iter().collect(),
            apis: a.api.clone().into_iter().collect(),
        }
    }

    pub fn covers(&self, other: &Self) -> bool {
        other.networks.is_subset(&self.networks)
            && other.countries.is_subset(&self.countries)
            && other.apis.is_subset(&self.apis)
    }

    pub fn absorb(&mut self, other: &Self) {
        self.networks.extend(other.networks.iter().cloned());
        self.countries.extend(other.countries.iter().cloned());
        self.apis.extend(other.apis.iter().cloned());
    }
}

/// The network an address counts as: an entry of `known_networks`, else its /24 or /48.
pub fn network(ip: IpAddr, known: &[IpNet]) -> String {
    if let Some(ours) = known.iter().find(|net| net.contains(&ip)) {
        return ours.to_string();
    }
    let length = if ip.is_ipv4() { 24 } else { 48 };
    IpNet::new(ip, length).map_or_else(|_| ip.to_string(), |net| net.trunc().to_string())
}
