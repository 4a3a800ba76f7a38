//! Asking the running daemon on its admin address.
//! Never here: what is asked, or how it is shown.

use reqwest::{Client, Response};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// For the answer to begin; an export may then take as long as it takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// `GET` on the daemon. The sentence says what to look at.
pub(super) async fn get(listen: SocketAddr, path: &str) -> Result<Response, String> {
    let url = format!("http://{}{path}", reachable(listen));
    // The daemon is near: a proxy that the environment names is for elsewhere.
    let client = Client::builder().no_proxy().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
    let client = client.map_err(|error| format!("the http client cannot be made: {error}"))?;
    client.get(&url).send().await.map_err(|error| {
        let error = error.without_url();
        format!("no daemon answers on {url} ({error}); is it running, and is admin.listen the same here?")
    })
}

/// An address to listen on everywhere is reached at home.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
