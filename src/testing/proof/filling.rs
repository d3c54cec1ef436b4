use std::collections::BTreeMap;

use crate::cards::{Cards, CardsOptions};
use crate::engine::{Asks, Field, Form, Outline, StepKind};
use crate::values::{Answers, Millis, Timestamp, Value};

/// What somebody answers in the forms of a process.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::testing) enum Filling {
    /// Only what must be answered.
    #[default]
    Least,
    /// Every field.
    Full,
    /// As one of these, but one field has another of the values it may have.
    But(Box<Filling>, &'static str, usize),
}

/// Values that fields are answered with, by field, instead of those that what they ask for suggests.
pub(in crate::testing) type Given = BTreeMap<String, Vec<Value>>;

impl Filling {
    pub(in crate::testing) fn in_words(&self) -> String {
        match self {
            Filling::Least => "the least answers".to_owned(),
            Filling::Full => "every field answered".to_owned(),
            Filling::But(rest, field, nth) => format!("{}, with value {} for `{field}`", rest.in_words(), nth + 1),
        }
    }

    /// The answers to a form.
    pub(in crate::testing) fn answers(
        &self,
        form: &Form<Cards>,
        options: &CardsOptions,
        now: Timestamp,
        given: &Given,
    ) -> Answers {
        let answer = |field: &Field<Cards>| values(field, options, now, given).into_iter().nth(self.nth(field)?);
        let answered = form.fields().iter().filter_map(|it| Some((it.name, answer(it)?)));
        answered.fold(Answers::none(), |answers, (name, value)| answers.with(name, value))
    }

    /// Which of its values a field has; none if it is left empty.
    fn nth(&self, field: &Field<Cards>) -> Option<usize> {
        match self {
            Filling::Least => field.required.then_some(0),
            Filling::Full => Some(0),
            Filling::But(_, name, nth) if *name == field.name => Some(*nth),
            Filling::But(rest, ..) => rest.nth(field),
        }
    }
}

/// The values that a field is tried with.
fn values(field: &Field<Cards>, options: &CardsOptions, now: Timestamp, given: &Given) -> Vec<Value> {
    if let Some(values) = given.get(field.name) {
        return values.clone();
    }
    match &field.asks {
        Asks::Choice(list) => list(options).into_iter().map(|it| Value::Choice(it.to_owned())).collect(),
        Asks::Text(most) => {
            let longest = "as told, with an \u{e4} and a \u{1f642} ".chars().cycle().take(*most);
            let longest: String = longest.collect::<String>().trim_end().to_owned();
            vec![Value::Text("as told".chars().take(*most).collect()), Value::Text(longest)]
        }
        Asks::PastTime => vec![Value::Time(now.minus(Millis::hours(1))), Value::Time(now)],
        Asks::Time => vec![Value::Time(now.plus(Millis::days(1))), Value::Time(now.minus(Millis::days(1)))],
        Asks::Number(least, most) => vec![Value::Number(*least), Value::Number(*most)],
        Asks::Flag => vec![Value::Flag(true), Value::Flag(false)],
    }
}

/// The ways in which the forms of a process are filled in: the least, everything, and each value of each field.
pub(in crate::testing) fn fillings(
    outline: &Outline<Cards>,
    options: &CardsOptions,
    now: Timestamp,
    given: &Given,
) -> Vec<Filling> {
    let mut fillings = vec![Filling::Least, Filling::Full];
    for step in &outline.steps {
        let StepKind::Form(form) = &step.kind else { continue };
        for field in form.fields() {
            let count = values(field, options, now, given).len();
            for nth in 0..count {
                fillings.push(Filling::But(Box::new(Filling::Least), field.name, nth));
                if nth > 0 {
                    fillings.push(Filling::But(Box::new(Filling::Full), field.name, nth));
                }
            }
        }
    }
    let bare = |outline: &Outline<Cards>| {
        outline.steps.iter().all(|it| !matches!(&it.kind, StepKind::Form(form) if !form.fields().is_empty()))
    };
    if bare(outline) {
        fillings.truncate(1);
    }
    fillings
}
