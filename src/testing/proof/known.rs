use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cards::processes::{deactivate, lock, reactivate};
use crate::cards::{CardSubject, Cards, Leaves, PersonLeaves, PersonSubject};
use crate::domain::{CardKind, CardState, CauseKind, CertificateState, ObjectState, PersonState};
use crate::engine::{Component, Definition, DefinitionError, Outline, Process, StepKind, Subject};

/// The kinds of subject whose processes can be proven: cards and persons.
pub trait Provable: Subject<Cards> {
    /// A state, as that of an object of any kind.
    fn state_of(state: Self::State) -> ObjectState;

    /// A sort, if it is a kind of card.
    fn kind_of(sort: &Self::Sort) -> Option<CardKind>;

    /// What a change step declares.
    fn declared(leaves: &Self::Leaves) -> Declared;
}

/// What a change step declares to leave behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Declared {
    /// The state of the subject.
    pub state: ObjectState,
    /// The state of its certificates.
    pub certificates: Option<CertificateState>,
    /// The cause of the holds it opens and closes.
    pub cause: CauseKind,
}

impl Provable for CardSubject {
    fn state_of(state: CardState) -> ObjectState {
        ObjectState::Card(state)
    }

    fn kind_of(sort: &CardKind) -> Option<CardKind> {
        Some(sort.clone())
    }

    fn declared(leaves: &Leaves) -> Declared {
        let (state, certificates, cause) = (leaves.card_state(), leaves.certificate_state(), leaves.cause());
        Declared { state: ObjectState::Card(state), certificates, cause }
    }
}

impl Provable for PersonSubject {
    fn state_of(state: PersonState) -> ObjectState {
        ObjectState::Person(state)
    }

    fn kind_of(sort: &Self::Sort) -> Option<CardKind> {
        match *sort {}
    }

    fn declared(leaves: &PersonLeaves) -> Declared {
        Declared { state: ObjectState::Person(leaves.person_state()), certificates: None, cause: leaves.cause() }
    }
}

/// A process with what its definition says of its subject.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) process: Arc<dyn Process<Cards>>,
    pub(super) requires: Vec<ObjectState>,
    /// The kinds of card it is for; none for a process on persons, and for one that is for all.
    pub(super) sorts: Vec<CardKind>,
    pub(super) declared: BTreeMap<&'static str, Declared>,
}

impl Known {
    pub(super) fn of<S: Provable>(definition: Definition<Cards, S>) -> Known {
        Known {
            requires: definition.requires().iter().map(|it| S::state_of(*it)).collect(),
            sorts: definition.sorts().iter().filter_map(S::kind_of).collect(),
            declared: definition.leaves().map(|(step, leaves)| (step, S::declared(leaves))).collect(),
            process: Arc::new(definition),
        }
    }

    /// The processes of [`package`](crate::cards::package).
    pub(super) fn package() -> Result<Vec<Known>, DefinitionError> {
        Ok(vec![Known::of(deactivate()?), Known::of(reactivate()?), Known::of(lock()?)])
    }

    pub(super) fn outline(&self) -> &Outline<Cards> {
        self.process.outline()
    }

    pub(super) fn name(&self) -> &'static str {
        self.outline().name
    }

    /// Whether no person can start it.
    pub(super) fn begins_by_itself(&self) -> bool {
        let Outline { components, components_if, .. } = self.outline();
        components.iter().chain(components_if.iter().map(|(it, _)| it)).all(|it| *it == Component::Worker)
    }

    /// Whether it may leave its subject in this state.
    pub(super) fn leaves(&self, state: ObjectState) -> bool {
        self.declared.values().any(|it| it.state == state)
    }

    pub(super) fn is_for(&self, sort: &CardKind) -> bool {
        self.sorts.is_empty() || self.sorts.contains(sort)
    }

    /// Whether it only takes away: whatever it changes goes out of use (law 13).
    pub(super) fn only_restricts(&self) -> bool {
        let out_of_use = |it: &Declared| match it.state {
            ObjectState::Card(it) => matches!(it, CardState::Inactive | CardState::Locked),
            ObjectState::Person(it) => matches!(it, PersonState::Inactive | PersonState::Locked),
            ObjectState::Certificate(_) | ObjectState::Relation(_) => false,
        };
        !self.declared.is_empty() && self.declared.values().all(out_of_use)
    }

    /// How many forms it has.
    pub(super) fn forms(&self) -> usize {
        self.outline().steps.iter().filter(|it| matches!(it.kind, StepKind::Form(_))).count()
    }
}
