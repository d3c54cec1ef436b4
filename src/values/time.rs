use std::{fmt, str::FromStr};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::shown;

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(i64);

impl Millis {
    /// So many milliseconds.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Millis(millis)
    }

    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Millis(seconds.saturating_mul(1000))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Millis::seconds(hours.saturating_mul(3600))
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Millis::hours(days.saturating_mul(24))
    }

    /// As a number.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Printed and parsed as RFC 3339.
///
/// ```
/// use cardflow::values::{Millis, Timestamp};
///
/// let noon: Timestamp = "2026-11-23T12:00:00Z".parse()?;
/// assert_eq!(noon.plus(Millis::hours(8)).to_string(), "2026-11-23T20:00:00Z");
/// # Ok::<(), cardflow::values::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The end of the year 9999: what waits for it does not come by itself.
    pub const NEVER: Timestamp = Timestamp(253_402_300_799_000);

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This much later; stays at the end of time if there is no such point.
    #[must_use]
    pub const fn plus(self, length: Millis) -> Self {
        Timestamp(self.0.saturating_add(length.0))
    }

    /// This much earlier.
    #[must_use]
    pub const fn minus(self, length: Millis) -> Self {
        Timestamp(self.0.saturating_sub(length.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => f.pad(&time.to_string()),
            Err(_) => write!(f, "{} ms since 1970", self.0),
        }
    }
}

/// A text that is not a point in time.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{given}` is not a time; write 2026-11-23T10:00:00Z, or a date such as 2026-11-23")]
pub struct ParseTimeError {
    given: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    /// RFC 3339, or a date alone, which means its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        text.parse::<jiff::Timestamp>()
            .or_else(|error| format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().map_err(|_| error))
            .map(|time| Timestamp(time.as_millisecond()))
            .map_err(|_| ParseTimeError { given: shown(text) })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Deserialize::deserialize(deserializer).map(Timestamp);
        }
        let text = String::deserialize(deserializer)?;
        let number = || text.strip_suffix(" ms since 1970").and_then(|it| it.parse().ok()).map(Timestamp);
        text.parse().or_else(|error| number().ok_or(error)).map_err(D::Error::custom)
    }
}
