//! Builds everything from the settings; spawns, watches, stops.
//! Never here: decisions about cases, or words to people in Slack.

mod gap;
mod housekeeping;
mod meter;
mod readiness;
mod second_route;
mod signals;
mod tasks;
mod vitals;

use crate::admin::{self, Admin};
use crate::aws::call::CallObserver;
use crate::aws::clients::{Clients, Identity};
use crate::aws::dossier::Dossiers;
use crate::aws::queue::Intake;
use crate::aws::{detector, investigate, owners, remedies};
use crate::case::entry::EntryKind;
use crate::case::ledger::LedgerEvent;
use crate::config::{Settings, Transport};
use crate::engine::{Engine, Live, Ports, backfill};
use crate::http;
use crate::inbox::{Inbox, Input, Lanes, inbox};
use crate::metrics::Metrics;
use crate::ports::{CaseStore, Clock, Page, Query};
use crate::slack::client::Client;
use crate::slack::door::Door;
use crate::slack::health::SlackHealth;
use crate::slack::http::{Interactivity, Refused, introduce, router};
use crate::slack::messenger::SlackMessenger;
use crate::slack::people::SlackPeople;
use crate::slack::socket::{Sockets, Timing};
use crate::slack::token::TokenKey;
use crate::store::{self, SledStore};
use anyhow::{Context, Result, anyhow};
use axum::Router;
use readiness::Readiness;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
pub use tasks::SystemClock;
use tasks::Tasks;
use tokio_util::sync::CancellationToken;

/// How many sockets stand side by side: one may be replaced while the other listens.
const SOCKETS: u32 = 2;

/// How many receivers share the queue.
const RECEIVERS: usize = 4;

/// Cases looked at for the Regions that findings come from.
const REMEMBERED: usize = 500;

/// What was built before anything runs.
struct House {
    settings: Settings,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    store: Arc<SledStore>,
    clients: Arc<Clients>,
    slack: Arc<Client>,
    slack_health: SlackHealth,
    readiness: Arc<Readiness>,
    inbox: Inbox,
}

/// Runs until SIGTERM or SIGINT.
pub async fn run(settings: Settings) -> Result<()> {
    let (inbox, lanes) = inbox();
    let house = House::build(settings, inbox).await?;
    let mut tasks = Tasks::default();
    let stops = Stops::default();
    house.serve(&mut tasks, &stops).await?;
    let mut signals = signals::Signals::listen().context("signals cannot be listened to")?;
    let identity = tokio::select! {
        identity = house.identity() => identity,
        () = signals.first() => return Ok(()),
        ended = tasks.first_to_end() => return Err(anyhow!(ended)),
    };
    house.start(identity, lanes, &mut tasks, &stops).await?;
    let ended = tokio::select! {
        () = signals.first() => None,
        ended = tasks.first_to_end() => Some(ended),
    };
    tokio::select! {
        () = house.stop(&mut tasks, &stops) => {}
        () = signals.second() => return Err(anyhow!("stopped at once by a second signal")),
    }
    match ended {
        None => Ok(()),
        Some(ended) => Err(anyhow!(ended)),
    }
}

/// Stopped in this order: what lets work in, what does it, what saves it, what tells about it.
#[derive(Default)]
struct Stops {
    doors: CancellationToken,
    worker: CancellationToken,
    engine: CancellationToken,
    admin: CancellationToken,
}

impl House {
    async fn build(settings: Settings, inbox: Inbox) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let metrics = Arc::new(Metrics::default());
        let store = Arc::new(store::open(&settings.store.path)?);
        let counted = metrics.clone();
        let observer = CallObserver::new(move |service, operation, result| {
            counted.aws_request(service, operation, result.as_str());
        });
        let clients = Clients::new(&settings.aws, clock.clone()).await?.observed_by(observer);
        let slack_health = SlackHealth::default();
        let counted = metrics.clone();
        let observe: crate::slack::client::method::Observe = Arc::new(move |method, result| {
            counted.slack_request(method.as_str(), result.as_str());
        });
        let slack = Arc::new(Client::new(&settings.slack, slack_health.clone(), observe)?);
        let readiness = Arc::new(Readiness {
            store: store.clone(),
            slack: slack_health.clone(),
            queue: OnceLock::new(),
            engine: OnceLock::new(),
            met_slack: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            clock: clock.clone(),
            has_sockets: settings.slack.transport == Transport::Socket,
        });
        Ok(Self {
            settings,
            clock,
            metrics,
            store,
            clients: Arc::new(clients),
            slack,
            slack_health,
            readiness,
            inbox,
        })
    }

    /// The admin address answers from the first moment, so that a start that waits can say why.
    async fn serve(&self, tasks: &mut Tasks, stops: &Stops) -> Result<()> {
        let readiness = self.readiness.clone();
        let metrics = self.metrics.clone();
        let health = self.slack_health.clone();
        let probe = move || {
            metrics.sockets_connected(health.sockets());
            readiness.reasons()
        };
        let admin = admin::router(Admin {
            store: self.store.clone(),
            metrics: self.metrics.clone(),
            readiness: admin::Readiness::asking(probe),
            clock: self.clock.clone(),
        });
        let public = match self.settings.slack.transport {
            Transport::Socket => http::health(),
            Transport::Http => http::health().merge(self.interactivity(stops)),
        };
        for (name, address, router) in
            [("admin", self.settings.admin.listen, admin), ("http", self.settings.http.listen, public)]
        {
            let listener = tokio::net::TcpListener::bind(address)
                .await
                .with_context(|| format!("{name}.listen: {address} cannot be bound"))?;
            let stop = stops.admin.clone();
            tasks.start(name, async move {
                if let Err(error) = http::serve(listener, router, stop).await {
                    tracing::error!(name, %error, "a listener failed");
                }
            });
        }
        Ok(())
    }

    /// Who we are. AWS may be away at start: asked until it answers, while readiness says why.
    async fn identity(&self) -> Identity {
        let mut pause = Duration::from_secs(1);
        loop {
            match self.clients.own_identity().await {
                Ok(identity) => return identity.clone(),
                Err(fault) => tracing::warn!(%fault, "our own AWS identity is not known yet; asking again"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }

    async fn start(&self, identity: Identity, lanes: Lanes, tasks: &mut Tasks, stops: &Stops) -> Result<()> {
        let live = Arc::new(Live::new(self.settings.clone(), Some(identity.account), Some(identity.arn)));
        let ports = self.ports(self.regions().await?)?;
        let alive_until = backfill::alive_until(&ports).await?;
        let (engine, worker) =
            Engine::start(ports.clone(), live.clone(), self.metrics.clone(), (self.inbox.clone(), lanes))
                .await?;
        let _first = self.readiness.engine.set(engine.health());
        tasks.start("engine", engine.run(stops.engine.clone()));
        tasks.start("worker", worker.run(stops.worker.clone()));
        let channel = self.settings.slack.security_channel.clone();
        let started = LedgerEvent::Started { mode: live.guard.mode, channel };
        for input in [Input::Log(EntryKind::Started), Input::Ledger(started)] {
            self.inbox.send(input).await.context("the store refused the first write")?;
        }
        let intake = self.intake();
        let queue = intake.health();
        let _first = self.readiness.queue.set(queue.clone());
        self.open_doors(intake, tasks, stops);
        let keeping = housekeeping::run(ports.clone(), self.settings.clone(), stops.doors.clone());
        tasks.start("housekeeping", keeping);
        let vitals = vitals::Vitals {
            store: self.store.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            readiness: self.readiness.clone(),
            slack: self.slack_health.clone(),
        };
        let stop = stops.doors.clone();
        tasks.start("vitals", async move {
            let _stopped = stop.run_until_cancelled(vitals.run()).await;
        });
        let gap = gap::watch(ports, self.inbox.clone(), queue, alive_until);
        let stop = stops.doors.clone();
        tasks.start("gap", async move {
            let _stopped = stop.run_until_cancelled(gap).await;
        });
        Ok(())
    }

    /// The queue, and what brings clicks; the route of the http transport stands already.
    fn open_doors(&self, intake: Intake, tasks: &mut Tasks, stops: &Stops) {
        let stop = stops.doors.clone();
        let meter = meter::run(intake.stats(), self.metrics.clone());
        tasks.start("meter", async move {
            let _stopped = stop.run_until_cancelled(meter).await;
        });
        tasks.start("queue", intake.run(stops.doors.clone()));
        match self.settings.slack.transport {
            Transport::Socket => {
                let sockets = Sockets::new(self.slack.clone(), self.door(), Timing::default(), SOCKETS);
                tasks.start("sockets", sockets.run(stops.doors.clone()));
            }
            Transport::Http => {
                tasks.start("introduction", introduce(self.slack.clone(), stops.doors.clone()));
            }
        }
    }

    fn door(&self) -> Arc<Door> {
        let responders = self.settings.slack.responders.clone();
        let responders = Arc::new(move || responders.clone());
        Arc::new(Door::new(self.slack.clone(), self.token_key(), self.inbox.clone(), responders))
    }

    /// Listens from the first moment too: until the engine runs, nothing is saved and so nothing acknowledged.
    fn interactivity(&self, stops: &Stops) -> Router {
        let metrics = self.metrics.clone();
        let refused: Refused = Arc::new(move |reason| metrics.refused(reason.as_str()));
        router(Interactivity {
            door: self.door(),
            inbox: self.inbox.clone(),
            secrets: self.settings.slack.signing_secrets.clone(),
            clock: self.clock.clone(),
            refused,
            stop: stops.doors.clone(),
        })
    }

    fn intake(&self) -> Intake {
        let sqs = aws_sdk_sqs::Client::new(self.clients.sdk());
        let wait = self.settings.queue.wait;
        Intake::new(sqs, self.settings.queue.url.clone(), wait, self.inbox.clone(), self.clock.clone())
            .observed_by(self.clients.observer())
            .with_receivers(RECEIVERS)
    }

    /// Where the newest cases came from: GuardDuty is asked there for what was missed.
    async fn regions(&self) -> Result<BTreeSet<String>> {
        let newest = Query::Cases { stage: None, limit: REMEMBERED, after: None };
        let Page::Cases(cases) = self.store.page(newest).await? else { return Ok(BTreeSet::new()) };
        Ok(cases.iter().flat_map(|case| &case.seen).map(|seen| seen.region.clone()).collect())
    }

    fn ports(&self, regions: BTreeSet<String>) -> Result<Ports> {
        let messenger = SlackMessenger::new(
            self.slack.clone(),
            self.token_key(),
            &self.settings.slack,
            self.settings.language,
        );
        let pager = match &self.settings.fallback_webhook {
            Some(webhook) => Some(second_route::open(webhook, self.settings.language)?),
            None => None,
        };
        // One for both, so that what one of them read the other need not.
        let dossiers = Arc::new(Dossiers::new(self.clients.clone()));
        Ok(Ports {
            store: self.store.clone(),
            clock: self.clock.clone(),
            owners: Arc::new(owners::Owners::new(dossiers.clone(), self.settings.owners.clone())),
            people: Arc::new(SlackPeople::new(self.slack.clone(), self.clock.clone())),
            investigator: Arc::new(investigate::Investigate::new(dossiers)),
            messenger: Arc::new(messenger),
            remediator: Arc::new(remedies::Remedies::new(
                self.clients.clone(),
                &self.settings.aws.quarantine_policy,
            )),
            detector: Arc::new(detector::Watch::new(self.clients.clone(), regions)),
            pager,
        })
    }

    fn token_key(&self) -> TokenKey {
        TokenKey::new(self.store.secret().to_vec())
    }

    /// Stops taking, lets what is under way end or be journaled, within the 20 s of the outside interface.
    async fn stop(&self, tasks: &mut Tasks, stops: &Stops) {
        tracing::info!("stopping: nothing more is taken");
        self.readiness.stopping.store(true, Ordering::Relaxed);
        stops.doors.cancel();
        // The receivers finish their batch through the engine, which still runs.
        tokio::time::sleep(Duration::from_millis(200)).await;
        stops.worker.cancel();
        // What the last effects did is saved only while the engine runs: a write whose answer is lost would be done
        // again, and its request id would be missing from the audit.
        if !tasks.until("worker", Duration::from_secs(6)).await {
            tracing::warn!("effects under way did not end in time");
        }
        let last = self.inbox.send(Input::Log(EntryKind::Stopped));
        if tokio::time::timeout(Duration::from_secs(3), last).await.is_err() {
            tracing::warn!("the stop was not recorded");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        stops.engine.cancel();
        stops.admin.cancel();
        if !tasks.wait(Duration::from_secs(8)).await {
            tracing::warn!("some tasks did not end in time; what they did is saved");
        }
    }
}
