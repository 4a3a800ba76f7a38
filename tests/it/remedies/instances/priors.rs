//! Whatever an instance was like before, it is like that again after containing and undoing.
//! Never here: `snapshot-instance` and `stop-instance`, which say what they leave behind.

use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[tokio::test]
async fn contained_and_undone_an_instance_is_as_it_was() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let plans =
        (any::<[[bool; 3]; 4]>(), any::<[bool; 2]>(), any::<[bool; 4]>(), any::<bool>(), any::<[bool; 3]>());
    let mut served = [0, 0];
    for round in 0..8 {
        let (groups, protected, [tokens, role, serving, goes], running, [profile, imds, again]) =
            plans.new_tree(&mut runner).unwrap().current();
        served[usize::from(serving)] += 1;
        let world = if serving {
            World::in_service(moto().await, &format!("vouch-prior-{round}")).await
        } else {
            World::four_interfaces(moto().await).await
        };
        let s = Scene::around(world, &format!("c0ffee00000004{round:02}")).await;
        for ((eni, vpc), chosen) in s.world.interfaces().await.into_iter().zip(groups) {
            let mut list: Vec<String> = s.world.groups[vpc]
                .iter()
                .zip(chosen)
                .filter(|(_, on)| *on)
                .map(|(g, _)| g.clone())
                .collect();
            if list.is_empty() {
                list.push(s.world.groups[vpc][2].clone());
            }
            s.world.put(&eni, &list).await;
        }
        s.world.require_tokens(tokens).await;
        s.world.drop_volumes(goes).await;
        if role {
            s.world.give_role(&format!("vouch-prior-{round}")).await;
        }
        // A group would replace a member that does not run.
        if !running && !serving {
            s.world.run(false).await;
        }
        s.world.protect(protected[0], protected[1]).await;
        let before = s.world.state().await;
        assert_eq!((before.scaling.is_some(), before.registrations.len()), (serving, usize::from(serving)));
        assert!(before.volumes.values().all(|it| *it == goes), "{before:?}");
        let remedies: Vec<Remedy> = CONTAIN
            .into_iter()
            .chain(profile.then_some(Remedy::DetachInstanceProfile))
            .chain(imds.then_some(Remedy::RequireImdsv2))
            .collect();
        let acts = s.carry_out(&remedies).await;
        if again {
            for act in &acts {
                s.try_again(act).await.unwrap();
            }
        }
        assert!(s.verify(&acts).await.is_empty(), "round {round}");
        let (_, notes) = restored_with(s.undo(&acts, false).await);
        assert_eq!(notes.len(), 1, "round {round}: only the snapshots stay: {notes:?}");
        assert_eq!(s.world.state().await, before, "round {round}");
    }
    assert!(served.iter().all(|rounds| *rounds > 0), "{served:?}");
}
