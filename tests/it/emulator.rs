//! The AWS emulator as tests see it: one per test process, with users of their own per test.
//! Never here: opinions about what vouch does to them.

use crate::child::Emulated;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_iam::error::ProvideErrorMetadata;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use vouch::aws::call::{CallObserver, CallResult};
use vouch::aws::clients::Clients;
use vouch::case::guard::Profile;
use vouch::case::principal::{AccessKeyId, AccountId, Partition, PrincipalKind, Region as RegionName};
use vouch::case::remedy::{Target, action_of};
use vouch::config;
use vouch::ports::Clock;

/// The account that the emulator's root key belongs to.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The policy that quarantine attaches: as the setting names it by default, and in the emulator's account.
pub(crate) const QUARANTINE: &str = "arn:{partition}:iam::{account}:policy/vouch/VouchQuarantine";
pub(crate) const QUARANTINE_ARN: &str = "arn:aws:iam::000000000000:policy/vouch/VouchQuarantine";

/// MiniStack with AUTH.
pub(crate) struct Emulator(Emulated);

/// A user made for one test.
#[derive(Debug, Clone)]
pub(crate) struct TestUser {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// A role made for one test, which anybody of the account may take.
#[derive(Debug, Clone)]
pub(crate) struct TestRole {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) arn: String,
}

/// Keys of a session, and when it was issued by the emulator's clock.
pub(crate) struct Session {
    pub(crate) credentials: Credentials,
    pub(crate) issued: Timestamp,
}

pub(crate) struct Fixed(pub(crate) Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Service, operation and result.
type Call = (&'static str, &'static str, CallResult);

/// Every call that `Clients` made.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<Vec<Call>>>);

/// Which of the printed policies has to allow a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Evidence,
    Respond,
}

impl Calls {
    /// What is heard is also told to whoever compares calls and policies (`sim::calls`).
    pub(crate) fn observer(&self, by: By) -> CallObserver {
        let calls = self.clone();
        let role = match by {
            By::Evidence => "evidence",
            By::Respond => "respond",
        };
        CallObserver::new(move |service, operation, result| {
            let action = action_of(service, operation);
            sim::calls::tell(&serde_json::json!({ "by": role, "action": action, "result": result.as_str() }));
            calls.0.lock().unwrap().push((service, operation, result));
        })
    }

    /// Every call so far, as service and operation; in order, with repetitions.
    pub(crate) fn made(&self) -> Vec<String> {
        let calls = self.0.lock().unwrap();
        calls.iter().map(|(service, operation, _)| format!("{service}:{operation}")).collect()
    }

    /// Names of the operations called, each once.
    pub(crate) fn operations(&self) -> std::collections::BTreeSet<&'static str> {
        self.0.lock().unwrap().iter().map(|(_, operation, _)| *operation).collect()
    }

    pub(crate) fn operations_made(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Calls that change something and were let through.
    pub(crate) fn writes(&self) -> usize {
        let reads = ["Get", "Head", "List", "Assume", "Describe"];
        let calls = self.0.lock().unwrap();
        calls
            .iter()
            .filter(|(_, op, r)| *r == CallResult::Ok && !reads.iter().any(|p| op.starts_with(p)))
            .count()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|(_, op, _)| *op == operation).count()
    }

    /// The IAM actions that they needed; STS gives credentials and is none of a remedy's.
    pub(crate) fn actions(&self) -> BTreeSet<String> {
        let calls = self.0.lock().unwrap();
        let others = calls.iter().filter(|(service, _, _)| *service != "sts");
        others.map(|(service, operation, _)| action_of(service, operation)).collect()
    }

    /// Those of them that were refused for want of a permission.
    pub(crate) fn denied(&self) -> BTreeSet<String> {
        let calls = self.0.lock().unwrap();
        let denied = calls.iter().filter(|(_, _, result)| *result == CallResult::Denied);
        denied.map(|(service, operation, _)| action_of(service, operation)).collect()
    }
}

impl Emulator {
    /// The one of this process, started by whoever asks first.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Emulator> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn start() -> Self {
        Self(Emulated::start(&[], &[], "/_ministack/ready"))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// As root of the account.
    pub(crate) fn sdk(&self) -> SdkConfig {
        self.sdk_as(Credentials::new("test", "test", None, None, "root"))
    }

    pub(crate) fn sdk_as(&self, credentials: Credentials) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(self.url())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// As root of another account.
    pub(crate) fn iam_of(&self, account: &str) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.sdk_as(Credentials::new(account, "test", None, None, "root")))
    }

    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.sdk())
    }

    /// With one key, and allowed to list queues.
    pub(crate) async fn create_user(&self, name: &str) -> TestUser {
        self.create_user_at(name, "/").await
    }

    pub(crate) async fn create_user_at(&self, name: &str, path: &str) -> TestUser {
        let iam = self.iam();
        let made = iam.create_user().user_name(name).path(path).send().await.unwrap();
        self.put_policy(name, "Work", &allow(&["sqs:ListQueues"])).await;
        let (key, secret) = self.create_key(name).await;
        TestUser { name: name.to_owned(), id: made.user.unwrap().user_id, key, secret }
    }

    pub(crate) async fn create_key(&self, name: &str) -> (String, String) {
        let made = self.iam().create_access_key().user_name(name).send().await.unwrap();
        let key = made.access_key.unwrap();
        (key.access_key_id, key.secret_access_key)
    }

    pub(crate) async fn put_policy(&self, user: &str, name: &str, document: &str) {
        let call = self.iam().put_user_policy().user_name(user).policy_name(name);
        call.policy_document(document).send().await.unwrap();
    }

    /// As plain text; `None` when there is none.
    pub(crate) async fn policy(&self, user: &str, name: &str) -> Option<String> {
        let got = self.iam().get_user_policy().user_name(user).policy_name(name).send().await.ok()?;
        let text = percent_encoding::percent_decode_str(&got.policy_document);
        Some(text.decode_utf8().unwrap().into_owned())
    }

    /// The policy that quarantine attaches, made once.
    pub(crate) async fn make_quarantine(&self) {
        let deny = serde_json::json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
        let document = serde_json::json!({ "Version": "2012-10-17", "Statement": [deny] }).to_string();
        let call = self.iam().create_policy().policy_name("VouchQuarantine").path("/vouch/");
        if let Err(error) = call.policy_document(document).send().await {
            assert_eq!(error.code(), Some("EntityAlreadyExists"), "{error:?}");
        }
    }

    /// ARNs of the managed policies attached to a user, in order.
    pub(crate) async fn attached(&self, user: &str) -> Vec<String> {
        let listed = self.iam().list_attached_user_policies().user_name(user).send().await.unwrap();
        let arns = listed.attached_policies.unwrap_or_default().into_iter();
        let mut arns: Vec<String> = arns.map(|policy| policy.policy_arn.unwrap()).collect();
        arns.sort();
        arns
    }

    pub(crate) async fn is_quarantined(&self, user: &str) -> bool {
        self.attached(user).await.iter().any(|arn| arn == QUARANTINE_ARN)
    }

    pub(crate) async fn attach(&self, user: &str, arn: &str) {
        self.iam().attach_user_policy().user_name(user).policy_arn(arn).send().await.unwrap();
    }

    pub(crate) async fn detach(&self, user: &str, arn: &str) {
        self.iam().detach_user_policy().user_name(user).policy_arn(arn).send().await.unwrap();
    }

    pub(crate) async fn give_password(&self, user: &str, reset: bool) {
        let call = self.iam().create_login_profile().user_name(user).password("Correct-Horse-7");
        call.password_reset_required(reset).send().await.unwrap();
    }

    /// When the console password was made, and whether it must be changed; `None` without one.
    pub(crate) async fn password(&self, user: &str) -> Option<(i64, bool)> {
        let got = self.iam().get_login_profile().user_name(user).send().await.ok()?.login_profile?;
        Some((got.create_date.secs(), got.password_reset_required))
    }

    pub(crate) async fn set_key(&self, user: &str, key: &str, active: bool) {
        let status = if active { "Active" } else { "Inactive" };
        let call = self.iam().update_access_key().user_name(user).access_key_id(key);
        call.status(status.into()).send().await.unwrap();
    }

    /// Key ids and whether each is active, in order.
    pub(crate) async fn keys(&self, user: &str) -> Vec<(String, bool)> {
        let listed = self.iam().list_access_keys().user_name(user).send().await.unwrap();
        let mut keys: Vec<_> = listed
            .access_key_metadata
            .into_iter()
            .map(|k| (k.access_key_id.unwrap(), k.status.unwrap().as_str() == "Active"))
            .collect();
        keys.sort();
        keys
    }

    /// Who these credentials are, or AWS's word for why they are nobody.
    pub(crate) async fn call_as(&self, credentials: Credentials) -> Result<String, String> {
        let sts = aws_sdk_sts::Client::new(&self.sdk_as(credentials));
        match sts.get_caller_identity().send().await {
            Ok(answer) => Ok(answer.arn.unwrap()),
            Err(error) => Err(error.code().unwrap_or("no code").to_owned()),
        }
    }

    /// Something a policy can forbid, which asking who one is cannot be.
    pub(crate) async fn work_as(&self, credentials: Credentials) -> Result<(), String> {
        let sqs = aws_sdk_sqs::Client::new(&self.sdk_as(credentials));
        let answer = sqs.list_queues().send().await;
        answer.map(|_| ()).map_err(|error| error.code().unwrap_or("no code").to_owned())
    }

    pub(crate) async fn session(&self, user: &TestUser) -> Session {
        let sts = aws_sdk_sts::Client::new(&self.sdk_as(user.credentials()));
        let got = sts.get_session_token().duration_seconds(3600).send().await.unwrap();
        let c = got.credentials.unwrap();
        let issued = Timestamp::from_second(c.expiration.secs() - 3600).unwrap();
        let credentials =
            Credentials::new(c.access_key_id, c.secret_access_key, Some(c.session_token), None, "session");
        Session { credentials, issued }
    }

    pub(crate) async fn create_role(&self, name: &str) -> TestRole {
        self.create_role_at(name, "/").await
    }

    /// Whose sessions may list queues.
    pub(crate) async fn create_role_at(&self, name: &str, path: &str) -> TestRole {
        let trust = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
                "Action": "sts:AssumeRole",
            }],
        });
        let call = self.iam().create_role().role_name(name).path(path);
        let made = call.assume_role_policy_document(trust.to_string()).send().await.unwrap().role.unwrap();
        self.put_role_policy(name, "Work", &allow(&["sqs:ListQueues"])).await;
        TestRole { name: name.to_owned(), id: made.role_id, arn: made.arn }
    }

    pub(crate) async fn put_role_policy(&self, role: &str, name: &str, document: &str) {
        let call = self.iam().put_role_policy().role_name(role).policy_name(name);
        call.policy_document(document).send().await.unwrap();
    }

    /// As plain text; `None` when there is none.
    pub(crate) async fn role_policy(&self, role: &str, name: &str) -> Option<String> {
        let got = self.iam().get_role_policy().role_name(role).policy_name(name).send().await.ok()?;
        let text = percent_encoding::percent_decode_str(&got.policy_document);
        Some(text.decode_utf8().unwrap().into_owned())
    }

    /// ARNs of the managed policies attached to a role, in order.
    pub(crate) async fn attached_to_role(&self, role: &str) -> Vec<String> {
        let listed = self.iam().list_attached_role_policies().role_name(role).send().await.unwrap();
        let arns = listed.attached_policies.unwrap_or_default().into_iter();
        let mut arns: Vec<String> = arns.map(|policy| policy.policy_arn.unwrap()).collect();
        arns.sort();
        arns
    }

    pub(crate) async fn attach_to_role(&self, role: &str, arn: &str) {
        self.iam().attach_role_policy().role_name(role).policy_arn(arn).send().await.unwrap();
    }

    pub(crate) async fn detach_from_role(&self, role: &str, arn: &str) {
        self.iam().detach_role_policy().role_name(role).policy_arn(arn).send().await.unwrap();
    }

    /// A session of a role, by its name.
    pub(crate) async fn assume(&self, role: &TestRole, session: &str) -> Session {
        let sts = aws_sdk_sts::Client::new(&self.sdk());
        let call = sts.assume_role().role_arn(&role.arn).role_session_name(session).duration_seconds(3600);
        let c = call.send().await.unwrap().credentials.unwrap();
        let issued = Timestamp::from_second(c.expiration.secs() - 3600).unwrap();
        let credentials =
            Credentials::new(c.access_key_id, c.secret_access_key, Some(c.session_token), None, "role");
        Session { credentials, issued }
    }

    /// Clients as the daemon makes them, with these credentials.
    pub(crate) fn clients(&self, credentials: Credentials, aws: &config::Aws, now: Timestamp) -> Clients {
        Clients::with_sdk(self.sdk_as(credentials), aws, Arc::new(Fixed(now))).unwrap()
    }
}

impl TestUser {
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(&self.key, &self.secret, None, None, "user")
    }

    pub(crate) fn target(&self, keys: &[&str]) -> Target {
        Target {
            partition: Partition::Commercial,
            account: AccountId::parse(ACCOUNT).unwrap(),
            region: RegionName::parse("eu-central-1").unwrap(),
            kind: PrincipalKind::IamUser,
            name: self.name.clone(),
            session: None,
            unique_id: Some(self.id.clone()),
            keys: keys.iter().map(|key| AccessKeyId::parse(key).unwrap()).collect(),
            instance: None,
            buckets: vec![],
        }
    }
}

impl TestRole {
    pub(crate) fn target(&self, session: &str) -> Target {
        Target {
            partition: Partition::Commercial,
            account: AccountId::parse(ACCOUNT).unwrap(),
            region: RegionName::parse("eu-central-1").unwrap(),
            kind: PrincipalKind::RoleSession,
            name: self.name.clone(),
            session: Some(session.to_owned()),
            unique_id: Some(self.id.clone()),
            keys: vec![],
            instance: None,
            buckets: vec![],
        }
    }
}

/// Own account, own credentials.
pub(crate) fn plain() -> config::Aws {
    config::Aws {
        accounts: vec![],
        evidence_role: String::new(),
        respond_role: String::new(),
        external_id: String::new(),
        profile: Profile::Surgical,
        quarantine_policy: QUARANTINE.to_owned(),
    }
}

pub(crate) fn allow(actions: &[&str]) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
    .to_string()
}
