use std::fmt;

use super::request::{CardStateRequest, Request};
use super::{Answer, Cards};
use crate::domain::{
    CARD_KIND, Card, CardKind, CardPlan, CardState, CauseKind, CertificateState, Change, Dossier, ObjectState, Plan,
    PlanContext, Refusal,
};
use crate::engine::{Builder, Definition, Ground, Planned, Subject, Version};
use crate::values::Kind;

/// Processes that act on a card.
#[derive(Clone, Copy, Debug)]
pub struct CardSubject;

/// Begins the definition of a process on a card: its symbolic name, its title, its version.
#[must_use]
pub fn on_card(name: &'static str, title: &'static str, version: Version) -> Builder<Cards, CardSubject> {
    Definition::of(name, title, version)
}

/// What a change step on a card leaves behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Leaves {
    card: CardState,
    certificates: Option<CertificateState>,
    cause: CauseKind,
}

/// Leaves the card in this state. Its holds have the cause *card deactivation* unless [`Leaves::because`] says else.
#[must_use]
pub fn leaves(card: CardState) -> Leaves {
    Leaves { card, certificates: None, cause: CauseKind::CardDeactivation }
}

impl Leaves {
    /// And its certificates in this one.
    #[must_use]
    pub fn certificates(self, state: CertificateState) -> Self {
        Leaves { certificates: Some(state), ..self }
    }

    /// Its holds have this cause; and holds of this cause are the ones it closes.
    #[must_use]
    pub fn because(self, cause: CauseKind) -> Self {
        Leaves { cause, ..self }
    }
}

impl fmt::Display for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card {}", self.card)?;
        match self.certificates {
            Some(state) => write!(f, ", certificates {state}"),
            None => Ok(()),
        }
    }
}

impl Subject<Cards> for CardSubject {
    const KIND: Kind = CARD_KIND;
    type State = CardState;
    type Sort = CardKind;
    type Leaves = Leaves;
    type Change = for<'x, 'p, 'a> fn(&'x mut CardPlan<'p, 'a>) -> Result<(), Refusal>;

    fn state(dossier: &Dossier) -> Option<CardState> {
        dossier.subject_card().map(Card::state)
    }

    fn sort(dossier: &Dossier) -> Option<CardKind> {
        dossier.subject_card().map(|it| it.kind().clone())
    }

    fn can_follow(state: CardState, leaves: &Leaves) -> bool {
        [&crate::domain::CARD, &crate::domain::TEMPORARY_CARD].iter().any(|it| it.allow(state, leaves.card).is_ok())
    }

    fn left(leaves: &Leaves) -> CardState {
        leaves.card
    }

    fn plan(change: Self::Change, leaves: &Leaves, ground: Ground<'_, Cards>) -> Result<Planned<Cards>, Refusal> {
        let context = PlanContext {
            now: ground.now,
            instance: ground.instance,
            actor: ground.actor,
            cause: leaves.cause,
            policy: ground.options.policy(),
            authorities: &ground.world.authorities,
            ids: ground.ids,
        };
        let mut plan = Plan::new(ground.dossier, context);
        change(&mut plan.card(ground.dossier.subject()))?;
        let (outcome, dossier, ids) = plan.finish();
        let mut requests: Vec<_> = outcome.requests.into_iter().map(Request::Authority).collect();
        for listener in &ground.world.listeners {
            requests.extend(outcome.changes.iter().filter_map(|it| told(listener, it, &dossier)));
        }
        Ok(Planned { items: outcome.items, changes: outcome.changes, requests, dossier, ids })
    }
}

/// What a listener is told of a change: the new state of a card.
fn told(listener: &str, change: &Change, dossier: &Dossier) -> Option<Request> {
    let Change::Moved { object, to: ObjectState::Card(state), .. } = change else { return None };
    Some(Request::CardState(CardStateRequest {
        listener: listener.to_owned(),
        card: *object,
        number: dossier.card(*object)?.number().plain(),
        state: *state,
    }))
}

impl Answer {
    /// The state a certificate has at its authority, if that was answered.
    #[must_use]
    pub fn certificate_state(&self) -> Option<CertificateState> {
        match self {
            Answer::Authority { state, .. } => Some(*state),
            Answer::Told => None,
        }
    }
}
