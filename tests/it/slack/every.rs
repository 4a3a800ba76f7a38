//! Every message and view that vouch can produce: each variant of each value that changes its face.
//! Never here: assertions.

mod bucket;
mod evidence;
mod question;

use super::fixtures::{
    acts, answered, card, case, facts, instance, mine, noon, offers, person, prompt, surface,
};
use vouch::case::event::{Answer, NotNow};
use vouch::case::finding::{Facts, Unusual, UnusualKind};
use vouch::case::guard::Mode;
use vouch::case::guidance::{Advised, Step};
use vouch::case::ledger::{Limit, Pattern};
use vouch::case::message::{
    BreakerView, CallReason, CardButton, CardView, ControlView, CrowdView, FactsView, Message, MineModal,
    Note, Offer, PromptEnd, PromptView, ProposalView, StoryLine,
};
use vouch::case::owner::{Candidate, Confidence, Source};
use vouch::case::playbook::NoAnswer;
use vouch::case::prompt::{PromptState, Verdict};
use vouch::case::remedy::{ActState, Remedy};
use vouch::case::state::{Closing, ProposalKind, Stage, StuckReason};

const MODES: [Mode; 3] = [Mode::Observe, Mode::DryRun, Mode::Enforce];
const CLOSINGS: [Closing; 5] =
    [Closing::Vouched, Closing::Contained, Closing::Dismissed, Closing::Recorded, Closing::Undone];
const KINDS: [ProposalKind; 6] = [
    ProposalKind::Vouch,
    ProposalKind::Plan,
    ProposalKind::Release,
    ProposalKind::Undo,
    ProposalKind::Dismiss,
    ProposalKind::Done,
];
const VERDICTS: [Verdict; 4] = [Verdict::Mine, Verdict::Partial, Verdict::NotMine, Verdict::Unsure];
const STATES: [PromptState; 6] = [
    PromptState::Sending,
    PromptState::Open,
    PromptState::Answered,
    PromptState::Superseded,
    PromptState::Expired,
    PromptState::Failed,
];
const ACTS: [ActState; 6] = [
    ActState::Planned,
    ActState::Applied,
    ActState::Verified,
    ActState::Failed,
    ActState::Undone,
    ActState::DryRun,
];
const BUTTONS: [CardButton; 7] = [
    CardButton::Contain,
    CardButton::Dismiss,
    CardButton::Done,
    CardButton::Undo,
    CardButton::Approve,
    CardButton::Reject,
    CardButton::Take,
];

/// With this text wherever outside text is shown, or with ordinary values.
pub(super) fn every(nasty: Option<&str>) -> Vec<(String, Message)> {
    let mut all = vec![];
    prompts(nasty, &mut all);
    question::prompts(nasty, &mut all);
    cards(nasty, &mut all);
    evidence::cards(nasty, &mut all);
    notes(nasty, &mut all);
    calls(nasty, &mut all);
    modals(nasty, &mut all);
    rest(nasty, &mut all);
    all
}

fn or(nasty: Option<&str>, text: &str) -> String {
    nasty.unwrap_or(text).to_owned()
}

fn all_facts(nasty: Option<&str>) -> FactsView {
    let Some(n) = nasty else { return facts() };
    let some = Some(n.to_owned());
    FactsView {
        finding_type: n.to_owned(),
        title: n.to_owned(),
        api: some.clone(),
        service: some.clone(),
        error_code: some.clone(),
        source: some.clone(),
        place: some.clone(),
        network_owner: some.clone(),
        user_agent: some.clone(),
        principal: n.to_owned(),
        principal_arn: some.clone(),
        key_last4: some.clone(),
        account: n.to_owned(),
        regions: vec![n.to_owned(); 40],
        resource: some,
        known_network: true,
        severity: f64::MAX,
        count: u64::MAX,
        findings: u64::MAX,
        instance: Some(Box::new(instance(|_| n.to_owned()))),
        unusual: vec![Unusual { kind: UnusualKind::Client, value: n.to_owned() }; 40],
        ..facts()
    }
}

fn why(nasty: Option<&str>, source: Source) -> Candidate {
    Candidate {
        person: person("U0ALICE"),
        source,
        confidence: Confidence::Low,
        detail: or(nasty, "tag owner=alice"),
        address: nasty.map(str::to_owned),
        moved: nasty.is_some(),
    }
}

fn all_offers(nasty: Option<&str>) -> Vec<Offer> {
    if nasty.is_none() {
        return offers();
    }
    // Twice, since nothing stops a rule from naming one twice.
    let all = Remedy::ALL.into_iter().chain(Remedy::ALL);
    all.map(|remedy| Offer { remedy, parts: Remedy::ALL.to_vec() }).collect()
}

fn all_acts(nasty: Option<&str>, state: ActState) -> Vec<vouch::case::message::ActView> {
    let Some(n) = nasty else { return acts(state) };
    let one = |remedy| vouch::case::message::ActView { remedy, state, at: Some(noon()), note: n.to_owned() };
    Remedy::ALL.into_iter().map(one).collect()
}

fn prompts(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    let base = PromptView {
        facts: all_facts(nasty),
        why: Some(why(nasty, Source::Tags)),
        offers: all_offers(nasty),
        ..prompt()
    };
    let mut add = |name: String, view: PromptView| all.push((name, Message::Prompt(Box::new(view))));
    for mode in MODES {
        add(format!("prompt-{}", mode.as_str()), PromptView { mode, ..base.clone() });
    }
    for source in Source::ALL {
        let why = Some(why(nasty, source));
        add(format!("prompt-by-{}", source.as_str()), PromptView { why, ..base.clone() });
    }
    add("prompt-escalated".into(), PromptView { why: None, deadline: None, ..base.clone() });
    add("prompt-no-remedy".into(), PromptView { offers: vec![], ..base.clone() });
    add("prompt-no-api".into(), {
        let mut view = base.clone();
        (view.facts.api, view.facts.source, view.facts.key_last4) = (None, None, None);
        view.facts.sample = true;
        view
    });
    for state in ACTS {
        let done = all_acts(nasty, state);
        add(format!("prompt-done-{state:?}"), PromptView { done, changed: true, ..base.clone() });
    }
    let end = |answered, state, closing| Some(PromptEnd { answered, state, stage: Stage::Closed, closing });
    for verdict in VERDICTS {
        let end = end(Some(answered(verdict, "")), PromptState::Answered, Some(Closing::Contained));
        add(format!("prompt-answered-{}", verdict.as_str()), PromptView { open: false, end, ..base.clone() });
    }
    let unsure = end(Some(answered(Verdict::Unsure, "")), PromptState::Open, None);
    add("prompt-unsure-open".into(), PromptView { end: unsure, ..base.clone() });
    for state in STATES {
        let end = end(None, state, None);
        add(format!("prompt-over-{state:?}"), PromptView { open: false, end, ..base.clone() });
    }
}

fn stuck(nasty: Option<&str>) -> Vec<StuckReason> {
    let text = || or(nasty, "AccessDenied");
    let list = || vec![text(); if nasty.is_some() { 30 } else { 1 }];
    vec![
        StuckReason::NoAnswer,
        StuckReason::Advice,
        StuckReason::NotConfirmed { why: text() },
        StuckReason::Refuted { why: text() },
        StuckReason::Protected { pattern: text() },
        StuckReason::AccountNotAllowed,
        StuckReason::WriteFailed { failed: list(), done: list() },
        StuckReason::EffectGone { lost: list() },
        StuckReason::UndoFailed { failed: text() },
        StuckReason::Rejected { by: person("U0RESP1") },
        StuckReason::NotPossible { remedy: text() },
        StuckReason::Lapsed,
    ]
}

fn full_card(nasty: Option<&str>) -> CardView {
    let mut view = CardView {
        facts: all_facts(nasty),
        rule: or(nasty, "stolen keys"),
        offers: all_offers(nasty),
        acts: all_acts(nasty, ActState::Verified),
        answered: Some(answered(Verdict::NotMine, &or(nasty, "I was on a plane"))),
        taken_by: Some(person("U0RESP1")),
        revives_until: Some(noon()),
        contained_after: Some(42),
        buttons: BUTTONS.to_vec(),
        would_ask: vec![person("U0ALICE"); 30],
        ..card()
    };
    if let Some(n) = nasty {
        view.evidence.policies = vec![n.to_owned(); 40];
        view.evidence.gaps = vec![n.to_owned(); 30];
        let mut fact = view.evidence.keys.remove(0);
        (fact.id, fact.last_service) = (n.to_owned(), Some(n.to_owned()));
        view.evidence.keys = vec![fact; 30];
        view.evidence.buckets = vec![bucket::view(n); 10];
        let mut asked = view.asked.remove(0);
        asked.why = Some(why(nasty, Source::Creator));
        view.asked = vec![asked; 30];
        view.buttons = BUTTONS.iter().chain(&BUTTONS).copied().collect();
    }
    view
}

fn cards(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    let base = full_card(nasty);
    let mut add = |name: String, view: CardView| all.push((name, Message::Card(Box::new(view))));
    for stage in Stage::ALL {
        add(format!("card-{}", stage.as_str()), CardView { stage, ..base.clone() });
    }
    for closing in CLOSINGS {
        let view = CardView { stage: Stage::Closed, closing: Some(closing), ..base.clone() };
        add(format!("card-{}", closing.as_str()), view);
    }
    for mode in MODES {
        add(format!("card-mode-{}", mode.as_str()), CardView { mode, would_ask: vec![], ..base.clone() });
        add(format!("card-mode-{}-many", mode.as_str()), CardView { mode, ..base.clone() });
    }
    for (n, reason) in stuck(nasty).into_iter().enumerate() {
        let view = CardView { stage: Stage::Stuck, stuck: Some(reason), ..base.clone() };
        add(format!("card-stuck-{n}"), view);
    }
    for kind in KINDS {
        for by in ["slack:U0ALICE", "rule:stolen keys", nasty.unwrap_or("system")] {
            let proposal = Some(ProposalView { kind, by: by.to_owned(), parts: Remedy::ALL.to_vec() });
            let stuck = Some(StuckReason::WriteFailed {
                failed: vec![or(nasty, "x"); 9],
                done: vec![or(nasty, "y"); 9],
            });
            add(format!("card-proposal-{kind:?}"), CardView { proposal, stuck, ..base.clone() });
        }
    }
    let mut view = base.clone();
    view.evidence.buckets = vec![bucket::view(nasty.unwrap_or("reports"))];
    add("card-bucket".to_owned(), view);
    for no_answer in [NoAnswer::Escalate, NoAnswer::Record] {
        let mut view = CardView { no_answer, asked: vec![], ..base.clone() };
        view.facts.sample = true;
        (view.facts.api, view.facts.service) = (None, None);
        add(format!("card-{}", no_answer.as_str()), view);
    }
}

fn every_step() -> Vec<Step> {
    let command =
        |what| [Advised::RootDeny, Advised::SsoUserId].contains(&what).then(|| "{\"a\":\"b\"}".to_owned());
    Advised::ALL.into_iter().map(|what| Step::new(what, command(what))).collect()
}

fn notes(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    let facts = || Box::new(all_facts(nasty));
    let text = || or(nasty, "AccessDenied");
    let mut notes = vec![
        ("reminder", Note::Reminder { deadline: Some(noon()) }),
        ("reminder-open-end", Note::Reminder { deadline: None }),
        ("waits", Note::Waits),
        ("held-back", Note::HeldBack { until: noon() }),
        ("quiet", Note::Quiet { by: person("U0ALICE"), case: case(), until: noon() }),
        ("guide", Note::Guide { finding_type: or(nasty, "Recon:IAMUser/TorIPCaller") }),
        ("sharing", bucket::sharing(&text())),
        ("advice", Note::Advice { facts: facts(), steps: vec![] }),
        ("steps", Note::Advice { facts: facts(), steps: every_step() }),
        ("after-containment", Note::AfterContainment { facts: facts(), contained_at: noon() }),
        ("undo-refused", Note::UndoRefused { changed: vec![text(); 30] }),
        ("not-restored", Note::NotRestored { notes: vec![text(); 30] }),
        ("archive-failed", Note::ArchiveFailed { cause: text() }),
        ("late-not-mine", Note::LateAnswer { by: person("U0ALICE"), not_mine: true }),
        ("late-mine", Note::LateAnswer { by: person("U0ALICE"), not_mine: false }),
        ("rejected", Note::Rejected { by: person("U0RESP1"), open: true }),
        ("rejected-undo", Note::Rejected { by: person("U0RESP1"), open: false }),
    ];
    notes.push(("story", Note::Story { lines: story(nasty) }));
    for line in story(nasty).into_iter().filter(|_| nasty.is_none()) {
        notes.push(("story-line", Note::Story { lines: vec![line] }));
    }
    for stage in Stage::ALL {
        notes.push(("still-waiting", Note::StillWaiting { stage, since: noon() }));
    }
    for closing in CLOSINGS {
        let (acts, key_last4) = (all_acts(nasty, ActState::Verified), Some(or(nasty, "WXYZ")));
        notes.push(("ended", Note::Ended { closing, acts, by: or(nasty, "rule:stolen keys"), key_last4 }));
    }
    for remedy in [Remedy::SnapshotInstance, Remedy::RemoveCors] {
        let mut acts = all_acts(nasty, ActState::Verified);
        acts.iter_mut().for_each(|act| act.remedy = remedy);
        let by = or(nasty, "rule:stolen keys");
        notes.push(("ended", Note::Ended { closing: Closing::Contained, acts, by, key_last4: None }));
    }
    all.extend(notes.into_iter().map(|(name, note)| (format!("note-{name}"), Message::Note(Box::new(note)))));
}

fn story(nasty: Option<&str>) -> Vec<StoryLine> {
    let alice = || person("U0ALICE");
    let mut lines = vec![
        StoryLine::Changed { facts: Box::new(all_facts(nasty)) },
        StoryLine::Asked { person: alice(), why: Some(why(nasty, Source::Tags)) },
        StoryLine::Asked { person: alice(), why: None },
        StoryLine::Overdue,
        StoryLine::Taken { by: person("U0RESP1") },
    ];
    lines.extend(VERDICTS.into_iter().map(|verdict| StoryLine::Answered { by: alice(), verdict }));
    lines.extend(all_acts(nasty, ActState::Verified).into_iter().map(|act| StoryLine::Act { act }));
    let closed = |closing| StoryLine::Closed { closing, by: or(nasty, "slack:U0ALICE") };
    lines.extend(CLOSINGS.into_iter().map(closed));
    lines
}

fn calls(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    let text = || or(nasty, "channel_not_found");
    let alice = || person("U0ALICE");
    let mut reasons = vec![
        CallReason::Unsure { by: alice() },
        CallReason::NobodyFound,
        CallReason::NobodyLeft,
        CallReason::CouldNotAsk { person: alice(), cause: text() },
        CallReason::TooManyPrompts { person: alice() },
        CallReason::NoAnswer,
        CallReason::Refuted { why: text() },
        CallReason::AccountNotAllowed,
        CallReason::Disagreement,
        CallReason::SecurityOnly,
        CallReason::Ahead,
        CallReason::Moved { person: alice() },
    ];
    reasons.extend(KINDS.into_iter().map(|kind| CallReason::NeedsApproval { kind }));
    reasons.extend(stuck(nasty).into_iter().map(|reason| CallReason::Stuck { reason }));
    for (n, why) in reasons.into_iter().enumerate() {
        let responders = vec![person("U0RESP1"); if nasty.is_some() { 200 } else { 2 }];
        all.push((format!("call-{n}"), Message::Note(Box::new(Note::Call { why, responders }))));
    }
}

fn modals(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    for mode in MODES {
        // What the facts say does not depend on the remedy.
        let step = if nasty.is_some() { 10 } else { 1 };
        for remedy in Remedy::ALL.into_iter().step_by(step) {
            let remedy = Offer { remedy, parts: vec![] };
            let view = MineModal { facts: all_facts(nasty), mode, remedy, ..mine() };
            all.push((format!("modal-mine-{}", mode.as_str()), Message::MineModal(Box::new(view))));
        }
    }
    all.push(("modal-dismiss".into(), Message::DismissModal { case: case(), surface: surface() }));
}

fn pattern(nasty: Option<&str>) -> Pattern {
    let set = |text: &str| [or(nasty, text)].into_iter().collect();
    Pattern {
        no: 7,
        key: super::fixtures::group(),
        principal: or(nasty, "arn:aws:iam::111122223333:user/deployer"),
        facts: Facts { networks: set("198.51.100.0/24"), countries: set("Japan"), apis: set("ListBuckets") },
        by: person("U0ALICE"),
        case: case(),
        since: noon(),
        until: noon(),
    }
}

fn rest(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    for called in [vec![], vec![person("U0RESP1"); 40]] {
        let view = CrowdView { since: noon(), cases: u64::MAX, last: noon(), called };
        all.push(("crowd".into(), Message::Crowd(view)));
    }
    for mode in MODES {
        for stopped in [None, Some((person("U0RESP1"), noon()))] {
            for patterns in [vec![], vec![pattern(nasty); 30]] {
                let stopped = stopped.clone();
                all.push(("control".into(), Message::Control(ControlView { mode, stopped, patterns })));
            }
        }
    }
    for limit in [Limit::TenMinutes, Limit::Day, Limit::AccountHour] {
        let view = BreakerView { tripped: Some((limit, noon())), reset_by: None };
        all.push(("breaker".into(), Message::Breaker(view)));
    }
    for reset_by in [None, Some(person("U0RESP1"))] {
        all.push(("breaker-reset".into(), Message::Breaker(BreakerView { tripped: None, reset_by })));
    }
    let not_now = [
        NotNow::Settled,
        NotNow::NothingToUndo,
        NotNow::UndoWindowOver,
        NotNow::NothingToApprove,
        NotNow::OwnVoice,
        NotNow::WritesStopped,
        NotNow::Busy,
    ];
    let mut answers = vec![
        Answer::Accepted,
        Answer::FieldErrors { facts: true, reason: true },
        Answer::NotYours,
        Answer::FactsChanged,
        Answer::AlreadyAnswered,
    ];
    answers.extend(not_now.into_iter().map(|why| Answer::NotNow { why }));
    all.extend(answers.into_iter().map(|answer| ("refusal".to_owned(), Message::Refusal { answer })));
}
