//! moto as tests see it: one per test process, for the services that the other emulator lacks. It enforces nothing,
//! so here only what was written, or can be read, is judged.
//! Never here: IAM, STS, SQS or S3; those have an emulator that bites.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The account of everybody who does not come from elsewhere: the other emulator's, so that one story can need both.
pub(crate) const MOTO_ACCOUNT: &str = crate::emulator::ACCOUNT;

/// Held by whoever changes what the whole account has only one of.
pub(crate) static ACCOUNT_SETTINGS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// It ends when its standard input closes, that is with this process.
pub(crate) struct Moto {
    port: u16,
    child: Child,
}

impl Moto {
    /// The one of this process, started by whoever asks first. Blocks while it starts.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    #[expect(clippy::panic, reason = "without the emulator no test here can say anything")]
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/emulator.sh");
        // Installing takes as long as the package index takes; only starting has a deadline.
        let installed = Command::new(script).args(["moto", "install"]).status().unwrap();
        assert!(installed.success(), "{script} moto install failed");
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = Command::new(script)
                .args(["moto", "follow", &port.to_string()])
                .env("MOTO_ACCOUNT_ID", MOTO_ACCOUNT)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let mut moto = Self { port, child };
            if moto.answers() {
                return moto;
            }
        }
        panic!("moto did not start");
    }

    /// False if it ended, because somebody else took the port.
    fn answers(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline && self.child.try_wait().unwrap().is_none() {
            if self.is_ready().unwrap_or(false) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn is_ready(&self) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /moto-api/ HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.split(' ').nth(1) == Some("200"))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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
