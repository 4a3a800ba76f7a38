//! A role and the session that acted: policies, whom it trusts, how the session came to be, and what kind of role it
//! really is. A finding knows a role by a name that anybody may choose.
//! Never here: users.

use super::document::trusts;
use super::look::{Look, keep};
use super::policies::{Holder, rights};
use super::{past, usage, user};
use crate::aws::dossier::Identity;
use crate::case::evidence::{Chain, ChainEnd, Evidence};
use crate::case::principal::PrincipalKind;

/// Whom a trust policy lets in is shown up to here.
const TRUSTED: usize = 10;

pub(super) async fn look(look: &Look<'_>) -> Evidence {
    let mut e = Evidence::default();
    let (identity, own, services, past) = tokio::join!(
        look.in_time("iam:GetRole", look.dossier.identity()),
        rights(look, Holder::Role(look.name)),
        usage::services(look),
        past::read(look)
    );
    user::allow(&mut e, &own);
    e.policies = own.names;
    e.services = keep(services, &mut e.gaps).unwrap_or_default();
    past.into(&mut e);
    if let Some(identity) = keep(identity, &mut e.gaps) {
        past::identify(&mut e, identity);
        e.kind = Some(kind(look.dossier.finding().principal.kind, identity, e.chain.as_ref()));
        match identity.trust.as_deref().map(trusts) {
            Some(Some(who)) => e.trusts = who.into_iter().take(TRUSTED).collect(),
            Some(None) => e.gaps.push("the role's trust policy cannot be understood".to_owned()),
            None => {}
        }
    }
    e
}

/// By path, and by who issued the session; the finding's word only where neither says anything.
fn kind(said: PrincipalKind, identity: &Identity, chain: Option<&Chain>) -> PrincipalKind {
    if identity.is_identity_center() {
        return PrincipalKind::SsoUser;
    }
    if identity.is_service_linked() {
        return PrincipalKind::ServiceLinkedRole;
    }
    // A session can be called after an instance by whoever assumes the role.
    let issued_by_service = chain.and_then(|chain| match &chain.end {
        ChainEnd::Service { .. } => Some(chain.hops.len() == 1),
        ChainEnd::User { .. }
        | ChainEnd::Root { .. }
        | ChainEnd::Provider { .. }
        | ChainEnd::Elsewhere { .. } => Some(false),
        ChainEnd::NotFound { .. } | ChainEnd::TooLong | ChainEnd::Unclear { .. } => {
            (!chain.hops.is_empty()).then_some(false)
        }
    });
    match (said, issued_by_service) {
        (PrincipalKind::InstanceRole | PrincipalKind::WorkloadRole, Some(false)) => {
            PrincipalKind::RoleSession
        }
        (PrincipalKind::SsoUser | PrincipalKind::ServiceLinkedRole, _) => PrincipalKind::RoleSession,
        (said, _) => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::evidence::Hop;

    fn identity(path: &str) -> Identity {
        Identity {
            arn: String::new(),
            path: path.to_owned(),
            unique_id: String::new(),
            created_at: None,
            boundary: None,
            trust: None,
        }
    }

    fn chain(hops: usize, end: ChainEnd) -> Chain {
        let hop = Hop {
            at: jiff::Timestamp::UNIX_EPOCH,
            event: "AssumeRole".to_owned(),
            by: String::new(),
            key: None,
            source_identity: None,
        };
        Chain { hops: vec![hop; hops], end }
    }

    #[test]
    fn the_path_and_the_issuer_decide() {
        use PrincipalKind::{InstanceRole, RoleSession, ServiceLinkedRole, SsoUser, WorkloadRole};
        let plain = identity("/");
        let center = identity("/aws-reserved/sso.amazonaws.com/eu-central-1/");
        let linked = identity("/aws-service-role/autoscaling.amazonaws.com/");
        let person = || ChainEnd::User { arn: "arn:aws:iam::1:user/bob".to_owned() };
        let ec2 = || ChainEnd::Service { name: "ec2.amazonaws.com".to_owned() };
        for (said, identity, chain, truth) in [
            (RoleSession, &center, None, SsoUser),
            (RoleSession, &linked, None, ServiceLinkedRole),
            (SsoUser, &plain, None, RoleSession),
            (ServiceLinkedRole, &plain, None, RoleSession),
            (InstanceRole, &plain, None, InstanceRole),
            (InstanceRole, &plain, Some(chain(1, ec2())), InstanceRole),
            (InstanceRole, &plain, Some(chain(2, ec2())), RoleSession),
            (InstanceRole, &plain, Some(chain(1, person())), RoleSession),
            (InstanceRole, &plain, Some(chain(0, ChainEnd::NotFound { yet: true })), InstanceRole),
            (InstanceRole, &plain, Some(chain(1, ChainEnd::NotFound { yet: false })), RoleSession),
            (WorkloadRole, &plain, Some(chain(1, person())), RoleSession),
        ] {
            assert_eq!(kind(said, identity, chain.as_ref()), truth, "{said:?} {chain:?}");
        }
    }
}
