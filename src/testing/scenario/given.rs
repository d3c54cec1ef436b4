use crate::domain::Dossier;
use crate::testing::scene::{GivenCard, GivenPerson};

/// What a scenario is given: a dossier, made in whatever way.
#[derive(Clone, Debug)]
pub struct Given(pub Dossier);

impl From<Dossier> for Given {
    fn from(dossier: Dossier) -> Self {
        Given(dossier)
    }
}

impl From<GivenCard> for Given {
    fn from(card: GivenCard) -> Self {
        Given(card.dossier())
    }
}

impl From<GivenPerson> for Given {
    fn from(person: GivenPerson) -> Self {
        Given(person.dossier())
    }
}
