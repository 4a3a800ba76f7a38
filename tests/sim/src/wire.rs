//! What both servers do on the wire: serve until told to stop, and break a connection without an answer.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::rt;

/// Serves in a task of its own until the token is cancelled.
pub(crate) fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    // Without it an answer in two pieces waits 40 ms for the other side's acknowledgement of the first.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    rt::spawn(async move {
        // Graceful, because otherwise connections kept alive would be served on after the stop.
        let served = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await;
        drop(served);
    });
}

/// A body that fails before its first byte, so that the server drops the connection with the answer unsent.
pub(crate) fn broken() -> Response {
    let fail = async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) };
    Response::new(Body::from_stream(futures_util::stream::once(fail)))
}

/// The pairs of a form or query, decoded. Written out because a form may be longer than an address can be.
pub(crate) fn pairs(encoded: &[u8]) -> impl Iterator<Item = (String, String)> {
    encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || decoded(halves.next().unwrap_or_default());
        (half(), half())
    })
}

fn decoded(encoded: &[u8]) -> String {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn forms_are_decoded() {
        let found: Vec<_> = pairs("a=1+2&b=%7B%C3%A9%7D&c&d=100%&=x".as_bytes()).collect();
        let expected = [("a", "1 2"), ("b", "{é}"), ("c", ""), ("d", "100%"), ("", "x")];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
