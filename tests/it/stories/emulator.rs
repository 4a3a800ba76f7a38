//! The AWS emulator that every story shares: started once per test process, gone with it.
//! Never here: what a story keeps in it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The first start makes a Python environment.
const FIRST_START: Duration = Duration::from_secs(180);

struct Emulator {
    address: SocketAddr,
    /// Holds the other end of its input: it ends when we do, however we end.
    _process: Child,
}

/// Where it listens. IAM is enforced; root is `test`/`test`, the account is 000000000000.
pub(crate) async fn address() -> SocketAddr {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    let started = tokio::task::spawn_blocking(|| EMULATOR.get_or_init(start).address);
    started.await.expect("the emulator starts")
}

fn start() -> Emulator {
    let address = free_address();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/emulator.sh");
    let mut process = Command::new(script)
        .args(["follow", &address.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("tests/aws/emulator.sh runs");
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < FIRST_START, "the emulator does not listen on {address}");
        let ended = process.try_wait().expect("its state can be read");
        assert!(ended.is_none(), "the emulator ended: {ended:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    Emulator { address, _process: process }
}

/// A free port below those that the system hands out for outgoing connections: nobody takes it by accident
/// between this look and its use.
pub(crate) fn free_address() -> SocketAddr {
    use std::sync::atomic::{AtomicU16, Ordering};
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
