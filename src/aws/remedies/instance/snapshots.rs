//! `snapshot-instance`: one set of snapshots of all volumes at one moment, started and not waited for. They are
//! evidence and stay after an undo. Actions: `Remedy::SnapshotInstance.actions()`.
//! Never here: deleting a snapshot. Memory and instance store have no snapshot; that is said.

use super::{Instance, left};
use crate::aws::ec2::{filter, volumes};
use crate::aws::remedies::hand::Written;
use crate::aws::remedies::part::Part;
use crate::case::CaseId;
use crate::case::remedy::Prior;
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::{
    CopyTagsFromSource, InstanceSpecification, ResourceType, Snapshot, SnapshotState, Tag, TagSpecification,
};
use std::collections::BTreeSet;

/// Tags of our snapshots: whose evidence it is, and of which instance.
const CASE: &str = "vouch:case";
const INSTANCE: &str = "vouch:instance";

pub(super) fn prior(i: &Instance<'_>) -> Result<Prior, Fault> {
    let volumes: Vec<String> = volumes(i.now()?).filter_map(|(_, ebs)| ebs.volume_id.clone()).collect();
    if volumes.is_empty() {
        let (id, account) = (i.id(), &i.target.account);
        return Err(Fault::never(format!(
            "account {account}: {id} has no volume that snapshots can be taken of"
        )));
    }
    Ok(Prior::Snapshots { volumes })
}

/// Creating snapshots is not safe to run twice, so the case's tag is looked for first. A set that failed is no evidence.
pub(super) async fn apply(i: &Instance<'_>, case: &CaseId) -> Result<Written, Fault> {
    let there = taken(i, case).await?;
    if !there.is_empty() && failed(&there).next().is_none() {
        return Ok((vec![], format!("taken already: {}", ids(&there))));
    }
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::Snapshot)
        .tags(tag(CASE, case.as_str()))
        .tags(tag(INSTANCE, i.id()));
    let call = i.host.ec2.client.create_snapshots();
    let sent = call
        .instance_specification(InstanceSpecification::builder().instance_id(i.id()).build())
        .description(format!("vouch case {}: {} as it was found", case.as_str(), i.id()))
        .copy_tags_from_source(CopyTagsFromSource::Volume)
        .tag_specifications(tags.build())
        .send();
    let answer = i.host.ec2.place.call("ec2", "CreateSnapshots", sent).await?;
    let id = answer.request_id().map(str::to_owned);
    let made = answer.snapshots.into_iter().flatten().filter_map(|s| s.snapshot_id).collect::<Vec<_>>();
    let note = format!(
        "{} started; memory and instance store are not in them; they stay after an undo",
        made.join(", ")
    );
    Ok((id.into_iter().collect(), note))
}

/// Gone, or failed on the way.
pub(super) async fn lost(i: &Instance<'_>, case: &CaseId) -> Result<Vec<String>, Fault> {
    let there = taken(i, case).await?;
    if there.is_empty() {
        return Ok(vec![format!("the snapshots of {} are gone", i.id())]);
    }
    Ok(failed(&there).map(|s| format!("snapshot {} failed", s.snapshot_id().unwrap_or_default())).collect())
}

/// Nothing is put back, and it is said.
pub(super) async fn parts(i: &Instance<'_>, case: &CaseId, applied: bool) -> Result<Vec<Part>, Fault> {
    let there = taken(i, case).await?;
    if there.is_empty() && !applied {
        return Ok(vec![]);
    }
    if there.is_empty() {
        return Ok(vec![left(format!("the snapshots of {} are gone: somebody else deleted them", i.id()))]);
    }
    Ok(vec![left(format!(
        "the snapshots {} of {} are kept as evidence; delete them when they are not needed",
        ids(&there),
        i.id()
    ))])
}

async fn taken(i: &Instance<'_>, case: &CaseId) -> Result<Vec<Snapshot>, Fault> {
    let (mut found, mut token) = (vec![], None);
    loop {
        let call = i.host.ec2.client.describe_snapshots().owner_ids("self").set_next_token(token.take());
        let case = filter(&format!("tag:{CASE}"), [case.as_str()]);
        let sent = call.filters(case).filters(filter(&format!("tag:{INSTANCE}"), [i.id()])).send();
        let page = i.host.ec2.place.call("ec2", "DescribeSnapshots", sent).await?;
        found.extend(page.snapshots.into_iter().flatten());
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// Those of volumes of which nothing better was taken since.
fn failed(there: &[Snapshot]) -> impl Iterator<Item = &Snapshot> {
    let is_good = |s: &Snapshot| s.state != Some(SnapshotState::Error);
    let good: BTreeSet<Option<&str>> = there.iter().filter(|s| is_good(s)).map(Snapshot::volume_id).collect();
    there.iter().filter(move |s| !is_good(s) && !good.contains(&s.volume_id()))
}

fn ids(snapshots: &[Snapshot]) -> String {
    let mut ids: Vec<&str> = snapshots.iter().filter_map(|s| s.snapshot_id()).collect();
    ids.sort_unstable();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_failed_counts_until_a_better_one_is_there() {
        let snapshot = |id: &str, volume: &str, state| {
            Snapshot::builder().snapshot_id(id).volume_id(volume).state(state).build()
        };
        let mut there = vec![
            snapshot("snap-1", "vol-1", SnapshotState::Completed),
            snapshot("snap-2", "vol-2", SnapshotState::Error),
        ];
        assert_eq!(failed(&there).map(|s| s.snapshot_id()).collect::<Vec<_>>(), [Some("snap-2")]);
        there.push(snapshot("snap-3", "vol-2", SnapshotState::Pending));
        assert_eq!(failed(&there).count(), 0);
    }
}
