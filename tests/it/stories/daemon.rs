//! The real binary as a child process: started, watched, killed, started again on the same store.
//! Never here: what it is asked to do.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Looked at this often, where no event tells.
pub(crate) const LOOK: Duration = Duration::from_millis(25);

/// How it is started, every time alike.
pub(crate) struct Recipe {
    pub(crate) configs: Vec<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) admin: SocketAddr,
    pub(crate) http: SocketAddr,
    /// Standard error and output of every life, one after the other.
    pub(crate) log: PathBuf,
}

/// A running daemon. Killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) admin: SocketAddr,
}

impl Recipe {
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
        for config in &self.configs {
            command.arg("--config").arg(config);
        }
        command.args(arguments).stdin(Stdio::null()).env_clear();
        for keep in ["PATH", "HOME", "TMPDIR"] {
            if let Some(value) = std::env::var_os(keep) {
                command.env(keep, value);
            }
        }
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command
    }

    pub(crate) fn start(&self) -> Daemon {
        let log = || -> File {
            OpenOptions::new().create(true).append(true).open(&self.log).expect("the log can be written")
        };
        writeln!(log(), "--- start").expect("the log can be written");
        let child = self.command(&["run"]).stdout(log()).stderr(log()).spawn().expect("vouch starts");
        Daemon { child, admin: self.admin }
    }

    /// The last lines of the log, for whoever must find out what went wrong.
    pub(crate) fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Daemon {
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status();
        assert!(sent.expect("kill runs").success(), "the daemon is there to be told to stop");
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its state can be read")
    }

    pub(crate) async fn wait_end(&mut self, within: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + within;
        loop {
            match self.ended() {
                Some(status) => return Some(status),
                None if Instant::now() >= until => return None,
                None => sleep(LOOK).await,
            }
        }
    }

    /// `None` while nobody listens.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        get(self.admin, path).await
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One GET over HTTP/1.0, so that the body ends with the connection.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    };
    timeout(Duration::from_secs(5), asked).await.ok().flatten()
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// A free port below those that the system hands out for outgoing connections: nobody takes it by accident
/// between this look and its use.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() % 97).expect("below 97") * 113;
    for _ in 0..11_000 {
        let port = 20_000 + (spread + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return SocketAddr::from(([127, 0, 0, 1], port)),
            Err(taken) => assert_eq!(taken.kind(), ErrorKind::AddrInUse, "127.0.0.1 can be listened on"),
        }
    }
    panic!("no free port between 20000 and 32000")
}
