//! How well it goes, counted over the latest cases: times to answer and to contain, answers by finding type, and how
//! often the wrong person was asked. Never here: markup.

use crate::case::prompt::{PromptRole, PromptState, Verdict};
use crate::case::state::Case;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// Upper ends of the bars, in seconds; the last bar is what took longer.
pub(super) const BARS: [(u64, &str); 7] = [
    (30, "30 s"),
    (60, "1 min"),
    (120, "2 min"),
    (300, "5 min"),
    (900, "15 min"),
    (3_600, "1 h"),
    (u64::MAX, "longer"),
];

/// Finding types shown one by one; the rest is summed up.
const TYPES: usize = 12;

/// Times in their bars, with the one in the middle.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) bars: [u64; BARS.len()],
    pub(super) count: usize,
    pub(super) median: Option<SignedDuration>,
    /// Nine of ten were at most this.
    pub(super) ninth: Option<SignedDuration>,
}

/// What people answered about one finding type.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) not_mine: u64,
    pub(super) partial: u64,
    pub(super) mine: u64,
    pub(super) unsure: u64,
    /// Asked, and no word yet or ever.
    pub(super) none: u64,
}

impl Answers {
    pub(super) fn total(&self) -> u64 {
        self.not_mine + self.partial + self.mine + self.unsure + self.none
    }

    fn add(&mut self, other: &Self) {
        self.not_mine += other.not_mine;
        self.partial += other.partial;
        self.mine += other.mine;
        self.unsure += other.unsure;
        self.none += other.none;
    }
}

/// Everything that is counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) cases: usize,
    pub(super) answer: Times,
    pub(super) contain: Times,
    /// The most frequent types first.
    pub(super) answers: Vec<(String, Answers)>,
    /// Owners asked, and those among them who said that it is not their credential.
    pub(super) asked: u64,
    pub(super) wrong: u64,
}

pub(super) fn count(cases: &[Case]) -> Figures {
    let (mut asked, mut wrong) = (0, 0);
    let mut types: BTreeMap<&str, Answers> = BTreeMap::new();
    for case in cases {
        let owners = case.prompts.iter().filter(|prompt| prompt.role == PromptRole::Owner);
        for prompt in owners.filter(|prompt| prompt.sent_at.is_some()) {
            asked += 1;
            let decided = case.answered.as_ref().is_some_and(|answered| answered.by == prompt.person);
            wrong += u64::from(prompt.spent && prompt.state == PromptState::Answered && !decided);
        }
        if case.prompts.iter().any(|prompt| prompt.sent_at.is_some()) {
            let answers = types.entry(&case.finding.kind).or_default();
            match case.verdict {
                Some(Verdict::NotMine) => answers.not_mine += 1,
                Some(Verdict::Partial) => answers.partial += 1,
                Some(Verdict::Mine) => answers.mine += 1,
                Some(Verdict::Unsure) => answers.unsure += 1,
                None => answers.none += 1,
            }
        }
    }
    Figures {
        cases: cases.len(),
        answer: times(cases.iter().filter_map(time_to_answer).collect()),
        contain: times(cases.iter().filter_map(time_to_contain).collect()),
        answers: most(types),
        asked,
        wrong,
    }
}

fn time_to_answer(case: &Case) -> Option<SignedDuration> {
    let answered = case.answered.as_ref()?;
    Some(answered.at.duration_since(case.first_delivery?))
}

/// From the opening of the case to the last write of its first plan.
fn time_to_contain(case: &Case) -> Option<SignedDuration> {
    let receipts = case.plans.first()?.acts.iter().filter_map(|act| act.receipt.as_ref());
    let last = receipts.map(|receipt| receipt.applied_at).max()?;
    Some(last.duration_since(case.opened_at))
}

fn times(mut all: Vec<SignedDuration>) -> Times {
    all.sort_unstable();
    let mut bars = [0; BARS.len()];
    for time in &all {
        let seconds = u64::try_from(time.as_secs()).unwrap_or_default();
        if let Some(at) = BARS.iter().position(|(end, _)| seconds < *end)
            && let Some(bar) = bars.get_mut(at)
        {
            *bar += 1;
        }
    }
    let at = |tenths: usize| all.get((all.len() * tenths).div_ceil(10).saturating_sub(1)).copied();
    Times { bars, count: all.len(), median: at(5), ninth: at(9) }
}

fn most(types: BTreeMap<&str, Answers>) -> Vec<(String, Answers)> {
    let mut all: Vec<(String, Answers)> =
        types.into_iter().map(|(kind, answers)| (kind.to_owned(), answers)).collect();
    all.sort_by_key(|(_, answers)| std::cmp::Reverse(answers.total()));
    if all.len() > TYPES {
        let mut rest = Answers::default();
        all.drain(TYPES..).for_each(|(_, answers)| rest.add(&answers));
        all.push(("all other types".to_owned(), rest));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_their_bars_and_the_middle_is_one_of_them() {
        let all = [1, 29, 30, 61, 7_200].map(SignedDuration::from_secs).to_vec();
        let told = times(all);
        assert_eq!(told.bars, [2, 1, 1, 0, 0, 0, 1]);
        assert_eq!(told.median, Some(SignedDuration::from_secs(30)));
        assert_eq!(told.ninth, Some(SignedDuration::from_secs(7_200)));
        assert_eq!(times(vec![]), Times::default());
    }

    #[test]
    fn rare_types_are_summed_up() {
        let names: Vec<String> = (0..20).map(|n| format!("type {n:02}")).collect();
        let one = Answers { mine: 1, ..Answers::default() };
        let told = most(names.iter().map(|name| (name.as_str(), one.clone())).collect());
        assert_eq!(told.len(), TYPES + 1);
        assert_eq!(told.last().map(|(_, answers)| answers.mine), Some(8));
    }
}
