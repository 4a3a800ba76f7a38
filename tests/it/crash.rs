//! The real binary killed with SIGKILL at every seam of a story and at random moments, started again on the same
//! store: the ending is the same as without.
//! Never here: the machinery; it lives in `stories/kill`.

use crate::stories::kill::{Calls, Ending, Seam, Side, Tale, at_random, at_seam, undisturbed};
use futures_util::{StreamExt, stream};

/// Calls that repeat as long as the daemon lives: the first ones stand for all.
const ENDLESS: [(&str, u32); 5] = [
    ("ReceiveMessage", 5),
    ("ChangeMessageVisibilityBatch", 1),
    ("GetQueueAttributes", 1),
    ("apps.connections.open", 2),
    ("POST /detector", 2),
];

fn seams(calls: &Calls, without: &Calls) -> Vec<Seam> {
    let mut seams = vec![];
    for ((side, call), count) in calls {
        let known = without.get(&(*side, call.clone())).copied().unwrap_or(0);
        let cap = ENDLESS.iter().find(|(name, _)| call == name).map_or(u32::MAX, |(_, cap)| *cap);
        for nth in known..(*count).min(cap) {
            for done in [false, true] {
                seams.push(Seam { side: *side, call: call.clone(), saying: String::new(), nth, done });
            }
        }
    }
    seams
}

async fn all(tale: Tale, seams: Vec<Seam>, wanted: &Ending) {
    let (all, began) = (seams.len(), std::time::Instant::now());
    let told = stream::iter(&seams).map(|seam| at_seam(tale, seam, wanted)).buffered(all.max(1));
    let told: Vec<Result<bool, String>> = told.collect().await;
    let reached = told.iter().filter(|t| matches!(t, Ok(true))).count();
    let failed: Vec<&String> = told.iter().filter_map(|t| t.as_ref().err()).collect();
    eprintln!(
        "{tale:?}: killed at {reached} of {all} seams ({} not reached), {} other endings, {:?}",
        all - reached - failed.len(),
        failed.len(),
        began.elapsed()
    );
    for (seam, _) in seams.iter().zip(&told).filter(|(_, told)| matches!(told, Ok(false))) {
        eprintln!("  not reached: {seam}");
    }
    let names: Vec<&str> = failed.iter().filter_map(|f| f.lines().next()).collect();
    assert!(failed.is_empty(), "{}\n\n{}", names.join("\n"), failed[0]);
    assert!(reached * 10 >= all * 7, "most seams are reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_every_seam_of_not_me_and_its_undo() {
    let (ending, calls) = undisturbed(Tale::NotMe).await;
    all(Tale::NotMe, seams(&calls, &Calls::new()), &ending).await;
    let (ending, more) = undisturbed(Tale::Undo).await;
    all(Tale::Undo, seams(&more, &calls), &ending).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_every_seam_of_mine() {
    let (_, known) = undisturbed(Tale::NotMe).await;
    let (ending, calls) = undisturbed(Tale::Mine).await;
    // Up to the answer it is the story of not me.
    let common = ["auth.test", "users.info", "conversations.open", "ReceiveMessage", "GetCallerIdentity"];
    let known = known.into_iter().filter(|((_, call), _)| common.contains(&call.as_str())).collect();
    let seams = seams(&calls, &known);
    all(
        Tale::Mine,
        seams.into_iter().filter(|s| s.side == Side::Slack || !s.call.starts_with("List")).collect(),
        &ending,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_random_moments() {
    let count = std::env::var("VOUCH_SOAK").ok().and_then(|n| n.parse().ok()).unwrap_or(25_u64);
    let seed = std::env::var("VOUCH_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20_261_123_u64);
    eprintln!("random kills: VOUCH_SEED={seed} VOUCH_SOAK={count}");
    let tales = [Tale::NotMe, Tale::Mine, Tale::Undo];
    let mut endings = vec![];
    for tale in tales {
        endings.push(undisturbed(tale).await.0);
    }
    let told = stream::iter(0..count)
        .map(|n| {
            let which = usize::try_from(n % 3).expect("small");
            at_random(tales[which], seed.wrapping_add(n), &endings[which])
        })
        .buffer_unordered(usize::try_from(count).expect("small").max(1));
    let failed: Vec<String> = told.filter_map(async |told| told.err()).collect().await;
    eprintln!("random kills: {count} stories, {} with another ending", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
