//! Who acted, from what the finding says about the credential.
//! Never here: look-ups. A role's path, and with it whether it is Identity Center's or a service's own, is not in a
//! finding: names can be imitated, so such roles are plain ones until `aws/investigate` has asked.

use super::guardduty::Place;
use super::json::{Node, SHORT, cap};
use crate::case::principal::{AccessKeyId, AccountId, Principal, PrincipalKind};

/// The credential's holder, else the actors of an attack sequence, else nobody (facts/findings.md 7.5).
/// Kubernetes users and database logins are no IAM principals.
pub(super) fn read(finding: Node<'_>, place: &Place) -> Principal {
    let details = finding.at("resource.accessKeyDetails");
    let named = ["userType", "userName", "principalId", "accessKeyId"].map(|key| details.get(key));
    if named.iter().any(|n| n.is_there()) {
        let caller = finding.at("service.action.awsApiCallAction.remoteAccountDetails.accountId");
        return holder(details, caller.str(), place);
    }
    let actors = finding.at("service.detection.sequence.actors").items();
    let users: Vec<Node<'_>> = actors.iter().map(|a| a.get("user")).filter(|u| u.is_there()).collect();
    if users.is_empty() { Principal::nobody(place.partition) } else { sequence(&users, place) }
}

fn holder(details: Node<'_>, caller: Option<&str>, place: &Place) -> Principal {
    let name = details.get("userName").text().unwrap_or_default();
    let key = details.get("accessKeyId").str().unwrap_or_default();
    let id = details.get("principalId").text().unwrap_or_default();
    let (unique_id, session) = match id.split_once(':') {
        Some((unique, session)) => (unique.to_owned(), Some(session.to_owned()).filter(|s| !s.is_empty())),
        None => (id.clone(), None),
    };
    let user_type = details.get("userType").text().unwrap_or_default();
    let kind = kind_of(&user_type, key, &id);
    // A user may be called so too.
    let kind = if name == "ANONYMOUS_PRINCIPAL" && kind == PrincipalKind::Account {
        PrincipalKind::Anonymous
    } else {
        refined(kind, session.as_deref(), &place.kind)
    };
    let account = account_of(kind, &unique_id, caller, place);
    // Of a stranger the account is all that counts, wherever the finding tells it.
    let stranger = account.as_ref().filter(|_| kind == PrincipalKind::Account).map(ToString::to_string);
    let unique_id = stranger.or(Some(unique_id).filter(|id| !id.is_empty()));
    Principal {
        kind,
        partition: place.partition,
        account,
        name,
        session,
        unique_id,
        access_key: AccessKeyId::parse(key),
    }
}

/// From the user type, then the key's prefix, then the principal id's. When they contradict each other nobody
/// knows what a remedy would hit.
fn kind_of(user_type: &str, key: &str, id: &str) -> PrincipalKind {
    let by_id = by_principal_id(id);
    let long_term = key.starts_with("AKIA");
    let Some(said) = by_user_type(user_type) else {
        return match (long_term, by_id) {
            (true, Some(PrincipalKind::Root)) => PrincipalKind::Root,
            (true, None | Some(PrincipalKind::IamUser)) => PrincipalKind::IamUser,
            (true, Some(_)) => PrincipalKind::Unknown,
            (false, found) => found.unwrap_or(PrincipalKind::Unknown),
        };
    };
    let session_kind = [PrincipalKind::RoleSession, PrincipalKind::FederatedUser].contains(&said);
    let user_or_role = [PrincipalKind::IamUser, PrincipalKind::RoleSession, PrincipalKind::Root];
    let other_id = user_or_role.contains(&said) && by_id.is_some_and(|found| found != said);
    if (session_kind && long_term) || other_id { PrincipalKind::Unknown } else { said }
}

/// `None` when nothing is said. A word we do not know is not nothing (facts/findings.md 3.1).
fn by_user_type(text: &str) -> Option<PrincipalKind> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "" => return None,
        "iamuser" => PrincipalKind::IamUser,
        "assumedrole" | "role" => PrincipalKind::RoleSession,
        "root" => PrincipalKind::Root,
        "federateduser" => PrincipalKind::FederatedUser,
        "awsaccount" => PrincipalKind::Account,
        "awsservice" => PrincipalKind::Service,
        _ => PrincipalKind::Unknown,
    })
}

/// `AIDA` user, `AROA` role, twelve digits root, twelve digits and a colon a federated user (CloudTrail user guide).
fn by_principal_id(id: &str) -> Option<PrincipalKind> {
    if id.starts_with("AIDA") {
        Some(PrincipalKind::IamUser)
    } else if id.starts_with("AROA") {
        Some(PrincipalKind::RoleSession)
    } else if AccountId::parse(id).is_some() {
        Some(PrincipalKind::Root)
    } else {
        let federated = id.split_once(':').is_some_and(|(account, _)| AccountId::parse(account).is_some());
        federated.then_some(PrincipalKind::FederatedUser)
    }
}

/// Which kind of role, from its session and the finding's type. For display and routing only: sessions can be called
/// anything; the event that issued them tells.
fn refined(kind: PrincipalKind, session: Option<&str>, finding: &str) -> PrincipalKind {
    if kind != PrincipalKind::RoleSession {
        kind
    } else if session.is_some_and(is_instance_id) {
        PrincipalKind::InstanceRole
    } else if finding.contains("/ResourceCredentialExfiltration") {
        // Lambda functions and ECS tasks (facts/aws.md 2.4).
        PrincipalKind::WorkloadRole
    } else {
        PrincipalKind::RoleSession
    }
}

/// The session of an instance's role is called after the instance.
fn is_instance_id(session: &str) -> bool {
    let digits = session.strip_prefix("i-").unwrap_or_default();
    (8..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whose identity it is: ours, except where the kind says that it is somebody else's.
fn account_of(kind: PrincipalKind, id: &str, caller: Option<&str>, place: &Place) -> Option<AccountId> {
    match kind {
        PrincipalKind::Root => AccountId::parse(id).or_else(|| Some(place.account.clone())),
        PrincipalKind::Account => AccountId::parse(id).or_else(|| caller.and_then(AccountId::parse)),
        PrincipalKind::Anonymous | PrincipalKind::Service | PrincipalKind::None => None,
        PrincipalKind::IamUser
        | PrincipalKind::RoleSession
        | PrincipalKind::InstanceRole
        | PrincipalKind::WorkloadRole
        | PrincipalKind::SsoUser
        | PrincipalKind::ServiceLinkedRole
        | PrincipalKind::FederatedUser
        | PrincipalKind::Actors
        | PrincipalKind::Unknown => Some(place.account.clone()),
    }
}

/// Actors are shown, never acted on: several may be meant, and a person has to choose.
fn sequence(users: &[Node<'_>], place: &Place) -> Principal {
    let mut names: Vec<String> = users.iter().filter_map(|u| u.get("name").text()).collect();
    names.dedup();
    let only = (users.len() == 1).then(|| users.first().copied()).flatten();
    let of_only = |key: &str| only.and_then(|user| user.get(key).text());
    let uid = of_only("uid").unwrap_or_default();
    let (unique_id, session) = uid.split_once(':').unwrap_or((&uid, ""));
    let filled = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let account = only.and_then(|user| user.at("account.uid").text());
    Principal {
        kind: PrincipalKind::Actors,
        partition: place.partition,
        account: account.as_deref().and_then(AccountId::parse).or_else(|| Some(place.account.clone())),
        name: cap(&names.join(", "), SHORT),
        session: filled(session),
        unique_id: filled(unique_id),
        access_key: of_only("credentialUid").as_deref().and_then(AccessKeyId::parse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::principal::{Partition, Region};
    use PrincipalKind::{
        Account, Anonymous, FederatedUser, IamUser, InstanceRole, RoleSession, Root, Service, Unknown,
    };
    use serde_json::json;

    /// Key and user type decide (facts/aws.md 0); where they contradict each other, or the principal id, nobody knows.
    #[test]
    fn every_key_and_user_type_has_its_kind() {
        let place = Place {
            kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".to_owned(),
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("eu-central-1").unwrap(),
            partition: Partition::Commercial,
        };
        let (long, short) = ("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE");
        let rows = [
            ("IAMUser", long, "AIDAX", "maria", IamUser),
            ("IAMUser", short, "AIDAX", "maria", IamUser),
            ("IAMUser", "", "AIDAX", "maria", IamUser),
            ("IAMUser", long, "AROAX:s", "maria", Unknown),
            ("IAMUser", long, "123456789012", "maria", Unknown),
            ("AssumedRole", short, "AROAX:s", "Deploy", RoleSession),
            ("Role", short, "AROAX:s", "Deploy", RoleSession),
            ("AssumedRole", short, "AROAX:i-0abc1234def567890", "Web", InstanceRole),
            ("AssumedRole", long, "AROAX:s", "Deploy", Unknown),
            ("AssumedRole", short, "AIDAX", "Deploy", Unknown),
            // By name alone they are plain roles.
            (
                "AssumedRole",
                short,
                "AROAX:maria@example.com",
                "AWSReservedSSO_Admin_0123456789abcdef",
                RoleSession,
            ),
            ("AssumedRole", short, "AROAX:rds", "AWSServiceRoleForRDS", RoleSession),
            ("FederatedUser", short, "123456789012:run", "batch", FederatedUser),
            ("FederatedUser", long, "123456789012:run", "batch", Unknown),
            ("Root", long, "123456789012", "Root", Root),
            ("Root", short, "123456789012", "Root", Root),
            ("Root", "", "", "Root", Root),
            ("Root", long, "AIDAX", "Root", Unknown),
            ("AWSAccount", "", "", "ANONYMOUS_PRINCIPAL", Anonymous),
            ("AWSAccount", "", "210987654321", "", Account),
            // A user of that name is a user.
            ("IAMUser", long, "AIDAX", "ANONYMOUS_PRINCIPAL", IamUser),
            ("AWSService", "", "", "s3.amazonaws.com", Service),
            ("Directory", "", "", "x", Unknown),
            ("IdentityCenterUser", "", "", "x", Unknown),
            ("SAMLUser", short, "", "x", Unknown),
            ("WebIdentityUser", short, "", "x", Unknown),
            ("Unknown", long, "AIDAX", "x", Unknown),
            ("", long, "AIDAX", "maria", IamUser),
            ("", long, "", "maria", IamUser),
            ("", short, "AROAX:s", "Deploy", RoleSession),
            ("", long, "AROAX:s", "Deploy", Unknown),
            ("", long, "123456789012", "", Root),
            ("", short, "", "x", Unknown),
        ];
        for (user_type, key, id, name, kind) in rows {
            let details =
                json!({"userType": user_type, "accessKeyId": key, "principalId": id, "userName": name});
            let finding = json!({"resource": {"accessKeyDetails": details}});
            assert_eq!(read(Node::new(&finding), &place).kind, kind, "{details}");
        }
    }
}
