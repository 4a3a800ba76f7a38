//! The Slack side: both tokens, the scopes, the security channel, and our clock beside Slack's.
//! Never here: single people (`people`).

use super::{Check, Verdict, check, people};
use crate::cli::slack_manifest::SCOPES;
use crate::config::{Settings, Transport};
use crate::ports::Clock;
use crate::slack::client::error::ApiError;
use crate::slack::client::{Client, Identity};
use crate::slack::health::SlackHealth;
use crate::slack::probe::{self, Room};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Without these nothing can be asked, or people who left would be.
const NEEDED: [&str; 3] = ["chat:write", "im:write", "users:read"];

/// Slack's clock is told to the second.
const CLOCK_WARN: i64 = 5;

/// Signatures of AWS and of Slack break at 300 s, and deadlines and cut-offs are wrong long before.
const CLOCK_FAIL: i64 = 60;

/// Everything, in the order it is read.
pub(super) async fn all(s: &Settings, clock: Arc<dyn Clock>) -> Vec<Check> {
    let client = match client(s) {
        Ok(client) => client,
        Err(sentence) => return vec![check(Verdict::Fail, "slack", sentence)],
    };
    let sent = clock.now();
    let greeted = client.greet().await;
    let heard = clock.now();
    let mut checks = match &greeted {
        Ok((us, date)) => vec![token(us), skew(*date, sent, heard)],
        Err(error) => vec![refused(error)],
    };
    if s.slack.transport == Transport::Socket {
        checks.push(sockets(&client).await);
    }
    // Without a token that works every further answer would say the same.
    if let Ok((us, _)) = &greeted {
        checks.extend(scopes(us));
        checks.extend(channel(s, &client).await);
        checks.extend(people::all(s, client, clock).await);
    }
    checks
}

/// The daemon's own client, unobserved.
pub(super) fn client(s: &Settings) -> Result<Arc<Client>, String> {
    let client = Client::new(&s.slack, SlackHealth::default(), Arc::new(|_, _| {}));
    client.map(Arc::new).map_err(|fault| fault.to_string())
}

fn token(us: &Identity) -> Check {
    let app = us.app.as_deref().unwrap_or("which Slack does not name");
    check(Verdict::Ok, "slack token", format!("bot {} of workspace {}, app {app}", us.user, us.team))
}

fn refused(error: &ApiError) -> Check {
    let text = match error {
        ApiError::Config(code) => format!(
            "Slack refuses the bot token ({code}); install the app anew and give its xoxb- token, or look at the app's \
             list of allowed addresses"
        ),
        ApiError::Throttled { .. }
        | ApiError::Transient(_)
        | ApiError::Ambiguous(_)
        | ApiError::Gone(_)
        | ApiError::Content { .. }
        | ApiError::Modal(_)
        | ApiError::Unknown(_) => format!(
            "Slack does not answer ({}); is slack.api_url right, and is there a way out to it? Nothing else in Slack was \
             checked",
            error.code()
        ),
    };
    check(Verdict::Fail, "slack token", text)
}

/// Ours against Slack's, taken between asking and hearing.
fn skew(theirs: Option<Timestamp>, sent: Timestamp, heard: Timestamp) -> Check {
    let Some(theirs) = theirs else {
        return check(
            Verdict::Warn,
            "clock",
            "Slack did not tell the time, so our clock was compared with nothing",
        );
    };
    // Half a second for what was cut off.
    let theirs = theirs.saturating_add(SignedDuration::from_millis(500)).unwrap_or(theirs);
    let way = heard.duration_since(sent) / 2;
    let ahead = sent.duration_since(theirs).saturating_add(way);
    let seconds = ahead.abs().as_secs();
    let text = format!(
        "this machine is {seconds} s {} Slack's clock; keep it in time (chrony): signatures break at 300 s, and \
         sessions are cut by it",
        if ahead.is_negative() { "behind" } else { "ahead of" }
    );
    if seconds > CLOCK_FAIL {
        check(Verdict::Fail, "clock", text)
    } else if seconds > CLOCK_WARN {
        check(Verdict::Warn, "clock", text)
    } else {
        check(Verdict::Ok, "clock", format!("within {CLOCK_WARN} s of Slack's"))
    }
}

/// Asks for a socket's address and lets it lapse: no socket is opened, so none is taken from a daemon.
async fn sockets(client: &Client) -> Check {
    match client.socket_url().await {
        Ok(_) => check(Verdict::Ok, "app token", "Slack gives out sockets"),
        Err(error) => {
            let text = format!(
                "Slack gives no socket ({}); switch Socket Mode on and give an app-level xapp- token with \
                 connections:write",
                error.code()
            );
            check(Verdict::Fail, "app token", text)
        }
    }
}

/// A line for each scope that is missing, with what it is for.
fn scopes(us: &Identity) -> Vec<Check> {
    if us.scopes.is_empty() {
        let text = "Slack did not tell what the token may do, so missing scopes cannot be known; compare the app with \
                    what `vouch slack-manifest` prints";
        return vec![check(Verdict::Warn, "scopes", text)];
    }
    let missing = SCOPES.iter().filter(|(scope, _)| us.scopes.iter().all(|granted| granted != scope));
    let told = missing.map(|(scope, what)| {
        let verdict = if NEEDED.contains(scope) { Verdict::Fail } else { Verdict::Warn };
        let text = format!("{scope} is missing ({what}); add it to the app and install it anew");
        check(verdict, "scopes", text)
    });
    let told: Vec<Check> = told.collect();
    if told.is_empty() {
        return vec![check(Verdict::Ok, "scopes", format!("all {} are granted", SCOPES.len()))];
    }
    told
}

async fn channel(s: &Settings, client: &Client) -> Vec<Check> {
    let id = &s.slack.security_channel;
    match probe::room(client, id).await {
        Ok(room) => faults(id, &room),
        Err(ApiError::Gone(code)) => {
            let text = format!(
                "{id} cannot be seen ({code}): invite the bot to it, and look at slack.security_channel (an id changes \
                 when a channel is shared)"
            );
            vec![check(Verdict::Fail, "channel", text)]
        }
        Err(error) => {
            let text = format!(
                "{id} cannot be looked at ({}), so it is not known whether outsiders read it; grant groups:read",
                error.code()
            );
            vec![check(Verdict::Warn, "channel", text)]
        }
    }
}

fn faults(id: &str, room: &Room) -> Vec<Check> {
    let name = format!("{id} (#{})", room.name);
    let mut checks = vec![];
    if room.is_shared_outside {
        let text = format!(
            "{name} is shared with another organisation, whose people would read the cards and could press buttons; \
             name a channel of your own"
        );
        checks.push(check(Verdict::Fail, "channel", text));
    }
    if room.is_archived {
        checks.push(check(
            Verdict::Fail,
            "channel",
            format!("{name} is archived; restore it or name another"),
        ));
    }
    if !room.is_member {
        checks.push(check(Verdict::Fail, "channel", format!("{name}: the bot is not in it; invite it")));
    }
    if !room.is_private {
        let text = format!("{name} is public: everybody in the workspace reads the cards; make it private");
        checks.push(check(Verdict::Warn, "channel", text));
    }
    if checks.is_empty() {
        let text = format!("{name} is private, ours alone, and the bot is in it");
        checks.push(check(Verdict::Ok, "channel", text));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off_whichever_way() {
        let noon = Timestamp::from_second(1_795_000_000).unwrap();
        let of = |seconds: i64| {
            let sent = noon + SignedDuration::from_secs(seconds);
            skew(Some(noon), sent, sent + SignedDuration::from_secs(1)).verdict
        };
        for (seconds, verdict) in [
            (0, Verdict::Ok),
            (4, Verdict::Ok),
            (-5, Verdict::Ok),
            (7, Verdict::Warn),
            (-30, Verdict::Warn),
            (60, Verdict::Warn),
            (62, Verdict::Fail),
            (-400, Verdict::Fail),
        ] {
            assert_eq!(of(seconds), verdict, "{seconds}");
        }
        assert_eq!(skew(None, noon, noon).verdict, Verdict::Warn);
    }
}
