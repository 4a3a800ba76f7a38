//! Each remedy for buckets with what `vouch iam-policy` prints, and with one action less.
//! Never here: what the remedies do.

use super::*;
use crate::permits::{Policy, Tried, UNASKED};
use crate::remedies::permits::there_and_back;

/// What there is to be remedied, so that every call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::remedies) enum Ill {
    Open,
    ByUser,
    ByRole,
    Acl,
    Cors,
}

pub(in crate::remedies) const ALL: [Ill; 5] = [Ill::Open, Ill::ByUser, Ill::ByRole, Ill::Acl, Ill::Cors];

impl Ill {
    pub(in crate::remedies) fn remedy(self) -> Remedy {
        match self {
            Self::Open => Remedy::BlockBucketPublicAccess,
            Self::ByUser | Self::ByRole => Remedy::DenyPrincipalOnBucket,
            Self::Acl => Remedy::MakeAclPrivate,
            Self::Cors => Remedy::RemoveCors,
        }
    }

    async fn befalls(self, y: &Yard, name: &str) -> Target {
        match self {
            Self::Open => y.open().await,
            Self::ByUser => {
                let user = y.aws.create_user(&format!("{name}-eve")).await;
                return Target { buckets: vec![y.bucket.clone()], ..user.target(&[]) };
            }
            Self::ByRole => {
                let role = y.aws.create_role(&format!("{name}-eve")).await;
                return Target { buckets: vec![y.bucket.clone()], ..role.target("stolen") };
            }
            Self::Acl => {
                y.set_block(None).await;
                y.enable_acls().await;
                y.set_acl(s3::BucketCannedAcl::PublicReadWrite).await;
            }
            Self::Cors => y.set_cors(&["https://shop.example.com"]).await,
        }
        y.target()
    }
}

async fn tried(ill: Ill, name: &str, policy: &str) -> Tried {
    let y = Yard::new(name).await;
    let target = ill.befalls(&y, name).await;
    y.aws.put_policy(&y.hub.name, "Vouch", policy).await;
    let said = there_and_back(&y.remedies, &y.case, &target, ill.remedy(), y.cut_off).await;
    Tried::of(&y.calls, said)
}

#[tokio::test]
async fn without_any_action_that_a_remedy_declares_it_fails() {
    let policy = Policy::printed("respond");
    let mut taken = std::collections::BTreeSet::new();
    for (n, ill) in ALL.into_iter().enumerate() {
        let whole = tried(ill, &format!("permit-bucket-{n}"), &policy.text()).await.went_well();
        for (m, action) in ill.remedy().actions().iter().enumerate() {
            if UNASKED.contains(action) || !whole.needed.contains(*action) {
                continue;
            }
            tried(ill, &format!("permit-bucket-{n}-{m}"), &policy.without(action)).await.missed(action);
            taken.insert(*action);
        }
    }
    let declared = ALL.iter().flat_map(|ill| ill.remedy().actions()).copied();
    for action in declared.filter(|action| !UNASKED.contains(action)) {
        assert!(taken.contains(action), "nothing is tried without {action}");
    }
}
