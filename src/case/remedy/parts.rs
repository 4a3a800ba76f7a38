//! What stands behind a remedy's name for one finding: bundles opened, in the order they are carried out.
//! Never here: whether it is allowed, or built.

use super::{Family, Remedy};
use crate::case::evidence::InstanceEvidence;
use crate::case::finding::{Finding, Resource};
use crate::case::guard::Profile;
use crate::case::principal::{KeyKind, PrincipalKind};
use std::collections::BTreeSet;

/// Empty means that the remedy does not fit what this finding is about (interface.md, bundles).
pub fn parts(remedy: Remedy, finding: &Finding, profile: Profile) -> Vec<Remedy> {
    parts_knowing(remedy, finding, profile, None)
}

/// The same with what was looked up about an instance: findings about one seldom name the role it acts with, and those
/// about a role's session do not always name the instance it was stolen from (S-5).
pub fn parts_knowing(
    remedy: Remedy,
    finding: &Finding,
    profile: Profile,
    instance: Option<&InstanceEvidence>,
) -> Vec<Remedy> {
    let mut about = About::of(finding, profile);
    if let Some(known) = instance.filter(|known| known.is_meant(finding)) {
        about.instance = true;
        if finding.principal.kind == PrincipalKind::None && known.role.is_some() {
            // The sessions of an instance's role bear its id.
            (about.role, about.session) = (true, true);
        }
    }
    about.opened(remedy)
}

/// Every part that may stand behind the name under this profile, whatever the finding is about.
pub fn possible(remedy: Remedy, profile: Profile) -> BTreeSet<Remedy> {
    let none = About { surgical: profile == Profile::Surgical, ..About::default() };
    let all = [
        About { user: true, long_term: true, ..none },
        About { user: true, ..none },
        About { role: true, session: true, instance: true, ..none },
        About { bucket: true, storage: true, named: true, ..none },
    ];
    all.iter().flat_map(|about| about.opened(remedy)).collect()
}

/// What of a finding decides which remedies fit.
#[derive(Clone, Copy, Default)]
struct About {
    user: bool,
    long_term: bool,
    /// A role that we may change: neither service-linked nor from Identity Center.
    role: bool,
    /// The finding names the session: without its name nothing can be said of it alone.
    session: bool,
    instance: bool,
    bucket: bool,
    /// S3 of the account as a whole, which a finding may be about without naming a bucket.
    storage: bool,
    /// Somebody whom a bucket's policy can keep out without keeping out everybody, or AWS itself.
    named: bool,
    surgical: bool,
}

impl About {
    fn of(finding: &Finding, profile: Profile) -> Self {
        let p = &finding.principal;
        let user = p.kind == PrincipalKind::IamUser;
        let (instance, bucket) = match &finding.resource {
            Some(Resource::Instance { .. }) => (true, false),
            Some(Resource::Bucket { .. }) => (false, true),
            Some(Resource::Other { .. }) | None => (false, false),
        };
        Self {
            user,
            long_term: user && p.access_key.as_ref().is_some_and(|k| k.kind() == KeyKind::LongTerm),
            role: p.is_changeable_role(),
            session: p.is_changeable_role() && p.session.is_some(),
            instance,
            bucket,
            storage: bucket || finding.kind.contains(":S3/"),
            named: is_named(finding),
            surgical: profile == Profile::Surgical,
        }
    }

    fn opened(&self, remedy: Remedy) -> Vec<Remedy> {
        match remedy {
            Remedy::Cut => self.cut(),
            Remedy::Contain => self.contain(),
            Remedy::Advise => vec![remedy],
            Remedy::DeactivateKey
            | Remedy::DeactivateAllKeys
            | Remedy::CutSessions
            | Remedy::DisableConsole
            | Remedy::QuarantineUser
            | Remedy::RevokeSession
            | Remedy::RevokeRoleSessions
            | Remedy::QuarantineRole
            | Remedy::SnapshotInstance
            | Remedy::IsolateInstance
            | Remedy::DetachInstanceProfile
            | Remedy::RequireImdsv2
            | Remedy::StopInstance
            | Remedy::BlockBucketPublicAccess
            | Remedy::BlockAccountPublicAccess
            | Remedy::DenyPrincipalOnBucket
            | Remedy::MakeAclPrivate
            | Remedy::RemoveCors => {
                if self.fits(remedy) {
                    vec![remedy]
                } else {
                    vec![]
                }
            }
        }
    }

    /// Stop this credential.
    fn cut(&self) -> Vec<Remedy> {
        match (self.user, self.long_term, self.surgical) {
            (true, true, true) => vec![Remedy::DeactivateKey, Remedy::CutSessions],
            (true, false, true) => vec![Remedy::CutSessions],
            (true, true, false) => vec![Remedy::DeactivateKey, Remedy::QuarantineUser],
            (true, false, false) => vec![Remedy::QuarantineUser],
            (false, _, true) if self.session => vec![Remedy::RevokeSession],
            (false, _, false) if self.role => vec![Remedy::QuarantineRole],
            (false, _, _) => vec![],
        }
    }

    /// Everything reversible for this principal or resource. An instance is isolated before its credentials are
    /// revoked: while the host talks to the world it is handed fresh ones (facts/aws.md 2.4).
    fn contain(&self) -> Vec<Remedy> {
        let mut all = vec![];
        if self.instance {
            all.extend([Remedy::SnapshotInstance, Remedy::IsolateInstance]);
        }
        if self.user {
            all.push(Remedy::DeactivateAllKeys);
            all.extend(self.surgical.then_some(Remedy::CutSessions));
            all.push(Remedy::QuarantineUser);
        } else if self.role {
            all.extend(self.cut());
        } else if self.bucket {
            all.push(Remedy::BlockBucketPublicAccess);
        }
        all
    }

    fn fits(&self, remedy: Remedy) -> bool {
        match remedy.family() {
            Some(Family::User) if remedy == Remedy::DeactivateKey => self.long_term,
            Some(Family::User) => self.user && (self.surgical || remedy != Remedy::CutSessions),
            Some(Family::Role) if remedy == Remedy::RevokeSession => self.session && self.surgical,
            Some(Family::Role) => self.role && (self.surgical || remedy == Remedy::QuarantineRole),
            Some(Family::Instance) => self.instance,
            Some(Family::Bucket) if remedy == Remedy::DenyPrincipalOnBucket => self.bucket && self.named,
            Some(Family::Bucket) if remedy == Remedy::BlockAccountPublicAccess => self.storage,
            Some(Family::Bucket) => self.bucket,
            None => false,
        }
    }
}

fn is_named(finding: &Finding) -> bool {
    let p = &finding.principal;
    match p.kind {
        PrincipalKind::IamUser
        | PrincipalKind::RoleSession
        | PrincipalKind::InstanceRole
        | PrincipalKind::WorkloadRole
        | PrincipalKind::SsoUser
        | PrincipalKind::FederatedUser => !p.name.is_empty(),
        PrincipalKind::Account => p.account.as_ref().is_some_and(|account| *account != finding.account),
        PrincipalKind::ServiceLinkedRole
        | PrincipalKind::Root
        | PrincipalKind::Anonymous
        | PrincipalKind::Service
        | PrincipalKind::Actors
        | PrincipalKind::None
        | PrincipalKind::Unknown => false,
    }
}
