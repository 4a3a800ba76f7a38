//! Which lane runs next: effects that wait for different things have room of their own, and within a room the more
//! urgent goes first.
//! Never here: running an effect (`worker`), or how often it is tried (`pace`).

use crate::case::effect::{Destination, EffectNo, Want};
use crate::case::message::Urgency;
use crate::ports::{Errand, Subject};
use std::collections::{BTreeMap, HashMap};

/// How many effects of each class run at once. Slack and AWS limits are far below what this allows.
const AT_ONCE: usize = 64;

/// Effects that wait for different things have room of their own: while Slack is away or slow, everything that needs
/// it waits here in the middle of its tries, and must not keep keys from being switched off, dialogs from opening, or
/// whoever is on call from hearing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Posts and edits: tried until Slack takes them.
    People,
    /// Owners looked up: they wait for IAM and CloudTrail too, and for Slack.
    Owners,
    Writes,
    /// What is tried for seconds only.
    Quick,
    /// The second route.
    Pages,
}

/// Effects of one lane run one after the other: the messages of a case at one place in order, its AWS writes in
/// order. A person who cannot be reached holds up nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    Messages(Subject, String),
    Writes(Subject),
    Owner(Subject, EffectNo),
    Pages(Subject),
    /// Other look-ups, and dialogs, depend on nothing before them.
    Alone(Subject, EffectNo),
}

impl Lane {
    pub(super) fn of(errand: &Errand) -> Self {
        let subject = errand.subject.clone();
        match &errand.effect.want {
            Want::Post { to, .. } => Self::Messages(subject, place(to)),
            Want::Update { at, .. } => Self::Messages(subject, at.channel.clone()),
            Want::Prepare { .. } | Want::Apply { .. } | Want::Verify { .. } | Want::Undo { .. } => {
                Self::Writes(subject)
            }
            Want::Archive { .. } => Self::Writes(subject),
            Want::FindOwner { .. } => Self::Owner(subject, errand.effect.no),
            Want::Page { .. } => Self::Pages(subject),
            Want::Confirm { .. }
            | Want::Investigate { .. }
            | Want::Reserve { .. }
            | Want::Whisper { .. }
            | Want::OpenView { .. }
            | Want::Cancel { .. } => Self::Alone(subject, errand.effect.no),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Messages(..) => Class::People,
            Self::Owner(..) => Class::Owners,
            Self::Writes(_) => Class::Writes,
            Self::Alone(..) => Class::Quick,
            Self::Pages(_) => Class::Pages,
        }
    }
}

fn place(to: &Destination) -> String {
    match to {
        Destination::Person { person } => person.to_string(),
        // Cards are posted to the one channel; what follows them names it by its id.
        Destination::Channel => String::new(),
        Destination::Thread { parent, .. } => parent.channel.clone(),
    }
}

/// What waits and what runs in one class.
#[derive(Default)]
struct Room {
    /// Lanes with work and nobody at it: by urgency, then by when they came.
    ready: BTreeMap<(Urgency, u64), Lane>,
    running: usize,
}

impl Room {
    /// What is less urgent never takes the last places.
    fn has_place(&self, urgency: Urgency) -> bool {
        let kept = match urgency {
            Urgency::Escalation => 0,
            Urgency::Prompt => AT_ONCE / 8,
            Urgency::Repaint => AT_ONCE / 4,
            Urgency::Reminder => AT_ONCE / 2,
        };
        self.running < AT_ONCE - kept
    }

    fn next(&mut self) -> Option<Lane> {
        let (&(urgency, _), _) = self.ready.first_key_value()?;
        if !self.has_place(urgency) {
            return None;
        }
        self.ready.pop_first().map(|(_, lane)| lane)
    }
}

#[derive(Default)]
pub(super) struct Rooms {
    rooms: [Room; 5],
    /// Where each waiting lane stands in its room.
    places: HashMap<Lane, (Urgency, u64)>,
    came: u64,
}

impl Rooms {
    fn of(&mut self, lane: &Lane) -> &mut Room {
        let [people, owners, writes, quick, pages] = &mut self.rooms;
        match lane.class() {
            Class::People => people,
            Class::Owners => owners,
            Class::Writes => writes,
            Class::Quick => quick,
            Class::Pages => pages,
        }
    }

    /// The lane has work and nobody at it; `urgency` is that of the most urgent in it.
    pub(super) fn ready(&mut self, lane: Lane, urgency: Urgency) {
        self.came += 1;
        let place = (urgency, self.came);
        self.places.insert(lane.clone(), place);
        self.of(&lane).ready.insert(place, lane);
    }

    /// Something came to a lane that may be waiting: it moves up if that is more urgent.
    pub(super) fn came_to(&mut self, lane: &Lane, urgency: Urgency) {
        let Some(&place) = self.places.get(lane) else { return };
        if urgency < place.0
            && let Some(lane) = self.of(lane).ready.remove(&place)
        {
            self.ready(lane, urgency);
        }
    }

    /// The next lane that may begin; it counts as running until `done`.
    pub(super) fn next(&mut self) -> Option<Lane> {
        let lane = self.rooms.iter_mut().find_map(Room::next)?;
        self.places.remove(&lane);
        self.of(&lane).running += 1;
        Some(lane)
    }

    pub(super) fn done(&mut self, lane: &Lane) {
        self.of(lane).running -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CaseId;

    fn subject() -> Subject {
        Subject::Case(CaseId::parse("k3w7q2mz9a").unwrap())
    }

    fn messages(n: usize) -> Lane {
        Lane::Messages(subject(), n.to_string())
    }

    #[test]
    fn what_waits_for_slack_holds_up_neither_writes_nor_dialogs_nor_pages() {
        let mut rooms = Rooms::default();
        for n in 0..=AT_ONCE {
            rooms.ready(messages(n), Urgency::Escalation);
        }
        let begun = std::iter::from_fn(|| rooms.next()).count();
        assert_eq!(begun, AT_ONCE);
        rooms.ready(messages(AT_ONCE + 1), Urgency::Escalation);
        assert_eq!(rooms.next(), None);
        let others = [
            Lane::Owner(subject(), EffectNo(1)),
            Lane::Writes(subject()),
            Lane::Alone(subject(), EffectNo(2)),
            Lane::Pages(subject()),
        ];
        for lane in others {
            rooms.ready(lane.clone(), Urgency::Prompt);
            assert_eq!(rooms.next(), Some(lane));
        }
    }

    #[test]
    fn the_more_urgent_begins_first_and_finds_a_place_kept_for_it() {
        let mut rooms = Rooms::default();
        for n in 0..2 * AT_ONCE {
            rooms.ready(messages(n), Urgency::Reminder);
        }
        let begun = std::iter::from_fn(|| rooms.next()).count();
        assert_eq!(begun, AT_ONCE / 2, "reminders leave half of the room");
        for (n, urgency) in [(1000, Urgency::Repaint), (1001, Urgency::Prompt), (1002, Urgency::Escalation)] {
            rooms.ready(messages(n), urgency);
        }
        let order: Vec<Lane> = std::iter::from_fn(|| rooms.next()).collect();
        assert_eq!(order, [messages(1002), messages(1001), messages(1000)]);
        rooms.done(&messages(0));
    }

    #[test]
    fn a_lane_moves_up_when_something_urgent_comes_to_it() {
        let mut rooms = Rooms::default();
        rooms.ready(messages(1), Urgency::Repaint);
        rooms.ready(messages(2), Urgency::Reminder);
        rooms.came_to(&messages(2), Urgency::Escalation);
        rooms.came_to(&messages(3), Urgency::Escalation);
        let order: Vec<Lane> = std::iter::from_fn(|| rooms.next()).collect();
        assert_eq!(order, [messages(2), messages(1)]);
    }
}
