//! The source `sso` against moto's Identity Store: the path of the role decides, never its name.
//! Never here: sessions of other roles.

use super::*;
use crate::moto::Moto;
use aws_sdk_identitystore::types::{Email, Name};

const PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-central-1/";
const STORE: &str = "d-1234567890";
/// moto answers searches by address with an error once a store has a user without one.
const MUTE: &str = "d-1234567891";

impl Scene {
    /// With a directory beside the rest.
    async fn with_directory(test: &str) -> Self {
        let scene = Self::new(test).await;
        let moto = tokio::task::spawn_blocking(|| Moto::shared().url()).await.unwrap();
        scene.front.route("identitystore", moto.trim_start_matches("http://").parse().unwrap());
        scene
    }
}

fn with_store() -> config::Owners {
    let mut wanted = settings();
    wanted.sources = vec![Source::Sso, Source::Account];
    wanted.identity_store_id = STORE.into();
    wanted.identity_store_region = "us-east-1".into();
    wanted
}

async fn enrol(store: &str, user: &str, address: Option<&str>) {
    let sdk = Moto::shared().sdk().into_builder().region(aws_config::Region::new("us-east-1")).build();
    let client = aws_sdk_identitystore::Client::new(&sdk);
    let name = Name::builder().given_name("A").family_name("B").build();
    let email = address.map(|at| Email::builder().value(at).primary(true).build());
    let call = client.create_user().identity_store_id(store).user_name(user).display_name(user).name(name);
    call.set_emails(email.map(|email| vec![email])).send().await.unwrap();
}

#[tokio::test]
async fn the_person_behind_a_session_of_identity_center_is_found() {
    let s = Scene::with_directory("sso").await;
    enrol(STORE, "sso-alice", Some("Alice@Example.com")).await;
    let finding = session("AWSReservedSSO_Admin_0123456789abcde0", PATH, "sso-alice", s.then).await;
    let (leads, notes) = s.leads(with_store(), &finding).await;
    assert_eq!(shown(&leads), [(email("alice@example.com"), Source::Sso, Confidence::High)]);
    assert_eq!(notes, Vec::<String>::new());
    // The operator's own word on an address wins.
    let mut mapped = with_store();
    mapped.emails.insert("alice@example.com".into(), person("U0ALICE"));
    assert_eq!(s.leads(mapped, &finding).await.0[0].handle, slack("U0ALICE"));
    // Without a store the source is silent, and costs nothing.
    let before = s.calls.made().len();
    let mut without = with_store();
    without.identity_store_id = String::new();
    assert_eq!(s.leads(without, &finding).await, (vec![], vec![]));
    assert_eq!(s.calls.made().len(), before);
}

#[tokio::test]
async fn sessions_called_by_address_are_found_and_strangers_are_said() {
    let s = Scene::with_directory("sso-mail").await;
    enrol(STORE, "sso-bo", Some("bo@example.com")).await;
    enrol(MUTE, "sso-mute", None).await;
    let role = |n: u32| format!("AWSReservedSSO_Read_0123456789abcd{n:02}");
    let finding = session(&role(1), PATH, "bo@example.com", s.then).await;
    assert_eq!(s.leads(with_store(), &finding).await.0[0].handle, email("bo@example.com"));
    let rows =
        [(2, STORE, "sso-nobody", "has no user called"), (3, MUTE, "sso-mute", "has no e-mail address")];
    for (n, store, who, why) in rows {
        let finding = session(&role(n), PATH, who, s.then).await;
        let wanted = config::Owners { identity_store_id: store.into(), ..with_store() };
        let (leads, notes) = s.leads(wanted, &finding).await;
        assert_eq!(leads, []);
        assert!(notes.iter().any(|note| note.contains(why)), "{notes:?}");
    }
}

#[tokio::test]
async fn an_imitated_role_leads_to_nobody() {
    let s = Scene::with_directory("sso-fake").await;
    enrol(STORE, "sso-victim", Some("victim@example.com")).await;
    for (n, path) in
        ["/", "/sso.amazonaws.com/", "/x/aws-reserved/sso.amazonaws.com/"].into_iter().enumerate()
    {
        let name = format!("AWSReservedSSO_Admin_0123456789fake{n:02}");
        let finding = session(&name, path, "sso-victim", s.then).await;
        assert_eq!(s.leads(with_store(), &finding).await.0, [], "{path}");
        assert_eq!(s.evidence(&finding).await.kind, Some(PrincipalKind::RoleSession), "{path}");
    }
    let true_one = session("AWSReservedSSO_Admin_0123456789true00", PATH, "sso-victim", s.then).await;
    assert_eq!(s.evidence(&true_one).await.kind, Some(PrincipalKind::SsoUser));
    assert!(!s.calls.made().iter().any(|call| call.starts_with("identitystore")), "asked for an imitation");
}
