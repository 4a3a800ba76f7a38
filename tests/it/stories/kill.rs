//! Killing the daemon in the middle of a story, and what the end must be all the same.
//! Never here: which moments are chosen; `crash` and `twice` choose.

use super::daemon::LOOK;
use super::hands::{has, is};
use super::house::{House, PATIENCE, Plan, SECURITY};
use futures_util::FutureExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sim::fault::{Fault, Planned};
use sim::record::Request;
use sim::slack::{Click, Submit};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// Stories that are told again and again with a daemon that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tale {
    NotMe,
    Mine,
    /// Not me, and then a responder takes it back.
    Undo,
}

/// Whose door a call knocks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Slack,
    Aws,
}

/// A moment: the `nth` (from 0) call of this kind, before it is done, or after it was done and before the answer.
#[derive(Clone, Debug)]
pub(crate) struct Seam {
    pub(crate) side: Side,
    pub(crate) call: String,
    /// Only calls that say this are counted.
    pub(crate) saying: String,
    pub(crate) nth: u32,
    pub(crate) done: bool,
}

impl std::fmt::Display for Seam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let when = if self.done { "after" } else { "before" };
        write!(f, "{when} {:?} {} {} #{}", self.side, self.call, self.saying, self.nth + 1)
    }
}

/// How the world stands when the story is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    case: Value,
    key_active: bool,
    revoked: bool,
    archived: usize,
    /// Every message as it is at last, ids and times aside.
    messages: Vec<String>,
    /// How often the key changed its state.
    switched: usize,
    /// How many different policies were written.
    policies: usize,
}

/// Every call of a story and how often it was made.
pub(crate) type Calls = BTreeMap<(Side, String), u32>;

/// How long a story may take, kills included.
const LONGEST: Duration = Duration::from_secs(100);

/// So many houses stand at once in this process, whatever test they belong to.
static HOUSES: Semaphore = Semaphore::const_new(8);

fn plan(tale: Tale) -> Plan {
    let name = match tale {
        Tale::NotMe => "kill-not-me",
        Tale::Mine => "kill-mine",
        Tale::Undo => "kill-undo",
    };
    // Every kill costs the message a receive.
    House::build(name).verify_after(r#"["1s"]"#).receives(50)
}

/// The story without any kill: its end and its calls.
pub(crate) async fn undisturbed(tale: Tale) -> (Ending, Calls) {
    let _room = HOUSES.acquire().await.expect("never closed");
    let house = plan(tale).start().await;
    house.finding(&house.report()).await;
    play(&house, tale, &mut Hands::default()).await;
    // What comes after the end belongs to it: the last repaint, the last note.
    let mut last = ending(&house).await;
    let mut quiet = 0;
    while quiet < 30 {
        sleep(Duration::from_millis(100)).await;
        let now = ending(&house).await;
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
    let mut calls = Calls::new();
    let slack = house.slack.all_requests().into_iter().map(|r| (Side::Slack, r.method));
    let aws = house.front.all_requests().into_iter().map(|r| (Side::Aws, r.method));
    for call in slack.chain(aws) {
        *calls.entry(call).or_default() += 1;
    }
    (last, calls)
}

/// The story with one kill at this seam; what went wrong otherwise. `false`: the seam was never reached.
pub(crate) async fn at_seam(tale: Tale, seam: &Seam, wanted: &Ending) -> Result<bool, String> {
    let _room = HOUSES.acquire().await.expect("never closed");
    let told = async {
        let fault = Fault::Hang { stored: seam.done };
        let label = fault.label();
        let (on, saying) = (seam.call.clone(), seam.saying.clone());
        let planned = Planned { on, fault, times: Some(1), skip: seam.nth, saying };
        let mut house = plan(tale)
            .start_held(|slack, front| match seam.side {
                Side::Slack => slack.plan(planned),
                Side::Aws => front.plan(planned),
            })
            .await;
        house.finding(&house.report()).await;
        let mut hands = Hands::default();
        let struck = tokio::select! {
            () = struck(&house, seam, &label) => true,
            () = told_out(&house, tale, &mut hands, wanted) => false,
        };
        house.kill();
        house.slack.clear_faults(None);
        house.front.clear_faults(None);
        house.start_again().await;
        play(&house, tale, &mut hands).await;
        reaches(&house, wanted).await;
        struck
    };
    caught(seam.to_string(), told).await
}

/// The story with some kills at moments that follow from the seed.
pub(crate) async fn at_random(tale: Tale, seed: u64, wanted: &Ending) -> Result<(), String> {
    let _room = HOUSES.acquire().await.expect("never closed");
    let told = async {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut house = plan(tale).start_held(|_, _| {}).await;
        house.finding(&house.report()).await;
        let mut hands = Hands::default();
        for _ in 0..rng.random_range(1..=4) {
            let moment = Duration::from_millis(rng.random_range(0..7_000));
            tokio::select! {
                () = sleep(moment) => {}
                () = play(&house, tale, &mut hands) => {}
            }
            house.kill();
            house.daemon = house.recipe.start();
        }
        house.wait_ready().await;
        play(&house, tale, &mut hands).await;
        reaches(&house, wanted).await;
    };
    caught(format!("{tale:?} with seed {seed}"), told).await
}

/// Other tellings go on when one fails.
async fn caught<T>(name: String, told: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(told).catch_unwind().await.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("=== {name}: {}", said.unwrap_or_default())
    })
}

async fn struck(house: &House, seam: &Seam, label: &str) {
    let hit = |request: &Request| request.method == seam.call && request.outcome == label;
    let until = Instant::now() + LONGEST;
    while Instant::now() < until {
        let requests = match seam.side {
            Side::Slack => house.slack.all_requests(),
            Side::Aws => house.front.all_requests(),
        };
        if requests.iter().any(hit) {
            return;
        }
        sleep(LOOK).await;
    }
}

/// What people remember of what they pressed: nobody presses a button again that Slack said was taken.
#[derive(Default)]
pub(crate) struct Hands {
    answered: bool,
    undone: bool,
}

/// Does what is still to be done until the story is over.
async fn play(house: &House, tale: Tale, hands: &mut Hands) {
    let until = Instant::now() + LONGEST;
    while !is_over(house, tale).await {
        if Instant::now() > until {
            house.fail("the story does not come to its end");
        }
        if !hands.answered {
            hands.answered = answer(house, tale).await;
        }
        if tale == Tale::Undo && !hands.undone {
            hands.undone = take_back(house).await;
        }
        sleep(LOOK * 2).await;
    }
}

/// To the very last repaint.
async fn told_out(house: &House, tale: Tale, hands: &mut Hands, wanted: &Ending) {
    play(house, tale, hands).await;
    while ending(house).await != *wanted {
        sleep(Duration::from_millis(250)).await;
    }
}

async fn answer(house: &House, tale: Tale) -> bool {
    let prompts = house.prompts("U0ALICE");
    let Some(prompt) = prompts.iter().find(|m| has(m, "vouch.not_mine")) else { return false };
    if tale != Tale::Mine {
        let click = Click::on(prompt, "U0ALICE", "vouch.not_mine");
        return house.slack.click(click).await.is_ok_and(|click| click.acked);
    }
    let Some(view) = house.slack.views("U0ALICE").pop() else {
        // Opening is tried once: if it comes to nothing, one presses again.
        let _try = house.slack.click(Click::on(prompt, "U0ALICE", "vouch.mine")).await;
        let _seen = house.slack.wait_view("U0ALICE", Duration::from_secs(2)).await;
        return false;
    };
    let values = [("vouch.facts", json!(["call", "time", "source"])), ("vouch.reason", json!("the audit"))];
    let sent = house.slack.submit(Submit::of(&view, values)).await;
    sent.is_ok_and(|sent| sent.acked && sent.errors().is_empty())
}

async fn take_back(house: &House) -> bool {
    let closed = house.cases().await.first().is_some_and(|case| case["outcome"] == "contained");
    let cards = house.slack.messages(SECURITY);
    match cards.iter().find(|m| has(m, "vouch.undo")) {
        Some(card) if closed => {
            house.slack.click(Click::on(card, "U0RESP1", "vouch.undo")).await.is_ok_and(|click| click.acked)
        }
        Some(_) | None => false,
    }
}

async fn is_over(house: &House, tale: Tale) -> bool {
    let outcome = match tale {
        Tale::NotMe => "contained",
        Tale::Mine => "vouched",
        Tale::Undo => "undone",
    };
    let over = |case: &Value| case["stage"] == "closed" && case["outcome"] == outcome;
    house.cases().await.first().is_some_and(over)
}

/// The same end as without kills, and nothing lost or done twice on the way.
async fn reaches(house: &House, wanted: &Ending) {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = ending(house).await;
        if found == *wanted {
            break;
        }
        if Instant::now() > until {
            house.fail(&format!("another ending: {}", difference(&found, wanted)));
        }
        sleep(Duration::from_millis(250)).await;
    }
    house.queue_empty().await;
    house.chain_holds().await;
    let messages = house.slack.peek(|state| state.messages.clone());
    let mut seen = BTreeSet::new();
    for message in messages {
        let delivery = message.metadata.as_ref().map(|data| data["event_payload"]["delivery"].to_string());
        if let Some(delivery) = delivery
            && !seen.insert(delivery)
        {
            house.fail(&format!("sent twice: {}", message.text));
        }
    }
    assert_eq!(house.cases().await.len(), 1, "one case");
    assert_eq!(house.prompts("U0ALICE").len(), 1, "one prompt a person");
    assert!(
        house
            .slack
            .messages(SECURITY)
            .iter()
            .filter(|m| is(m, "vouch_card") && has(m, "vouch.stop_writes"))
            .count()
            <= 1
    );
}

fn difference(found: &Ending, wanted: &Ending) -> String {
    let bare = |ending: &Ending| Ending { messages: vec![], ..ending.clone() };
    let only = |here: &Ending, there: &Ending| -> Vec<String> {
        here.messages.iter().filter(|m| !there.messages.contains(m)).cloned().collect()
    };
    format!(
        "{:#?}\nwanted {:#?}\nunexpected messages {:#?}\nmissing messages {:#?}\ncounts {} and {}",
        bare(found),
        bare(wanted),
        only(found, wanted),
        only(wanted, found),
        found.messages.len(),
        wanted.messages.len(),
    )
}

/// What several steps did may stand in one note or in several, as Slack had room for them: each line counts.
fn told_apart(faces: Vec<String>) -> Vec<String> {
    let mut apart = vec![];
    for face in faces {
        match face.split_once("  | • ").filter(|(place, _)| place.trim_end().ends_with('>')) {
            Some((place, lines)) => {
                apart.extend(lines.split("  | • ").map(|line| format!("{place}• {}", line.trim_end())));
            }
            None => apart.push(face),
        }
    }
    apart.sort();
    apart
}

async fn ending(house: &House) -> Ending {
    let cases = house.cases().await;
    let case = cases.first().cloned().unwrap_or_default();
    let remedies = case["remedies"].as_array().into_iter().flatten();
    let remedies: Vec<Value> = remedies.map(|r| json!([r["name"], r["state"]])).collect();
    let prompts = case["prompts"].as_array().into_iter().flatten();
    let prompts: Vec<Value> = prompts.map(|p| json!([p["person"], p["state"]])).collect();
    let kept = json!({
        "stage": case["stage"], "outcome": case["outcome"], "verdict": case["verdict"],
        "remedies": remedies, "prompts": prompts,
    });
    let took_effect = |r: &&Request| r.outcome == "ok" || r.outcome.ends_with("after storing");
    let all = house.front.all_requests();
    let of = |call: &'static str| all.iter().filter(took_effect).filter(move |r| r.method == call);
    let mut switched: Vec<&Value> = of("UpdateAccessKey").map(|r| &r.body["Status"]).collect();
    switched.dedup();
    let policies: BTreeSet<String> =
        of("PutUserPolicy").map(|r| r.body["PolicyDocument"].to_string()).collect();
    Ending {
        case: kept,
        key_active: house.account.key_is_active().await,
        revoked: house.account.revocation().await.is_some(),
        archived: house.guardduty.archived().len(),
        messages: told_apart(house.faces().await),
        switched: switched.len(),
        policies: policies.len(),
    }
}
