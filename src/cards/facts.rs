//! What the value of an option may be computed from.

use crate::domain::{Dossier, Person};
use crate::engine::Actor;
use crate::engine::options::{Fact, FactSpec, FactType, Facts};

const KIND: &str = "card.kind";
const DEPARTMENT: &str = "holder.department";
const HOLDER_STATE: &str = "holder.state";
const ROLES: &str = "actor.roles";
const COMPONENT: &str = "actor.component";

/// The white list.
pub(super) static SPECS: &[FactSpec] = &[
    FactSpec { name: KIND, holds: FactType::Text, help: "What the card is for: employee, contractor, visitor, …" },
    FactSpec { name: DEPARTMENT, holds: FactType::Text, help: "The unit of the person who holds the card." },
    FactSpec { name: HOLDER_STATE, holds: FactType::Text, help: "The state of the person who holds the card." },
    FactSpec { name: ROLES, holds: FactType::Texts, help: "The roles of whoever starts the process." },
    FactSpec {
        name: COMPONENT,
        holds: FactType::Text,
        help: "The part of the application the process is started from.",
    },
];

pub(super) fn of<'a>(dossier: Option<&'a Dossier>, actor: &'a Actor) -> Facts<'a> {
    let card = dossier.and_then(Dossier::subject_card);
    let holder = dossier.and_then(|it| match card {
        Some(card) => it.holder_of(card.at()),
        None => it.person(it.subject()),
    });
    Facts::none()
        .with_known(KIND, card.map(|it| it.kind().name()))
        .with_known(DEPARTMENT, holder.and_then(Person::unit))
        .with_known(HOLDER_STATE, holder.map(|it| it.state().name()))
        .with(ROLES, Fact::Texts(&actor.roles))
        .with(COMPONENT, Fact::Text(actor.component.name()))
}
