use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is not an id.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{given}` is not {expected}")]
pub struct ParseIdError {
    pub(crate) given: String,
    pub(crate) expected: &'static str,
}

/// Defines a newtype over a UUID (version 7 when made by [`super::Ids`]).
macro_rules! uuid_id {
    ($(#[$meta:meta])* $type:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
        #[serde(transparent)]
        pub struct $type(uuid::Uuid);

        impl $type {
            /// From a UUID that is known to be of this kind.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                $type(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::values::ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::Uuid::try_parse(text.trim()).map($type).map_err(|_| $crate::values::ParseIdError {
                    given: $crate::values::shown(text),
                    expected: "a UUID, such as 0190c0de-0000-7000-8000-000000000000",
                })
            }
        }
    };
}
pub(crate) use uuid_id;

uuid_id! {
    /// The fixed key of clustering and chain of an object (law 14): the id of the object it was registered for.
    HomeId
}
uuid_id! {
    /// A person: one human being, however many accounts.
    PersonId
}
uuid_id! {
    /// One run of a process on one subject.
    InstanceId
}
uuid_id! {
    /// Work that waits for a person.
    TaskId
}
uuid_id! {
    /// One request to the outside; the idempotency key where the outside knows one.
    EffectId
}
uuid_id! {
    /// One command; the same id again gives the same answer for 30 days.
    CommandId
}
uuid_id! {
    /// One running host of the library: the owner of leases.
    HostId
}

impl EffectId {
    /// When the request was recorded, by the clock of the host that did: the time in its id.
    #[must_use]
    pub fn recorded(self) -> super::Timestamp {
        time_in(self.0).unwrap_or_else(|| super::Timestamp::from_millis(0))
    }
}

impl InstanceId {
    /// When the instance began, by the clock of the host that began it: the time in its id, if it has one.
    #[must_use]
    pub fn began(self) -> Option<super::Timestamp> {
        time_in(self.0)
    }
}

fn time_in(id: uuid::Uuid) -> Option<super::Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let millis = seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000));
    i64::try_from(millis).ok().map(super::Timestamp::from_millis)
}

/// An organisation whose data is kept apart from all others'.
///
/// The first part of every key. Hosts map their own names to these numbers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(u32);

impl TenantId {
    /// The tenant with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        TenantId(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// How often a stored thing has changed; 0 is "not there yet".
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// Not there yet.
    pub const NONE: Revision = Revision(0);

    /// From a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Revision(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Revision(self.0.saturating_add(1))
    }
}
