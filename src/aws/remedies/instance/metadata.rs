//! `require-imdsv2`: the instance's metadata service answers only those who ask with a token, which a tricked web
//! server cannot do. Actions: `Remedy::RequireImdsv2.actions()`.
//! Never here: the hop limit or the endpoint; they stay as they are.

use super::{Instance, Thing, unfit};
use crate::aws::remedies::hand::Written;
use crate::aws::remedies::part::{Part, Stands, What};
use crate::case::remedy::Prior;
use crate::ports::Fault;
use aws_sdk_ec2::operation::RequestId;
use aws_sdk_ec2::types::{HttpTokensState, InstanceMetadataEndpointState, InstanceMetadataOptionsState};

const REQUIRED: &str = "required";

pub(super) fn prior(i: &Instance<'_>) -> Result<Prior, Fault> {
    Ok(Prior::Metadata { tokens: tokens(i)? })
}

pub(super) async fn apply(i: &Instance<'_>) -> Result<Written, Fault> {
    let options = i.now()?.metadata_options.as_ref();
    let off =
        options.and_then(|o| o.http_endpoint.as_ref()) == Some(&InstanceMetadataEndpointState::Disabled);
    if tokens(i)? == REQUIRED {
        return Ok((vec![], "IMDSv2 was required already".to_owned()));
    }
    let id = i.set_tokens(REQUIRED).await?;
    let note = if off { "its metadata service is switched off anyway" } else { "" };
    Ok((id.into_iter().collect(), note.to_owned()))
}

/// `pending` for a while is not lost: the verification passes look again.
pub(super) fn lost(i: &Instance<'_>) -> Result<Vec<String>, Fault> {
    let lost = (tokens(i)? != REQUIRED).then(|| format!("{} answers IMDSv1 again", i.id()));
    let state = i.now()?.metadata_options.as_ref().and_then(|o| o.state.as_ref());
    let pending = state == Some(&InstanceMetadataOptionsState::Pending);
    let late = pending.then(|| format!("{} has not taken on its metadata options yet", i.id()));
    Ok(lost.or(late).into_iter().collect())
}

pub(super) fn parts(i: &Instance<'_>, prior: &Prior, applied: bool) -> Result<Vec<Part>, Fault> {
    let before = expected(prior)?;
    if before == REQUIRED {
        return Ok(vec![]);
    }
    let (stands, complaint) = if tokens(i)? == REQUIRED {
        (Stands::AsWritten, String::new())
    } else {
        (Stands::AsBefore, format!("{} answers IMDSv1 again", i.id()))
    };
    let what = What::Instance(Thing::Tokens(before.to_owned()));
    Ok(vec![Part { what, stands, applied, complaint }])
}

impl Instance<'_> {
    pub(super) async fn set_tokens(&self, tokens: &str) -> Result<Option<String>, Fault> {
        let call = self.host.ec2.client.modify_instance_metadata_options().instance_id(self.id());
        let sent = call.http_tokens(HttpTokensState::from(tokens)).send();
        let answer = self.host.ec2.place.call("ec2", "ModifyInstanceMetadataOptions", sent).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

fn tokens(i: &Instance<'_>) -> Result<String, Fault> {
    let told = i.now()?.metadata_options.as_ref().and_then(|options| options.http_tokens.as_ref());
    Ok(told.map_or("optional", HttpTokensState::as_str).to_owned())
}

fn expected(prior: &Prior) -> Result<&str, Fault> {
    let Prior::Metadata { tokens } = prior else { return Err(unfit("metadata options")) };
    Ok(tokens)
}
