//! The guide row by row: each id of the mission with the test that shows it, or the advice that guides a human.
//! Never here: the tests themselves.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use vouch::case::guidance::Advised;

/// How a row is met.
enum Shown {
    /// A test of this name.
    By(&'static str),
    /// Advice; every language has words for it, or it would not compile.
    Told(Advised),
}

use Shown::{By, Told};

/// The story of a bucket from its finding to its undo.
const OWNED: &str = "its_owner_did_not_mean_it_so_it_is_closed_and_opened_again_by_undo";

const ROWS: &[(&str, &[Shown])] = &[
    (
        "I-1",
        &[
            By("every_document_is_read_as_its_index_says"),
            By("every_published_type_has_an_entry"),
            Told(Advised::UnknownType),
        ],
    ),
    (
        "I-2",
        &[
            By("each_family_has_the_entry_that_is_meant_for_it"),
            By("the_built_in_entries_say_what_the_research_says"),
        ],
    ),
    ("I-3", &[By("the_guide_s_page_follows_from_the_family")]),
    ("E-1", &[By("contained_and_undone_an_instance_is_as_it_was")]),
    ("E-2", &[Told(Advised::InstanceScan), Told(Advised::Malware)]),
    ("E-3", &[Told(Advised::InstanceRebuild)]),
    ("E-4", &[By("every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    ("E-5", &[By("every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    ("E-6", &[By("every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    (
        "E-7",
        &[By("a_stop_works_on_what_we_protected_and_says_what_is_lost"), Told(Advised::InstanceConnections)],
    ),
    ("E-8", &[Told(Advised::InstancePorts)]),
    ("E-9", &[Told(Advised::InstanceTerminate)]),
    ("E-10", &[Told(Advised::InstanceReading)]),
    ("E-11", &[Told(Advised::Community)]),
    ("E-12", &[Told(Advised::Support)]),
    ("E-13", &[Told(Advised::Suppress)]),
    ("E-14", &[By("out_of_service_before_it_falls_silent_and_back_into_it")]),
    ("S-1", &[By(OWNED)]),
    ("S-2", &[By("activity_comes_from_whichever_action_there_is")]),
    ("S-3", &[By("every_kind_of_principal_is_told_apart"), Told(Advised::AccountOwner)]),
    ("S-4", &[By("activity_comes_from_whichever_action_there_is")]),
    ("S-5", &[By("a_bucket_s_finding_reaches_the_credential_too")]),
    ("S-6", &[By(OWNED)]),
    ("S-7", &[By("a_bucket_s_finding_reaches_the_credential_too")]),
    ("S-8", &[Told(Advised::CheckPermissions)]),
    ("S-9", &[By(OWNED)]),
    ("S-10", &[By(OWNED), Told(Advised::AnonymousOwner)]),
    ("S-11", &[By(OWNED)]),
    ("S-12", &[By("a_browser_is_told_no_and_yes_again_after_undo")]),
    ("S-13", &[By("a_public_read_is_refused_and_works_again_after_undo")]),
    ("S-14", &[By("mine_is_archived_and_nothing_else")]),
    ("S-15", &[By(OWNED)]),
    (
        "S-16",
        &[
            By("a_public_read_is_refused_and_works_again_after_undo"),
            By("settings_are_written_in_full_and_put_back_exactly"),
            Told(Advised::AnonymousBlock),
        ],
    ),
    ("S-17", &[By("one_user_is_kept_out_and_nobody_else_until_undo"), Told(Advised::AccountDeny)]),
    // How it can be shared otherwise is told in the card's thread, with the bucket's own facts.
    ("S-18", &[By(OWNED)]),
    ("S-19", &[By(OWNED)]),
    ("S-20", &[By(OWNED)]),
    ("S-21", &[By("a_stranger_can_no_longer_list_and_can_again_after_undo"), By(OWNED)]),
    ("S-22", &[By(OWNED)]),
    ("S-23", &[By(OWNED)]),
    ("C-1", &[By("every_kind_of_principal_is_told_apart")]),
    ("C-2", &[By("one_finding_reads_alike_in_every_wrapping")]),
    ("C-3", &[By("every_kind_of_principal_is_told_apart")]),
    ("C-4", &[By("not_me_stops_the_key"), By("who_is_gone_is_gone_and_foreign_keys_are_left_alone")]),
    ("C-5", &[Told(Advised::RotateKey)]),
    ("C-6", &[By("a_session_is_traced_to_the_user_who_began"), Told(Advised::TraceKey)]),
    ("C-7", &[By("old_sessions_die_and_new_ones_live")]),
    (
        "C-8",
        &[
            By("a_session_is_traced_to_the_user_who_began"),
            By("not_found_yet_is_told_from_not_found"),
            Told(Advised::TraceKey),
        ],
    ),
    ("C-9", &[By("evidence_of_a_user"), Told(Advised::CheckPermissions)]),
    ("C-10", &[By("every_form_reaches_the_owner"), Told(Advised::AskUser)]),
    ("C-11", &[By("some_ticks_are_as_not_me"), By("no_tick_and_no_reason_decide_nothing")]),
    ("C-12", &[By("mine_is_archived_and_nothing_else")]),
    (
        "C-13",
        &[
            By("everything_of_the_user_stops_and_comes_back"),
            By("not_me_revokes_the_one_session_and_undo_gives_it_back"),
            By("the_password_goes_and_undo_says_that_it_cannot_come_back"),
            Told(Advised::LookUpCalls),
        ],
    ),
    ("C-14", &[Told(Advised::AccountArticle), Told(Advised::Support)]),
    (
        "C-15",
        &[
            By("root_actors_nobody_and_our_own_roles_are_never_asked_of_an_owner"),
            Told(Advised::RootNotByChat),
            Told(Advised::RootContact),
            Told(Advised::RootDeny),
            Told(Advised::RootDelete),
        ],
    ),
    (
        "D-1",
        &[
            By("families_that_nothing_is_written_for_are_explained"),
            Told(Advised::Kubernetes),
            Told(Advised::Database),
            Told(Advised::Function),
            Told(Advised::Container),
            Told(Advised::Runtime),
            Told(Advised::SequenceEach),
        ],
    ),
];

/// The guide's rows: letter and how many (mission.md).
const GUIDE: [(&str, usize); 5] = [("I", 3), ("E", 14), ("S", 23), ("C", 15), ("D", 1)];

#[test]
fn every_row_of_the_guide_is_shown_by_a_test_or_told_to_a_human() {
    let all: BTreeSet<String> =
        GUIDE.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}-{n}"))).collect();
    let mut met = BTreeSet::new();
    for (id, shown) in ROWS {
        assert!(met.insert((*id).to_owned()), "{id} stands twice");
        assert!(!shown.is_empty(), "{id} is shown by nothing");
    }
    assert_eq!(met, all);
}

#[test]
fn every_test_that_a_row_names_is_there() {
    let mut names = BTreeSet::new();
    for folder in ["src", "tests"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    let rows = ROWS.iter().flat_map(|(id, shown)| shown.iter().map(move |one| (id, one)));
    let missing: Vec<String> = rows
        .filter_map(|(id, one)| match one {
            By(name) => (!names.contains(*name)).then(|| format!("{id}: {name}")),
            Told(what) => (!Advised::ALL.contains(what)).then(|| format!("{id}: {what:?}")),
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Names of functions that follow a `#[test]` or a `#[tokio::test]`.
fn gather(folder: &Path, names: &mut BTreeSet<String>) {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in paths {
        if path.is_dir() {
            gather(&path, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let tests = lines
                .iter()
                .enumerate()
                .filter(|(_, line)| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
            for (at, _) in tests {
                let head = lines[at + 1..].iter().find(|line| line.contains("fn "));
                let name =
                    head.and_then(|line| line.split("fn ").nth(1)).and_then(|rest| rest.split('(').next());
                names.extend(name.map(str::to_owned));
            }
        }
    }
}

/// What the mission counts, where it can be read.
#[test]
fn the_rows_are_those_of_the_mission() {
    let Some(shared) = crate::shared() else { return };
    let text = read_to_string(shared.join("mission.md")).unwrap();
    for (letter, count) in GUIDE {
        let last =
            if count == 1 { format!("| {letter}-1 |") } else { format!("| {letter}-1..{letter}-{count} |") };
        assert!(text.contains(&last), "{last}");
    }
}
