use super::diff::{Difference, exactly};
use super::words::Story;
use crate::domain::{Dossier, Object};
use crate::testing::scene::{name_of, state_of};

/// What a scenario is expected to come to. What is not said is not looked at.
#[derive(Clone, Debug)]
#[must_use]
pub struct Expected {
    standing: String,
    plan: Option<Vec<String>>,
    preview: Option<Vec<String>>,
    states: Vec<String>,
    asked: Option<Vec<String>>,
    events: Option<Vec<String>>,
    incidents: Option<Vec<String>>,
}

/// The instance stands here, in words: `waiting at confirm`, `deactivated`, `cancelled`.
pub fn comes_to(standing: &str) -> Expected {
    Expected {
        standing: standing.to_owned(),
        plan: None,
        preview: None,
        states: Vec::new(),
        asked: None,
        events: None,
        incidents: None,
    }
}

/// The last command is rejected, in these words, and nothing is done.
pub fn is_rejected(why: &str) -> Expected {
    comes_to(&format!("rejected: {why}"))
}

fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    lines.into_iter().map(str::to_owned).collect()
}

impl Expected {
    /// This was done, line by line and nothing else: `card becomes inactive`.
    pub fn plan<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { plan: Some(lines(expected)), ..self }
    }

    /// This is what the form says that Next would do, or `refused: …`.
    pub fn preview<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { preview: Some(lines(expected)), ..self }
    }

    /// These objects stand so: `card is inactive, held by card deactivation`. Others may stand as they will.
    pub fn states<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { states: lines(expected), ..self }
    }

    /// This was asked of the outside, and nothing else: `authority: certificate 01 to be on hold`.
    pub fn asked<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { asked: Some(lines(expected)), ..self }
    }

    /// Nothing was asked of the outside.
    pub fn asks_nothing(self) -> Self {
        self.asked([])
    }

    /// This was recorded, and nothing else: `started`, `waits at confirm`, `deactivate: inactive`.
    pub fn events<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { events: Some(lines(expected)), ..self }
    }

    /// This stands open for a person to look at, and nothing else: `certificate 01: is left alone: foreign issuer`.
    pub fn incidents<'a>(self, expected: impl IntoIterator<Item = &'a str>) -> Self {
        Expected { incidents: Some(lines(expected)), ..self }
    }

    pub(super) fn differences(&self, standing: &str, story: &Story, dossier: &Dossier) -> Vec<Difference> {
        let preview = story.preview.clone().unwrap_or_default();
        let (was, is) = (vec![self.standing.clone()], vec![standing.to_owned()]);
        let compared = [
            ("it stands", Some(&was), &is),
            ("plan", self.plan.as_ref(), &story.plan),
            ("preview", self.preview.as_ref(), &preview),
            ("asked of the outside", self.asked.as_ref(), &story.asked),
            ("events", self.events.as_ref(), &story.events),
            ("incidents", self.incidents.as_ref(), &story.incidents),
        ];
        let compared = compared.into_iter().filter_map(|(of, expected, came)| exactly(of, expected?, came));
        let states = exactly("states", &self.states, &self.stand_instead(dossier));
        compared.chain(states).collect()
    }

    /// How the objects stand that an expected state names; the expected line where it is so.
    fn stand_instead(&self, dossier: &Dossier) -> Vec<String> {
        let all: Vec<_> = dossier.objects().map(Object::at).collect();
        let stands = |expected: &String| {
            let named = all.iter().find(|at| expected.starts_with(&format!("{} is ", name_of(dossier, **at))));
            named.and_then(|at| state_of(dossier, *at))
        };
        self.states.iter().filter_map(stands).collect()
    }
}
