//! `revoke-session`, `revoke-role-sessions`, `quarantine-role`.
//! Never here: random prior states (`role_priors`), or the roles that we take ourselves (`roles`).

use super::*;
use crate::emulator::QUARANTINE_ARN;
use jiff::SignedDuration;
use std::time::{Duration, Instant};
use vouch::case::principal::PrincipalKind;

const POLICY: &str = "VouchRevoke";
const ONE: [Remedy; 1] = [Remedy::RevokeSession];
const ALL: [Remedy; 1] = [Remedy::RevokeRoleSessions];
const QUARANTINED: [Remedy; 1] = [Remedy::QuarantineRole];

fn denied() -> Result<(), String> {
    Err("AccessDenied".to_owned())
}

fn later(s: &Scene, hours: i64) -> Timestamp {
    s.cut_off.checked_add(SignedDuration::from_hours(hours)).unwrap()
}

/// One that was issued after the cut.
async fn next_session(s: &Scene, role: &TestRole, name: &str) -> Credentials {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let new = s.aws.assume(role, name).await;
        if new.issued >= s.cut_off {
            return new.credentials;
        }
        assert!(Instant::now() < deadline, "the emulator's clock stands still");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn one_session_dies_and_its_neighbours_and_successors_live() {
    let name = "role-one";
    let role = Emulator::shared().create_role(name).await;
    let stolen = Emulator::shared().assume(&role, "stolen").await.credentials;
    let neighbour = Emulator::shared().assume(&role, "neighbour").await.credentials;
    let user = Emulator::shared().create_user("role-one-user").await;
    let s = Scene::about(user, role.target("stolen"), &ROLES).await;
    assert_eq!(s.aws.work_as(stolen.clone()).await, Ok(()));
    let acts = s.carry_out(&s.case, &s.target(), &ONE).await;
    assert_eq!(s.aws.work_as(stolen.clone()).await, denied());
    assert_eq!(s.aws.work_as(neighbour.clone()).await, Ok(()));
    let next = next_session(&s, &role, "stolen").await;
    assert_eq!(s.aws.work_as(next.clone()).await, Ok(()));
    assert!(s.verify(&acts).await.is_empty());
    let written = s.aws.role_policy(name, POLICY).await.unwrap();
    assert!(written.contains(&format!("{}:stolen", role.id)) && !written.contains("neighbour"), "{written}");
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert_eq!(s.aws.role_policy(name, POLICY).await, None);
    for session in [stolen, neighbour, next] {
        assert_eq!(s.aws.work_as(session).await, Ok(()));
    }
}

#[tokio::test]
async fn all_sessions_die_and_the_next_ones_live() {
    let role = Emulator::shared().create_role("role-all").await;
    let old = [
        Emulator::shared().assume(&role, "stolen").await.credentials,
        Emulator::shared().assume(&role, "neighbour").await.credentials,
    ];
    let user = Emulator::shared().create_user("role-all-user").await;
    let s = Scene::about(user, role.target("stolen"), &ROLES).await;
    let acts = s.carry_out(&s.case, &s.target(), &ALL).await;
    for session in old.clone() {
        assert_eq!(s.aws.work_as(session).await, denied());
    }
    let next = next_session(&s, &role, "neighbour").await;
    assert_eq!(s.aws.work_as(next).await, Ok(()));
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    for session in old {
        assert_eq!(s.aws.work_as(session).await, Ok(()));
    }
}

#[tokio::test]
async fn a_quarantined_role_can_do_nothing_until_released() {
    let (s, role) = Scene::of_role("role-quarantine").await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    let next = next_session(&s, &role, "anybody").await;
    assert_eq!(s.aws.work_as(next.clone()).await, denied());
    assert!(s.verify(&acts).await.is_empty());
    assert_eq!(s.again(&acts[0]).await.request_ids.len(), 0);
    s.aws.detach_from_role(&role.name, QUARANTINE_ARN).await;
    let said = format!("the policy {QUARANTINE_ARN} is no longer attached to role {}", role.name);
    assert_eq!(s.verify(&acts).await, std::slice::from_ref(&said));
    assert_eq!(refused(s.undo(&acts, false).await), [said]);
    s.aws.attach_to_role(&role.name, QUARANTINE_ARN).await;
    assert_eq!(restored(s.undo(&acts, false).await), 1);
    assert_eq!(s.aws.work_as(next).await, Ok(()));
    s.aws.attach_to_role(&role.name, QUARANTINE_ARN).await;
    let acts = s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
    assert_eq!(acts[0].receipt.as_ref().unwrap().note, "the role was already in quarantine");
    assert_eq!(restored(s.undo(&acts, false).await), 0);
    assert_eq!(s.aws.attached_to_role(&role.name).await, [QUARANTINE_ARN]);
}

#[tokio::test]
async fn applied_twice_or_after_a_crash_it_writes_once_and_the_cut_never_moves() {
    for remedies in [ONE, ALL] {
        let (s, role) = Scene::of_role(&format!("role-twice-{}", remedies[0].as_str())).await;
        let acts = s.carry_out(&s.case, &s.target(), &remedies).await;
        let written = s.aws.role_policy(&role.name, POLICY).await;
        // As after a crash between the write and its receipt.
        let receipt = s.again(&acts[0]).await;
        assert_eq!((receipt.request_ids.len(), s.calls.writes()), (0, 1));
        let prior = acts[0].prior.as_ref().unwrap();
        s.remedies.apply(&s.case, &s.target(), remedies[0], prior, later(&s, -1)).await.unwrap();
        assert_eq!((s.aws.role_policy(&role.name, POLICY).await, s.calls.writes()), (written, 1));
        let told = [act(remedies[0], prior.clone(), receipt)];
        assert_eq!(restored(s.undo(&told, false).await), 1);
        assert_eq!(restored(s.undo(&told, true).await), 0);
        assert_eq!(s.aws.role_policy(&role.name, POLICY).await, None);
    }
}

#[tokio::test]
async fn one_session_then_all_is_undone_in_steps() {
    let (s, role) = Scene::of_role("role-widened").await;
    let narrow = s.carry_out(&s.case, &s.target(), &ONE).await;
    let between = s.aws.role_policy(&role.name, POLICY).await;
    let wide = s.carry_out(&s.case, &s.target(), &ALL).await;
    let policy = s.aws.role_policy(&role.name, POLICY).await.unwrap();
    assert!(!policy.contains("aws:userid") && policy.matches("Sid").count() == 1, "{policy}");
    // All sessions are cut, so the one is too; but a later cut of the one would have to move the others'.
    assert!(s.verify(&narrow).await.is_empty());
    let prior = narrow[0].prior.as_ref().unwrap();
    let tried = s.remedies.apply(&s.case, &s.target(), ONE[0], prior, later(&s, 1)).await;
    assert!(tried.unwrap_err().to_string().contains("cuts all sessions of role role-widened already"));
    assert_eq!(restored(s.undo(&wide, false).await), 1);
    assert_eq!(s.aws.role_policy(&role.name, POLICY).await, between);
    assert_eq!(s.verify(&wide).await.len(), 1, "one session does not stand for all");
    assert_eq!(restored(s.undo(&narrow, false).await), 1);
    assert_eq!(s.aws.role_policy(&role.name, POLICY).await, None);
}

#[tokio::test]
async fn cases_stand_side_by_side_and_expired_ones_make_room_after_half_a_day() {
    let (s, role) = Scene::of_role("role-cases").await;
    let sid = |case: &CaseId| vouch::case::remedy::sid(case);
    let cases = ["c0ffee0000000002", "c0ffee0000000003"].map(|id| CaseId::parse(id).unwrap());
    let mut plans = vec![];
    for (case, hours) in cases.iter().zip([-14, -12]) {
        let target = s.target();
        let prior = saved(s.remedies.prepare(case, &target, &ONE).await.unwrap()).remove(0);
        let receipt = s.remedies.apply(case, &target, ONE[0], &prior, later(&s, hours)).await.unwrap();
        plans.push(act(ONE[0], prior, receipt));
    }
    let mine = s.carry_out(&s.case, &s.target(), &ONE).await;
    let policy = s.aws.role_policy(&role.name, POLICY).await.unwrap();
    let stand = [&cases[0], &cases[1], &s.case].map(|case| policy.contains(&sid(case)));
    assert_eq!(stand, [false, true, true], "{policy}");
    // What was cleared away is not missed; what stands is taken out alone.
    for (case, hours, writes) in [(&cases[0], -14, 0), (&cases[1], -12, 1)] {
        let plan = std::slice::from_ref(&plans[usize::from(writes == 1)]);
        let undone = s.remedies.undo(case, &s.target(), plan, later(&s, hours), false).await;
        assert_eq!(restored(undone), writes);
    }
    assert!(s.verify(&mine).await.is_empty());
}

#[tokio::test]
async fn a_foreign_change_is_told_and_stops_the_undo_but_not_one_beside_ours() {
    for remedies in [ONE, ALL] {
        let (s, role) = Scene::of_role(&format!("role-foreign-{}", remedies[0].as_str())).await;
        let acts = s.carry_out(&s.case, &s.target(), &remedies).await;
        let ours = s.aws.role_policy(&role.name, POLICY).await.unwrap();
        let weaker = ours.replace(r#""Action":"*""#, r#""Action":"s3:*""#);
        s.aws.put_role_policy(&role.name, POLICY, &weaker).await;
        assert!(s.verify(&acts).await[0].contains("was changed"));
        let before = s.calls.writes();
        assert!(refused(s.undo(&acts, false).await)[0].contains("was changed"));
        assert_eq!(s.calls.writes(), before);
        let theirs = r#"{"Sid":"Theirs","Effect":"Deny","Action":"s3:*","Resource":"*"}"#;
        let beside = ours.replace(r#""Statement":["#, &format!(r#""Statement":[{theirs},"#));
        s.aws.put_role_policy(&role.name, POLICY, &beside).await;
        assert!(s.verify(&acts).await.is_empty());
        assert_eq!(restored(s.undo(&acts, false).await), 1);
        let left = s.aws.role_policy(&role.name, POLICY).await.unwrap();
        assert!(left.contains("Theirs") && !left.contains("Vouchc0ffee"), "{left}");
    }
}

#[tokio::test]
async fn no_room_is_said_with_what_to_do_instead() {
    let (s, role) = Scene::of_role("role-full").await;
    let filler: Vec<String> = (0..220).map(|n| format!("arn:aws:s3:::{n:030}")).collect();
    let statement =
        serde_json::json!([{ "Sid": "Theirs", "Effect": "Deny", "Action": "s3:*", "Resource": filler }]);
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    assert!((10_000..10_240).contains(&document.len()), "{}", document.len());
    s.aws.put_role_policy(&role.name, POLICY, &document).await;
    let prior = saved(s.remedies.prepare(&s.case, &s.target(), &ONE).await.unwrap()).remove(0);
    let fault = s.remedies.apply(&s.case, &s.target(), ONE[0], &prior, s.cut_off).await.unwrap_err();
    let said = fault.to_string();
    assert!(said.contains("(10240 characters, iam:PutRolePolicy): quarantine the role instead"), "{said}");
    assert_eq!(s.calls.writes(), 0);
    s.carry_out(&s.case, &s.target(), &QUARANTINED).await;
}

#[tokio::test]
async fn who_is_not_the_role_of_the_finding_is_never_written_to() {
    let (s, role) = Scene::of_role("role-strangers").await;
    let prior = saved(s.remedies.prepare(&s.case, &s.target(), &ONE).await.unwrap()).remove(0);
    let acts = [act(
        ONE[0],
        prior.clone(),
        Receipt { applied_at: s.cut_off, request_ids: vec![], note: String::new() },
    )];
    let recreated = Target { unique_id: Some("AROASOMEBODYELSE0000".to_owned()), ..s.target() };
    for fault in [
        s.remedies.prepare(&s.case, &recreated, &ONE).await.unwrap_err(),
        s.remedies.apply(&s.case, &recreated, ONE[0], &prior, s.cut_off).await.unwrap_err(),
        s.remedies.undo(&s.case, &recreated, &acts, s.cut_off, false).await.unwrap_err(),
    ] {
        assert!(
            fault.to_string().contains("was re-created") && fault.to_string().contains(&role.id),
            "{fault}"
        );
    }
    let gone = Target { name: "role-nobody".to_owned(), ..s.target() };
    let fault = s.remedies.prepare(&s.case, &gone, &ONE).await.unwrap_err();
    assert!(matches!(fault, Fault::Never { gone: true, .. }), "{fault}");
    for session in [None, Some("a b".to_owned()), Some("${aws:userid}".to_owned())] {
        let unnamed = Target { session, ..s.target() };
        let fault = s.remedies.prepare(&s.case, &unnamed, &ONE).await.unwrap_err();
        assert!(fault.to_string().contains("names no session of role"), "{fault}");
        s.remedies.prepare(&s.case, &unnamed, &ALL).await.unwrap();
    }
    assert_eq!(s.calls.writes(), 0);
}

#[tokio::test]
async fn roles_that_aws_keeps_are_known_by_their_path_whatever_their_name() {
    for (n, path, help) in [
        (1, "/aws-reserved/sso.amazonaws.com/", "IAM Identity Center"),
        (2, "/aws-service-role/elasticloadbalancing.amazonaws.com/", "belongs to an AWS service"),
    ] {
        let aws = Emulator::shared();
        let role = aws.create_role_at(&format!("role-looks-plain-{n}"), path).await;
        let user = aws.create_user(&format!("role-looks-plain-{n}-user")).await;
        let target = Target { kind: PrincipalKind::RoleSession, ..role.target("stolen") };
        let s = Scene::about(user, target, &ROLES).await;
        for remedies in [ONE, ALL, QUARANTINED] {
            let fault = s.remedies.prepare(&s.case, &s.target(), &remedies).await.unwrap_err();
            assert!(fault.to_string().contains(help) && matches!(fault, Fault::Never { .. }), "{fault}");
        }
        assert_eq!(s.calls.writes(), 0);
    }
}
