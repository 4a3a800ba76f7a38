//! `block-account-public-access` on moto: it enforces nothing, so what is written there is compared field by field.
//! Never here: single buckets.

use super::*;
use crate::emulator::Fixed;
use crate::moto::{ACCOUNT_SETTINGS, MOTO_ACCOUNT, Moto};
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;
use vouch::aws::clients::Clients;

const REMEDY: Remedy = Remedy::BlockAccountPublicAccess;

/// An account of its own for each test: moto keeps them apart by the number in the header.
struct Account {
    remedies: Remedies,
    calls: Calls,
    control: aws_sdk_s3control::Client,
    target: Target,
    case: CaseId,
    cut_off: Timestamp,
}

impl Account {
    async fn new() -> Self {
        let sdk = tokio::task::spawn_blocking(|| Moto::shared().sdk()).await.unwrap();
        let cut_off = "2026-11-26T12:00:00Z".parse().unwrap();
        let calls = Calls::default();
        let clients = Clients::with_sdk(sdk.clone(), &plain(), Arc::new(Fixed(cut_off))).unwrap();
        let remedies = Remedies::new(Arc::new(clients.observed_by(calls.observer(By::Respond))), QUARANTINE);
        let target = Target {
            partition: Partition::Commercial,
            account: AccountId::parse(MOTO_ACCOUNT).unwrap(),
            region: Region::parse(REGION).unwrap(),
            kind: PrincipalKind::None,
            name: String::new(),
            session: None,
            unique_id: None,
            keys: vec![],
            instance: None,
            buckets: vec![],
        };
        let session = Clients::with_sdk(sdk, &plain(), Arc::new(Fixed(cut_off))).unwrap();
        let session = session.evidence_session(&target.account, Partition::Commercial, "test").await.unwrap();
        let control = session.s3control(REGION).client;
        Self { remedies, calls, control, target, case: CaseId::parse("c0ffee0000000003").unwrap(), cut_off }
    }

    async fn block(&self) -> Option<[Option<bool>; 4]> {
        let call = self.control.get_public_access_block().account_id(self.target.account.as_str());
        let c = call.send().await.ok()?.public_access_block_configuration?;
        Some([c.block_public_acls, c.ignore_public_acls, c.block_public_policy, c.restrict_public_buckets])
    }

    async fn set(&self, flags: Option<[bool; 4]>) {
        let account = self.target.account.as_str();
        let Some([acls, ignore, policy, restrict]) = flags else {
            self.control.delete_public_access_block().account_id(account).send().await.unwrap();
            return;
        };
        let made =
            PublicAccessBlockConfiguration::builder().block_public_acls(acls).ignore_public_acls(ignore);
        let made = made.block_public_policy(policy).restrict_public_buckets(restrict).build();
        let call = self.control.put_public_access_block().account_id(account);
        call.public_access_block_configuration(made).send().await.unwrap();
    }

    async fn carry_out(&self) -> Act {
        let prepared = self.remedies.prepare(&self.case, &self.target, &[REMEDY]).await.unwrap();
        let prior = saved(prepared).remove(0);
        let receipt =
            self.remedies.apply(&self.case, &self.target, REMEDY, &prior, self.cut_off).await.unwrap();
        act(REMEDY, prior, receipt)
    }

    async fn undo(&self, act: &Act, begun: bool) -> Result<Undone, Fault> {
        let acts = std::slice::from_ref(act);
        self.remedies.undo(&self.case, &self.target, acts, self.cut_off, begun).await
    }

    async fn verify(&self, act: &Act) -> Vec<String> {
        let acts = std::slice::from_ref(act);
        self.remedies.verify(&self.case, &self.target, acts, self.cut_off).await.unwrap()
    }
}

/// One test, because there is one account.
#[tokio::test]
async fn settings_are_written_in_full_and_put_back_exactly() {
    let _alone = ACCOUNT_SETTINGS.lock().await;
    let a = Account::new().await;
    for before in [None, Some([true, false, true, false]), Some([false; 4])] {
        a.set(before).await;
        let stood = a.block().await;
        let writes = a.calls.writes();
        let mut act = a.carry_out().await;
        assert_eq!(a.block().await, Some([Some(true); 4]), "{before:?}");
        assert!(a.verify(&act).await.is_empty());
        // A crash before the receipt, and the same again.
        let prior = act.prior.as_ref().unwrap();
        let again = a.remedies.apply(&a.case, &a.target, REMEDY, prior, a.cut_off).await.unwrap();
        assert_eq!((again.request_ids.len(), a.calls.writes()), (0, writes + 1));
        act.receipt = Some(again);
        assert_eq!(restored(a.undo(&act, false).await), 1);
        assert_eq!(a.block().await, stood, "{before:?}");
        assert_eq!(restored(a.undo(&act, true).await), 0);
    }
    a.set(None).await;
    let act = a.carry_out().await;
    a.set(Some([true, true, true, false])).await;
    assert_eq!(a.verify(&act).await.len(), 1);
    assert_eq!(refused(a.undo(&act, false).await).len(), 1);
    assert_eq!(a.block().await, Some([Some(true), Some(true), Some(true), Some(false)]));
    a.set(Some([true; 4])).await;
    let act = a.carry_out().await;
    assert!(act.receipt.as_ref().unwrap().note.contains("was already blocked"));
    assert_eq!(restored(a.undo(&act, false).await), 0);
    assert_eq!(a.block().await, Some([Some(true); 4]));
    // As it was found.
    a.set(None).await;
}
