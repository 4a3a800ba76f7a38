//! An emulator as a child process that ends with this one: installed, started on a free port, waited for.
//! Never here: what it emulates.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// For a slow start on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// It ends when its standard input closes, that is with this process.
pub(crate) struct Emulated {
    port: u16,
    child: Child,
}

impl Emulated {
    /// `which`: the leading arguments of `emulator.sh`; `env`: added to its environment; `ready`: the path that answers 200 once it is. Blocks.
    #[expect(clippy::panic, reason = "without the emulator no test here can say anything")]
    pub(crate) fn start(which: &[&str], env: &[(&str, &str)], ready: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/emulator.sh");
        // Installing takes as long as the package index takes; only starting has a deadline.
        let installed = Command::new(script).args(which).arg("install").status().unwrap();
        assert!(installed.success(), "{script} {which:?} install failed");
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = Command::new(script)
                .args(which)
                .args(["follow", &port.to_string()])
                .envs(env.iter().copied())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let mut emulated = Self { port, child };
            if emulated.answers(ready) {
                return emulated;
            }
        }
        panic!("{script} {which:?} did not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// False if it ended, because somebody else took the port.
    fn answers(&mut self, ready: &str) -> bool {
        let deadline = Instant::now() + LONGEST;
        while Instant::now() < deadline && self.child.try_wait().unwrap().is_none() {
            if self.is_ready(ready).unwrap_or(false) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn is_ready(&self, path: &str) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.split(' ').nth(1) == Some("200"))
    }
}
