//! From *Not me* to a key that is inactive, against the four bare calls that do it.
//! Never here: whether it was right to do it.

use crate::figures::{Table, Times};
use crate::stories::house::House;
use crate::stories::report::REGION;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::types::StatusType;
use std::time::Duration;
use tokio::time::Instant;

const ROUNDS: usize = 12;

pub(crate) async fn inactive(table: &mut Table) {
    let (mut ours, mut bare) = (Times::default(), Times::default());
    for _ in 0..ROUNDS {
        let house = House::build("bench-contain").with(r#"offer = ["deactivate-key"]"#).start().await;
        // Both ways go through the same front, with the same permissions.
        bare.add(four_calls(&house).await);
        house.account.set_key(true).await;
        house.finding(&house.report()).await;
        let prompt = house.prompt_for("U0ALICE").await;
        let before = house.front.requests("UpdateAccessKey").len();
        let began = Instant::now();
        house.click(&prompt, "U0ALICE", "vouch.not_mine").await;
        let wait = house.front.wait_request("UpdateAccessKey", before + 1, Duration::from_secs(30)).await;
        let write = wait.expect("the key is switched off");
        // The read-back is part of the bare way, so it is part of ours. A call is on record once it is answered.
        while !house.front.requests("ListAccessKeys").iter().any(|read| read.n > write.n) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ours.add(began.elapsed());
        assert!(!house.account.key_is_active().await);
    }
    let (mine, theirs) = (ours.percentile(50), bare.percentile(50));
    table.row(
        "click to key inactive and read back",
        format!("median {mine:.1} ms, {:.2} of the bare calls", mine / theirs),
        "at most 1.3 times",
        format!("GetUser, ListAccessKeys, UpdateAccessKey, ListAccessKeys: median {theirs:.1} ms"),
    );
}

async fn four_calls(house: &House) -> Duration {
    let (id, secret) = &house.account.own;
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(house.front.url())
        .credentials_provider(Credentials::new(id, secret, None, None, "bench"));
    let iam = aws_sdk_iam::Client::from_conf(config.build());
    let accused = &house.account.accused;
    // A connection of its own is not what is measured.
    iam.get_user().user_name(&accused.user).send().await.unwrap();
    let began = Instant::now();
    iam.get_user().user_name(&accused.user).send().await.unwrap();
    iam.list_access_keys().user_name(&accused.user).send().await.unwrap();
    let set = iam.update_access_key().user_name(&accused.user).access_key_id(&accused.key);
    set.status(StatusType::Inactive).send().await.unwrap();
    iam.list_access_keys().user_name(&accused.user).send().await.unwrap();
    began.elapsed()
}
