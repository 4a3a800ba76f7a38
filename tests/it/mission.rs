//! The guide row by row: each id of the mission with the test that shows it, or the advice that guides a human; and each
//! remedy with the tests that show what a remedy has to.
//! Never here: the tests themselves.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use vouch::case::guidance::Advised;
use vouch::case::remedy::Remedy;

/// How a row is met.
enum Shown {
    /// A test, by the modules that it stands in.
    By(&'static str),
    /// Advice that some finding leads to; every language has words for it, or it would not compile.
    Told(Advised),
}

use Shown::{By, Told};

/// The story of a bucket from its finding to its undo.
const OWNED: &str = "stories::bucket::its_owner_did_not_mean_it_so_it_is_closed_and_opened_again_by_undo";

const ROWS: &[(&str, &[Shown])] = &[
    (
        "I-1",
        &[
            By("decode::corpus::every_document_is_read_as_its_index_says"),
            By("config::every_published_type_has_an_entry"),
            Told(Advised::UnknownType),
        ],
    ),
    (
        "I-2",
        &[
            By("config::each_family_has_the_entry_that_is_meant_for_it"),
            By("config::the_built_in_entries_say_what_the_research_says"),
        ],
    ),
    ("I-3", &[By("slack::blocks::the_guide_s_page_follows_from_the_family")]),
    ("E-1", &[By("remedies::instances::evidence::everything_around_an_instance_is_seen")]),
    ("E-2", &[Told(Advised::InstanceScan), Told(Advised::Malware)]),
    ("E-3", &[Told(Advised::InstanceRebuild)]),
    ("E-4", &[By("remedies::instances::contain::every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    ("E-5", &[By("remedies::instances::contain::every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    ("E-6", &[By("remedies::instances::contain::every_interface_in_every_vpc_is_isolated_and_comes_back")]),
    (
        "E-7",
        &[
            By("remedies::instances::single::a_stop_works_on_what_we_protected_and_says_what_is_lost"),
            Told(Advised::InstanceConnections),
        ],
    ),
    ("E-8", &[Told(Advised::InstancePorts)]),
    ("E-9", &[Told(Advised::InstanceTerminate)]),
    ("E-10", &[Told(Advised::InstanceReading)]),
    ("E-11", &[Told(Advised::Community)]),
    ("E-12", &[Told(Advised::Support)]),
    ("E-13", &[Told(Advised::Suppress)]),
    ("E-14", &[By("remedies::instances::contain::out_of_service_before_it_falls_silent_and_back_into_it")]),
    ("S-1", &[By(OWNED)]),
    ("S-2", &[By("decode::fixtures::activity_comes_from_whichever_action_there_is")]),
    ("S-3", &[By("decode::fixtures::every_kind_of_principal_is_told_apart"), Told(Advised::AccountOwner)]),
    ("S-4", &[By("decode::fixtures::activity_comes_from_whichever_action_there_is")]),
    (
        "S-5",
        &[
            By("remedies::instances::evidence::a_bucket_read_with_a_stolen_session_leads_to_the_instance"),
            By("config::a_bucket_s_finding_reaches_the_credential_too"),
        ],
    ),
    ("S-6", &[By(OWNED)]),
    ("S-7", &[By("config::a_bucket_s_finding_reaches_the_credential_too")]),
    ("S-8", &[Told(Advised::CheckPermissions)]),
    ("S-9", &[By(OWNED)]),
    ("S-10", &[By(OWNED), Told(Advised::AnonymousOwner)]),
    ("S-11", &[By(OWNED)]),
    ("S-12", &[By("remedies::bucket::cors::a_browser_is_told_no_and_yes_again_after_undo")]),
    ("S-13", &[By("remedies::bucket::block::a_public_read_is_refused_and_works_again_after_undo")]),
    ("S-14", &[By("stories::answers::mine_is_archived_and_nothing_else")]),
    ("S-15", &[By(OWNED)]),
    (
        "S-16",
        &[
            By("remedies::bucket::block::a_public_read_is_refused_and_works_again_after_undo"),
            By("remedies::bucket::account::settings_are_written_in_full_and_put_back_exactly"),
            Told(Advised::AnonymousBlock),
        ],
    ),
    (
        "S-17",
        &[
            By("remedies::bucket::deny::one_user_is_kept_out_and_nobody_else_until_undo"),
            Told(Advised::AccountDeny),
        ],
    ),
    // How it can be shared otherwise is told in the card's thread, with the bucket's own facts.
    ("S-18", &[By(OWNED)]),
    ("S-19", &[By(OWNED)]),
    ("S-20", &[By(OWNED)]),
    (
        "S-21",
        &[By("remedies::bucket::acl::a_stranger_can_no_longer_list_and_can_again_after_undo"), By(OWNED)],
    ),
    ("S-22", &[By(OWNED)]),
    ("S-23", &[By(OWNED)]),
    ("C-1", &[By("decode::fixtures::every_kind_of_principal_is_told_apart")]),
    ("C-2", &[By("decode::fixtures::one_finding_reads_alike_in_every_wrapping")]),
    ("C-3", &[By("decode::fixtures::every_kind_of_principal_is_told_apart")]),
    (
        "C-4",
        &[
            By("stories::answers::not_me_stops_the_key"),
            By("remedies::keys::who_is_gone_is_gone_and_foreign_keys_are_left_alone"),
        ],
    ),
    ("C-5", &[Told(Advised::RotateKey)]),
    ("C-6", &[By("owners::trail::a_session_is_traced_to_the_user_who_began"), Told(Advised::TraceKey)]),
    ("C-7", &[By("remedies::sessions::old_sessions_die_and_new_ones_live")]),
    (
        "C-8",
        &[
            By("owners::trail::a_session_is_traced_to_the_user_who_began"),
            By("owners::trail::not_found_yet_is_told_from_not_found"),
            Told(Advised::TraceKey),
        ],
    ),
    ("C-9", &[By("owners::evidence::evidence_of_a_user"), Told(Advised::CheckPermissions)]),
    ("C-10", &[By("stories::intake::every_form_reaches_the_owner"), Told(Advised::AskUser)]),
    (
        "C-11",
        &[
            By("stories::answers::some_ticks_are_as_not_me"),
            By("stories::answers::no_tick_and_no_reason_decide_nothing"),
        ],
    ),
    ("C-12", &[By("stories::answers::mine_is_archived_and_nothing_else")]),
    (
        "C-13",
        &[
            By("stories::containment::everything_of_the_user_stops_and_comes_back"),
            By("stories::role::not_me_revokes_the_one_session_and_undo_gives_it_back"),
            By("remedies::console::the_password_goes_and_undo_says_that_it_cannot_come_back"),
            Told(Advised::LookUpCalls),
        ],
    ),
    ("C-14", &[Told(Advised::AccountArticle), Told(Advised::Support)]),
    (
        "C-15",
        &[
            By("cli::replay::root_actors_nobody_and_our_own_roles_are_never_asked_of_an_owner"),
            Told(Advised::RootNotByChat),
            Told(Advised::RootContact),
            Told(Advised::RootDeny),
            Told(Advised::RootDelete),
        ],
    ),
    (
        "D-1",
        &[
            By("guidance::families_that_nothing_is_written_for_are_explained"),
            Told(Advised::Kubernetes),
            Told(Advised::Database),
            Told(Advised::Function),
            Told(Advised::Container),
            Told(Advised::Runtime),
            Told(Advised::SequenceEach),
        ],
    ),
];

/// What each remedy that writes has to show, on the emulators: applied, verified and undone; applied twice; an undo after
/// somebody else's change; a crash between the intent and the outcome.
const REMEDIES: &[(Remedy, [&str; 4])] = &[
    (
        Remedy::DeactivateKey,
        [
            "remedies::keys::a_deactivated_key_is_refused_and_undo_brings_it_back",
            "remedies::keys::applied_twice_it_writes_once",
            "remedies::keys::a_key_made_active_by_somebody_else_is_told_and_left",
            "crash::killed_at_every_seam_of_not_me_and_its_undo",
        ],
    ),
    (
        Remedy::DeactivateAllKeys,
        [
            "remedies::all_keys::keys_that_no_finding_named_go_too_and_come_back",
            "remedies::all_keys::applied_twice_it_writes_once_and_what_was_inactive_stays_so",
            "remedies::all_keys::a_key_made_or_switched_on_since_is_told_and_the_latter_stops_the_undo",
            "stories::containment::a_crash_between_a_write_and_its_receipt_writes_nothing_twice",
        ],
    ),
    (
        Remedy::CutSessions,
        [
            "remedies::sessions::old_sessions_die_and_new_ones_live",
            "remedies::sessions::applied_twice_it_writes_once_and_the_cut_never_moves_back",
            "remedies::sessions::a_statement_taken_out_by_somebody_else_is_told_and_left",
            "crash::killed_at_every_seam_of_not_me_and_its_undo",
        ],
    ),
    (
        Remedy::DisableConsole,
        [
            "remedies::console::the_password_goes_and_undo_says_that_it_cannot_come_back",
            "remedies::console::applied_twice_it_writes_once",
            "remedies::console::a_new_password_is_told_and_nothing_is_undone_over_it",
            "stories::containment::a_crash_between_a_write_and_its_receipt_writes_nothing_twice",
        ],
    ),
    (
        Remedy::QuarantineUser,
        [
            "remedies::quarantine::a_quarantined_user_can_do_nothing_until_released",
            "remedies::quarantine::applied_twice_it_writes_once_and_undo_still_knows_it_was_us",
            "remedies::quarantine::a_policy_detached_by_somebody_else_is_told_and_left",
            "stories::containment::a_crash_between_a_write_and_its_receipt_writes_nothing_twice",
        ],
    ),
    (
        Remedy::RevokeSession,
        [
            "remedies::role::one_session_dies_and_its_neighbours_and_successors_live",
            "remedies::role::applied_twice_or_after_a_crash_it_writes_once_and_the_cut_never_moves",
            "remedies::role::a_foreign_change_is_told_and_stops_the_undo_but_not_one_beside_ours",
            "stories::role::not_me_revokes_the_one_session_and_undo_gives_it_back",
        ],
    ),
    (
        Remedy::RevokeRoleSessions,
        [
            "remedies::role::all_sessions_die_and_the_next_ones_live",
            "remedies::role::applied_twice_or_after_a_crash_it_writes_once_and_the_cut_never_moves",
            "remedies::role::a_foreign_change_is_told_and_stops_the_undo_but_not_one_beside_ours",
            "stories::crashes::a_role_that_was_cut_off_in_mid_write_is_cut_off_once",
        ],
    ),
    (
        Remedy::QuarantineRole,
        [
            "remedies::role::a_quarantined_role_can_do_nothing_until_released",
            "remedies::role::a_quarantined_role_can_do_nothing_until_released",
            "remedies::role::a_quarantined_role_can_do_nothing_until_released",
            "stories::crashes::a_role_that_was_cut_off_in_mid_write_is_cut_off_once",
        ],
    ),
    (
        Remedy::SnapshotInstance,
        [
            "remedies::instances::contain::every_interface_in_every_vpc_is_isolated_and_comes_back",
            "remedies::instances::contain::done_twice_nothing_is_written_twice",
            "remedies::instances::single::snapshots_that_somebody_deleted_are_told_and_hold_no_undo_up",
            "stories::crashes::an_instance_that_was_contained_in_mid_write_is_contained_once",
        ],
    ),
    (
        Remedy::IsolateInstance,
        [
            "remedies::instances::contain::every_interface_in_every_vpc_is_isolated_and_comes_back",
            "remedies::instances::contain::done_twice_nothing_is_written_twice",
            "remedies::instances::contain::a_foreign_change_is_seen_and_keeps_everything_as_it_is",
            "stories::crashes::an_instance_that_was_contained_in_mid_write_is_contained_once",
        ],
    ),
    (
        Remedy::DetachInstanceProfile,
        [
            "remedies::instances::single::the_profile_is_taken_and_given_back",
            "remedies::instances::single::the_profile_is_taken_and_given_back",
            "remedies::instances::single::another_profile_meanwhile_is_not_ours_to_replace",
            "stories::crashes::an_instance_that_was_contained_in_mid_write_is_contained_once",
        ],
    ),
    (
        Remedy::RequireImdsv2,
        [
            "remedies::instances::single::imdsv2_is_required_and_optional_again",
            "remedies::instances::single::imdsv2_is_required_and_optional_again",
            "remedies::instances::single::imdsv2_is_required_and_optional_again",
            "stories::crashes::an_instance_that_was_contained_in_mid_write_is_contained_once",
        ],
    ),
    (
        Remedy::StopInstance,
        [
            "remedies::instances::single::a_stop_works_on_what_we_protected_and_says_what_is_lost",
            "remedies::instances::single::a_stop_works_on_what_we_protected_and_says_what_is_lost",
            "remedies::instances::single::what_somebody_started_again_is_seen_and_left",
            "stories::crashes::an_instance_that_was_contained_in_mid_write_is_contained_once",
        ],
    ),
    (
        Remedy::BlockBucketPublicAccess,
        [
            "remedies::bucket::block::a_public_read_is_refused_and_works_again_after_undo",
            "remedies::bucket::block::settings_that_stood_there_stand_there_again",
            "remedies::bucket::block::settings_changed_by_somebody_else_are_told_and_left",
            "stories::crashes::a_bucket_that_was_closed_in_mid_write_is_closed_once",
        ],
    ),
    (
        Remedy::BlockAccountPublicAccess,
        [
            "remedies::bucket::account::settings_are_written_in_full_and_put_back_exactly",
            "remedies::bucket::account::settings_are_written_in_full_and_put_back_exactly",
            "remedies::bucket::account::settings_are_written_in_full_and_put_back_exactly",
            "stories::crashes::an_account_that_was_closed_in_mid_write_is_closed_once",
        ],
    ),
    (
        Remedy::DenyPrincipalOnBucket,
        [
            "remedies::bucket::deny::one_user_is_kept_out_and_nobody_else_until_undo",
            "remedies::bucket::deny::one_user_is_kept_out_and_nobody_else_until_undo",
            "remedies::bucket::deny::a_statement_that_somebody_changed_or_took_out_is_told_and_left",
            "stories::crashes::a_bucket_that_was_closed_in_mid_write_is_closed_once",
        ],
    ),
    (
        Remedy::MakeAclPrivate,
        [
            "remedies::bucket::acl::a_stranger_can_no_longer_list_and_can_again_after_undo",
            "remedies::bucket::acl::a_stranger_can_no_longer_list_and_can_again_after_undo",
            "remedies::bucket::acl::grants_that_somebody_gave_since_are_told_and_left",
            "stories::crashes::a_bucket_that_was_closed_in_mid_write_is_closed_once",
        ],
    ),
    (
        Remedy::RemoveCors,
        [
            "remedies::bucket::cors::a_browser_is_told_no_and_yes_again_after_undo",
            "remedies::bucket::cors::a_browser_is_told_no_and_yes_again_after_undo",
            "remedies::bucket::cors::rules_that_somebody_made_since_are_told_and_left",
            "stories::crashes::a_bucket_that_was_closed_in_mid_write_is_closed_once",
        ],
    ),
];

/// Whatever stood there before stands there again, for random states of each kind of thing.
const PRIORS: [&str; 4] = [
    "remedies::priors::contained_and_undone_everything_is_as_it_was_but_the_password",
    "remedies::role_priors::contained_and_undone_a_role_is_as_it_was",
    "remedies::bucket::priors::any_remedy_and_its_undo_leave_no_trace",
    "remedies::instances::priors::contained_and_undone_an_instance_is_as_it_was",
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
fn every_test_that_a_row_names_is_there_and_what_it_tells_is_told() {
    let names = tests();
    let told: Vec<Advised> = crate::guidance::findings().iter().flat_map(crate::guidance::whats_of).collect();
    let rows = ROWS.iter().flat_map(|(id, shown)| shown.iter().map(move |one| (id, one)));
    let missing: Vec<String> = rows
        .filter_map(|(id, one)| match one {
            By(name) => (!names.contains(*name)).then(|| format!("{id}: {name}")),
            Told(what) => (!told.contains(what)).then(|| format!("{id}: no finding leads to {what:?}")),
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let never: Vec<Advised> = Advised::ALL.into_iter().filter(|what| !told.contains(what)).collect();
    assert!(never.is_empty(), "words for nobody: {never:?}");
}

#[test]
fn every_remedy_that_writes_is_shown_from_its_first_write_to_a_crash() {
    // Guidance writes nothing, and bundles are their parts.
    let all: Vec<Remedy> = Remedy::ALL.into_iter().filter(|remedy| remedy.family().is_some()).collect();
    assert_eq!(REMEDIES.iter().map(|(remedy, _)| *remedy).collect::<Vec<_>>(), all);
    let names = tests();
    let shown = REMEDIES.iter().flat_map(|(remedy, tests)| tests.map(|test| (remedy.as_str(), test)));
    let shown = shown.chain(PRIORS.map(|test| ("random states", test)));
    let missing: Vec<_> = shown.filter(|(_, test)| !names.contains(*test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Every test, by the modules that it stands in.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for folder in ["src", "tests/it"] {
        gather(&root.join(folder), &root.join(folder), &mut names);
    }
    names
}

/// Names of functions that follow a `#[test]` or a `#[tokio::test]`.
fn gather(root: &Path, folder: &Path, names: &mut BTreeSet<String>) {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in paths {
        if path.is_dir() {
            gather(root, &path, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = read_to_string(&path).unwrap();
            let place = path.strip_prefix(root).unwrap().with_extension("");
            let place: Vec<_> = place.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let tests = lines
                .iter()
                .enumerate()
                .filter(|(_, line)| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
            for (at, _) in tests {
                let head = lines[at + 1..].iter().find(|line| line.contains("fn "));
                let name =
                    head.and_then(|line| line.split("fn ").nth(1)).and_then(|rest| rest.split('(').next());
                names.extend(name.map(|name| format!("{}::{name}", place.join("::"))));
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
