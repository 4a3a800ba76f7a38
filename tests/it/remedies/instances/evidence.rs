//! What is seen of an instance before anybody is asked, and what follows from it for the plan.
//! Never here: acting.

use super::*;
use vouch::aws::dossier::Dossiers;
use vouch::aws::investigate::Investigate;
use vouch::case::evidence::{Evidence, InstanceEvidence};
use vouch::case::finding::{Finding, Resource};
use vouch::case::guard::Profile;
use vouch::case::principal::Principal;
use vouch::case::remedy::parts_knowing;
use vouch::ports::Investigator;

/// Of a mining instance: it names nobody.
fn finding(id: &str) -> Finding {
    let arn = format!("arn:aws:ec2:{REGION}:{MOTO_ACCOUNT}:instance/{id}");
    let bare = crate::findings::bare("CryptoCurrency:EC2/BitcoinTool.B!DNS", MOTO_ACCOUNT, REGION);
    Finding { resource: Some(Resource::Instance { id: id.to_owned(), arn }), ..bare }
}

/// Of a session of an instance's role: it names no instance but in the session's name, which can be chosen.
fn session(id: &str, role: &str, unique_id: &str) -> Finding {
    let principal = Principal {
        kind: PrincipalKind::InstanceRole,
        account: AccountId::parse(MOTO_ACCOUNT),
        name: role.to_owned(),
        session: Some(id.to_owned()),
        unique_id: Some(unique_id.to_owned()),
        ..Principal::nobody(Partition::Commercial)
    };
    Finding { principal, resource: None, ..finding(id) }
}

async fn look(finding: &Finding, calls: &Calls) -> Evidence {
    let now = "2026-11-26T00:00:00Z".parse().unwrap();
    let clients = Clients::with_sdk(moto().await.sdk(), &plain(), Arc::new(Fixed(now))).unwrap();
    let dossiers = Dossiers::new(Arc::new(clients.observed_by(calls.observer(By::Evidence))));
    Investigate::new(Arc::new(dossiers)).evidence(finding).await.unwrap()
}

#[tokio::test]
async fn everything_around_an_instance_is_seen() {
    let world = World::in_service(moto().await, "vouch-seen").await;
    world.give_role("vouch-seen").await;
    world.open_to_everybody(22).await;
    let calls = Calls::default();
    let evidence = look(&finding(&world.id), &calls).await;
    assert_eq!(evidence.gaps, Vec::<String>::new());
    let e = evidence.instance.unwrap();
    assert_eq!((e.id.as_str(), e.state.as_str(), e.spot), (world.id.as_str(), "running", false));
    assert_eq!(e.interfaces.len(), 1);
    assert_eq!(e.interfaces[0].vpc, world.vpcs[0]);
    assert_eq!(e.open_ports, ["tcp 22"]);
    assert_eq!(e.role.as_ref().unwrap().name, "vouch-seen");
    assert!(e.role.as_ref().unwrap().unique_id.starts_with("AROA"));
    assert_eq!(
        e.scaling.as_ref().map(|s| (s.group.as_str(), s.state.as_str())),
        Some(("vouch-seen", "InService"))
    );
    assert_eq!(e.target_groups, ["vouch-seen"]);
    assert_eq!((e.imdsv2, e.termination_protected), (Some(false), Some(false)));
    assert_eq!(e.volumes.len(), 1);
    assert_eq!(calls.writes(), 0);
    let declared: Vec<&str> = vouch::aws::investigate::instance::ACTIONS
        .iter()
        .map(|action| action.split_once(':').unwrap().1)
        .collect();
    let more: Vec<_> = calls
        .operations()
        .into_iter()
        .filter(|op| !declared.contains(op) && *op != "GetCallerIdentity")
        .collect();
    assert!(more.is_empty(), "called, but not declared: {more:?}");
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_a_gap() {
    let evidence = look(&finding("i-0123456789abcdef0"), &Calls::default()).await;
    assert_eq!(evidence.instance, None);
    assert!(
        evidence.gaps[0].contains("there is no instance i-0123456789abcdef0 in eu-central-1"),
        "{evidence:?}"
    );
}

#[tokio::test]
async fn the_role_of_an_instance_that_names_nobody_is_revoked_as_well() {
    let world = World::four_interfaces(moto().await).await;
    world.give_role("vouch-mining").await;
    let finding = finding(&world.id);
    let known = look(&finding, &Calls::default()).await.instance.unwrap();
    let contain = |profile| parts_knowing(Remedy::Contain, &finding, profile, Some(&known));
    let alone = [Remedy::SnapshotInstance, Remedy::IsolateInstance];
    assert_eq!(contain(Profile::Surgical), [&alone[..], &[Remedy::RevokeSession]].concat());
    assert_eq!(contain(Profile::Strict), [&alone[..], &[Remedy::QuarantineRole]].concat());
    let mut target = Target::of(&finding);
    target.learn(&known, &finding);
    let role = known.role.as_ref().unwrap();
    assert_eq!((target.kind, target.name.as_str()), (PrincipalKind::InstanceRole, "vouch-mining"));
    assert_eq!(
        (target.session.as_ref(), target.unique_id.as_ref()),
        (Some(&world.id), Some(&role.unique_id))
    );
}

#[tokio::test]
async fn a_session_leads_to_the_instance_only_if_the_instance_has_that_role() {
    let world = World::four_interfaces(moto().await).await;
    world.give_role("vouch-exfiltrated").await;
    let theirs = session(&world.id, "vouch-exfiltrated", "AROAELSEWHERE");
    let known: Box<InstanceEvidence> = look(&theirs, &Calls::default()).await.instance.unwrap();
    let unique_id = known.role.as_ref().unwrap().unique_id.clone();
    for (finding, meant) in [
        (session(&world.id, "vouch-exfiltrated", &unique_id), true),
        // A role that was made again under the same name, and another role whose session bears the instance's name.
        (theirs, false),
        (session(&world.id, "somebody-elses", &unique_id), false),
    ] {
        assert_eq!(known.is_meant(&finding), meant, "{:?}", finding.principal);
        let parts = parts_knowing(Remedy::Contain, &finding, Profile::Surgical, Some(&known));
        assert_eq!(parts.contains(&Remedy::IsolateInstance), meant);
        let mut target = Target::of(&finding);
        target.learn(&known, &finding);
        assert_eq!(target.instance.is_some(), meant);
        assert_eq!(target.unique_id, finding.principal.unique_id);
    }
}

/// The guide sends whoever finds an instance's credentials at a bucket on to the instance (S-5).
#[tokio::test]
async fn a_bucket_read_with_a_stolen_session_leads_to_the_instance() {
    let world = World::four_interfaces(moto().await).await;
    world.give_role("vouch-reading").await;
    let bucket = serde_json::json!({ "type": "bucket", "name": "photos", "arn": "arn:aws:s3:::photos" });
    let bucket: Resource = serde_json::from_value(bucket).unwrap();
    let of = |unique_id: &str| Finding {
        kind: "Exfiltration:S3/AnomalousBehavior".into(),
        resource: Some(bucket.clone()),
        ..session(&world.id, "vouch-reading", unique_id)
    };
    let theirs = of("AROAELSEWHERE");
    let known = look(&theirs, &Calls::default()).await.instance.unwrap();
    let own = of(&known.role.as_ref().unwrap().unique_id);
    let instance = [Remedy::SnapshotInstance, Remedy::IsolateInstance];
    for (finding, first) in [(own, &instance[..]), (theirs, &instance[..0])] {
        let parts = parts_knowing(Remedy::Contain, &finding, Profile::Surgical, Some(&known));
        assert_eq!(parts, [first, &[Remedy::RevokeSession]].concat());
        let mut target = Target::of(&finding);
        target.learn(&known, &finding);
        assert_eq!(target.instance.as_ref(), (!first.is_empty()).then_some(&world.id));
        assert_eq!((target.name.as_str(), target.buckets), ("vouch-reading", vec!["photos".to_owned()]));
    }
}
