//! The fail-safe matrix: what becomes of a case when something goes wrong, for every stance and mode. The table that
//! people read, `docs/fail-safe.md`, is the expectation: one outcome per cell.
//! Never here: adapters; what they report when something is away is played here.

use super::world::{Act, Look, Who, World};
use std::collections::BTreeSet;
use std::fmt::Write;
use vouch::case::effect::{Destination, Want};
use vouch::case::entry::EntryKind;
use vouch::case::event::{Failure, Outcome};
use vouch::case::finding::Form;
use vouch::case::guard::Mode;
use vouch::case::message::{Message, Note};
use vouch::case::playbook::Stance;
use vouch::case::prompt::{Choice, Ticks, Verdict};
use vouch::case::remedy::{ActState, Remedy};
use vouch::case::state::{Closing, ProposalKind, Stage, StuckReason};
use vouch::metrics::{FindingOutcome, Metrics, PromptResult, RemedyResult};

const STANCES: [(&str, Stance); 3] =
    [("ask", Stance::Ask), ("contain", Stance::Contain), ("notify", Stance::Notify)];

const MODES: [Mode; 3] = [Mode::Observe, Mode::DryRun, Mode::Enforce];

/// What goes wrong, in the words of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    NoReply,
    SlackDown,
    TokenRevoked,
    OwnerUnknown,
    OwnerDeactivated,
    WrongPerson,
    NotTheirs,
    Partial,
    SecondVoiceMissing,
    BreakerOpen,
    WritesStopped,
    Denied,
    Throttled,
    Unconfirmed,
    Protected,
    Sample,
    OwnRole,
}

const TROUBLES: [(Trouble, &str); 17] = [
    (Trouble::NoReply, "nobody replies"),
    (Trouble::SlackDown, "Slack is down"),
    (Trouble::TokenRevoked, "the Slack token is revoked"),
    (Trouble::OwnerUnknown, "the owner is unknown"),
    (Trouble::OwnerDeactivated, "the owner is deactivated"),
    (Trouble::WrongPerson, "somebody else presses *It was me*"),
    (Trouble::NotTheirs, "the person asked says it is not theirs"),
    (Trouble::Partial, "a partial answer"),
    (Trouble::SecondVoiceMissing, "*It was me* at high severity, and no second voice"),
    (Trouble::BreakerOpen, "*Not me* while the breaker is open"),
    (Trouble::WritesStopped, "*Not me* while writes are stopped"),
    (Trouble::Denied, "*Not me*, and AWS denies the write"),
    (Trouble::Throttled, "*Not me*, and AWS throttles the write until it is given up"),
    (Trouble::Unconfirmed, "*Not me*, and GuardDuty does not answer"),
    (Trouble::Protected, "*Not me* about a protected principal"),
    (Trouble::Sample, "a sample finding"),
    (Trouble::OwnRole, "vouch's own identity"),
];

fn played(trouble: Trouble, stance: Stance, mode: Mode) -> World {
    let look = Look {
        mode,
        stance,
        owners: usize::from(trouble != Trouble::OwnerUnknown),
        severity: if trouble == Trouble::SecondVoiceMissing { 8.0 } else { 5.0 },
        protected: trouble == Trouble::Protected,
        sample: trouble == Trouble::Sample,
        own: trouble == Trouble::OwnRole,
        ..Look::plain()
    };
    let mut world = World::open(look);
    match trouble {
        Trouble::BreakerOpen => world.trip(),
        Trouble::WritesStopped => world.stop_writes(),
        Trouble::NoReply
        | Trouble::SlackDown
        | Trouble::TokenRevoked
        | Trouble::OwnerUnknown
        | Trouble::OwnerDeactivated
        | Trouble::WrongPerson
        | Trouble::NotTheirs
        | Trouble::Partial
        | Trouble::SecondVoiceMissing
        | Trouble::Denied
        | Trouble::Throttled
        | Trouble::Unconfirmed
        | Trouble::Protected
        | Trouble::Sample
        | Trouble::OwnRole => {}
    }
    settle(&mut world, trouble);
    for (who, choice) in said(trouble) {
        let _ = world.click(who, choice, 0);
        settle(&mut world, trouble);
    }
    wait(&mut world, trouble);
    world
}

/// Long enough for reminders, deadline and read-back.
fn wait(world: &mut World, trouble: Trouble) {
    settle(world, trouble);
    for _ in 0..30 {
        let waits = [Stage::Stuck, Stage::AwaitingApproval].contains(&world.case.stage);
        let resting = !world.case.is_open() || waits;
        let hidden =
            world.case.wakes_at().is_none_or(|at| at > world.now + jiff::SignedDuration::from_hours(25));
        if resting || hidden {
            break;
        }
        let _ = world.play(Act::Wait);
        settle(world, trouble);
    }
}

fn said(trouble: Trouble) -> Vec<(Who, Choice)> {
    let ticks =
        |source| Choice::Facts { ticks: Ticks { call: true, time: true, source }, reason: "deploy".into() };
    match trouble {
        Trouble::WrongPerson => vec![(Who::Stranger, ticks(true))],
        Trouble::NotTheirs => vec![(Who::Owner, Choice::NotMyCredential)],
        Trouble::Partial => vec![(Who::Owner, ticks(false))],
        Trouble::SecondVoiceMissing => vec![(Who::Owner, ticks(true))],
        Trouble::BreakerOpen
        | Trouble::WritesStopped
        | Trouble::Denied
        | Trouble::Throttled
        | Trouble::Unconfirmed
        | Trouble::Protected => vec![(Who::Owner, Choice::NotMine { remedy: None })],
        Trouble::NoReply
        | Trouble::SlackDown
        | Trouble::TokenRevoked
        | Trouble::OwnerUnknown
        | Trouble::OwnerDeactivated
        | Trouble::Sample
        | Trouble::OwnRole => vec![],
    }
}

/// Everything under way comes back, as far as the trouble lets it.
fn settle(world: &mut World, trouble: Trouble) {
    for _ in 0..200 {
        let Some((no, result)) = world.outcomes(|want| answer(trouble, want)) else { return };
        let _ = match result {
            Some(result) => world.result(no, result),
            None => world.goes_well(no),
        };
    }
}

/// `None`: it never comes back. `Some(None)`: it goes well.
fn answer(trouble: Trouble, want: &Want) -> Option<Option<Outcome>> {
    let failed = |cause: &str, kind| Some(Some(Outcome::Failed { cause: cause.into(), kind }));
    let slack = want.message().is_some() || want.as_str() == "find-owner";
    match trouble {
        // Tried until the case is settled.
        Trouble::SlackDown | Trouble::TokenRevoked if slack => None,
        Trouble::OwnerDeactivated if matches!(want, Want::Post { to: Destination::Person { .. }, .. }) => {
            failed("the person is deactivated", Failure::Gone)
        }
        Trouble::Denied if want.as_str() == "apply" => failed("AccessDenied", Failure::Refused),
        Trouble::Throttled if want.as_str() == "apply" => failed("Throttling, three times", Failure::Refused),
        Trouble::Unconfirmed if want.as_str() == "confirm" => failed("AccessDenied", Failure::Refused),
        Trouble::NoReply
        | Trouble::SlackDown
        | Trouble::TokenRevoked
        | Trouble::OwnerUnknown
        | Trouble::OwnerDeactivated
        | Trouble::WrongPerson
        | Trouble::NotTheirs
        | Trouble::Partial
        | Trouble::SecondVoiceMissing
        | Trouble::BreakerOpen
        | Trouble::WritesStopped
        | Trouble::Denied
        | Trouble::Throttled
        | Trouble::Unconfirmed
        | Trouble::Protected
        | Trouble::Sample
        | Trouble::OwnRole => Some(None),
    }
}

/// How it ended, from the case alone.
fn outcome(world: &World) -> String {
    let case = &world.case;
    let wrote = world.all.iter().any(|e| e.want.as_str() == "apply");
    let told = world.all.iter().any(|e| {
        let note = if let Some(Message::Note(note)) = e.want.message() { Some(note.as_ref()) } else { None };
        matches!(note, Some(Note::Call { .. }))
    });
    let mut text = match (case.stage, &case.stuck, case.closing) {
        (Stage::Closed, _, Some(closing)) => match closing {
            Closing::Contained => "contained",
            Closing::Recorded => "recorded",
            Closing::Vouched => "vouched",
            Closing::Dismissed => "dismissed",
            Closing::Undone => "undone",
        }
        .to_owned(),
        (Stage::Stuck, Some(reason), _) => format!("responders decide: {}", why(reason)),
        (Stage::AwaitingApproval, _, _) => match case.proposal.as_ref().map(|p| p.kind) {
            Some(ProposalKind::Plan) => "the remedy waits for a responder",
            Some(ProposalKind::Vouch) => "the answer waits for a responder",
            Some(ProposalKind::Release) => "the release waits for a responder",
            Some(ProposalKind::Undo | ProposalKind::Dismiss | ProposalKind::Done) | None => "waits",
        }
        .to_owned(),
        (stage, _, _) => stage.as_str().to_owned(),
    };
    let dry = case.plans.iter().any(|p| p.acts.iter().any(|a| a.state == ActState::DryRun));
    if dry {
        text += ", remedy only named";
    } else if case.has_effect() && case.closing != Some(Closing::Contained) {
        text += "; contained meanwhile";
    } else if wrote && !case.has_effect() {
        text += "; nothing written";
    }
    if !dry
        && case.prompts.is_empty()
        && !told
        && case.stage == Stage::Closed
        && case.closing == Some(Closing::Recorded)
    {
        text += ", a card only";
    }
    text
}

fn why(reason: &StuckReason) -> &'static str {
    match reason {
        StuckReason::NoAnswer => "no answer",
        StuckReason::Advice => "guidance given",
        StuckReason::NotConfirmed { .. } => "GuardDuty must confirm first",
        StuckReason::Refuted { .. } => "GuardDuty does not know it",
        StuckReason::Protected { .. } => "protected",
        StuckReason::AccountNotAllowed => "account not allowed",
        StuckReason::WriteFailed { .. } => "the write failed",
        StuckReason::EffectGone { .. } => "the effect is gone",
        StuckReason::UndoFailed { .. } => "the undo failed",
        StuckReason::Rejected { .. } => "rejected",
        StuckReason::NotPossible { .. } => "not possible",
        StuckReason::Lapsed => "nobody approved in a day",
    }
}

const HEAD: &str = "# What happens when something goes wrong

For a finding of severity 5.0 about an IAM user with one known owner, under a rule with `deadline = \"15m\"`,
`offer = [\"cut\"]`, `no_answer = \"cut\"` and `voices = 1` (`notify`: `offer = [\"advise\"]`). Each cell says how the case
stands when nobody does anything more. The table is made from the decisions of the program by
`tests/it/laws/matrix.rs`, and that test fails when they differ.

Never in this table: a write in observe or dry-run; *vouched* without a person's complete answer; a write about a
sample, a protected principal or vouch's own identity; silence that counts as yes.

What it cannot see: Slack tells an app neither where somebody sits nor whose hands are on the keyboard, so an answer
from a stolen Slack session looks like the person's own. That is why one voice is not enough at severity 7.0 and above,
from an owner of low confidence, where the rule contains first, and for what only the queue's body says. Nor does it
read do-not-disturb: a deadline passes whether or not a phone rang, and `escalate_to` is for that.
";

fn document() -> String {
    let mut text = HEAD.to_owned();
    for mode in MODES {
        let _ = write!(text, "\n## {}\n\n| | ask | contain | notify |\n|---|---|---|---|\n", mode.as_str());
        for (trouble, name) in TROUBLES {
            let cells = STANCES.map(|(_, stance)| outcome(&played(trouble, stance, mode)));
            let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
        }
    }
    text.push_str(NOTICED);
    for (trouble, name) in TROUBLES {
        let (kinds, besides) = noticed(trouble);
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let besides = if besides.is_empty() { "–".to_owned() } else { besides.join("; ") };
        let _ = writeln!(text, "| {name} | {} | {besides} |", kinds.join(", "));
    }
    text.push_str(AROUND);
    for [fault, log, metric, ready] in FAULTS {
        let _ = writeln!(text, "| {fault} | {log} | {metric} | {ready} |");
    }
    text
}

const NOTICED: &str = "
## How it is noticed

Each of these kinds is a line of the log (`audit`, with `case`, `kind` and `actor`), a count in
`vouch_audit_total{kind}`, and a line in the case's story on the operators' page. They are those that a case in `enforce`
under `ask` has because of the trouble, beside what stands in every story of a *Not me* that is carried out. What else
tells of it stands in the last column: log lines in quotes, metrics and words of the audit by name, the rest on the page.

| | kinds | besides |
|---|---|---|
";

/// What the table above cannot play, and what is around all cases.
const AROUND: &str = "
With `no_answer = \"escalate\"` the first and the fourth wait for a responder: `vouch_cases_overdue` and *Past their
deadline* tell of both.

`not-my-credential` is the `choice` in the line `reply-accepted`. `vouch_replies_total` counts only what people say about
the activity.

While Slack is down or refuses the token, a case whose deadline passes is told over the second route as well: `paged` in
log and story, and `vouch_pages_total`, where it counts as `failed` if `fallback.webhook_url` is not set.

`vouch_sockets_connected`, and *Not ready* while Slack is down, hold for Socket Mode. With `slack.transport = \"http\"`
Slack that was reached once and is down makes nothing not ready. A refused token does, with either transport.

## Faults around it

What the daemon says while the fault lasts: the log line, the metric (its `result` or `kind` in brackets), and the reason
that `/readyz` and *Not ready* on the page give. `vouch_ready` is 0 while there is a reason. All are played in
`tests/it/stories/faults.rs`, the clock in `tests/it/engine.rs`.

| | log line | metric | reason |
|---|---|---|---|
";

/// Fault, log line, metric, readiness.
const FAULTS: [[&str; 4]; 11] = [
    [
        "Slack down",
        "\"will try again\"",
        "`vouch_slack_requests_total` (`ambiguous`; `transient` without a connection)",
        "in Socket Mode, once the sockets are gone too, as below; else none",
    ],
    [
        "no socket to Slack for a minute",
        "\"no socket to Slack\"",
        "`vouch_sockets_connected` is 0",
        "`slack`: \"no socket for 60 s or longer\"",
    ],
    [
        "a socket half open",
        "after 45 s \"a socket to Slack ended\", then \"a socket to Slack stands\"",
        "`vouch_sockets_connected` falls and rises",
        "none, if one stands again within a minute",
    ],
    ["a storm of 429", "\"will try again\"", "`vouch_slack_requests_total` (`throttled`)", "none"],
    [
        "a post that may have got through",
        "\"will try again\"; it looks for the post first",
        "`vouch_slack_requests_total` (`ambiguous`)",
        "none",
    ],
    [
        "the token revoked, and restored",
        "\"will try again\", each minute",
        "`vouch_slack_requests_total` (`config`)",
        "`slack`: \"the token is refused: \" and Slack's word, until a call is taken again",
    ],
    [
        "the queue denied",
        "\"the queue cannot be read\", once",
        "`vouch_aws_requests_total` (`denied`)",
        "`queue`: \"not reached for 60 s or longer\" and AWS's words",
    ],
    [
        "AWS throttles in the middle of a plan",
        "\"will try again\"; after three tries \"failed for good\"",
        "`vouch_aws_requests_total` (`later`)",
        "none",
    ],
    [
        "AWS denies in the middle of a plan",
        "\"failed for good\"",
        "`vouch_aws_requests_total` (`denied`), `vouch_remedies_total` (`failed`)",
        "none",
    ],
    [
        "the disk full",
        "\"the store refused a write; nothing is acknowledged\"",
        "`vouch_ready`",
        "`store`: \"the last write failed\", and what the disk lacks",
    ],
    [
        "the clock set by hand, by more than 10 s",
        "\"the clock was set; deadlines are counted by it\"",
        "`vouch_audit_total` (`clock-jumped`)",
        "none; set forward by more than a minute, that of the queue until its next answer (20 s)",
    ],
];

/// What tells of a trouble: kinds of audit lines that are there because of it, and signals of what is around the case.
fn noticed(trouble: Trouble) -> (BTreeSet<&'static str>, &'static [&'static str]) {
    let mut calm = World::open(Look::plain());
    settle(&mut calm, Trouble::NotTheirs);
    let _ = calm.click(Who::Owner, Choice::NotMine { remedy: None }, 0);
    wait(&mut calm, Trouble::NotTheirs);
    let usual: BTreeSet<&str> = calm.told.into_iter().collect();
    let told: BTreeSet<&str> = played(trouble, Stance::Ask, Mode::Enforce).told.into_iter().collect();
    let logged = |kind: &str| EntryKind::ALL.iter().any(|one| one.as_str() == kind && !one.is_calm());
    let mut kinds: BTreeSet<&str> = told.difference(&usual).copied().filter(|kind| logged(kind)).collect();
    let besides: &[&str] = match trouble {
        Trouble::NoReply => &["`vouch_remedies_total`", "*No answer*"],
        Trouble::SlackDown => &[
            "\"will try again\"",
            "`vouch_slack_requests_total`",
            "`vouch_sockets_connected`",
            "`vouch_pages_total`",
            "*Not ready*",
        ],
        Trouble::TokenRevoked => &[
            "\"will try again\"",
            "`vouch_slack_requests_total`",
            "`vouch_ready`",
            "`vouch_pages_total`",
            "*Not ready*",
        ],
        Trouble::OwnerUnknown => &["`vouch_remedies_total`"],
        Trouble::SecondVoiceMissing => &["`vouch_cases_overdue`", "*Past their deadline*"],
        Trouble::OwnerDeactivated => &["\"failed for good\"", "`vouch_prompts_total`"],
        Trouble::WrongPerson => &["`vouch_replies_refused_total`"],
        Trouble::NotTheirs => &["`vouch_prompts_total`", "*Wrong person asked*"],
        Trouble::Partial => &["`vouch_replies_total`", "*Partly*"],
        Trouble::BreakerOpen => &["`vouch_breaker_open`", "*The breaker is open*"],
        Trouble::WritesStopped => &["*Writes are stopped*"],
        Trouble::Denied | Trouble::Throttled => {
            &["\"failed for good\"", "`vouch_remedies_total`", "`vouch_aws_requests_total`"]
        }
        Trouble::Unconfirmed => &["\"failed for good\"", "`vouch_aws_requests_total`"],
        Trouble::Protected | Trouble::OwnRole => &["*A human must act*"],
        Trouble::Sample => &["`vouch_findings_total`"],
    };
    // An answer in part is an answer, and a sample is a case that is closed: their lines say the rest.
    if kinds.is_empty() {
        let kind = if trouble == Trouble::Partial { "reply-accepted" } else { "case-closed" };
        assert!(told.contains(kind) && logged(kind), "no {kind} among {told:?}");
        kinds.insert(kind);
    }
    (kinds, besides)
}

/// Nobody should have to trust a table at three in the morning.
#[test]
fn what_the_table_sends_people_to_is_there() {
    let (mut sources, metrics) = (String::new(), every_metric());
    read_all(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
    for (trouble, name) in TROUBLES {
        let (kinds, besides) = noticed(trouble);
        assert!(!kinds.is_empty() && !besides.is_empty(), "nothing tells of: {name}");
        for one in besides {
            let word = one.trim_matches(['"', '`', '*']);
            let there = match one.chars().next() {
                Some('"') => sources.contains(&format!("{one})")) || sources.contains(&format!("{one}\n")),
                Some('`') => metrics
                    .lines()
                    .any(|line| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(['{', ' ']))),
                _ => sources.contains(word),
            };
            assert!(there, "{name}: {one} is nowhere");
        }
    }
    for row in FAULTS {
        for words in row.join(" ").split('"').skip(1).step_by(2) {
            assert!(sources.contains(words), "{}: {words:?} is nowhere", row[0]);
        }
    }
}

/// What `/metrics` answers once each of these has something to tell.
fn every_metric() -> String {
    let metrics = Metrics::default();
    metrics.finding(Form::Eventbridge, FindingOutcome::Opened);
    metrics.prompt(PromptResult::Failed);
    metrics.reply(Verdict::NotMine);
    metrics.refused("not-yours");
    metrics.remedy(Remedy::DeactivateKey, RemedyResult::Failed);
    metrics.page("trigger", false);
    metrics.slack_request("chat.postMessage", "transient");
    metrics.aws_request("iam", "UpdateAccessKey", "denied");
    metrics.encode()
}

fn read_all(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

#[test]
fn the_table_says_what_happens() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fail-safe.md");
    let (says, is) = (std::fs::read_to_string(file).unwrap_or_default(), document());
    if std::env::var_os("VOUCH_WRITE_TABLE").is_some() {
        std::fs::write(file, &is).expect("the table is written");
        return;
    }
    let differs = |(says, is): &(&str, &str)| says != is;
    let lines: Vec<_> = says.lines().zip(is.lines()).filter(differs).collect();
    assert!(says == is, "docs/fail-safe.md says otherwise (VOUCH_WRITE_TABLE=1 writes it anew): {lines:#?}");
    let (_, enforce) = is.split_once("## enforce").expect("every mode has its table");
    let table = enforce.split("## ").next().unwrap_or_default().trim();
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("a README");
    assert!(readme.contains(table), "README.md shows another table for enforce");
}

#[test]
fn whatever_goes_wrong_nothing_is_written_that_must_not_be_and_silence_is_no_yes() {
    let mut seen = BTreeSet::new();
    for (trouble, name) in TROUBLES {
        for (stance_name, stance) in STANCES {
            for mode in MODES {
                let world = played(trouble, stance, mode);
                let place = format!("{name}, {stance_name}, {}", mode.as_str());
                let wrote = world.all.iter().any(|e| e.want.writes());
                let never = [Trouble::Sample, Trouble::OwnRole, Trouble::Protected].contains(&trouble);
                assert!(!wrote || mode == Mode::Enforce && !never, "{place} wrote");
                assert_ne!(world.case.closing, Some(Closing::Vouched), "{place}");
                let asked = world
                    .all
                    .iter()
                    .any(|e| matches!(e.want, Want::Post { to: Destination::Person { .. }, .. }));
                let nobody = mode == Mode::Observe || stance == Stance::Notify || trouble == Trouble::OwnRole;
                assert!(!(asked && nobody), "{place} asked");
                let rests = !world.case.is_open() || world.case.wakes_at().is_some();
                assert!(rests, "{place} sleeps for ever");
                seen.insert(place);
            }
        }
    }
    assert_eq!(seen.len(), 17 * 3 * 3);
}
