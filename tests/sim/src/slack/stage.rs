//! What stands beside Slack on the page: a board of things with their state, stories to play, the story being played.
//!
//! Whoever runs the look-alike publishes them as JSON and hears which story somebody asked for. Their meaning never
//! lives here: the shapes are known to the page alone.

use std::time::Duration;

use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Slack, State};

/// A wish to see a story.
#[derive(Clone, Debug, Serialize)]
pub struct Play {
    /// Counts up from 1.
    pub n: u64,
    /// Its id, one of those published.
    pub story: String,
}

/// Everything published, and every wish so far.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    published: Map<String, Value>,
    plays: Vec<Play>,
}

impl Stage {
    /// `{board, stories, scene}`, as far as published.
    pub(super) fn shown(&self) -> Value {
        Value::Object(self.published.clone())
    }

    fn knows(&self, story: &str) -> bool {
        let stories = self.published.get("stories").and_then(Value::as_array);
        stories.into_iter().flatten().any(|known| known["id"] == story)
    }
}

pub(super) fn routes() -> Router<Slack> {
    Router::new().route("/_sim/stage", get(stage).post(publish)).route("/_sim/plays", get(plays).post(play))
}

async fn stage(Shared(slack): Shared<Slack>) -> Json<Value> {
    Json(slack.peek(|state| state.stage.shown()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    board: Option<Value>,
    stories: Option<Value>,
    scene: Option<Value>,
}

/// Replaces what is named; the rest stays.
async fn publish(Shared(slack): Shared<Slack>, Json(given): Json<Published>) -> Json<Value> {
    slack.change(|state| {
        for (name, value) in [("board", given.board), ("stories", given.stories), ("scene", given.scene)] {
            if let Some(value) = value {
                state.stage.published.insert(name.to_owned(), value);
            }
        }
    });
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
struct Wish {
    story: String,
}

async fn play(Shared(slack): Shared<Slack>, Json(wish): Json<Wish>) -> Response {
    let said = slack.change(|state: &mut State| {
        let stage = &mut state.stage;
        stage.knows(&wish.story).then(|| {
            let play = Play { n: stage.plays.len() as u64 + 1, story: wish.story };
            stage.plays.push(play.clone());
            play
        })
    });
    match said {
        Some(play) => Json(json!(play)).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "There is no such story." }))).into_response(),
    }
}

#[derive(Deserialize)]
struct After {
    after: u64,
    timeout_ms: Option<u64>,
}

/// The wishes after that number; waits for one, and gives an empty list when the time is over.
async fn plays(Shared(slack): Shared<Slack>, Query(asked): Query<After>) -> Json<Value> {
    let later = |state: &State| {
        let found: Vec<Play> =
            state.stage.plays.iter().filter(|play| play.n > asked.after).cloned().collect();
        (!found.is_empty()).then_some(found)
    };
    let timeout = Duration::from_millis(asked.timeout_ms.unwrap_or(10_000));
    Json(json!(slack.wait_for(timeout, later).await.unwrap_or_default()))
}
