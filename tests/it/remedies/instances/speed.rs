//! How many answers containing has to wait for: what does not depend on each other goes at once. Counted in rounds, not in
//! seconds, so that a busy machine changes nothing.
//! Never here: how fast the emulator is.

use super::*;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So long nobody called and nobody was answered: whoever waits now, waits for nothing but an answer.
const QUIET: Duration = Duration::from_millis(400);

/// Calls are let through in rounds: all that came at once, and nothing further before each of them is answered.
struct Rounds {
    upstream: String,
    client: reqwest::Client,
    seen: Mutex<Seen>,
}

struct Seen {
    rounds: usize,
    waiting: usize,
    under_way: usize,
    changed: Instant,
}

impl Rounds {
    async fn start(upstream: String) -> (Arc<Self>, String) {
        // Whoever came first installed it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Seen { rounds: 0, waiting: 0, under_way: 0, changed: Instant::now() };
        let this = Arc::new(Self { upstream, client: reqwest::Client::new(), seen: Mutex::new(seen) });
        let routes = Router::new().fallback(pass).with_state(this.clone());
        sim::rt::spawn(async move {
            let _ended = axum::serve(listener, routes).await;
        });
        (this, url)
    }

    fn change<T>(&self, by: impl FnOnce(&mut Seen) -> T) -> T {
        by(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Until the round that this call belongs to is let through.
    async fn turn(&self) {
        let mine = self.change(|seen| {
            (seen.waiting, seen.changed) = (seen.waiting + 1, Instant::now());
            seen.rounds
        });
        loop {
            tokio::time::sleep(QUIET / 8).await;
            let through = self.change(|seen| {
                if seen.rounds == mine && seen.under_way == 0 && seen.changed.elapsed() >= QUIET {
                    (seen.rounds, seen.under_way, seen.waiting) = (mine + 1, seen.waiting, 0);
                }
                seen.rounds > mine
            });
            if through {
                return;
            }
        }
    }
}

async fn pass(
    State(rounds): State<Arc<Rounds>>,
    verb: Method,
    path: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    rounds.turn().await;
    let url = format!("{}{path}", rounds.upstream);
    let sent = rounds.client.request(verb, url).headers(headers).body(body).send().await.unwrap();
    let (status, headers) = (sent.status(), sent.headers().clone());
    let mut answer = Response::new(Body::from(sent.bytes().await.unwrap()));
    *answer.status_mut() = status;
    if let Some(kind) = headers.get("content-type") {
        answer.headers_mut().insert("content-type", kind.clone());
    }
    rounds.change(|seen| (seen.under_way, seen.changed) = (seen.under_way - 1, Instant::now()));
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn four_interfaces_take_no_longer_than_the_calls_that_depend_on_each_other() {
    let moto = moto().await;
    let world = World::four_interfaces(moto).await;
    let calls = Calls::default();
    let (rounds, url) = Rounds::start(moto.url()).await;
    let remedies = remedies_at(&url, &calls, "2026-11-26T00:00:00Z".parse().unwrap());
    let (case, cut_off) =
        (CaseId::parse("c0ffee0000000501").unwrap(), "2026-11-26T00:00:00Z".parse().unwrap());
    let target = target(&world.id);
    let priors = saved(remedies.prepare(&case, &target, &CONTAIN).await.unwrap());
    for (remedy, prior) in CONTAIN.iter().zip(&priors) {
        remedies.apply(&case, &target, *remedy, prior, cut_off).await.unwrap();
    }
    let took = rounds.change(|seen| seen.rounds);
    // Who we are, the instance, its interfaces, what is around it;
    // the instance, earlier snapshots, the snapshots;
    // the instance, interfaces, isolation groups, one made, read, emptied, read, and an interface moved.
    let dependent = 4 + 3 + 8;
    let all = calls.operations_made();
    assert!(all > dependent + 8, "{all} calls altogether");
    assert!(took <= dependent, "{took} rounds for {dependent} dependent calls, {all} in all");
}
