//! From the words of `accessKeyDetails` to a principal: one reading for queue bodies and for GuardDuty's own answers.
//! Never here: wire formats, calls, or what to do about the principal.

use crate::case::principal::{AccessKeyId, AccountId, KeyKind, Partition, Principal, PrincipalKind};

/// What GuardDuty writes as the user name when nobody signed the request (GuardDuty User Guide, S3 remediation).
const ANONYMOUS: &str = "ANONYMOUS_PRINCIPAL";

/// Names the principal. Absent fields are given as `""`, which GuardDuty itself does too.
/// Where the fields contradict each other the kind is `Unknown`, so that nothing is done to anybody by mistake.
///
/// `account` is the affected account of the finding. Workloads (`WorkloadRole`) and attack sequences
/// (`Actors`) show in other parts of a finding; the caller knows.
pub fn classify(
    user_type: &str,
    user_name: &str,
    principal_id: &str,
    access_key_id: &str,
    account: Option<&AccountId>,
    partition: Partition,
) -> Principal {
    let [user_type, user_name, principal_id, access_key_id] =
        [user_type, user_name, principal_id, access_key_id].map(str::trim);
    if [user_type, user_name, principal_id, access_key_id].iter().all(|s| s.is_empty()) {
        return Principal::nobody(partition);
    }
    let (unique, session) = principal_id.split_once(':').unwrap_or((principal_id, ""));
    let words = Words { user_type, user_name, unique, session, key: AccessKeyId::parse(access_key_id) };
    let kind = words.kind();
    Principal {
        kind,
        partition,
        account: home(kind, unique, account),
        name: user_name.to_owned(),
        session: (!session.is_empty()).then(|| session.to_owned()),
        unique_id: (!unique.is_empty()).then(|| unique.to_owned()),
        access_key: words.key,
    }
}

/// The account the principal belongs to: for foreign callers not the affected one.
fn home(kind: PrincipalKind, unique: &str, affected: Option<&AccountId>) -> Option<AccountId> {
    if kind == PrincipalKind::Account {
        AccountId::parse(unique)
    } else if [PrincipalKind::Anonymous, PrincipalKind::Service].contains(&kind) {
        None
    } else {
        affected.cloned()
    }
}

struct Words<'a> {
    user_type: &'a str,
    user_name: &'a str,
    unique: &'a str,
    session: &'a str,
    key: Option<AccessKeyId>,
}

impl Words<'_> {
    fn kind(&self) -> PrincipalKind {
        if self.user_name == ANONYMOUS {
            return PrincipalKind::Anonymous;
        }
        let claimed = self.user_type.to_ascii_lowercase();
        let kind = match claimed.as_str() {
            "iamuser" => PrincipalKind::IamUser,
            "assumedrole" | "role" => self.role_kind(),
            "root" => PrincipalKind::Root,
            "federateduser" => PrincipalKind::FederatedUser,
            "awsaccount" => PrincipalKind::Account,
            "awsservice" => PrincipalKind::Service,
            // The type is optional in the model; the unique id tells the same (IAM User Guide, unique identifiers).
            "" if self.unique.starts_with("AIDA") => PrincipalKind::IamUser,
            "" if self.unique.starts_with("AROA") => self.role_kind(),
            // SAMLUser, WebIdentityUser, Directory, IdentityCenterUser, samples, and what AWS adds next.
            _ => PrincipalKind::Unknown,
        };
        if self.contradicts(kind) { PrincipalKind::Unknown } else { kind }
    }

    /// Finer kinds of role sessions. The name alone can be imitated: good enough to refuse a remedy,
    /// never good enough to believe who somebody is.
    fn role_kind(&self) -> PrincipalKind {
        if self.user_name.starts_with("AWSReservedSSO_") {
            PrincipalKind::SsoUser
        } else if self.user_name.starts_with("AWSServiceRoleFor") {
            PrincipalKind::ServiceLinkedRole
        } else if is_instance_id(self.session) {
            PrincipalKind::InstanceRole
        } else {
            PrincipalKind::RoleSession
        }
    }

    fn contradicts(&self, kind: PrincipalKind) -> bool {
        let long_term = self.key.as_ref().is_some_and(|k| k.kind() == KeyKind::LongTerm);
        let id_of = |prefix: &str| self.unique.starts_with(prefix);
        match kind {
            PrincipalKind::IamUser => id_of("AROA") || !self.session.is_empty(),
            PrincipalKind::RoleSession
            | PrincipalKind::InstanceRole
            | PrincipalKind::WorkloadRole
            | PrincipalKind::SsoUser
            | PrincipalKind::ServiceLinkedRole => long_term || id_of("AIDA"),
            PrincipalKind::FederatedUser => long_term || id_of("AROA"),
            PrincipalKind::Root => id_of("AIDA") || id_of("AROA"),
            PrincipalKind::Account
            | PrincipalKind::Anonymous
            | PrincipalKind::Service
            | PrincipalKind::Actors
            | PrincipalKind::None
            | PrincipalKind::Unknown => false,
        }
    }
}

/// `i-` and 8 or 17 hex digits: the session name EC2 gives the credentials of an instance.
fn is_instance_id(session: &str) -> bool {
    session
        .strip_prefix("i-")
        .is_some_and(|hex| [8, 17].contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PrincipalKind as K;

    const AKIA: &str = "AKIAIOSFODNN7EXAMPLE";
    const ASIA: &str = "ASIAIOSFODNN7EXAMPLE";

    #[test]
    fn each_kind_by_its_words() {
        let rows = [
            ("IAMUser", "alice", "AIDA1", AKIA, K::IamUser),
            ("IAMUser", "alice", "AIDA1", ASIA, K::IamUser),
            ("", "alice", "AIDA1", AKIA, K::IamUser),
            ("", "deploy", "AROA1:ci", ASIA, K::RoleSession),
            ("", "alice", "", AKIA, K::Unknown),
            ("AssumedRole", "deploy", "AROA1:ci", ASIA, K::RoleSession),
            ("Role", "deploy", "AROA1", "", K::RoleSession),
            ("AssumedRole", "web", "AROA1:i-0123456789abcdef0", ASIA, K::InstanceRole),
            ("AssumedRole", "web", "AROA1:i-am-not-one", ASIA, K::RoleSession),
            ("AssumedRole", "AWSReservedSSO_Admin_0123", "AROA1:al@x.io", ASIA, K::SsoUser),
            ("AssumedRole", "AWSServiceRoleForSupport", "AROA1:s", ASIA, K::ServiceLinkedRole),
            ("Root", "Root", "123456789012", ASIA, K::Root),
            ("Root", "Root", "", AKIA, K::Root),
            ("FederatedUser", "bob", "123456789012:bob", ASIA, K::FederatedUser),
            ("AWSAccount", ANONYMOUS, "", "", K::Anonymous),
            ("AWSAccount", "", "210987654321", "", K::Account),
            ("AWSService", "", "", "", K::Service),
            ("AssumedRole", "deploy", "AROA1:ci", AKIA, K::Unknown),
            ("AssumedRole", "deploy", "AIDA1", ASIA, K::Unknown),
            ("IAMUser", "alice", "AROA1:ci", ASIA, K::Unknown),
            ("Root", "Root", "AIDA1", AKIA, K::Unknown),
            ("FederatedUser", "bob", "123456789012:bob", AKIA, K::Unknown),
            ("GeneratedFindingUserType", "x", "y", "z", K::Unknown),
            ("", "", "", "", K::None),
        ];
        let account = AccountId::parse("123456789012");
        for (user_type, name, id, key, kind) in rows {
            let got = classify(user_type, name, id, key, account.as_ref(), Partition::Commercial);
            assert_eq!(got.kind, kind, "{user_type} {name} {id} {key}");
        }
    }

    #[test]
    fn principal_id_falls_into_id_and_session() {
        let p = classify("AssumedRole", "deploy", "AROA1:a:b", ASIA, None, Partition::China);
        assert_eq!((p.unique_id.as_deref(), p.session.as_deref()), (Some("AROA1"), Some("a:b")));
        assert_eq!(p.access_key.as_ref().map(AccessKeyId::as_str), Some(ASIA));
        let p = classify("IAMUser", "alice", "AIDA1", "GeneratedFindingAccessKeyId", None, Partition::China);
        assert_eq!((p.session, p.access_key), (None, None));
    }

    #[test]
    fn a_foreign_account_is_not_the_affected_one() {
        let affected = AccountId::parse("123456789012");
        let of = |id| classify("AWSAccount", "", id, "", affected.as_ref(), Partition::Commercial).account;
        assert_eq!(of("210987654321"), AccountId::parse("210987654321"));
        assert_eq!(of("AIDAFOREIGN"), None);
    }
}
