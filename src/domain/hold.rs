use serde::{Deserialize, Serialize};

use crate::values::{InstanceId, ObjectRef, PersonId, Timestamp, codes, uuid_id};

uuid_id! {
    /// One open reason why an object is on hold or inactive.
    HoldId
}

codes! {
    /// The kind of a hold's cause (law 7).
    pub enum CauseKind ("cause of a hold") {
        /// The card was deactivated.
        CardDeactivation = "card deactivation",
        /// The holder was deactivated.
        UserDeactivation = "user deactivation",
        /// A temporary card stands in for it.
        TemporaryReplacement = "temporary replacement",
        /// The card was issued and not activated yet.
        NotYetActivated = "not yet activated",
        /// It came from another system like this.
        Imported = "imported",
        /// A named person put it on hold by hand.
        Manual = "manual",
        /// The authority had it on hold already.
        Authority = "authority",
        /// The card was locked; what hung on it stays out of force.
        CardLock = "card lock",
        /// The card's validity is over; what hung on it stays out of force.
        CardExpiry = "card expiry",
    }
}

/// Why a hold is there: what kind of cause, on whose account, and which instance.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Cause {
    /// The kind of cause.
    pub kind: CauseKind,
    /// The object on whose account it is held: the card that was deactivated, the person who was.
    pub origin: ObjectRef,
    /// The instance that opened it; none for an import.
    pub instance: Option<InstanceId>,
}

/// One open reason why a card, relation or certificate is inactive or on hold (law 7).
///
/// A hold is part of its object and shares the object's tenant, home and revision: "inactive exactly while one of its
/// holds is open" is then a fact about one record. Closing removes it from the object; the history keeps both events.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    id: HoldId,
    cause: Cause,
    by: Option<PersonId>,
    at: Timestamp,
    until: Option<Timestamp>,
}

impl Hold {
    /// A hold opened `at` a time `by` a person, or by nobody (an import, a timer).
    #[must_use]
    pub fn open(id: HoldId, cause: Cause, by: Option<PersonId>, at: Timestamp) -> Self {
        Hold { id, cause, by, at, until: None }
    }

    /// With a limit: when it has come, something is done about it ([`HoldEnd`](super::HoldEnd)). It does not close by itself.
    #[must_use]
    pub fn limited(self, until: Option<Timestamp>) -> Self {
        Hold { until, ..self }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> HoldId {
        self.id
    }

    /// Why it is there.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Who opened it.
    #[must_use]
    pub fn by(&self) -> Option<PersonId> {
        self.by
    }

    /// Since when.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Its limit, if it has one.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }
}
