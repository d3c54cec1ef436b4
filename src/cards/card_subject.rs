use std::fmt;

use super::Cards;
use super::planned::planned;
use crate::domain::{CARD_KIND, Card, CardKind, CardPlan, CardState, CauseKind, CertificateState, Dossier, Refusal};
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

    /// The state it leaves the card in.
    #[must_use]
    pub fn card_state(&self) -> CardState {
        self.card
    }

    /// The state it leaves the certificates in, if it says so.
    #[must_use]
    pub fn certificate_state(&self) -> Option<CertificateState> {
        self.certificates
    }

    /// The cause of its holds.
    #[must_use]
    pub fn cause(&self) -> CauseKind {
        self.cause
    }
}

impl fmt::Display for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card {}", self.card)?;
        if let Some(state) = self.certificates {
            write!(f, ", certificates {state}")?;
        }
        match self.cause {
            CauseKind::CardDeactivation => Ok(()),
            cause => write!(f, ", because of {cause}"),
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
        let graphs = [&crate::domain::CARD, &crate::domain::TEMPORARY_CARD];
        state == leaves.card || graphs.iter().any(|it| it.allow(state, leaves.card).is_ok())
    }

    fn left(leaves: &Leaves) -> CardState {
        leaves.card
    }

    fn plan(change: Self::Change, leaves: &Leaves, ground: Ground<'_, Cards>) -> Result<Planned<Cards>, Refusal> {
        let card = ground.dossier.subject();
        planned(ground, leaves.cause, |plan| change(&mut plan.card(card)))
    }
}
