//! One open socket: reads without ever waiting for the handling, acknowledges what was committed, notices silence.
//! Never here: opening or replacing sockets.

use super::Timing;
use super::frame::{Frame, Reason, ack, read};
use super::open::{Opened, Stream};
use crate::inbox::NotCommitted;
use crate::slack::ack::AckPayload;
use crate::slack::door::Door;
use crate::slack::health::Connected;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Envelopes in work at once; more are left unacknowledged, so that memory does not hold a flood.
const IN_WORK: usize = 64;

/// What a slot hears of its sockets.
#[derive(Debug)]
pub(super) enum Word {
    /// It wants to be replaced.
    Renew(u64),
    /// It is gone, after this long.
    Ended(u64, End, Duration),
}

/// How a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Replaced or stopped.
    Retired,
    /// By Slack, in good order, to be replaced.
    Refresh,
    LinkDisabled,
    TooMany,
    /// Closed or broken without a word.
    Lost,
    Silent,
}

pub(super) struct Line {
    /// Which of the slot's sockets it is.
    pub(super) generation: u64,
    pub(super) door: Arc<Door>,
    pub(super) timing: Timing,
    /// Cancelled when another socket has taken over.
    pub(super) retire: CancellationToken,
    pub(super) words: mpsc::UnboundedSender<Word>,
    pub(super) renew_at: Option<Instant>,
    /// Held for the count of sockets.
    pub(super) connected: Option<Connected>,
}

/// What became of an envelope.
type Handled = (String, bool, Result<AckPayload, NotCommitted>);

type Work = FuturesUnordered<BoxFuture<'static, Handled>>;

/// What the loop goes on with.
enum Next {
    Go,
    End(End),
}

struct Talk {
    line: Line,
    stream: Stream,
    heard: Instant,
    asked: bool,
    last_word: Option<Reason>,
}

impl Line {
    /// Until the socket is gone and what came in on it is handled.
    pub(super) async fn run(self, opened: Opened) {
        let (generation, born) = (self.generation, Instant::now());
        let (words, drain, close) = (self.words.clone(), self.timing.drain, self.timing.close);
        let mut talk = Talk { line: self, stream: opened.stream, heard: born, asked: false, last_word: None };
        let mut work = Work::new();
        let end = talk.run(&mut work).await;
        // Said before anything else, so that the next socket does not wait for this one.
        talk.line.connected = None;
        let _ = words.send(Word::Ended(generation, end, born.elapsed()));
        // Slack does not always answer a close; the stream is dropped all the same.
        let bye = timeout(close, talk.stream.close(None));
        // What came in is saved even if it cannot be acknowledged any more: the redelivery will find it.
        let rest = timeout(drain, async { while work.next().await.is_some() {} });
        let _ = tokio::join!(bye, rest);
    }
}

impl Talk {
    async fn run(&mut self, work: &mut Work) -> End {
        let timing = self.line.timing.clone();
        let door = self.line.door.clone();
        let retire = self.line.retire.clone();
        let mut ping = interval_at(Instant::now() + timing.ping, timing.ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut drained_by: Option<Instant> = None;
        loop {
            if drained_by.is_some_and(|by| work.is_empty() || Instant::now() >= by) {
                return End::Retired;
            }
            let far = Instant::now() + Duration::from_secs(3600);
            let renew_at = self.line.renew_at.filter(|_| !self.asked).unwrap_or(far);
            let next = tokio::select! {
                () = retire.cancelled(), if drained_by.is_none() => {
                    drained_by = Some(Instant::now() + timing.drain);
                    Next::Go
                }
                Some(done) = work.next(), if !work.is_empty() => self.acknowledge(done).await,
                frame = self.stream.next() => match frame {
                    Some(Ok(message)) => {
                        self.heard = Instant::now();
                        match self.hear(message).await {
                            Ok(Some(envelope)) if work.len() < IN_WORK => {
                                work.push(Box::pin(handle(door.clone(), envelope)));
                                Next::Go
                            }
                            Ok(Some(_)) => {
                                tracing::warn!("too many clicks at once; one is left for Slack to repeat");
                                Next::Go
                            }
                            Ok(None) => Next::Go,
                            Err(end) => Next::End(end),
                        }
                    }
                    Some(Err(_)) | None => Next::End(self.lost()),
                },
                _ = ping.tick() => self.send(Message::Ping(vec![].into())).await,
                () = sleep_until(self.heard + timing.silence) => Next::End(End::Silent),
                () = sleep_until(renew_at) => { self.ask_for_renewal(); Next::Go }
                () = sleep_until(drained_by.unwrap_or(far)) => Next::Go,
            };
            if let Next::End(end) = next {
                return end;
            }
        }
    }

    /// Gives an envelope to handle, or the end of the socket.
    async fn hear(&mut self, message: Message) -> Result<Option<Envelope>, End> {
        let text = match message {
            Message::Text(text) => text,
            // Pings are answered below us while we read; a pong is a sign of life, and nothing more.
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => return Ok(None),
            Message::Close(_) => return Err(self.lost()),
        };
        match read(&text) {
            Frame::Envelope { id, interactive: true, accepts_payload, payload } => {
                Ok(Some(Envelope { id, accepts_payload, payload }))
            }
            Frame::Envelope { id, interactive: false, .. } | Frame::Other { id: Some(id) } => {
                match self.send(Message::text(ack(&id, false, AckPayload::default()))).await {
                    Next::Go => Ok(None),
                    Next::End(end) => Err(end),
                }
            }
            Frame::Disconnect(reason) => {
                self.last_word = Some(reason);
                match reason {
                    Reason::Refresh => self.ask_for_renewal(),
                    Reason::LinkDisabled | Reason::TooMany => return Err(self.lost()),
                }
                Ok(None)
            }
            Frame::Hello { .. } | Frame::Other { id: None } => Ok(None),
        }
    }

    async fn acknowledge(&mut self, (id, accepts_payload, result): Handled) -> Next {
        match result {
            Ok(body) => self.send(Message::text(ack(&id, accepts_payload, body))).await,
            // Silence is the only honest answer to something that was not saved.
            Err(NotCommitted) => Next::Go,
        }
    }

    async fn send(&mut self, message: Message) -> Next {
        match timeout(self.line.timing.write, self.stream.send(message)).await {
            Ok(Ok(())) => Next::Go,
            Ok(Err(_)) | Err(_) => Next::End(self.lost()),
        }
    }

    fn ask_for_renewal(&mut self) {
        if !std::mem::replace(&mut self.asked, true) {
            // The slot may have stopped listening; then nobody needs a new socket.
            let _ = self.line.words.send(Word::Renew(self.line.generation));
        }
    }

    fn lost(&self) -> End {
        match self.last_word {
            Some(Reason::Refresh) => End::Refresh,
            Some(Reason::LinkDisabled) => End::LinkDisabled,
            Some(Reason::TooMany) => End::TooMany,
            None => End::Lost,
        }
    }
}

struct Envelope {
    id: String,
    accepts_payload: bool,
    payload: Value,
}

async fn handle(door: Arc<Door>, envelope: Envelope) -> Handled {
    let result = door.handle(&envelope.payload).await;
    (envelope.id, envelope.accepts_payload, result)
}
