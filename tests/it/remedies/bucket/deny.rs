//! `deny-principal-on-bucket`.
//! Never here: remedies at the identity itself.

use super::*;

const REMEDY: Remedy = Remedy::DenyPrincipalOnBucket;

/// A user who may read, and another who may too.
async fn readers(y: &Yard) -> [TestUser; 2] {
    let mut made = vec![];
    for who in ["eve", "bob"] {
        let user = y.aws.create_user(&format!("{}-{who}", y.bucket)).await;
        y.aws
            .put_policy(&user.name, "Work", &allow(&["s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"]))
            .await;
        made.push(user);
    }
    made.try_into().unwrap()
}

fn about(y: &Yard, user: &TestUser) -> Target {
    Target { buckets: vec![y.bucket.clone()], ..user.target(&[]) }
}

async fn reads(y: &Yard, user: &TestUser) -> Result<(), String> {
    let s3 = client(y.aws, &user.key, &user.secret, REGION);
    let answer = s3.get_object().bucket(&y.bucket).key(KEY).send().await;
    answer.map(|_| ()).map_err(|error| error.code().unwrap_or("no code").to_owned())
}

const DENIED: &str = "AccessDenied";

#[tokio::test]
async fn one_user_is_kept_out_and_nobody_else_until_undo() {
    let y = Yard::new("deny-there-and-back").await;
    let [eve, bob] = readers(&y).await;
    assert_eq!(reads(&y, &eve).await, Ok(()));
    let act = y.carry_out(&about(&y, &eve), REMEDY).await.unwrap();
    assert_eq!(reads(&y, &eve).await, Err(DENIED.to_owned()));
    assert_eq!(reads(&y, &bob).await, Ok(()));
    assert_eq!(y.statements().await.len(), 1);
    assert_eq!(restored(y.undo(&about(&y, &eve), &act, false).await), 1);
    assert_eq!((reads(&y, &eve).await, y.policy().await), (Ok(()), None));
    y.there_and_back(&about(&y, &eve), REMEDY).await;
}

#[tokio::test]
async fn one_session_of_a_role_is_kept_out_and_the_next_is_not() {
    let y = Yard::new("deny-session").await;
    let role = format!("{}-role", y.bucket);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" }, "Action": "sts:AssumeRole",
    }]});
    let iam = y.aws.iam();
    let made =
        iam.create_role().role_name(&role).path("/apps/").assume_role_policy_document(trust.to_string());
    let id = made.send().await.unwrap().role.unwrap().role_id;
    let policy = iam.put_role_policy().role_name(&role).policy_name("Read");
    policy.policy_document(allow(&["s3:GetObject"])).send().await.unwrap();
    let sts = aws_sdk_sts::Client::new(&y.aws.sdk());
    let mut sessions = vec![];
    for name in ["stolen", "fine"] {
        let arn = format!("arn:aws:iam::000000000000:role/apps/{role}");
        let got = sts
            .assume_role()
            .role_arn(arn)
            .role_session_name(name)
            .send()
            .await
            .unwrap()
            .credentials
            .unwrap();
        let sdk = y.aws.sdk_as(Credentials::new(
            got.access_key_id,
            got.secret_access_key,
            Some(got.session_token),
            None,
            "s",
        ));
        let conf = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        sessions.push(aws_sdk_s3::Client::from_conf(conf));
    }
    let read = |n: usize| sessions[n].get_object().bucket(&y.bucket).key(KEY).send();
    assert!(read(0).await.is_ok() && read(1).await.is_ok());
    let target = Target {
        kind: PrincipalKind::RoleSession,
        name: role.clone(),
        session: Some("stolen".to_owned()),
        unique_id: Some(id),
        ..y.target()
    };
    let prepared = y.remedies.prepare(&y.case, &target, &[REMEDY]).await.unwrap();
    // Protection may rest on the path, which no finding tells.
    assert!(
        prepared.arns.contains(&format!("arn:aws:iam::000000000000:role/apps/{role}")),
        "{:?}",
        prepared.arns
    );
    let act = y.carry_out(&target, REMEDY).await.unwrap();
    assert!(act.receipt.as_ref().unwrap().note.contains("only the session stolen is kept out"));
    assert_eq!(read(0).await.unwrap_err().code(), Some(DENIED));
    assert!(read(1).await.is_ok());
    assert_eq!(restored(y.undo(&target, &act, false).await), 1);
    assert!(read(0).await.is_ok());
}

#[tokio::test]
async fn what_others_write_beside_it_is_carried_along_and_left() {
    let y = Yard::new("deny-beside").await;
    let [eve, _] = readers(&y).await;
    y.open().await;
    let act = y.carry_out(&about(&y, &eve), REMEDY).await.unwrap();
    let [theirs, ours]: [Value; 2] = y.statements().await.try_into().unwrap();
    assert_eq!((theirs["Sid"].as_str(), ours["Sid"].as_str()), (Some("Site"), Some("Vouchc0ffee0000000002")));
    let more = json!({ "Sid": "More", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
        "Resource": format!("arn:aws:s3:::{}/*", y.bucket) });
    let changed = json!({ "Version": "2012-10-17", "Statement": [ours, more] });
    y.set_policy(Some(&changed.to_string())).await;
    assert!(y.verify(&about(&y, &eve), &act).await.is_empty());
    assert_eq!(restored(y.undo(&about(&y, &eve), &act, false).await), 1);
    assert_eq!(y.statements().await, [more]);
    assert_eq!(reads(&y, &eve).await, Ok(()));
}

#[tokio::test]
async fn a_statement_that_somebody_changed_or_took_out_is_told_and_left() {
    let y = Yard::new("deny-foreign").await;
    let [eve, _] = readers(&y).await;
    let target = about(&y, &eve);
    let act = y.carry_out(&target, REMEDY).await.unwrap();
    let mut weaker = y.statements().await;
    weaker[0]["Action"] = json!("s3:DeleteObject");
    y.set_policy(Some(&json!({ "Version": "2012-10-17", "Statement": weaker }).to_string())).await;
    let lost = y.verify(&target, &act).await;
    assert_eq!(
        lost,
        [format!("the statement Vouchc0ffee0000000002 was changed in the policy of bucket {}", y.bucket)]
    );
    assert_eq!(refused(y.undo(&target, &act, true).await), lost);
    assert_eq!(y.statements().await, weaker);
    y.set_policy(None).await;
    let lost = y.verify(&target, &act).await;
    assert_eq!(
        lost,
        [format!("the statement Vouchc0ffee0000000002 is gone from the policy of bucket {}", y.bucket)]
    );
    assert_eq!(refused(y.undo(&target, &act, false).await), lost);
}

#[tokio::test]
async fn a_full_policy_is_said_and_not_touched() {
    let y = Yard::new("deny-full").await;
    let [eve, _] = readers(&y).await;
    let long = json!({ "Sid": "Long", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
        "Resource": format!("arn:aws:s3:::{}/{}", y.bucket, "x".repeat(20_200)) });
    let text = json!({ "Version": "2012-10-17", "Statement": [long] }).to_string();
    y.set_policy(Some(&text)).await;
    let fault = y.carry_out(&about(&y, &eve), REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("has no room left"), "{fault}");
    assert_eq!((y.policy().await, y.calls.writes()), (Some(text), 0));
}

/// Of two buckets the second has no room: the first is written, and comes back though the remedy failed.
#[tokio::test]
async fn what_was_written_before_it_failed_can_be_taken_back() {
    let y = Yard::new("deny-half").await;
    let [eve, _] = readers(&y).await;
    let second = format!("{}-second", y.bucket);
    y.make(&second, REGION).await;
    let long = json!({ "Sid": "Long", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
        "Resource": format!("arn:aws:s3:::{second}/{}", "x".repeat(20_200)) });
    let text = json!({ "Version": "2012-10-17", "Statement": [long] }).to_string();
    y.root().put_bucket_policy().bucket(&second).policy(&text).send().await.unwrap();
    let target = Target { buckets: vec![y.bucket.clone(), second], ..about(&y, &eve) };
    let before = y.whole().await;
    let prepared = y.remedies.prepare(&y.case, &target, &[REMEDY]).await.unwrap();
    let prior = saved(prepared).remove(0);
    let fault = y.remedies.apply(&y.case, &target, REMEDY, &prior, y.cut_off).await.unwrap_err();
    assert!(fault.to_string().contains("has no room left"), "{fault}");
    reads(&y, &eve).await.unwrap_err();
    let act = Act { remedy: REMEDY, state: ActState::Failed, prior: Some(prior), receipt: None };
    assert!(act.may_stand(), "its undo is offered");
    assert_eq!(restored(y.undo(&target, &act, false).await), 1);
    assert_eq!(y.whole().await, before);
    reads(&y, &eve).await.unwrap();
}

/// S3 takes no change to a public policy while `BlockPublicPolicy` is on.
#[tokio::test]
async fn a_public_policy_under_a_block_is_said() {
    let y = Yard::new("deny-blocked").await;
    let [eve, _] = readers(&y).await;
    y.open().await;
    y.set_block(Some(AccessBlock { block_policy: true, ..AccessBlock::default() })).await;
    let before = y.whole().await;
    let fault = y.carry_out(&about(&y, &eve), REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("while BlockPublicPolicy is on"), "{fault}");
    assert_eq!(y.whole().await, before);
}

#[tokio::test]
async fn whoever_has_no_name_or_another_now_is_never_denied() {
    let y = Yard::new("deny-nobody").await;
    let [eve, _] = readers(&y).await;
    for kind in [
        PrincipalKind::Anonymous,
        PrincipalKind::Root,
        PrincipalKind::Service,
        PrincipalKind::ServiceLinkedRole,
    ] {
        let target = Target { kind, name: String::new(), ..y.target() };
        let fault = y.carry_out(&target, REMEDY).await.unwrap_err();
        assert!(fault.to_string().contains("cannot be kept out of a bucket"), "{fault}");
    }
    // A vouch that cannot reach the bucket any more could not take its own statement out again.
    let ours = Target { buckets: vec![y.bucket.clone()], ..y.hub.target(&[]) };
    let fault = y.carry_out(&ours, REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("is who we are"), "{fault}");
    let other = Target { unique_id: Some("AIDAOFSOMEBODYELSE".to_owned()), ..about(&y, &eve) };
    let fault = y.carry_out(&other, REMEDY).await.unwrap_err();
    assert!(fault.to_string().contains("was re-created"), "{fault}");
    assert_eq!((y.policy().await, y.calls.writes()), (None, 0));
}
