//! Small dossiers, made by hand or in words: what a test of a process begins with.
//!
//! [`an_active_card`] and its like say in words what there is; [`Scene`] lets objects grow one by one where that is not
//! enough. Ids and numbers are in sequence, so the same scene is the same dossier, and its objects have [names](name_of)
//! that people can read.

// A scene that cannot be made is a fault of the test that makes it, which fails.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod given;
mod names;
mod objects;

pub use self::given::{
    GivenCard, GivenCertificate, GivenPerson, a_card, a_certificate, a_locked_card, a_person, an_active_card,
    an_inactive_card, an_issued_card,
};
pub use self::names::{name_of, state_of};
pub use self::objects::{Scene, held_for, hold, on_hold};

use crate::domain::{IssuerName, Validity};
use crate::values::{Millis, TenantId, Timestamp};

/// The tenant of every scene.
pub const TENANT: TenantId = TenantId::new(7);

/// The time of every scene, so many days on: noon of a day in November 2026.
#[must_use]
pub fn day(days: i64) -> Timestamp {
    "2026-11-24T12:00:00Z".parse::<Timestamp>().unwrap().plus(Millis::days(days))
}

/// From one day until another.
#[must_use]
pub fn days(from: i64, until: i64) -> Validity {
    Validity::new(day(from), day(until)).unwrap()
}

/// The issuer whose authority is registered.
#[must_use]
pub fn ours() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

/// An issuer without a registered authority.
#[must_use]
pub fn foreign() -> IssuerName {
    "CN=Foreign CA".parse().unwrap()
}
