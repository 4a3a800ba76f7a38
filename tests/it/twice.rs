//! Every effect carried out twice changes nothing: the daemon is killed when the other side has done what it was
//! asked and before the answer comes back, so the next life does it again.
//! Never here: the machinery; it lives in `stories/kill`.

use crate::stories::kill::{Seam, Side, Tale, at_seam, undisturbed};
use futures_util::{StreamExt, stream};

/// Effect, the call that carries it out, what that call says, and which of them it is.
const NOT_ME: [(&str, Side, &str, &str, u32); 12] = [
    ("confirm", Side::Aws, "POST /detector/*/findings/get", "", 0),
    ("find-owner", Side::Aws, "ListUserTags", "", 0),
    ("investigate", Side::Aws, "GetLoginProfile", "", 0),
    ("post: prompt", Side::Slack, "chat.postMessage", "vouch_prompt", 0),
    ("post: card", Side::Slack, "chat.postMessage", "vouch.contain", 0),
    ("post: control card", Side::Slack, "chat.postMessage", "vouch.stop_writes", 0),
    ("post: note", Side::Slack, "chat.postMessage", "vouch_note", 0),
    ("update: prompt", Side::Slack, "chat.update", "D0ALICE", 0),
    ("update: card", Side::Slack, "chat.update", "C0SECURITY", 0),
    ("prepare", Side::Aws, "GetUserPolicy", "", 0),
    ("apply: deactivate-key", Side::Aws, "UpdateAccessKey", "Inactive", 0),
    ("apply: cut-sessions", Side::Aws, "PutUserPolicy", "", 0),
];

const MINE: [(&str, Side, &str, &str, u32); 3] = [
    ("open-view", Side::Slack, "views.open", "", 0),
    ("archive: feedback", Side::Aws, "POST /detector/*/findings/feedback", "", 0),
    ("archive", Side::Aws, "POST /detector/*/findings/archive", "", 0),
];

const UNDO: [(&str, Side, &str, &str, u32); 2] = [
    ("undo: cut-sessions", Side::Aws, "DeleteUserPolicy", "", 0),
    ("undo: deactivate-key", Side::Aws, "UpdateAccessKey", "\"Active\"", 0),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_effect_run_twice_changes_nothing() {
    for (tale, effects) in [(Tale::NotMe, &NOT_ME[..]), (Tale::Mine, &MINE[..]), (Tale::Undo, &UNDO[..])] {
        let (ending, calls) = undisturbed(tale).await;
        // The detector's id stands in the path.
        let named = |call: &str| {
            let tail = call.split_once('*').map(|(_, tail)| tail);
            let fits = |known: &&String| tail.is_some_and(|tail| known.ends_with(tail));
            calls.keys().map(|(_, known)| known).find(fits).cloned().unwrap_or_else(|| call.to_owned())
        };
        let verify = calls.get(&(Side::Aws, "GetUserPolicy".to_owned())).copied().unwrap_or(1);
        let verify = (tale == Tale::NotMe).then_some(("verify", Side::Aws, "GetUserPolicy", "", verify - 1));
        let told =
            stream::iter(effects.iter().copied().chain(verify)).map(|(effect, side, call, saying, nth)| {
                let seam = Seam { side, call: named(call), saying: saying.to_owned(), nth, done: true };
                let ending = &ending;
                async move { (effect, at_seam(tale, &seam, ending).await) }
            });
        let told: Vec<_> = told.buffer_unordered(8).collect().await;
        for (effect, told) in told {
            eprintln!("twice: {effect}: {}", if told.is_ok() { "same ending" } else { "ANOTHER ENDING" });
            match told {
                Ok(reached) => assert!(reached, "{effect} was not run"),
                Err(why) => panic!("{effect}: {why}"),
            }
        }
    }
}
