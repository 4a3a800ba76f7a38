//! People as Slack knows them: whether they can be asked, in which language, and whose an address is.
//! Never here: who is asked.

use super::client::Client;
use super::client::error::ApiError;
use super::client::method::Method;
use crate::case::owner::PersonId;
use crate::ports::{Clock, Fault, People, Profile, Unfit};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Somebody who left must not be asked for long; somebody who is asked often must not cost a call each time.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// People remembered before the memory starts anew.
const MOST: usize = 5000;

/// `users.info` with a short memory, and `users.lookupByEmail`.
pub struct SlackPeople {
    client: Arc<Client>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<PersonId, (Timestamp, Option<Profile>)>>,
}

impl SlackPeople {
    pub fn new(client: Arc<Client>, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, known: Mutex::default() }
    }

    fn remembered(&self, person: &PersonId) -> Option<Option<Profile>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, profile) = known.get(person)?;
        let age = self.clock.now().duration_since(*at);
        (age >= SignedDuration::ZERO && age < FRESH).then(|| profile.clone())
    }

    fn remember(&self, person: &PersonId, profile: &Option<Profile>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(person.clone(), (self.clock.now(), profile.clone()));
    }
}

const NOBODY: [&str; 3] = ["user_not_found", "users_not_found", "user_not_visible"];

#[async_trait]
impl People for SlackPeople {
    async fn profile(&self, person: &PersonId) -> Result<Option<Profile>, Fault> {
        if let Some(profile) = self.remembered(person) {
            return Ok(profile);
        }
        let us = self.client.identity().await.map_err(|error| error.into_fault(Method::AuthTest))?;
        let method = Method::UsersInfo;
        let arguments = [("user", person.to_string()), ("include_locale", "true".to_owned())];
        let profile = match self.client.read(method, &arguments).await {
            Ok(answer) => {
                let user = answer.get("user").ok_or_else(|| {
                    Fault::later(format!("Slack {} said nothing about {person}", method.as_str()))
                })?;
                Some(profile(person, user, &us.team))
            }
            Err(ApiError::Gone(code)) if NOBODY.contains(&code.as_str()) => None,
            Err(error) => return Err(error.into_fault(method)),
        };
        self.remember(person, &profile);
        Ok(profile)
    }

    async fn by_email(&self, email: &str) -> Result<Option<PersonId>, Fault> {
        let method = Method::UsersLookupByEmail;
        match self.client.read(method, &[("email", email.to_owned())]).await {
            // Deactivated people are "not found" here too (facts/slack.md 1.6).
            Ok(answer) => Ok(answer.pointer("/user/id").and_then(Value::as_str).and_then(PersonId::parse)),
            Err(ApiError::Gone(code)) if NOBODY.contains(&code.as_str()) => Ok(None),
            // The scope may be left out (facts/slack.md 6). Waiting for it would leave the case without anybody.
            Err(ApiError::Config(code)) if ["missing_scope", "no_permission"].contains(&code.as_str()) => {
                tracing::warn!(%code, "addresses cannot be looked up: the app lacks the scope users:read.email");
                Ok(None)
            }
            Err(error) => Err(error.into_fault(method)),
        }
    }
}

fn profile(person: &PersonId, user: &Value, team: &str) -> Profile {
    let is = |key: &str| user.get(key).and_then(Value::as_bool).unwrap_or(false);
    let home = user.get("team_id").and_then(Value::as_str).unwrap_or(team);
    let teams = user.pointer("/enterprise_user/teams").and_then(Value::as_array);
    let joined = teams.into_iter().flatten().filter_map(Value::as_str).any(|t| t == team);
    let unfit = if is("deleted") {
        Some(Unfit::Deactivated)
    } else if is("is_bot")
        || is("is_workflow_bot")
        || is("is_connector_bot")
        || person.as_str() == "USLACKBOT"
    {
        Some(Unfit::Bot)
    } else if is("is_stranger") || (home != team && !joined) {
        Some(Unfit::Outsider)
    } else if is("is_restricted") || is("is_ultra_restricted") {
        Some(Unfit::Guest)
    } else {
        None
    };
    let locale = user.get("locale").and_then(Value::as_str).unwrap_or_default();
    Profile { person: person.clone(), unfit, locale: locale.chars().take(20).collect() }
}
