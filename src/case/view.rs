//! The views that messages give of a case, made from the case alone.
//! Never here: words, markup, or changes to the case.

use super::effect::EffectNo;
use super::evidence::{BucketEvidence, BucketFact, InstanceEvidence};
use super::guard::Mode;
use super::message::{
    ActView, AskedView, BucketView, CardButton, CardView, EvidenceView, FactsView, MineModal, Offer,
    PromptEnd, PromptView, ProposalView,
};
use super::owner::STANDING;
use super::playbook::Stance;
use super::principal::KeyKind;
use super::prompt::{Prompt, PromptRole, PromptState, Surface};
use super::question::Question;
use super::remedy::{ActState, Family, Remedy, parts_knowing};
use super::state::{Case, Closing, ProposalKind, Stage};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Temporary credentials of a user live at most 36 h, those of a role 12 h (AWS STS API reference, GetSessionToken
/// and AssumeRole).
const USER_SESSION: SignedDuration = SignedDuration::from_hours(36);
const ROLE_SESSION: SignedDuration = SignedDuration::from_hours(12);

impl Case {
    /// What, when, from where, with what.
    pub fn facts_view(&self) -> FactsView {
        let f = &self.finding;
        let a = &f.activity;
        let place: Vec<&str> = [a.city.as_deref(), a.country.as_deref()].into_iter().flatten().collect();
        let regions: BTreeSet<&str> = self.seen.iter().map(|s| s.region.as_str()).collect();
        let known = a.ip.is_some_and(|ip| self.terms.known_networks.iter().any(|net| net.contains(&ip)));
        let question = Question::of(f, self.kind(), self.terms.rule.ask);
        FactsView {
            finding_type: f.kind.clone(),
            title: f.title.clone(),
            severity: f.severity,
            sample: f.sample,
            api: a.api.clone(),
            service: a.service.clone(),
            error_code: a.error_code.clone(),
            first_seen: f.first_seen,
            last_seen: f.seen_at(),
            count: f.count,
            findings: self.total,
            source: a.ip.map(|ip| ip.to_string()).or_else(|| a.domain.clone()),
            place: (!place.is_empty()).then(|| place.join(", ")),
            network_owner: a.asn_org.clone(),
            known_network: known,
            user_agent: a.user_agent.clone(),
            principal: f.principal.name.clone(),
            principal_arn: f.principal.arn(),
            key_last4: f.principal.access_key.as_ref().map(|k| k.last4().to_owned()),
            account: f.account.to_string(),
            regions: regions.into_iter().map(str::to_owned).collect(),
            resource: f.resource.as_ref().and_then(|r| r.arn()).map(str::to_owned),
            instance: self.evidence.as_ref().and_then(|e| e.instance.clone()),
            unusual: a.unusual.clone(),
            question,
            about: question.about(f, self.kind()),
        }
    }

    /// What the menus offer: remedies of the rule that fit this principal and are built. The first is preselected.
    pub fn offers(&self) -> Vec<Offer> {
        let offer = |remedy: &Remedy| Offer { remedy: *remedy, parts: self.parts(*remedy) };
        let fits = |o: &Offer| {
            !o.parts.is_empty() && o.parts.iter().all(|p| p.is_built()) && !self.is_moot(o.remedy)
        };
        self.terms.rule.offer.iter().map(offer).filter(fits).collect()
    }

    /// What stands behind a remedy's name for this case: by every key that confirmed findings named, not by the
    /// newest finding alone. A session key that is seen later does not spare the long-term key.
    pub fn parts(&self, remedy: Remedy) -> Vec<Remedy> {
        let instance = self.instance();
        let profile = self.terms.profile;
        let mut finding = self.finding.clone();
        finding.principal.kind = self.kind();
        let Some(target) = &self.target else {
            return parts_knowing(remedy, &finding, profile, instance);
        };
        let key = finding.principal.access_key.take().filter(|k| k.kind() == KeyKind::Session);
        finding.principal.access_key = target.keys.last().cloned().or(key);
        parts_knowing(remedy, &finding, profile, instance)
    }

    /// Until when a responder may take the last plan back.
    pub fn undo_until(&self) -> Option<Timestamp> {
        self.contained_at.map(|at| at + self.terms.undo_window)
    }

    /// When the principal was made, if that was so shortly before the activity that its owner is hardly known
    /// (facts/aws.md 3.3, T5). One made after it is another of the same name.
    pub fn made_lately(&self) -> Option<Timestamp> {
        let seen = self.finding.first_seen.unwrap_or_else(|| self.finding.seen_at());
        let made = self.evidence.as_ref()?.created_at?;
        (made <= seen && made + STANDING > seen).then_some(made)
    }

    /// What was looked up about the instance, if it is about one.
    pub fn instance(&self) -> Option<&InstanceEvidence> {
        self.evidence.as_ref()?.instance.as_deref()
    }

    /// The question as the person of this prompt sees it now.
    pub fn prompt_view(&self, prompt: &Prompt) -> PromptView {
        let open = self.is_answerable(prompt);
        let owner = prompt.role == PromptRole::Owner;
        let why = self.candidates.iter().find(|c| c.person == prompt.person).filter(|_| owner);
        let ended = !open || self.answered.is_some() || self.stage == Stage::Closed;
        PromptView {
            case: self.id.clone(),
            surface: self.surface(prompt.effect),
            person: prompt.person.clone(),
            facts: self.facts_view(),
            why: why.cloned(),
            // Where the rule acted first, *Not me* keeps what was done: there is nothing to choose.
            offers: if self.acted_first() { vec![] } else { self.offers() },
            mode: self.terms.mode,
            deadline: self.deadline.filter(|_| open),
            open,
            changed: self.revision > 0,
            end: ended.then(|| PromptEnd {
                answered: self.answered.clone(),
                state: prompt.state,
                stage: self.stage,
                closing: self.closing,
            }),
            done: self.acts_view(),
        }
    }

    /// The case as responders see it now.
    pub fn card_view(&self, effect: EffectNo) -> CardView {
        let observe = self.terms.mode == Mode::Observe;
        let asked = self.prompts.iter().map(|p| AskedView {
            person: p.person.clone(),
            state: p.state,
            why: self.candidates.iter().find(|c| c.person == p.person).cloned(),
            at: p.sent_at,
        });
        let would = |c: &super::owner::Candidate| c.person.clone();
        let offers = self.offers();
        CardView {
            case: self.id.clone(),
            surface: self.card_surface(effect),
            facts: self.facts_view(),
            mode: self.terms.mode,
            stage: self.stage,
            closing: self.closing,
            rule: self.terms.rule.name.clone(),
            evidence: self.evidence_view(),
            asked: asked.collect(),
            would_ask: if observe { self.candidates.iter().take(1).map(would).collect() } else { vec![] },
            answered: self.answered.clone(),
            dismissal: self.dismissal.clone(),
            acts: self.acts_view(),
            contained_after: self.contained_after(),
            proposal: self.proposal_view(),
            stuck: self.stuck.clone(),
            taken_by: self.taken_by.clone(),
            buttons: self.card_buttons(&offers),
            offers,
            revives_until: self.revives_until().filter(|_| self.undo_open),
            deadline: self.deadline,
            no_answer: self.terms.rule.no_answer,
        }
    }

    /// The modal behind *It was me*, for the remedy that the menu showed.
    pub fn mine_modal(&self, prompt: &Prompt, shown: Option<Remedy>) -> MineModal {
        let offers = self.offers();
        let offered = offers.iter().find(|o| Some(o.remedy) == shown).or(offers.first()).cloned();
        // Where nothing can be done by software, an empty box calls the responders.
        let remedy = offered.unwrap_or_else(|| Offer { remedy: Remedy::Advise, parts: vec![Remedy::Advise] });
        MineModal {
            case: self.id.clone(),
            surface: self.surface(prompt.effect),
            facts: self.facts_view(),
            remedy,
            mode: self.terms.mode,
        }
    }

    pub fn surface(&self, effect: EffectNo) -> Surface {
        Surface { effect, revision: self.revision }
    }

    /// The card counts what was put before responders as well: an approval is for what the card showed.
    pub fn card_surface(&self, effect: EffectNo) -> Surface {
        Surface { effect, revision: self.revision + self.proposals }
    }

    /// Seconds from opening to the last write of the plan.
    pub fn contained_after(&self) -> Option<i64> {
        self.contained_at.map(|at| at.duration_since(self.opened_at).as_secs())
    }

    /// Until when sessions that were stolen before the last plan would work again once it is undone. Without an
    /// identity in it there are none.
    fn revives_until(&self) -> Option<Timestamp> {
        let plan = self.plan()?;
        let families = || plan.acts.iter().filter_map(|act| act.remedy.family());
        let life = families().filter_map(|family| match family {
            Family::User => Some(USER_SESSION),
            Family::Role => Some(ROLE_SESSION),
            Family::Instance | Family::Bucket => None,
        });
        life.max().map(|life| plan.cut_off + life)
    }

    /// Whether this person's buttons still decide something.
    pub fn is_answerable(&self, prompt: &Prompt) -> bool {
        if prompt.spent || prompt.state == PromptState::Failed || prompt.state == PromptState::Superseded {
            return false;
        }
        // After the rule acted on silence the person may still speak, while there is something to take back.
        let late = self.acted_unasked && self.answered.is_none() && self.undo_open;
        match self.stage {
            Stage::Closed => late && self.closing == Some(Closing::Contained),
            Stage::Remedying | Stage::Verifying => self.answered.is_none() && self.resume.is_none(),
            Stage::Tracing | Stage::Asking | Stage::AwaitingApproval | Stage::Stuck => {
                self.answered.is_none()
            }
        }
    }

    /// The rule contained before anybody was asked, or would have in dry-run.
    fn acted_first(&self) -> bool {
        let done = |s: ActState| [ActState::Applied, ActState::Verified, ActState::DryRun].contains(&s);
        self.terms.rule.stance == Stance::Contain
            && self.plans.iter().any(|p| p.by.starts_with("rule:") && p.acts.iter().any(|a| done(a.state)))
    }

    /// Whether anything that can be taken back was written.
    pub fn has_effect(&self) -> bool {
        let stands = |s: ActState| s == ActState::Applied || s == ActState::Verified;
        self.plans.iter().any(|p| p.acts.iter().any(|a| stands(a.state)))
    }

    /// Whether there is anything to take back: what was done, and what was begun and failed half-way.
    pub fn has_traces(&self) -> bool {
        self.plans.iter().any(|p| p.acts.iter().any(|a| a.may_stand()))
    }

    pub(super) fn acts_view(&self) -> Vec<ActView> {
        let act = |a: &super::remedy::Act| ActView {
            remedy: a.remedy,
            state: a.state,
            at: a.receipt.as_ref().map(|r| r.applied_at),
            note: a.receipt.as_ref().map(|r| r.note.clone()).unwrap_or_default(),
        };
        self.plans.iter().flat_map(|p| p.acts.iter().map(act)).collect()
    }

    fn evidence_view(&self) -> EvidenceView {
        let Some(e) = &self.evidence else { return EvidenceView::default() };
        EvidenceView {
            made_lately: self.made_lately(),
            admin: e.admin,
            keys: e.keys.clone(),
            policies: e.policies.iter().take(5).cloned().collect(),
            console_password: e.console_password,
            mfa_devices: e.mfa_devices,
            writes_iam: e.writes_iam,
            boundary: e.boundary.clone(),
            trusts: e.trusts.iter().take(5).cloned().collect(),
            services: e.services.iter().take(5).cloned().collect(),
            others: e.others.iter().take(5).cloned().collect(),
            root: e.root,
            chain: e.chain.clone(),
            made: e.made.iter().take(5).cloned().collect(),
            buckets: e.buckets.iter().map(|bucket| self.bucket_view(bucket)).collect(),
            gaps: e.gaps.clone(),
        }
    }

    fn bucket_view(&self, bucket: &BucketEvidence) -> BucketView {
        let offers = self.offers();
        let parts = offers.iter().flat_map(|offer| offer.parts.iter());
        let mut breaks: Vec<(Remedy, Vec<BucketFact>)> = vec![];
        for part in parts {
            let facts = bucket.breaks(*part);
            if !facts.is_empty() && breaks.iter().all(|(remedy, _)| remedy != part) {
                breaks.push((*part, facts));
            }
        }
        BucketView { name: bucket.name.clone(), region: bucket.region.clone(), facts: bucket.facts(), breaks }
    }

    /// Every bucket of the case was found to be as this remedy would make it.
    fn is_moot(&self, remedy: Remedy) -> bool {
        let buckets = self.evidence.as_ref().map(|e| e.buckets.as_slice()).unwrap_or_default();
        !buckets.is_empty() && buckets.iter().all(|bucket| bucket.is_moot(remedy))
    }

    fn proposal_view(&self) -> Option<ProposalView> {
        let p = self.proposal.as_ref()?;
        let plan = p.plan.as_ref().or(self.plan().filter(|_| p.kind != ProposalKind::Vouch));
        let parts = plan.map(|plan| plan.acts.iter().map(|a| a.remedy).collect()).unwrap_or_default();
        Some(ProposalView { kind: p.kind, by: p.by.clone(), parts })
    }

    fn card_buttons(&self, offers: &[Offer]) -> Vec<CardButton> {
        if self.terms.mode == Mode::Observe || self.finding.sample {
            return vec![];
        }
        let decide = [CardButton::Contain, CardButton::Dismiss, CardButton::Take];
        let mut buttons = match self.stage {
            Stage::Asking => decide.to_vec(),
            Stage::AwaitingApproval => {
                let mut all = vec![CardButton::Approve, CardButton::Reject];
                if self.resume.is_none() {
                    all.extend(decide);
                }
                all
            }
            Stage::Stuck => {
                let mut all = vec![CardButton::Done];
                all.extend(decide);
                all
            }
            Stage::Tracing | Stage::Remedying | Stage::Verifying | Stage::Closed => vec![],
        };
        let nothing_to_do = offers.iter().all(|o| o.remedy == Remedy::Advise);
        if nothing_to_do || self.standing_forbids() {
            buttons.retain(|b| *b != CardButton::Contain);
        }
        let undoable = match self.stage {
            Stage::Closed | Stage::Stuck => true,
            Stage::Asking => self.terms.rule.stance == Stance::Contain,
            Stage::Tracing | Stage::AwaitingApproval | Stage::Remedying | Stage::Verifying => false,
        };
        if undoable && self.undo_open && self.has_traces() {
            buttons.push(CardButton::Undo);
        }
        buttons
    }

    fn standing_forbids(&self) -> bool {
        let refuted = std::mem::discriminant(&self.standing)
            == std::mem::discriminant(&super::state::Standing::Refuted { why: String::new() });
        refuted || !self.terms.account_allowed
    }
}
