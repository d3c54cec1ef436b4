use super::Proof;
use super::filling::Filling;
use super::known::Known;
use super::options::Setting;
use super::surroundings::Surroundings;
use super::view::kind_word;
use crate::domain::{Answer, CARD, CardKind, CardState, ObjectState, PERSON, TEMPORARY_CARD};

/// What a run is on: a subject in a state, how it came there, what surrounds it, and what is decided and answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub(super) state: ObjectState,
    pub(super) way: Way,
    pub(super) sort: CardKind,
    pub(super) surroundings: Surroundings,
    pub(super) setting: Setting,
    pub(super) filling: Filling,
    /// What systems outside other than authorities answer.
    pub(super) outside: Answer,
}

/// How a subject comes into a state: registered in one, and then through these processes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Way {
    begins: ObjectState,
    pub(super) through: Vec<&'static str>,
}

impl Way {
    /// The state it is registered in.
    pub(super) fn begins(&self) -> ObjectState {
        self.begins
    }

    fn in_words(&self) -> String {
        match self.through.as_slice() {
            [] => "as registered".to_owned(),
            through => format!("after {}", through.join(" and ")),
        }
    }
}

impl Case {
    /// The subject, in a line.
    pub(super) fn subject(&self) -> String {
        let state = self.state;
        match state {
            ObjectState::Card(_) => format!("{} {} card, {}", article(state.name()), self.sort, self.way.in_words()),
            _ => format!("{} {}, {}", article(state.name()), kind_word(state), self.way.in_words()),
        }
    }

    /// In some lines, for a story.
    pub(super) fn in_words(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.subject(), self.surroundings.in_words())];
        lines.push(match self.setting.words.as_slice() {
            [] => "options: the defaults".to_owned(),
            words => format!("options: {}", words.join(", ")),
        });
        lines.push(format!("answers: {}", self.filling.in_words()));
        if self.outside != Answer::Told {
            lines.push(format!("the outside answers: {:?}", self.outside));
        }
        lines
    }

    /// As it is before anything of its own: what leads there is done under the defaults.
    pub(super) fn as_prepared(&self) -> Case {
        Case { setting: Setting::default(), filling: Filling::Least, outside: Answer::Told, ..self.clone() }
    }

    pub(super) fn on(&self, surroundings: Surroundings) -> Case {
        Case { surroundings, ..self.clone() }
    }

    pub(super) fn filled(&self, filling: &Filling) -> Case {
        Case { filling: filling.clone(), ..self.clone() }
    }

    pub(super) fn under(&self, setting: &Setting) -> Case {
        Case { setting: setting.clone(), ..self.clone() }
    }
}

fn article(word: &str) -> String {
    let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {word}", if vowel { "an" } else { "a" })
}

impl Proof {
    /// The subjects that the process is for: each state it requires, each sort, each way to come there; in the usual surroundings.
    pub(super) fn subjects(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for state in &self.under.requires {
            for sort in self.sorts() {
                for way in self.ways(*state, &sort, 3) {
                    cases.push(Case {
                        state: *state,
                        way,
                        sort: sort.clone(),
                        surroundings: Surroundings::Usual,
                        setting: Setting::default(),
                        filling: Filling::Least,
                        outside: Answer::Told,
                    });
                }
            }
        }
        cases
    }

    /// One subject for each state and way: of the first sort that can be so.
    pub(super) fn states(&self) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        for case in self.subjects() {
            if !cases.iter().any(|it| (it.state, &it.way) == (case.state, &case.way)) {
                cases.push(case);
            }
        }
        cases
    }

    /// The kinds of card it is tried on.
    pub(super) fn sorts(&self) -> Vec<CardKind> {
        let on_person = self.under.requires.iter().any(|it| matches!(it, ObjectState::Person(_)));
        if on_person {
            return vec![CardKind::Employee];
        }
        if !self.under.sorts.is_empty() {
            return self.under.sorts.clone();
        }
        let site = CardKind::Site("guest".to_owned());
        vec![
            CardKind::Employee,
            CardKind::Contractor,
            CardKind::Visitor,
            CardKind::Temporary,
            CardKind::Virtual,
            CardKind::Mobile,
            site,
        ]
    }

    /// The ways into a state for a sort: by registering in it, and through each other process that leaves it. A card that
    /// is out of use was taken out of use by a process, as a rule, so those ways come first then.
    fn ways(&self, state: ObjectState, sort: &CardKind, depth: usize) -> Vec<Way> {
        let registered = is_first(state, sort).then(|| Way { begins: state, through: Vec::new() });
        let mut ways = Vec::new();
        let others = self.beside.iter().filter(|it| it.leaves(state) && depth > 0);
        for other in others.filter(|it| it.is_for(sort) && it.name() != self.under.name()) {
            for before in other.requires.iter().filter(|it| **it != state) {
                let before = self.ways(*before, sort, depth - 1);
                if let Some(mut way) = before.into_iter().min_by_key(|it| it.through.len()) {
                    way.through.push(other.name());
                    ways.push(way);
                }
            }
        }
        let at = if state == ObjectState::Card(CardState::Inactive) { ways.len() } else { 0 };
        registered.into_iter().for_each(|it| ways.insert(at, it));
        ways
    }

    /// The process of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Known> {
        self.registered().find(|it| it.name() == name)
    }
}

/// Whether a subject of this sort can be registered in a state.
fn is_first(state: ObjectState, sort: &CardKind) -> bool {
    let card =
        |it: CardState| if *sort == CardKind::Temporary { TEMPORARY_CARD.is_first(it) } else { CARD.is_first(it) };
    match state {
        ObjectState::Card(it) => card(it),
        ObjectState::Person(it) => PERSON.is_first(it),
        ObjectState::Certificate(_) | ObjectState::Relation(_) => false,
    }
}
