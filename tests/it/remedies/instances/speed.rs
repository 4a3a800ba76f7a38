//! How long containing takes when every call takes its time: what does not depend on each other goes at once.
//! Never here: how fast the emulator is; its own time is small beside the delay.

use super::*;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use std::time::{Duration, Instant};

const DELAY: Duration = Duration::from_millis(400);

/// Forwards every call after a delay.
async fn slow(upstream: String) -> String {
    async fn pass(
        State((upstream, client)): State<(String, reqwest::Client)>,
        verb: Method,
        path: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        tokio::time::sleep(DELAY).await;
        let url = format!("{upstream}{path}");
        let sent = client.request(verb, url).headers(headers).body(body).send().await.unwrap();
        let (status, headers) = (sent.status(), sent.headers().clone());
        let mut answer = Response::new(Body::from(sent.bytes().await.unwrap()));
        *answer.status_mut() = status;
        if let Some(kind) = headers.get("content-type") {
            answer.headers_mut().insert("content-type", kind.clone());
        }
        answer
    }
    // Whoever came first installed it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().fallback(pass).with_state((upstream, reqwest::Client::new()));
    sim::rt::spawn(async move {
        let _ended = axum::serve(listener, routes).await;
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn four_interfaces_take_no_longer_than_the_calls_that_depend_on_each_other() {
    let moto = moto().await;
    let world = World::four_interfaces(moto).await;
    let calls = Calls::default();
    let remedies = remedies_at(&slow(moto.url()).await, &calls, "2026-11-26T00:00:00Z".parse().unwrap());
    let (case, cut_off) =
        (CaseId::parse("c0ffee0000000501").unwrap(), "2026-11-26T00:00:00Z".parse().unwrap());
    let target = target(&world.id);
    let begun = Instant::now();
    let priors = remedies.prepare(&case, &target, &CONTAIN).await.unwrap().priors;
    for (remedy, prior) in CONTAIN.iter().zip(&priors) {
        remedies.apply(&case, &target, *remedy, prior, cut_off).await.unwrap();
    }
    let took = begun.elapsed();
    // Who we are, the instance, its interfaces, what is around it;
    // the instance, earlier snapshots, the snapshots;
    // the instance, interfaces, isolation groups, one made, read, emptied, read, and an interface moved.
    let dependent = 4 + 3 + 8;
    let all = calls.operations_made();
    assert!(all > dependent + 8, "{all} calls altogether");
    let limit = DELAY * u32::try_from(dependent).unwrap();
    assert!(took <= limit + limit / 4, "{took:?} for {dependent} dependent calls of {DELAY:?}, {all} in all");
}
