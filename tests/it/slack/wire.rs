//! Over the wire, against the look-alike: messages, faults of the API, everything that happens to a socket, and
//! signed requests.
//! Never here: how a message looks.

mod api;
mod http;
mod socket;

use super::fixtures::{key, noon, person};
use jiff::Timestamp;
use sim::slack::Slack;
use std::sync::Arc;
use std::time::Duration;
use vouch::config::{Language, Slack as Settings, Transport};
use vouch::inbox::{Inbox, Lanes, inbox};
use vouch::ports::Clock;
use vouch::slack::client::Client;
use vouch::slack::door::Door;
use vouch::slack::health::SlackHealth;
use vouch::slack::messenger::SlackMessenger;
use vouch::slack::people::SlackPeople;

const SOON: Duration = Duration::from_secs(10);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        noon()
    }
}

/// The adapter, and the Slack it speaks to.
struct Rig {
    slack: Slack,
    client: Arc<Client>,
    messenger: SlackMessenger,
    people: SlackPeople,
}

impl Rig {
    async fn new() -> Self {
        let slack = Slack::start().await.unwrap();
        let settings = Settings {
            transport: Transport::Socket,
            api_url: slack.api_url(),
            bot_token: "xoxb-sim".to_owned().into(),
            app_token: Some("xapp-sim".to_owned().into()),
            signing_secrets: vec![],
            security_channel: "C0SECURITY".into(),
            responders: vec![person("U0RESP1")],
        };
        let client = Client::new(&settings, SlackHealth::default(), Arc::new(|_, _| {})).unwrap();
        let client = Arc::new(client);
        let messenger = SlackMessenger::new(client.clone(), key(), &settings, Language::Auto)
            .with_second_look(Duration::from_millis(50));
        let people = SlackPeople::new(client.clone(), Arc::new(Noon));
        Self { slack, client, messenger, people }
    }

    fn door(&self) -> (Arc<Door>, Lanes) {
        let (door, _, lanes) = self.door_and_inbox();
        (door, lanes)
    }

    fn door_and_inbox(&self) -> (Arc<Door>, Inbox, Lanes) {
        let (inbox, lanes): (Inbox, Lanes) = inbox();
        let responders = Arc::new(|| vec![person("U0RESP1")]);
        (Arc::new(Door::new(self.client.clone(), key(), inbox.clone(), responders)), inbox, lanes)
    }
}
