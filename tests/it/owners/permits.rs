//! Every look-up with what `vouch iam-policy evidence` prints, and with one action less.
//! Never here: what is found out.

use super::evidence::rich;
use super::*;
use crate::permits::{Policy, Tried, UNASKED};
use aws_sdk_iam::types::Tag;
use futures_util::StreamExt;
use futures_util::stream::iter;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
enum Sight {
    User,
    Role,
    Root,
    Bucket,
    TagsOfUser,
    TagsOfRole,
}

const ALL: [Sight; 6] =
    [Sight::User, Sight::Role, Sight::Root, Sight::Bucket, Sight::TagsOfUser, Sight::TagsOfRole];

async fn tried(sight: Sight, name: &str, policy: &str) -> Tried {
    let s = Scene::new(name).await;
    let aws = Emulator::shared();
    aws.put_policy(&s.hub.name, "Vouch", policy).await;
    let (finding, owner) = match sight {
        Sight::User => (finding(&rich(&s, name).await, s.then), false),
        Sight::TagsOfUser => {
            let user = aws.create_user(name).await;
            tag(&user, "owner", "U0TAGGED").await;
            (finding(&user, s.later()), true)
        }
        Sight::Role | Sight::TagsOfRole => {
            let owner = matches!(sight, Sight::TagsOfRole);
            let seen = session(name, "/", "x", if owner { s.later() } else { s.then }).await;
            aws.put_role_policy(name, "All", &allow(&["s3:*"])).await;
            aws.attach_to_role(name, "arn:aws:iam::aws:policy/ReadOnlyAccess").await;
            let tag = Tag::builder().key("owner").value("U0TAGGED").build().unwrap();
            aws.iam().tag_role().role_name(name).tags(tag).send().await.unwrap();
            (seen, owner)
        }
        Sight::Root => {
            let mut seen = finding(&aws.create_user(name).await, s.then);
            seen.principal.kind = PrincipalKind::Root;
            (seen, false)
        }
        Sight::Bucket => {
            let mut seen = finding(&aws.create_user(name).await, s.then);
            seen.resource = Some(bucket(name).await);
            (seen, false)
        }
    };
    let said = if owner {
        let wanted = config::Owners { sources: vec![Source::Tags], ..settings() };
        s.leads(wanted, &finding).await.1
    } else {
        s.evidence(&finding).await.gaps
    };
    Tried::of(&s.calls, said)
}

/// Private, as it is when it is new.
async fn bucket(name: &str) -> Resource {
    let conf = aws_sdk_s3::config::Builder::from(&Emulator::shared().sdk()).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(conf.build());
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into());
    s3.create_bucket().bucket(name).create_bucket_configuration(place.build()).send().await.unwrap();
    Resource::Bucket { name: name.to_owned(), arn: format!("arn:aws:s3:::{name}"), all: vec![] }
}

#[tokio::test]
async fn without_any_action_that_is_printed_something_cannot_be_told() {
    let policy = Policy::printed("evidence");
    let wholes = iter(ALL.into_iter().enumerate()).map(|(n, sight)| {
        let policy = &policy;
        async move { (sight, tried(sight, &format!("permit-sight-{n}"), &policy.text()).await.went_well()) }
    });
    let wholes: Vec<(Sight, Tried)> = wholes.buffer_unordered(3).collect().await;
    let mut runs = vec![];
    for service in ["iam", "s3", "sts"] {
        for action in policy.actions(service) {
            if UNASKED.contains(&action.as_str()) {
                continue;
            }
            let seen = wholes.iter().find(|(_, whole)| whole.needed.contains(&action));
            let (sight, _) = seen.unwrap_or_else(|| panic!("{action} is printed, and nothing here needs it"));
            runs.push((*sight, action));
        }
    }
    assert!(runs.len() > 25, "{runs:?}");
    let each = iter(runs.into_iter().enumerate()).map(|(n, (sight, action))| {
        let policy = &policy;
        async move {
            let without = policy.without(&action);
            tried(sight, &format!("permit-less-{n}"), &without).await.missed(&action);
        }
    });
    each.buffer_unordered(3).collect::<()>().await;
}
