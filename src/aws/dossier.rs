//! What has been read about a finding's principal, shared by all who ask about it at that time: no call is made twice.
//! Never here: conclusions, or anything that outlives the look-ups of one version of a finding.

use super::clients::{Clients, Iam, IdentityStore, Session};
use super::trail::{Followed, Question, Told, Trail, follow};
use crate::case::finding::Finding;
use crate::case::principal::{AccessKeyId, AccountId, KeyKind, PrincipalKind};
use crate::ports::Fault;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// Longer than all look-ups about one finding take together.
const KEPT: Duration = Duration::from_secs(60);

/// A flood must not fill memory: beyond this many the oldest are forgotten, and read again if need be.
const MOST: usize = 256;

/// Opens dossiers and keeps them while they are in use.
pub struct Dossiers {
    clients: Arc<Clients>,
    trail: Arc<Trail>,
    kept: Mutex<VecDeque<Kept>>,
}

struct Kept {
    since: Instant,
    dossier: Arc<Dossier>,
}

impl Dossiers {
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients, trail: Arc::new(Trail::new()), kept: Mutex::default() }
    }

    /// Who reads what is no part of a dossier.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The one of this very finding: a forged body can have the id and the version of a genuine one.
    pub(super) fn of(&self, finding: &Finding) -> Arc<Dossier> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() > MOST || kept.front().is_some_and(|k| k.since.elapsed() > KEPT) {
            kept.pop_front();
        }
        if let Some(found) = kept.iter().find(|k| k.dossier.finding == *finding) {
            return found.dossier.clone();
        }
        let dossier = Arc::new(Dossier {
            clients: self.clients.clone(),
            trail: self.trail.clone(),
            finding: finding.clone(),
            iam: OnceCell::new(),
            identity: OnceCell::new(),
            sessions: Shelf::default(),
            told: Shelf::default(),
            chains: Shelf::default(),
        });
        kept.push_back(Kept { since: Instant::now(), dossier: dossier.clone() });
        dossier
    }
}

/// A user or a role as IAM has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) unique_id: String,
    pub(super) created_at: Option<Timestamp>,
    pub(super) boundary: Option<String>,
    /// A role's trust policy, as IAM sends it: percent-encoded.
    pub(super) trust: Option<String>,
}

impl Identity {
    /// Roles of IAM Identity Center: only AWS can make one under this path. Anybody can imitate the name.
    pub(super) fn is_identity_center(&self) -> bool {
        is_identity_center(&self.path)
    }

    pub(super) fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

/// Whether a role's path is Identity Center's. Outside us-east-1 the Region follows.
pub(super) fn is_identity_center(path: &str) -> bool {
    path.starts_with("/aws-reserved/sso.amazonaws.com/")
}

/// One version of one finding, and what is known about it so far.
pub(super) struct Dossier {
    clients: Arc<Clients>,
    trail: Arc<Trail>,
    finding: Finding,
    iam: OnceCell<Iam>,
    identity: OnceCell<Identity>,
    sessions: Shelf<AccountId, Session>,
    told: Shelf<(AccountId, String, Question), Arc<Told>>,
    chains: Shelf<(AccountId, AccessKeyId), Arc<Followed>>,
}

impl Dossier {
    pub(super) fn finding(&self) -> &Finding {
        &self.finding
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clients.now()
    }

    pub(super) fn own_region(&self) -> &str {
        self.clients.region()
    }

    /// The principal's account.
    pub(super) fn account(&self) -> &AccountId {
        self.finding.home()
    }

    pub(super) async fn may_look_into(&self, account: &AccountId) -> bool {
        self.clients.may_look_into(account).await
    }

    /// IAM of the principal's account, to read with.
    pub(super) fn iam(&self) -> BoxFuture<'_, Result<&Iam, Fault>> {
        // In boxes, here and below: the SDK's futures are deep, and these hold them in several places.
        let open = async || -> Result<Iam, Fault> { Ok(self.session(self.account()).await?.iam()) };
        Box::pin(self.iam.get_or_try_init(open))
    }

    /// The user or role that the finding names.
    pub(super) fn identity(&self) -> BoxFuture<'_, Result<&Identity, Fault>> {
        Box::pin(self.identity.get_or_try_init(|| self.read_identity()))
    }

    async fn read_identity(&self) -> Result<Identity, Fault> {
        let (iam, principal) = (self.iam().await?, &self.finding.principal);
        let name = &principal.name;
        if !principal.has_callable_name() {
            return Err(Fault::never(format!("{name:?} is no name that IAM could be asked about")));
        }
        if principal.kind == PrincipalKind::IamUser {
            let sent = iam.client.get_user().user_name(name).send();
            let user = iam.place.call("iam", "GetUser", sent).await?.user;
            let user = user.ok_or_else(|| Fault::never(format!("IAM answered without a user {name}")))?;
            Ok(Identity {
                arn: user.arn,
                path: user.path,
                unique_id: user.user_id,
                created_at: moment(user.create_date.secs()),
                boundary: user.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
                trust: None,
            })
        } else {
            let sent = iam.client.get_role().role_name(name).send();
            let role = iam.place.call("iam", "GetRole", sent).await?.role;
            let role = role.ok_or_else(|| Fault::never(format!("IAM answered without a role {name}")))?;
            Ok(Identity {
                arn: role.arn,
                path: role.path,
                unique_id: role.role_id,
                created_at: moment(role.create_date.secs()),
                boundary: role.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
                trust: role.assume_role_policy_document,
            })
        }
    }

    /// Asks the history of an account and Region.
    pub(super) fn ask<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a str,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Arc<Told>, Fault>> {
        Box::pin(async move {
            let key = (account.clone(), region.to_owned(), question.clone());
            let ask = async || {
                let there = self.session(account).await?.cloudtrail(region);
                self.trail.ask(&there, question).await.map(Arc::new)
            };
            self.told.get(key, ask).await
        })
    }

    /// Of any account that may be looked into.
    pub(super) fn session<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<Session, Fault>> {
        let open = || self.clients.evidence_session(account, self.finding.partition, &self.finding.id);
        Box::pin(self.sessions.get(account.clone(), open))
    }

    /// How the finding's own session key came to be; `None` when it names none.
    pub(super) async fn chain(&self) -> Option<Result<Arc<Followed>, Fault>> {
        let key = self.finding.principal.access_key.as_ref();
        let key = key.filter(|key| key.kind() == KeyKind::Session)?;
        Some(self.chain_of(key, self.account()).await)
    }

    /// How any session key came to be.
    pub(super) fn chain_of<'a>(
        &'a self,
        key: &'a AccessKeyId,
        account: &'a AccountId,
    ) -> BoxFuture<'a, Result<Arc<Followed>, Fault>> {
        Box::pin(async move {
            let trace = async || follow(self, key, account).await.map(Arc::new);
            self.chains.get((account.clone(), key.clone()), trace).await
        })
    }

    /// Identity Center's directory.
    pub(super) async fn directory(&self, role: &str, region: &str) -> Result<IdentityStore, Fault> {
        Ok(self.clients.directory_session(role, &self.finding.id).await?.identity_store(region))
    }
}

/// Answers by question. Who asks while an answer is under way waits for it; a fault is not kept.
struct Shelf<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Shelf<K, V> {
    async fn get<F: Future<Output = Result<V, Fault>>>(
        &self,
        key: K,
        read: impl FnOnce() -> F,
    ) -> Result<V, Fault> {
        let cell = {
            let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            shelf.entry(key).or_default().clone()
        };
        cell.get_or_try_init(read).await.cloned()
    }
}

pub(super) fn moment(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}
