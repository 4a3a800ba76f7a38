//! The remedies for instances against an emulator of EC2, Auto Scaling and load balancers, whose state is compared field
//! by field: before, written, and after the undo.
//! Never here: what a written state keeps from happening; no emulator judges that.

mod contain;
mod evidence;
mod failing;
mod priors;
mod single;
mod speed;
pub(crate) mod world;

use super::{act, refused, restored, restored_with, saved};
use crate::emulator::{By, Calls, Fixed, QUARANTINE, plain};
use crate::moto::{MOTO_ACCOUNT, Moto};
use aws_config::SdkConfig;
use jiff::Timestamp;
use sim::aws::Front;
use std::sync::Arc;
use vouch::aws::clients::Clients;
use vouch::aws::remedies::Remedies;
use vouch::case::CaseId;
use vouch::case::principal::{AccountId, Partition, PrincipalKind, Region};
use vouch::case::remedy::{Act, Receipt, Remedy, Target};
use vouch::ports::{Fault, Remediator, Undone};
use world::World;

const REGION: &str = "eu-central-1";

/// The parts of `contain` for an instance without a role.
const CONTAIN: [Remedy; 2] = [Remedy::SnapshotInstance, Remedy::IsolateInstance];

const EVERY: [Remedy; 5] = [
    Remedy::SnapshotInstance,
    Remedy::IsolateInstance,
    Remedy::DetachInstanceProfile,
    Remedy::RequireImdsv2,
    Remedy::StopInstance,
];

/// An instance with what belongs to it, and the remedies as the daemon has them, behind a front that can fail.
struct Scene {
    world: World,
    front: Front,
    remedies: Remedies,
    calls: Calls,
    case: CaseId,
    cut_off: Timestamp,
}

/// `Clients` as the daemon makes them, against this address.
fn remedies_at(url: &str, calls: &Calls, now: Timestamp) -> Remedies {
    let sdk: SdkConfig = Moto::shared().sdk().into_builder().endpoint_url(url).build();
    let clients = Clients::with_sdk(sdk, &plain(), Arc::new(Fixed(now))).unwrap();
    Remedies::new(Arc::new(clients.observed_by(calls.observer(By::Respond))), QUARANTINE)
}

async fn moto() -> &'static Moto {
    tokio::task::spawn_blocking(Moto::shared).await.unwrap()
}

impl Scene {
    /// One instance with four interfaces in two VPCs.
    async fn new(case: &str) -> Self {
        let world = World::four_interfaces(moto().await).await;
        Self::around(world, case).await
    }

    async fn around(world: World, case: &str) -> Self {
        let upstream = moto().await.url().trim_start_matches("http://").parse().unwrap();
        let front = Front::start(upstream, None).await.unwrap();
        let (calls, cut_off) = (Calls::default(), "2026-11-26T00:00:00Z".parse().unwrap());
        let remedies = remedies_at(&front.url(), &calls, cut_off);
        let case = CaseId::parse(case).unwrap();
        Self { world, front, remedies, calls, case, cut_off }
    }

    fn target(&self) -> Target {
        target(&self.world.id)
    }

    /// Prepares and applies these remedies in order, as the engine does.
    async fn carry_out(&self, remedies: &[Remedy]) -> Vec<Act> {
        let priors = self.remedies.prepare(&self.case, &self.target(), remedies).await.unwrap();
        assert_eq!(priors.arns, [format!("arn:aws:ec2:{REGION}:{MOTO_ACCOUNT}:instance/{}", self.world.id)]);
        let mut acts = vec![];
        for (remedy, prior) in remedies.iter().zip(saved(priors)) {
            let done = self.remedies.apply(&self.case, &self.target(), *remedy, &prior, self.cut_off).await;
            acts.push(act(*remedy, prior, done.unwrap()));
        }
        acts
    }

    async fn verify(&self, acts: &[Act]) -> Vec<String> {
        self.remedies.verify(&self.case, &self.target(), acts, self.cut_off).await.unwrap()
    }

    async fn undo(&self, acts: &[Act], begun: bool) -> Result<Undone, Fault> {
        self.remedies.undo(&self.case, &self.target(), acts, self.cut_off, begun).await
    }

    /// With the saved prior state, as after a crash.
    async fn try_again(&self, act: &Act) -> Result<Receipt, Fault> {
        let prior = act.prior.as_ref().unwrap();
        self.remedies.apply(&self.case, &self.target(), act.remedy, prior, self.cut_off).await
    }
}

fn target(id: &str) -> Target {
    Target {
        partition: Partition::Commercial,
        account: AccountId::parse(MOTO_ACCOUNT).unwrap(),
        region: Region::parse(REGION).unwrap(),
        kind: PrincipalKind::None,
        name: String::new(),
        session: None,
        unique_id: None,
        keys: vec![],
        instance: Some(id.to_owned()),
        buckets: vec![],
    }
}
