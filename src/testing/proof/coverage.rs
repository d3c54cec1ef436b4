use std::collections::{BTreeMap, BTreeSet};

use crate::cards::{Cards, CardsOptions};
use crate::engine::{Event, Outcome, Outline, StepKind, Verdict};
use crate::values::Answers;

/// Something that can happen at a step.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fact {
    Entered,
    PassedOver,
    Answered,
    Cancelled,
    Expired,
    Taken,
    NotTaken,
    Approved,
    Rejected,
}

impl Fact {
    fn in_words(self) -> &'static str {
        match self {
            Fact::Entered => "entered",
            Fact::PassedOver => "passed over",
            Fact::Answered => "answered",
            Fact::Cancelled => "cancelled",
            Fact::Expired => "left until it expired",
            Fact::Taken => "taken",
            Fact::NotTaken => "not taken",
            Fact::Approved => "approved",
            Fact::Rejected => "rejected",
        }
    }

    /// What to do where no run made it happen.
    fn advice(self) -> &'static str {
        match self {
            Fact::Entered => "is never entered: give it options or answers under which it is, or remove it",
            Fact::PassedOver => "is never passed over: its condition always holds; remove the condition",
            Fact::Taken => {
                "is never taken: its condition never holds; give it answers under which it does, or remove it"
            }
            Fact::NotTaken => "is always taken: what stands behind it is never reached by this way",
            Fact::Answered => "is never answered",
            Fact::Cancelled => "is never cancelled",
            Fact::Expired => "is never left until it expires",
            Fact::Approved => "is never approved: nobody who could is there, or what follows is refused",
            Fact::Rejected => "is never rejected",
        }
    }
}

/// What the runs of a process have seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    facts: BTreeMap<(&'static str, Fact), usize>,
    rejections: BTreeMap<&'static str, usize>,
    runs: BTreeMap<&'static str, usize>,
}

impl Coverage {
    pub(super) fn rejected(&mut self, code: &'static str) {
        *self.rejections.entry(code).or_default() += 1;
    }

    /// The kinds of rejections that were seen.
    pub(super) fn rejections(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.rejections.keys().copied()
    }

    pub(super) fn ran(&mut self, proof: &'static str, runs: usize) {
        *self.runs.entry(proof).or_default() += runs;
    }

    pub(super) fn add(&mut self, other: &Coverage) {
        for (fact, times) in &other.facts {
            *self.facts.entry(*fact).or_default() += times;
        }
        for (code, times) in &other.rejections {
            *self.rejections.entry(code).or_default() += times;
        }
        for (proof, runs) in &other.runs {
            *self.runs.entry(proof).or_default() += runs;
        }
    }

    fn note(&mut self, step: &'static str, fact: Fact) {
        *self.facts.entry((step, fact)).or_default() += 1;
    }

    /// Follows an instance through its events: what was entered, what was passed over, which branches were taken.
    pub(super) fn follow(
        &mut self,
        outline: &Outline<Cards>,
        options: &CardsOptions,
        answered: &[(String, Answers)],
        events: &[Event<Cards>],
    ) {
        let (mut position, mut entered) = (0, None);
        let mut given = Answers::none();
        for event in events {
            match event {
                Event::Approved { automatic, .. } => {
                    let fact = if *automatic { Fact::Expired } else { Fact::Approved };
                    self.note_at(outline, position, fact);
                }
                Event::Judged { verdict: Verdict::Reject, .. } => self.note_at(outline, position, Fact::Rejected),
                _ => {}
            }
            let (step, stays) = match event {
                Event::Waits { step, .. } => (step, true),
                Event::Answered { step, .. } | Event::Changed { step, .. } => (step, false),
                Event::Requested { step, .. } => (step, false),
                Event::Confirming { end, .. } | Event::Ended(Outcome::Done { end, .. }) => (end, true),
                Event::Ended(outcome) => {
                    self.ended(outline, position, outcome);
                    continue;
                }
                _ => continue,
            };
            let Some(at) = outline.position(step).filter(|at| *at >= position) else { continue };
            if entered.replace(at) != Some(at) {
                self.walk(outline, position, at, options, &given);
            }
            position = at;
            if let Event::Answered { step, .. } = event {
                self.note_at(outline, at, Fact::Answered);
                if let Some((_, answers)) = answered.iter().find(|(form, _)| form == step) {
                    given.extend(answers.clone());
                }
            }
            if !stays {
                position += 1;
            }
        }
    }

    fn note_at(&mut self, outline: &Outline<Cards>, at: usize, fact: Fact) {
        if let Some(step) = outline.steps.get(at) {
            self.note(step.name, fact);
        }
    }

    fn ended(&mut self, outline: &Outline<Cards>, position: usize, outcome: &Outcome) {
        match outcome {
            Outcome::Cancelled => self.note_at(outline, position, Fact::Cancelled),
            Outcome::Expired => self.note_at(outline, position, Fact::Expired),
            Outcome::Withdrawn => self.note_at(outline, position, Fact::Cancelled),
            Outcome::Rejected | Outcome::Done { .. } | Outcome::Superseded { .. } | Outcome::Refused { .. } => {}
        }
    }

    /// From one position to one that was entered.
    fn walk(&mut self, outline: &Outline<Cards>, from: usize, to: usize, options: &CardsOptions, answers: &Answers) {
        let mut position = from;
        while position < to {
            let Some(step) = outline.steps.get(position) else { return };
            position += 1;
            if step.when.is_some_and(|holds| !holds(options, answers)) {
                self.note(step.name, Fact::PassedOver);
                continue;
            }
            if let StepKind::Branch { when, to } = &step.kind {
                let taken = when(options, answers);
                self.note(step.name, if taken { Fact::Taken } else { Fact::NotTaken });
                if taken {
                    position = outline.position(to).unwrap_or(position);
                }
            }
        }
        self.note_at(outline, to, Fact::Entered);
    }

    /// What no run has seen, in words.
    pub(super) fn missing(&self, outline: &Outline<Cards>) -> Vec<String> {
        let expected = expected(outline);
        let never = expected.iter().filter(|it| !self.facts.contains_key(*it));
        let kind = |step: &str| outline.step(step).map_or("step", |it| it.kind.name());
        never.map(|(step, fact)| format!("{} `{step}` {}", kind(step), fact.advice())).collect()
    }

    /// The report of a process.
    pub(super) fn report(&self, outline: &Outline<Cards>) -> String {
        let expected = expected(outline);
        let seen = expected.iter().filter(|it| self.facts.contains_key(*it)).count();
        let runs: usize = self.runs.values().sum();
        let mut text = format!("{}, version {}: {runs} runs\n", outline.name, outline.version.0);
        for (proof, runs) in &self.runs {
            text.push_str(&format!("  {runs:>6}  {proof}\n"));
        }
        text.push_str(&format!("  {seen} of {} transitions seen\n", expected.len()));
        for step in &outline.steps {
            let of_step: Vec<_> = expected.iter().filter(|(it, _)| *it == step.name).collect();
            let words = of_step.iter().map(|key| {
                let times = self.facts.get(*key).copied().unwrap_or_default();
                format!("{} {times}", key.1.in_words())
            });
            let words: Vec<_> = words.collect();
            text.push_str(&format!("    {} `{}`: {}\n", step.kind.name(), step.name, words.join(", ")));
        }
        let codes: Vec<_> = self.rejections.iter().map(|(code, times)| format!("{code} {times}")).collect();
        text.push_str(&format!("  rejections seen: {}\n", codes.join(", ")));
        text
    }
}

/// What can happen at the steps of a process.
fn expected(outline: &Outline<Cards>) -> BTreeSet<(&'static str, Fact)> {
    let mut expected = BTreeSet::new();
    for step in &outline.steps {
        let facts: &[Fact] = match &step.kind {
            StepKind::Form(_) => &[Fact::Entered, Fact::Answered, Fact::Cancelled, Fact::Expired],
            StepKind::Approval { .. } => &[Fact::Entered, Fact::Expired, Fact::Approved, Fact::Rejected],
            StepKind::Change { .. } | StepKind::Effect(_) | StepKind::Questions(_) | StepKind::End => &[Fact::Entered],
            StepKind::Branch { .. } => &[Fact::Taken, Fact::NotTaken],
        };
        expected.extend(facts.iter().map(|fact| (step.name, *fact)));
        if step.when.is_some() {
            expected.insert((step.name, Fact::PassedOver));
        }
    }
    expected
}
