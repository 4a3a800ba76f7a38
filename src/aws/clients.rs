//! Who we are in AWS, and the clients we work with: our own, and those of a role in another account.
//! Never here: what the clients are used for, or whether a case may act.

mod kept;
mod session;

pub(super) use session::iam_region;
#[cfg(feature = "ec2")]
pub use session::{Balancing, Ec2, Scaling};
pub use session::{Client, CloudTrail, GuardDuty, Iam, IdentityStore, S3, S3Control, Session};

use super::call::{CallObserver, Failed, Place};
use crate::case::CaseId;
use crate::case::principal::{AccountId, Partition};
use crate::config;
use crate::ports::{Clock, Fault};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::SharedHttpClient;
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{Builder, ConnectorBuilder, proxy::ProxyConfig, tls};
use jiff::Timestamp;
use kept::{Kept, Key};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::OnceCell;

const CONNECT: Duration = Duration::from_secs(3);
const OPERATION: Duration = Duration::from_secs(10);

/// The shortest a role session can be (STS API reference, `DurationSeconds`).
const SESSION_SECONDS: i32 = 900;

/// What a session policy may be at most, in characters (STS API reference, `Policy`).
const SESSION_POLICY_MAX: usize = 2048;

/// All that a session may do that only looks whether it could act.
const REHEARSAL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"*"}]}"#;

/// The identity behind our own credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub account: AccountId,
    pub partition: Partition,
    /// The user, or the role behind our session. STS does not tell a role's path, so there is none in it.
    pub arn: String,
}

/// Makes clients. All of them share one connection pool; none of them retries.
pub struct Clients {
    sdk: SdkConfig,
    region: Region,
    aws: config::Aws,
    clock: Arc<dyn Clock>,
    observer: CallObserver,
    identity: OnceCell<Identity>,
    kept: Kept,
}

impl Clients {
    /// Region, credentials and endpoints from the SDK's own chain.
    pub async fn new(aws: &config::Aws, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let sdk = aws_config::defaults(BehaviorVersion::latest()).load().await;
        Self::with_sdk(sdk, aws, clock)
    }

    /// The same from an SDK configuration that was made elsewhere.
    pub fn with_sdk(sdk: SdkConfig, aws: &config::Aws, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let Some(region) = sdk.region().cloned() else {
            return Err(Fault::never("no AWS Region is configured: set AWS_REGION"));
        };
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(OPERATION).build();
        let sdk = sdk
            .into_builder()
            .http_client(pooled())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let (aws, identity, kept) = (aws.clone(), OnceCell::new(), Kept::default());
        Ok(Self { sdk, region, aws, clock, observer: CallObserver::silent(), identity, kept })
    }

    /// Counts every call from now on.
    pub fn observed_by(mut self, observer: CallObserver) -> Self {
        self.observer = observer;
        self
    }

    /// For clients that are not made here, such as the queue's.
    pub fn observer(&self) -> CallObserver {
        self.observer.clone()
    }

    /// The same.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Calls of the own account in a Region.
    pub fn place(&self, region: &str) -> Place {
        let account = self.identity.get().map(|i| i.account.clone());
        Place { account, region: region.to_owned(), observer: self.observer.clone() }
    }

    /// Asked once, kept for good: credentials of another account would be another deployment.
    pub async fn own_identity(&self) -> Result<&Identity, Fault> {
        self.identity.get_or_try_init(|| self.ask_identity()).await
    }

    pub fn guardduty(&self, region: &str) -> GuardDuty {
        let conf = aws_sdk_guardduty::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        let client = aws_sdk_guardduty::Client::from_conf(conf.build());
        Client { client, place: self.place(region) }
    }

    /// IAM to read with. `purpose` names the session in CloudTrail after `vouch-`.
    pub async fn evidence(
        &self,
        account: &AccountId,
        partition: Partition,
        purpose: &str,
    ) -> Result<Iam, Fault> {
        Ok(self.evidence_session(account, partition, purpose).await?.iam())
    }

    /// The same for whichever service is read.
    pub async fn evidence_session(
        &self,
        account: &AccountId,
        partition: Partition,
        purpose: &str,
    ) -> Result<Session, Fault> {
        self.session(&self.aws.evidence_role, account, partition, purpose, None).await
    }

    /// IAM to write with, held to `session_policy` where a role is configured.
    pub async fn respond(
        &self,
        account: &AccountId,
        partition: Partition,
        case: &CaseId,
        session_policy: &str,
    ) -> Result<Iam, Fault> {
        Ok(self.respond_session(account, partition, case, session_policy).await?.iam())
    }

    /// The same for whichever service is written to.
    pub async fn respond_session(
        &self,
        account: &AccountId,
        partition: Partition,
        case: &CaseId,
        session_policy: &str,
    ) -> Result<Session, Fault> {
        self.session(&self.aws.respond_role, account, partition, case.as_str(), Some(session_policy)).await
    }

    /// IAM of the own account with the own credentials, whatever roles there are: to ask about itself.
    pub async fn own_iam(&self) -> Result<Iam, Fault> {
        let own = self.own_identity().await?;
        Ok(Session::new(self.sdk.clone(), own.account.clone(), own.partition, self.observer()).iam())
    }

    /// The role to write with, held to asking what it may do.
    pub async fn rehearse(&self, account: &AccountId, partition: Partition) -> Result<Iam, Fault> {
        Ok(self.session(&self.aws.respond_role, account, partition, "check", Some(REHEARSAL)).await?.iam())
    }

    /// For Identity Center's directory. The operator named the role and the place, so `aws.accounts` has no say in it;
    /// with an empty role our own credentials look people up.
    pub async fn directory_session(&self, template: &str, purpose: &str) -> Result<Session, Fault> {
        let own = self.own_identity().await?;
        if template.is_empty() {
            return Ok(Session::new(self.sdk.clone(), own.account.clone(), own.partition, self.observer()));
        }
        let role = own.partition.fill(template, own.account.as_str());
        let account = role.split(':').nth(4).and_then(AccountId::parse);
        let account = account.ok_or_else(|| Fault::never(format!("{role} names no account")))?;
        let credentials = self.assume(&role, &account, own.partition, purpose, None).await?;
        let sdk = self.sdk.clone().into_builder();
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Ok(Session::new(sdk, account, own.partition, self.observer()))
    }

    /// Whether this account may be looked into, without asking AWS.
    pub async fn may_look_into(&self, account: &AccountId) -> bool {
        let Ok(own) = self.own_identity().await else { return false };
        self.allow(account, own, &self.aws.evidence_role).is_ok()
    }

    async fn session(
        &self,
        template: &str,
        account: &AccountId,
        partition: Partition,
        purpose: &str,
        session_policy: Option<&str>,
    ) -> Result<Session, Fault> {
        let own = self.own_identity().await?;
        if partition != own.partition {
            let (theirs, ours) = (partition.as_str(), own.partition.as_str());
            return Err(Fault::never(format!(
                "account {account} is in partition {theirs} and we are in {ours}: no role can be assumed across"
            )));
        }
        self.allow(account, own, template)?;
        let mut sdk = self.sdk.clone();
        if !template.is_empty() {
            let credentials = self.assume(template, account, partition, purpose, session_policy).await?;
            sdk =
                sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        }
        Ok(Session::new(sdk, account.clone(), partition, self.observer()))
    }

    /// The core asks this question too; it is asked again where the key is.
    fn allow(&self, account: &AccountId, own: &Identity, template: &str) -> Result<(), Fault> {
        let listed = self.aws.accounts.contains(account);
        if *account != own.account && (template.is_empty() || !listed) {
            let why = if listed { "no role is configured" } else { "it is not in aws.accounts" };
            let then = if listed { "set aws.evidence_role and aws.respond_role" } else { "name it there" };
            return Err(Fault::never(format!(
                "account {account} is not ours to call: {why}; {then} if vouch should act in it"
            )));
        }
        if !self.aws.accounts.is_empty() && !listed {
            return Err(Fault::never(format!("account {account} is our own, but it is not in aws.accounts")));
        }
        Ok(())
    }

    async fn assume(
        &self,
        template: &str,
        account: &AccountId,
        partition: Partition,
        purpose: &str,
        session_policy: Option<&str>,
    ) -> Result<Credentials, Fault> {
        let role = partition.fill(template, account.as_str());
        if session_policy.is_some_and(|policy| policy.len() > SESSION_POLICY_MAX) {
            return Err(Fault::never(format!("the session policy for {role} is longer than STS allows")));
        }
        let session = session_name(purpose);
        let key = Key { role, session, policy: session_policy.map(str::to_owned) };
        if let Some(credentials) = self.kept.get(&key, self.now()) {
            return Ok(credentials);
        }
        let external = Some(self.aws.external_id.clone()).filter(|id| !id.is_empty());
        let place = Place { account: Some(account.clone()), ..self.place(self.region()) };
        let sent = aws_sdk_sts::Client::new(&self.sdk)
            .assume_role()
            .role_arn(&key.role)
            .role_session_name(&key.session)
            .source_identity(&key.session)
            .duration_seconds(SESSION_SECONDS)
            .set_external_id(external)
            .set_policy(key.policy.clone())
            .send();
        let answer =
            place.call("sts", "AssumeRole", sent).await.map_err(|failed| untaken(&key.role, failed))?;
        let Some(got) = answer.credentials else {
            let role = &key.role;
            return Err(Fault::never(format!("sts:AssumeRole for {role} answered without credentials")));
        };
        let expires = SystemTime::try_from(got.expiration).ok();
        let (id, secret, token) = (got.access_key_id, got.secret_access_key, got.session_token);
        let credentials = Credentials::new(id, secret, Some(token), expires, "vouch-assumed");
        self.kept.put(key, credentials.clone(), self.now());
        Ok(credentials)
    }

    async fn ask_identity(&self) -> Result<Identity, Fault> {
        let sent = aws_sdk_sts::Client::new(&self.sdk).get_caller_identity().send();
        let answer = self.place(self.region()).call("sts", "GetCallerIdentity", sent).await?;
        let arn = answer.arn.unwrap_or_default();
        identity_of(&arn)
            .ok_or_else(|| Fault::never(format!("sts:GetCallerIdentity named an ARN we cannot read: {arn}")))
    }
}

/// The SDK's own HTTPS client, made once: left to the SDK, every client made for a role
/// would load the certificates and shake hands anew.
fn pooled() -> SharedHttpClient {
    let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(rustls.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|c| c.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

/// STS gives one answer to all that can be wrong (it does not tell whether a role exists), so all of it is named.
/// Never `gone`: what is to be changed may well be there.
fn untaken(role: &str, failed: Failed) -> Fault {
    match failed.fault {
        Fault::Never { cause, .. } if failed.is_denied() || failed.is_missing() => Fault::never(format!(
            "{cause}. Either {role} does not exist, or its trust policy does not let us in (it must name us, with \
             sts:AssumeRole, sts:SetSourceIdentity and the external id that aws.external_id has), or we lack these two \
             actions on it (`vouch iam-policy hub`)"
        )),
        Fault::Never { cause, .. } => Fault::never(cause),
        later @ Fault::Later { .. } => later,
    }
}

/// A session name, or source identity: what both allow (STS API reference: `[\w+=,.@-]{2,64}`).
fn session_name(purpose: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "_=,.@-".contains(*c);
    format!("vouch-{}", purpose.chars().filter(allowed).take(58).collect::<String>())
}

/// `None` for partitions we do not know and for what is no ARN.
fn identity_of(arn: &str) -> Option<Identity> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, resource] = fields.as_slice() else { return None };
    let (partition, account) = (Partition::parse(partition)?, AccountId::parse(account)?);
    let role = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    let arn = match role {
        Some(role) if *service == "sts" => format!("arn:{}:iam::{account}:role/{role}", partition.as_str()),
        Some(_) | None => arn.to_owned(),
    };
    Some(Identity { account, partition, arn })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_a_role_is_known_by_its_role() {
        let arn = |text: &str| identity_of(text).map(|i| i.arn);
        let task = "arn:aws-cn:sts::123456789012:assumed-role/vouch-task/0123abc";
        assert_eq!(arn(task).as_deref(), Some("arn:aws-cn:iam::123456789012:role/vouch-task"));
        let user = "arn:aws:iam::123456789012:user/ops/alice";
        assert_eq!(arn(user).as_deref(), Some(user));
        let root = "arn:aws-iso-b:iam::123456789012:root";
        assert_eq!(arn(root).as_deref(), Some(root));
        assert_eq!(arn("arn:aws-moon:iam::123456789012:root"), None);
        assert_eq!(arn("nonsense"), None);
    }

    #[test]
    fn session_names_keep_to_the_alphabet() {
        assert_eq!(session_name("c0ffee11"), "vouch-c0ffee11");
        assert_eq!(session_name("a b/c:d"), "vouch-abcd");
        assert_eq!(session_name(&"x".repeat(200)).len(), 64);
    }
}
