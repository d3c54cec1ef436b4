use std::convert::Infallible;
use std::fmt;

use super::Cards;
use super::planned::planned;
use crate::domain::{CauseKind, Dossier, PERSON, PERSON_KIND, Person, PersonPlan, PersonState, Refusal};
use crate::engine::{Builder, Definition, Ground, Planned, Subject, Version};
use crate::values::Kind;

/// Processes that act on a person, or create something for one: a card that is requested, say.
#[derive(Clone, Copy, Debug)]
pub struct PersonSubject;

/// Begins the definition of a process on a person: its symbolic name, its title, its version.
#[must_use]
pub fn on_person(name: &'static str, title: &'static str, version: Version) -> Builder<Cards, PersonSubject> {
    Definition::of(name, title, version)
}

/// What a change step on a person leaves behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PersonLeaves {
    state: PersonState,
    cause: CauseKind,
}

/// Leaves the person in this state, which may be the one before. Holds have the cause *user deactivation* unless
/// [`PersonLeaves::because`] says else.
#[must_use]
pub fn leaves_person(state: PersonState) -> PersonLeaves {
    PersonLeaves { state, cause: CauseKind::UserDeactivation }
}

impl PersonLeaves {
    /// Its holds have this cause; and holds of this cause are the ones it closes.
    #[must_use]
    pub fn because(self, cause: CauseKind) -> Self {
        PersonLeaves { cause, ..self }
    }

    /// The state it leaves the person in.
    #[must_use]
    pub fn person_state(&self) -> PersonState {
        self.state
    }

    /// The cause of its holds.
    #[must_use]
    pub fn cause(&self) -> CauseKind {
        self.cause
    }
}

impl fmt::Display for PersonLeaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "person {}", self.state)?;
        match self.cause {
            CauseKind::UserDeactivation => Ok(()),
            cause => write!(f, ", because of {cause}"),
        }
    }
}

impl Subject<Cards> for PersonSubject {
    const KIND: Kind = PERSON_KIND;
    type State = PersonState;
    /// Persons are all of one sort.
    type Sort = Infallible;
    type Leaves = PersonLeaves;
    type Change = for<'x, 'p, 'a> fn(&'x mut PersonPlan<'p, 'a>) -> Result<(), Refusal>;

    fn state(dossier: &Dossier) -> Option<PersonState> {
        dossier.person(dossier.subject()).map(Person::state)
    }

    fn sort(_: &Dossier) -> Option<Infallible> {
        None
    }

    fn can_follow(state: PersonState, leaves: &PersonLeaves) -> bool {
        state == leaves.state || PERSON.allow(state, leaves.state).is_ok()
    }

    fn left(leaves: &PersonLeaves) -> PersonState {
        leaves.state
    }

    fn plan(change: Self::Change, leaves: &PersonLeaves, ground: Ground<'_, Cards>) -> Result<Planned<Cards>, Refusal> {
        let person = ground.dossier.subject();
        planned(ground, leaves.cause, |plan| change(&mut plan.person(person)))
    }
}
