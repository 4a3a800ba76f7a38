//! The account's root: whether it has keys and MFA, and what its session did. No policy can bind it.
//! Never here: users.

use super::look::{Look, keep};
use super::past;
use crate::case::evidence::{Evidence, RootFact};
use aws_sdk_iam::types::SummaryKeyType;

pub(super) async fn look(look: &Look<'_>) -> Evidence {
    let mut e = Evidence::default();
    let sent = look.iam.client.get_account_summary().send();
    let (summary, past) = tokio::join!(look.iam("GetAccountSummary", sent), past::read(look));
    e.root = keep(summary, &mut e.gaps).map(|answer| {
        let counts = answer.summary_map.unwrap_or_default();
        let some = |key| counts.get(&key).is_some_and(|count| *count > 0);
        RootFact {
            keys: some(SummaryKeyType::AccountAccessKeysPresent),
            mfa: some(SummaryKeyType::AccountMfaEnabled),
        }
    });
    past.into(&mut e);
    e
}
