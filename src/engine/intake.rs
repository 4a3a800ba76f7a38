//! A finding on its way into a case: known already, joining, or opening one.
//! Never here: decoding, or what the case makes of it.

use super::group::Group;
use crate::case::CaseId;
use crate::case::event::{Answer, Confirmation, Event, Outcome};
use crate::case::finding::Finding;
use crate::case::state::Case;
use crate::metrics::FindingOutcome;
use crate::ports::{FindingKey, FindingRow, Subject, WriteError};
use jiff::Timestamp;
use rand::RngExt;

impl Group {
    /// Redelivery and twin envelopes change nothing; updates are ordered by `updatedAt`.
    pub(super) async fn arrived(&mut self, finding: &Finding) -> Result<Answer, WriteError> {
        let key = FindingKey::of(finding);
        let known = self.finding(&key).await?;
        if known.as_ref().is_some_and(|row| row.covers(finding)) {
            self.tally.findings.push((finding.form, FindingOutcome::Duplicate));
            return Ok(Answer::Accepted);
        }
        let (case, outcome) = self.place(finding, known.as_ref()).await?;
        self.remember_finding(key, FindingRow::of(finding, case, known.as_ref()));
        self.tally.findings.push((finding.form, outcome));
        Ok(Answer::Accepted)
    }

    /// What GuardDuty said about a version decides which further ones are news: a body can name any time it likes.
    /// Gives GuardDuty's own copy back where more than the version has to be learned from it.
    pub(super) async fn weigh(
        &mut self,
        finding: &Finding,
        result: &Outcome,
    ) -> Result<Option<Finding>, WriteError> {
        let key = FindingKey::of(finding);
        let Some(row) = self.finding(&key).await? else { return Ok(None) };
        if row.updated_at != finding.updated_at {
            return Ok(None);
        }
        let (settled, theirs) = if let Outcome::Confirmed(Confirmation::Good { theirs }) = result {
            let theirs = theirs.as_deref();
            let settled = theirs.map_or(finding.updated_at, |theirs| theirs.updated_at);
            (settled, theirs.filter(|theirs| self.decides_otherwise(finding, theirs)))
        } else if let Outcome::Confirmed(Confirmation::Refuted { theirs: Some(theirs), .. }) = result
            && !theirs.sample
        {
            // A forged body hides nothing: the finding that it took the id of may have come as its duplicate.
            (theirs.updated_at, Some(theirs.as_ref()))
        } else {
            // Without GuardDuty's word only the very same version is known already.
            (Timestamp::MIN, None)
        };
        self.remember_finding(key, FindingRow { settled: Some(settled), ..row });
        Ok(theirs.cloned())
    }

    /// A body that said less than GuardDuty knows, or that is older: which case it belongs to and which rule governs
    /// must not rest on it, and what GuardDuty said since is a duplicate once it comes.
    fn decides_otherwise(&self, finding: &Finding, theirs: &Finding) -> bool {
        let newer = theirs.updated_at >= finding.updated_at;
        let elsewhere = || !finding.group_keys().contains(&theirs.group_key());
        newer && (elsewhere() || self.live.rule(finding) != self.live.rule(theirs))
    }

    /// GuardDuty's own copy, as if it had come from the queue.
    pub(super) async fn take_in(&mut self, theirs: &Finding) -> Result<(), WriteError> {
        let key = FindingKey::of(theirs);
        let known = self.finding(&key).await?;
        let (case, _) = self.place(theirs, known.as_ref()).await?;
        let row = FindingRow::of(theirs, case, known.as_ref());
        self.remember_finding(key, FindingRow { settled: Some(theirs.updated_at), ..row });
        Ok(())
    }

    /// Into the case it belongs to, or a new one.
    async fn place(
        &mut self,
        finding: &Finding,
        known: Option<&FindingRow>,
    ) -> Result<(CaseId, FindingOutcome), WriteError> {
        match self.joinable(finding).await? {
            Some(id) => {
                let rule = Box::new(self.live.rule(finding));
                self.step(&id, Event::Joined { finding: Box::new(finding.clone()), rule }).await?;
                Ok((id, FindingOutcome::Joined))
            }
            None => Ok((self.open(finding, known).await?, FindingOutcome::Opened)),
        }
    }

    /// Whether a case of an earlier version was released that was about the same: what was given back to one is no word
    /// about another whom a poorer body hid.
    async fn was_released(
        &mut self,
        finding: &Finding,
        known: Option<&FindingRow>,
    ) -> Result<bool, WriteError> {
        let keys = finding.group_keys();
        for id in known.into_iter().flat_map(FindingRow::cases) {
            let Some(case) = self.case(id).await? else { continue };
            let mut about = case.finding.group_keys().into_iter().chain(case.finding.resource_key());
            if case.released && about.any(|key| keys.contains(&key)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The open case of the same group, or one closed less than `group.window` ago.
    async fn joinable(&mut self, finding: &Finding) -> Result<Option<CaseId>, WriteError> {
        // A sample never touches a real case.
        if finding.sample {
            return Ok(None);
        }
        for key in finding.group_keys() {
            let Some(id) = self.group(&key).await? else { continue };
            let Some(case) = self.case(&id).await? else { continue };
            let fresh = case.closed_at.is_none_or(|at| at + case.terms.group_window > self.at);
            if (case.is_open() || fresh) && case.is_about(&finding.principal) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// `known`: an earlier version of this finding. GuardDuty updates a finding for days: what a responder released then
    /// is not contained again now.
    async fn open(&mut self, finding: &Finding, known: Option<&FindingRow>) -> Result<CaseId, WriteError> {
        let id = mint();
        if !finding.sample {
            for key in finding.group_keys() {
                self.claim_group(key, id.clone());
            }
        }
        let mut terms = self.live.terms(finding);
        if !finding.sample {
            let mut ledger = self.budget().await?;
            let (crowd, effects) = ledger.opened(&terms.responders, self.at);
            self.set_budget(ledger);
            terms.crowd = crowd;
            for effect in effects {
                // The ledger asks nobody for leave.
                let _none = self.take_effect(Subject::Ledger, effect);
            }
        }
        terms.released = self.was_released(finding, known).await?;
        self.keep(Case::open(id.clone(), finding.clone(), terms, self.at)).await?;
        Ok(id)
    }
}

/// Twelve letters and digits: short enough to read out, 62 bits against collisions.
fn mint() -> CaseId {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    loop {
        let text: String = (0..12).map(|_| char::from(ALPHABET[rng.random_range(0..36)])).collect();
        if let Some(id) = CaseId::parse(&text) {
            return id;
        }
    }
}
