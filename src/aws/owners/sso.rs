//! People of IAM Identity Center. AWS names a session of its roles after the person who signed in, and nobody else can
//! make a role under that path: the path decides, never the name.
//! Never here: sessions of other roles, whose names their callers choose.

use super::handle::address;
use super::{Asked, Search};
use crate::aws::call::Failed;
use crate::aws::dossier::Dossier;
use crate::case::owner::{Handle, Lead, Source};
use crate::config;
use crate::ports::Fault;
use aws_sdk_identitystore::types::{AlternateIdentifier, Email, UniqueAttribute, UserStatus};
use aws_smithy_types::Document;
use futures_util::future::BoxFuture;

/// Attributes that name one user of a directory (Identity Store API reference, `GetUserId`).
const PATHS: [&str; 2] = ["userName", "emails.value"];

/// Longest user name of a directory (Identity Store API reference, `UserName`).
const LONGEST: usize = 128;

pub(super) async fn ask(search: &Search<'_>, asked: &mut Asked) {
    if search.settings.identity_store_id.is_empty()
        || !search.of_principal()
        || !search.finding().principal.is_role()
    {
        return;
    }
    let ours = match search.dossier.identity().await {
        Ok(identity) => identity.is_identity_center(),
        Err(fault) => return asked.missed("whether the role is Identity Center's could not be seen", fault),
    };
    let Some(session) = search.finding().principal.session.as_deref().filter(|_| ours) else { return };
    match person(search.dossier, search.settings, session).await {
        Ok(Found::Person(handle)) => asked.leads.push(Lead {
            handle,
            source: Source::Sso,
            confidence: Source::Sso.confidence(),
            detail: session.to_owned(),
        }),
        Ok(Found::Nobody(why)) => asked.notes.push(why),
        Err(fault) => asked.missed("Identity Center's directory could not be asked", fault),
    }
}

/// What the directory says of a session's name.
pub(super) enum Found {
    Person(Handle),
    /// A sentence.
    Nobody(String),
}

/// `session` must come from a session of a role under Identity Center's path.
pub(super) fn person<'a>(
    dossier: &'a Dossier,
    settings: &'a config::Owners,
    session: &'a str,
) -> BoxFuture<'a, Result<Found, Fault>> {
    Box::pin(look_up(dossier, settings, session))
}

async fn look_up(dossier: &Dossier, settings: &config::Owners, session: &str) -> Result<Found, Fault> {
    let store = &settings.identity_store_id;
    if session.chars().count() > LONGEST || session.chars().any(char::is_control) {
        return Ok(Found::Nobody("the session's name cannot be one of Identity Center's users".to_owned()));
    }
    let directory = dossier.directory(&settings.identity_store_role, &settings.identity_store_region).await?;
    let (client, place) = (&directory.client, &directory.place);
    let mut id = None;
    for path in PATHS {
        let attribute = UniqueAttribute::builder()
            .attribute_path(path)
            .attribute_value(Document::String(session.to_owned()))
            .build()
            .map_err(|error| Fault::never(format!("identitystore:GetUserId cannot be asked: {error}")))?;
        let sent = client
            .get_user_id()
            .identity_store_id(store)
            .alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute))
            .send();
        match place.call("identitystore", "GetUserId", sent).await {
            Ok(answer) => {
                id = Some(answer.user_id);
                break;
            }
            Err(failed) if is_nobody(&failed) => {}
            Err(failed) => return Err(failed.fault),
        }
    }
    let Some(id) = id else {
        return Ok(Found::Nobody(format!("{store} has no user called as the session of this role is")));
    };
    let sent = client.describe_user().identity_store_id(store).user_id(&id).send();
    let user = match place.call("identitystore", "DescribeUser", sent).await {
        Ok(user) => user,
        Err(failed) if is_nobody(&failed) => {
            return Ok(Found::Nobody(format!("user {id} of {store} is gone")));
        }
        Err(failed) => return Err(failed.fault),
    };
    if user.user_status == Some(UserStatus::Disabled) {
        return Ok(Found::Nobody(format!("user {id} of {store} is disabled")));
    }
    let found = mail(user.emails()).and_then(|mail| address(mail, settings));
    Ok(found
        .map_or_else(|| Found::Nobody(format!("user {id} of {store} has no e-mail address")), Found::Person))
}

/// The primary one, else the first.
fn mail(emails: &[Email]) -> Option<&str> {
    let primary = emails.iter().find(|email| email.primary());
    primary.or(emails.first()).and_then(Email::value)
}

fn is_nobody(failed: &Failed) -> bool {
    failed.code == "ResourceNotFoundException"
}
