//! `vouch check --prompt`: one harmless question to one person, and the wait for the click.
//!
//! Slack gives a click to any one socket of the app. So whoever hears it, this command or a daemon, thanks the person
//! by changing the message, and this command looks for that change. It opens a socket of its own only where nobody else
//! listens: beside a daemon it would be given clicks that are the daemon's, and could do nothing with them.
//! Never here: the words, or what the question looks like.

use super::{Check, Verdict, check, people, show, slack};
use crate::case::owner::PersonId;
use crate::cli::client;
use crate::cli::out::{self, Exit};
use crate::config::{Settings, Transport};
use crate::inbox::inbox;
use crate::ports::{Clock, People};
use crate::slack::client::Client;
use crate::slack::door::Door;
use crate::slack::people::SlackPeople;
use crate::slack::socket::{Sockets, Timing};
use crate::slack::texts::Lang;
use crate::slack::token::TokenKey;
use crate::slack::trial::{self, Asked};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long the person has.
const PATIENCE: Duration = Duration::from_secs(300);

/// Slack allows 50 looks a minute, and a daemon needs some of them.
const LOOK: Duration = Duration::from_secs(2);

/// For the daemon's word that it is there.
const NEAR: Duration = Duration::from_secs(2);

/// For the click's acknowledgement, which goes out after the message was changed.
const SETTLE: Duration = Duration::from_millis(500);

/// Looks that may fail in a row.
const FAILURES: usize = 10;

pub(super) async fn run(s: &Settings, person: &PersonId, clock: Arc<dyn Clock>) -> Exit {
    let (client, asked) = match ask(s, person, clock).await {
        Ok(asked) => asked,
        Err(sentence) => return end(Verdict::Fail, sentence),
    };
    let since = Instant::now();
    let daemon = matches!(timeout(NEAR, client::get(s.admin.listen, "/readyz")).await, Ok(Ok(_)));
    let listens = !daemon && s.slack.transport == Transport::Socket;
    let who = if daemon {
        "the daemon on admin.listen hears the click"
    } else if listens {
        "this command hears the click, unless a daemon elsewhere does"
    } else {
        "only a running daemon can hear the click, and none answers on admin.listen"
    };
    let minutes = PATIENCE.as_secs() / 60;
    let text =
        format!("sent to {person}; waiting up to {minutes} minutes for the click (Ctrl-C ends it); {who}");
    show(&[check(Verdict::Ok, "prompt", text)]);
    let stop = CancellationToken::new();
    let ears = async {
        if listens {
            listen(&client, &stop).await;
        }
        std::future::pending::<()>().await;
    };
    let waited = tokio::select! {
        waited = timeout(PATIENCE, watch(&client, &asked)) => waited.unwrap_or_else(|_| Err(late(person, daemon))),
        _ = tokio::signal::ctrl_c() => Err("ended before the click came".to_owned()),
        () = ears => Err("nobody listens any more".to_owned()),
    };
    match waited {
        Ok(()) => {
            let text = format!("{person} pressed the button; it took {} s", since.elapsed().as_secs().max(1));
            end(Verdict::Ok, text)
        }
        Err(sentence) => {
            if let Err(error) = trial::withdraw(&client, &asked).await {
                out::note(format!("the question could not be withdrawn: Slack answered {}", error.code()));
            }
            end(Verdict::Fail, sentence)
        }
    }
}

fn end(verdict: Verdict, text: String) -> Exit {
    let last: Check = check(verdict, "prompt", text);
    if show(&[last]) { Exit::Done } else { Exit::Failed }
}

fn late(person: &PersonId, daemon: bool) -> String {
    let hint = if daemon {
        "does the daemon's log say that it heard a click, and is it of this version?"
    } else {
        "did they see it, and is interactivity switched on in the app?"
    };
    format!("no click from {person} in time; the question is withdrawn; {hint}")
}

/// Whoever cannot be asked in earnest is not asked for a test either.
async fn ask(s: &Settings, person: &PersonId, clock: Arc<dyn Clock>) -> Result<(Arc<Client>, Asked), String> {
    let client = slack::client(s)?;
    let found = SlackPeople::new(client.clone(), clock).profile(person).await;
    let profile =
        found.map_err(|fault| format!("{person} cannot be looked at: {fault}; try `vouch check`"))?;
    if let Some((why, _)) = people::fault(profile.as_ref()) {
        return Err(format!("{person} {why}, and would not be asked"));
    }
    let lang = Lang::choose(s.language, &profile.map(|profile| profile.locale).unwrap_or_default());
    let asked = trial::ask(&client, person, lang).await;
    let asked = asked.map_err(|fault| format!("the question was not sent: {fault}; try `vouch check`"))?;
    Ok((client, asked))
}

/// Until the message has changed.
async fn watch(client: &Client, asked: &Asked) -> Result<(), String> {
    let mut failures = 0;
    loop {
        sleep(LOOK).await;
        if let Some((_, code)) = client.health().refused().first() {
            return Err(format!("Slack refuses us now ({code}); try `vouch check`"));
        }
        match trial::is_answered(client, asked).await {
            Ok(true) => {
                sleep(SETTLE).await;
                return Ok(());
            }
            Ok(false) => failures = 0,
            Err(error)
                if failures >= FAILURES || ["missing_scope", "no_permission"].contains(&error.code()) =>
            {
                return Err(format!(
                    "Slack does not let us see whether it was answered ({}); grant im:history",
                    error.code()
                ));
            }
            Err(_) => failures += 1,
        }
    }
}

/// One socket, for as long as it is the app's only one. Whatever else comes in on it is not acknowledged, so that it is
/// never lost: the person sees that it did not work and presses again.
async fn listen(client: &Arc<Client>, stop: &CancellationToken) {
    let (inbox, lanes) = inbox();
    drop(lanes);
    let nobody = Arc::new(Vec::new);
    let door = Door::new(client.clone(), TokenKey::new(rand::random::<[u8; 32]>().to_vec()), inbox, nobody);
    let sockets = Sockets::new(client.clone(), Arc::new(door), Timing::default(), 1);
    let alone = async {
        while client.health().connections().is_none_or(|count| count < 2) {
            sleep(Duration::from_millis(50)).await;
        }
        out::note("another vouch listens too: it is left to hear the click");
        stop.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = sockets.run(stop.clone()) => {}
        () = alone => {}
    }
}
