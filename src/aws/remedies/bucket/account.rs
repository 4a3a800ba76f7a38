//! `block-account-public-access`: all four settings of Block Public Access on for every bucket of the account, in
//! every Region. Actions: `Remedy::BlockAccountPublicAccess.actions()`.
//! Never here: single buckets.

use super::{Back, Buckets, Done, Found, late, wrong_prior};
use crate::aws::bucket::account_block;
use crate::aws::call::Failed;
use crate::case::remedy::{AccessBlock, Prior};
use crate::ports::Fault;
use aws_sdk_s3control::operation::RequestId;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;

const FULL: &str = "public access to the buckets of this account";

pub(super) async fn prior(buckets: &Buckets<'_>) -> Result<Prior, Fault> {
    Ok(Prior::AccountPublicAccess { block: buckets.account_block().await? })
}

pub(super) async fn apply(buckets: &Buckets<'_>, prior: &Prior) -> Result<Done, Fault> {
    let before = expected(prior)?;
    if buckets.account_block().await? == Some(AccessBlock::ALL) {
        let already = before == Some(AccessBlock::ALL);
        return Ok((vec![], already.then(|| format!("{FULL} was already blocked")).into_iter().collect()));
    }
    let ids = buckets.put_account_block(Some(AccessBlock::ALL)).await?.into_iter().collect();
    let shown = buckets.account_block().await? == Some(AccessBlock::ALL);
    let mut notes = vec!["it reaches every bucket and Region within minutes".to_owned()];
    notes.extend((!shown).then(|| late(&format!("{FULL} as blocked"))));
    Ok((ids, notes))
}

pub(super) async fn lost(buckets: &Buckets<'_>) -> Result<Vec<String>, Fault> {
    let gone = buckets.account_block().await? != Some(AccessBlock::ALL);
    Ok(gone.then(complaint).into_iter().collect())
}

/// None where it was blocked before us.
pub(super) async fn parts(buckets: &Buckets<'_>, prior: &Prior) -> Result<Vec<Found>, Fault> {
    let before = expected(prior)?;
    if before == Some(AccessBlock::ALL) {
        return Ok(vec![]);
    }
    let now = buckets.account_block().await?;
    let back = Back::AccountBlock { prior: before };
    Ok(vec![Found::of(back, &now, &Some(AccessBlock::ALL), &before, complaint())])
}

impl Buckets<'_> {
    pub(super) async fn account_block(&self) -> Result<Option<AccessBlock>, Fault> {
        account_block(&self.control, &self.target.account).await
    }

    /// `None`: no settings of the account's own.
    pub(super) async fn put_account_block(
        &self,
        block: Option<AccessBlock>,
    ) -> Result<Option<String>, Fault> {
        let (client, account) = (&self.control.client, self.target.account.as_str());
        let Some(block) = block else {
            let sent = client.delete_public_access_block().account_id(account).send();
            let answer = self.control.place.call("s3control", "DeletePublicAccessBlock", sent).await;
            return Ok(answer.map_err(|e| self.refused(e))?.request_id().map(str::to_owned));
        };
        let made = PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_acls)
            .ignore_public_acls(block.ignore_acls)
            .block_public_policy(block.block_policy)
            .restrict_public_buckets(block.restrict)
            .build();
        let call = client.put_public_access_block().account_id(account);
        let sent = call.public_access_block_configuration(made).send();
        let answer = self.control.place.call("s3control", "PutPublicAccessBlock", sent).await;
        Ok(answer.map_err(|e| self.refused(e))?.request_id().map(str::to_owned))
    }

    /// An organization may keep these settings to itself, and then S3 says no more than "denied".
    fn refused(&self, failed: Failed) -> Fault {
        if !failed.is_denied() {
            return failed.fault;
        }
        Fault::never(format!(
            "{}: if an S3 policy of the organization governs account {}, only the organization can change this",
            failed.fault, self.target.account
        ))
    }
}

fn expected(prior: &Prior) -> Result<Option<AccessBlock>, Fault> {
    let Prior::AccountPublicAccess { block } = prior else {
        return Err(wrong_prior("public access to an account"));
    };
    Ok(*block)
}

fn complaint() -> String {
    format!("{FULL} is not blocked in full any more")
}
