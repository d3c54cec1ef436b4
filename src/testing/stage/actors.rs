use uuid::Uuid;

use super::super::scene::day;
use crate::cards::{APPROVER, OPERATOR, SELF_SERVICE};
use crate::engine::{Actor, Component};
use crate::values::PersonId;

/// Olga, an operator.
#[must_use]
pub fn olga() -> Actor {
    actor(0x01, "olga", OPERATOR, Component::Operator)
}

/// Otto, another operator.
#[must_use]
pub fn otto() -> Actor {
    actor(0x02, "otto", OPERATOR, Component::Operator)
}

/// Ann, who approves.
#[must_use]
pub fn ann() -> Actor {
    actor(0x03, "ann", APPROVER, Component::Operator)
}

/// Ada, the holder, who looks after her own cards.
#[must_use]
pub fn ada() -> Actor {
    // The first person of a scene.
    Actor {
        person: Some(PersonId::from_uuid(Uuid::from_u128(1))),
        ..actor(0, "ada", SELF_SERVICE, Component::SelfService)
    }
}

fn actor(number: u128, account: &str, role: &str, component: Component) -> Actor {
    Actor {
        person: Some(PersonId::from_uuid(Uuid::from_u128(0x57af_0000 + number))),
        role: role.to_owned(),
        on_behalf: None,
        component,
        method: "smart card".to_owned(),
        authenticated: day(0),
        account: account.to_owned(),
        origin: "192.0.2.7".to_owned(),
        roles: vec![role.to_owned()],
    }
}
