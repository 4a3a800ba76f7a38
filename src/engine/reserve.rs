//! The ledger's answer to a case that asks for leave, inside the same commit.
//! Never here: the limits' meaning; the ledger decides.

use super::group::Group;
use crate::case::effect::{EffectNo, Request};
use crate::case::event::{Event, Refusal};
use crate::case::guard::Mode;
use crate::ports::{Subject, WriteError};

impl Group {
    pub(super) async fn reserve(&mut self, no: EffectNo, request: &Request) -> Result<Event, WriteError> {
        if let Request::Prompt { person } = request {
            if self.live.guard.mode == Mode::Observe {
                return Ok(Event::Refused { no, why: Refusal::NobodyAsked });
            }
            let mut budget = self.person(person).await?;
            let granted = budget.reserve(self.live.settings.prompts_per_person_hour, self.at);
            let note = match &granted {
                Err(Refusal::TooManyPrompts { until }) => budget.hold(person, *until, self.at),
                Err(_) | Ok(()) => None,
            };
            self.set_person(person.clone(), budget);
            if let Some(note) = note {
                let mut ledger = self.budget().await?;
                let effect = ledger.number(note);
                self.set_budget(ledger);
                let _none = self.take_effect(Subject::Ledger, effect);
            }
            return Ok(match granted {
                Ok(()) => Event::Granted { no, mode: self.live.guard.mode },
                Err(why) => {
                    self.tally.held += 1;
                    Event::Refused { no, why }
                }
            });
        }
        let verdict = self.budget().await?.reserve(request, &self.live.guard, self.at);
        self.set_budget(verdict.budget);
        self.log(verdict.entries);
        for effect in verdict.effects {
            // The ledger asks nobody for leave.
            let _none = self.take_effect(Subject::Ledger, effect);
        }
        if let Some(pattern) = verdict.quiet {
            return Ok(Event::Quiet { no, pattern: Box::new(pattern) });
        }
        Ok(match verdict.answer {
            Ok(mode) => Event::Granted { no, mode },
            Err(why) => Event::Refused { no, why },
        })
    }
}
