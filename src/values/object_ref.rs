use std::{fmt, str::FromStr};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{HomeId, ParseIdError, shown};

/// The code of a kind of record; the domain's schema gives it a name.
///
/// Codes below 16 are the engine's own; 15 is the only one of them whose records are objects.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(u8);

impl Kind {
    /// From its code.
    #[must_use]
    pub const fn new(code: u8) -> Self {
        Kind(code)
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whether records of this kind live in a home and count there, as those of instances and tasks do not.
    #[must_use]
    pub const fn is_object(self) -> bool {
        self.0 >= 15
    }
}

/// Where an object is: its home, its kind, its id. Good for ever, since a home is never rewritten (law 14).
///
/// Its text form `kind:home:id` fits a URL, a log line and JSON.
///
/// ```
/// use cardflow::values::ObjectRef;
///
/// let text = "17:0190c0de-0000-7000-8000-000000000001:0190c0de-0000-7000-8000-000000000002";
/// let card: ObjectRef = text.parse()?;
/// assert_eq!(card.to_string(), text);
/// # Ok::<(), cardflow::values::ParseIdError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectRef {
    home: HomeId,
    kind: Kind,
    id: Uuid,
}

impl ObjectRef {
    /// The object of `kind` with `id` in `home`.
    #[must_use]
    pub const fn new(home: HomeId, kind: Kind, id: Uuid) -> Self {
        ObjectRef { home, kind, id }
    }

    /// Its home.
    #[must_use]
    pub const fn home(self) -> HomeId {
        self.home
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> Uuid {
        self.id
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind.0, self.home, self.id)
    }
}

impl FromStr for ObjectRef {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let mut parts = text.trim().split(':');
            let kind = parts.next()?.parse().ok()?;
            let home = parts.next()?.parse().ok()?;
            let id = Uuid::try_parse(parts.next()?).ok()?;
            parts.next().is_none().then_some(ObjectRef { home, kind: Kind(kind), id })
        };
        parsed().ok_or_else(|| ParseIdError {
            given: shown(text),
            expected: "a reference to an object, such as 17:<home>:<id>",
        })
    }
}

impl Serialize for ObjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.home, self.kind, self.id).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for ObjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(D::Error::custom);
        }
        let (home, kind, id) = Deserialize::deserialize(deserializer)?;
        Ok(ObjectRef { home, kind, id })
    }
}
