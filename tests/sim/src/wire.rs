//! What both servers do on the wire: serve until told to stop, and break a connection without an answer.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::rt;

/// Serves in a task of its own until the token is cancelled.
pub(crate) fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    rt::spawn(async move {
        tokio::select! {
            served = axum::serve(listener, routes).into_future() => drop(served),
            () = stop.cancelled() => {}
        }
    });
}

/// A body that fails before its first byte, so that the server drops the connection with the answer unsent.
pub(crate) fn broken() -> Response {
    let fail = async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) };
    Response::new(Body::from_stream(futures_util::stream::once(fail)))
}
