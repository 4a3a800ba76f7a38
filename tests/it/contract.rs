//! What every `CaseStore` must do, as one suite against the seam, and what only the embedded one must.
//! Never here: cases as such; they are samples.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on stops at the line that says why"
)]

mod crash;
mod damage;
mod door;
mod failing;
mod samples;
mod suite;

use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use vouch::ports::CaseStore;
use vouch::store::SledStore;

/// Where a store under test lives. Another kind of store is another one of these.
trait Place {
    fn store(&self) -> Arc<dyn CaseStore>;
    /// What a restart of the daemon does.
    fn reopen(&mut self);
}

struct SledPlace {
    folder: TempDir,
    store: Option<SledStore>,
}

impl SledPlace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(vouch::store::open(folder.path()).unwrap());
        Self { folder, store }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Place for SledPlace {
    fn store(&self) -> Arc<dyn CaseStore> {
        Arc::new(self.store.clone().unwrap())
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(vouch::store::open(self.folder.path()).unwrap());
    }
}

macro_rules! suite {
    ($place:expr; $($name:ident),+ $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            suite::$name(&mut $place).await;
        })+
    };
}

suite!(SledPlace::new();
    an_empty_store_has_nothing,
    a_case_comes_back_as_it_was_saved,
    a_stale_version_changes_nothing,
    two_openings_of_one_case_meet,
    the_budget_has_a_version_of_its_own,
    effects_wait_in_the_order_they_were_saved,
    answers_people_groups_and_findings_are_found_by_key,
    the_chain_goes_on_only_from_its_end,
    concurrent_writers_keep_the_chain,
    pages_are_newest_first,
    the_index_follows_the_case,
    what_is_past_its_time_is_dropped,
    a_large_finding_survives,
);
