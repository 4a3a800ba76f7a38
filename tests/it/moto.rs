//! moto as tests see it: one per test process, for the services that the other emulator lacks. It enforces nothing,
//! so here only what was written, or can be read, is judged.
//! Never here: IAM, STS, SQS or S3; those have an emulator that bites.

use crate::child::Emulated;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use std::sync::OnceLock;

/// The account of everybody who does not come from elsewhere: the other emulator's, so that one story can need both.
pub(crate) const MOTO_ACCOUNT: &str = crate::emulator::ACCOUNT;

/// Held by whoever changes what the whole account has only one of.
pub(crate) static ACCOUNT_SETTINGS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub(crate) struct Moto(Emulated);

impl Moto {
    /// The one of this process, started by whoever asks first. Blocks while it starts.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self(Emulated::start(&["moto"], &[("MOTO_ACCOUNT_ID", MOTO_ACCOUNT)], "/moto-api/"))
        })
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// As somebody of its own account.
    pub(crate) fn sdk(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(self.url())
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKIAMOTO", "moto", None, None, "moto",
            )))
            .build()
    }
}

#[tokio::test]
async fn everybody_is_of_one_account() {
    let sdk = tokio::task::spawn_blocking(|| Moto::shared().sdk()).await.unwrap();
    let who = aws_sdk_sts::Client::new(&sdk).get_caller_identity().send().await.unwrap();
    assert_eq!(who.account.as_deref(), Some(MOTO_ACCOUNT));
}
