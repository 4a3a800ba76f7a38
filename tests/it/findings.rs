//! A finding that says nothing, for tests that fill in what they are about.
//! Never here: what it decides.

use vouch::case::finding::{Activity, Finding, Form};
use vouch::case::principal::{AccountId, Partition, Principal, Region};

/// Of this type, about nobody and nothing.
pub(crate) fn bare(kind: &str, account: &str, region: &str) -> Finding {
    Finding {
        id: "f".to_owned(),
        kind: kind.to_owned(),
        account: AccountId::parse(account).unwrap(),
        region: Region::parse(region).unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: String::new(),
        description: String::new(),
        updated_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        first_seen: None,
        last_seen: None,
        count: 1,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal::nobody(Partition::Commercial),
        resource: None,
        activity: Activity::default(),
    }
}
