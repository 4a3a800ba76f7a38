//! The remedies against an emulator that enforces IAM: whether a key or a session is dead is its verdict, not ours.
//! Never here: who decided; see the stories.

mod all_keys;
mod bucket;
mod bundle;
mod console;
#[cfg(feature = "ec2")]
pub(crate) mod instances;
mod keys;
mod permits;
mod priors;
mod quarantine;
mod role;
mod role_priors;
mod roles;
mod sessions;

use crate::emulator::{By, Calls, Emulator, QUARANTINE, TestRole, TestUser, allow, plain};
use aws_sdk_iam::config::Credentials;
use jiff::Timestamp;
use std::sync::Arc;
use vouch::aws::remedies::Remedies;
use vouch::case::CaseId;
use vouch::case::remedy::{Act, ActState, Prior, Receipt, Remedy, Target};
use vouch::ports::{Fault, Prepared, Remediator, Undone};

const BOTH: [Remedy; 2] = [Remedy::DeactivateKey, Remedy::CutSessions];

/// The parts of `contain` for a user.
const CONTAIN: [Remedy; 3] = [Remedy::DeactivateAllKeys, Remedy::CutSessions, Remedy::QuarantineUser];

/// Every remedy for users.
const EVERY: [Remedy; 5] = [
    Remedy::DeactivateKey,
    Remedy::DeactivateAllKeys,
    Remedy::CutSessions,
    Remedy::DisableConsole,
    Remedy::QuarantineUser,
];

/// Every remedy for roles.
const ROLES: [Remedy; 3] = [Remedy::RevokeSession, Remedy::RevokeRoleSessions, Remedy::QuarantineRole];

/// A user who did something, and a vouch with the permissions it declares and no others.
struct Scene {
    aws: &'static Emulator,
    user: TestUser,
    hub: TestUser,
    case: CaseId,
    remedies: Remedies,
    calls: Calls,
    cut_off: Timestamp,
    target: Target,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let user = Emulator::shared().create_user(name).await;
        let target = user.target(&[&user.key]);
        Self::about(user, target, &EVERY).await
    }

    /// A session `stolen` of a role did something instead.
    async fn of_role(name: &str) -> (Self, TestRole) {
        let aws = Emulator::shared();
        let role = aws.create_role(name).await;
        let user = aws.create_user(&format!("{name}-user")).await;
        (Self::about(user, role.target("stolen"), &ROLES).await, role)
    }

    async fn about(user: TestUser, target: Target, remedies: &[Remedy]) -> Self {
        let aws = Emulator::shared();
        let hub = aws.create_user(&format!("{}-hub", user.name)).await;
        let actions: Vec<&str> = remedies.iter().flat_map(|r| r.actions()).copied().collect();
        aws.put_policy(&hub.name, "Vouch", &allow(&actions)).await;
        aws.make_quarantine().await;
        let cut_off =
            aws.session(&user).await.issued.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        let calls = Calls::default();
        let clients =
            aws.clients(hub.credentials(), &plain(), cut_off).observed_by(calls.observer(By::Respond));
        let remedies = Remedies::new(Arc::new(clients), QUARANTINE);
        let case = CaseId::parse("c0ffee0000000001").unwrap();
        Self { aws, user, hub, case, remedies, calls, cut_off, target }
    }

    fn target(&self) -> Target {
        self.target.clone()
    }

    fn key(&self) -> Credentials {
        self.user.credentials()
    }

    /// Prepares and applies these remedies in order, as the engine does.
    async fn carry_out(&self, case: &CaseId, target: &Target, remedies: &[Remedy]) -> Vec<Act> {
        let prepared = self.remedies.prepare(case, target, remedies).await.unwrap();
        let mut acts = vec![];
        for (remedy, prior) in remedies.iter().zip(saved(prepared)) {
            let receipt = self.remedies.apply(case, target, *remedy, &prior, self.cut_off).await.unwrap();
            acts.push(act(*remedy, prior, receipt));
        }
        acts
    }

    async fn verify(&self, acts: &[Act]) -> Vec<String> {
        self.remedies.verify(&self.case, &self.target(), acts, self.cut_off).await.unwrap()
    }

    async fn undo(&self, acts: &[Act], begun: bool) -> Result<Undone, Fault> {
        self.remedies.undo(&self.case, &self.target(), acts, self.cut_off, begun).await
    }

    /// As after a crash between the write and its receipt: the saved prior state, and the same again.
    async fn again(&self, act: &Act) -> Receipt {
        let prior = act.prior.as_ref().unwrap();
        self.remedies.apply(&self.case, &self.target(), act.remedy, prior, self.cut_off).await.unwrap()
    }

    /// What the hub may not do for a while.
    async fn forbid(&self, action: &str) {
        let deny = serde_json::json!({ "Effect": "Deny", "Action": action, "Resource": "*" });
        let document = serde_json::json!({ "Version": "2012-10-17", "Statement": deny }).to_string();
        self.aws.put_policy(&self.hub.name, "Broken", &document).await;
    }

    async fn allow_again(&self) {
        let call = self.aws.iam().delete_user_policy().user_name(&self.hub.name).policy_name("Broken");
        call.send().await.unwrap();
    }
}

/// What stands there before each of the remedies, all of which can be done.
fn saved(prepared: Prepared) -> Vec<Prior> {
    prepared.priors.into_iter().collect::<Result<_, _>>().unwrap()
}

fn act(remedy: Remedy, prior: Prior, receipt: Receipt) -> Act {
    Act { remedy, state: ActState::Applied, prior: Some(prior), receipt: Some(receipt) }
}

#[expect(clippy::panic, reason = "a test that cannot go on stops at the line that says why")]
fn refused(undone: Result<Undone, Fault>) -> Vec<String> {
    match undone.unwrap() {
        Undone::Refused { changed } => changed,
        Undone::Restored { .. } => panic!("it was restored"),
    }
}

#[expect(clippy::panic, reason = "a test that cannot go on stops at the line that says why")]
fn restored(undone: Result<Undone, Fault>) -> usize {
    match undone.unwrap() {
        Undone::Restored { request_ids, notes } if notes.is_empty() => request_ids.len(),
        Undone::Restored { notes, .. } => panic!("something was not restored: {notes:?}"),
        Undone::Refused { changed } => panic!("it was refused: {changed:?}"),
    }
}

#[expect(clippy::panic, reason = "a test that cannot go on stops at the line that says why")]
fn restored_with(undone: Result<Undone, Fault>) -> (usize, Vec<String>) {
    match undone.unwrap() {
        Undone::Restored { request_ids, notes } => (request_ids.len(), notes),
        Undone::Refused { changed } => panic!("it was refused: {changed:?}"),
    }
}
