//! What somebody vouched for lately is not asked about again, where the rule says so and for as long as it says.
//! Never here: keeping the patterns; the ledger does.

use super::Turn;
use crate::case::effect::{EffectNo, Request, Want};
use crate::case::entry::{Actor, EntryKind};
use crate::case::ledger::Pattern;
use crate::case::message::Note;
use crate::case::playbook::Stance;
use crate::case::prompt::Verdict;
use crate::case::state::{Case, Closing, Pending, Stage, Standing};
use serde_json::json;

impl Case {
    /// Who, by which call and from where are known for sure, and one voice is enough: only that can be quiet.
    fn may_be_quiet(&self) -> bool {
        self.terms.rule.quiet_for.is_some()
            && self.terms.rule.stance == Stance::Ask
            && self.terms.rule.voices == 1
            && self.standing == Standing::Good
            && !self.ahead
            && !self.finding.is_high()
            && !self.facts.apis.is_empty()
            && !self.facts.networks.is_empty()
    }
}

impl Turn {
    /// Asks the ledger before anybody is asked. Tells whether it did.
    pub(super) fn ask_for_quiet(&mut self) -> bool {
        if !self.case.may_be_quiet() {
            return false;
        }
        let request = Request::Quiet { key: self.case.key.clone(), facts: self.case.facts.clone() };
        self.want_for(Want::Reserve { request }, Pending::Quiet);
        true
    }

    /// Recorded, not vouched: nobody said anything about this very call, and nothing is archived on their word.
    pub(super) fn quiet(&mut self, no: EffectNo, pattern: &Pattern) {
        if self.case.pending.remove(&no).is_none() || self.case.stage != Stage::Asking {
            return;
        }
        let data = json!({"pattern": pattern.no, "case": pattern.case.as_str(), "until": pattern.until});
        self.record(EntryKind::Quieted, Actor::Slack(pattern.by.clone()), data);
        let (by, case, until) = (pattern.by.clone(), pattern.case.clone(), pattern.until);
        self.note_card(Note::Quiet { by, case, until });
        self.close(Closing::Recorded, &self.rule_actor().to_string());
    }

    /// What was vouched for becomes a pattern.
    pub(super) fn keep_quiet(&mut self, closing: Closing) {
        let Some(quiet_for) = self.case.terms.rule.quiet_for else { return };
        let Some(answered) = &self.case.answered else { return };
        let vouched = closing == Closing::Vouched && answered.verdict == Verdict::Mine;
        if !vouched || !self.case.may_be_quiet() {
            return;
        }
        let finding = &self.case.finding;
        let pattern = Pattern {
            no: 0,
            key: self.case.key.clone(),
            principal: finding.principal.arn().unwrap_or_else(|| finding.principal.name.clone()),
            facts: self.case.facts.clone(),
            by: answered.by.clone(),
            case: self.case.id.clone(),
            since: self.at,
            until: self.at + quiet_for,
        };
        self.want(Want::Reserve { request: Request::Vouch { pattern: Box::new(pattern) } });
    }

    /// Something here was not the owner's doing.
    pub(super) fn deny(&mut self, by: &str) {
        let request = Request::Deny { key: self.case.key.clone(), by: by.to_owned() };
        self.want(Want::Reserve { request });
    }
}
