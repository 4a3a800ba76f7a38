//! What one step did to a case, as lines for the thread of its card.
//! Never here: words, or whether the lines are told.

use super::message::{ActView, StoryLine};
use super::remedy::ActState;
use super::state::Case;

/// In the order in which a reader wants them: what is new, who was asked, what they said, what was done, how it ended.
/// `closed_by`: who closed it in this step.
pub fn story(before: &Case, after: &Case, closed_by: Option<&str>) -> Vec<StoryLine> {
    let mut lines = vec![];
    if after.revision > before.revision {
        lines.push(StoryLine::Changed { facts: Box::new(after.facts_view()) });
    }
    for prompt in after.prompts.iter().filter(|p| p.sent_at.is_some()) {
        let was = before.prompts.iter().find(|p| p.effect == prompt.effect);
        if was.is_none_or(|p| p.sent_at.is_none()) {
            let why = after.candidates.iter().find(|c| c.person == prompt.person).cloned();
            lines.push(StoryLine::Asked { person: prompt.person.clone(), why });
        }
    }
    if let Some(answered) = after.answered.as_ref().filter(|_| before.answered != after.answered) {
        lines.push(StoryLine::Answered { by: answered.by.clone(), verdict: answered.verdict });
    }
    if after.reach.overdue && !before.reach.overdue && !after.prompts.is_empty() {
        lines.push(StoryLine::Overdue);
    }
    if let Some(by) = after.taken_by.clone().filter(|_| before.taken_by != after.taken_by) {
        lines.push(StoryLine::Taken { by });
    }
    let was = before.acts_view();
    let news = after.acts_view().into_iter().enumerate().filter(|(i, act)| is_news(was.get(*i), act));
    lines.extend(news.map(|(_, act)| StoryLine::Act { act }));
    if let (Some(closing), Some(by)) = (after.closing, closed_by)
        // Where nobody was asked and nothing done the card says it all.
        && !(after.prompts.is_empty() && after.plans.is_empty())
    {
        lines.push(StoryLine::Closed { closing, by: by.to_owned() });
    }
    lines
}

/// Steps on the way are on the card; the thread has what came of them.
fn is_news(before: Option<&ActView>, after: &ActView) -> bool {
    let told = match after.state {
        ActState::Verified | ActState::Failed | ActState::Undone | ActState::DryRun => true,
        ActState::Planned | ActState::Applied => false,
    };
    told && before.is_none_or(|act| act.state != after.state)
}
