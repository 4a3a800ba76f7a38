//! Serving a router on a listener until told to stop, and the health route that every listener may carry.
//! Never here: routes that know of cases, Slack or metrics.

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long answers under way may take after the stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `stop`, then lets answers under way finish, at most 5 s.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let told = stop.clone();
    // An acknowledgement does not wait for that of the one before.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { told.cancelled().await });
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served,
        () = late => Ok(()),
    }
}

/// `GET /healthz`: the process runs. Anything else that is not added is 404, or 405 on a known path.
pub fn health() -> Router {
    Router::new().route("/healthz", get(async || "ok\n"))
}
