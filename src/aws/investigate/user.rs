//! An IAM user: keys and their last use, policies and groups, console, MFA, and whatever else lets somebody in.
//! Never here: roles.

use super::look::{Look, keep};
use super::policies::{Holder, Rights, rights};
use super::{past, usage};
use crate::aws::dossier::moment;
use crate::case::evidence::{Evidence, KeyFact, OtherCredential, OtherKind};
use aws_sdk_iam::types::StatusType;
use futures_util::future::join_all;

/// How many keys and groups are looked into. IAM allows two keys and ten groups a user.
const MOST: usize = 10;

pub(super) async fn look(look: &Look<'_>) -> Evidence {
    let mut e = Evidence::default();
    let (identity, keys, own, groups, mfa, console, others, services, past) = tokio::join!(
        look.in_time("iam:GetUser", look.dossier.identity()),
        keys(look),
        rights(look, Holder::User(look.name)),
        groups(look),
        mfa(look),
        look.is_there("GetLoginProfile", look.iam.client.get_login_profile().user_name(look.name).send()),
        others(look),
        usage::services(look),
        past::read(look)
    );
    if let Some(identity) = keep(identity, &mut e.gaps) {
        past::identify(&mut e, identity);
    }
    if let Some((keys, gaps)) = keep(keys, &mut e.gaps) {
        e.keys = keys;
        e.gaps.extend(gaps);
    }
    allow(&mut e, &own);
    e.policies = own.names;
    if let Some((names, rights)) = keep(groups, &mut e.gaps) {
        e.groups = names;
        rights.iter().for_each(|rights| allow(&mut e, rights));
    }
    e.mfa_devices = keep(mfa, &mut e.gaps);
    e.console_password = keep(console, &mut e.gaps);
    for read in others {
        e.others.extend(keep(read, &mut e.gaps).unwrap_or_default());
    }
    e.services = keep(services, &mut e.gaps).unwrap_or_default();
    past.into(&mut e);
    e
}

/// Adds what policies grant, and what of them could not be read.
pub(super) fn allow(e: &mut Evidence, rights: &Rights) {
    e.admin |= rights.grants.admin;
    e.writes_iam |= rights.grants.writes_iam;
    e.gaps.extend(rights.gaps.iter().cloned());
}

async fn keys(look: &Look<'_>) -> Result<(Vec<KeyFact>, Vec<String>), String> {
    let sent = look.iam.client.list_access_keys().user_name(look.name).send();
    let answer = look.iam("ListAccessKeys", sent).await?;
    let listed = answer
        .access_key_metadata
        .into_iter()
        .take(MOST)
        .filter_map(|key| Some((key.access_key_id?, key.status == Some(StatusType::Active))));
    let facts = join_all(listed.map(|(id, active)| key_fact(look, id, active))).await;
    let (facts, gaps): (Vec<_>, Vec<_>) = facts.into_iter().unzip();
    Ok((facts, gaps.into_iter().flatten().collect()))
}

async fn key_fact(look: &Look<'_>, id: String, active: bool) -> (KeyFact, Option<String>) {
    let sent = look.iam.client.get_access_key_last_used().access_key_id(&id).send();
    let (used, gap) = match look.iam("GetAccessKeyLastUsed", sent).await {
        Ok(answer) => (answer.access_key_last_used, None),
        Err(gap) => (None, Some(gap)),
    };
    let last_used = used.as_ref().and_then(|u| u.last_used_date.as_ref()).and_then(|at| moment(at.secs()));
    // IAM answers `N/A` for a key that was never used (IAM API reference, AccessKeyLastUsed).
    let last_service = used.map(|u| u.service_name).filter(|s| last_used.is_some() && s != "N/A");
    (KeyFact { id, active, last_used, last_service }, gap)
}

/// Names of the groups, and what each allows.
async fn groups(look: &Look<'_>) -> Result<(Vec<String>, Vec<Rights>), String> {
    let sent = look.iam.client.list_groups_for_user().user_name(look.name).send();
    let answer = look.iam("ListGroupsForUser", sent).await?;
    let names: Vec<String> = answer.groups.into_iter().map(|g| g.group_name).take(MOST).collect();
    let all = join_all(names.iter().map(|group| rights(look, Holder::Group(group)))).await;
    Ok((names, all))
}

async fn mfa(look: &Look<'_>) -> Result<u32, String> {
    let sent = look.iam.client.list_mfa_devices().user_name(look.name).send();
    let answer = look.iam("ListMFADevices", sent).await?;
    Ok(u32::try_from(answer.mfa_devices.len()).unwrap_or(u32::MAX))
}

async fn others(look: &Look<'_>) -> [Result<Vec<OtherCredential>, String>; 3] {
    let (one, two, three) = tokio::join!(service_specific(look), ssh_keys(look), certificates(look));
    [one, two, three]
}

async fn service_specific(look: &Look<'_>) -> Result<Vec<OtherCredential>, String> {
    let sent = look.iam.client.list_service_specific_credentials().user_name(look.name).send();
    let answer = look.iam("ListServiceSpecificCredentials", sent).await?;
    let listed = answer.service_specific_credentials.unwrap_or_default().into_iter();
    Ok(listed.map(|c| other(OtherKind::ServiceSpecific, c.service_name, &c.status)).collect())
}

async fn ssh_keys(look: &Look<'_>) -> Result<Vec<OtherCredential>, String> {
    let sent = look.iam.client.list_ssh_public_keys().user_name(look.name).send();
    let answer = look.iam("ListSSHPublicKeys", sent).await?;
    let listed = answer.ssh_public_keys.unwrap_or_default().into_iter();
    Ok(listed.map(|k| other(OtherKind::SshKey, k.ssh_public_key_id, &k.status)).collect())
}

async fn certificates(look: &Look<'_>) -> Result<Vec<OtherCredential>, String> {
    let sent = look.iam.client.list_signing_certificates().user_name(look.name).send();
    let answer = look.iam("ListSigningCertificates", sent).await?;
    let listed = answer.certificates.into_iter();
    Ok(listed.map(|c| other(OtherKind::SigningCertificate, c.certificate_id, &c.status)).collect())
}

fn other(kind: OtherKind, name: String, status: &StatusType) -> OtherCredential {
    OtherCredential { kind, name, active: *status == StatusType::Active }
}
