//! The IAM calls that only users have: keys and the console password.
//! Never here: which remedy needs which.

use crate::aws::remedies::identity::{Identity, PAGES, missing_is_done};
use crate::case::remedy::LoginProfile;
use crate::ports::Fault;
use aws_sdk_iam::operation::RequestId;
use aws_sdk_iam::types::StatusType;
use jiff::Timestamp;

pub(super) struct Key {
    pub(super) id: String,
    pub(super) active: bool,
    pub(super) created: Option<Timestamp>,
}

impl Identity<'_> {
    pub(super) async fn keys(&self) -> Result<Vec<Key>, Fault> {
        let (mut keys, mut marker) = (vec![], None);
        for _ in 0..PAGES {
            let sent =
                self.iam.client.list_access_keys().user_name(self.name()).set_marker(marker.take()).send();
            let page = self.iam.place.call("iam", "ListAccessKeys", sent).await?;
            keys.extend(page.access_key_metadata.into_iter().filter_map(|key| {
                Some(Key {
                    active: key.status == Some(StatusType::Active),
                    created: key.create_date.and_then(|at| moment(&at)),
                    id: key.access_key_id?,
                })
            }));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                break;
            }
        }
        Ok(keys)
    }

    /// The write's request id.
    pub(super) async fn set_key(&self, id: &str, active: bool) -> Result<Option<String>, Fault> {
        self.same().await?;
        let status = if active { StatusType::Active } else { StatusType::Inactive };
        // Without the name IAM would look for the key among those of whoever signs the call.
        let call = self.iam.client.update_access_key().user_name(self.name());
        let sent = call.access_key_id(id).status(status).send();
        let answer = self.iam.place.call("iam", "UpdateAccessKey", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// What IAM tells of the console password, or `None`.
    pub(super) async fn login_profile(&self) -> Result<Option<LoginProfile>, Fault> {
        let sent = self.iam.client.get_login_profile().user_name(self.name()).send();
        match self.iam.place.call("iam", "GetLoginProfile", sent).await {
            Ok(answer) => Ok(answer.login_profile.map(|profile| LoginProfile {
                created: moment(&profile.create_date),
                reset_required: profile.password_reset_required,
            })),
            Err(failed) if failed.is_missing() => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }

    pub(super) async fn delete_login_profile(&self) -> Result<Option<String>, Fault> {
        self.same().await?;
        let sent = self.iam.client.delete_login_profile().user_name(self.name()).send();
        let done = self.iam.place.call("iam", "DeleteLoginProfile", sent).await;
        missing_is_done(done.map(|answer| answer.request_id().map(str::to_owned)))
    }
}

fn moment(at: &aws_sdk_iam::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::from_second(at.secs()).ok()
}
